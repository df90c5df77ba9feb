/*
 * yes: print a line until it is stopped
 * https://man7.org/linux/man-pages/man1/yes.1.html
 *
 * Usage: yes [STRING]...
 * Prints the STRINGs, or y.
 */
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "tools.h"

int main(int argc, char **argv)
{
	struct text line = {0}, block = {0};
	next_option(argc, argv, "+");
	for (char **word = argv + optind; *word; word++) {
		text_string(&line, *word);
		text_string(&line, word[1] ? " " : "");
	}
	if (!argv[optind])
		text_string(&line, "y");
	text_char(&line, '\n');
	while (block.length < 8192)
		text_add(&block, line.data, line.length);
	while (!write_all(STDOUT_FILENO, block.data, block.length))
		continue;
	warn("standard output");
	return 1;
}
