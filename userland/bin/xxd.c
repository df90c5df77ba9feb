/*
 * xxd: a hexadecimal dump, and back
 * https://man7.org/linux/man-pages/man1/xxd.1.html
 *
 * Usage: xxd [-biprsu] [-c COLUMNS] [-g BYTES] [-l LENGTH] [-s OFFSET] [INFILE [OUTFILE]]
 *        xxd -r [-p] [INFILE [OUTFILE]]
 *   -b           bits
 *   -c COLUMNS   bytes in a line (16; 30 with -p, 12 with -i, 6 with -b)
 *   -g BYTES     bytes in a group (2)
 *   -i           a C array
 *   -l LENGTH    stop after LENGTH bytes
 *   -p           plain: only the digits
 *   -r           from a dump to bytes
 *   -s OFFSET    leave out OFFSET bytes
 *   -u           upper case
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "numbers.h"
#include "tools.h"

static bool bits, include, plain, reverse, upper;
static size_t columns, group = 2;
static unsigned long long left = ~0ULL, skip;

static int digit(int c)
{
	return isdigit(c) ? c - '0' : isxdigit(c) ? tolower(c) - 'a' + 10 : -1;
}

static void put_bits(unsigned byte)
{
	for (int i = 7; i >= 0; i--)
		putchar('0' + (byte >> i & 1));
}

static void put_line(unsigned long long offset, const unsigned char *line, size_t length)
{
	size_t width = 0, cell = bits ? 8 : 2, full = columns * cell + (group ? (columns + group - 1) / group : 1);
	printf(upper ? "%08llX: " : "%08llx: ", offset);
	for (size_t i = 0; i < length; i++) {
		if (bits)
			put_bits(line[i]);
		else
			put_hex(line[i], upper);
		width += cell;
		if (group && (i + 1) % group == 0) {
			putchar(' ');
			width++;
		}
	}
	printf("%*s ", (int)(full - width), "");
	for (size_t i = 0; i < length; i++)
		putchar(line[i] >= 32 && line[i] < 127 ? line[i] : '.');
	putchar('\n');
}

static void put_plain(const unsigned char *line, size_t length)
{
	for (size_t i = 0; i < length; i++)
		put_hex(line[i], upper);
	putchar('\n');
}

static void put_array(FILE *input, const char *name)
{
	unsigned long long count = 0;
	char *symbol = duplicate(name ? name : "");
	for (char *at = symbol; *at; at++)
		if (!isalnum((unsigned char)*at))
			*at = '_';
	if (name)
		printf("unsigned char %s%s[] = {", isdigit((unsigned char)*symbol) ? "__" : "", symbol);
	for (int c; left > 0 && (c = getc(input)) != EOF; left--, count++)
		printf("%s%s0x%02x", count ? "," : "", count % columns ? " " : name || count ? "\n  " : "  ", (unsigned)c);
	putchar('\n');
	if (name)
		printf("};\nunsigned int %s%s_len = %llu;\n", isdigit((unsigned char)*symbol) ? "__" : "", symbol, count);
	free(symbol);
}

static void dump(FILE *input)
{
	unsigned char *line = allocate(columns);
	unsigned long long offset = skip;
	for (size_t length = 1; length; offset += length) {
		length = 0;
		for (int c; length < columns && left > 0 && (c = getc(input)) != EOF; left--)
			line[length++] = (unsigned char)c;
		if (length && plain)
			put_plain(line, length);
		else if (length)
			put_line(offset, line, length);
	}
	free(line);
}

/* Digits up to two blanks in a row, at the offset that the line begins with. */
static void undump(FILE *input)
{
	char *line = NULL;
	size_t capacity = 0;
	long long at = 0;
	while (read_line(input, &line, &capacity, NULL) >= 0) {
		char *text = line;
		if (!plain) {
			long long offset = strtoll(line, &text, 16);
			if (text == line || *text != ':')
				continue;
			text++;
			if (offset != at && fseek(stdout, offset, SEEK_SET))
				for (; at < offset; at++)
					putchar(0);
			at = offset;
		}
		for (int high = -1, blanks = 0; *text && (plain || blanks < 2); text++) {
			int value = digit((unsigned char)*text);
			blanks = isblank((unsigned char)*text) ? blanks + 1 : 0;
			if (!plain && at == 0 && blanks == 1)
				blanks = 1;
			if (value < 0)
				continue;
			if (high < 0) {
				high = value;
				continue;
			}
			putchar(high * 16 + value);
			at++;
			high = -1;
		}
	}
	free(line);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"bits", no_argument, NULL, 'b'}, {"cols", required_argument, NULL, 'c'}, {"include", no_argument, NULL, 'i'},
		{"len", required_argument, NULL, 'l'}, {"plain", no_argument, NULL, 'p'}, {"ps", no_argument, NULL, 'p'},
		{"revert", no_argument, NULL, 'r'}, {"seek", required_argument, NULL, 's'}, {0}};
	bool group_given = false;
	for (int option; (option = next_long_option(argc, argv, "bc:g:il:prs:u", longs)) != -1;) {
		switch (option) {
		case 'b': bits = true; break;
		case 'c': columns = strtoul(optarg, NULL, 0); break;
		case 'g': group = strtoul(optarg, NULL, 0), group_given = true; break;
		case 'i': include = true; break;
		case 'l': left = strtoull(optarg, NULL, 0); break;
		case 'p': plain = true; break;
		case 'r': reverse = true; break;
		case 's': skip = strtoull(optarg, NULL, 0); break;
		default: upper = true;
		}
	}
	if (bits && !group_given)
		group = 1;
	if (!columns)
		columns = plain ? 30 : include ? 12 : bits ? 6 : 16;
	const char *name = argv[optind];
	FILE *input = open_input(name ? name : "-");
	if (!input)
		return 2;
	if (name && argv[optind + 1] && !freopen(argv[optind + 1], "w", stdout))
		err(3, "%s", argv[optind + 1]);
	for (unsigned long long i = 0; !reverse && i < skip && getc(input) != EOF; i++)
		continue;
	if (reverse)
		undump(input);
	else if (include)
		put_array(input, name && strcmp(name, "-") ? name : NULL);
	else
		dump(input);
	if (ferror(input))
		err(2, "%s", name ? name : "-");
	return 0;
}
