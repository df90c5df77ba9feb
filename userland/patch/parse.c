/* Reading patches: which file, and its hunks. The forms are those of diff: POSIX, "diff", and GNU's unified one. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "patch.h"
#include "tools.h"

void patch_advance(struct patch_input *input)
{
	if (read_line(input->stream, &input->line, &input->capacity, &input->has_newline) < 0) {
		if (ferror(input->stream))
			err(2, "**** read error");
		free(input->line);
		input->line = NULL;
		input->capacity = 0;
	}
	input->number++;
}

static bool starts(const struct patch_input *input, const char *prefix)
{
	return input->line && !strncmp(input->line, prefix, strlen(prefix));
}

static noreturn void malformed(const struct patch_input *input)
{
	errx(2, "**** malformed patch at line %zu: %s", input->number, input->line ? input->line : "");
}

struct hunk *patch_add_hunk(struct file_patch *patch)
{
	if (patch->count == patch->room)
		patch->hunks = reallocate(patch->hunks, (patch->room = patch->room ? 2 * patch->room : 8) * sizeof *patch->hunks);
	struct hunk *hunk = &patch->hunks[patch->count++];
	*hunk = (struct hunk){0};
	return hunk;
}

void patch_add_line(struct hunk *hunk, char kind, const char *text, bool no_newline)
{
	if (hunk->count == hunk->room)
		hunk->lines = reallocate(hunk->lines, (hunk->room = hunk->room ? 2 * hunk->room : 16) * sizeof *hunk->lines);
	hunk->lines[hunk->count++] = (struct patch_line){kind, duplicate(text), no_newline};
}

/* A name ends at a tab, or at the blank before a date. */
static char *name_of(const char *text, bool *is_absent)
{
	size_t length = strcspn(text, "\t");
	const char *date = text + length;
	if (!*date)
		length = strcspn(text, " ");
	char *name = duplicate_range(text, length);
	/* GNU's diff -N and old tools give a file that is not there the time 0. */
	*is_absent = !strcmp(name, "/dev/null") || strstr(date, "1970-01-01 00:00:00") || strstr(date, "Thu Jan  1 00:00:00 1970");
	return name;
}

/* "N" or "N,M"; without M it is 1. */
static const char *read_range(const char *at, size_t *start, size_t *count)
{
	char *end;
	if (!isdigit((unsigned char)*at))
		return NULL;
	*start = strtoul(at, &end, 10);
	*count = 1;
	if (*end == ',')
		*count = strtoul(end + 1, &end, 10);
	return end;
}

static bool is_missing_newline(const struct patch_input *input)
{
	return starts(input, "\\ ");
}

static void read_unified(struct patch_input *input, struct file_patch *patch)
{
	struct hunk *hunk = patch_add_hunk(patch);
	const char *at = read_range(input->line + 4, &hunk->old_start, &hunk->old_count);
	if (!at || strncmp(at, " +", 2) || !(at = read_range(at + 2, &hunk->new_start, &hunk->new_count)) || strncmp(at, " @@", 3))
		malformed(input);
	patch_advance(input);
	for (size_t old = hunk->old_count, new = hunk->new_count; old || new; patch_advance(input)) {
		if (is_missing_newline(input)) {
			hunk->lines[hunk->count - 1].no_newline = true;
			continue;
		}
		/* Some mailers cut the blank of an empty line. */
		char kind = !input->line ? 0 : *input->line ? *input->line : ' ';
		if (!kind || !strchr(" +-", kind) || (kind != '+' && !old) || (kind != '-' && !new))
			malformed(input);
		old -= kind != '+';
		new -= kind != '-';
		patch_add_line(hunk, kind, *input->line ? input->line + 1 : "", false);
	}
	if (is_missing_newline(input) && hunk->count) {
		hunk->lines[hunk->count - 1].no_newline = true;
		patch_advance(input);
	}
}

/* "5,7c8,10", "5a6", "5,6d4": then lines with "< " and "> ". */
static bool read_command(const char *line, struct hunk *hunk, char *command)
{
	size_t old_end, new_end;
	char *end;
	if (!isdigit((unsigned char)*line))
		return false;
	hunk->old_start = old_end = strtoul(line, &end, 10);
	if (*end == ',')
		old_end = strtoul(end + 1, &end, 10);
	*command = *end;
	if (!*command || !strchr("acd", *command) || !isdigit((unsigned char)end[1]))
		return false;
	hunk->new_start = new_end = strtoul(end + 1, &end, 10);
	if (*end == ',')
		new_end = strtoul(end + 1, &end, 10);
	hunk->old_count = *command == 'a' ? 0 : old_end - hunk->old_start + 1;
	hunk->new_count = *command == 'd' ? 0 : new_end - hunk->new_start + 1;
	return !*end;
}

static void read_side(struct patch_input *input, struct hunk *hunk, size_t count, const char *prefix, char kind)
{
	for (size_t i = 0; i < count; i++, patch_advance(input)) {
		if (!starts(input, prefix))
			malformed(input);
		patch_add_line(hunk, kind, input->line + 2, false);
	}
	if (is_missing_newline(input)) {
		hunk->lines[hunk->count - 1].no_newline = true;
		patch_advance(input);
	}
}

static void read_normal(struct patch_input *input, struct file_patch *patch)
{
	struct hunk hunk = {0};
	char command;
	while (input->line && read_command(input->line, &hunk, &command)) {
		struct hunk *added = patch_add_hunk(patch);
		*added = hunk;
		patch_advance(input);
		read_side(input, added, hunk.old_count, "< ", '-');
		if (command == 'c') {
			if (!starts(input, "---"))
				malformed(input);
			patch_advance(input);
		}
		read_side(input, added, hunk.new_count, "> ", '+');
		hunk = (struct hunk){0};
	}
}

/* An ed script is kept as it is, for ed. */
static void read_script(struct patch_input *input, struct file_patch *patch)
{
	struct text script = {0};
	for (; input->line; patch_advance(input)) {
		text_string(&script, input->line);
		text_char(&script, '\n');
	}
	patch->script = text_take(&script);
}

static bool is_ed_command(const char *line)
{
	size_t digits = strspn(line, "0123456789,");
	return digits && isdigit((unsigned char)*line) && strchr("acdis", line[digits]) && line[digits] && !line[digits + 1];
}

/* The style of what begins at the line at hand, or ANY_STYLE. */
static enum style style_at(const struct patch_input *input, enum style wanted)
{
	struct hunk hunk = {0};
	char command;
	if ((wanted == ANY_STYLE || wanted == UNIFIED) && starts(input, "@@ -"))
		return UNIFIED;
	if ((wanted == ANY_STYLE || wanted == CONTEXT) && starts(input, "***************"))
		return CONTEXT;
	if ((wanted == ANY_STYLE || wanted == NORMAL) && read_command(input->line, &hunk, &command))
		return NORMAL;
	if ((wanted == ANY_STYLE || wanted == ED) && is_ed_command(input->line))
		return ED;
	return ANY_STYLE;
}

static void read_header(const struct patch_input *input, struct file_patch *patch, bool *is_context)
{
	bool absent = false;
	if (starts(input, "*** ") && !strstr(input->line, " ****")) {
		free(patch->old_name);
		patch->old_name = name_of(input->line + 4, &patch->creates);
		*is_context = true;
	} else if (starts(input, "--- ") && !strstr(input->line, " ----")) {
		char **name = *is_context ? &patch->new_name : &patch->old_name;
		free(*name);
		*name = name_of(input->line + 4, &absent);
		*(*is_context ? &patch->deletes : &patch->creates) = absent;
	} else if (starts(input, "+++ ")) {
		free(patch->new_name);
		patch->new_name = name_of(input->line + 4, &patch->deletes);
	} else if (starts(input, "Index: ")) {
		free(patch->index_name);
		patch->index_name = name_of(input->line + 7, &absent);
	}
}

bool patch_read(struct patch_input *input, enum style style, struct file_patch *patch)
{
	bool is_context = false;
	*patch = (struct file_patch){0};
	for (; input->line; patch_advance(input)) {
		patch->style = style_at(input, style);
		if (patch->style != ANY_STYLE)
			break;
		read_header(input, patch, &is_context);
	}
	if (!input->line)
		return false;
	if (patch->style == ED) {
		read_script(input, patch);
		return true;
	}
	if (patch->style == NORMAL)
		read_normal(input, patch);
	while (patch->style == UNIFIED && starts(input, "@@ -"))
		read_unified(input, patch);
	while (patch->style == CONTEXT && starts(input, "***************"))
		patch_read_context(input, patch);
	return true;
}

void patch_reverse(struct file_patch *patch)
{
	char *name = patch->old_name;
	bool creates = patch->creates;
	patch->old_name = patch->new_name;
	patch->new_name = name;
	patch->creates = patch->deletes;
	patch->deletes = creates;
	for (struct hunk *hunk = patch->hunks; hunk < patch->hunks + patch->count; hunk++) {
		size_t start = hunk->old_start, count = hunk->old_count;
		hunk->old_start = hunk->new_start;
		hunk->old_count = hunk->new_count;
		hunk->new_start = start;
		hunk->new_count = count;
		for (size_t i = 0; i < hunk->count; i++)
			if (hunk->lines[i].kind != ' ')
				hunk->lines[i].kind = hunk->lines[i].kind == '-' ? '+' : '-';
	}
}

void patch_free_hunk(struct hunk *hunk)
{
	for (size_t i = 0; i < hunk->count; i++)
		free(hunk->lines[i].text);
	free(hunk->lines);
}

void patch_free(struct file_patch *patch)
{
	for (size_t i = 0; i < patch->count; i++)
		patch_free_hunk(&patch->hunks[i]);
	free(patch->hunks);
	free(patch->old_name);
	free(patch->new_name);
	free(patch->index_name);
	free(patch->script);
}
