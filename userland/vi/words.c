/* Words, brackets and quotes in vi: how motions and text objects find their ends. */
#include <string.h>

#include "vi.h"

bool word_forward(struct position *at, bool big_words)
{
	int class = character_class(*at, big_words);
	while (class > 0 && character_class(*at, big_words) == class)
		at->column = next_character(*at);
	for (;;) {
		int now = character_class(*at, big_words);
		if (now > 0)
			return true;
		if (now == 0) {
			at->column = next_character(*at);
			continue;
		}
		if (at->line + 1 >= buffer.count)
			return false;
		*at = (struct position){at->line + 1, 0};
		if (buffer.lines[at->line].length == 0)
			return true; /* an empty line is a word */
	}
}

bool word_end(struct position *at, bool big_words)
{
	struct position next = *at;
	next.column = next_character(next);
	while (character_class(next, big_words) <= 0) {
		if (character_class(next, big_words) == 0) {
			next.column = next_character(next);
			continue;
		}
		if (next.line + 1 >= buffer.count)
			return false;
		next = (struct position){next.line + 1, 0};
	}
	int class = character_class(next, big_words);
	while (character_class(next, big_words) == class) {
		*at = next;
		next.column = next_character(next);
	}
	return true;
}

/* One character back, over the start of a line. False at the start of the text. */
static bool step_back(struct position *at)
{
	if (at->column > 0)
		at->column = previous_character(*at);
	else if (at->line > 0)
		*at = (struct position){at->line - 1, buffer.lines[at->line - 1].length};
	else
		return false;
	return true;
}

bool word_back(struct position *at, bool big_words)
{
	if (!step_back(at))
		return false;
	while (character_class(*at, big_words) <= 0) {
		if (buffer.lines[at->line].length == 0)
			return true;
		if (!step_back(at))
			return true;
	}
	int class = character_class(*at, big_words);
	while (at->column > 0) {
		struct position before = {at->line, previous_character(*at)};
		if (character_class(before, big_words) != class)
			break;
		*at = before;
	}
	return true;
}

static char byte_at(struct position at)
{
	return buffer.lines[at.line].bytes[at.column];
}

/* Moves to the bracket that `open` and `close` balance with, in the direction given. */
static bool balance(struct position *at, char open, char close, bool forwards)
{
	int depth = 0;
	struct position here = *at;
	for (;;) {
		char c = here.column < buffer.lines[here.line].length ? byte_at(here) : 0;
		if (c == (forwards ? open : close))
			depth++;
		else if (c == (forwards ? close : open) && --depth == 0)
			break;
		if (forwards && here.column < buffer.lines[here.line].length)
			here.column++;
		else if (forwards && here.line + 1 < buffer.count)
			here = (struct position){here.line + 1, 0};
		else if (forwards || !step_back(&here))
			return false;
	}
	*at = here;
	return true;
}

bool matching_bracket(struct position *at)
{
	static const char brackets[] = "()[]{}";
	const char *bytes = buffer.lines[at->line].bytes;
	size_t start = (size_t)at->column + strcspn(bytes + at->column, brackets);
	if (!bytes[start])
		return false;
	long index = strchr(brackets, bytes[start]) - brackets;
	struct position here = {at->line, (int)start};
	long pair = index & ~1L;
	if (!balance(&here, brackets[pair], brackets[pair + 1], !(index & 1)))
		return false;
	*at = here;
	return true;
}

static bool word_object(bool around, bool big_words, struct position *from, struct position *to)
{
	struct position at = editor.cursor;
	int class = character_class(at, big_words), length = buffer.lines[at.line].length;
	if (class < 0)
		return false;
	*from = *to = at;
	for (struct position before = at; before.column > 0; *from = before) {
		before.column = previous_character(before);
		if (character_class(before, big_words) != class)
			break;
	}
	for (struct position next = at;
		 next.column < length && character_class(next, big_words) == class;) {
		*to = next;
		next.column = next_character(next);
	}
	struct position behind = {to->line, next_character(*to)};
	while (around && behind.column < length && character_class(behind, big_words) == 0) {
		*to = behind;
		behind.column = next_character(behind);
	}
	return true;
}

static bool quote_object(bool around, char quote, struct position *from, struct position *to)
{
	const char *bytes = buffer.lines[editor.cursor.line].bytes;
	const char *open = strchr(bytes, quote), *close = NULL;
	for (; open; open = strchr(close + 1, quote)) {
		close = strchr(open + 1, quote);
		if (!close)
			return false;
		if (close - bytes >= editor.cursor.column)
			break;
	}
	if (!open || (!around && close == open + 1))
		return false;
	*from = (struct position){editor.cursor.line, (int)(open - bytes) + !around};
	*to = (struct position){editor.cursor.line, (int)(close - bytes) - !around};
	return true;
}

static bool bracket_object(bool around, char open, char close, struct position *from,
						   struct position *to)
{
	struct position start = editor.cursor;
	int depth = byte_at(start) == close ? 0 : 1;
	for (;;) {
		char c = start.column < buffer.lines[start.line].length ? byte_at(start) : 0;
		bool at_cursor = start.line == editor.cursor.line && start.column == editor.cursor.column;
		if (c == open && (--depth == 0 || at_cursor))
			break;
		if (c == close)
			depth++;
		if (!step_back(&start))
			return false;
	}
	struct position end = start;
	if (!balance(&end, open, close, true))
		return false;
	*from = start;
	*to = end;
	if (around)
		return true;
	from->column++;
	if (!step_back(to))
		return false;
	return from->line < to->line || (from->line == to->line && from->column <= to->column);
}

bool find_object(bool around, int key, struct position *from, struct position *to)
{
	switch (key) {
	case 'w':
	case 'W': return word_object(around, key == 'W', from, to);
	case '"':
	case '\'':
	case '`': return quote_object(around, (char)key, from, to);
	case '(':
	case ')':
	case 'b': return bracket_object(around, '(', ')', from, to);
	case '[':
	case ']': return bracket_object(around, '[', ']', from, to);
	case '{':
	case '}':
	case 'B': return bracket_object(around, '{', '}', from, to);
	default: return false;
	}
}
