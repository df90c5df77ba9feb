/* What less shows: lines cut or wrapped into rows, matches of the pattern in standout. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pager.h"

enum { TAB = 8, NUMBER_WIDTH = 8 };

/* A line on its way to the screen. */
struct painter {
	struct view *view;
	struct text *output; /* null: only count rows */
	int first, last;     /* rows that are wanted */
	int row, column;     /* where we are; a new row starts when a character does not fit */
	int skipped;         /* columns still to the left of the window (-S) */
	bool standout, matched;
};

static int text_width(const struct view *view)
{
	int width = view->columns - (view->options.numbers ? NUMBER_WIDTH : 0);
	return width > 0 ? width : 1;
}

static bool is_wanted(const struct painter *painter)
{
	return painter->output && painter->row >= painter->first && painter->row <= painter->last;
}

static void set_standout(struct painter *painter, bool on)
{
	if (painter->standout == on || !painter->output)
		return;
	painter->standout = on;
	text_string(painter->output, on ? "\033[7m" : "\033[27m");
}

/* The number in front of a row; 0: the row goes on with a line. */
static void add_number(struct text *output, int number)
{
	if (number)
		text_format(output, "%*d ", NUMBER_WIDTH - 1, number);
	else
		text_format(output, "%*s", NUMBER_WIDTH, "");
}

/* One visible character of `width` columns. */
static void paint(struct painter *painter, const char *bytes, size_t length, int width)
{
	int limit = text_width(painter->view);
	if (painter->skipped > 0) {
		painter->skipped -= width;
		return;
	}
	if (painter->column + width > limit) {
		if (painter->view->options.chops)
			return;
		painter->row++;
		painter->column = 0;
		if (is_wanted(painter) && painter->row > painter->first) {
			bool standout = painter->standout;
			set_standout(painter, false);
			text_string(painter->output, "\r\n\033[K");
			if (painter->view->options.numbers)
				add_number(painter->output, 0);
			set_standout(painter, standout);
		}
	}
	painter->column += width;
	if (!is_wanted(painter))
		return;
	set_standout(painter, painter->matched);
	text_add(painter->output, bytes, length);
}

/* The length of "ESC [ ... m" at `text`, or 0. */
static size_t color_length(const char *text, size_t length)
{
	size_t end = 2;
	if (length < 3 || text[0] != 033 || text[1] != '[')
		return 0;
	while (end < length && strchr("0123456789;:", text[end]))
		end++;
	return end < length && text[end] == 'm' ? end + 1 : 0;
}

static void paint_control(struct painter *painter, uint32_t code)
{
	char shown[4] = {'^', (char)(code ^ 64)};
	bool matched = painter->matched;
	if (code == '\t') {
		int column = painter->column + (painter->view->left - painter->skipped);
		for (int i = TAB - column % TAB; i > 0; i--)
			paint(painter, " ", 1, 1);
		return;
	}
	painter->matched = true; /* control characters stand out as matches do */
	paint(painter, shown, 1, 1);
	paint(painter, shown + 1, 1, 1);
	painter->matched = matched;
}

/* Begin and end of the next match at or behind `from`; *start is `length` if there is none. */
static void next_match(const struct view *view, const char *line, size_t from, size_t length,
					   size_t *start, size_t *end)
{
	regmatch_t match;
	*start = *end = length;
	if (!view->has_pattern || from > length)
		return;
	if (regular_find(&view->pattern, line + from, 1, &match, from ? REG_NOTBOL : 0) != 0)
		return;
	*start = from + (size_t)match.rm_so;
	*end = from + (size_t)match.rm_eo;
}

/* Paints a line; returns how many rows it takes. */
static int paint_line(struct view *view, int line, struct text *output, int first, int last)
{
	struct painter painter = {view, output, first, last, 0, 0, view->left, false, false};
	size_t length, size, match_start = 0, match_end = 0;
	const char *text = line_text(&view->document, line, &length);
	char *copy = output && view->has_pattern ? duplicate_range(text, length) : NULL;
	if (copy)
		next_match(view, copy, 0, length, &match_start, &match_end);
	if (output && view->options.numbers)
		add_number(output, first ? 0 : line + 1);
	for (size_t i = 0; i < length; i += size) {
		while (copy && i >= match_end && match_start < length)
			next_match(view, copy, match_end > match_start ? match_end : match_end + 1, length,
			           &match_start, &match_end);
		painter.matched = copy && i >= match_start && i < match_end;
		size = view->options.raw ? color_length(text + i, length - i) : 0;
		if (size) {
			if (output)
				text_add(output, text + i, size);
			continue;
		}
		uint32_t code = utf8_decode(text + i, length - i, &size);
		if (code < 32 || code == 127)
			paint_control(&painter, code);
		else
			paint(&painter, text + i, size, utf8_columns(code));
		if (output && painter.row > last)
			break;
	}
	free(copy);
	set_standout(&painter, false);
	if (output && view->options.raw)
		text_string(output, "\033[m");
	return painter.row + 1;
}

int rows_of_line(struct view *view, int line)
{
	return view->options.chops ? 1 : paint_line(view, line, NULL, 0, 0);
}

bool move_down(struct view *view, struct place *place)
{
	if (place->row + 1 < rows_of_line(view, place->line)) {
		place->row++;
		return true;
	}
	if (!has_line(&view->document, place->line + 1))
		return false;
	*place = (struct place){place->line + 1, 0};
	return true;
}

bool move_up(struct view *view, struct place *place)
{
	if (place->row == 0 && place->line == 0)
		return false;
	if (place->row > 0)
		place->row--;
	else
		*place = (struct place){place->line - 1, rows_of_line(view, place->line - 1) - 1};
	return true;
}

struct place last_top(struct view *view)
{
	read_to_end(&view->document);
	int line = view->document.count - 1;
	struct place place = {line < 0 ? 0 : line, 0};
	if (line < 0)
		return place;
	place.row = rows_of_line(view, line) - 1;
	for (int i = 1; i < view->rows && move_up(view, &place); i++)
		continue;
	return place;
}

bool at_end(struct view *view)
{
	struct place place = view->top;
	if (!has_line(&view->document, 0))
		return true;
	for (int i = 0; i < view->rows; i++)
		if (!move_down(view, &place))
			return true;
	return false;
}

int last_line_shown(struct view *view)
{
	struct place place = view->top;
	for (int i = 1; i < view->rows && move_down(view, &place); i++)
		continue;
	return place.line;
}

void draw(struct view *view, const char *prompt, bool standout)
{
	struct text output = {0};
	struct place place = view->top;
	bool more = has_line(&view->document, place.line);
	text_string(&output, "\033[?25l\033[H");
	for (int row = 0; row < view->rows;) {
		if (!more) {
			text_string(&output, "\033[K~\r\n");
			row++;
			continue;
		}
		int count = rows_of_line(view, place.line) - place.row;
		if (count > view->rows - row)
			count = view->rows - row;
		text_string(&output,
					"\033[K"); /* before the row: behind a full one it would erase its end */
		paint_line(view, place.line, &output, place.row, place.row + count - 1);
		text_string(&output, "\r\n");
		row += count;
		more = has_line(&view->document, place.line + 1);
		place = (struct place){place.line + 1, 0};
	}
	text_format(&output, "\033[K%s%.*s%s\033[?25h", standout ? "\033[7m" : "", view->columns - 1,
				prompt, standout ? "\033[27m" : "");
	if (write(1, output.data, output.length) < 0)
		err(1, "write error");
	text_free(&output);
}

void print_text(struct view *view)
{
	for (int line = 0; has_line(&view->document, line); line++) {
		size_t length;
		const char *text = line_text(&view->document, line, &length);
		if (view->options.numbers)
			printf("%*d ", NUMBER_WIDTH - 1, line + 1);
		fwrite(text, 1, length, stdout);
		bool last = view->document.complete && line + 1 == view->document.count;
		if (!last || view->document.bytes.data[view->document.bytes.length - 1] == '\n')
			putchar('\n');
	}
}
