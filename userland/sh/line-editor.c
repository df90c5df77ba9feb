/* The line editor of interactive shells: keys in the manner of emacs, as in bash; vi-mode.c has the other. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "editor.h"

static struct text killed; /* kept from line to line */

static bool enter_editing(void)
{
	if (!start_raw_mode(0))
		return false;
	fputs("\033[?2004h", stderr); /* bracketed paste */
	return true;
}

static void leave_editing(void)
{
	fputs("\033[?2004l", stderr);
	end_raw_mode();
}

void insert_text(struct editor *editor, const char *text, size_t length)
{
	size_t tail = editor->line.length - editor->cursor;
	text_add(&editor->line, text, length); /* makes room */
	memmove(editor->line.data + editor->cursor + length, editor->line.data + editor->cursor, tail);
	memcpy(editor->line.data + editor->cursor, text, length);
	editor->cursor += length;
}

void delete_range(struct editor *editor, size_t start, size_t end)
{
	memmove(editor->line.data + start, editor->line.data + end, editor->line.length - end + 1);
	editor->line.length -= end - start;
	editor->cursor = start;
}

static void kill_range(struct editor *editor, size_t start, size_t end)
{
	text_clear(&killed);
	text_add(&killed, editor->line.data + start, end - start);
	delete_range(editor, start, end);
}

void replace_line(struct editor *editor, const char *text)
{
	text_clear(&editor->line);
	text_string(&editor->line, text);
	editor->cursor = editor->line.length;
}

static void insert_key(struct editor *editor, int key)
{
	char bytes[4];
	insert_text(editor, bytes, (size_t)key_text(key, bytes));
}

static struct editor *current; /* for what signals do to it */

/* Traps run at once, with the terminal as they expect it. */
static bool on_interrupt(void)
{
	if (pending_traps) {
		finish_line(current);
		leave_editing();
		run_traps();
		enter_editing();
	}
	return true;
}

int next_key(struct editor *editor)
{
	current = editor;
	int key = read_key(0, on_interrupt);
	if (key == KEY_NONE)
		terminal_size(0, &editor->columns, &editor->rows);
	return key;
}

/* Beginning of the character before `at`, with the marks that combine with it. */
size_t character_before(const struct editor *editor, size_t at)
{
	size_t size;
	while (at > 0) {
		at--;
		while (at > 0 && (editor->line.data[at] & 0xc0) == 0x80)
			at--;
		if (utf8_columns(utf8_decode(editor->line.data + at, editor->line.length - at, &size)))
			break;
	}
	return at;
}

size_t character_behind(const struct editor *editor, size_t at)
{
	size_t size, length = editor->line.length;
	if (at >= length)
		return length;
	utf8_decode(editor->line.data + at, length - at, &size);
	at += size;
	while (at < length && !utf8_columns(utf8_decode(editor->line.data + at, length - at, &size)))
		at += size;
	return at;
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c & 0x80;
}

static size_t word_left(const struct editor *editor)
{
	size_t at = editor->cursor;
	while (at > 0 && !in_word(editor->line.data[at - 1]))
		at--;
	while (at > 0 && in_word(editor->line.data[at - 1]))
		at--;
	return at;
}

static size_t word_right(const struct editor *editor)
{
	size_t at = editor->cursor;
	while (at < editor->line.length && !in_word(editor->line.data[at]))
		at++;
	while (at < editor->line.length && in_word(editor->line.data[at]))
		at++;
	return at;
}

/* ^W: back to the last blank. */
static size_t blank_left(const struct editor *editor)
{
	size_t at = editor->cursor;
	while (at > 0 && editor->line.data[at - 1] == ' ')
		at--;
	while (at > 0 && editor->line.data[at - 1] != ' ')
		at--;
	return at;
}

void show_history(struct editor *editor, int step)
{
	int index = editor->history_index + step;
	if (index < 0 || index > history_count()) {
		beep();
		return;
	}
	if (editor->history_index == history_count()) {
		free(editor->new_line);
		editor->new_line = duplicate(editor->line.data);
	}
	editor->history_index = index;
	replace_line(editor, index == history_count() ? editor->new_line : history_line(index));
}

void clear_screen(struct editor *editor)
{
	fputs("\033[H\033[2J", stderr);
	editor->cursor_row = 0;
}

static void transpose(struct editor *editor)
{
	size_t middle =
		editor->cursor == editor->line.length ? character_before(editor, editor->cursor) : editor->cursor;
	size_t start = character_before(editor, middle), end = character_behind(editor, middle);
	if (!middle || start == middle) {
		beep();
		return;
	}
	char *first = duplicate_range(editor->line.data + start, middle - start);
	memmove(editor->line.data + start, editor->line.data + middle, end - middle);
	memcpy(editor->line.data + start + (end - middle), first, middle - start);
	editor->cursor = end;
	free(first);
}

/* Text that the terminal marks as pasted: newlines do not run the line. */
static void paste(struct editor *editor)
{
	for (int key; (key = next_key(editor)) != KEY_PASTE_END && key != KEY_END_OF_INPUT;) {
		if (key == '\r')
			key = '\n';
		if (key < KEY_NONE)
			insert_key(editor, key);
	}
	while (editor->line.length && editor->line.data[editor->line.length - 1] == '\n')
		delete_range(editor, editor->line.length - 1, editor->line.length);
}

/* Alt-. : the last word of the line before. */
static void insert_last_word(struct editor *editor)
{
	if (!history_count())
		return;
	const char *line = history_line(history_count() - 1);
	const char *blank = strrchr(line, ' ');
	insert_text(editor, blank ? blank + 1 : line, strlen(blank ? blank + 1 : line));
}

static void edit(struct editor *editor, int key)
{
	size_t cursor = editor->cursor, length = editor->line.length;
	switch (key) {
	case CONTROL('a'): case KEY_HOME: editor->cursor = 0; break;
	case CONTROL('e'): case KEY_END: editor->cursor = length; break;
	case CONTROL('b'): case KEY_LEFT: editor->cursor = character_before(editor, cursor); break;
	case CONTROL('f'): case KEY_RIGHT: editor->cursor = character_behind(editor, cursor); break;
	case KEY_ALT + 'b': case KEY_WORD_LEFT: editor->cursor = word_left(editor); break;
	case KEY_ALT + 'f': case KEY_WORD_RIGHT: editor->cursor = word_right(editor); break;
	case CONTROL('p'): case KEY_UP: show_history(editor, -1); break;
	case CONTROL('n'): case KEY_DOWN: show_history(editor, 1); break;
	case KEY_ALT + '<': show_history(editor, -editor->history_index); break;
	case KEY_ALT + '>': show_history(editor, history_count() - editor->history_index); break;
	case CONTROL('h'): case 127: delete_range(editor, character_before(editor, cursor), cursor); break;
	case CONTROL('d'): case KEY_DELETE:
		delete_range(editor, cursor, character_behind(editor, cursor));
		break;
	case CONTROL('k'): kill_range(editor, cursor, length); break;
	case CONTROL('u'): kill_range(editor, 0, cursor); break;
	case CONTROL('w'): kill_range(editor, blank_left(editor), cursor); break;
	case KEY_ALT + 127:
	case KEY_ALT + CONTROL('h'): kill_range(editor, word_left(editor), cursor); break;
	case KEY_ALT + 'd': kill_range(editor, cursor, word_right(editor)); break;
	case CONTROL('y'):
		if (killed.length)
			insert_text(editor, killed.data, killed.length);
		break;
	case CONTROL('t'): transpose(editor); break;
	case CONTROL('l'): clear_screen(editor); break;
	case CONTROL('v'): insert_key(editor, next_key(editor)); break;
	case '\t':
		if (lexer.in_document)
			insert_key(editor, key);
		else
			complete_at_cursor(editor);
		break;
	case KEY_PASTE: paste(editor); break;
	case KEY_ALT + '.': insert_last_word(editor); break;
	default:
		if (key >= 32 && key < KEY_NONE)
			insert_key(editor, key);
	}
	editor->last_was_tab = key == '\t';
}

/* Reads keys until the line is done. False at ^D; *interrupted at ^C. */
static bool read_keys(struct editor *editor, bool *interrupted)
{
	for (;;) {
		refresh(editor);
		int key = option_set['V'] ? vi_mode_next_key(editor) : next_key(editor);
		if (key == CONTROL('r'))
			key = search_history(editor);
		if (key == '\r' || key == '\n')
			return true;
		if (key == KEY_END_OF_INPUT || (key == CONTROL('d') && !editor->line.length))
			return false;
		if (key == CONTROL('c')) {
			finish_line(editor);
			*interrupted = true;
			return false;
		}
		edit(editor, key);
	}
}

/* A terminal that cannot move its cursor: its own line editing does. */
static char *read_plainly(const char *prompt)
{
	struct text line = {0};
	char byte;
	for (; *prompt; prompt++)
		if (*prompt > 2)
			fputc(*prompt, stderr);
	while (read(0, &byte, 1) == 1) {
		text_char(&line, byte);
		if (byte == '\n')
			break;
	}
	if (!line.length)
		return NULL;
	return text_take(&line);
}

/* The line with its events of the history filled in, which is shown; nothing is run after a message and behind :p. */
static void use_history(struct text *line)
{
	struct text expanded = {0};
	enum history_outcome outcome = expand_history(line->data, &expanded);
	if (outcome == HISTORY_SAME || outcome == HISTORY_FAILED) {
		history_add(line->data);
	} else {
		fprintf(stderr, "%s\n", expanded.data);
		history_add(expanded.data);
	}
	if (outcome == HISTORY_CHANGED) {
		text_free(line);
		*line = expanded;
		return;
	}
	if (outcome != HISTORY_SAME)
		text_clear(line);
	text_free(&expanded);
}

char *edit_line(const char *prompt, bool *interrupted)
{
	const char *terminal = get_variable("TERM");
	struct editor editor = {.prompt = prompt, .history_index = history_count()};
	fflush(stdout);
	if ((terminal && !strcmp(terminal, "dumb")) || !enter_editing())
		return read_plainly(prompt);
	terminal_size(0, &editor.columns, &editor.rows);
	text_clear(&editor.line);
	vi_mode_start_line();
	bool done = read_keys(&editor, interrupted);
	if (done)
		finish_line(&editor);
	else if (!*interrupted)
		fputs("\r\n", stderr);
	leave_editing();
	free(editor.new_line);
	if (!done) {
		text_free(&editor.line);
		return NULL;
	}
	if (option_set['H'])
		use_history(&editor.line);
	else
		history_add(editor.line.data);
	text_char(&editor.line, '\n');
	return text_take(&editor.line);
}
