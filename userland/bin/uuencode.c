/*
 * uuencode, uudecode: a binary file as text, and back
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/uuencode.html
 *
 * Aliases: uudecode
 *
 * Usage: uuencode [-m] [FILE] NAME | uudecode [-o OUTPUT] [FILE]
 *   -m          in base64
 *   -o OUTPUT   uudecode: the file to make, whatever NAME says; - and /dev/stdout are standard output
 * NAME is what uudecode calls the file that it makes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools.h"

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* A group of six bits as a character. */
static char letter(unsigned bits, bool is_base64)
{
	return is_base64 ? base64[bits] : bits ? (char)(bits + ' ') : '`';
}

static void encode_line(const unsigned char *bytes, size_t size, bool is_base64)
{
	if (!is_base64)
		putchar(letter((unsigned)size, false));
	for (size_t i = 0; i < size; i += 3) {
		unsigned b = i + 1 < size ? bytes[i + 1] : 0, c = i + 2 < size ? bytes[i + 2] : 0;
		unsigned group = (unsigned)bytes[i] << 16 | b << 8 | c;
		for (int part = 0; part < 4; part++) {
			bool is_filling = is_base64 && i + (size_t)part > size;
			putchar(is_filling ? '=' : letter(group >> (18 - 6 * part) & 63, is_base64));
		}
	}
	putchar('\n');
}

static int encode(int argc, char **argv)
{
	bool is_base64 = false;
	while (next_option(argc, argv, "m") != -1)
		is_base64 = true;
	if (argc - optind < 1 || argc - optind > 2)
		usage_error("one or two operands are needed");
	struct stat about = {.st_mode = 0666};
	FILE *input = stdin;
	if (argc - optind == 2 && strcmp(argv[optind], "-")) {
		input = fopen(argv[optind], "re");
		if (!input || fstat(fileno(input), &about) < 0)
			err(1, "%s", argv[optind]);
	} else {
		mode_t mask = umask(0);
		umask(mask);
		about.st_mode &= ~mask;
	}
	printf("begin%s %o %s\n", is_base64 ? "-base64" : "", about.st_mode & 0777, argv[argc - 1]);
	unsigned char bytes[45];
	for (size_t size; (size = fread(bytes, 1, sizeof bytes, input)) > 0;)
		encode_line(bytes, size, is_base64);
	if (ferror(input))
		err(1, "%s", argv[optind]);
	fputs(is_base64 ? "====\n" : "`\nend\n", stdout);
	return 0;
}

/* The six bits of a character; -1: it is none. */
static int bits_of(char character, bool is_base64)
{
	if (is_base64) {
		const char *found = character ? strchr(base64, character) : NULL;
		return found ? (int)(found - base64) : -1;
	}
	return character >= ' ' && character <= '`' ? (character - ' ') & 63 : -1;
}

/* Writes what a line holds: at most `most` bytes. False if it is none of the encoding. */
static bool decode_line(const char *line, long most, bool is_base64, FILE *output)
{
	unsigned group = 0;
	int have = 0;
	for (; *line && most > 0; line++) {
		if (is_base64 && *line == '=')
			break;
		int bits = bits_of(*line, is_base64);
		if (bits < 0)
			return false;
		group = group << 6 | (unsigned)bits;
		have += 6;
		if (have >= 8) {
			have -= 8;
			putc((int)(group >> have & 255), output);
			most--;
		}
	}
	return is_base64 || most <= 0;
}

static FILE *open_output(const char *name, unsigned mode)
{
	if (!strcmp(name, "-") || !strcmp(name, "/dev/stdout"))
		return stdout;
	FILE *output = fopen(name, "we");
	if (!output)
		err(1, "%s", name);
	if (fchmod(fileno(output), mode & 0777) < 0 && errno != EPERM)
		warn("%s", name);
	return output;
}

/* The lines behind "begin". False after a message. */
static bool decode_body(FILE *input, bool is_base64, FILE *output)
{
	char *line = NULL;
	size_t capacity = 0;
	bool is_over = false;
	while (!is_over && getline(&line, &capacity, input) > 0) {
		line[strcspn(line, "\r\n")] = 0;
		is_over = !strcmp(line, is_base64 ? "====" : "end");
		long size = is_base64 ? (long)strlen(line) : bits_of(*line, false);
		if (is_over || !*line || size == 0)
			continue;
		if (size < 0 || !decode_line(line + !is_base64, size, is_base64, output)) {
			warnx("a line is not of the encoding");
			break;
		}
	}
	free(line);
	if (!is_over)
		warnx("no end line");
	return is_over;
}

static int decode(int argc, char **argv)
{
	const char *wanted = NULL;
	while (next_option(argc, argv, "o:") != -1)
		wanted = optarg;
	FILE *input = argv[optind] && strcmp(argv[optind], "-") ? fopen(argv[optind], "re") : stdin;
	if (!input)
		err(1, "%s", argv[optind]);
	char *line = NULL, name[1024];
	size_t capacity = 0;
	unsigned mode;
	while (getline(&line, &capacity, input) > 0) {
		bool is_base64 = !strncmp(line, "begin-base64 ", 13);
		if (!is_base64 && strncmp(line, "begin ", 6))
			continue;
		if (sscanf(line + (is_base64 ? 13 : 6), "%o %1023[^\n]", &mode, name) != 2)
			continue;
		FILE *output = open_output(wanted ? wanted : name, mode);
		bool good = decode_body(input, is_base64, output);
		if (output != stdout && fclose(output) != 0) {
			warn("%s", name);
			good = false;
		}
		free(line);
		return !good;
	}
	free(line);
	warnx("no 'begin' line");
	return 1;
}

int main(int argc, char **argv)
{
	return !strcmp(program_name(), "uudecode") ? decode(argc, argv) : encode(argc, argv);
}
