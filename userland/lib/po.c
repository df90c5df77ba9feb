/* Reads and writes po files. */
#include "po.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "tools.h"

static const char letters[] = "abfnrtv\\\"'?", bytes[] = "\a\b\f\n\r\t\v\\\"'?";

static bool is_fuzzy, has_format; /* of the comments since the last message */
static char *domain;

/* An escape sequence at *at, which is behind its backslash then; false: it is none. */
static bool add_escape(const char **at, struct text *text)
{
	const char *letter = **at ? strchr(letters, **at) : NULL;
	int code = 0, digits = 0;
	if (letter) {
		text_char(text, bytes[letter - letters]);
		++*at;
		return true;
	}
	if (**at == 'x' && isxdigit((unsigned char)(*at)[1])) {
		text_char(text, (char)strtol(*at + 1, (char **)at, 16));
		return true;
	}
	for (; digits < 3 && **at >= '0' && **at <= '7'; digits++)
		code = code * 8 + *(*at)++ - '0';
	if (digits)
		text_char(text, (char)code);
	return digits;
}

char *po_unescape(const char *at)
{
	struct text text = {0};
	text_clear(&text);
	while (*at) {
		if (*at != '\\' || !(at++, add_escape(&at, &text)))
			text_char(&text, *at ? *at++ : '\\');
	}
	return text_take(&text);
}

/* Adds the text between the quotes at `at` to *text; false: there is none. */
static bool read_string(const char *at, struct text *text)
{
	at += strspn(at, " \t");
	if (*at++ != '"')
		return false;
	while (*at && *at != '"') {
		if (*at != '\\')
			text_char(text, *at++);
		else if (at++, !add_escape(&at, text))
			return false;
	}
	return *at == '"' && !at[1 + strspn(at + 1, " \t\r")];
}

static bool take_text(char **place, const char *at)
{
	struct text text = {0};
	text_clear(&text);
	bool is_good = !*place && read_string(at, &text);
	*place = text_take(&text);
	return is_good;
}

static void read_flags(const char *comment)
{
	is_fuzzy |= strstr(comment, "fuzzy") != NULL;
	const char *format = strstr(comment, "c-format");
	if (format)
		has_format = strncmp(format - 3, "no-", 3) != 0;
}

/* A line that begins with a word; *last is the text that lines with nothing but a string add to. */
static bool read_directive(const char *line, struct po_entry **entries, size_t *count, char ***last, size_t number)
{
	size_t length = strcspn(line, " \t\"[");
	const char *at = line + length;
	struct po_entry *entry = *count ? &(*entries)[*count - 1] : NULL;
	if (length == 6 && !strncmp(line, "domain", 6)) {
		domain = NULL;
		*last = &domain;
	} else if (length == 5 && !strncmp(line, "msgid", 5)) {
		*entries = reallocate(*entries, (*count + 1) * sizeof **entries);
		entry = &(*entries)[(*count)++];
		*entry = (struct po_entry){.domain = duplicate(domain ? domain : "messages"), .is_fuzzy = is_fuzzy, .has_format = has_format, .line = number};
		is_fuzzy = has_format = false;
		*last = &entry->id;
	} else if (entry && length == 12 && !strncmp(line, "msgid_plural", 12)) {
		*last = &entry->plural;
	} else if (entry && length == 6 && !strncmp(line, "msgstr", 6)) {
		char *end = (char *)at;
		long index = *at == '[' ? strtol(at + 1, &end, 10) : 0;
		bool is_bad = (*at == '[' && *end++ != ']') || index < 0 || index >= PO_FORMS;
		if (is_bad)
			return false;
		at = end;
		*last = &entry->texts[index];
	} else {
		return false;
	}
	return take_text(*last, at);
}

bool po_read(const char *path, struct po_entry **entries, size_t *count)
{
	FILE *file = open_input(path);
	char *line = NULL, **last = NULL;
	size_t capacity = 0, number = 0;
	bool is_good = file;
	domain = NULL;
	is_fuzzy = has_format = false;
	while (is_good && read_line(file, &line, &capacity, NULL) >= 0) {
		const char *at = line + strspn(line, " \t\r");
		number++;
		if (*at == '#') {
			if (at[1] == ',')
				read_flags(at);
		} else if (*at == '"') {
			struct text text = {0};
			if (last && *last)
				text_string(&text, *last);
			is_good = last && read_string(at, &text);
			if (last) {
				free(*last);
				*last = text_take(&text);
			}
		} else if (*at) {
			is_good = read_directive(at, entries, count, &last, number);
		}
	}
	if (file && !is_good)
		warnx("%s:%zu: not a line of a po file", path, number);
	free(line);
	if (file && file != stdin)
		fclose(file);
	return is_good;
}

char *po_quote(const char *text)
{
	struct text result = {0};
	text_string(&result, "\"");
	for (; *text; text++) {
		const char *byte = strchr(bytes, *text);
		if (byte && byte < bytes + 9)
			text_format(&result, "\\%c", letters[byte - bytes]);
		else
			text_char(&result, *text);
	}
	text_char(&result, '"');
	return text_take(&result);
}
