/* Searching in vi: POSIX basic regular expressions, around the end of the text. */
#include <stdlib.h>
#include <string.h>

#include "vi.h"

static char *last_pattern;
static bool last_backwards;

const char *search_pattern(void)
{
	return last_pattern;
}

/* With nomagic only ^ and $ are special, and . * [ & ~ where a backslash stands in front. On the heap. */
static char *without_magic(const char *pattern)
{
	struct text result = {0};
	text_clear(&result);
	for (; *pattern; pattern++) {
		if (*pattern == '\\' && pattern[1]) {
			pattern++;
			if (!strchr(".*[", *pattern))
				text_char(&result, '\\');
		} else if (strchr(".*[", *pattern)) {
			text_char(&result, '\\');
		}
		text_char(&result, *pattern);
	}
	return text_take(&result);
}

bool compile_pattern(const char *pattern, regex_t *regex)
{
	char reason[128];
	if (!*pattern && !last_pattern) {
		complain("No previous regular expression");
		return false;
	}
	if (*pattern) {
		free(last_pattern);
		last_pattern = duplicate(pattern);
	}
	char *plain = editor.options.magic ? duplicate(last_pattern) : without_magic(last_pattern);
	int error = regular_compile(regex, plain, editor.options.ignore_case ? REG_ICASE : 0);
	free(plain);
	if (!error)
		return true;
	regerror(error, regex, reason, sizeof reason);
	complain("%s", reason);
	return false;
}

/* The first match that begins at or behind `from`; -1 if there is none. */
static int match_from(const regex_t *regex, int line, int from)
{
	regmatch_t match;
	if (from > buffer.lines[line].length)
		return -1;
	if (regular_find(regex, buffer.lines[line].bytes + from, 1, &match, from ? REG_NOTBOL : 0) != 0)
		return -1;
	return from + (int)match.rm_so;
}

/* The last match that begins before `end`. */
static int match_before(const regex_t *regex, int line, int end)
{
	int found = -1;
	for (int at = 0; at <= buffer.lines[line].length;) {
		int match = match_from(regex, line, at);
		if (match < 0 || match >= end)
			break;
		found = match;
		at = match + 1;
	}
	return found;
}

static bool find_next(const regex_t *regex, struct position *at)
{
	for (int i = 0; i <= buffer.count; i++) {
		int line = (at->line + i) % buffer.count;
		if (line < at->line && !editor.options.wrap_scan)
			return false;
		int start = i == 0 ? next_character(*at) : 0;
		if (i == 0 && start >= buffer.lines[line].length)
			continue;
		int match = match_from(regex, line, start);
		if (match >= 0) {
			*at = (struct position){line, match};
			return true;
		}
	}
	return false;
}

static bool find_previous(const regex_t *regex, struct position *at)
{
	for (int i = 0; i <= buffer.count; i++) {
		int line = (at->line - i + buffer.count) % buffer.count;
		if (line > at->line && !editor.options.wrap_scan)
			return false;
		int match = match_before(regex, line, i == 0 ? at->column : buffer.lines[line].length + 1);
		if (match >= 0) {
			*at = (struct position){line, match};
			return true;
		}
	}
	return false;
}

bool search(const char *pattern, bool backwards, int count, struct position *to)
{
	regex_t regex;
	if (!compile_pattern(pattern, &regex))
		return false;
	last_backwards = backwards;
	bool found = true;
	for (*to = editor.cursor; found && count > 0; count--)
		found = backwards ? find_previous(&regex, to) : find_next(&regex, to);
	regfree(&regex);
	if (!found)
		complain("Pattern not found: %.200s", last_pattern);
	return found;
}

bool search_again(bool opposite, int count, struct position *to)
{
	bool direction = last_backwards;
	bool found = search("", direction != opposite, count, to);
	last_backwards = direction;
	return found;
}
