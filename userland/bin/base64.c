/*
 * base64: encode and decode, RFC 4648
 * https://man7.org/linux/man-pages/man1/base64.1.html
 *
 * Usage: base64 [-di] [-w COLUMNS] [FILE]
 *   -d, --decode           decode
 *   -i, --ignore-garbage   with -d, ignore other characters
 *   -w, --wrap COLUMNS     break lines there (76; 0: never)
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "files.h"
#include "numbers.h"
#include "tools.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode(FILE *input, long wrap)
{
	static unsigned char block[3 * 4096];
	static char text[4 * 4096];
	long column = 0;
	for (size_t length; (length = fread(block, 1, sizeof block, input)) > 0;) {
		size_t made = 0;
		memset(block + length, 0, length < sizeof block ? (3 - length % 3) % 3 : 0);
		for (const unsigned char *group = block; group < block + length; group += 3) {
			unsigned bits = (unsigned)group[0] << 16 | (unsigned)group[1] << 8 | group[2];
			for (int i = 0; i < 4; i++)
				text[made++] = group + i <= block + length ? alphabet[bits >> (18 - 6 * i) & 63] : '=';
		}
		for (size_t at = 0; at < made;) {
			size_t part = wrap && (size_t)(wrap - column) < made - at ? (size_t)(wrap - column) : made - at;
			fwrite(text + at, 1, part, stdout);
			at += part;
			column += wrap ? (long)part : 0;
			if (wrap && column == wrap) {
				putchar('\n');
				column = 0;
			}
		}
	}
	if (wrap && column)
		putchar('\n');
}

/* The status; what cannot be read is the caller's to tell. */
static int decode(FILE *input, bool ignore)
{
	unsigned bits = 0;
	int count = 0, padding = 0, values[256];
	memset(values, -1, sizeof values);
	for (int i = 0; i < 64; i++)
		values[(unsigned char)alphabet[i]] = i;
	for (int c; (c = getc(input)) != EOF;) {
		int value = values[c];
		if (c == '\n')
			continue;
		if (c == '=' && count + padding >= 2) {
			padding++;
			continue;
		}
		if (value < 0 || padding) {
			if (ignore)
				continue;
			break;
		}
		bits = bits << 6 | (unsigned)value;
		if (++count < 4)
			continue;
		putchar(bits >> 16 & 255);
		putchar(bits >> 8 & 255);
		putchar(bits & 255);
		bits = 0;
		count = 0;
	}
	if (ferror(input))
		return 0;
	if (count >= 2)
		putchar(bits >> (count == 2 ? 4 : 10) & 255);
	if (count == 3)
		putchar(bits >> 2 & 255);
	if (!feof(input) || count == 1 || (count && count + padding != 4)) {
		fflush(stdout);
		warnx("invalid input");
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"decode", no_argument, NULL, 'd'}, {"ignore-garbage", no_argument, NULL, 'i'}, {"wrap", required_argument, NULL, 'w'}, {0}};
	bool decoding = false, ignore = false;
	long wrap = 76;
	for (int option; (option = next_long_option(argc, argv, "diw:", longs)) != -1;) {
		if (option == 'd')
			decoding = true;
		else if (option == 'i')
			ignore = true;
		else
			wrap = (long)parse_integer(optarg, "wrap size");
	}
	FILE *input = open_input(argv[optind] ? argv[optind] : "-");
	if (!input)
		return 1;
	int status = 0;
	if (decoding)
		status = decode(input, ignore);
	else
		encode(input, wrap);
	if (ferror(input))
		err(1, "read error");
	return status;
}
