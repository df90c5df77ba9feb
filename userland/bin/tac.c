/*
 * tac: lines in reverse order
 * https://man7.org/linux/man-pages/man1/tac.1.html
 *
 * Usage: tac [FILE]...
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "files.h"
#include "tools.h"

static int reverse(FILE *input, const char *name)
{
	(void)name;
	put_lines_reversed(input, -1);
	return 0;
}

int main(int argc, char **argv)
{
	next_option(argc, argv, "");
	return each_input(argv + optind, reverse);
}
