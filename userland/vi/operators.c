/* What changes text by a motion: d c y < > and their relatives. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "vi.h"

static void order(struct position *from, struct position *to)
{
	if (from->line < to->line || (from->line == to->line && from->column <= to->column))
		return;
	struct position swap = *from;
	*from = *to;
	*to = swap;
}

void delete_span(struct position from, struct position to)
{
	const struct line *last = &buffer.lines[to.line];
	begin_change(from.line, to.line - from.line + 1);
	char *tail = duplicate_range(last->bytes + to.column, (size_t)(last->length - to.column));
	int removed = from.line == to.line ? to.column - from.column
									   : buffer.lines[from.line].length - from.column;
	if (from.line == to.line) {
		buffer_splice(from, removed, "", 0);
	} else {
		buffer_splice(from, removed, tail, (int)strlen(tail));
		buffer_remove(from.line + 1, to.line - from.line);
	}
	free(tail);
	editor.cursor = from;
	end_change(1);
}

void delete_lines(int first, int last)
{
	int count = last - first + 1;
	begin_change(first, count);
	buffer_remove(first, count);
	bool is_empty = buffer.count == 0;
	if (is_empty)
		buffer_insert(0, "", 0);
	buffer.has_no_lines = is_empty;
	end_change(is_empty ? 1 : 0);
	int line = first < buffer.count ? first : buffer.count - 1;
	editor.cursor = (struct position){line, first_nonblank(line)};
}

void shift_lines(int first, int last, int step)
{
	begin_change(first, last - first + 1);
	for (int line = first; line <= last; line++) {
		int blanks = (int)strspn(buffer.lines[line].bytes, " \t");
		struct position start = {line, 0}, text = {line, blanks};
		if (buffer.lines[line].length == 0)
			continue;
		int width = screen_column(text) + step * editor.options.shift_width;
		struct text indent = {0};
		text_clear(&indent);
		for (; !editor.options.expand_tab && width >= editor.options.tab_stop;
			 width -= editor.options.tab_stop)
			text_char(&indent, '\t');
		for (; width > 0; width--)
			text_char(&indent, ' ');
		buffer_splice(start, blanks, indent.data, (int)indent.length);
		text_free(&indent);
	}
	end_change(last - first + 1);
	editor.cursor = (struct position){first, first_nonblank(first)};
}

void join_lines(int count)
{
	int line = editor.cursor.line, joined = count > 1 ? count - 1 : 1;
	if (line + joined >= buffer.count)
		joined = buffer.count - 1 - line;
	if (joined < 1) {
		complain("No line to join");
		return;
	}
	begin_change(line, joined + 1);
	for (int i = 0; i < joined; i++) {
		const char *next =
			buffer.lines[line + 1].bytes + strspn(buffer.lines[line + 1].bytes, " \t");
		struct position end = {line, buffer.lines[line].length};
		char last = end.column ? buffer.lines[line].bytes[end.column - 1] : ' ';
		bool blank = *next && *next != ')' && last != ' ' && last != '\t';
		char *text = format_text("%s%s", blank ? " " : "", next);
		buffer_splice(end, 0, text, (int)strlen(text));
		buffer_remove(line + 1, 1);
		editor.cursor.column = end.column;
		free(text);
	}
	end_change(1);
}

void toggle_case(int count)
{
	struct line *line = &buffer.lines[editor.cursor.line];
	begin_change(editor.cursor.line, 1);
	for (; count > 0 && editor.cursor.column < line->length; count--) {
		unsigned char c = (unsigned char)line->bytes[editor.cursor.column];
		line->bytes[editor.cursor.column] = (char)(islower(c) ? toupper(c) : tolower(c));
		editor.cursor.column = next_character(editor.cursor);
	}
	buffer.modified = true;
	buffer.version++;
	end_change(1);
}

/* c: the text goes, and insert mode stands in its place. */
static void change_text(struct position from, struct position to, bool linewise)
{
	int lines = to.line - from.line + 1;
	begin_change(from.line, lines);
	if (linewise) {
		int indent =
			editor.options.auto_indent ? (int)strspn(buffer.lines[from.line].bytes, " \t") : 0;
		struct position start = {from.line, indent};
		buffer_splice(start, buffer.lines[from.line].length - indent, "", 0);
		buffer_remove(from.line + 1, lines - 1);
		editor.cursor = start;
	} else if (lines == 1) {
		buffer_splice(from, to.column - from.column, "", 0);
		editor.cursor = from;
	} else {
		char *tail = duplicate(buffer.lines[to.line].bytes + to.column);
		buffer_splice(from, buffer.lines[from.line].length - from.column, tail, (int)strlen(tail));
		buffer_remove(from.line + 1, lines - 1);
		free(tail);
		editor.cursor = from;
	}
	insert_mode(1);
}

static void operate(int operator, int name, struct position from, struct position to, bool linewise)
{
	int count = to.line - from.line + 1;
	switch (operator) {
	case '>':
	case '<': shift_lines(from.line, to.line, operator == '>' ? 1 : -1); return;
	case '!': {
		char *command = ask_line("!");
		if (command)
			filter_lines(from.line, to.line, command);
		free(command);
		return;
	}
	case 'y':
		yank(name, from, to, linewise);
		if (!linewise || from.line < editor.cursor.line)
			editor.cursor = linewise ? (struct position){from.line, editor.cursor.column} : from;
		if (count > editor.options.report)
			tell("%d lines yanked", count);
		return;
	default: break;
	}
	yank(name, from, to, linewise);
	if (linewise || to.line > from.line)
		keep_deleted(from, to, linewise);
	if (operator == 'c')
		change_text(from, to, linewise);
	else if (linewise)
		delete_lines(from.line, to.line);
	else
		delete_span(from, to);
	if (operator == 'd' && count >= editor.options.report)
		tell("%d fewer lines", count - !linewise);
}

/* The text that an object or a motion of `key` covers. False if there is none. */
static bool find_extent(int operator, int key, int count, bool counted, struct position *from,
                        struct position *to, bool *linewise)
{
	struct motion motion;
	*from = editor.cursor;
	if (key == 'i' || key == 'a') {
		if (!find_object(key == 'a', get_key(), from, to))
			return false;
		to->column = next_character(*to);
		return true;
	}
	int class = character_class(editor.cursor, key == 'W');
	bool by_word = key == 'w' || key == 'W';
	if (operator == 'c' && by_word && class > 0) { /* cw leaves the blanks behind */
		struct position at = editor.cursor, next = {at.line, next_character(at)};
		bool single = character_class(next, key == 'W') != class;
		*to = at;
		for (int i = single ? 1 : 0; i < count; i++)
			word_end(to, key == 'W');
		to->column = next_character(*to);
		return true;
	}
	if (!find_motion(key, count, counted, true, &motion))
		return false;
	*to = motion.to;
	order(from, to);
	*linewise = motion.linewise;
	if (motion.inclusive)
		to->column = next_character(*to);
	if (!motion.linewise && to->line > from->line && to->column == 0 && !motion.inclusive) {
		/* a motion to the start of a line ends with the line before */
		*to = (struct position){to->line - 1, buffer.lines[to->line - 1].length};
		if (from->column <= first_nonblank(from->line) && to->line >= from->line && key == '}')
			*linewise = true;
	}
	return true;
}

bool run_operator(int operator, int name, int count, bool counted)
{
	struct position from, to;
	bool linewise = false;
	int key = get_key(), more = 0;
	while ((key >= '1' && key <= '9') || (key == '0' && more)) {
		more = more * 10 + key - '0';
		key = get_key();
	}
	if (more)
		count *= more;
	if (key == operator) {
		from = to = editor.cursor;
		to.line += count - 1;
		if (to.line >= buffer.count)
			to.line = buffer.count - 1;
		linewise = true;
	} else if (!find_extent(operator, key, count, counted || more, &from, &to, &linewise)) {
		return false;
	}
	operate(operator, name, from, to, linewise || operator == '>' || operator == '<' || operator == '!');
	return true;
}
