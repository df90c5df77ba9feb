/* Undo and redo: each change is a run of lines that became another run. */
#include <stdlib.h>

#include "vi.h"

struct change {
	struct change *next;
	int first;           /* line */
	struct line *lines;  /* what stood there (undo), or will again (redo) */
	int count;           /* of these */
	int new_count;       /* lines that stand there now */
	struct position cursor;
	bool modified; /* the buffer was, before */
	int group;     /* changes of one command, such as g, go together; 0: alone */
};

static struct change *done, *undone, *current;
static int group, last_group; /* of the changes that are made now */
static struct line kept; /* for U: the line as it was before the changes to it */
static int kept_line = -1; /* which that is; -1: none */

static struct line copy_line(int line)
{
	const struct line *source = &buffer.lines[line];
	return (struct line){duplicate_range(source->bytes, (size_t)source->length), source->length, false};
}

static void free_change(struct change *change)
{
	for (int i = 0; i < change->count; i++)
		free(change->lines[i].bytes);
	free(change->lines);
	free(change);
}

static void free_all(struct change **list)
{
	while (*list) {
		struct change *change = *list;
		*list = change->next;
		free_change(change);
	}
}

void forget_changes(void)
{
	free_all(&done);
	free_all(&undone);
	kept_line = -1;
}

static struct change *new_change(int first, int count)
{
	struct change *change = allocate(sizeof *change);
	*change = (struct change){.first = first, .cursor = editor.cursor, .modified = buffer.modified, .group = group};
	change->lines = allocate((size_t)(count + 1) * sizeof *change->lines);
	for (; change->count < count; change->count++)
		change->lines[change->count] = copy_line(first + change->count);
	return change;
}

void begin_change(int first, int count)
{
	if (current)
		end_change(current->count);
	free_all(&undone);
	current = new_change(first, count);
	if (count == 1 && first == kept_line)
		return;
	free(kept.bytes);
	kept = count == 1 ? copy_line(first) : (struct line){0};
	kept_line = count == 1 ? first : -1;
}

void end_change(int new_count)
{
	current->new_count = new_count;
	if (new_count != 1)
		kept_line = -1;
	current->next = done;
	done = current;
	current = NULL;
}

void begin_group(void)
{
	group = ++last_group;
}

void end_group(void)
{
	group = 0;
}

/* Puts back what a change holds; the opposite change goes to the other list. */
static void swap_change(struct change **from, struct change **to, struct position *cursor)
{
	struct change *change = *from;
	*from = change->next;
	struct change *opposite = new_change(change->first, change->new_count);
	opposite->new_count = change->count;
	opposite->cursor = change->cursor;
	opposite->group = change->group;
	for (int i = 0; i < change->count; i++)
		buffer_insert(change->first + i, change->lines[i].bytes, change->lines[i].length);
	buffer_remove(change->first + change->count, change->new_count);
	if (!buffer.count)
		buffer_insert(0, "", 0);
	buffer.modified = change->modified;
	buffer.version++;
	*cursor = change->cursor;
	if (cursor->line >= buffer.count || from == &undone)
		*cursor =
			(struct position){change->first < buffer.count ? change->first : buffer.count - 1, 0};
	opposite->next = *to;
	*to = opposite;
	free_change(change);
}

/* One change, and those of its group. */
static bool swap_changes(struct change **from, struct change **to, struct position *cursor)
{
	if (!*from)
		return false;
	int together = (*from)->group;
	do
		swap_change(from, to, cursor);
	while (together && *from && (*from)->group == together);
	return true;
}

bool undo_change(struct position *cursor)
{
	return swap_changes(&done, &undone, cursor);
}

bool redo_change(struct position *cursor)
{
	return swap_changes(&undone, &done, cursor);
}

bool restore_line(void)
{
	int line = editor.cursor.line;
	if (kept_line != line)
		return false;
	begin_change(line, 1);
	struct line now = copy_line(line);
	buffer_replace(line, kept.bytes, kept.length);
	end_change(1);
	free(kept.bytes);
	kept = now;
	editor.cursor.column = 0;
	return true;
}
