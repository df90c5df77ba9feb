/*
 * expand: tabs to spaces, and back
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/expand.html
 *
 * Aliases: unexpand
 *
 * Usage: expand [-i] [-t LIST] [FILE]...
 *        unexpand [-a] [-t LIST] [FILE]...
 *   -a        all blanks, not only those at the start of a line (unexpand)
 *   -i        only tabs at the start of a line (expand)
 *   -t LIST   tab stops every N columns (8), or at a list of columns
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "tools.h"

static long stops[64] = {8};
static int stop_count = 1;
static bool initial, everywhere, reverse;

static long next_stop(long column)
{
	if (stop_count == 1)
		return (column / stops[0] + 1) * stops[0];
	for (int i = 0; i < stop_count; i++)
		if (stops[i] > column)
			return stops[i];
	return column + 1;
}

static void parse_stops(const char *list)
{
	stop_count = 0;
	for (const char *at = list; *at; at += strspn(at, ", ")) {
		char *end;
		long stop = strtol(at, &end, 10);
		if (end == at || stop < 1 || stop_count == 64 || (stop_count && stops[stop_count - 1] >= stop))
			errx(1, "tab size contains invalid character(s): '%s'", at);
		stops[stop_count++] = stop;
		at = end;
	}
}

static void put_blanks(long from, long to)
{
	for (; from < to && next_stop(from) <= to && next_stop(from) - from > 0 && !(next_stop(from) - from == 1 && to - from == 1); from = next_stop(from))
		putchar('\t');
	for (; from < to; from++)
		putchar(' ');
}

static int convert(FILE *input, const char *name)
{
	long column = 0, blanks_from = -1;
	bool leading = true;
	(void)name;
	for (int c; (c = getc(input)) != EOF;) {
		bool blank = c == ' ' || c == '\t';
		if (blank && (reverse ? leading || everywhere : c == '\t' && (leading || !initial))) {
			if (blanks_from < 0)
				blanks_from = column;
			column = c == '\t' ? next_stop(column) : column + 1;
			if (!reverse) {
				printf("%*s", (int)(column - blanks_from), "");
				blanks_from = -1;
			}
			continue;
		}
		if (blanks_from >= 0)
			put_blanks(blanks_from, column);
		blanks_from = -1;
		putchar(c);
		leading = c == '\n' || (leading && blank);
		if (c == '\n')
			column = 0;
		else if (c == '\b')
			column -= column > 0;
		else
			column += (c & 0xc0) != 0x80;
	}
	if (blanks_from >= 0)
		put_blanks(blanks_from, column);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"all", no_argument, NULL, 'a'}, {"initial", no_argument, NULL, 'i'}, {"tabs", required_argument, NULL, 't'}, {0}};
	reverse = program_name()[0] == 'u';
	for (int option; (option = next_long_option(argc, argv, reverse ? "at:" : "it:", longs)) != -1;) {
		if (option == 'a')
			everywhere = true;
		else if (option == 'i')
			initial = true;
		else
			parse_stops(optarg), everywhere = true;
	}
	return each_input(argv + optind, convert);
}
