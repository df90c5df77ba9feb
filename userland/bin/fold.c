/*
 * fold: break long lines
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/fold.html
 *
 * Usage: fold [-bs] [-w WIDTH] [FILE]...
 *   -b, --bytes         count bytes, not columns
 *   -s, --spaces        break at blanks
 *   -w, --width WIDTH   instead of 80
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "numbers.h"
#include "tools.h"

static bool bytes, spaces;
static long width = 80;

static long column_after(long column, const char *line, size_t length, size_t *size)
{
	*size = 1;
	if (bytes)
		return column + 1;
	if (*line >= ' ' && *line < 127)
		return column + 1;
	if (*line == '\t')
		return (column / 8 + 1) * 8;
	if (*line == '\b')
		return column > 0 ? column - 1 : 0;
	if (*line == '\r')
		return 0;
	uint32_t code = utf8_decode(line, length, size);
	return column + (code < 32 ? 0 : utf8_columns(code));
}

static void fold_line(const char *line, size_t length)
{
	size_t start = 0, size;
	long column = 0;
	for (size_t at = 0; at < length; at += size) {
		long next = column_after(column, line + at, length - at, &size);
		if (next > width && at > start) {
			size_t end = at;
			for (size_t i = at; spaces && i > start; i--)
				if (isblank((unsigned char)line[i - 1])) {
					end = i;
					break;
				}
			fwrite(line + start, 1, end - start, stdout);
			putchar('\n');
			start = at = end;
			size = 0;
			column = 0;
			continue;
		}
		column = next;
	}
	fwrite(line + start, 1, length - start, stdout);
}

static int fold(FILE *input, const char *name)
{
	char *line = NULL;
	size_t capacity = 0;
	bool ended;
	(void)name;
	for (long length; (length = read_line(input, &line, &capacity, &ended)) >= 0;) {
		fold_line(line, (size_t)length);
		if (ended)
			putchar('\n');
	}
	free(line);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"bytes", no_argument, NULL, 'b'}, {"spaces", no_argument, NULL, 's'}, {"width", required_argument, NULL, 'w'}, {0}};
	for (int option; (option = next_long_option(argc, argv, "bsw:", longs)) != -1;) {
		if (option == 'b')
			bytes = true;
		else if (option == 's')
			spaces = true;
		else
			width = (long)parse_integer(optarg, "number of columns");
	}
	if (width < 1)
		errx(1, "invalid number of columns: '%ld'", width);
	return each_input(argv + optind, fold);
}
