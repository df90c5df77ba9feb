/*
 * cksum: checksums of files
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/cksum.html
 *
 * Aliases: md5sum sha1sum sha224sum sha256sum sha384sum sha512sum
 *
 * Usage: cksum [FILE]...
 *        md5sum|sha1sum|sha256sum|sha512sum [-bct] [--quiet] [--status] [--tag] [FILE]...
 *   -b, -t     mark the file as binary, as text
 *   -c         read sums from the FILEs and check them
 *   --quiet    with -c, nothing about files that are right
 *   --status   with -c, only the exit status
 *   --tag      with the name of the algorithm, as BSD does
 *   -w, --warn   checking: tell each line that is malformed
 *   -z, --zero   lines end in NUL
 * cksum prints the CRC of POSIX and the size.
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "files.h"
#include "tools.h"

enum { QUIET = 256, STATUS, TAG };

static const struct digest_kind *kind;
static bool binary, quiet, silent, tagged;
static bool tells_lines, reads_operands;
static char line_end = '\n';

/* Polynomial 04C11DB7, then the length, then the complement. */
static int put_crc(FILE *input, const char *name)
{
	static uint32_t table[256];
	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i << 24;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] << 1 ^ (table[i] >> 31 ? 0x04c11db7 : 0);
	}
	uint32_t crc = 0;
	unsigned long long length = 0;
	for (int c; (c = getc(input)) != EOF; length++)
		crc = crc << 8 ^ table[(crc >> 24 ^ (uint32_t)c) & 255];
	for (unsigned long long rest = length; rest; rest >>= 8)
		crc = crc << 8 ^ table[(crc >> 24 ^ rest) & 255];
	if (ferror(input))
		return 0;
	printf("%u %llu", ~crc, length);
	printf(reads_operands ? " %s\n" : "\n", name);
	return 0;
}

static void compute(FILE *input, char hex[129])
{
	unsigned char block[4096], result[64];
	struct digest digest;
	digest_begin(&digest, kind);
	for (size_t length; (length = fread(block, 1, sizeof block, input)) > 0;)
		digest_add(&digest, block, length);
	digest_end(&digest, result);
	for (size_t i = 0; i < kind->size; i++)
		snprintf(hex + 2 * i, 3, "%02x", result[i]);
}

static int put_sum(FILE *input, const char *name)
{
	char hex[129];
	compute(input, hex);
	if (ferror(input))
		return 0;
	if (tagged)
		printf("%s (%s) = %s%c", kind->tag, name, hex, line_end);
	else
		printf("%s %c%s%c", hex, binary ? '*' : ' ', name, line_end);
	return 0;
}

/* "HEX  NAME" or "TAG (NAME) = HEX"; false if it is neither. */
static bool parse_line(char *line, char **sum, char **name)
{
	size_t digits = kind->size * 2;
	char *open = strstr(line, " ("), *close = strstr(line, ") = ");
	if (open && close && !strncmp(line, kind->tag, strlen(kind->tag))) {
		*close = 0;
		*name = open + 2;
		*sum = close + 4;
		return strspn(*sum, "0123456789abcdefABCDEF") == digits;
	}
	if (strspn(line, "0123456789abcdefABCDEF") != digits || line[digits] != ' ')
		return false;
	*sum = line;
	*name = line + digits + 2;
	line[digits] = 0;
	return true;
}

static int check(FILE *list, const char *list_name)
{
	char *line = NULL, *sum, *name, hex[129];
	size_t capacity = 0;
	unsigned long number = 0, malformed = 0, unreadable = 0, wrong = 0, right = 0;
	while (read_line(list, &line, &capacity, NULL) >= 0) {
		number++;
		if (!parse_line(line, &sum, &name)) {
			malformed++;
			if (tells_lines && !silent)
				warnx("%s: %lu: improperly formatted %s checksum line", list_name, number, kind->tag);
			continue;
		}
		FILE *input = open_input(name);
		if (!input) {
			unreadable++;
			if (!silent)
				printf("%s: FAILED open or read\n", name);
			continue;
		}
		compute(input, hex);
		if (input != stdin)
			fclose(input);
		bool equal = !strcasecmp(hex, sum);
		right += equal;
		wrong += !equal;
		if (!silent && !(equal && quiet))
			printf("%s: %s\n", name, equal ? "OK" : "FAILED");
	}
	free(line);
	fflush(stdout);
	if (!right && !wrong && !unreadable) {
		warnx("%s: no properly formatted checksum lines found", list_name);
		return 1;
	}
	if (malformed && !silent)
		warnx("WARNING: %lu line%s improperly formatted", malformed, malformed == 1 ? " is" : "s are");
	if (unreadable && !silent)
		warnx("WARNING: %lu listed file%s could not be read", unreadable, unreadable == 1 ? "" : "s");
	if (wrong && !silent)
		warnx("WARNING: %lu computed checksum%s did NOT match", wrong, wrong == 1 ? "" : "s");
	return wrong || unreadable;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"binary", no_argument, NULL, 'b'}, {"check", no_argument, NULL, 'c'}, {"warn", no_argument, NULL, 'w'}, {"zero", no_argument, NULL, 'z'}, {"text", no_argument, NULL, 't'}, {"quiet", no_argument, NULL, QUIET},
		{"status", no_argument, NULL, STATUS}, {"tag", no_argument, NULL, TAG}, {0}};
	bool checking = false;
	kind = digest_find(program_name());
	for (int option; (option = next_long_option(argc, argv, "bctwz", longs)) != -1;) {
		switch (option) {
		case 'b': binary = true; break;
		case 'c': checking = true; break;
		case 't': binary = false; break;
		case 'w': tells_lines = true; break;
		case 'z': line_end = 0; break;
		case QUIET: quiet = true; break;
		case STATUS: silent = true; break;
		case TAG: tagged = true; break;
		default: break;
		}
	}
	reads_operands = argv[optind] != NULL;
	return each_input(argv + optind, !kind ? put_crc : checking ? check : put_sum);
}
