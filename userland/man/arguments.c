/* The words of a macro's line: blanks between them, quotes around them (groff(7)). */
#include <stdlib.h>

#include "renderer.h"

struct arguments man_split(const char *at, const char *end)
{
	struct arguments arguments = {0};
	while (arguments.count < MOST_ARGUMENTS) {
		struct text word = {0};
		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		if (at >= end || (at + 1 < end && at[0] == '\\' && at[1] == '"'))
			break;
		bool is_quoted = *at == '"';
		at += is_quoted;
		text_string(&word, "");
		while (at < end && (is_quoted || (*at != ' ' && *at != '\t'))) {
			if (is_quoted && *at == '"' && (at + 1 >= end || at[1] != '"'))
				break;
			at += is_quoted && *at == '"';
			if (*at == '\\' && at + 1 < end) /* "\ " does not end a word */
				text_char(&word, *at++);
			text_char(&word, *at++);
		}
		at += is_quoted;
		arguments.words[arguments.count++] = text_take(&word);
	}
	return arguments;
}

const char *man_argument(const struct arguments *arguments, int index)
{
	return index < arguments->count ? arguments->words[index] : "";
}

void man_free_arguments(struct arguments *arguments)
{
	for (int i = 0; i < arguments->count; i++)
		free(arguments->words[i]);
}
