/*
 * comm: lines that two sorted files have in common
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/comm.html
 *
 * Usage: comm [-123] FILE1 FILE2
 *   -1, -2, -3   without lines only in FILE1, only in FILE2, in both
 *       --output-delimiter STRING
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "files.h"
#include "tools.h"

struct side {
	FILE *input;
	const char *name;
	char *line;
	size_t capacity;
	bool ended;
};

static void advance(struct side *side)
{
	side->ended = read_line(side->input, &side->line, &side->capacity, NULL) < 0;
	if (side->ended && ferror(side->input))
		err(1, "%s", side->name);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"output-delimiter", required_argument, NULL, 'd'}, {0}};
	bool hidden[4] = {false};
	const char *delimiter = "\t";
	struct side sides[2] = {{0}};
	for (int option; (option = next_long_option(argc, argv, "123", longs)) != -1;) {
		if (option == 'd')
			delimiter = optarg;
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
		advance(&sides[i]);
	}
	while (!sides[0].ended || !sides[1].ended) {
		int order = sides[0].ended ? 1 : sides[1].ended ? -1 : strcmp(sides[0].line, sides[1].line);
		int column = order < 0 ? 1 : order > 0 ? 2 : 3;
		if (!hidden[column]) {
			for (int i = 1; i < column; i++)
				if (!hidden[i])
					fputs(delimiter, stdout);
			puts(sides[column == 2].line);
		}
		if (order <= 0)
			advance(&sides[0]);
		if (order >= 0)
			advance(&sides[1]);
	}
	return 0;
}
