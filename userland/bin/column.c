/*
 * column: words or lines in columns
 * https://man7.org/linux/man-pages/man1/column.1.html
 *
 * Usage: column [-x] [-c WIDTH] [FILE]...
 *        column -t [-s CHARS] [-o STRING] [-N NAMES] [-R COLUMNS] [FILE]...
 *   -c WIDTH    of the output (that of the terminal)
 *   -N NAMES    a header: names with commas between them
 *   -o STRING   between columns of a table (two spaces)
 *   -R COLUMNS  numbers of columns that are flush right
 *   -s CHARS    any of these separates columns (blanks, several of them as one)
 *   -t          the fields of each line are a row of a table
 *   -x          fill rows before columns
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "numbers.h"
#include "ranges.h"
#include "tools.h"

static char **lines;
static size_t line_count, room;

static int width_of(const char *text)
{
	int columns = 0;
	for (size_t left = strlen(text), size; left; left -= size, text += size) {
		columns += utf8_columns(utf8_decode(text, left, &size));
	}
	return columns;
}

static int read_lines(FILE *input, const char *name)
{
	char *line = NULL;
	size_t capacity = 0;
	(void)name;
	while (read_line(input, &line, &capacity, NULL) >= 0) {
		if (!line[strspn(line, " \t")])
			continue;
		if (line_count == room)
			lines = reallocate(lines, (room = room ? 2 * room : 64) * sizeof *lines);
		lines[line_count++] = duplicate(line);
	}
	free(line);
	return 0;
}

static void pad(int columns)
{
	printf("%*s", columns > 0 ? columns : 0, "");
}

/* Entries flow down the columns, or along the rows; columns are a multiple of a tab wide. */
static void print_columns(int width, bool by_rows)
{
	enum { TAB = 8 };
	int longest = 0;
	for (size_t i = 0; i < line_count; i++)
		if (width_of(lines[i]) > longest)
			longest = width_of(lines[i]);
	int step = (longest / TAB + 1) * TAB;
	size_t columns = width / step > 1 ? (size_t)(width / step) : 1, rows = (line_count + columns - 1) / columns;
	for (size_t row = 0; row < rows; row++) {
		int pending = 0;
		for (size_t column = 0; column < columns; column++) {
			size_t at = by_rows ? row * columns + column : column * rows + row;
			if (at >= line_count)
				break;
			for (int tabs = (pending + TAB - 1) / TAB; tabs > 0; tabs--)
				putchar('\t');
			fputs(lines[at], stdout);
			pending = step - width_of(lines[at]);
		}
		putchar('\n');
	}
}

enum { COLUMN_LIMIT = 64 };

struct row {
	char *cells[COLUMN_LIMIT];
	size_t count;
};

static struct row split_row(char *line, const char *separators)
{
	struct row row = {0};
	const char *delimiters = separators ? separators : " \t";
	char *at = line;
	while (row.count < COLUMN_LIMIT) {
		if (!separators)
			at += strspn(at, delimiters);
		if (!separators && !*at)
			break;
		/* What is beyond the last column stays in it. */
		size_t length = row.count == COLUMN_LIMIT - 1 ? strlen(at) : strcspn(at, delimiters);
		row.cells[row.count++] = at;
		bool is_last = !at[length];
		at[length] = 0;
		if (is_last)
			break;
		at += length + 1;
	}
	return row;
}

static void print_table(char *names, const char *separators, const char *between, const struct ranges *right)
{
	struct row *rows = allocate((line_count + 1) * sizeof *rows);
	size_t count = 0;
	int widths[COLUMN_LIMIT] = {0};
	size_t columns = 0;
	if (names)
		rows[count++] = split_row(names, ",");
	for (size_t i = 0; i < line_count; i++)
		rows[count++] = split_row(lines[i], separators);
	for (size_t i = 0; i < count; i++) {
		columns = rows[i].count > columns ? rows[i].count : columns;
		for (size_t j = 0; j < rows[i].count; j++)
			if (width_of(rows[i].cells[j]) > widths[j])
				widths[j] = width_of(rows[i].cells[j]);
	}
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < columns; j++) {
			const char *cell = j < rows[i].count ? rows[i].cells[j] : "";
			bool is_right = ranges_contain(right, j + 1);
			if (is_right)
				pad(widths[j] - width_of(cell));
			fputs(cell, stdout);
			if (j + 1 == columns)
				break;
			if (!is_right)
				pad(widths[j] - width_of(cell));
			fputs(between, stdout);
		}
		putchar('\n');
	}
	free(rows);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"output-width", required_argument, NULL, 'c'}, {"table", no_argument, NULL, 't'}, {"separator", required_argument, NULL, 's'},
		{"output-separator", required_argument, NULL, 'o'}, {"fillrows", no_argument, NULL, 'x'}, {"table-columns", required_argument, NULL, 'N'},
		{"table-right", required_argument, NULL, 'R'}, {0}};
	const char *separators = NULL, *between = "  ";
	char *names = NULL;
	struct ranges right = {0};
	bool is_table = false, by_rows = false;
	int width = 0, rows;
	for (int option; (option = next_long_option(argc, argv, "c:N:o:R:s:tx", longs)) != -1;) {
		switch (option) {
		case 'c': width = (int)parse_integer(optarg, "columns argument"); break;
		case 'N': names = optarg; break;
		case 'o': between = optarg; break;
		case 'R':
			if (!ranges_parse(&right, optarg))
				errx(1, "invalid column list: '%s'", optarg);
			break;
		case 's': separators = optarg; break;
		case 't': is_table = true; break;
		default: by_rows = true;
		}
	}
	int failed = each_input(argv + optind, read_lines);
	if (!width)
		terminal_size(STDOUT_FILENO, &width, &rows);
	if (is_table && (line_count || names))
		print_table(names, separators, between, &right);
	else if (line_count)
		print_columns(width, by_rows);
	return failed;
}
