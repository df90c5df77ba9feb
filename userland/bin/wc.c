/*
 * wc: count lines, words and bytes
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/wc.html
 *
 * Usage: wc [OPTION]... [FILE]...
 * Prints newline, word and byte counts for each FILE, and a total of several.
 *   -c, --bytes             print the byte counts
 *   -m, --chars             print the character counts
 *   -l, --lines             print the newline counts
 *   -L, --max-line-length   print the greatest width of a line
 *   -w, --words             print the word counts
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "numbers.h"
#include "tools.h"

struct counts {
	unsigned long long lines, words, chars, bytes, width;
};

static bool lines, words, chars, bytes, width;
static int columns;
static struct counts total;

static void put(const struct counts *counts, const char *name)
{
	const char *gap = "";
	const struct {
		bool wanted;
		unsigned long long value;
	} fields[] = {{lines, counts->lines}, {words, counts->words}, {chars, counts->chars}, {bytes, counts->bytes}, {width, counts->width}};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		if (!fields[i].wanted)
			continue;
		printf("%s%*llu", gap, columns, fields[i].value);
		gap = " ";
	}
	printf(name ? " %s\n" : "\n", name);
}

static void count_block(struct counts *counts, const char *block, size_t length, bool *in_word, unsigned long long *position)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)block[i];
		counts->chars += (c & 0xc0) != 0x80;
		if (c == '\n')
			counts->lines++;
		if (c == '\n' || c == '\r' || c == '\f') {
			*position = 0;
		} else if (c == '\t') {
			*position += 8 - *position % 8;
		} else if (c >= 32 && c != 127 && (c & 0xc0) != 0x80) {
			++*position;
		}
		if (*position > counts->width)
			counts->width = *position;
		bool space = isspace(c);
		if (!space && !*in_word && (isgraph(c) || c >= 128)) {
			counts->words++;
			*in_word = true;
		} else if (space) {
			*in_word = false;
		}
	}
	counts->bytes += length;
}

static int count(FILE *input, const char *name)
{
	struct counts counts = {0};
	char block[16384];
	bool in_word = false;
	unsigned long long position = 0;
	for (size_t length; (length = fread(block, 1, sizeof block, input)) > 0;)
		count_block(&counts, block, length, &in_word, &position);
	total.lines += counts.lines;
	total.words += counts.words;
	total.chars += counts.chars;
	total.bytes += counts.bytes;
	if (counts.width > total.width)
		total.width = counts.width;
	put(&counts, name);
	return 0;
}

static int count_standard(FILE *input, const char *name)
{
	(void)name;
	return count(input, NULL);
}

/* GNU's rule: wide enough for the sum of sizes, 7 if one is no regular file. */
static int choose_columns(int count, char **names)
{
	unsigned long long sum = 0;
	int least = 1;
	static char *standard[] = {"-"};
	if (count == 0)
		count = 1, names = standard;
	if (count == 1 && lines + words + chars + bytes + width == 1)
		return 1;
	for (int i = 0; i < count; i++) {
		struct stat status;
		if (!strcmp(names[i], "-") ? fstat(0, &status) : stat(names[i], &status))
			continue;
		if (S_ISREG(status.st_mode))
			sum += (unsigned long long)status.st_size;
		else
			least = 7;
	}
	int needed = digits(sum);
	return needed < least ? least : needed;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"bytes", no_argument, NULL, 'c'}, {"chars", no_argument, NULL, 'm'}, {"lines", no_argument, NULL, 'l'},
		{"max-line-length", no_argument, NULL, 'L'}, {"words", no_argument, NULL, 'w'}, {0}};
	for (int option; (option = next_long_option(argc, argv, "cmlLw", longs)) != -1;) {
		switch (option) {
		case 'c': bytes = true; break;
		case 'm': chars = true; break;
		case 'l': lines = true; break;
		case 'L': width = true; break;
		default: words = true;
		}
	}
	if (!(lines || words || chars || bytes || width))
		lines = words = bytes = true;
	int operands = argc - optind;
	columns = choose_columns(operands, argv + optind);
	if (operands == 0)
		return each_input(argv + optind, count_standard);
	int status = each_input(argv + optind, count);
	if (operands > 1)
		put(&total, "total");
	return status;
}
