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
#include <unistd.h>

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

/* A call of stdio for each character would take longer than all else. */
static char output[32768];
static size_t output_length;

static void flush_output(void)
{
	fwrite(output, 1, output_length, stdout);
	output_length = 0;
}

static void put(char c)
{
	if (output_length == sizeof output)
		flush_output();
	output[output_length++] = c;
}

/* `tabbed`: where the last tab among them ended. A single space stays one, even before a stop. */
static void put_blanks(long from, long tabbed, long to)
{
	while (from < to && next_stop(from) <= to) {
		long next = next_stop(from);
		bool is_space = from >= tabbed && next - from == 1 && to - from == 1;
		if (is_space)
			break;
		put('\t');
		from = next;
	}
	for (; from < to; from++)
		put(' ');
}

/* Up to the next character that moves the column in a way of its own: a blank, newline or backspace. */
static size_t plain_length(const char *text, size_t length, long *column)
{
	size_t at = 0;
	for (; at < length && text[at] != ' ' && text[at] != '\t' && text[at] != '\n' && text[at] != '\b'; at++)
		*column += (text[at] & 0xc0) != 0x80;
	return at;
}

static int convert(FILE *input, const char *name)
{
	long column = 0, blanks_from = -1, tabbed = 0;
	bool leading = true;
	static char block[32768];
	ssize_t count;
	/* What is there is converted at once: somebody may be typing it. */
	while ((count = read(fileno(input), block, sizeof block)) > 0) {
		for (size_t at = 0, got = (size_t)count; at < got;) {
			char c = block[at];
			bool blank = c == ' ' || c == '\t';
			if (blank && (reverse ? leading || everywhere : c == '\t' && (leading || !initial))) {
				long from = column;
				at++;
				column = c == '\t' ? next_stop(column) : column + 1;
				if (c == '\t')
					tabbed = column;
				if (reverse && blanks_from < 0)
					blanks_from = from;
				else if (!reverse)
					for (; from < column; from++)
						put(' ');
				continue;
			}
			if (blanks_from >= 0)
				put_blanks(blanks_from, tabbed, column);
			blanks_from = -1;
			size_t plain = plain_length(block + at, got - at, &column);
			if (plain) {
				leading = false;
				for (size_t end = at + plain; at < end; at++)
					put(block[at]);
				continue;
			}
			put(c);
			at++;
			leading = c == '\n' || (leading && blank);
			if (c == '\n')
				column = tabbed = 0;
			else if (c == '\b')
				column -= column > 0;
			else
				column++;
		}
		flush_output();
	}
	if (count < 0)
		warn("%s", name);
	if (blanks_from >= 0)
		put_blanks(blanks_from, tabbed, column);
	flush_output();
	return count < 0;
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
