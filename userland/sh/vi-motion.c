/* Where the motion commands of the vi mode go. */
#include <ctype.h>
#include <string.h>

#include "vi-mode.h"

static int find_kind, find_char; /* f F t T and its character, for ; and , */

enum kind { BLANK, PUNCTUATION, WORD };

static enum kind kind_of(char c, bool big)
{
	if (c == ' ' || c == '\t' || c == '\n')
		return BLANK;
	return big || isalnum((unsigned char)c) || c == '_' || c & 0x80 ? WORD : PUNCTUATION;
}

static size_t word_forward(const struct editor *editor, size_t at, bool big)
{
	const char *line = editor->line.data;
	size_t length = editor->line.length;
	enum kind kind = at < length ? kind_of(line[at], big) : BLANK;
	while (at < length && kind != BLANK && kind_of(line[at], big) == kind)
		at++;
	while (at < length && kind_of(line[at], big) == BLANK)
		at++;
	return at;
}

static size_t word_backward(const struct editor *editor, size_t at, bool big)
{
	const char *line = editor->line.data;
	while (at && kind_of(line[at - 1], big) == BLANK)
		at--;
	enum kind kind = at ? kind_of(line[at - 1], big) : BLANK;
	while (at && kind_of(line[at - 1], big) == kind)
		at--;
	return at;
}

static size_t word_end(const struct editor *editor, size_t at, bool big)
{
	const char *line = editor->line.data;
	size_t length = editor->line.length;
	if (at < length)
		at = character_behind(editor, at);
	while (at < length && kind_of(line[at], big) == BLANK)
		at++;
	enum kind kind = at < length ? kind_of(line[at], big) : BLANK;
	while (at < length && kind_of(line[at], big) == kind)
		at++;
	return at ? character_before(editor, at) : 0;
}

/* The place of the `count`th `wanted` for f, F, t or T; the cursor's own if there is none. */
static size_t find_character(const struct editor *editor, int kind, int wanted, int count)
{
	size_t at = editor->cursor, size;
	bool forward = kind == 'f' || kind == 't';
	while (count) {
		if (forward ? at >= editor->line.length : at == 0)
			return editor->cursor;
		at = forward ? character_behind(editor, at) : character_before(editor, at);
		const char *here = editor->line.data + at;
		if (at < editor->line.length &&
			(int)utf8_decode(here, editor->line.length - at, &size) == wanted)
			count--;
	}
	if (kind == 't')
		return character_before(editor, at);
	return kind == 'T' ? character_behind(editor, at) : at;
}

static size_t find_again(struct editor *editor, bool reversed, int count)
{
	if (!find_kind)
		return editor->cursor;
	int kind = reversed ? find_kind ^ 0x20 : find_kind;
	return find_character(editor, kind, find_char, count);
}

static size_t column(const struct editor *editor, int count)
{
	size_t at = 0;
	while (--count > 0 && at < editor->line.length)
		at = character_behind(editor, at);
	return at;
}

bool vi_mode_move(struct editor *editor, int key, int count, size_t *target, bool *inclusive)
{
	size_t at = editor->cursor;
	int times = count ? count : 1;
	*inclusive = key == 'e' || key == 'E' || key == '$' || key == 'f' || key == 't';
	switch (key) {
	case '0': case KEY_HOME: at = 0; break;
	case '^': at = strspn(editor->line.data, " \t"); break;
	case '$': case KEY_END:
		at = editor->line.length ? character_before(editor, editor->line.length) : 0;
		break;
	case '|': at = column(editor, count); break;
	case 'f': case 'F': case 't': case 'T':
		find_kind = key;
		find_char = vi_mode_key(editor);
		at = find_character(editor, key, find_char, times);
		*inclusive &= at != editor->cursor;
		break;
	case ';': case ',':
		at = find_again(editor, key == ',', times);
		*inclusive = at > editor->cursor;
		break;
	default:
		for (; times > 0; times--) {
			switch (key) {
			case 'h': case CONTROL('h'): case 127: case KEY_LEFT:
				at = character_before(editor, at);
				break;
			case 'l': case ' ': case KEY_RIGHT: at = character_behind(editor, at); break;
			case 'w': case 'W': at = word_forward(editor, at, key == 'W'); break;
			case 'b': case 'B': at = word_backward(editor, at, key == 'B'); break;
			case 'e': case 'E': at = word_end(editor, at, key == 'E'); break;
			default: return false;
			}
		}
	}
	*target = at;
	return true;
}
