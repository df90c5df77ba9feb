/* Completion of options, from what the command's --help says. */
#include <ctype.h>
#include <string.h>

#include "editor.h"

static void add_option(const char *start, size_t length, const char *prefix, struct words *found)
{
	if (length >= strlen(prefix) && !strncmp(start, prefix, strlen(prefix)))
		add_word(found, arena_string(&scratch, start, length));
}

static size_t option_length(const char *option)
{
	size_t length = 1;
	while (isalnum((unsigned char)option[length]) || option[length] == '-')
		length++;
	return length;
}

void complete_options(const char *command, const char *prefix, struct words *found)
{
	const struct applet *applet = find_applet(command);
	const char *usage = applet ? applet->usage : "";
	for (const char *next = usage; (next = strchr(next, '-')); next++) {
		bool begins = next > usage && strchr(" \n[(,|", next[-1]);
		size_t length = option_length(next);
		if (!begins || length < 2)
			continue;
		if (next[1] != '-' && next[-1] == '[' && next[length] == ']') {
			for (size_t i = 1; i < length; i++) { /* [-abc]: three options */
				const char option[] = {'-', next[i], 0};
				add_option(option, 2, prefix, found);
			}
		} else if (next[1] != '-' || length > 2) {
			add_option(next, length, prefix, found);
		}
		next += length - 1;
	}
}
