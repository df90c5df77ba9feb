/* Shows the line that is being edited: wraps at the window's width, counts wide characters. */
#include <string.h>
#include <unistd.h>

#include "editor.h"

struct place {
	int row, column;
};

/* Moves over one character of `width` columns. */
static void advance(struct place *place, int width, int columns)
{
	if (place->column + width > columns) {
		place->row++;
		place->column = 0;
	}
	place->column += width;
}

/* Blanks from here to the next tab stop, which the right margin is too. */
static int tab_width(struct place place, int columns)
{
	int width = 8 - place.column % 8;
	return place.column < columns && place.column + width > columns ? columns - place.column : width;
}

/* Moves over text; escape sequences and what \001 and \002 enclose take no place. */
static void advance_over(struct place *place, const char *text, size_t length, int columns)
{
	bool hidden = false;
	for (size_t i = 0, size; i < length; i += size) {
		uint32_t code = utf8_decode(text + i, length - i, &size);
		if (code == 1 || code == 2) {
			hidden = code == 1;
		} else if (hidden || code == '\a') {
			continue;
		} else if (code == 033 && i + 1 < length && text[i + 1] == '[') {
			size_t end = i + 2;
			while (end < length && (text[end] < 0x40 || text[end] > 0x7e))
				end++;
			size = end + 1 - i;
		} else if (code == '\n') {
			place->row++;
			place->column = 0;
		} else if (code == '\r') {
			place->column = 0;
		} else if (code == '\t') {
			advance(place, tab_width(*place, columns), columns);
		} else {
			advance(place, utf8_columns(code), columns);
		}
	}
}

/* From `place` on; control characters are shown as ^X, tabs as blanks, so that nothing older shines through. */
static void add_visible(struct text *output, struct place place, const char *text, size_t length, int columns)
{
	for (size_t i = 0, size; i < length; i += size) {
		unsigned char c = (unsigned char)text[i];
		utf8_decode(text + i, length - i, &size);
		if (c == '\n')
			text_string(output, "\033[K\r\n");
		else if (c == '\t')
			text_format(output, "%*s", tab_width(place, columns), "");
		else if (c < 32 || c == 127)
			text_format(output, "^%c", c ^ 64);
		else
			text_add(output, text + i, size);
		advance_over(&place, text + i, size, columns);
	}
}

static void move_rows(struct text *output, int rows)
{
	if (rows)
		text_format(output, "\033[%d%c", rows > 0 ? rows : -rows, rows > 0 ? 'B' : 'A');
}

void refresh(struct editor *editor)
{
	struct text output = {0};
	struct place end = {0, 0};
	int columns = editor->columns > 1 ? editor->columns : 80;
	text_string(&output, "\r");
	move_rows(&output, -editor->cursor_row);
	for (const char *c = editor->prompt; *c; c++)
		if (*c != 1 && *c != 2)
			text_add(&output, *c == '\n' ? "\r\n" : c, *c == '\n' ? 2 : 1);
	advance_over(&end, editor->prompt, strlen(editor->prompt), columns);
	add_visible(&output, end, editor->line.data, editor->line.length, columns);
	struct place cursor = end;
	advance_over(&cursor, editor->line.data, editor->cursor, columns);
	advance_over(&end, editor->line.data, editor->line.length, columns);
	if (end.column == columns) {
		text_string(&output, "\r\n"); /* the terminal wraps only with the next character */
		end = (struct place){end.row + 1, 0};
	}
	if (cursor.column == columns)
		cursor = (struct place){cursor.row + 1, 0};
	text_string(&output, "\033[J\r");
	move_rows(&output, cursor.row - end.row);
	if (cursor.column)
		text_format(&output, "\033[%dC", cursor.column);
	editor->cursor_row = cursor.row;
	fwrite(output.data, 1, output.length, stderr);
	text_free(&output);
}

void finish_line(struct editor *editor)
{
	editor->cursor = editor->line.length;
	refresh(editor);
	fputs("\r\n", stderr);
	editor->cursor_row = 0;
}

void beep(void)
{
	fputc('\a', stderr);
}

static int text_columns(const char *text)
{
	struct place place = {0, 0};
	advance_over(&place, text, strlen(text), 1 << 20);
	return place.column;
}

/* Below the line, in columns, downwards; only the last component of paths. */
void list_candidates(struct editor *editor, const struct words *candidates)
{
	int width = 0, count = candidates->count;
	size_t cursor = editor->cursor;
	for (int i = 0; i < count; i++) {
		int columns = text_columns(candidates->items[i]);
		width = columns > width ? columns : width;
	}
	width += 2;
	int across = editor->columns / width > 0 ? editor->columns / width : 1;
	int down = (count + across - 1) / across;
	finish_line(editor);
	editor->cursor = cursor;
	for (int row = 0; row < down; row++) {
		for (int i = row; i < count; i += down) {
			const char *item = candidates->items[i];
			fputs(item, stderr);
			if (i + down < count)
				fprintf(stderr, "%*s", width - text_columns(item), "");
		}
		fputs("\r\n", stderr);
	}
}
