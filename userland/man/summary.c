/* What a page says in one line: its section NAME, for whatis and apropos. */
#include <ctype.h>
#include <string.h>

#include "man.h"

static bool is_heading(const char *line, size_t length)
{
	return length > 3 && (!memcmp(line, ".SH", 3) || !memcmp(line, ".Sh", 3));
}

static bool is_name_heading(const char *line, size_t length)
{
	const char *word = line + 3, *end = line + length;
	while (word < end && (*word == ' ' || *word == '"'))
		word++;
	return is_heading(line, length) && end - word >= 4 && !memcmp(word, "NAME", 4);
}

static void add_plain(struct text *text, const char *at, const char *end)
{
	struct man_escape escape;
	while (at < end) {
		if (*at != '\\') {
			text_char(text, *at++);
			continue;
		}
		at = man_read_escape(at + 1, end, &escape);
		if (escape.is_comment)
			return;
		text_string(text, escape.text);
	}
}

/* A line of NAME: text, or the words of a font macro; mdoc's Nm and Nd have their own form. */
static void add_line(struct text *text, const char *line, const char *end)
{
	if (*line == '.') {
		if (end - line > 3 && !memcmp(line, ".Nd", 3))
			text_string(text, text->length ? " - " : "");
		while (line < end && !isspace((unsigned char)*line))
			line++;
		while (line < end && *line == ' ')
			line++;
		if (line == end || (line < end && line[0] == '\\' && line + 1 < end && line[1] == '"'))
			return;
	}
	if (text->length && text->data[text->length - 1] != ' ')
		text_char(text, ' ');
	add_plain(text, line, end);
}

char *man_summary(const char *source, size_t length)
{
	struct text text = {0};
	bool inside = false;
	for (const char *line = source, *all = source + length; line < all;) {
		const char *end = memchr(line, '\n', (size_t)(all - line));
		end = end ? end : all;
		size_t size = (size_t)(end - line);
		if (inside && is_heading(line, size))
			break;
		if (inside && size > 0)
			add_line(&text, line, end);
		else if (is_name_heading(line, size))
			inside = true;
		line = end < all ? end + 1 : all;
	}
	if (!text.length) {
		text_free(&text);
		return NULL;
	}
	return text_take(&text);
}
