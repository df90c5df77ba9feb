/*
 * tabs: set the tab stops of the terminal
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/tabs.html
 *
 * Usage: tabs [-N | -a | -a2 | -c | -c2 | -c3 | -f | -p | -s | -u | STOPS] [-T TYPE]
 *   -N       each N columns (8); 0: none
 *   -a, -a2  IBM assembler
 *   -c, -c2, -c3  COBOL
 *   -f       FORTRAN
 *   -p       PL/1
 *   -s       SNOBOL
 *   -u       UNIVAC assembler
 *   -T TYPE  of the terminal, in place of TERM: a dumb one has no stops to set
 * STOPS are columns from 1 with commas or blanks between them; +N: so many behind the one before.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools.h"

static const struct {
	const char *name, *stops;
} presets[] = {{"a", "1,10,16,36,72"}, {"a2", "1,10,16,40,72"}, {"c", "1,8,12,16,20,55"}, {"c2", "1,6,10,14,49"},
	{"c3", "1,6,10,14,18,22,26,30,34,38,42,46,50,54,58,62,67"}, {"f", "1,7,11,15,19,23"},
	{"p", "1,5,9,13,17,21,25,29,33,37,41,45,49,53,57,61"}, {"s", "1,10,55"}, {"u", "1,12,20,44"}};

/* Moves to a column by writing blanks, as far as the screen goes, and sets a stop there if asked to. */
static void go_to(long *at, long column, bool sets)
{
	for (; *at < column; ++*at)
		putchar(' ');
	if (sets)
		fputs("\033H", stdout);
}

/* Stops at these columns; the cursor is left at the margin. */
static void set_stops(const char *list, int columns)
{
	long at = 1, before = 0;
	fputs("\033[3g\r", stdout);
	while (*list) {
		bool is_relative = *list == '+';
		char *end;
		long column = strtol(list + is_relative, &end, 10) + (is_relative ? before : 0);
		bool is_number = isdigit((unsigned char)list[is_relative]);
		if (!is_number || (*end && !strchr(", \t", *end)) || column <= before)
			errx(1, "bad tab stop: '%s'", list);
		if (at < columns || column <= columns)
			go_to(&at, column < columns ? column : columns, true);
		before = column;
		list = end + strspn(end, ", \t");
	}
	putchar('\r');
}

static void set_each(long step, int columns)
{
	long at = 1;
	fputs("\033[3g\r", stdout);
	for (long column = 1; step && column <= columns; column += step)
		go_to(&at, column, true);
	go_to(&at, columns, false);
	putchar('\r');
}

int main(int argc, char **argv)
{
	const char *type = getenv("TERM"), *preset = NULL;
	long step = 8;
	int at = 1;
	for (; at < argc && argv[at][0] == '-' && argv[at][1]; at++) {
		const char *word = argv[at] + 1;
		bool is_known = isdigit((unsigned char)*word);
		if (*word == 'T') {
			type = word[1] ? word + 1 : argv[++at];
			if (!type)
				usage_error("-T needs a terminal type");
			continue;
		}
		for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
			if (!strcmp(presets[i].name, word))
				preset = presets[i].stops, is_known = true;
		if (!is_known)
			usage_error("unrecognized option '%s'", argv[at]);
		if (isdigit((unsigned char)*word))
			step = strtol(word, NULL, 10);
	}
	if (!type || !strcmp(type, "dumb"))
		errx(1, "terminal type '%s' cannot set tabs", type ? type : "");
	struct text list = {0};
	int columns, rows;
	terminal_size(1, &columns, &rows);
	for (; at < argc; at++)
		text_format(&list, "%s%s", list.length ? "," : "", argv[at]);
	if (list.length || preset)
		set_stops(list.length ? list.data : preset, columns);
	else
		set_each(step, columns);
	text_free(&list);
	return 0;
}
