/*
 * unlink: remove a name of a file, by unlink(2) alone
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/unlink.html
 *
 * Usage: unlink FILE
 */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "tools.h"

int main(int argc, char **argv)
{
	next_option(argc, argv, "+");
	if (argc - optind != 1)
		usage_error(argc == optind ? "missing operand" : "extra operand");
	if (unlink(argv[optind]))
		err(1, "cannot unlink '%s'", argv[optind]);
	return 0;
}
