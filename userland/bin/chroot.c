/*
 * chroot: run a command with another root directory
 * https://man7.org/linux/man-pages/man1/chroot.1.html
 *
 * Usage: chroot [--userspec USER[:GROUP]] NEWROOT [COMMAND [ARG]...]
 * Without COMMAND runs a shell.
 */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <stdlib.h>
#include <unistd.h>

#include "owner.h"
#include "tools.h"

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"userspec", required_argument, NULL, 'u'}, {0}};
	static char *shell[] = {"/bin/sh", "-i", NULL};
	const char *user = NULL;
	usage_status = 125;
	while (next_long_option(argc, argv, "+", longs) != -1)
		user = optarg;
	if (!argv[optind])
		usage_error("missing operand");
	if (chroot(argv[optind]))
		err(125, "cannot change root directory to '%s'", argv[optind]);
	if (chdir("/"))
		err(125, "cannot chdir to root directory");
	if (user) {
		uid_t uid;
		gid_t gid;
		parse_owner(user, &uid, &gid);
		if ((gid != (gid_t)-1 && (setgroups(1, &gid) || setgid(gid))) || (uid != (uid_t)-1 && setuid(uid)))
			err(125, "cannot change identity to '%s'", user);
	}
	char **command = argv[optind + 1] ? argv + optind + 1 : shell;
	execvp(command[0], command);
	int status = errno == ENOENT ? 127 : 126;
	warn("failed to run command '%s'", command[0]);
	return status;
}
