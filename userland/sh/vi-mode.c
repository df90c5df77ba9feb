/* The vi mode of the line editor (POSIX XCU 3, sh, "vi Line Editing Command Mode"). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "vi-mode.h"

enum { MOST_KEYS = 256 };

/* What holds from line to line. */
static struct text yanked;
static int change_keys[MOST_KEYS], change_length; /* the last change, for . */

static struct {
	bool commanding;
	char *undo, *whole; /* before the last change, before all of them */
	size_t undo_cursor;
	int keys[MOST_KEYS], length; /* of the command that is being typed */
	int replayed;                /* index in change_keys, or change_length */
	bool replaying, inserting_change;
	bool enters; /* the command was as a RETURN, too */
} vi;

/* What @ runs, as if it were typed. */
static struct text typed;
static size_t typed_at;

int vi_mode_key(struct editor *editor)
{
	if (vi.replaying) {
		if (vi.replayed < change_length)
			return change_keys[vi.replayed++];
		vi.replaying = false;
	}
	int key = KEY_NONE;
	if (typed_at < typed.length)
		key = (unsigned char)typed.data[typed_at++];
	while (key == KEY_NONE) {
		key = next_key(editor);
		if (key == KEY_NONE)
			refresh(editor);
	}
	if (vi.length < MOST_KEYS)
		vi.keys[vi.length++] = key;
	return key;
}

static void remember_change(void)
{
	if (vi.replaying || vi.length == MOST_KEYS)
		return;
	memcpy(change_keys, vi.keys, (size_t)vi.length * sizeof *change_keys);
	change_length = vi.length;
}

static void save_undo(const struct editor *editor)
{
	free(vi.undo);
	vi.undo = duplicate(editor->line.data);
	vi.undo_cursor = editor->cursor;
}

static void undo(struct editor *editor, bool all)
{
	const char *text = all ? vi.whole : vi.undo;
	if (!text) {
		beep();
		return;
	}
	char *now = duplicate(editor->line.data), *then = duplicate(text);
	size_t cursor = all ? 0 : vi.undo_cursor;
	replace_line(editor, then);
	editor->cursor = cursor < editor->line.length ? cursor : editor->line.length;
	free(then);
	free(vi.undo);
	vi.undo = now;
}

static void yank(const struct editor *editor, size_t start, size_t end)
{
	text_clear(&yanked);
	text_add(&yanked, editor->line.data + start, end - start);
}

static void start_inserting(void)
{
	vi.commanding = false;
	vi.inserting_change = true;
}

/* d, c or y with the motion that follows. */
static void operate(struct editor *editor, int operator, int count)
{
	int key = vi_mode_key(editor), second = 0;
	size_t start = editor->cursor, end = start;
	bool inclusive;
	while (key >= (second ? '0' : '1') && key <= '9') {
		second = second * 10 + key - '0';
		key = vi_mode_key(editor);
	}
	if (second)
		count = (count ? count : 1) * second;
	if (key == operator) {
		start = 0;
		end = editor->line.length;
	} else {
		if (operator == 'c' && (key == 'w' || key == 'W') && start < editor->line.length &&
			!strchr(" \t\n", editor->line.data[start]))
			key = key == 'w' ? 'e' : 'E'; /* cw changes no blanks behind the word */
		if (!vi_mode_move(editor, key, count, &end, &inclusive)) {
			beep();
			return;
		}
		if (end < start) {
			size_t other = start;
			start = end;
			end = other;
		} else if (inclusive) {
			end = character_behind(editor, end);
		}
	}
	yank(editor, start, end);
	if (operator == 'y') {
		editor->cursor = key == 'y' ? editor->cursor : start;
		return;
	}
	save_undo(editor);
	delete_range(editor, start, end);
	if (operator == 'c')
		start_inserting();
	else
		remember_change();
}

static void replace_characters(struct editor *editor, int count)
{
	int key = vi_mode_key(editor);
	char bytes[4];
	int size = key_text(key, bytes);
	if (!size || key == KEY_ESCAPE)
		return;
	save_undo(editor);
	for (int i = 0; i < (count ? count : 1) && editor->cursor < editor->line.length; i++) {
		delete_range(editor, editor->cursor, character_behind(editor, editor->cursor));
		insert_text(editor, bytes, (size_t)size);
	}
	editor->cursor = character_before(editor, editor->cursor);
	remember_change();
}

static void swap_case(struct editor *editor, int count)
{
	save_undo(editor);
	for (int i = 0; i < (count ? count : 1) && editor->cursor < editor->line.length; i++) {
		char *c = editor->line.data + editor->cursor;
		if (isalpha((unsigned char)*c))
			*c ^= 0x20;
		editor->cursor = character_behind(editor, editor->cursor);
	}
	remember_change();
}

static void put(struct editor *editor, bool after, int count)
{
	if (!yanked.length)
		return;
	save_undo(editor);
	if (after && editor->line.length)
		editor->cursor = character_behind(editor, editor->cursor);
	for (int i = 0; i < (count ? count : 1); i++)
		insert_text(editor, yanked.data, yanked.length);
	editor->cursor = character_before(editor, editor->cursor);
	remember_change();
}

/* i a I A s S C and the like: where inserting begins. False if `key` is none of them. */
static bool begin_insert(struct editor *editor, int key, int count)
{
	size_t at = editor->cursor, length = editor->line.length;
	if (key < 'A' || key > 'z' || !strchr("iaIAsSCD", key))
		return false;
	save_undo(editor);
	switch (key) {
	case 'a': editor->cursor = character_behind(editor, at); break;
	case 'I': editor->cursor = 0; break;
	case 'A': editor->cursor = length; break;
	case 's':
		for (int i = 0; i < (count ? count : 1); i++)
			at = character_behind(editor, at);
		yank(editor, editor->cursor, at);
		delete_range(editor, editor->cursor, at);
		break;
	case 'S':
		yank(editor, 0, length);
		delete_range(editor, 0, length);
		break;
	case 'C': case 'D':
		yank(editor, at, length);
		delete_range(editor, at, length);
		break;
	default: break;
	}
	if (key == 'D')
		remember_change();
	else
		start_inserting();
	return true;
}

static void delete_characters(struct editor *editor, bool before, int count)
{
	size_t start = editor->cursor, end = start;
	for (int i = 0; i < (count ? count : 1); i++) {
		start = before ? character_before(editor, start) : start;
		end = before ? end : character_behind(editor, end);
	}
	if (start == end) {
		beep();
		return;
	}
	save_undo(editor);
	yank(editor, start, end);
	delete_range(editor, start, end);
	remember_change();
}

static void repeat_change(void)
{
	if (!change_length)
		beep();
	vi.replayed = 0;
	vi.replaying = change_length > 0;
}

/* `_`: the last word of the line before, or the one that the count says. */
static void append_word(struct editor *editor, int count)
{
	const char *line = history_count() ? history_line(history_count() - 1) : "", *word = NULL;
	size_t length = 0;
	int number = 0;
	for (line += strspn(line, " \t\n"); *line && !(count && number == count); line += strspn(line, " \t\n")) {
		word = line;
		length = strcspn(line, " \t\n");
		line += length;
		number++;
	}
	if (!word || (count && number < count)) {
		beep();
		return;
	}
	save_undo(editor);
	editor->cursor = character_behind(editor, editor->cursor);
	insert_text(editor, " ", 1);
	insert_text(editor, word, length);
	start_inserting();
}

/* `@x`: the value of the alias _x is typed. */
static void type_alias(struct editor *editor)
{
	char name[3] = {'_', 0, 0};
	int key = vi_mode_key(editor);
	name[1] = (char)(key < 128 ? key : 0);
	const struct alias *alias = find_alias(name);
	if (!alias || typed_at < typed.length) /* an alias that types itself would never end */
		return beep();
	text_clear(&typed);
	text_string(&typed, alias->value);
	typed_at = 0;
}

/* `v`: the line, or the count-th of the history, is edited by vi and then run: what fc does. */
static void edit_by_fc(struct editor *editor, int count)
{
	char *command = count ? format_text("fc -e \"${VISUAL:-${EDITOR:-vi}}\" %d", count) : duplicate("fc -e \"${VISUAL:-${EDITOR:-vi}}\"");
	if (!count)
		history_add(editor->line.data);
	replace_line(editor, command);
	free(command);
	vi.enters = true;
}

static void enter_comment(struct editor *editor)
{
	editor->cursor = 0;
	insert_text(editor, "#", 1);
	vi.enters = true;
}

/* The commands that are neither motions nor begin inserting. */
static void other_command(struct editor *editor, int key, int count)
{
	int times = count ? count : 1;
	switch (key) {
	case 'd': case 'c': case 'y': operate(editor, key, count); break;
	case 'x': case 'X': case KEY_DELETE: delete_characters(editor, key == 'X', count); break;
	case 'Y': yank(editor, editor->cursor, editor->line.length); break;
	case 'p': case 'P': put(editor, key == 'p', count); break;
	case 'r': replace_characters(editor, count); break;
	case '~': swap_case(editor, count); break;
	case 'u': case 'U': undo(editor, key == 'U'); break;
	case '.': repeat_change(); break;
	case 'k': case '-': case KEY_UP: case CONTROL('p'):
		show_history(editor, -times);
		editor->cursor = 0;
		break;
	case 'j': case '+': case KEY_DOWN: case CONTROL('n'):
		show_history(editor, times);
		editor->cursor = 0;
		break;
	case 'G': show_history(editor, (count ? count - 1 : 0) - editor->history_index); break;
	case '/': case '?': vi_mode_search(editor, key); break;
	case 'n': case 'N': vi_mode_search_again(editor, key == 'N'); break;
	case '\\': case '=': case '*':
		editor->cursor = character_behind(editor, editor->cursor);
		complete_at_cursor(editor);
		start_inserting();
		break;
	case '_': append_word(editor, count); break;
	case '@': type_alias(editor); break;
	case 'v': edit_by_fc(editor, count); break;
	case '#': enter_comment(editor); break;
	case CONTROL('l'): clear_screen(editor); break;
	case KEY_ESCAPE: break;
	default: beep();
	}
}

/* One command of command mode, with the count before it. */
static void run_command(struct editor *editor, int key)
{
	int count = 0;
	size_t target;
	bool inclusive;
	while (key >= (count ? '0' : '1') && key <= '9') {
		count = count < 10000 ? count * 10 + key - '0' : count;
		key = vi_mode_key(editor);
	}
	if (begin_insert(editor, key, count))
		return;
	if (key != '.' && vi_mode_move(editor, key, count, &target, &inclusive))
		editor->cursor = target;
	else
		other_command(editor, key, count);
}

static void leave_insert(struct editor *editor)
{
	vi.commanding = true;
	if (vi.inserting_change)
		remember_change();
	vi.inserting_change = false;
	editor->cursor = character_before(editor, editor->cursor);
}

void vi_mode_start_line(void)
{
	free(vi.undo);
	vi.undo = NULL;
	vi.commanding = vi.replaying = vi.inserting_change = false;
	vi.length = 0;
	free(vi.whole);
	vi.whole = duplicate("");
}

int vi_mode_next_key(struct editor *editor)
{
	for (;;) {
		int key;
		if (!vi.commanding) {
			key = vi_mode_key(editor);
			bool escapes = key == KEY_ESCAPE || key >= KEY_ALT;
			if (!escapes)
				return key;
			leave_insert(editor);
			if (key < KEY_ALT)
				continue;
			vi.length = 0; /* ESC and the key behind it came at once */
			key -= KEY_ALT;
			vi.keys[vi.length++] = key;
		} else {
			vi.length = vi.replaying ? vi.length : 0;
			refresh(editor);
			key = vi_mode_key(editor);
		}
		bool ends = key == '\r' || key == '\n' || key == CONTROL('c') || key == CONTROL('d');
		if (ends || key == KEY_END_OF_INPUT)
			return key;
		run_command(editor, key);
		if (vi.enters) {
			vi.enters = false;
			return '\r';
		}
		if (vi.commanding && editor->line.length && editor->cursor >= editor->line.length)
			editor->cursor = character_before(editor, editor->line.length);
		if (!vi.commanding)
			refresh(editor);
	}
}
