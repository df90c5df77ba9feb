/*
 * cut: print parts of lines
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/cut.html
 *
 * Usage: cut OPTION... [FILE]...
 * LIST is N, N-, N-M, -M, or several with commas.
 *   -b, --bytes LIST        these bytes
 *   -c, --characters LIST   these characters
 *   -d, --delimiter CHAR    fields end at CHAR instead of at a tab
 *   -f, --fields LIST       these fields
 *   -s, --only-delimited    no lines without a delimiter
 *       --complement        all but what LIST selects
 *       --output-delimiter STRING
 *   -n                      accepted: -b never cuts a byte in two
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "ranges.h"
#include "tools.h"

static struct ranges ranges;
static size_t last_field; /* that is selected */
static char kind, delimiter = '\t';
static bool only_delimited, complement;
static const char *output_delimiter;

static bool selected(size_t number)
{
	return ranges_contain(&ranges, number) != complement;
}

/* The fields of one line, gathered: each would be a call of fwrite(3) otherwise. */
static void cut_fields(const char *line, size_t length)
{
	static struct text result;
	const char *end = line + length, *at = line, *separator = output_delimiter ? output_delimiter : (char[]){delimiter, 0};
	size_t separator_length = output_delimiter ? strlen(output_delimiter) : 1;
	if (!memchr(line, delimiter, length)) {
		if (!only_delimited) {
			fwrite(line, 1, length, stdout);
			putchar('\n');
		}
		return;
	}
	bool any = false;
	text_clear(&result);
	for (size_t number = 1; complement || number <= last_field; number++) {
		const char *stop = at;
		while (stop < end && *stop != delimiter)
			stop++;
		if (selected(number)) {
			if (any)
				text_add(&result, separator, separator_length);
			text_add(&result, at, (size_t)(stop - at));
			any = true;
		}
		if (stop == end)
			break;
		at = stop + 1;
	}
	text_char(&result, '\n');
	fwrite(result.data, 1, result.length, stdout);
}

static void cut_characters(const char *line, size_t length)
{
	size_t size = 1, number = 1, start = 0;
	bool any = false, before = false;
	for (size_t at = 0; at < length; at += size, number++) {
		size = 1;
		if (kind == 'c' && (unsigned char)line[at] >= 128)
			utf8_decode(line + at, length - at, &size);
		bool now = selected(number);
		if (now && !before && any && output_delimiter)
			fputs(output_delimiter, stdout);
		if (now && !before)
			start = at;
		if (!now && before)
			fwrite(line + start, 1, at - start, stdout);
		any |= now;
		before = now;
	}
	if (before)
		fwrite(line + start, 1, length - start, stdout);
	putchar('\n');
}

static int cut(FILE *input, const char *name)
{
	char *line = NULL;
	size_t capacity = 0;
	(void)name;
	for (long length; (length = read_line(input, &line, &capacity, NULL)) >= 0;) {
		if (kind == 'f')
			cut_fields(line, (size_t)length);
		else
			cut_characters(line, (size_t)length);
	}
	free(line);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"bytes", required_argument, NULL, 'b'}, {"characters", required_argument, NULL, 'c'},
		{"delimiter", required_argument, NULL, 'd'}, {"fields", required_argument, NULL, 'f'},
		{"only-delimited", no_argument, NULL, 's'}, {"complement", no_argument, NULL, 'C'},
		{"output-delimiter", required_argument, NULL, 'o'}, {0}};
	bool delimiter_given = false;
	for (int option; (option = next_long_option(argc, argv, "b:c:d:f:ns", longs)) != -1;) {
		switch (option) {
		case 'b':
		case 'c':
		case 'f':
			if (kind)
				usage_error("only one list may be specified");
			kind = (char)option;
			if (!strcmp(optarg, "0"))
				usage_error(kind == 'f' ? "fields are numbered from 1" : "byte/character positions are numbered from 1");
			if (!ranges_parse(&ranges, optarg))
				usage_error(kind == 'f' ? "invalid field value '%s'" : "invalid byte or character range '%s'", optarg);
			break;
		case 'd':
			if (optarg[0] && optarg[1])
				usage_error("the delimiter must be a single character");
			delimiter = *optarg;
			delimiter_given = true;
			break;
		case 's': only_delimited = true; break;
		case 'C': complement = true; break;
		case 'o': output_delimiter = optarg; break;
		default: break;
		}
	}
	if (!kind)
		usage_error("you must specify a list of bytes, characters, or fields");
	if (delimiter_given && kind != 'f')
		usage_error("an input delimiter may be specified only when operating on fields");
	for (size_t i = 0; i < ranges.count; i++)
		if (ranges.items[i].last > last_field)
			last_field = ranges.items[i].last;
	return each_input(argv + optind, cut);
}
