/*
 * nl: number lines
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/nl.html
 *
 * Usage: nl [OPTION]... [FILE]...
 *   -b STYLE    which lines: a all, t not empty ones (default), n none, pBRE matching ones
 *   -d CC       what begins a section, instead of \:
 *   -f STYLE    lines of footers (n)
 *   -h STYLE    lines of headers (n)
 *   -i NUMBER   increment
 *   -l NUMBER   with style a, that many empty lines count as one
 *   -n FORMAT   ln left, rn right (default), rz right with zeros
 *   -p          go on counting at a new page
 *   -s STRING   after the number instead of a tab
 *   -v NUMBER   first number
 *   -w WIDTH    of numbers (6)
 * A line of \:\:\: begins a header and a new page, \:\: the body, \: the footer.
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

enum { FOOTER, BODY, HEADER, SECTIONS }; /* as many delimiters, less one */

static struct style {
	char kind;
	struct pattern pattern;
} styles[SECTIONS] = {{.kind = 'n'}, {.kind = 't'}, {.kind = 'n'}};

static int section = BODY;
static char delimiter[3] = "\\:";
static bool keeps_counting;
static long long joined = 1, empty_lines; /* -l */
static long long first = 1, number, increment = 1;
static int width = 6;
static const char *separator = "\t", *format = "rn";

/* The section that the line begins, or -1. */
static int section_of(const char *line, size_t length)
{
	size_t size = strlen(delimiter);
	int count = 0;
	if (!size || length % size || length / size > SECTIONS)
		return -1;
	for (; length > 0; length -= size, line += size, count++) {
		if (memcmp(line, delimiter, size))
			return -1;
	}
	return count - 1;
}

static bool is_counted(const char *line, size_t length)
{
	regmatch_t match;
	const struct style *style = &styles[section];
	empty_lines = length ? 0 : empty_lines + 1;
	switch (style->kind) {
	case 'a':
		if (!length && empty_lines < joined)
			return false;
		empty_lines = 0;
		return true;
	case 't': return length > 0;
	case 'p': return pattern_find(&style->pattern, line, 0, 1, &match);
	default: return false;
	}
}

static int number_lines(FILE *input, const char *name)
{
	char *line = NULL;
	size_t capacity = 0;
	(void)name;
	for (long length; (length = read_line(input, &line, &capacity, NULL)) >= 0;) {
		int next = section_of(line, (size_t)length);
		if (next >= 0) {
			section = next;
			number = keeps_counting ? number : first;
			putchar('\n');
		} else if (!is_counted(line, (size_t)length)) {
			printf("%*s%s\n", width + (int)strlen(separator), "", line);
		} else {
			const char *form = !strcmp(format, "ln") ? "%-*lld%s%s\n" : format[1] == 'z' ? "%0*lld%s%s\n" : "%*lld%s%s\n";
			printf(form, width, number, separator, line);
			number += increment;
		}
	}
	free(line);
	return 0;
}

static void set_style(struct style *style, const char *text)
{
	style->kind = *text;
	if (!*text || !strchr("atnp", *text))
		errx(1, "invalid numbering style: '%s'", text);
	if (*text == 'p')
		pattern_compile(&style->pattern, text + 1, 0, 1);
}

/* One character leaves the second, ':'. */
static void set_delimiter(const char *text)
{
	if (strlen(text) > 2)
		errx(1, "section delimiter of more than two characters: '%s'", text);
	delimiter[0] = *text ? text[0] : 0;
	delimiter[1] = text[0] && text[1] ? text[1] : ':';
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"body-numbering", required_argument, NULL, 'b'}, {"line-increment", required_argument, NULL, 'i'}, {"number-format", required_argument, NULL, 'n'},
		{"number-separator", required_argument, NULL, 's'}, {"starting-line-number", required_argument, NULL, 'v'}, {"number-width", required_argument, NULL, 'w'}, {0}};
	for (int option; (option = next_long_option(argc, argv, "b:d:f:h:i:l:n:ps:v:w:", longs)) != -1;) {
		switch (option) {
		case 'b': set_style(&styles[BODY], optarg); break;
		case 'd': set_delimiter(optarg); break;
		case 'f': set_style(&styles[FOOTER], optarg); break;
		case 'h': set_style(&styles[HEADER], optarg); break;
		case 'l': joined = parse_integer(optarg, "line number of blank lines"); break;
		case 'p': keeps_counting = true; break;
		case 'i': increment = parse_integer(optarg, "line number increment"); break;
		case 'n':
			format = optarg;
			if (strcmp(format, "ln") && strcmp(format, "rn") && strcmp(format, "rz"))
				errx(1, "invalid line numbering format: '%s'", optarg);
			break;
		case 's': separator = optarg; break;
		case 'v': first = parse_integer(optarg, "starting line number"); break;
		case 'w': width = (int)parse_integer(optarg, "line number field width"); break;
		default: break;
		}
	}
	number = first;
	return each_input(argv + optind, number_lines);
}
