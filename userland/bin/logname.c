/*
 * logname: print the name of the user who logged in
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/logname.html
 *
 * Usage: logname
 */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "tools.h"

int main(int argc, char **argv)
{
	next_option(argc, argv, "");
	const char *name = getlogin();
	if (!name)
		errx(1, "no login name");
	puts(name);
	return 0;
}
