/* The commands of vi: what the keys do that are no motions. */
#include <stdlib.h>
#include <string.h>

#include "vi.h"

static void move_cursor(const struct motion *motion, int key)
{
	bool keeps_column = key == 'j' || key == 'k' || key == KEY_UP || key == KEY_DOWN ||
	                    key == CONTROL('n') || key == CONTROL('p');
	editor.cursor = motion->to;
	if (key == '$' || key == KEY_END)
		editor.wanted = 1 << 30;
	else if (!keeps_column)
		editor.wanted = -1;
}

/* ^F ^B ^D ^U ^E ^Y: the screen moves, and the cursor with it if it must. */
static void scroll(int key, int count, bool counted)
{
	static int last_half; /* the count of ^D and ^U stays */
	int page = editor.options.window - 2 > 0 ? editor.options.window - 2 : 1;
	if (counted && (key == CONTROL('d') || key == CONTROL('u')))
		last_half = count;
	int half = last_half ? last_half : editor.options.scroll;
	int lines = key == CONTROL('f') || key == KEY_PAGE_DOWN ? page * count
	          : key == CONTROL('b') || key == KEY_PAGE_UP   ? -page * count
	          : key == CONTROL('d')                         ? half
	          : key == CONTROL('u')                         ? -half
	          : key == CONTROL('e')                         ? count
	                                                        : -count;
	bool by_half = key == CONTROL('d') || key == CONTROL('u');
	int top = editor.top + lines, line = editor.cursor.line + (by_half ? lines : 0);
	editor.top = top < 0 ? 0 : top >= buffer.count ? buffer.count - 1 : top;
	int last = last_line_on_screen();
	if (line < editor.top)
		line = editor.top;
	if (line > last)
		line = last;
	editor.cursor.line = line;
	if (key == CONTROL('e') || key == CONTROL('y'))
		editor.cursor.column = column_at(line, screen_column(editor.cursor));
	else
		editor.cursor.column = first_nonblank(line);
}

/* z: puts the cursor's line at the top, in the middle or at the bottom. */
static void place_line(int key)
{
	int room = editor.rows - 1, used = rows_of(editor.cursor.line), top = editor.cursor.line;
	int before = key == 'z' || key == '.' ? room / 2 : key == 'b' || key == '-' ? room - 1 : 0;
	for (; top > 0 && used + rows_of(top - 1) <= before + 1; top--)
		used += rows_of(top - 1);
	editor.top = top;
}

/* r: the characters under the cursor become `key`. */
static void replace_characters(int count)
{
	int key = get_key();
	struct position end = editor.cursor;
	char bytes[4];
	for (int i = 0; i < count; i++) {
		if (end.column >= buffer.lines[end.line].length)
			return;
		end.column = next_character(end);
	}
	if (key == KEY_ESCAPE || (key < 32 && key != '\t' && key != '\r'))
		return;
	begin_change(editor.cursor.line, 1);
	buffer_splice(editor.cursor, end.column - editor.cursor.column, "", 0);
	if (key == '\r') {
		char *rest = duplicate(buffer.lines[end.line].bytes + editor.cursor.column);
		buffer_splice(editor.cursor, (int)strlen(rest), "", 0);
		buffer_insert(end.line + 1, rest, (int)strlen(rest));
		free(rest);
		editor.cursor = (struct position){end.line + 1, 0};
		end_change(2);
		return;
	}
	int length = key_text(key, bytes);
	for (int i = 0; i < count; i++) {
		buffer_splice(editor.cursor, 0, bytes, length);
		editor.cursor.column += length;
	}
	editor.cursor.column -= length;
	end_change(1);
}

static void begin_insert(int key, int count)
{
	struct position *at = &editor.cursor;
	switch (key) {
	case 'a': at->column = next_character(*at); break;
	case 'A': at->column = buffer.lines[at->line].length; break;
	case 'I': at->column = (int)strspn(buffer.lines[at->line].bytes, " \t"); break;
	default: break;
	}
	begin_change(at->line, 1);
	insert_mode(count);
}

/* x and its relatives: an operator with its motion. */
static bool run_short(int key, int name, int count)
{
	static const struct {
		char key, operator, motion;
	} shorts[] = {{'x', 'd', 'l'}, {'X', 'd', 'h'}, {'D', 'd', '$'}, {'C', 'c', '$'},
	              {'s', 'c', 'l'}, {'S', 'c', 'c'}, {'Y', 'y', 'y'}};
	for (size_t i = 0; i < sizeof shorts / sizeof *shorts; i++) {
		if (shorts[i].key != key)
			continue;
		int motion = shorts[i].motion;
		bool empty = buffer.lines[editor.cursor.line].length == 0;
		if (empty && (key == 's' || key == 'C'))
			motion = 'c';
		push_keys(&motion, 1);
		run_operator(shorts[i].operator, name, count, false);
		return true;
	}
	return false;
}

static void move_in_history(bool forwards, int count)
{
	for (; count > 0; count--) {
		if (forwards ? redo_change(&editor.cursor) : undo_change(&editor.cursor))
			continue;
		complain(forwards ? "Already at the newest change" : "Already at the oldest change");
		return;
	}
}

static void show_file(void)
{
	tell("\"%.150s\"%s line %d of %d --%d%%--", buffer.name ? buffer.name : "No file",
	     buffer.modified ? " [Modified]" : "", editor.cursor.line + 1, buffer.count,
	     (editor.cursor.line + 1) * 100 / buffer.count);
}

static void leave_if_saved(void)
{
	int key = get_key();
	if (key == 'Z')
		run_ex("x");
	else if (key == 'Q')
		run_ex("q!");
}

static void run_other(int key, int name, int count, bool counted)
{
	char *line;
	switch (key) {
	case 'i': case 'a': case 'I': case 'A': case KEY_INSERT: begin_insert(key, count); break;
	case 'o': open_line(editor.cursor.line + 1); break;
	case 'O': open_line(editor.cursor.line); break;
	case 'R': replace_mode(count); break;
	case 'r': replace_characters(count); break;
	case 'J': join_lines(count); break;
	case '~': toggle_case(count); break;
	case 'p': put(name, count, false); break;
	case 'P': put(name, count, true); break;
	case 'u': move_in_history(false, count); break;
	case CONTROL('r'): move_in_history(true, count); break;
	case 'd': case 'c': case 'y': case '<': case '>': case '!':
		editor.has_failed = !run_operator(key, name, count, counted);
		break;
	case KEY_DELETE: run_short('x', name, count); break;
	case '@': execute_register(get_key(), count, false); break;
	case 'q': record_keys(); break;
	case CONTROL(']'): follow_tag(); break;
	case CONTROL('t'): run_ex("pop"); break;
	case 'U':
		if (!restore_line())
			complain("The line is as it was");
		break;
	case CONTROL('^'):
		if (write_automatically())
			run_ex("e #");
		break;
	case 'm': set_mark(get_key(), editor.cursor); break;
	case 'Q': enter_line_mode(); break;
	case 'Z': leave_if_saved(); break;
	case 'z': place_line(get_key()); break;
	case ':':
		line = ask_line(":");
		if (line)
			run_ex(line);
		free(line);
		break;
	case '&': run_ex("&"); break;
	case CONTROL('l'): redraw_screen(); break;
	case CONTROL('z'): run_ex("stop"); break;
	case CONTROL('g'): show_file(); break;
	case CONTROL('f'): case CONTROL('b'): case CONTROL('d'): case CONTROL('u'): case CONTROL('e'):
	case CONTROL('y'): case KEY_PAGE_UP: case KEY_PAGE_DOWN: scroll(key, count, counted); break;
	case KEY_END_OF_INPUT: /* the terminal is gone */
		if (buffer.modified)
			preserve();
		editor.done = true;
		break;
	default: break; /* Escape and keys without meaning */
	}
}

/* A key that find_motion knows: it could not move. */
static bool is_motion(int key)
{
	static const char keys[] = "hljk wWbBeE0^|$fFtT;,/?nN*#()[]{}%'`+-_GgHLM\r\n\b";
	return (key > 0 && key < 128 && strchr(keys, key)) || key == KEY_LEFT || key == KEY_RIGHT || key == KEY_UP || key == KEY_DOWN;
}

void run_command(void)
{
	int key = get_key(), name = 0, count = 0;
	*editor.message = 0;
	editor.is_error = editor.has_failed = false;
	for (;;) {
		if (key == '"') {
			name = get_key();
		} else if ((key >= '1' && key <= '9') || (key == '0' && count)) {
			count = count % 1000000 * 10 + key - '0';
		} else {
			break;
		}
		key = get_key();
	}
	bool counted = count > 0;
	struct motion motion;
	if (!counted)
		count = 1;
	if (!run_short(key, name, count)) {
		if (find_motion(key, count, counted, false, &motion)) {
			move_cursor(&motion, key);
			return;
		}
		editor.has_failed = is_motion(key);
		run_other(key, name, count, counted);
	}
	editor.wanted = -1;
}
