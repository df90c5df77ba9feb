/*
 * paste: merge lines of files
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/paste.html
 *
 * Usage: paste [-s] [-d LIST] [FILE]...
 *   -d, --delimiters LIST   these characters in turn instead of tabs
 *   -s, --serial            one file at a time
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "tools.h"

static char delimiters[256] = "\t"; /* NUL stands for none */
static size_t delimiter_count = 1;

static void parse_delimiters(const char *list)
{
	static const char letters[] = "ntbfrv0\\", values[] = "\n\t\b\f\r\v\0\\";
	delimiter_count = 0;
	for (; *list && delimiter_count < sizeof delimiters; list++) {
		const char *found = *list == '\\' && list[1] ? strchr(letters, list[1]) : NULL;
		list += found != NULL;
		delimiters[delimiter_count++] = found ? values[found - letters] : *list;
	}
	if (!delimiter_count) {
		delimiters[0] = 0;
		delimiter_count = 1;
	}
}

static void put_delimiter(size_t which)
{
	char c = delimiters[which % delimiter_count];
	if (c)
		putchar(c);
}

static int put_serial(FILE *input, const char *name)
{
	size_t count = 0;
	(void)name;
	for (int c = getc(input); c != EOF;) {
		int next = getc(input);
		if (c == '\n' && next != EOF)
			put_delimiter(count++);
		else if (c != '\n')
			putchar(c);
		c = next;
	}
	putchar('\n');
	return 0;
}

static int put_parallel(char **names)
{
	FILE *files[256];
	char *line = NULL;
	size_t count = 0, capacity = 0;
	int status = 0;
	for (; names[count] && count < 256; count++)
		if (!(files[count] = open_input(names[count])))
			return 1;
	struct text row = {0};
	for (;;) {
		bool any = false, ended;
		row.length = 0;
		text_string(&row, "");
		for (size_t i = 0; i < count; i++) {
			long length = files[i] ? read_line(files[i], &line, &capacity, &ended) : -1;
			any |= length >= 0;
			if (length >= 0)
				text_add(&row, line, (size_t)length);
			if (length < 0 && files[i] && ferror(files[i])) {
				warn("%s", names[i]);
				status = 1;
			}
			/* One that ended without a newline is not asked again: it may be a terminal. */
			if (length < 0 || !ended)
				files[i] = NULL;
			if (i + 1 < count && delimiters[i % delimiter_count])
				text_char(&row, delimiters[i % delimiter_count]);
		}
		if (!any)
			break;
		fwrite(row.data, 1, row.length, stdout);
		putchar('\n');
	}
	text_free(&row);
	free(line);
	return status;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"delimiters", required_argument, NULL, 'd'}, {"serial", no_argument, NULL, 's'}, {0}};
	static char *standard[] = {"-", NULL};
	bool serial = false;
	for (int option; (option = next_long_option(argc, argv, "d:s", longs)) != -1;) {
		if (option == 's')
			serial = true;
		else
			parse_delimiters(optarg);
	}
	if (serial)
		return each_input(argv + optind, put_serial);
	return put_parallel(argv[optind] ? argv + optind : standard);
}
