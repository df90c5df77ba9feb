/* The screen of vi: lines wrapped into rows, drawn where they differ from what stands there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vi.h"

enum { NUMBER_WIDTH = 8 };

static struct text *shown; /* the rows that stand on the terminal */
static int shown_rows;
static struct text output;

static int left_margin(void)
{
	return editor.options.number ? NUMBER_WIDTH : 0;
}

static int text_width(void)
{
	int width = editor.columns - left_margin();
	return width > 0 ? width : 1;
}

/* Columns of the character at `column`; *size: its bytes; `from`: the column where it would stand.
 */
static int character_width(const struct line *line, int column, int from, size_t *size)
{
	uint32_t code = utf8_decode(line->bytes + column, (size_t)(line->length - column), size);
	if (code == '\t' && !editor.options.list)
		return editor.options.tab_stop - from % editor.options.tab_stop;
	return utf8_columns(code);
}

int screen_column(struct position at)
{
	const struct line *line = &buffer.lines[at.line];
	int place = 0;
	size_t size;
	for (int column = 0; column < at.column && column < line->length; column += (int)size)
		place += character_width(line, column, place, &size);
	return place;
}

int column_at(int number, int wanted)
{
	const struct line *line = &buffer.lines[number];
	int place = 0, column = 0;
	size_t size;
	while (column < line->length) {
		place += character_width(line, column, place, &size);
		if (place > wanted)
			break;
		column += (int)size;
	}
	struct position at = {number, column};
	return column >= line->length && column ? previous_character(at) : column;
}

int rows_of(int number)
{
	struct position end = {number, buffer.lines[number].length};
	int columns = screen_column(end) + (editor.options.list ? 1 : 0);
	return columns ? (columns + text_width() - 1) / text_width() : 1;
}

int last_line_on_screen(void)
{
	int room = editor.rows - 1, line = editor.top;
	for (room -= rows_of(line); line + 1 < buffer.count && (room -= rows_of(line + 1)) >= 0;)
		line++;
	return line;
}

/* The first line of a screen of `room` rows that ends with `last`. */
static int top_for(int last, int room)
{
	int used = rows_of(last), top = last;
	while (top > 0 && used + rows_of(top - 1) <= room)
		used += rows_of(--top);
	return top;
}

/* Scrolls as little as needed; a line that is far away goes to the middle. */
static void show_cursor_line(void)
{
	int room = editor.rows - 1, line = editor.cursor.line;
	if (editor.top >= buffer.count)
		editor.top = buffer.count - 1;
	int lowest = top_for(line, room); /* the line would be the last one */
	bool above = line < editor.top, below = lowest > editor.top;
	if (!above && !below)
		return;
	bool far = above ? editor.top - line > room / 2 : lowest - editor.top > room / 2;
	int end = top_for(buffer.count - 1, room), middle = top_for(line, room / 2 + 1);
	if (!far)
		editor.top = above ? line : lowest;
	else
		editor.top = middle < end ? middle : end;
}

static void add_character(struct text *row, const struct line *line, int column, int width,
						  size_t size)
{
	unsigned char c = (unsigned char)line->bytes[column];
	if (c == '\t' && !editor.options.list)
		for (int i = 0; i < width; i++)
			text_char(row, ' ');
	else if (c == '\n') /* a NUL of the file */
		text_string(row, "^@");
	else if (c < 32 || c == 127)
		text_format(row, "^%c", c ^ 64);
	else
		text_add(row, line->bytes + column, size);
}

/* Makes the rows of one line, from row `at` on; returns the row behind. */
static int layout_line(struct text *rows, int at, int room, int number)
{
	const struct line *line = &buffer.lines[number];
	int place = 0, row = at;
	size_t size;
	if (editor.options.number)
		text_format(&rows[row], "%*d ", NUMBER_WIDTH - 1, number + 1);
	for (int column = 0; column < line->length; column += (int)size) {
		int width = character_width(line, column, place, &size);
		if (place + width > (row - at + 1) * text_width()) {
			if (++row >= at + room)
				return row;
			if (editor.options.number)
				text_format(&rows[row], "%*s", NUMBER_WIDTH, "");
		}
		add_character(&rows[row], line, column, width, size);
		place += width;
	}
	if (editor.options.list)
		text_char(&rows[row], '$');
	return row + 1;
}

static void layout(struct text *rows)
{
	int row = 0, last = editor.rows - 1, line = editor.top;
	for (; row < last && line < buffer.count; line++) {
		if (row + rows_of(line) > last && row > 0)
			break;
		row = layout_line(rows, row, last - row, line);
	}
	for (; row < last; row++)
		text_string(&rows[row], line < buffer.count ? "@" : "~");
	struct text *bottom = &rows[last];
	if (*editor.message)
		text_format(bottom, editor.is_error ? "\033[7m%.*s\033[27m" : "%.*s", editor.columns - 1,
					editor.message);
	else if (editor.mode != MODE_COMMAND && editor.options.show_mode)
		text_string(bottom, editor.mode == MODE_INSERT ? "-- INSERT --" : "-- REPLACE --");
	if (editor.recording && !*editor.message)
		text_format(bottom, "recording @%c", editor.recording);
	text_format(bottom, "\033[%d;%dH%d,%d", editor.rows,
				editor.columns > 30 ? editor.columns - 14 : 1, editor.cursor.line + 1,
				screen_column(editor.cursor) + 1);
}

static void flush_output(void)
{
	if (write(1, output.data, output.length) < 0)
		editor.done = true;
	text_clear(&output);
}

static void free_rows(struct text *rows, int count)
{
	for (int i = 0; rows && i < count; i++)
		text_free(&rows[i]);
	free(rows);
}

static void place_cursor(void)
{
	int row = 0, column = screen_column(editor.cursor);
	for (int line = editor.top; line < editor.cursor.line; line++)
		row += rows_of(line);
	row += column / text_width();
	if (row > editor.rows - 2)
		row = editor.rows - 2;
	text_format(&output, "\033[%d;%dH", row + 1, column % text_width() + left_margin() + 1);
}

void draw_screen(void)
{
	if (editor.is_line_mode)
		return;
	show_cursor_line();
	struct text *rows = allocate((size_t)editor.rows * sizeof *rows);
	memset(rows, 0, (size_t)editor.rows * sizeof *rows);
	layout(rows);
	text_string(&output, "\033[?25l");
	for (int row = 0; row < editor.rows; row++) {
		bool same = row < shown_rows && shown && rows[row].length == shown[row].length &&
					!memcmp(rows[row].length ? rows[row].data : "",
							rows[row].length ? shown[row].data : "", rows[row].length);
		if (!same)
			text_format(&output, "\033[%d;1H\033[K%s", row + 1,
						rows[row].length ? rows[row].data : "");
	}
	place_cursor();
	text_string(&output, "\033[?25h");
	free_rows(shown, shown_rows);
	shown = rows;
	shown_rows = editor.rows;
	flush_output();
}

void redraw_screen(void)
{
	if (editor.is_line_mode)
		return;
	free_rows(shown, shown_rows);
	shown = NULL;
	shown_rows = 0;
	text_string(&output, "\033[2J");
}

void measure_screen(void)
{
	if (editor.is_line_mode)
		return;
	int columns = editor.columns, rows = editor.rows;
	terminal_size(1, &editor.columns, &editor.rows);
	if (editor.rows < 2)
		editor.rows = 2;
	if (editor.options.window == rows - 1)
		editor.options.window = editor.rows - 1;
	if (editor.options.scroll == (rows - 1) / 2)
		editor.options.scroll = editor.rows > 2 ? (editor.rows - 1) / 2 : 1;
	if (columns != editor.columns || rows != editor.rows)
		redraw_screen();
}

void start_screen(void)
{
	start_raw_mode(0);
	if (!editor.options.mesg)
		hold_messages(true);
	text_string(&output, "\033[?1049h");
	redraw_screen();
	measure_screen();
}

void end_screen(void)
{
	text_format(&output, "\033[%d;1H\033[K\033[?1049l", editor.rows);
	flush_output();
	hold_messages(false);
	end_raw_mode();
}

char *ask_line(const char *prompt)
{
	struct text answer = {0};
	text_clear(&answer);
	if (shown) /* what we type over must be drawn again */
		text_clear(&shown[editor.rows - 1]);
	for (;;) {
		text_format(&output, "\033[%d;1H\033[K%s%s", editor.rows, prompt, answer.data);
		flush_output();
		int key = get_key();
		char bytes[4];
		bool erases = key == 127 || key == CONTROL('h');
		if (key == '\r' || key == '\n')
			return text_take(&answer);
		if (key == KEY_ESCAPE || key == CONTROL('c') || key == KEY_END_OF_INPUT ||
			(erases && !answer.length))
			break;
		if (erases)
			while (answer.length && (answer.data[--answer.length] & 0xc0) == 0x80)
				continue;
		else if (key == CONTROL('u'))
			answer.length = 0;
		else if (key == CONTROL('v'))
			key = get_key(), text_add(&answer, bytes, (size_t)key_text(key, bytes));
		else if (key >= 32)
			text_add(&answer, bytes, (size_t)key_text(key, bytes));
		answer.data[answer.length] = 0;
	}
	text_free(&answer);
	return NULL;
}
