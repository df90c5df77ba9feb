/* A hunk of a context diff: two windows, of which one may be left out where it has no changes; here they become one list. */
#include <stdlib.h>
#include <string.h>

#include "patch.h"
#include "tools.h"

/* A window as it stands: kinds ' ', '-', '+' and '!'. */
struct window {
	size_t start, end;
	struct hunk body;
};

static noreturn void malformed(const struct patch_input *input)
{
	errx(2, "**** malformed patch at line %zu: %s", input->number, input->line ? input->line : "");
}

/* "*** 5,9 ****" and its lines; a window of no lines is "*** 0 ****". */
static void read_window(struct patch_input *input, const char *mark, const char *kinds, struct window *window)
{
	if (!input->line || strncmp(input->line, mark, 4))
		malformed(input);
	char *end;
	window->start = window->end = strtoul(input->line + 4, &end, 10);
	if (*end == ',')
		window->end = strtoul(end + 1, &end, 10);
	if (strncmp(end, *mark == '*' ? " ****" : " ----", 5))
		malformed(input);
	patch_advance(input);
	while (input->line && *input->line && strchr(kinds, *input->line) && (input->line[1] == ' ' || !input->line[1])) {
		patch_add_line(&window->body, *input->line, input->line[1] ? input->line + 2 : "", false);
		patch_advance(input);
	}
	if (input->line && !strncmp(input->line, "\\ ", 2) && window->body.count) {
		window->body.lines[window->body.count - 1].no_newline = true;
		patch_advance(input);
	}
}

static void add_copy(struct hunk *hunk, char kind, const struct patch_line *line)
{
	patch_add_line(hunk, kind, line->text, line->no_newline);
	hunk->old_count += kind != '+';
	hunk->new_count += kind != '-';
}

static void free_body(struct hunk *body)
{
	for (size_t i = 0; i < body->count; i++)
		free(body->lines[i].text);
	free(body->lines);
}

void patch_read_context(struct patch_input *input, struct file_patch *patch)
{
	struct window old = {0}, new = {0};
	patch_advance(input);
	read_window(input, "*** ", " -!", &old);
	read_window(input, "--- ", " +!", &new);
	struct hunk *hunk = patch_add_hunk(patch);
	hunk->old_start = old.start;
	hunk->new_start = new.start;
	/* A window without lines has the context of the other one. */
	bool has_old = old.body.count > 0 || old.end == 0, has_new = new.body.count > 0 || new.end == 0;
	size_t i = 0, j = 0;
	while (i < old.body.count || j < new.body.count) {
		const struct patch_line *from = i < old.body.count ? &old.body.lines[i] : NULL;
		const struct patch_line *to = j < new.body.count ? &new.body.lines[j] : NULL;
		if (from && from->kind != ' ') {
			add_copy(hunk, '-', from);
			i++;
		} else if (to && to->kind != ' ') {
			add_copy(hunk, '+', to);
			j++;
		} else {
			if ((has_old && !from) || (has_new && !to))
				malformed(input);
			add_copy(hunk, ' ', from ? from : to);
			i += from != NULL;
			j += to != NULL;
		}
	}
	free_body(&old.body);
	free_body(&new.body);
}
