/*
 * csplit: cut a file where lines match
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/csplit.html
 *
 * Usage: csplit [-ks] [-f PREFIX] [-n DIGITS] FILE PATTERN...
 * Writes PREFIX00, PREFIX01 ... (PREFIX is xx) and prints their sizes. Patterns:
 *   N                    up to line N
 *   /BRE/[+N | -N]       up to the next line that matches, or N lines behind or before it
 *   %BRE%[+N | -N]       the same, and the piece is not written
 *   {N} or {*}           the last pattern N times more, or as often as there is a match
 * Options:
 *   -f PREFIX  of the names
 *   -k         keep the pieces after an error
 *   -n DIGITS  in the names (2)
 *   -s         do not print sizes
 *   -z         no empty pieces
 */
#include <getopt.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "numbers.h"
#include "pattern.h"
#include "tools.h"

struct cut {
	const char *text; /* for messages */
	struct pattern pattern;
	bool is_line, skips;
	long long line, offset;
};

static char **lines;
static bool *has_newline;
static size_t line_count;
static size_t position; /* first line that is in no piece yet */
static size_t searched; /* lines before this one are not matched again */
static int pieces, digit_count = 2;
static const char *prefix = "xx";
static bool is_silent, keeps, omits_empty;

static char *piece_name(int number)
{
	return format_text("%s%0*d", prefix, digit_count, number);
}

static noreturn void fail(void)
{
	fflush(stdout);
	for (int i = 0; !keeps && i < pieces; i++)
		remove(piece_name(i));
	exit(1);
}

static void read_lines(const char *operand)
{
	FILE *input = open_input(operand);
	if (!input)
		exit(1);
	char *line = NULL;
	size_t capacity = 0, room = 0;
	bool ended;
	while (read_line(input, &line, &capacity, &ended) >= 0) {
		if (line_count == room) {
			room = room ? 2 * room : 256;
			lines = reallocate(lines, room * sizeof *lines);
			has_newline = reallocate(has_newline, room * sizeof *has_newline);
		}
		has_newline[line_count] = ended;
		lines[line_count++] = duplicate(line);
	}
	if (ferror(input))
		err(1, "read error");
	free(line);
}

static void write_piece(size_t end)
{
	if (omits_empty && end <= position)
		return;
	char *name = piece_name(pieces);
	FILE *piece = fopen(name, "w");
	if (!piece) {
		warn("%s", name);
		fail();
	}
	pieces++;
	for (size_t i = position; i < end; i++)
		fprintf(piece, has_newline[i] ? "%s\n" : "%s", lines[i]);
	long size = ftell(piece);
	if (fclose(piece)) {
		warn("%s", name);
		fail();
	}
	if (!is_silent)
		printf("%ld\n", size);
	free(name);
}

/* The line at which the piece ends; false if there is none. Lines are counted from 0. */
static bool find_end(const struct cut *cut, size_t *end)
{
	if (cut->is_line) {
		*end = (size_t)cut->line - 1;
		return *end >= position && *end < line_count + (cut->line == 1);
	}
	regmatch_t match;
	for (size_t i = searched; i < line_count; i++) {
		if (!pattern_find(&cut->pattern, lines[i], 0, 1, &match))
			continue;
		long long place = (long long)i + cut->offset;
		if (place < (long long)position || place > (long long)line_count)
			return false;
		*end = (size_t)place;
		searched = i + 1 > *end ? i + 1 : *end + (cut->offset <= 0);
		return true;
	}
	return false;
}

/* One piece; with `is_last_try` a pattern that is not there ends the repetition quietly. */
static bool apply(const struct cut *cut, bool is_optional, long long repetition)
{
	size_t end;
	if (find_end(cut, &end)) {
		if (!cut->skips)
			write_piece(end);
		position = end;
		if (cut->is_line && searched < position + 1)
			searched = position + 1;
		return true;
	}
	if (is_optional)
		return false;
	if (!cut->skips)
		write_piece(line_count);
	fflush(stdout);
	if (repetition)
		warnx("'%s': %s on repetition %lld", cut->text, cut->is_line ? "line number out of range" : "match not found", repetition);
	else
		warnx("'%s': %s", cut->text, cut->is_line ? "line number out of range" : "match not found");
	fail();
}

static struct cut parse_cut(char *text)
{
	struct cut cut = {.text = duplicate(text)};
	if (*text != '/' && *text != '%') {
		cut.is_line = true;
		cut.line = parse_integer(text, "pattern");
		if (cut.line < 1)
			errx(1, "%s: line number must be greater than zero", text);
		return cut;
	}
	cut.skips = *text == '%';
	char *end = strrchr(text + 1, *text);
	if (!end)
		errx(1, "%s: closing delimiter '%c' missing", text, *text);
	*end = 0;
	pattern_compile(&cut.pattern, text + 1, 0, 1);
	if (end[1])
		cut.offset = parse_integer(end[1] == '+' ? end + 2 : end + 1, "pattern offset");
	return cut;
}

static void apply_operand(char **operand)
{
	struct cut cut = parse_cut(operand[0]);
	long long times = 0;
	bool is_endless = false;
	if (operand[1] && operand[1][0] == '{') {
		char *end = strchr(operand[1], '}');
		if (!end || end[1])
			errx(1, "%s: '}' is required in repeat count", operand[1]);
		*end = 0;
		is_endless = !strcmp(operand[1] + 1, "*");
		times = is_endless ? 0 : parse_integer(operand[1] + 1, "repeat count");
	}
	long long first_line = cut.line;
	for (long long i = 0; is_endless || i <= times; i++) {
		cut.line = first_line * (i + 1);
		if (!apply(&cut, is_endless, i))
			return;
	}
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"prefix", required_argument, NULL, 'f'}, {"keep-files", no_argument, NULL, 'k'}, {"digits", required_argument, NULL, 'n'},
		{"silent", no_argument, NULL, 's'}, {"quiet", no_argument, NULL, 's'}, {"elide-empty-files", no_argument, NULL, 'z'}, {0}};
	for (int option; (option = next_long_option(argc, argv, "f:kn:sz", longs)) != -1;) {
		switch (option) {
		case 'f': prefix = optarg; break;
		case 'k': keeps = true; break;
		case 'n': digit_count = (int)parse_integer(optarg, "number"); break;
		case 's': is_silent = true; break;
		default: omits_empty = true;
		}
	}
	if (argc - optind < 2)
		usage_error(argc == optind ? "missing operand" : "missing operand after '%s'", argv[argc - 1]);
	if (digit_count < 1 || digit_count > 9)
		errx(1, "invalid number: '%d'", digit_count);
	read_lines(argv[optind]);
	for (char **operand = argv + optind + 1; *operand; operand++)
		if (**operand != '{')
			apply_operand(operand);
	write_piece(line_count);
	return 0;
}
