/*
 * cmp: compare two files byte by byte
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/cmp.html
 *
 * Usage: cmp [-bls] [-i SKIP] [-n LIMIT] FILE1 [FILE2 [SKIP1 [SKIP2]]]
 *   -b         print the bytes that differ
 *   -i SKIP    leave out the first SKIP bytes of both; -i A:B, of each its own
 *   -l         all bytes that differ
 *   -n LIMIT   compare at most LIMIT bytes
 *   -s         print nothing
 * SKIP1 and SKIP2: bytes to leave out of FILE1 and of FILE2.
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
static int position_width(FILE *a, FILE *b, const long long skips[2], long long limit)
{
	struct stat first, second;
	long long most = limit < 0 ? LLONG_MAX : limit;
	if (!fstat(fileno(a), &first) && !fstat(fileno(b), &second) && S_ISREG(first.st_mode) && S_ISREG(second.st_mode)) {
		long long left = first.st_size - skips[0], right = second.st_size - skips[1], shorter = left < right ? left : right;
		most = shorter < 0 ? 0 : most < shorter ? most : shorter;
	}
	return snprintf(NULL, 0, "%lld", most);
}

struct side {
	const char *name;
	FILE *file;
	size_t at, end; /* in the block */
	unsigned char block[32768];
};

/* How many bytes there are to compare; 0 at the end of the file. */
static size_t fill(struct side *side)
{
	if (side->at == side->end) {
		side->at = 0;
		side->end = fread(side->block, 1, sizeof side->block, side->file);
		if (!side->end && ferror(side->file))
			err(2, "%s", side->name);
	}
	return side->end - side->at;
}

static size_t equal_bytes(const unsigned char *a, const unsigned char *b, size_t count)
{
	enum { PIECE = 256 };
	size_t at = 0;
	while (count - at >= PIECE && !memcmp(a + at, b + at, PIECE))
		at += PIECE;
	while (at < count && a[at] == b[at])
		at++;
	return at;
}

static long long newlines(const unsigned char *bytes, size_t count)
{
	long long found = 0;
	for (const unsigned char *end = bytes + count; (bytes = memchr(bytes, '\n', (size_t)(end - bytes))); bytes++)
		found++;
	return found;
}

struct difference {
	const char *first, *second;
	long long position, line;
	int width, left, right;
};

static void print_difference(const struct difference *what, bool list, bool bytes)
{
	char left[8], right[8];
	if (bytes) {
		visible(what->left, left);
		visible(what->right, right);
	}
	if (list && bytes)
		printf("%*lld %3o %-4s %3o %s\n", what->width, what->position, what->left, left, what->right, right);
	else if (list)
		printf("%*lld %3o %3o\n", what->width, what->position, what->left, what->right);
	else if (bytes)
		printf("%s %s differ: byte %lld, line %lld is %3o %s %3o %s\n", what->first, what->second, what->position, what->line, what->left, left, what->right, right);
	else
		printf("%s %s differ: char %lld, line %lld\n", what->first, what->second, what->position, what->line);
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
	for (int i = 2; i < argc - optind; i++) {
		if (i > 3)
			usage_error("extra operand '%s'", argv[optind + i]);
		skips[i - 2] = parse_size(argv[optind + i], "--ignore-initial value");
	}
	FILE *a = open_input(first), *b = open_input(second);
	if (!a || !b)
		return 2;
	skip_bytes(a, skips[0]);
	skip_bytes(b, skips[1]);
	int width = list ? position_width(a, b, skips, limit) : 0;
	static struct side left, right;
	left = (struct side){.name = first, .file = a};
	right = (struct side){.name = second, .file = b};
	long long position = 0, line = 1;
	int status = 0;
	while (limit < 0 || position < limit) {
		size_t has_left = fill(&left), has_right = fill(&right), count = has_left < has_right ? has_left : has_right;
		if (!has_left && !has_right)
			break;
		if (!count) {
			if (!silent && position == 0)
				warnx("EOF on %s which is empty", has_left ? second : first);
			else if (!silent && list)
				warnx("EOF on %s after byte %lld", has_left ? second : first, position);
			else if (!silent)
				warnx("EOF on %s after byte %lld, %sline %lld", has_left ? second : first, position, line > 1 ? "" : "in ", line);
			return 1;
		}
		if (limit >= 0 && (long long)count > limit - position)
			count = (size_t)(limit - position);
		const unsigned char *c = left.block + left.at, *d = right.block + right.at;
		size_t equal = equal_bytes(c, d, count);
		line += list || silent ? 0 : newlines(c, equal);
		position += (long long)equal;
		left.at += equal;
		right.at += equal;
		if (equal == count)
			continue;
		left.at++;
		right.at++;
		position++;
		status = 1;
		if (!silent)
			print_difference(&(struct difference){first, second, position, line, width, c[equal], d[equal]}, list, bytes);
		if (!list)
			break;
	}
	return status;
}
