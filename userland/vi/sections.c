/* Sentences and sections in vi. */
#include <string.h>

#include "vi.h"

static bool is_empty(int line)
{
	return buffer.lines[line].length == 0;
}

/* The column where a sentence begins behind `column`; -1: none does in this line. It ends with . ! or ?, closing marks, and two blanks or the line. */
static int next_in_line(int number, int column, bool *at_end)
{
	const struct line *line = &buffer.lines[number];
	*at_end = false;
	for (int i = column; i < line->length; i++) {
		if (!strchr(".!?", line->bytes[i]))
			continue;
		int end = i + 1;
		while (end < line->length && strchr(")]\"'", line->bytes[end]))
			end++;
		*at_end = end == line->length;
		if (*at_end || (line->bytes[end] == ' ' && line->bytes[end + 1] == ' ')) {
			end += (int)strspn(line->bytes + end, " \t");
			if (end < line->length)
				return end;
			*at_end = true;
		}
	}
	return -1;
}

/* To where the next sentence begins: behind the end of one, at an empty line, or behind empty lines. False at the end of the text. */
static bool next_sentence(struct position *at)
{
	bool ended = false, was_empty = is_empty(at->line);
	int column = was_empty ? -1 : next_in_line(at->line, at->column, &ended);
	if (column >= 0) {
		at->column = column;
		return true;
	}
	for (int line = at->line + 1; line < buffer.count; line++) {
		if (is_empty(line) && was_empty)
			continue;
		if (is_empty(line) || was_empty || ended) {
			*at = (struct position){line, first_nonblank(line)};
			return true;
		}
		column = next_in_line(line, 0, &ended);
		if (column >= 0) {
			*at = (struct position){line, column};
			return true;
		}
	}
	*at = (struct position){buffer.count - 1, buffer.lines[buffer.count - 1].length};
	return false;
}

static bool is_before(struct position a, struct position b)
{
	return a.line < b.line || (a.line == b.line && a.column < b.column);
}

/* From the start of the paragraph on, the last sentence that begins before the cursor. */
static bool previous_sentence(struct position *at)
{
	struct position start = {at->line, 0}, next;
	if (start.line == 0 && at->column == 0)
		return false;
	if (at->column <= first_nonblank(at->line) && start.line > 0)
		start.line--;
	while (start.line > 0 && is_empty(start.line) && is_empty(start.line - 1))
		start.line--;
	while (start.line > 0 && !is_empty(start.line) && !is_empty(start.line - 1))
		start.line--;
	start.column = first_nonblank(start.line);
	for (next = start; next_sentence(&next) && is_before(next, *at);)
		start = next;
	*at = start;
	return true;
}

bool sentence(int step, int count, struct position *at)
{
	bool moved = false;
	for (; count > 0; count--) {
		if (step < 0 && !previous_sentence(at))
			break;
		if (step > 0 && !next_sentence(at)) {
			moved = true;
			break;
		}
		moved = true;
	}
	return moved;
}

/* Whether the line is one of these macros of nroff, a pair of characters each; a blank in a pair stands for none. */
static bool is_macro(int line, const char *pairs)
{
	const char *bytes = buffer.lines[line].bytes;
	if (*bytes != '.' || !bytes[1])
		return false;
	for (; *pairs && pairs[1]; pairs += 2)
		if (bytes[1] == pairs[0] && (bytes[2] == pairs[1] || (pairs[1] == ' ' && (!bytes[2] || bytes[2] == ' '))))
			return true;
	return false;
}

bool begins_paragraph(int line)
{
	return is_macro(line, editor.options.paragraphs) || is_macro(line, editor.options.sections);
}

/* { at the start of a line, a form feed, or a heading of nroff. */
static bool begins_section(int line)
{
	const char *bytes = buffer.lines[line].bytes;
	return *bytes == '{' || *bytes == '\f' || is_macro(line, editor.options.sections);
}

bool section(int step, int count, struct position *at)
{
	int line = at->line;
	for (; count > 0; count--)
		do
			line += step;
		while (line > 0 && line < buffer.count - 1 && !begins_section(line));
	line = line < 0 ? 0 : line >= buffer.count ? buffer.count - 1 : line;
	*at = (struct position){line, 0};
	return true;
}
