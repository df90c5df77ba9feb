/*
 * split: cut a file into pieces
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/split.html
 *
 * Usage: split [-d] [-a N] [-l LINES | -LINES | -b BYTES | -n PIECES] [FILE [PREFIX]]
 * Writes PREFIXaa, PREFIXab ... (PREFIX is x).
 *   -a N       letters of the suffix (2)
 *   -b BYTES   bytes in each piece
 *   -d         digits instead of letters
 *   -l LINES   lines in each piece (1000)
 *   -n PIECES  that many pieces of equal size
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "numbers.h"
#include "tools.h"

static int letters = 2;
static bool use_digits;
static const char *prefix = "x";

static FILE *open_piece(long number)
{
	char suffix[32];
	int base = use_digits ? 10 : 26;
	long rest = number;
	for (int i = letters - 1; i >= 0; i--, rest /= base)
		suffix[i] = (char)((use_digits ? '0' : 'a') + rest % base);
	suffix[letters] = 0;
	if (rest)
		errx(1, "output file suffixes exhausted");
	char *name = format_text("%s%s", prefix, suffix);
	FILE *piece = fopen(name, "w");
	if (!piece)
		err(1, "%s", name);
	free(name);
	return piece;
}

/* How much of the block belongs to a piece in which so many bytes or lines are left; takes them from what is left. */
static size_t part_of(const char *block, size_t length, bool counts_bytes, long long *left)
{
	size_t part = 0;
	if (counts_bytes) {
		part = (long long)length < *left ? length : (size_t)*left;
		*left -= (long long)part;
		return part;
	}
	while (*left > 0 && part < length) {
		const char *end = memchr(block + part, '\n', length - part);
		part = end ? (size_t)(end - block) + 1 : length;
		*left -= end != NULL;
	}
	return part;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"suffix-length", required_argument, NULL, 'a'}, {"bytes", required_argument, NULL, 'b'}, {"numeric-suffixes", no_argument, NULL, 'd'},
		{"lines", required_argument, NULL, 'l'}, {"number", required_argument, NULL, 'n'}, {0}};
	long long lines = 1000, bytes = 0, pieces = 0;
	bool has_number = argc > 1 && argv[1][0] == '-' && argv[1][1] >= '1' && argv[1][1] <= '9'; /* -LINES */
	if (has_number) {
		lines = parse_integer(argv[1] + 1, "number of lines");
		argv[1] = argv[0];
		argc--, argv++;
	}
	for (int option; (option = next_long_option(argc, argv, "a:b:dl:n:", longs)) != -1;) {
		switch (option) {
		case 'a': letters = (int)parse_integer(optarg, "suffix length"); break;
		case 'b': bytes = parse_size(optarg, "number of bytes"); break;
		case 'd': use_digits = true; break;
		case 'l': lines = parse_integer(optarg, "number of lines"), bytes = 0; break;
		default: pieces = parse_integer(optarg, "number of chunks");
		}
	}
	if (letters < 1 || letters > 20 || lines < 1 || bytes < 0)
		usage_error("invalid number");
	const char *name = argv[optind] ? argv[optind] : "-";
	if (argv[optind] && argv[optind + 1])
		prefix = argv[optind + 1];
	FILE *input = open_input(name), *piece = NULL;
	if (!input)
		return 1;
	struct stat status;
	if (pieces > 0 && !fstat(fileno(input), &status))
		bytes = status.st_size / pieces ? status.st_size / pieces : 1;
	long number = 0;
	long long left = 0;
	static char block[32768];
	for (size_t got; (got = fread(block, 1, sizeof block, input)) > 0;) {
		for (size_t at = 0, part; at < got; at += part) {
			if (!piece) {
				piece = open_piece(number++);
				left = bytes ? bytes : lines;
			}
			bool is_last = pieces && number == pieces;
			part = is_last ? got - at : part_of(block + at, got - at, bytes > 0, &left);
			fwrite(block + at, 1, part, piece);
			if (left > 0 || is_last)
				continue;
			if (fclose(piece))
				err(1, "write error");
			piece = NULL;
		}
	}
	bool is_cut = ferror(input);
	if (is_cut)
		warn("%s", name);
	if (piece && fclose(piece))
		err(1, "write error");
	return is_cut;
}
