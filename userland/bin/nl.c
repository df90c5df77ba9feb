/*
 * nl: number lines
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/nl.html
 *
 * Usage: nl [OPTION]... [FILE]...
 *   -b STYLE    which lines: a all, t not empty ones (default), n none, pBRE matching ones
 *   -i NUMBER   increment
 *   -n FORMAT   ln left, rn right (default), rz right with zeros
 *   -s STRING   after the number instead of a tab
 *   -v NUMBER   first number
 *   -w WIDTH    of numbers (6)
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

static char style = 't';
static struct pattern pattern;
static long long number = 1, increment = 1;
static int width = 6;
static const char *separator = "\t", *format = "rn";

static int number_lines(FILE *input, const char *name)
{
	char *line = NULL;
	size_t capacity = 0;
	regmatch_t match;
	(void)name;
	for (long length; (length = read_line(input, &line, &capacity, NULL)) >= 0;) {
		bool counts = style == 'a' || (style == 't' && length) || (style == 'p' && pattern_find(&pattern, line, 0, 1, &match));
		if (!counts) {
			printf("%*s%s\n", width + (int)strlen(separator), "", line);
			continue;
		}
		if (!strcmp(format, "ln"))
			printf("%-*lld%s%s\n", width, number, separator, line);
		else
			printf(format[1] == 'z' ? "%0*lld%s%s\n" : "%*lld%s%s\n", width, number, separator, line);
		number += increment;
	}
	free(line);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"body-numbering", required_argument, NULL, 'b'}, {"line-increment", required_argument, NULL, 'i'}, {"number-format", required_argument, NULL, 'n'},
		{"number-separator", required_argument, NULL, 's'}, {"starting-line-number", required_argument, NULL, 'v'}, {"number-width", required_argument, NULL, 'w'}, {0}};
	for (int option; (option = next_long_option(argc, argv, "b:d:f:h:i:l:n:ps:v:w:", longs)) != -1;) {
		switch (option) {
		case 'b':
			style = *optarg;
			if (!strchr("atnp", style) || !style)
				errx(1, "invalid body numbering style: '%s'", optarg);
			if (style == 'p')
				pattern_compile(&pattern, optarg + 1, 0, 1);
			break;
		case 'i': increment = parse_integer(optarg, "line number increment"); break;
		case 'n':
			format = optarg;
			if (strcmp(format, "ln") && strcmp(format, "rn") && strcmp(format, "rz"))
				errx(1, "invalid line numbering format: '%s'", optarg);
			break;
		case 's': separator = optarg; break;
		case 'v': number = parse_integer(optarg, "starting line number"); break;
		case 'w': width = (int)parse_integer(optarg, "line number field width"); break;
		default: break;
		}
	}
	return each_input(argv + optind, number_lines);
}
