/*
 * tty: print the name of the terminal
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/tty.html
 *
 * Usage: tty [-s]
 *   -s   print nothing, only the exit status: 0 on a terminal, 1 elsewhere
 */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "tools.h"

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"silent", no_argument, NULL, 's'}, {"quiet", no_argument, NULL, 's'}, {0}};
	bool silent = false;
	usage_status = 2;
	while (next_long_option(argc, argv, "s", longs) != -1)
		silent = true;
	if (argv[optind])
		usage_error("extra operand '%s'", argv[optind]);
	const char *name = ttyname(STDIN_FILENO);
	if (!silent)
		puts(name ? name : isatty(STDIN_FILENO) ? "/dev/tty" : "not a tty");
	return !isatty(STDIN_FILENO);
}
