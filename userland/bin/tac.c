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
	struct text data = {0};
	char block[4096];
	(void)name;
	for (size_t length; (length = fread(block, 1, sizeof block, input)) > 0;)
		text_add(&data, block, length);
	for (size_t end = data.length; end > 0;) {
		size_t start = end - 1;
		while (start > 0 && data.data[start - 1] != '\n')
			start--;
		fwrite(data.data + start, 1, end - start, stdout);
		end = start;
	}
	text_free(&data);
	return 0;
}

int main(int argc, char **argv)
{
	next_option(argc, argv, "");
	return each_input(argv + optind, reverse);
}
