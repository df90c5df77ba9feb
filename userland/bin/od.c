/*
 * od: dump files in octal and other formats
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/od.html
 *
 * Usage: od [-v] [-A BASE] [-j SKIP] [-N COUNT] [-w[WIDTH]] [-t TYPE]... [FILE]... [[+]OFFSET[.][b]]
 *   -A BASE   addresses: d decimal, o octal, x hexadecimal, n none
 *   -j SKIP   leave out SKIP bytes
 *   -N COUNT  only COUNT bytes
 *   -t TYPE   a named characters, c characters, d u o x f with a size 1 2 4 8 (C S I L F D),
 *             z after it: the text, too
 *   -v        repeated lines, too
 *   -w WIDTH  bytes in a line (16)
 *   -a -b -c -d -o -s -x -i -l    -t a, o1, c, u2, o2, d2, x2, dI, dL
 *   -e                     the same as -t fD
 * A last operand as +10 is the SKIP in octal; +10. in decimal, +10b in blocks of 512. Behind a file the + may be left away.
 */
#include <ctype.h>
#include <float.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "numbers.h"
#include "tools.h"

struct format {
	char kind;   /* a c d u o x f */
	size_t size;
	int width;   /* of one value, without the space before it */
	bool text;
	char (*bytes)[8]; /* what each byte is as text, where values are bytes */
};

static struct format formats[16];
static int format_count;
static char base = 'o';
static int columns; /* of a whole line */
static size_t line_size = 16;

static char **operands;
static FILE *input;
static int status;

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

static int width_of(char kind, size_t size)
{
	static const int decimal[] = {0, 4, 6, 0, 11, 0, 0, 0, 20}, plain[] = {0, 3, 5, 0, 10, 0, 0, 0, 20}, octal[] = {0, 3, 6, 0, 11, 0, 0, 0, 22};
	switch (kind) {
	case 'd': return decimal[size];
	case 'u': return plain[size];
	case 'o': return octal[size];
	case 'x': return (int)size * 2;
	case 'f': return size == 4 ? 15 : 24;
	default: return 3;
	}
}

static void add_formats(const char *text)
{
	static const char letters[] = "CSILFD";
	static const size_t sizes[] = {1, 2, 4, 8, 4, 8};
	for (const char *at = text; *at;) {
		struct format format = {.kind = *at++, .size = 4};
		if (!strchr("acduoxf", format.kind))
			errx(1, "invalid character '%c' in type string '%s'", format.kind, text);
		if (format.kind == 'a' || format.kind == 'c')
			format.size = 1;
		if (format.kind == 'f')
			format.size = 8;
		const char *found = *at ? strchr(letters, *at) : NULL;
		if (found && format.size != 1) {
			format.size = sizes[found - letters];
			at++;
		} else if (isdigit((unsigned char)*at)) {
			format.size = strtoul(at, (char **)&at, 10);
			if (format.size != 1 && format.size != 2 && format.size != 4 && format.size != 8)
				errx(1, "invalid type string '%s';\nthis system doesn't provide a %zu-byte integral type", text, format.size);
		}
		format.width = width_of(format.kind, format.size);
		if (*at == 'z') {
			format.text = true;
			at++;
		}
		if (format_count == (int)(sizeof formats / sizeof *formats))
			errx(1, "too many types");
		formats[format_count++] = format;
	}
}

static void character(unsigned char c, char kind, char result[8])
{
	static const char *const names[] = {"nul", "soh", "stx", "etx", "eot", "enq", "ack", "bel", "bs", "ht", "nl", "vt", "ff", "cr", "so", "si", "dle",
		"dc1", "dc2", "dc3", "dc4", "nak", "syn", "etb", "can", "em", "sub", "esc", "fs", "gs", "rs", "us", "sp"};
	static const char plain[] = "\a\b\f\n\r\t\v", letters[] = "abfnrtv";
	const char *found = c ? strchr(plain, c) : NULL;
	if (kind == 'a')
		c &= 127;
	if (kind == 'a' && (c <= 32 || c == 127))
		snprintf(result, 8, "%s", c == 127 ? "del" : names[c]);
	else if (kind == 'c' && (found || !c))
		snprintf(result, 8, "\\%c", found ? letters[found - plain] : '0');
	else
		snprintf(result, 8, isprint(c) && c < 128 ? "%c" : "%03o", c);
}

static void value(const unsigned char *bytes, const struct format *format, char result[40])
{
	uint64_t word = 0;
	float single;
	double number;
	for (size_t i = format->size; i-- > 0;)
		word = word << 8 | bytes[i];
	int64_t extended = format->size == 8 ? (int64_t)word : (int64_t)(word << (64 - 8 * format->size)) >> (64 - 8 * format->size);
	if (format->bytes) {
		memcpy(result, format->bytes[*bytes], sizeof *format->bytes);
		return;
	}
	switch (format->kind) {
	case 'd': snprintf(result, 40, "%lld", (long long)extended); break;
	case 'u': snprintf(result, 40, "%llu", (unsigned long long)word); break;
	case 'o':
	case 'x':
		result[format->width] = 0;
		for (int at = format->width; at-- > 0; word >>= format->kind == 'o' ? 3 : 4)
			result[at] = "0123456789abcdef"[word & (format->kind == 'o' ? 7 : 15)];
		break;
	case 'f':
		memcpy(&single, bytes, sizeof single);
		memcpy(&number, bytes, format->size == 8 ? sizeof number : 0);
		/* As few digits as give the same number again; those below the normal ones have fewer from the start. */
		bool is_small = format->size == 4 ? fabsf(single) < FLT_MIN : fabs(number) < DBL_MIN;
		for (int digits = is_small ? 1 : format->size == 4 ? 6 : 15; digits <= 17; digits++) {
			snprintf(result, 40, "%.*g", digits, format->size == 4 ? (double)single : number);
			if (format->size == 4 ? strtof(result, NULL) == single : strtod(result, NULL) == number)
				break;
		}
		break;
	default: character(*bytes, format->kind, result);
	}
}

static void prepare_bytes(struct format *format)
{
	if (format->size != 1)
		return;
	char(*texts)[8] = allocate(256 * sizeof *texts), text[40];
	for (int c = 0; c < 256; c++) {
		value(&(unsigned char){(unsigned char)c}, format, text);
		snprintf(texts[c], sizeof *texts, "%s", text);
	}
	format->bytes = texts;
}

/* Columns of a whole line: those of the widest format, to which the others are padded. */
static int line_columns(void)
{
	int widest = 0;
	for (int i = 0; i < format_count; i++) {
		int need = (formats[i].width + 1) * (int)(line_size / formats[i].size);
		widest = need > widest ? need : widest;
	}
	return widest;
}

static void put_address(unsigned long long offset)
{
	if (base != 'n')
		printf(base == 'd' ? "%07llu" : base == 'x' ? "%06llx" : "%07llo", offset);
}

static void put_line(unsigned long long offset, const unsigned char *line, size_t length)
{
	for (int f = 0; f < format_count; f++) {
		const struct format *format = &formats[f];
		int fields = (int)(line_size / format->size), padding = columns - fields * (format->width + 1), field = fields;
		if (f == 0)
			put_address(offset);
		else if (base != 'n')
			printf("%*s", base == 'x' ? 6 : 7, "");
		for (size_t i = 0; i < length; i += format->size) {
			char text[40];
			value(line + i, format, text);
			/* What is left over is spread over the values, the first getting the most. */
			int room = format->width + 1 + (padding ? padding * field / fields - padding * (field - 1) / fields : 0);
			size_t used = strlen(text);
			for (int blanks = room - (int)used; blanks > 0; blanks--)
				putchar(' ');
			fwrite(text, 1, used, stdout);
			field--;
		}
		if (format->text) {
			printf("%*s  >", field * (format->width + 1) + padding * field / fields, "");
			for (size_t i = 0; i < length; i++)
				putchar(isprint(line[i]) && line[i] < 128 ? line[i] : '.');
			putchar('<');
		}
		putchar('\n');
	}
}

/* A line holds whole values of each type; their sizes are powers of two. */
static void check_line_size(void)
{
	size_t largest = 1;
	for (int i = 0; i < format_count; i++)
		largest = formats[i].size > largest ? formats[i].size : largest;
	if (line_size && line_size % largest == 0)
		return;
	warnx("warning: invalid width %zu; using %zu instead", line_size, largest);
	line_size = largest;
}

/* [+]OFFSET[.][b], the last operand in XSI's old form: octal, with a period decimal, b: 512 bytes. -1: it is a file. */
static long long offset_operand(const char *text, bool is_only)
{
	const char *digits = text + (*text == '+');
	bool may_be = *text == '+' || (!is_only && isdigit((unsigned char)*text));
	size_t length = strspn(digits, "0123456789");
	bool is_decimal = digits[length] == '.';
	const char *behind = digits + length + is_decimal;
	if (!may_be || !length || (*behind && strcmp(behind, "b")))
		return -1;
	return strtoll(digits, NULL, is_decimal ? 10 : 8) * (*behind ? 512 : 1);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"address-radix", required_argument, NULL, 'A'}, {"skip-bytes", required_argument, NULL, 'j'}, {"read-bytes", required_argument, NULL, 'N'},
		{"format", required_argument, NULL, 't'}, {"output-duplicates", no_argument, NULL, 'v'}, {"width", optional_argument, NULL, 'w'}, {0}};
	static char *standard[] = {"-", NULL};
	unsigned long long offset = 0, left = ~0ULL, skip = 0;
	bool all = false;
	for (int option; (option = next_long_option(argc, argv, "A:abcdeij:lN:ost:vw::x", longs)) != -1;) {
		switch (option) {
		case 'A':
			base = *optarg;
			if (!strchr("doxn", base) || !base)
				errx(1, "invalid output address radix '%c'; it must be one character from [doxn]", base);
			break;
		case 'j': skip = (unsigned long long)(optarg[0] == '0' ? strtoll(optarg, NULL, 0) : parse_size(optarg, "-j argument")); break;
		case 'N': left = (unsigned long long)(optarg[0] == '0' ? strtoll(optarg, NULL, 0) : parse_size(optarg, "-N argument")); break;
		case 't': add_formats(optarg); break;
		case 'v': all = true; break;
		case 'w': line_size = optarg ? (size_t)parse_integer(optarg, "-w argument") : 32; break;
		case 'a': add_formats("a"); break;
		case 'b': add_formats("o1"); break;
		case 'c': add_formats("c"); break;
		case 'd': add_formats("u2"); break;
		case 'i': add_formats("dI"); break;
		case 'l': add_formats("dL"); break;
		case 'o': add_formats("o2"); break;
		case 's': add_formats("d2"); break;
		default: add_formats("x2");
		}
	}
	if (!format_count)
		add_formats("o2");
	check_line_size();
	for (int i = 0; i < format_count; i++)
		prepare_bytes(&formats[i]);
	columns = line_columns();
	long long start = optind == argc - 1 || optind == argc - 2 ? offset_operand(argv[argc - 1], optind == argc - 1) : -1;
	if (start >= 0 && base == 'o' && !skip && left == ~0ULL) {
		skip = (unsigned long long)start;
		argv[argc - 1] = NULL;
	}
	operands = argv[optind] ? argv + optind : standard;
	for (; offset < skip; offset++)
		if (next_byte() == EOF)
			errx(1, "cannot skip past end of combined input");
	unsigned char *line = allocate(line_size + 8), *previous = allocate(line_size);
	bool repeated = false, any = false;
	for (;; any = true) {
		size_t length = 0;
		memset(line, 0, line_size + 8);
		for (int c; length < line_size && left > 0 && (c = next_byte()) != EOF; left--)
			line[length++] = (unsigned char)c;
		if (!length)
			break;
		if (!all && any && length == line_size && !memcmp(line, previous, line_size)) {
			if (!repeated)
				puts("*");
			repeated = true;
		} else {
			put_line(offset, line, length);
			repeated = false;
		}
		memcpy(previous, line, line_size);
		offset += length;
	}
	put_address(offset);
	if (base != 'n')
		putchar('\n');
	return status;
}
