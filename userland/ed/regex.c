/* Patterns between delimiters, and the command s. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "characters.h"
#include "ed.h"
#include "tools.h"

static struct pattern last_pattern;
static bool has_pattern;

/* The replacement, count and flags of the last s. */
static char *replacement;
static bool replaces_all;
static size_t occurrence = 1;
static char print_form;

static struct pattern compile(const char *text)
{
	struct pattern pattern = {0};
	char message[128];
	int error = regular_compile(&pattern.regex, text, ed_is_extended ? REG_EXTENDED : 0);
	if (error) {
		regerror(error, &pattern.regex, message, sizeof message);
		ed_fail("%s", message);
	}
	const char *start = text + (!strncmp(text, "\\(", 2) ? 2 : 0);
	pattern.word_start = !strncmp(start, "\\<", 2) || !strncmp(start, "\\b", 2);
	return pattern;
}

/* Behind a bracket expression that begins at `at`. */
static const char *skip_bracket(const char *at)
{
	const char *start = at++;
	at += *at == '^';
	at += *at == ']';
	for (; *at && *at != ']'; at++) {
		if (*at != '[' || !strchr(".=:", at[1]) || !at[1])
			continue;
		char end[3] = {at[1], ']', 0};
		const char *close = strstr(at + 2, end);
		if (!close)
			return start + 1;
		at = close + 1;
	}
	return *at ? at + 1 : start + 1;
}

const struct pattern *ed_read_pattern(const char **at)
{
	char delimiter = **at;
	if (!delimiter || delimiter == ' ')
		ed_fail("Invalid pattern delimiter");
	struct text text = {0};
	const char *from = ++*at;
	while (*from && *from != delimiter) {
		if (*from == '\\' && from[1]) {
			/* An escaped delimiter stands for itself. */
			if (from[1] != delimiter)
				text_char(&text, '\\');
			text_char(&text, from[1]);
			from += 2;
			continue;
		}
		const char *next = *from == '[' ? skip_bracket(from) : from + 1;
		text_add(&text, from, (size_t)(next - from));
		from = next;
	}
	*at = *from ? from + 1 : from;
	if (text.length) {
		struct pattern pattern = compile(text.data);
		if (has_pattern)
			regfree(&last_pattern.regex);
		last_pattern = pattern;
		has_pattern = true;
		text_free(&text);
	} else if (!has_pattern) {
		ed_fail("No previous pattern");
	}
	return &last_pattern;
}

/* Up to the delimiter; a newline in it was written as a backslash at a line's end. */
static char *read_replacement(const char **at, char delimiter)
{
	struct text text = {0};
	const char *from = *at;
	text_string(&text, "");
	for (;;) {
		if (*from == '\\' && from[1]) {
			text_add(&text, from, 2);
			from += 2;
		} else if (*from == '\\') {
			const char *more = ed_read_command_line();
			if (!more)
				ed_fail("Unexpected end-of-file");
			text_string(&text, "\\\n");
			from = more;
		} else if (!*from || *from == delimiter) {
			break;
		} else {
			text_char(&text, *from++);
		}
	}
	*at = from;
	if (strcmp(text.data, "%"))
		return text_take(&text);
	text_free(&text);
	if (!replacement)
		ed_fail("No previous substitution");
	return duplicate(replacement);
}

static void add_replacement(struct text *out, const char *line, const regmatch_t *groups)
{
	for (const char *at = replacement; *at; at++) {
		int group = *at == '&' ? 0 : -1;
		if (*at == '\\' && at[1]) {
			at++;
			if (isdigit((unsigned char)*at) && *at != '0')
				group = *at - '0';
		}
		if (group < 0)
			text_char(out, *at);
		else if (groups[group].rm_so >= 0)
			text_add(out, line + groups[group].rm_so, (size_t)(groups[group].rm_eo - groups[group].rm_so));
	}
}

/* The changed line, or null where nothing matches. */
static char *replaced(const char *line)
{
	regmatch_t groups[10];
	struct text out = {0};
	size_t from = 0, copied = 0, number = 0;
	bool changed = false;
	while (pattern_find(&last_pattern, line, from, 10, groups)) {
		size_t start = (size_t)groups[0].rm_so, end = (size_t)groups[0].rm_eo;
		number++;
		if (number >= occurrence) {
			changed = true;
			text_add(&out, line + copied, start - copied);
			add_replacement(&out, line, groups);
			copied = end;
			if (!replaces_all)
				break;
		}
		from = end > start || !line[end] ? end : end + character_size(line + end, strlen(line + end));
		if (!line[end] || from > strlen(line))
			break;
	}
	if (!changed)
		return NULL;
	text_string(&out, line + copied);
	return text_take(&out);
}

static void replace_line(size_t number, char *text)
{
	struct line **lines = NULL;
	size_t count = 0, room = 0;
	char *at = text;
	for (;;) {
		char *end = strchr(at, '\n');
		if (count == room)
			lines = reallocate(lines, (room = room ? 2 * room : 4) * sizeof *lines);
		lines[count++] = ed_new_line(at, end ? (size_t)(end - at) : strlen(at));
		if (!end)
			break;
		at = end + 1;
	}
	free(text);
	for (int i = 0; i < 26; i++)
		if (ed_marks[i] && ed_marks[i] == ed_buffer.lines[number - 1])
			ed_marks[i] = lines[0];
	ed_keep_lines(number, number);
	ed_delete_lines(number, number);
	ed_insert_lines(number - 1, lines, count);
	free(lines);
}

/* Flags behind the last delimiter: a count, g, p, l, n. */
static void read_flags(const char **at)
{
	for (;; ++*at) {
		if (isdigit((unsigned char)**at)) {
			char *end;
			occurrence = strtoul(*at, &end, 10);
			if (!occurrence)
				ed_fail("Invalid command suffix");
			*at = end - 1;
		} else if (**at == 'g') {
			replaces_all = true;
		} else if (**at && strchr("pln", **at)) {
			print_form = **at;
		} else if (**at == 'I') {
			ed_fail("Invalid command suffix");
		} else {
			return;
		}
	}
}

/* `s` alone, perhaps with flags that change the last one's. */
static void repeat_last(const char **at)
{
	if (!replacement)
		ed_fail("No previous substitution");
	for (; **at && strchr("gpr0123456789", **at); ++*at) {
		if (**at == 'g') {
			replaces_all = !replaces_all;
		} else if (**at == 'p') {
			print_form = print_form ? 0 : 'p';
		} else if (isdigit((unsigned char)**at)) {
			char *end;
			occurrence = strtoul(*at, &end, 10);
			*at = end - 1;
		}
	}
}

void ed_substitute(struct range range, const char **at)
{
	if (**at && !isalnum((unsigned char)**at) && **at != '\n') {
		char delimiter = **at;
		if (delimiter == ' ')
			ed_fail("Invalid pattern delimiter");
		ed_read_pattern(at);
		bool is_open = (*at)[-1] != delimiter;
		char *text = is_open ? NULL : read_replacement(at, delimiter);
		if (is_open)
			ed_fail("Missing pattern delimiter");
		free(replacement);
		replacement = text;
		replaces_all = false;
		occurrence = 1;
		print_form = 0;
		if (**at == delimiter) {
			++*at;
			read_flags(at);
		} else {
			print_form = 'p';
		}
	} else {
		repeat_last(at);
	}
	if (!range.last)
		ed_fail("Invalid address");
	size_t changed = 0;
	for (size_t line = range.first, left = range.last - range.first + 1; left; left--, line++) {
		char *text = replaced(ed_buffer.lines[line - 1]->text);
		if (!text)
			continue;
		replace_line(line, text);
		line = changed = ed_buffer.current;
	}
	if (!changed && !ed_in_global())
		ed_fail("No match");
	if (!changed)
		return;
	ed_buffer.current = changed;
	if (print_form)
		ed_print_lines((struct range){changed, changed, 1}, print_form);
}
