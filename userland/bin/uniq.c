/*
 * uniq: report or leave out repeated lines
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/uniq.html
 *
 * Usage: uniq [OPTION]... [INPUT [OUTPUT]]
 * Leaves out adjacent lines that are equal.
 *   -c, --count          prefix lines by the number of occurrences
 *   -d, --repeated       only one of each group of repeated lines
 *   -D                   all repeated lines
 *   -f, --skip-fields N  do not compare the first N fields
 *   -i, --ignore-case    ignore case
 *   -s, --skip-chars N   do not compare the first N characters
 *   -u, --unique         only lines that are not repeated
 *   -w, --check-chars N  compare no more than N characters
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "files.h"
#include "numbers.h"
#include "tools.h"

static bool counting, repeated, all_repeated, unique, ignore_case;
static size_t skip_fields, skip_chars, check_chars = (size_t)-1;

static const char *compared_part(const char *line)
{
	for (size_t i = 0; i < skip_fields && *line; i++) {
		while (isblank((unsigned char)*line))
			line++;
		while (*line && !isblank((unsigned char)*line))
			line++;
	}
	for (size_t i = 0; i < skip_chars && *line; i++)
		line++;
	return line;
}

static bool equal(const char *a, const char *b)
{
	a = compared_part(a);
	b = compared_part(b);
	if (check_chars != (size_t)-1)
		return !(ignore_case ? strncasecmp(a, b, check_chars) : strncmp(a, b, check_chars));
	return !(ignore_case ? strcasecmp(a, b) : strcmp(a, b));
}

static void put(const char *line, unsigned long long count)
{
	if (count > 1 ? unique : repeated || all_repeated)
		return;
	if (counting)
		printf("%7llu ", count);
	puts(line);
}

static void filter(FILE *input, const char *name)
{
	char *line = NULL, *previous = NULL;
	size_t capacity = 0, previous_capacity = 0;
	unsigned long long count = 0;
	while (read_line(input, &line, &capacity, NULL) >= 0) {
		if (previous && equal(line, previous)) {
			count++;
			if (all_repeated && count == 2)
				puts(previous);
			if (all_repeated)
				puts(line);
			continue;
		}
		if (previous && !all_repeated)
			put(previous, count);
		char *swap = previous;
		size_t swap_capacity = previous_capacity;
		previous = line;
		previous_capacity = capacity;
		line = swap;
		capacity = swap_capacity;
		count = 1;
	}
	if (ferror(input))
		err(1, "error reading '%s'", name);
	if (previous && !all_repeated)
		put(previous, count);
	free(line);
	free(previous);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"count", no_argument, NULL, 'c'}, {"repeated", no_argument, NULL, 'd'},
		{"skip-fields", required_argument, NULL, 'f'}, {"ignore-case", no_argument, NULL, 'i'},
		{"skip-chars", required_argument, NULL, 's'}, {"unique", no_argument, NULL, 'u'},
		{"check-chars", required_argument, NULL, 'w'}, {0}};
	for (int option; (option = next_long_option(argc, argv, "cdDf:is:uw:", longs)) != -1;) {
		switch (option) {
		case 'c': counting = true; break;
		case 'd': repeated = true; break;
		case 'D': all_repeated = true; break;
		case 'f': skip_fields = (size_t)parse_integer(optarg, "number of fields to skip"); break;
		case 'i': ignore_case = true; break;
		case 's': skip_chars = (size_t)parse_integer(optarg, "number of bytes to skip"); break;
		case 'u': unique = true; break;
		default: check_chars = (size_t)parse_integer(optarg, "number of bytes to compare");
		}
	}
	char **operands = argv + optind;
	if (argc - optind > 2)
		usage_error("extra operand '%s'", operands[2]);
	FILE *input = open_input(operands[0] ? operands[0] : "-");
	if (!input)
		return 1;
	if (operands[0] && operands[1] && strcmp(operands[1], "-") && !freopen(operands[1], "w", stdout))
		err(1, "%s", operands[1]);
	filter(input, operands[0] ? operands[0] : "-");
	return 0;
}
