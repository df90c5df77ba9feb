/* Matching of one line against all patterns of grep. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "grep.h"
#include "line-filter.h"
#include "pattern.h"
#include "tools.h"

struct line_filter *grep_filter;

static struct {
	char **strings;
	struct pattern *compiled;
	struct pattern_literal *literals;
	size_t count;
} patterns;

void grep_add_patterns(const char *text, size_t length)
{
	for (const char *at = text, *end = text + length;;) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		stop = stop ? stop : end;
		patterns.strings = reallocate(patterns.strings, (patterns.count + 1) * sizeof(char *));
		patterns.strings[patterns.count++] = duplicate_range(at, (size_t)(stop - at));
		if (stop == end)
			return;
		at = stop + 1;
	}
}

/* Anchored in a group, -x also finds an alternative that is not the longest. */
static char *anchored(const char *pattern)
{
	return format_text(grep_flag.kind == 'E' ? "^(%s)$" : "^\\(%s\\)$", pattern);
}

static struct line_filter *make_filter(void);

/* The cases of characters of several bytes are known to regexec: strings with such become expressions. */
static void quote_wide_strings(void)
{
	bool is_wide = false;
	for (size_t i = 0; i < patterns.count; i++)
		for (const char *at = patterns.strings[i]; *at; at++)
			is_wide |= *at & 0x80;
	if (grep_flag.kind != 'F' || !grep_flag.ignore_case || !is_wide)
		return;
	grep_flag.kind = 'G';
	for (size_t i = 0; i < patterns.count; i++) {
		struct text quoted = {0};
		text_clear(&quoted);
		for (const char *at = patterns.strings[i]; *at; at++) {
			if (strchr("\\.[]*^$", *at))
				text_char(&quoted, '\\');
			text_char(&quoted, *at);
		}
		free(patterns.strings[i]);
		patterns.strings[i] = text_take(&quoted);
	}
}

void grep_compile_patterns(void)
{
	quote_wide_strings();
	patterns.compiled = allocate((patterns.count + 1) * sizeof *patterns.compiled);
	patterns.literals = allocate((patterns.count + 1) * sizeof *patterns.literals);
	int flags = (grep_flag.kind == 'E' ? REG_EXTENDED : 0) | (grep_flag.ignore_case ? REG_ICASE : 0);
	for (size_t i = 0; i < patterns.count && grep_flag.kind != 'F'; i++) {
		const char *string = patterns.strings[i];
		patterns.literals[i] = pattern_literal(string, flags);
		char *text = grep_flag.line ? anchored(string) : duplicate(string);
		pattern_compile(&patterns.compiled[i], *text || grep_flag.kind != 'E' ? text : "()", flags, 2);
		free(text);
	}
	grep_filter = make_filter();
}

/* A string, where that is all, or is all that is known; else a machine of all patterns. */
static struct line_filter *make_filter(void)
{
	const struct pattern_literal *literal = patterns.count == 1 ? &patterns.literals[0] : NULL;
	if (literal && !grep_flag.ignore_case && !grep_flag.line) {
		const char *string = grep_flag.kind == 'F' ? patterns.strings[0] : literal->is_all ? literal->text : "";
		if (*string)
			return string_filter(string, strlen(string));
	}
	char **texts = allocate((patterns.count + 1) * sizeof *texts);
	for (size_t i = 0; i < patterns.count; i++)
		texts[i] = grep_flag.line && grep_flag.kind != 'F' ? anchored(patterns.strings[i]) : duplicate(patterns.strings[i]);
	struct line_filter *filter = pattern_filter(texts, patterns.count, grep_flag.kind, grep_flag.ignore_case);
	for (size_t i = 0; i < patterns.count; i++)
		free(texts[i]);
	free(texts);
	if (!filter && literal && grep_flag.kind != 'F' && literal->text)
		filter = string_filter(literal->text, literal->length);
	return filter;
}

static bool is_word(int c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The leftmost match of one pattern at or after `from`. */
static bool find_one(size_t which, const char *line, size_t length, size_t from, struct grep_span *span)
{
	if (grep_flag.kind == 'F') {
		const char *string = patterns.strings[which];
		size_t size = strlen(string);
		for (size_t at = from; at + size <= length; at++) {
			if (grep_flag.ignore_case ? strncasecmp(line + at, string, size) : memcmp(line + at, string, size))
				continue;
			*span = (struct grep_span){at, at + size};
			return true;
		}
		return false;
	}
	const struct pattern_literal *literal = &patterns.literals[which];
	const char *found = literal->text && from <= length ? memmem(line + from, length - from, literal->text, literal->length) : NULL;
	if (literal->text && !found)
		return false;
	if (literal->is_all && !grep_flag.line) {
		*span = (struct grep_span){(size_t)(found - line), (size_t)(found - line) + literal->length};
		return true;
	}
	regmatch_t match;
	if (!pattern_find(&patterns.compiled[which], line, from, 1, &match))
		return false;
	*span = (struct grep_span){(size_t)match.rm_so, (size_t)match.rm_eo};
	return true;
}

static bool accepted(const char *line, size_t length, const struct grep_span *span)
{
	if (grep_flag.line)
		return span->start == 0 && span->end == length;
	if (!grep_flag.word)
		return true;
	return !(span->start && is_word(line[span->start - 1])) && !(span->end < length && is_word(line[span->end]));
}

/* The leftmost, then longest, match of all patterns. */
bool grep_find(const char *line, size_t length, size_t from, struct grep_span *best)
{
	bool found = false;
	for (size_t i = 0; i < patterns.count; i++) {
		struct grep_span span;
		size_t at = from;
		bool ok = false;
		while (at <= length && find_one(i, line, length, at, &span) && !(ok = accepted(line, length, &span)))
			at = span.start + 1;
		if (!ok || (found && (span.start > best->start || (span.start == best->start && span.end <= best->end))))
			continue;
		*best = span;
		found = true;
	}
	return found;
}
