/* Placing hunks in a file. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "patch.h"
#include "tools.h"

bool patch_load(const char *path, struct lines *lines)
{
	FILE *input = fopen(path, "r");
	char *line = NULL;
	size_t capacity = 0;
	bool ended = true;
	*lines = (struct lines){0};
	if (!input)
		return false;
	for (long length; (length = read_line(input, &line, &capacity, &ended)) >= 0;) {
		if (lines->count == lines->room)
			lines->items = reallocate(lines->items, (lines->room = lines->room ? 2 * lines->room : 256) * sizeof *lines->items);
		lines->items[lines->count++] = duplicate(line);
	}
	lines->no_newline = !ended;
	free(line);
	fclose(input);
	return true;
}

void patch_store(FILE *out, const struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		fprintf(out, i + 1 == lines->count && lines->no_newline ? "%s" : "%s\n", lines->items[i]);
}

void patch_free_lines(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		free(lines->items[i]);
	free(lines->items);
}

/* With -l any run of blanks equals any other, and those at the end do not matter. */
static bool equal_loosely(const char *a, const char *b)
{
	for (;;) {
		bool blank_a = isblank((unsigned char)*a), blank_b = isblank((unsigned char)*b);
		while (isblank((unsigned char)*a))
			a++;
		while (isblank((unsigned char)*b))
			b++;
		if (!*a && !*b)
			return true;
		if (blank_a != blank_b || *a++ != *b++)
			return false;
	}
}

/* Lines of context at the start and the end of the hunk. */
static size_t leading_context(const struct hunk *hunk)
{
	size_t count = 0;
	while (count < hunk->count && hunk->lines[count].kind == ' ')
		count++;
	return count;
}

static size_t trailing_context(const struct hunk *hunk)
{
	size_t count = 0;
	while (count < hunk->count && hunk->lines[hunk->count - 1 - count].kind == ' ')
		count++;
	return count;
}

/* What fuzz leaves of it: from the longer end first, so that both keep as much as they can. */
static void trim(const struct hunk *hunk, size_t fuzz, size_t *prefix, size_t *suffix)
{
	size_t before = leading_context(hunk), after = trailing_context(hunk), longest = before > after ? before : after;
	size_t kept = longest > fuzz ? longest - fuzz : 0;
	*prefix = before > kept ? before - kept : 0;
	*suffix = after > kept ? after - kept : 0;
}

static bool matches(const struct lines *lines, const struct hunk *hunk, size_t at, size_t prefix, size_t suffix, bool loose_blanks)
{
	for (size_t i = prefix; i < hunk->count - suffix; i++) {
		const struct patch_line *line = &hunk->lines[i];
		if (line->kind == '+')
			continue;
		if (at >= lines->count || !(loose_blanks ? equal_loosely(lines->items[at], line->text) : !strcmp(lines->items[at], line->text)))
			return false;
		at++;
	}
	return true;
}

bool patch_find(const struct lines *lines, const struct hunk *hunk, size_t expected, size_t first, size_t fuzz, bool loose_blanks, size_t *at)
{
	size_t prefix, suffix;
	trim(hunk, fuzz, &prefix, &suffix);
	size_t wanted = expected + prefix, size = hunk->old_count - prefix - suffix;
	if (size > lines->count)
		return false;
	size_t last = lines->count - size;
	/* A hunk with less context before than behind belongs to the start of the file, and one with more to its end. */
	bool at_start = !fuzz && leading_context(hunk) < trailing_context(hunk) && hunk->old_start <= 1;
	bool at_end = !fuzz && trailing_context(hunk) < leading_context(hunk);
	for (size_t distance = 0; distance <= lines->count; distance++) {
		for (int side = 0; side < (distance ? 2 : 1); side++) {
			if (side && distance > wanted)
				continue;
			size_t place = side ? wanted - distance : wanted + distance;
			if (place < first || place > last || (at_start && place) || (at_end && place != last))
				continue;
			if (!matches(lines, hunk, place, prefix, suffix, loose_blanks))
				continue;
			*at = place - prefix;
			return true;
		}
	}
	return false;
}

size_t patch_apply(struct lines *lines, const struct hunk *hunk, size_t at, size_t fuzz)
{
	size_t prefix, suffix;
	trim(hunk, fuzz, &prefix, &suffix);
	size_t place = at + prefix;
	const struct patch_line *last_added = NULL;
	for (size_t i = prefix; i < hunk->count - suffix; i++) {
		const struct patch_line *line = &hunk->lines[i];
		bool is_last = place + 1 >= lines->count;
		if (line->kind == ' ') {
			place++;
			last_added = NULL;
		} else if (line->kind == '-') {
			free(lines->items[place]);
			memmove(lines->items + place, lines->items + place + 1, (--lines->count - place) * sizeof *lines->items);
			if (is_last)
				lines->no_newline = false;
		} else {
			if (lines->count == lines->room)
				lines->items = reallocate(lines->items, (lines->room = lines->room ? 2 * lines->room : 16) * sizeof *lines->items);
			memmove(lines->items + place + 1, lines->items + place, (lines->count++ - place) * sizeof *lines->items);
			lines->items[place++] = duplicate(line->text);
			last_added = line;
		}
	}
	if (last_added && place == lines->count)
		lines->no_newline = last_added->no_newline;
	return place;
}

struct hunk patch_merge(const struct hunk *hunk, const char *name)
{
	struct hunk merged = *hunk;
	char *defined = format_text("#ifdef %s", name), *undefined = format_text("#ifndef %s", name), inside = ' ';
	bool has_else = false;
	merged.lines = NULL;
	merged.count = merged.room = 0;
	for (size_t i = 0; i <= hunk->count; i++) {
		const struct patch_line *line = i < hunk->count ? &hunk->lines[i] : NULL;
		char kind = line ? line->kind : ' ';
		bool alternates = inside != ' ' && kind != ' ' && kind != inside;
		if (inside != ' ' && (kind == ' ' || (alternates && has_else)))
			patch_add_line(&merged, '+', "#endif", false);
		else if (alternates)
			patch_add_line(&merged, '+', "#else", false);
		if (kind != ' ' && (inside == ' ' || (alternates && has_else)))
			patch_add_line(&merged, '+', kind == '-' ? undefined : defined, false);
		has_else = alternates ? !has_else : has_else && kind == inside;
		if (line)
			patch_add_line(&merged, kind == '-' ? ' ' : kind, line->text, line->no_newline);
		inside = kind;
	}
	free(defined);
	free(undefined);
	return merged;
}

/* Rejects are in the unified form, whatever the patch was. */
void patch_write_rejects(FILE *out, const struct file_patch *patch, const bool *rejected)
{
	fprintf(out, "--- %s\n+++ %s\n", patch->old_name ? patch->old_name : "/dev/null", patch->new_name ? patch->new_name : "/dev/null");
	for (size_t i = 0; i < patch->count; i++) {
		const struct hunk *hunk = &patch->hunks[i];
		if (!rejected[i])
			continue;
		fprintf(out, hunk->old_count == 1 ? "@@ -%zu" : "@@ -%zu,%zu", hunk->old_start, hunk->old_count);
		fprintf(out, hunk->new_count == 1 ? " +%zu" : " +%zu,%zu", hunk->new_start, hunk->new_count);
		fputs(" @@\n", out);
		for (size_t j = 0; j < hunk->count; j++) {
			fprintf(out, "%c%s\n", hunk->lines[j].kind, hunk->lines[j].text);
			if (hunk->lines[j].no_newline)
				fputs("\\ No newline at end of file\n", out);
		}
	}
}
