/* Words into lines, left-justified; fonts as SGR sequences. */
#include "page-layout.h"

#include <stdlib.h>
#include <string.h>

static void add_cell(struct cells *cells, struct cell cell)
{
	if (cells->count == cells->capacity) {
		cells->capacity = cells->capacity ? 2 * cells->capacity : 128;
		cells->cells = reallocate(cells->cells, cells->capacity * sizeof *cells->cells);
	}
	cells->cells[cells->count++] = cell;
	cells->columns += cell.columns;
}

static void clear_cells(struct cells *cells)
{
	cells->count = 0;
	cells->columns = 0;
}

static void change_look(const struct layout *layout, char *now, char wanted)
{
	if (layout->look == MAN_PLAIN || *now == wanted)
		return;
	static const char *const off[] = {"", "\033[22m", "\033[24m"};
	static const char *const on[] = {"", "\033[1m", "\033[4m"};
	int before = *now == 'B' ? 1 : *now == 'I' ? 2 : 0;
	int after = wanted == 'B' ? 1 : wanted == 'I' ? 2 : 0;
	fputs(off[before], layout->out);
	fputs(on[after], layout->out);
	*now = wanted;
}

static void write_cells(const struct layout *layout, const struct cells *cells)
{
	char font = 'R';
	size_t count = cells->count;
	while (count > 0 && cells->cells[count - 1].bytes[0] == ' ')
		count--;
	for (size_t i = 0; i < count; i++) {
		bool is_blank = cells->cells[i].bytes[0] == ' ';
		change_look(layout, &font, is_blank && font != 'I' ? font : cells->cells[i].font);
		fputs(cells->cells[i].bytes, layout->out);
	}
	change_look(layout, &font, 'R');
}

static void write_blanks(const struct layout *layout, int count)
{
	for (; count > 0; count--)
		putc(' ', layout->out);
}

static void begin_line(struct layout *layout)
{
	if (layout->has_line)
		return;
	layout->has_line = true;
	layout->line_indent = layout->next_indent >= 0 ? layout->next_indent : layout->indent;
	layout->next_indent = -1;
	for (; layout->blank_lines > 0; layout->blank_lines--)
		putc('\n', layout->out);
	layout->no_space = false;
}

static void write_line(struct layout *layout)
{
	int left = layout->line_indent;
	if (layout->is_centred)
		left += (layout->columns - left - layout->line.columns) / 2;
	if (layout->line.count > 0)
		write_blanks(layout, left);
	write_cells(layout, &layout->line);
	putc('\n', layout->out);
	clear_cells(&layout->line);
	layout->has_line = false;
}

void layout_put_word(struct layout *layout)
{
	if (layout->word.count == 0)
		return;
	begin_line(layout);
	bool has_words = layout->line.count > 0;
	bool is_padded = has_words && layout->line.cells[layout->line.count - 1].bytes[0] == ' ';
	int wanted = layout->line.columns + (has_words && !is_padded) + layout->word.columns;
	if (has_words && layout->line_indent + wanted > layout->columns) {
		write_line(layout);
		begin_line(layout);
	} else if (has_words && !is_padded) {
		const struct cell *last = &layout->line.cells[layout->line.count - 1];
		char font = last->font == layout->word.cells[0].font ? last->font : 'R';
		add_cell(&layout->line, (struct cell){" ", 1, font, false});
	}
	for (size_t i = 0; i < layout->word.count; i++)
		add_cell(&layout->line, layout->word.cells[i]);
	clear_cells(&layout->word);
}

void layout_break(struct layout *layout)
{
	layout->joins = false;
	layout_put_word(layout);
	if (layout->has_line)
		write_line(layout);
}

void layout_space(struct layout *layout, int lines)
{
	layout_break(layout);
	if (!layout->no_space)
		layout->blank_lines = lines > layout->blank_lines ? lines : layout->blank_lines;
}

void layout_end_input(struct layout *layout)
{
	if (layout->joins) {
		layout->joins = false;
		return;
	}
	layout_put_word(layout);
	if (!layout->is_filled) {
		begin_line(layout);
		write_line(layout);
	}
}

void layout_set_font(struct layout *layout, char font)
{
	char next = font == 'P' ? layout->font_before : font;
	layout->font_before = layout->font;
	layout->font = next;
}

static void add_text(struct layout *layout, const char *text, size_t length, bool is_fixed)
{
	while (length > 0) {
		size_t size;
		struct cell cell = {.font = layout->font, .is_fixed = is_fixed};
		uint32_t code = utf8_decode(text, length, &size);
		if (code == 0xfffd || size >= sizeof cell.bytes || code < ' ' || code == 0x7f) {
			cell.bytes[0] = '?'; /* a control character would be the terminal's */
			cell.columns = 1;
		} else {
			memcpy(cell.bytes, text, size);
			cell.columns = (unsigned char)utf8_columns(code);
		}
		add_cell(&layout->word, cell);
		text += size;
		length -= size;
	}
}

/* A blank of the input: in filled text the word ends, else it is a column. */
static void add_blank(struct layout *layout, char blank)
{
	if (layout->is_filled) {
		layout_put_word(layout);
		return;
	}
	int at = layout->line.columns + layout->word.columns;
	int count = blank == '\t' ? 5 - at % 5 : 1;
	for (; count > 0; count--)
		add_cell(&layout->word, (struct cell){" ", 1, layout->font, true});
}

void layout_add(struct layout *layout, const char *text, size_t length)
{
	const char *end = text + length;
	if (length > 0 && (*text == ' ' || *text == '\t') && layout->is_filled && !layout->joins && layout->word.count == 0) {
		layout_break(layout); /* a line that begins with blanks keeps them */
		for (; text < end && *text == ' '; text++)
			add_cell(&layout->word, (struct cell){" ", 1, 'R', true});
	}
	while (text < end) {
		struct man_escape escape;
		if (*text == ' ' || *text == '\t') {
			add_blank(layout, *text++);
		} else if (*text == '\\') {
			text = man_read_escape(text + 1, end, &escape);
			if (escape.is_comment)
				return;
			if (escape.font)
				layout_set_font(layout, escape.font);
			layout->joins = escape.continues;
			add_text(layout, escape.text, strlen(escape.text), escape.is_fixed);
		} else {
			const char *start = text;
			while (text < end && *text != ' ' && *text != '\t' && *text != '\\')
				text++;
			add_text(layout, start, (size_t)(text - start), false);
		}
	}
}

int layout_width(const struct layout *layout)
{
	int word = layout->word.columns;
	return layout->line.columns + word + (word > 0 && layout->line.columns > 0);
}

void layout_pad(struct layout *layout, int indent)
{
	layout_put_word(layout);
	begin_line(layout);
	while (layout->line_indent + layout->line.columns < indent)
		add_cell(&layout->line, (struct cell){" ", 1, 'R', true});
}

void layout_title(struct layout *layout, const char *left, const char *middle, const char *right)
{
	const char *const parts[] = {left, middle, right};
	struct cells line = {0};
	char font = layout->font;
	bool is_filled = layout->is_filled;
	int widths[3];
	layout_break(layout);
	layout->font = 'R';
	layout->is_filled = false;
	for (int i = 0; i < 3; i++) {
		layout_add(layout, parts[i], strlen(parts[i]));
		widths[i] = layout->word.columns;
		int start = i == 0 ? 0 : i == 1 ? (layout->columns - widths[1] + 1) / 2 : layout->columns - widths[2];
		while (line.columns < start)
			add_cell(&line, (struct cell){" ", 1, 'R', true});
		for (size_t c = 0; c < layout->word.count; c++)
			add_cell(&line, layout->word.cells[c]);
		clear_cells(&layout->word);
	}
	layout->font = font;
	layout->is_filled = is_filled;
	for (; layout->blank_lines > 0; layout->blank_lines--)
		putc('\n', layout->out);
	write_cells(layout, &line);
	putc('\n', layout->out);
	free(line.cells);
}

void layout_free(struct layout *layout)
{
	free(layout->line.cells);
	free(layout->word.cells);
}
