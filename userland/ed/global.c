/* g, v, G and V: commands for each of the lines that match, or that do not. */
#include <stdlib.h>
#include <string.h>

#include "ed.h"
#include "tools.h"

/* The command list: lines that end in a backslash are followed by another one. */
static char *read_list(const char *first)
{
	struct text list = {0};
	text_string(&list, first);
	while (list.length && list.data[list.length - 1] == '\\') {
		const char *more = ed_read_command_line();
		list.data[list.length - 1] = '\n';
		if (!more)
			break;
		text_string(&list, more);
	}
	return text_take(&list);
}

static void select_lines(struct range range, const struct pattern *pattern, bool wanted)
{
	regmatch_t match;
	for (size_t i = 0; i < ed_buffer.count; i++)
		ed_buffer.lines[i]->selected = i + 1 >= range.first && i + 1 <= range.last && pattern_find(pattern, ed_buffer.lines[i]->text, 0, 1, &match) == wanted;
}

static size_t next_selected(void)
{
	for (size_t i = 0; i < ed_buffer.count; i++)
		if (ed_buffer.lines[i]->selected) {
			ed_buffer.lines[i]->selected = false;
			return i + 1;
		}
	return 0;
}

static void run_list(const char *list)
{
	char *copy = duplicate(list);
	ed_push_commands(copy);
	for (char *line; (line = ed_read_command_line());)
		ed_run_command(line);
	ed_push_commands(NULL);
	free(copy);
}

/* G and V ask for a command at each line; & is the last one again. */
static void run_asked(char **last)
{
	ed_print_lines((struct range){ed_buffer.current, ed_buffer.current, 1}, 'p');
	const char *line = ed_read_command_line();
	if (!line)
		ed_fail("Unexpected end-of-file");
	if (strcmp(line, "&")) {
		char *list = read_list(line);
		if (!*list) {
			free(list);
			return;
		}
		free(*last);
		*last = list;
	} else if (!*last) {
		ed_fail("No previous command");
	}
	run_list(*last);
}

void ed_run_global(struct range range, const char **at, char kind)
{
	char *asked = NULL;
	if (ed_in_global())
		ed_fail("Cannot nest global commands");
	if (!range.given)
		range = (struct range){ed_buffer.count > 0, ed_buffer.count, 2};
	const struct pattern *pattern = ed_read_pattern(at);
	bool is_asked = kind == 'G' || kind == 'V';
	char *list = is_asked ? NULL : read_list(**at ? *at : "p");
	if (!range.first && ed_buffer.count)
		ed_fail("Invalid address");
	select_lines(range, pattern, kind == 'g' || kind == 'G');
	for (size_t line; (line = next_selected());) {
		ed_buffer.current = line;
		if (is_asked)
			run_asked(&asked);
		else
			run_list(list);
	}
	free(list);
	/* The line that `at` was in may have been read over. */
	*at = "";
}
