/* The pages of pr. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pr.h"
#include "tools.h"

static bool all_read = true;
static long page, line_number;
static int position, pending; /* columns that stand on the line, and spaces that are due */

static void put_pending(void)
{
	int goal = position + pending;
	while (pr_flag.tabs_out && goal - position > 1 && (position / pr_flag.tab_gap + 1) * pr_flag.tab_gap <= goal) {
		putchar(pr_flag.tab_char);
		position = (position / pr_flag.tab_gap + 1) * pr_flag.tab_gap;
	}
	for (; position < goal; position++)
		putchar(' ');
	pending = 0;
}

static void put_char(char c)
{
	if (c == ' ') {
		pending++;
		return;
	}
	put_pending();
	putchar(c);
	if ((c & 0xc0) != 0x80)
		position++;
}

static void end_line(void)
{
	putchar('\n');
	position = pending = 0;
}

static void put_text(const char *text)
{
	for (; *text; text++)
		put_char(*text);
}

/* The next line of the page, with tabs expanded where columns are aligned; null: the page or the file is over. */
static char *take_line(struct source *source, bool expands)
{
	if (!source->file || source->page_ended)
		return NULL;
	struct text line = {0};
	int column = 0, c;
	text_string(&line, "");
	while ((c = getc(source->file)) != EOF && c != '\n') {
		if (c == '\f') {
			source->page_ended = true;
			if (column)
				return text_take(&line);
			text_free(&line);
			return NULL;
		}
		bool is_tab = expands && (c == pr_flag.expand_char || c == '\t');
		int next = is_tab ? (column / pr_flag.expand_gap + 1) * pr_flag.expand_gap : column + ((c & 0xc0) != 0x80);
		if (is_tab)
			text_format(&line, "%*s", next - column, "");
		else
			text_char(&line, (char)c);
		column = next;
	}
	if (c == EOF && ferror(source->file)) {
		warn("%s", source->name);
		all_read = false;
	}
	if (c == EOF) {
		if (source->file != stdin)
			fclose(source->file);
		source->file = NULL;
		if (!line.length) {
			text_free(&line);
			return NULL;
		}
	}
	return text_take(&line);
}

static void put_number(void)
{
	char digits[32];
	snprintf(digits, sizeof digits, "%*ld", pr_flag.number_width, line_number++);
	size_t length = strlen(digits);
	put_text(digits + (length > (size_t)pr_flag.number_width ? length - (size_t)pr_flag.number_width : 0));
	if (pr_flag.number_char == '\t' && pr_flag.columns > 1 && !pr_flag.separates) /* aligned: the tab as spaces */
		for (int to = (pr_flag.number_width / 8 + 1) * 8 - pr_flag.number_width; to > 0; to--)
			put_char(' ');
	else
		put_char(pr_flag.number_char);
}

static int number_columns(void)
{
	return pr_flag.number_char == '\t' ? (pr_flag.number_width / 8 + 1) * 8 : pr_flag.number_width + 1;
}

/* Columns that a number and the text behind it may fill. */
int pr_column_width(void)
{
	int text = pr_flag.width - (pr_flag.columns - 1);
	if (pr_flag.numbers && pr_flag.merges)
		text -= number_columns();
	return text / pr_flag.columns;
}

/* What stands before a column that begins at `start`. */
static void put_gap(int start, const char *text)
{
	bool is_aligned = !pr_flag.separates || pr_flag.has_width;
	while (is_aligned && (text || pr_flag.merges) && position + pending < start - pr_flag.separates)
		put_char(' ');
	if (pr_flag.separates)
		put_char(pr_flag.separator);
	else
		put_pending();
}

/* One line of output: a text for each column, null where one is empty. */
static void put_row(char **texts, int count)
{
	bool is_shown = page >= pr_flag.first;
	int width = pr_column_width(), behind = 0;
	for (int i = 0; i < pr_flag.margin && is_shown; i++)
		put_char(' ');
	int start = pr_flag.margin;
	if (pr_flag.numbers && pr_flag.merges && is_shown)
		put_number();
	start += pr_flag.numbers && pr_flag.merges ? number_columns() : 0;
	for (int i = 0; i < count; i++) {
		if (i && is_shown)
			put_gap(start + i * (width + 1), texts[i]);
		if (!texts[i])
			continue;
		int begin = position + pending;
		if (pr_flag.numbers && !pr_flag.merges) {
			if (is_shown)
				put_number();
			else
				line_number++;
		}
		bool cuts = pr_flag.columns > 1 && (!pr_flag.separates || pr_flag.has_width);
		for (const char *c = texts[i]; *c && is_shown; c++) {
			behind = position + pending - begin + ((*c & 0xc0) != 0x80);
			if (cuts && behind > width)
				break;
			put_char(*c);
		}
		free(texts[i]);
	}
	if (!is_shown)
		return;
	put_pending();
	end_line();
}

static int body_lines(void)
{
	int lines = pr_flag.is_bare ? pr_flag.page_length : pr_flag.page_length - HEADER_LINES - TRAILER_LINES;
	return pr_flag.is_double && lines > 1 ? lines / 2 : lines;
}

static void put_header(const struct source *source)
{
	char date[32], number[32];
	const char *title = pr_flag.header ? pr_flag.header : source->file && source->file != stdin && !pr_flag.merges ? source->name : "";
	strftime(date, sizeof date, "%Y-%m-%d %H:%M", localtime(&source->time));
	snprintf(number, sizeof number, "Page %ld", page);
	int room = pr_flag.width - (int)(strlen(date) + strlen(number));
	for (const char *c = title; *c; c++)
		room -= (*c & 0xc0) != 0x80;
	room = room > 0 ? room : 0;
	printf("%*s\n\n%*s%s%*s%s%*s%s\n\n\n", pr_flag.margin, "", pr_flag.margin, "", date, room / 2, " ", title, room - room / 2, " ", number);
}

static void put_trailer(int used)
{
	if (pr_flag.form_feed) {
		putchar('\f');
		return;
	}
	for (int i = used + HEADER_LINES; i < pr_flag.page_length; i++)
		putchar('\n');
}

/* Reads up to `most` lines into `lines`. */
static int fill(struct source *source, char **lines, int most)
{
	int count = 0;
	while (count < most && (lines[count] = take_line(source, pr_flag.expands || pr_flag.columns > 1)))
		count++;
	return count;
}

/* Rows of a page: lines down the columns, evenly on the last page, or across them. */
static int put_columns(char **lines, int count, int rows, bool is_last)
{
	char *row[pr_flag.columns];
	int starts[pr_flag.columns + 1], used = pr_flag.across ? (count + pr_flag.columns - 1) / pr_flag.columns : 0;
	for (int i = 0; i <= pr_flag.columns; i++) {
		int even = count / pr_flag.columns * i + (i < count % pr_flag.columns ? i : count % pr_flag.columns);
		int full = i * rows < count ? i * rows : count;
		starts[i] = is_last ? even : full;
	}
	for (int i = 0; !pr_flag.across && i < pr_flag.columns; i++)
		if (starts[i + 1] - starts[i] > used)
			used = starts[i + 1] - starts[i];
	for (int r = 0; r < used; r++) {
		int filled = 0;
		for (int c = 0; c < pr_flag.columns; c++) {
			int index = pr_flag.across ? r * pr_flag.columns + c : starts[c] + r;
			row[c] = index < (pr_flag.across ? count : starts[c + 1]) ? lines[index] : NULL;
			filled = row[c] ? c + 1 : filled;
		}
		put_row(row, filled);
		bool is_end = r + 1 == used && is_last && pr_flag.is_bare && !pr_flag.across && pr_flag.columns > 1;
		if (!is_end && pr_flag.is_double && page >= pr_flag.first)
			end_line();
	}
	return used;
}

/* Numbers go down the columns, too: each line is given its own before the rows are set. */
static void number_lines(char **lines, int count)
{
	for (int i = 0; i < count; i++) {
		char *text = lines[i];
		int fill_to = pr_flag.number_char == '\t' && !pr_flag.separates ? number_columns() - pr_flag.number_width : 0;
		lines[i] = fill_to ? format_text("%*ld%*s%s", pr_flag.number_width, line_number++, fill_to, "", text)
		                   : format_text("%*ld%c%s", pr_flag.number_width, line_number++, pr_flag.number_char, text);
		free(text);
	}
}

static bool has_more(struct source *sources, int count)
{
	for (int i = 0; i < count; i++) {
		if (!sources[i].file)
			continue;
		int c = getc(sources[i].file);
		if (c != EOF) {
			ungetc(c, sources[i].file);
			return true;
		}
	}
	return false;
}

static void wait_for_enter(void)
{
	FILE *terminal = fopen("/dev/tty", "re");
	fflush(stdout);
	fputc('\a', stderr);
	for (int c = 0; terminal && c != EOF && c != '\n';)
		c = getc(terminal);
	if (terminal)
		fclose(terminal);
}

/* One page of a file in columns, or of files beside each other. Returns how many lines of output it has. */
static int put_body(struct source *sources, int count, char **lines)
{
	int rows = body_lines(), used = 0;
	if (pr_flag.merges) {
		for (; used < rows; used++) {
			bool any = false;
			for (int i = 0; i < count; i++) {
				lines[i] = take_line(&sources[i], pr_flag.expands || !pr_flag.separates);
				any |= lines[i] != NULL;
			}
			if (!any)
				break;
			put_row(lines, count);
			if (pr_flag.is_double && page >= pr_flag.first)
				end_line();
		}
		return used;
	}
	int got = fill(sources, lines, rows * pr_flag.columns);
	bool is_last = got < rows * pr_flag.columns || !has_more(sources, 1);
	bool by_line = pr_flag.numbers && pr_flag.columns > 1;
	if (by_line)
		number_lines(lines, got);
	pr_flag.numbers &= !by_line;
	used = put_columns(lines, got, rows, is_last);
	pr_flag.numbers |= by_line;
	return used;
}

bool pr_put_pages(struct source *sources, int count)
{
	line_number = 1;
	char **lines = allocate((size_t)(body_lines() * pr_flag.columns + count) * sizeof *lines);
	for (page = 1; has_more(sources, count) && (!pr_flag.last || page <= pr_flag.last); page++) {
		bool is_shown = page >= pr_flag.first;
		for (int i = 0; i < count; i++)
			sources[i].page_ended = false;
		if (pr_flag.pauses && is_shown && isatty(1))
			wait_for_enter();
		if (is_shown && !pr_flag.is_bare)
			put_header(sources);
		int used = put_body(sources, count, lines) * (pr_flag.is_double ? 2 : 1);
		if (is_shown && !pr_flag.is_bare)
			put_trailer(used);
		for (int i = 0; i < count && pr_flag.keeps_form_feeds && is_shown; i++)
			if (sources[i].page_ended) {
				putchar('\f');
				break;
			}
	}
	free(lines);
	return all_read;
}
