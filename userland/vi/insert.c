/* Insert and replace mode of vi. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "vi.h"

enum { MATCH_MS = 400 };

static int added_lines; /* by the change that is being made */

/* The blanks at the start of a line, for autoindent. */
static int indent_of(int line)
{
	return editor.options.auto_indent ? (int)strspn(buffer.lines[line].bytes, " \t") : 0;
}

static void break_line(void)
{
	struct position at = editor.cursor;
	const struct line *line = &buffer.lines[at.line];
	int indent = indent_of(at.line);
	if (indent > at.column)
		indent = at.column;
	char *text = format_text("%.*s%s", indent, line->bytes, line->bytes + at.column);
	buffer_insert(at.line + 1, text, (int)strlen(text));
	free(text);
	buffer_splice(at, buffer.lines[at.line].length - at.column, "", 0);
	editor.cursor = (struct position){at.line + 1, indent};
	added_lines++;
}

static void insert_bytes(const char *bytes, int length)
{
	buffer_splice(editor.cursor, 0, bytes, length);
	editor.cursor.column += length;
}

static void erase(int to)
{
	struct position at = {editor.cursor.line, to};
	buffer_splice(at, editor.cursor.column - to, "", 0);
	editor.cursor.column = to;
}

static int word_start(void)
{
	struct position at = editor.cursor;
	while (at.column > 0) {
		struct position before = {at.line, previous_character(at)};
		if (character_class(before, false) != 0)
			break;
		at = before;
	}
	int class = -1;
	while (at.column > 0) {
		struct position before = {at.line, previous_character(at)};
		if (class >= 0 && character_class(before, false) != class)
			break;
		class = character_class(before, false);
		at = before;
	}
	return at.column;
}

static void move(int key)
{
	struct motion motion;
	if (find_motion(key, 1, false, true, &motion))
		editor.cursor = motion.to;
	int length = buffer.lines[editor.cursor.line].length;
	if (editor.cursor.column > length)
		editor.cursor.column = length;
}

/* ^T and ^D: indentation by one shift width. */
static void indent_line(int step)
{
	struct position at = editor.cursor, start = {at.line, 0};
	int width = editor.options.shift_width;
	if (step > 0) {
		char *blanks = format_text("%*s", width, "");
		buffer_splice(start, 0, blanks, width);
		free(blanks);
		editor.cursor.column += width;
		return;
	}
	int blanks = (int)strspn(buffer.lines[at.line].bytes, " \t");
	int removed = buffer.lines[at.line].bytes[0] == '\t' ? 1 : blanks < width ? blanks : width;
	buffer_splice(start, removed, "", 0);
	editor.cursor.column = at.column > removed ? at.column - removed : 0;
}

static void type_text(int key)
{
	char bytes[4];
	int length = key_text(key, bytes);
	if (editor.mode == MODE_REPLACE &&
		editor.cursor.column < buffer.lines[editor.cursor.line].length)
		buffer_splice(editor.cursor, next_character(editor.cursor) - editor.cursor.column, "", 0);
	if (key == '\t' && editor.options.expand_tab) {
		int place = screen_column(editor.cursor);
		for (int i = editor.options.tab_stop - place % editor.options.tab_stop; i > 0; i--)
			insert_bytes(" ", 1);
		return;
	}
	insert_bytes(bytes, length);
}

/* showmatch: the cursor stands for a moment at the bracket that the one before it closes. */
static void show_match(int key)
{
	struct position after = editor.cursor, at = {after.line, previous_character(after)};
	struct pollfd input = {.fd = 0, .events = POLLIN};
	bool shows = editor.options.show_match && (key == ')' || key == '}') && !editor.is_line_mode && matching_bracket(&at);
	if (!shows || at.line < editor.top || at.line > last_line_on_screen() || poll(&input, 1, 0) > 0)
		return;
	editor.cursor = at;
	draw_screen();
	poll(&input, 1, MATCH_MS);
	editor.cursor = after;
}

/* wrapmargin: a line that has come into the margin is broken at the last blanks. */
static void wrap_line(void)
{
	struct position at = editor.cursor;
	const char *bytes = buffer.lines[at.line].bytes;
	bool is_long = editor.options.wrap_margin && editor.mode == MODE_INSERT && screen_column(at) > editor.columns - editor.options.wrap_margin;
	int end = at.column, indent = (int)strspn(bytes, " \t");
	while (end > indent && !strchr(" \t", bytes[end - 1]))
		end--;
	if (!is_long || end <= indent || end == at.column)
		return;
	int start = end;
	while (start > indent && strchr(" \t", bytes[start - 1]))
		start--;
	struct position cut = {at.line, start};
	buffer_splice(cut, end - start, "", 0);
	int behind = at.column - end;
	editor.cursor = cut;
	break_line();
	editor.cursor.column += behind;
}

/* A word before the cursor that is an abbreviation becomes what it stands for. */
static void expand_abbreviation(void)
{
	struct position at = editor.cursor, start = at;
	while (start.column > 0) {
		struct position before = {at.line, previous_character(start)};
		if (character_class(before, false) != 1)
			break;
		start = before;
	}
	const char *word = buffer.lines[at.line].bytes + start.column;
	const char *text = at.column > start.column ? find_abbreviation(word, (size_t)(at.column - start.column)) : NULL;
	if (!text)
		return;
	erase(start.column);
	insert_bytes(text, (int)strlen(text));
}

/*
 * One key of insert mode. Moving by arrows to another line begins a new change there; false if
 * the mode ends.
 */
static bool insert_key(int key)
{
	int line = editor.cursor.line;
	bool ends_word = key < 128 && !(key >= '0' && key <= '9') && !((key | 32) >= 'a' && (key | 32) <= 'z') && key != '_';
	if (ends_word && key != 127 && key != CONTROL('h') && editor.mode == MODE_INSERT)
		expand_abbreviation();
	switch (key) {
	case KEY_ESCAPE: case CONTROL('c'): case KEY_END_OF_INPUT: return false;
	case '\r': case '\n': break_line(); break;
	case 127: case CONTROL('h'):
		if (editor.cursor.column > 0)
			erase(previous_character(editor.cursor));
		break;
	case CONTROL('w'): erase(word_start()); break;
	case CONTROL('u'): erase(0); break;
	case CONTROL('t'): indent_line(1); break;
	case CONTROL('d'): indent_line(-1); break;
	case CONTROL('v'): type_text(get_key()); break;
	case KEY_DELETE:
		buffer_splice(editor.cursor, next_character(editor.cursor) - editor.cursor.column, "", 0);
		break;
	case KEY_UP: case KEY_DOWN: case KEY_LEFT: case KEY_RIGHT: case KEY_HOME: case KEY_END:
	case KEY_WORD_LEFT: case KEY_WORD_RIGHT:
		move(key);
		if (editor.cursor.line != line) {
			end_change(1 + added_lines);
			begin_change(editor.cursor.line, 1);
			added_lines = 0;
		}
		break;
	default:
		if (key >= 32 || key == '\t') {
			type_text(key);
			show_match(key);
			wrap_line();
		}
	}
	return true;
}

static void leave_insert_mode(void)
{
	editor.mode = MODE_COMMAND;
	/* a line of nothing but automatic blanks is left empty */
	struct line *line = &buffer.lines[editor.cursor.line];
	if (editor.options.auto_indent && line->length &&
		(int)strspn(line->bytes, " \t") == line->length && editor.cursor.column == line->length) {
		struct position start = {editor.cursor.line, 0};
		buffer_splice(start, line->length, "", 0);
		editor.cursor.column = 0;
	}
	editor.cursor.column = previous_character(editor.cursor);
}

/* Reads keys until the mode ends; the text that was typed in one line is repeated for a count. */
static void run_mode(enum mode mode, int count)
{
	struct position start = editor.cursor;
	editor.mode = mode;
	editor.wanted = -1;
	while (insert_key(get_key()) && !editor.done)
		editor.wanted = -1;
	bool one_line = editor.cursor.line == start.line && editor.cursor.column > start.column;
	if (count > 1 && one_line && mode == MODE_INSERT) {
		int length = editor.cursor.column - start.column;
		char *typed =
			duplicate_range(buffer.lines[start.line].bytes + start.column, (size_t)length);
		for (; count > 1; count--)
			insert_bytes(typed, length);
		free(typed);
	}
	leave_insert_mode();
	end_change(1 + added_lines);
	added_lines = 0;
}

void insert_mode(int count)
{
	run_mode(MODE_INSERT, count);
}

void replace_mode(int count)
{
	begin_change(editor.cursor.line, 1);
	run_mode(MODE_REPLACE, count);
}

void open_line(int at)
{
	int neighbour = at > 0 && editor.cursor.line < at ? at - 1 : at;
	int indent = indent_of(neighbour < buffer.count ? neighbour : buffer.count - 1);
	char *blanks = duplicate_range(buffer.lines[neighbour].bytes, (size_t)indent);
	begin_change(at, 0);
	buffer_insert(at, blanks, indent);
	free(blanks);
	editor.cursor = (struct position){at, indent};
	run_mode(MODE_INSERT, 1);
}
