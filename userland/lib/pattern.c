/* Regular expressions on regcomp(3), searched for from any place of a line. */
#include "pattern.h"

#include <ctype.h>
#include <string.h>

#include "tools.h"

/* Whether a character may be there more or less than once. */
static bool is_repeated(const char *next)
{
	return *next == '*' || *next == '+' || *next == '?' || *next == '{' || (*next == '\\' && next[1] && strchr("+?{", next[1]));
}

/* The longest run of characters that mean themselves; with alternatives or groups nothing is looked for. */
struct pattern_literal pattern_literal(const char *pattern, int flags)
{
	static const char plain[] = " !\"#%&',-/:;<=>@_`~";
	size_t start = 0, best = 0, length = 0, size = strlen(pattern);
	if (flags & REG_ICASE || strpbrk(pattern, "|()["))
		return (struct pattern_literal){0};
	for (size_t at = 0; at <= size; at++) {
		bool is_plain = pattern[at] && (isalnum((unsigned char)pattern[at]) || strchr(plain, pattern[at]));
		if (is_plain && !is_repeated(pattern + at + 1))
			continue;
		if (at - start > length)
			best = start, length = at - start;
		/* What is behind a backslash, or within braces, is not itself. */
		at += pattern[at] == '\\' && pattern[at + 1];
		if (pattern[at] == '{')
			at += strcspn(pattern + at, "}");
		start = at + 1;
	}
	if (!length)
		return (struct pattern_literal){0};
	return (struct pattern_literal){duplicate_range(pattern + best, length), length, length == size};
}

void pattern_compile(struct pattern *pattern, const char *text, int flags, int status)
{
	char message[128];
	int error = regular_compile(&pattern->regex, text, flags);
	pattern->literal = pattern_literal(text, flags);
	const char *start = text;
	if (*start == '(')
		start++;
	else if (!strncmp(start, "\\(", 2))
		start += 2;
	pattern->word_start = !strncmp(start, "\\<", 2) || !strncmp(start, "\\b", 2);
	if (!error)
		return;
	regerror(error, &pattern->regex, message, sizeof message);
	errx(status, "%s", message);
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

bool pattern_find(const struct pattern *pattern, const char *line, size_t from, size_t count, regmatch_t *groups)
{
	const struct pattern_literal *literal = &pattern->literal;
	const char *found = literal->text ? strstr(line + from, literal->text) : NULL;
	if (literal->text && !found)
		return false;
	if (literal->is_all) {
		for (size_t i = 0; i < count; i++)
			groups[i] = (regmatch_t){-1, -1};
		if (count)
			groups[0] = (regmatch_t){found - line, found - line + (regoff_t)literal->length};
		return true;
	}
	/* regexec takes the place where it starts for the start of a word. */
	for (size_t at = from; !regular_find(&pattern->regex, line + at, count, groups, at ? REG_NOTBOL : 0); at++) {
		if (at && pattern->word_start && groups[0].rm_so == 0 && is_word(line[at - 1]) && is_word(line[at]))
			continue;
		for (size_t i = 0; i < count; i++) {
			if (groups[i].rm_so < 0)
				continue;
			groups[i].rm_so += (regoff_t)at;
			groups[i].rm_eo += (regoff_t)at;
		}
		return true;
	}
	return false;
}
