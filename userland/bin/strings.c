/*
 * strings: text in binary files
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/strings.html
 *
 * Usage: strings [-af] [-n LENGTH] [-t BASE] [FILE]...
 *   -f          the name of the file before each
 *   -n LENGTH   at least LENGTH characters (4)
 *   -t BASE     the offset of each: d o x
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "files.h"
#include "numbers.h"
#include "tools.h"

static long least = 4;
static char base;
static bool names;

static void put_prefix(const char *name, unsigned long offset)
{
	if (names)
		printf("%s: ", name);
	if (base)
		printf(base == 'd' ? "%7lu " : base == 'o' ? "%7lo " : "%7lx ", offset);
}

static int search(FILE *input, const char *name)
{
	struct text run = {0};
	unsigned long offset = 0;
	text_string(&run, "");
	for (int c = 0; c != EOF; offset++) {
		c = getc(input);
		if (c != EOF && ((isprint(c) && c < 128) || c == '\t')) {
			text_char(&run, (char)c);
			continue;
		}
		if ((long)run.length >= least) {
			put_prefix(name, offset - run.length);
			puts(run.data);
		}
		text_clear(&run);
	}
	text_free(&run);
	return 0;
}

int main(int argc, char **argv)
{
	for (int option; (option = next_option(argc, argv, "afn:t:")) != -1;) {
		if (option == 'f')
			names = true;
		if (option == 'n')
			least = (long)parse_integer(optarg, "minimum string length");
		if (option == 't')
			base = *optarg;
	}
	return each_input(argv + optind, search);
}
