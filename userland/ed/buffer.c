/* The lines of the file, and the state that `u` brings back. */
#include <stdlib.h>
#include <string.h>

#include "ed.h"
#include "tools.h"

struct buffer ed_buffer;
struct line *ed_marks[26];

static struct buffer before; /* the state before the last command that changed something */
static struct line *marks_before[26];
static bool has_before, is_remembered;

struct line *ed_new_line(const char *text, size_t length)
{
	struct line *line = allocate(sizeof *line);
	*line = (struct line){duplicate_range(text, length), false};
	return line;
}

void ed_begin_command(void)
{
	is_remembered = false;
}

void ed_remember(void)
{
	if (is_remembered)
		return;
	is_remembered = has_before = true;
	free(before.lines);
	before = ed_buffer;
	before.room = ed_buffer.count;
	before.lines = allocate((ed_buffer.count + 1) * sizeof *before.lines);
	if (ed_buffer.count)
		memcpy(before.lines, ed_buffer.lines, ed_buffer.count * sizeof *before.lines);
	memcpy(marks_before, ed_marks, sizeof ed_marks);
}

void ed_undo(void)
{
	if (!has_before)
		ed_fail("Nothing to undo");
	struct buffer now = ed_buffer;
	struct line *marks_now[26];
	memcpy(marks_now, ed_marks, sizeof ed_marks);
	ed_buffer = before;
	memcpy(ed_marks, marks_before, sizeof ed_marks);
	before = now;
	memcpy(marks_before, marks_now, sizeof ed_marks);
	is_remembered = true;
}

void ed_insert_lines(size_t after, struct line **lines, size_t count)
{
	ed_remember();
	if (ed_buffer.count + count > ed_buffer.room)
		ed_buffer.lines = reallocate(ed_buffer.lines, (ed_buffer.room = 2 * (ed_buffer.count + count)) * sizeof *ed_buffer.lines);
	if (count) {
		memmove(ed_buffer.lines + after + count, ed_buffer.lines + after, (ed_buffer.count - after) * sizeof *ed_buffer.lines);
		memcpy(ed_buffer.lines + after, lines, count * sizeof *lines);
		ed_buffer.modified = true;
	}
	ed_buffer.count += count;
	ed_buffer.current = after + count;
}

void ed_delete_lines(size_t first, size_t last)
{
	ed_remember();
	for (size_t i = first; i <= last; i++)
		ed_buffer.lines[i - 1]->selected = false;
	if (ed_buffer.count > last)
		memmove(ed_buffer.lines + first - 1, ed_buffer.lines + last, (ed_buffer.count - last) * sizeof *ed_buffer.lines);
	ed_buffer.count -= last - first + 1;
	ed_buffer.current = first > ed_buffer.count ? ed_buffer.count : first;
	ed_buffer.modified = true;
}

size_t ed_number_of(const struct line *line)
{
	for (size_t i = 0; line && i < ed_buffer.count; i++)
		if (ed_buffer.lines[i] == line)
			return i + 1;
	return 0;
}

static struct line **kept;
static size_t kept_count;

void ed_keep_lines(size_t first, size_t last)
{
	kept_count = last - first + 1;
	kept = reallocate(kept, kept_count * sizeof *kept);
	memcpy(kept, ed_buffer.lines + first - 1, kept_count * sizeof *kept);
}

void ed_put_lines(size_t after)
{
	if (!kept_count)
		ed_fail("Nothing to put");
	struct line **lines = allocate(kept_count * sizeof *lines);
	for (size_t i = 0; i < kept_count; i++)
		lines[i] = ed_new_line(kept[i]->text, strlen(kept[i]->text));
	ed_insert_lines(after, lines, kept_count);
	free(lines);
}
