/* More commands of the ex line: move, copy, mark, normal, file, undo. */
#include <stdlib.h>
#include <string.h>

#include "ex.h"

/* The line behind which m and t put theirs: 0 is the top. Below -1: none. */
static int target_line(const char *arguments)
{
	bool bad = false;
	int line = 0;
	if (!read_address(&arguments, &line, &bad) || bad || line < -1 || line >= buffer.count) {
		if (!bad)
			complain("Not a line: %.100s", arguments);
		return -2;
	}
	return line;
}

void command_copy(struct range range, const char *arguments, bool forced)
{
	int target = target_line(arguments), count = range.last - range.first + 1;
	(void)forced;
	if (target < -1)
		return;
	begin_change(target + 1, 0);
	for (int i = 0; i < count; i++) {
		int source = range.first + i + (target < range.first ? i : 0);
		if (target >= range.first && target < range.last && source > target)
			source += i;
		struct line *line = &buffer.lines[source];
		char *copy = duplicate_range(line->bytes, (size_t)line->length);
		buffer_insert(target + 1 + i, copy, line->length);
		free(copy);
	}
	end_change(count);
	editor.cursor = (struct position){target + count, first_nonblank(target + count)};
}

void command_move(struct range range, const char *arguments, bool forced)
{
	int target = target_line(arguments), count = range.last - range.first + 1;
	(void)forced;
	if (target < -1)
		return;
	if (target >= range.first && target < range.last) {
		complain("Lines cannot be moved into themselves");
		return;
	}
	int first = target < range.first ? target + 1 : range.first;
	int last = target < range.first ? range.last : target;
	begin_change(first, last - first + 1);
	for (int i = 0; i < count; i++) {
		int from = target < range.first ? range.first + i : range.first;
		int to = target < range.first ? target + 1 + i : target;
		struct line line = buffer.lines[from];
		char *copy = duplicate_range(line.bytes, (size_t)line.length);
		buffer_remove(from, 1);
		buffer_insert(to, copy, line.length);
		free(copy);
	}
	end_change(last - first + 1);
	int line = target < range.first ? target + count : target;
	editor.cursor = (struct position){line, first_nonblank(line)};
}

void command_mark(struct range range, const char *arguments, bool forced)
{
	struct position at = {range.last, 0};
	(void)forced;
	set_mark(*arguments, at);
}

void command_normal(struct range range, const char *arguments, bool forced)
{
	(void)forced;
	for (int line = range.first; line <= range.last && line < buffer.count; line++) {
		struct text keys = {0};
		editor.cursor = (struct position){line, range.given ? 0 : editor.cursor.column};
		text_string(&keys, arguments);
		text_char(&keys, KEY_ESCAPE);
		int *items = allocate(keys.length * sizeof *items);
		for (size_t i = 0; i < keys.length; i++)
			items[i] = (unsigned char)keys.data[i];
		push_keys(items, (int)keys.length);
		run_command();
		free(items);
		text_free(&keys);
		drop_pushed_keys();
	}
}

void command_execute(struct range range, const char *arguments, bool forced)
{
	(void)forced;
	if (range.given)
		editor.cursor = (struct position){range.last, first_nonblank(range.last)};
	execute_register(*arguments ? *arguments : '@', 1, true);
}

void command_file(struct range range, const char *arguments, bool forced)
{
	(void)range, (void)forced;
	if (*arguments) {
		free(buffer.name);
		buffer.name = duplicate(arguments);
	}
	tell("\"%.150s\"%s line %d of %d", buffer.name ? buffer.name : "No file",
		 buffer.modified ? " [Modified]" : "", editor.cursor.line + 1, buffer.count);
}

void command_undo(struct range range, const char *arguments, bool forced)
{
	(void)range, (void)arguments, (void)forced;
	if (!undo_change(&editor.cursor))
		complain("Already at the oldest change");
}

void command_nothing(struct range range, const char *arguments, bool forced)
{
	(void)range, (void)arguments, (void)forced;
}
