/* What of less makes another text of a text: only the lines that match (&), and what a file gets while it is shown (F). */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "pager.h"

enum { LOOK_AGAIN = 500 }; /* ms: a file does not tell that it has grown */

void show_all_lines(struct view *view)
{
	if (!view->is_filtered)
		return;
	close_document(&view->document);
	view->document = view->whole;
	view->is_filtered = false;
}

const char *show_matching(struct view *view, const char *pattern)
{
	static char reason[100];
	regex_t regex;
	show_all_lines(view);
	if (!*pattern)
		return NULL;
	bool is_inverted = *pattern == '!';
	int error = regular_compile(&regex, pattern + is_inverted, REG_EXTENDED | REG_NOSUB | (view->options.ignores_case ? REG_ICASE : 0));
	if (error) {
		regerror(error, &regex, reason, sizeof reason);
		return reason;
	}
	read_to_end(&view->document);
	struct document matching = {.name = view->document.name, .fd = -1, .complete = true};
	text_clear(&matching.bytes);
	for (int line = 0; line < view->document.count; line++) {
		size_t length;
		const char *bytes = line_text(&view->document, line, &length);
		char *copy = duplicate_range(bytes, length);
		if ((regular_find(&regex, copy, 0, NULL, 0) == 0) != is_inverted)
			add_line(&matching, bytes, length);
		free(copy);
	}
	regfree(&regex);
	view->whole = view->document;
	view->document = matching;
	view->is_filtered = true;
	view->top = (struct place){0, 0};
	return NULL;
}

void follow_file(struct view *view, int terminal)
{
	show_all_lines(view);
	for (bool has_key = false; !has_key;) {
		continue_document(&view->document);
		view->top = last_top(view);
		draw(view, "Waiting for data... (^C or a key to stop)", true);
		struct pollfd key = {.fd = terminal, .events = POLLIN};
		has_key = poll(&key, 1, LOOK_AGAIN) > 0;
	}
	read_key(terminal, NULL);
}
