/*
 * asa: carriage control of FORTRAN made into that of printers
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/asa.html
 *
 * Usage: asa [FILE]...
 * The first character of a line: space, the line; 0, an empty line before it; 1, a new page; +, over the line before.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "files.h"
#include "tools.h"

static bool has_printed;

static int print_lines(FILE *input, const char *name)
{
	char *line = NULL;
	size_t capacity = 0;
	(void)name;
	for (long length; (length = read_line(input, &line, &capacity, NULL)) >= 0; has_printed = true) {
		char control = length ? *line : ' ';
		if (control == '+' && has_printed)
			putchar('\r');
		else if (has_printed)
			putchar('\n');
		if (control == '0')
			putchar('\n');
		else if (control == '1')
			putchar('\f');
		if (length > 1)
			fwrite(line + 1, 1, (size_t)length - 1, stdout);
	}
	free(line);
	return 0;
}

int main(int argc, char **argv)
{
	next_option(argc, argv, "");
	int status = each_input(argv + optind, print_lines);
	if (has_printed)
		putchar('\n');
	return status;
}
