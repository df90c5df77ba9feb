/*
 * link: one more name for a file, by link(2) alone
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/link.html
 *
 * Usage: link FILE1 FILE2
 */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "tools.h"

int main(int argc, char **argv)
{
	next_option(argc, argv, "+");
	if (argc - optind != 2)
		usage_error(argc - optind < 2 ? "missing operand" : "extra operand");
	if (link(argv[optind], argv[optind + 1]))
		err(1, "cannot create link '%s' to '%s'", argv[optind + 1], argv[optind]);
	return 0;
}
