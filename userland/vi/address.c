/* Addresses of the ex line. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ex.h"

char *take_pattern(const char **text, char delimiter)
{
	struct text pattern = {0};
	text_clear(&pattern);
	for (; **text && **text != delimiter; ++*text) {
		if (**text == '\\' && (*text)[1]) {
			if ((*text)[1] != delimiter)
				text_char(&pattern, '\\');
			++*text;
		}
		text_char(&pattern, **text);
	}
	if (**text)
		++*text;
	return text_take(&pattern);
}

/* One address at *text, without offsets. False if there is none; *bad if it cannot be. */
static bool read_base(const char **text, int *line, bool *bad)
{
	char c = **text;
	struct position to;
	if (isdigit((unsigned char)c)) {
		*line = (int)strtol(*text, (char **)text, 10) - 1;
	} else if (c == '.') {
		*line = editor.cursor.line;
		++*text;
	} else if (c == '$') {
		*line = buffer.count - 1;
		++*text;
	} else if (c == '\'') {
		int key = (*text)[1];
		struct motion motion;
		push_keys(&key, 1);
		*bad = !key || !find_motion('\'', 1, false, false, &motion);
		*line = motion.to.line;
		*text += key ? 2 : 1;
	} else if (c == '/' || c == '?') {
		++*text;
		char *pattern = take_pattern(text, c);
		*bad = !search(pattern, c == '?', 1, &to);
		*line = to.line;
		free(pattern);
	} else {
		*line = editor.cursor.line;
		return c == '+' || c == '-';
	}
	return true;
}

bool read_address(const char **text, int *line, bool *bad)
{
	*text += strspn(*text, " \t");
	if (!read_base(text, line, bad))
		return false;
	while (**text == '+' || **text == '-') {
		int sign = *(*text)++ == '+' ? 1 : -1;
		*line +=
			sign * (isdigit((unsigned char)**text) ? (int)strtol(*text, (char **)text, 10) : 1);
	}
	return true;
}

/* The lines in front of a command. False after a message. */
bool read_range(const char **text, struct range *range)
{
	bool bad = false;
	*range = (struct range){editor.cursor.line, editor.cursor.line, false};
	if (**text == '%') {
		++*text;
		*range = (struct range){0, buffer.count - 1, true};
		return true;
	}
	if (read_address(text, &range->first, &bad)) {
		range->last = range->first;
		range->given = true;
	}
	if (**text == ',' || **text == ';') {
		range->given = true;
		struct position outer = editor.cursor;
		if (**text == ';' && range->first >= 0 && range->first < buffer.count)
			editor.cursor = (struct position){range->first, 0};
		++*text;
		range->last = editor.cursor.line;
		read_address(text, &range->last, &bad);
		editor.cursor = outer;
	}
	if (bad)
		return false;
	if (range->last < range->first || range->first < -1 || range->last >= buffer.count) {
		complain(range->last < range->first ? "The first address is behind the second"
											: "No such line");
		return false;
	}
	return true;
}
