/* Regular expressions on regcomp(3), searched for from any place of a line. */
#include "pattern.h"

#include <ctype.h>
#include <string.h>

#include "tools.h"

void pattern_compile(struct pattern *pattern, const char *text, int flags, int status)
{
	char message[128];
	int error = regular_compile(&pattern->regex, text, flags);
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
	/* regexec takes the place where it starts for the start of a word. */
	for (size_t at = from; !regular_find(&pattern->regex, line + at, count, groups, at ? REG_NOTBOL : 0); at++) {
		if (groups[0].rm_so == 0 && at && pattern->word_start && is_word(line[at - 1]) && is_word(line[at]))
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
