/*
 * cmp: compare two files byte by byte
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/cmp.html
 *
 * Usage: cmp [-bls] [-i SKIP] [-n LIMIT] FILE1 [FILE2]
 *   -b         print the bytes that differ
 *   -i SKIP    leave out the first SKIP bytes of both; -i A:B, of each its own
 *   -l         all bytes that differ
 *   -n LIMIT   compare at most LIMIT bytes
 *   -s         print nothing
 * The exit status is 0 if they are equal, 1 if not, 2 after an error.
 */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "numbers.h"
#include "tools.h"

static void visible(int byte, char text[8])
{
	snprintf(text, 8, "%s%s%c", byte >= 128 ? "M-" : "", (byte & 127) < 32 || (byte & 127) == 127 ? "^" : "",
		(byte & 127) < 32 || (byte & 127) == 127 ? (byte & 127) ^ 64 : byte & 127);
}

/* SKIP or SKIP1:SKIP2. */
static void parse_skips(const char *text, long long skips[2])
{
	const char *colon = strchr(text, ':');
	char *first = duplicate_range(text, colon ? (size_t)(colon - text) : strlen(text));
	skips[0] = parse_size(first, "--ignore-initial value");
	skips[1] = colon ? parse_size(colon + 1, "--ignore-initial value") : skips[0];
	free(first);
}

static void skip_bytes(FILE *file, long long count)
{
	while (count-- > 0 && getc(file) != EOF)
		;
}

/* Digits of the last place that -l can name: of the shorter file, where both are regular. */
static int position_width(FILE *a, FILE *b, long long limit)
{
	struct stat first, second;
	long long most = limit < 0 ? LLONG_MAX : limit;
	if (!fstat(fileno(a), &first) && !fstat(fileno(b), &second) && S_ISREG(first.st_mode) && S_ISREG(second.st_mode)) {
		long long shorter = first.st_size < second.st_size ? first.st_size : second.st_size;
		most = most < shorter ? most : shorter;
	}
	return snprintf(NULL, 0, "%lld", most);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"print-bytes", no_argument, NULL, 'b'}, {"ignore-initial", required_argument, NULL, 'i'}, {"verbose", no_argument, NULL, 'l'},
		{"bytes", required_argument, NULL, 'n'}, {"quiet", no_argument, NULL, 's'}, {"silent", no_argument, NULL, 's'}, {0}};
	bool bytes = false, list = false, silent = false;
	long long skips[2] = {0}, limit = -1;
	usage_status = 2;
	for (int option; (option = next_long_option(argc, argv, "bi:ln:s", longs)) != -1;) {
		switch (option) {
		case 'b': bytes = true; break;
		case 'i': parse_skips(optarg, skips); break;
		case 'l': list = true; break;
		case 'n': limit = parse_size(optarg, "--bytes value"); break;
		default: silent = true;
		}
	}
	const char *first = argv[optind], *second = first && argv[optind + 1] ? argv[optind + 1] : "-";
	if (!first)
		usage_error("missing operand after 'cmp'");
	FILE *a = open_input(first), *b = open_input(second);
	if (!a || !b)
		return 2;
	skip_bytes(a, skips[0]);
	skip_bytes(b, skips[1]);
	int width = list ? position_width(a, b, limit) : 0;
	long long position = 0, line = 1;
	int status = 0;
	while (limit < 0 || position < limit) {
		int c = getc(a);
		if (c == EOF && ferror(a))
			err(2, "%s", first);
		int d = getc(b);
		if (d == EOF && ferror(b))
			err(2, "%s", second);
		if (c == EOF && d == EOF)
			break;
		if (c == EOF || d == EOF) {
			if (!silent && position == 0)
				warnx("EOF on %s which is empty", c == EOF ? first : second);
			else if (!silent && list)
				warnx("EOF on %s after byte %lld", c == EOF ? first : second, position);
			else if (!silent)
				warnx("EOF on %s after byte %lld, %sline %lld", c == EOF ? first : second, position, line > 1 ? "" : "in ", line);
			return 1;
		}
		position++;
		if (c != d) {
			char left[8], right[8];
			visible(c, left);
			visible(d, right);
			status = 1;
			if (silent)
				break;
			if (list && bytes)
				printf("%*lld %3o %-4s %3o %s\n", width, position, c, left, d, right);
			else if (list)
				printf("%*lld %3o %3o\n", width, position, c, d);
			else if (bytes)
				printf("%s %s differ: byte %lld, line %lld is %3o %s %3o %s\n", first, second, position, line, c, left, d, right);
			else
				printf("%s %s differ: char %lld, line %lld\n", first, second, position, line);
			if (!list)
				break;
		}
		line += c == '\n';
	}
	return status;
}
