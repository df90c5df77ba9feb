/*
 * whoami: print the name of the effective user
 * https://man7.org/linux/man-pages/man1/whoami.1.html
 *
 * Usage: whoami
 */
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "tools.h"

int main(int argc, char **argv)
{
	next_option(argc, argv, "");
	if (argv[optind])
		usage_error("extra operand '%s'", argv[optind]);
	struct passwd *user = getpwuid(geteuid());
	if (!user)
		errx(1, "cannot find name for user ID %u", geteuid());
	puts(user->pw_name);
	return 0;
}
