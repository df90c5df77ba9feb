/* The greedy algorithm of E. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "pattern.h"
#include "tools.h"

/* The line as -i, -b and -w see it. */
static size_t normalize(const char *line, size_t length, char *result)
{
	size_t used = 0;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)line[i];
		bool space = isspace(c);
		if (space && diff_flag.ignore_all_space)
			continue;
		if (space && diff_flag.ignore_space_change) {
			while (i + 1 < length && isspace((unsigned char)line[i + 1]))
				i++;
			if (i + 1 == length)
				break;
			c = ' ';
		}
		result[used++] = (char)(diff_flag.ignore_case ? tolower(c) : c);
	}
	return used;
}

struct entry {
	struct entry *next;
	char *text;
	size_t length;
	unsigned class;
};

static struct entry **table;
static size_t slots;
static unsigned class_count;

static unsigned class_of(const char *line, size_t length)
{
	char *text = allocate(length + 1);
	size_t size = normalize(line, length, text);
	unsigned hash = 2166136261u;
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)text[i]) * 16777619u;
	struct entry **slot = &table[hash % slots];
	for (struct entry *entry = *slot; entry; entry = entry->next) {
		if (entry->length != size || memcmp(entry->text, text, size))
			continue;
		free(text);
		return entry->class;
	}
	struct entry *entry = allocate(sizeof *entry);
	*entry = (struct entry){*slot, text, size, class_count++};
	*slot = entry;
	return entry->class;
}

static void classify(struct diff_file *file)
{
	file->classes = allocate((file->count + 1) * sizeof *file->classes);
	file->changed = allocate(file->count + 1);
	memset(file->changed, 0, file->count + 1);
	for (size_t i = 0; i < file->count; i++)
		file->classes[i] = class_of(file->lines[i], file->lengths[i]);
	/* Without its newline the last line is another one, unless blanks do not matter. */
	if (file->unended && file->count && !diff_flag.ignore_space_change && !diff_flag.ignore_all_space) {
		struct text text = {0};
		text_add(&text, file->lines[file->count - 1], file->lengths[file->count - 1]);
		text_string(&text, "\n\\");
		file->classes[file->count - 1] = class_of(text.data, text.length);
		free(text.data);
	}
}

struct side {
	const unsigned *classes;
	bool *changed;
};

static long *forward, *backward;

/* A point in the middle of a shortest path between the corners of the box; see figure 4 of the paper. */
static void find_middle(const struct side *a, long a0, long a1, const struct side *b, long b0, long b1, long *x_out, long *y_out)
{
	long n = a1 - a0, m = b1 - b0, delta = n - m, limit = (n + m + 1) / 2 + 1;
	long *down = forward + limit + 1, *up = backward + limit + 1;
	down[1] = 0;
	up[1] = 0;
	for (long d = 0; d <= limit; d++) {
		for (long k = -d; k <= d; k += 2) {
			long x = k == -d || (k != d && down[k - 1] < down[k + 1]) ? down[k + 1] : down[k - 1] + 1, y = x - k;
			while (x < n && y < m && x >= 0 && y >= 0 && a->classes[a0 + x] == b->classes[b0 + y])
				x++, y++;
			down[k] = x;
			long other = delta - k;
			if ((delta & 1) && other >= -(d - 1) && other <= d - 1 && x + up[other] >= n) {
				*x_out = a0 + x;
				*y_out = b0 + y;
				return;
			}
		}
		for (long k = -d; k <= d; k += 2) {
			long x = k == -d || (k != d && up[k - 1] < up[k + 1]) ? up[k + 1] : up[k - 1] + 1, y = x - k;
			while (x < n && y < m && x >= 0 && y >= 0 && a->classes[a1 - 1 - x] == b->classes[b1 - 1 - y])
				x++, y++;
			up[k] = x;
			long other = delta - k;
			if (!(delta & 1) && other >= -d && other <= d && x + down[other] >= n) {
				*x_out = a1 - x;
				*y_out = b1 - y;
				return;
			}
		}
	}
	*x_out = a1;
	*y_out = b0;
}

static void compare(const struct side *a, long a0, long a1, const struct side *b, long b0, long b1)
{
	while (a0 < a1 && b0 < b1 && a->classes[a0] == b->classes[b0])
		a0++, b0++;
	while (a0 < a1 && b0 < b1 && a->classes[a1 - 1] == b->classes[b1 - 1])
		a1--, b1--;
	if (a0 == a1 || b0 == b1) {
		for (; a0 < a1; a0++)
			a->changed[a0] = true;
		for (; b0 < b1; b0++)
			b->changed[b0] = true;
		return;
	}
	long x, y;
	find_middle(a, a0, a1, b, b0, b1, &x, &y);
	if ((x == a0 && y == b0) || (x == a1 && y == b1)) { /* no progress: nothing in common */
		for (; a0 < a1; a0++)
			a->changed[a0] = true;
		for (; b0 < b1; b0++)
			b->changed[b0] = true;
		return;
	}
	compare(a, a0, x, b, b0, y);
	compare(a, x, a1, b, y, b1);
}

/* Moves runs of changes to their last possible place, joining runs on the way, as other diffs do. */
static void shift(struct diff_file *file, const struct diff_file *other)
{
	size_t i = 0, j = 0;
	for (;;) {
		while (i < file->count && !file->changed[i]) {
			while (j < other->count && other->changed[j])
				j++;
			i++, j++;
		}
		if (i >= file->count)
			return;
		while (j < other->count && other->changed[j])
			j++;
		size_t start = i;
		while (i < file->count && file->changed[i])
			i++;
		while (i < file->count && file->classes[start] == file->classes[i] && !(j < other->count && other->changed[j])) {
			file->changed[start++] = false;
			file->changed[i++] = true;
			while (i < file->count && file->changed[i])
				i++;
			j++;
			if (j < other->count && other->changed[j])
				break;
		}
	}
}

/* Whether -B or -I say that all of these lines do not count. */
static bool only_ignored(const struct diff_file *file, size_t from, size_t to)
{
	bool is_ignored = true;
	for (; from < to && is_ignored; from++) {
		regmatch_t match;
		is_ignored = diff_flag.ignore_blank_lines && !file->lengths[from];
		if (is_ignored || !diff_flag.ignored)
			continue;
		char *line = duplicate_range(file->lines[from], file->lengths[from]);
		is_ignored = pattern_find(diff_flag.ignored, line, 0, 1, &match);
		free(line);
	}
	return is_ignored;
}

/*
 * The lines of a file that the other has as well, in their order; the others are changed whatever the rest is, and
 * need not be looked at again: the paths get shorter by them. `places`: where each stood.
 */
static struct side shared_lines(struct diff_file *file, const bool *has_other, size_t **places, size_t *count)
{
	unsigned *classes = allocate((file->count + 1) * sizeof *classes);
	*places = allocate((file->count + 1) * sizeof **places);
	*count = 0;
	for (size_t i = 0; i < file->count; i++) {
		file->changed[i] = !has_other[file->classes[i]];
		if (file->changed[i])
			continue;
		classes[*count] = file->classes[i];
		(*places)[(*count)++] = i;
	}
	bool *changed = allocate(*count + 1);
	memset(changed, 0, *count + 1);
	return (struct side){classes, changed};
}

static void keep_changes(struct diff_file *file, const struct side *side, size_t *places, size_t count)
{
	for (size_t i = 0; i < count; i++)
		file->changed[places[i]] = side->changed[i];
	free((unsigned *)side->classes);
	free(side->changed);
	free(places);
}

static bool *classes_in(const struct diff_file *file)
{
	bool *has = allocate(class_count + 1);
	memset(has, 0, class_count + 1);
	for (size_t i = 0; i < file->count; i++)
		has[file->classes[i]] = true;
	return has;
}

static void mark_changes(struct diff_file *a, struct diff_file *b)
{
	size_t *a_places, *b_places, a_count, b_count;
	bool *in_a = classes_in(a), *in_b = classes_in(b);
	struct side a_side = shared_lines(a, in_b, &a_places, &a_count), b_side = shared_lines(b, in_a, &b_places, &b_count);
	size_t room = 2 * (a_count + b_count) + 16;
	forward = allocate(room * sizeof *forward);
	backward = allocate(room * sizeof *backward);
	compare(&a_side, 0, (long)a_count, &b_side, 0, (long)b_count);
	free(forward);
	free(backward);
	keep_changes(a, &a_side, a_places, a_count);
	keep_changes(b, &b_side, b_places, b_count);
	free(in_a);
	free(in_b);
}

struct diff_hunk *diff_compare(struct diff_file *a, struct diff_file *b, size_t *count)
{
	slots = a->count + b->count + 1;
	table = allocate(slots * sizeof *table);
	memset(table, 0, slots * sizeof *table);
	classify(a);
	classify(b);
	mark_changes(a, b);
	shift(a, b);
	shift(b, a);
	struct diff_hunk *hunks = NULL;
	*count = 0;
	for (size_t i = 0, j = 0; i < a->count || j < b->count;) {
		struct diff_hunk hunk = {i, i, j, j};
		while (hunk.a_end < a->count && a->changed[hunk.a_end])
			hunk.a_end++;
		while (hunk.b_end < b->count && b->changed[hunk.b_end])
			hunk.b_end++;
		i = hunk.a_end;
		j = hunk.b_end;
		bool may_ignore = diff_flag.ignore_blank_lines || diff_flag.ignored;
		bool ignored = may_ignore && only_ignored(a, hunk.a, hunk.a_end) && only_ignored(b, hunk.b, hunk.b_end);
		if ((hunk.a == hunk.a_end && hunk.b == hunk.b_end) || ignored) {
			i += hunk.a == hunk.a_end && hunk.b == hunk.b_end;
			j += hunk.a == hunk.a_end && hunk.b == hunk.b_end;
			continue;
		}
		hunks = reallocate(hunks, (*count + 1) * sizeof *hunks);
		hunks[(*count)++] = hunk;
	}
	return hunks;
}
