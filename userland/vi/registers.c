/* What vi has deleted or yanked, and putting it back. */
#include <stdlib.h>
#include <string.h>

#include "ex.h"

static struct vi_register {
	struct text bytes; /* lines are separated by newlines; linewise text ends with one */
	bool linewise, used;
} registers[36]; /* a to z, the unnamed one, and the last nine that were deleted */

enum { UNNAMED = 26, DELETED = 27, DELETIONS = 9 };

/* Of the name typed behind `"`; capital letters append. */
static struct vi_register *find_register(int name)
{
	if (name >= 'a' && name <= 'z')
		return &registers[name - 'a'];
	if (name >= 'A' && name <= 'Z')
		return &registers[name - 'A'];
	if (name >= '1' && name <= '9')
		return &registers[DELETED + name - '1'];
	return &registers[UNNAMED];
}

static void fill(struct vi_register *target, struct position from, struct position to,
				 bool linewise)
{
	for (int line = from.line; line <= to.line; line++) {
		const struct line *source = &buffer.lines[line];
		int start = !linewise && line == from.line ? from.column : 0;
		int end = !linewise && line == to.line ? to.column : source->length;
		text_add(&target->bytes, source->bytes + start, (size_t)(end - start));
		if (linewise || line < to.line)
			text_char(&target->bytes, '\n');
	}
	target->linewise |= linewise;
	target->used = true;
}

void yank(int name, struct position from, struct position to, bool linewise)
{
	struct vi_register *target = find_register(name), *unnamed = &registers[UNNAMED];
	if (name < 'A' || name > 'Z') {
		text_clear(&target->bytes);
		target->linewise = false;
	}
	fill(target, from, to, linewise);
	if (target != unnamed) {
		text_clear(&unnamed->bytes);
		text_add(&unnamed->bytes, target->bytes.data, target->bytes.length);
		unnamed->linewise = target->linewise;
		unnamed->used = true;
	}
}

void keep_deleted(struct position from, struct position to, bool linewise)
{
	struct vi_register *newest = &registers[DELETED], oldest = newest[DELETIONS - 1];
	memmove(newest + 1, newest, (DELETIONS - 1) * sizeof *newest);
	text_clear(&oldest.bytes);
	oldest.linewise = false;
	*newest = oldest;
	fill(newest, from, to, linewise);
}

void set_register(int name, const char *bytes, size_t length)
{
	struct vi_register *target = find_register(name);
	if (name < 'A' || name > 'Z')
		text_clear(&target->bytes);
	text_add(&target->bytes, bytes, length);
	target->linewise = false;
	target->used = true;
}

/* Keys above the code points stand in a register as private characters. */
enum { PRIVATE = 0xf700, PRIVATE_KEYS = 32 };

size_t key_in_register(int key, char bytes[4])
{
	return (size_t)key_text(key >= KEY_NONE ? key - KEY_NONE + PRIVATE : key, bytes);
}

void execute_register(int name, int count, bool as_command)
{
	static int last_name;
	static int colon = ':', end = '\r';
	last_name = name == '@' || name == '*' ? last_name : name;
	const struct vi_register *source = find_register(last_name);
	if (!source->used) {
		complain("Nothing in register");
		return;
	}
	int *keys = allocate((source->bytes.length + 1) * sizeof *keys), size_of_keys = 0;
	const char *text = source->bytes.data;
	for (size_t left = source->bytes.length, size; left; text += size, left -= size) {
		int key = (int)utf8_decode(text, left, &size);
		keys[size_of_keys++] = key >= PRIVATE && key < PRIVATE + PRIVATE_KEYS ? key - PRIVATE + KEY_NONE : key;
	}
	if (as_command)
		feed_keys(&end, 1);
	for (; count > 0; count--)
		feed_keys(keys, size_of_keys);
	if (as_command)
		feed_keys(&colon, 1);
	free(keys);
}

/* All that hold something, or those that are named. */
void command_registers(struct range range, const char *arguments, bool forced)
{
	struct text list = {0};
	(void)range, (void)forced;
	text_string(&list, "");
	for (int i = 0; i < (int)(sizeof registers / sizeof *registers); i++) {
		const struct vi_register *one = &registers[i];
		char name = i == UNNAMED ? '"' : i >= DELETED ? (char)('1' + i - DELETED) : (char)('a' + i);
		if (!one->used || (*arguments && !strchr(arguments, name)))
			continue;
		text_format(&list, "%s\"%c   ", list.length ? "\n" : "", name);
		for (size_t c = 0; c < one->bytes.length && c < 200; c++) {
			unsigned char byte = (unsigned char)one->bytes.data[c];
			if (byte < 32 || byte == 127)
				text_format(&list, "^%c", byte == '\n' ? 'J' : byte ^ 64);
			else
				text_char(&list, (char)byte);
		}
	}
	show_text(list.length ? list.data : "Nothing in any register");
	text_free(&list);
}

static void put_lines(const struct vi_register *source, int at, int count)
{
	int inserted = 0;
	begin_change(at, 0);
	for (; count > 0; count--) {
		const char *text = source->bytes.data;
		for (const char *end; (end = strchr(text, '\n')); text = end + 1)
			buffer_insert(at + inserted++, text, (int)(end - text));
	}
	end_change(inserted);
	editor.cursor = (struct position){at, first_nonblank(at)};
}

/* Text inside a line, which may hold newlines itself. */
static void put_text(const struct vi_register *source, struct position at, int count)
{
	struct text line = {0};
	const struct line *old = &buffer.lines[at.line];
	begin_change(at.line, 1);
	text_clear(&line);
	text_add(&line, old->bytes, (size_t)at.column);
	for (; count > 0; count--)
		text_add(&line, source->bytes.data, source->bytes.length);
	size_t end = line.length;
	text_string(&line, old->bytes + at.column);
	char *first_end = strchr(line.data, '\n');
	int lines = 0;
	for (char *start = line.data, *newline;; start = newline + 1) {
		newline = strchr(start, '\n');
		int length = newline ? (int)(newline - start) : (int)strlen(start);
		if (lines == 0)
			buffer_replace(at.line, start, length);
		else
			buffer_insert(at.line + lines, start, length);
		lines++;
		if (!newline)
			break;
	}
	end_change(lines);
	editor.cursor = at;
	if (!first_end && end > 0) {
		struct position behind = {at.line, (int)end};
		editor.cursor.column = previous_character(behind);
	}
	text_free(&line);
}

void put(int name, int count, bool before)
{
	const struct vi_register *source = find_register(name);
	struct position at = editor.cursor;
	if (!source->used) {
		complain("Nothing in register");
		return;
	}
	if (source->linewise) {
		put_lines(source, at.line + !before, count);
		return;
	}
	if (!before)
		at.column = next_character(at);
	put_text(source, at, count);
}
