/*
 * rev: characters of each line in reverse order
 * https://man7.org/linux/man-pages/man1/rev.1.html
 *
 * Usage: rev [FILE]...
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "files.h"
#include "tools.h"

static int reverse(FILE *input, const char *name)
{
	char *line = NULL;
	size_t capacity = 0;
	bool ended;
	(void)name;
	for (long length; (length = read_line(input, &line, &capacity, &ended)) >= 0;) {
		for (long end = length; end > 0;) {
			long start = end - 1;
			while (start > 0 && (line[start] & 0xc0) == 0x80)
				start--;
			fwrite(line + start, 1, (size_t)(end - start), stdout);
			end = start;
		}
		if (ended)
			putchar('\n');
	}
	free(line);
	return 0;
}

int main(int argc, char **argv)
{
	next_option(argc, argv, "");
	return each_input(argv + optind, reverse);
}
