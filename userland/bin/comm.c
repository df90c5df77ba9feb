/*
 * comm: lines that two sorted files have in common
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/comm.html
 *
 * Usage: comm [-123] FILE1 FILE2
 *   -1, -2, -3   without lines only in FILE1, only in FILE2, in both
 *       --output-delimiter STRING
 *       --check-order    an error where the lines are not sorted, even if all are in both
 *       --nocheck-order  none at all
 * Without these two it is an error only if lines are in one file alone.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "tools.h"

struct side {
	FILE *input;
	const char *name;
	char *line;
	size_t capacity;
	bool ended;
	char *before; /* the line before this one */
	bool is_unsorted;
};

static enum { CHECK_UNPAIRED, CHECK_ALWAYS, CHECK_NEVER } check;
static bool seen_unpaired;

static void check_order(struct side *side, int number)
{
	bool is_asked = check == CHECK_ALWAYS || (check == CHECK_UNPAIRED && seen_unpaired);
	if (is_asked && !side->is_unsorted && side->before && !side->ended && strcmp(side->before, side->line) > 0) {
		warnx("file %d is not in sorted order", number);
		side->is_unsorted = true;
		if (check == CHECK_ALWAYS)
			exit(1);
	}
	free(side->before);
	side->before = side->ended ? NULL : duplicate(side->line);
}

static void advance(struct side *side, int number)
{
	side->ended = read_line(side->input, &side->line, &side->capacity, NULL) < 0;
	if (side->ended && ferror(side->input))
		err(1, "%s", side->name);
	check_order(side, number);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"output-delimiter", required_argument, NULL, 'd'}, {"check-order", no_argument, NULL, 'c'}, {"nocheck-order", no_argument, NULL, 'n'}, {0}};
	bool hidden[4] = {false};
	const char *delimiter = "\t";
	struct side sides[2] = {{0}};
	for (int option; (option = next_long_option(argc, argv, "123", longs)) != -1;) {
		if (option == 'd')
			delimiter = optarg;
		else if (option == 'c' || option == 'n')
			check = option == 'c' ? CHECK_ALWAYS : CHECK_NEVER;
		else
			hidden[option - '0'] = true;
	}
	if (argc - optind < 2)
		usage_error(argv[optind] ? "missing operand after '%s'" : "missing operand", argv[optind]);
	for (int i = 0; i < 2; i++) {
		sides[i].name = argv[optind + i];
		sides[i].input = open_input(sides[i].name);
		if (!sides[i].input)
			return 1;
		advance(&sides[i], i + 1);
	}
	while (!sides[0].ended || !sides[1].ended) {
		int order = sides[0].ended ? 1 : sides[1].ended ? -1 : strcmp(sides[0].line, sides[1].line);
		seen_unpaired |= order != 0;
		int column = order < 0 ? 1 : order > 0 ? 2 : 3;
		if (!hidden[column]) {
			for (int i = 1; i < column; i++)
				if (!hidden[i])
					fputs(delimiter, stdout);
			puts(sides[column == 2].line);
		}
		if (order <= 0)
			advance(&sides[0], 1);
		if (order >= 0)
			advance(&sides[1], 2);
	}
	if (sides[0].is_unsorted || sides[1].is_unsorted)
		errx(1, "input is not in sorted order");
	return 0;
}
