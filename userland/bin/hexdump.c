/*
 * hexdump: bytes of files in hexadecimal
 * https://man7.org/linux/man-pages/man1/hexdump.1.html
 *
 * Aliases: hd
 *
 * Usage: hexdump [-bcCdovx] [-n LENGTH] [-s OFFSET] [FILE]...
 *   -b         one-byte octal
 *   -c         characters
 *   -C         hexadecimal and text (hd)
 *   -d, -o     two-byte decimal, octal
 *   -n LENGTH  only LENGTH bytes
 *   -s OFFSET  leave out OFFSET bytes
 *   -v         repeated lines, too
 *   -x         two-byte hexadecimal
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "numbers.h"
#include "tools.h"

static char format;
static bool all;

static char **operands;
static FILE *input;
static int status;

/* The next byte of all operands as one stream. */
static int next_byte(void)
{
	for (;;) {
		if (input) {
			int c = getc(input);
			if (c != EOF)
				return c;
			if (ferror(input)) {
				warn("%s", operands[-1]);
				status = 1;
			}
			if (input != stdin)
				fclose(input);
			input = NULL;
		}
		if (!*operands)
			return EOF;
		input = open_input(*operands++);
		status |= !input;
	}
}

static void put_canonical(const unsigned char *line, size_t length)
{
	putchar(' ');
	for (size_t i = 0; i < 16; i++) {
		if (i < length) {
			putchar(' ');
			put_hex(line[i], false);
		} else {
			fputs("   ", stdout);
		}
		if (i == 7)
			putchar(' ');
	}
	fputs("  |", stdout);
	for (size_t i = 0; i < length; i++)
		putchar(isprint(line[i]) && line[i] < 128 ? line[i] : '.');
	putchar('|');
}

static void put_characters(const unsigned char *line, size_t length)
{
	static const char plain[] = "\a\b\f\n\r\t\v", letters[] = "abfnrtv";
	for (size_t i = 0; i < length; i++) {
		const char *found = line[i] ? strchr(plain, line[i]) : NULL;
		if (line[i] == 0)
			fputs("  \\0", stdout);
		else if (found)
			printf("  \\%c", letters[found - plain]);
		else
			printf(isprint(line[i]) && line[i] < 128 ? "   %c" : " %03o", line[i]);
	}
	printf("%*s", (int)(16 - length) * 4, "");
}

static void put_words(const unsigned char *line, size_t length)
{
	static const struct {
		char letter;
		const char *text;
		int width;
	} formats[] = {{0, " %04x", 5}, {'x', "    %04x", 8}, {'d', "   %05u", 8}, {'o', "  %06o", 8}};
	size_t which = 0;
	while (formats[which].letter != format)
		which++;
	for (size_t i = 0; i < 16; i += 2) {
		unsigned word = line[i] | (i + 1 < length ? (unsigned)line[i + 1] << 8 : 0);
		if (i < length)
			printf(formats[which].text, word);
		else
			printf("%*s", formats[which].width, "");
	}
}

static void put_line(unsigned long long offset, const unsigned char *line, size_t length)
{
	printf(format == 'C' ? "%08llx" : "%07llx", offset);
	if (format == 'C') {
		put_canonical(line, length);
	} else if (format == 'c') {
		put_characters(line, length);
	} else if (format == 'b') {
		for (size_t i = 0; i < 16; i++)
			printf(i < length ? " %03o" : "    ", line[i]);
	} else {
		put_words(line, length);
	}
	putchar('\n');
}

int main(int argc, char **argv)
{
	static char *standard[] = {"-", NULL};
	unsigned long long offset = 0, left = ~0ULL, skip = 0;
	if (!strcmp(program_name(), "hd"))
		format = 'C';
	for (int option; (option = next_option(argc, argv, "bcCdn:os:vx")) != -1;) {
		switch (option) {
		case 'n': left = strtoull(optarg, NULL, 0); break;
		case 's': skip = strtoull(optarg, NULL, 0); break;
		case 'v': all = true; break;
		default: format = (char)option;
		}
	}
	operands = argv[optind] ? argv + optind : standard;
	for (; offset < skip && next_byte() != EOF; offset++)
		continue;
	unsigned char line[16], previous[16];
	bool repeated = false, any = false;
	for (;;) {
		size_t length = 0;
		for (int c; length < 16 && left > 0 && (c = next_byte()) != EOF; left--)
			line[length++] = (unsigned char)c;
		if (!length)
			break;
		if (!all && any && length == 16 && !memcmp(line, previous, 16)) {
			if (!repeated)
				puts("*");
			repeated = true;
		} else {
			put_line(offset, line, length);
			repeated = false;
		}
		memcpy(previous, line, 16);
		any = true;
		offset += length;
	}
	if (any)
		printf(format == 'C' ? "%08llx\n" : "%07llx\n", offset);
	return status;
}
