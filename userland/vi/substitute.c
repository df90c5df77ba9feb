/* s and g of the ex line. */
#include <stdlib.h>
#include <string.h>

#include "vi.h"

static char *last_replacement;
static bool last_everywhere;

/* The replacement with & and \1 to \9 filled in. */
static void add_replacement(struct text *result, const char *replacement, const char *subject,
                            const regmatch_t *matches)
{
	for (; *replacement; replacement++) {
		int group = -1;
		if (*replacement == '&') {
			group = 0;
		} else if (*replacement == '\\' && replacement[1]) {
			replacement++;
			if (*replacement >= '0' && *replacement <= '9')
				group = *replacement - '0';
			else if (*replacement == 'n' || *replacement == 'r')
				text_char(result, '\n');
			else if (*replacement == 't')
				text_char(result, '\t');
			else
				text_char(result, *replacement);
		} else {
			text_char(result, *replacement);
		}
		if (group >= 0 && matches[group].rm_so >= 0)
			text_add(result, subject + matches[group].rm_so,
			         (size_t)(matches[group].rm_eo - matches[group].rm_so));
	}
}

/* The line with its matches replaced; returns how many there were. */
static int substitute_line(const regex_t *regex, const char *bytes, const char *replacement,
						   bool everywhere, struct text *result)
{
	regmatch_t matches[10];
	int count = 0;
	const char *rest = bytes;
	text_clear(result);
	while (regular_find(regex, rest, 10, matches, rest == bytes ? 0 : REG_NOTBOL) == 0) {
		text_add(result, rest, (size_t)matches[0].rm_so);
		add_replacement(result, replacement, rest, matches);
		count++;
		bool empty = matches[0].rm_so == matches[0].rm_eo;
		rest += matches[0].rm_eo;
		if (empty && *rest)
			text_char(result, *rest++);
		if (!everywhere || !*rest)
			break;
	}
	text_string(result, rest);
	return count;
}

/* Puts text that may hold newlines in place of a line; returns how many lines it is. */
static int replace_line(int at, const char *text)
{
	int lines = 0;
	for (const char *newline;; text = newline + 1) {
		newline = strchr(text, '\n');
		int length = newline ? (int)(newline - text) : (int)strlen(text);
		if (lines == 0)
			buffer_replace(at, text, length);
		else
			buffer_insert(at + lines, text, length);
		lines++;
		if (!newline)
			return lines;
	}
}

static void replace_all(struct range range, const regex_t *regex)
{
	int count = 0, changed_lines = 0, last = range.last, line = range.first;
	struct text result = {0};
	begin_change(range.first, range.last - range.first + 1);
	for (; line <= last; line++) {
		int found = substitute_line(regex, buffer.lines[line].bytes, last_replacement,
									last_everywhere, &result);
		if (!found)
			continue;
		count += found;
		changed_lines++;
		int lines = replace_line(line, result.data);
		line += lines - 1;
		last += lines - 1;
		editor.cursor = (struct position){line, first_nonblank(line)};
	}
	end_change(last - range.first + 1);
	text_free(&result);
	if (!count)
		complain("Pattern not found");
	else if (changed_lines > 1)
		tell("%d substitutions on %d lines", count, changed_lines);
}

void substitute(struct range range, const char *arguments)
{
	regex_t regex;
	char *pattern;
	if (*arguments && !strchr("g \"|", *arguments)) {
		char delimiter = *arguments++;
		pattern = take_pattern(&arguments, delimiter);
		free(last_replacement);
		last_replacement = take_pattern(&arguments, delimiter);
		last_everywhere = strchr(arguments, 'g') != NULL;
	} else if (last_replacement) {
		pattern = duplicate("");
		last_everywhere = *arguments == 'g';
	} else {
		complain("No previous substitution");
		return;
	}
	bool outer = editor.options.ignore_case;
	editor.options.ignore_case |= strchr(arguments, 'i') != NULL;
	if (compile_pattern(pattern, &regex)) {
		replace_all(range, &regex);
		regfree(&regex);
	}
	editor.options.ignore_case = outer;
	free(pattern);
}

void global_command(struct range range, const char *arguments, bool inverted)
{
	regex_t regex;
	char delimiter = *arguments++;
	if (!delimiter) {
		complain("g needs a pattern");
		return;
	}
	char *pattern = take_pattern(&arguments, delimiter);
	const char *command = *arguments ? arguments : "";
	bool compiled = compile_pattern(pattern, &regex);
	free(pattern);
	if (!compiled)
		return;
	/* from the bottom up, so that what a command adds or deletes moves no line that is still to
	 * come */
	int count = 0;
	for (int line = range.last; line >= range.first; line--) {
		if (line >= buffer.count)
			continue;
		bool matches = regular_find(&regex, buffer.lines[line].bytes, 0, NULL, 0) == 0;
		if (matches == inverted)
			continue;
		editor.cursor = (struct position){line, 0};
		run_ex(command);
		count++;
	}
	regfree(&regex);
	if (!count)
		complain("Pattern not found");
	else if (!editor.is_error)
		tell("%d lines", count);
}
