/* Regular expressions on musl's regcomp(3) and regexec(3), and what those lack. */
#include "regular.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tools.h"

/* A byte that is no UTF-8 is looked for as the character of private use that ends with it. */
enum { ESCAPE_BASE = 0x10ff00, ESCAPED_SIZE = 4 };

/* Bytes of the character at `text`; 0: its first byte is no part of UTF-8. */
static size_t valid_size(const char *text)
{
	size_t size;
	uint32_t code = utf8_decode(text, strnlen(text, 4), &size);
	bool replaced = code == 0xfffd && size == 1;
	return replaced ? 0 : size;
}

static bool is_valid(const char *text)
{
	for (size_t size; *text; text += size)
		if (!(size = *text & 0x80 ? valid_size(text) : 1))
			return false;
	return true;
}

/* The text with its invalid bytes as valid characters, on the heap. */
static char *escape(const char *text)
{
	struct text result = {0};
	text_string(&result, "");
	while (*text) {
		size_t size = valid_size(text);
		if (size) {
			text_add(&result, text, size);
			text += size;
			continue;
		}
		uint32_t code = ESCAPE_BASE | (unsigned char)*text++;
		char bytes[] = {(char)(0xf0 | code >> 18), (char)(0x80 | (code >> 12 & 63)), (char)(0x80 | (code >> 6 & 63)), (char)(0x80 | (code & 63))};
		text_add(&result, bytes, sizeof bytes);
	}
	return text_take(&result);
}

/* Where the byte at `offset` of the escaped text stands in the text. */
static regoff_t original_offset(const char *text, regoff_t offset)
{
	const char *at = text;
	for (regoff_t passed = 0; passed < offset;) {
		size_t size = valid_size(at);
		passed += size ? (regoff_t)size : ESCAPED_SIZE;
		at += size ? size : 1;
	}
	return (regoff_t)(at - text);
}

/* Behind the bracket expression that begins at `at`. */
static const char *skip_bracket(const char *at)
{
	const char *next = at + 1;
	next += *next == '^';
	next += *next == ']';
	while (*next && *next != ']') {
		char kind = next[1];
		if (*next == '[' && (kind == ':' || kind == '.' || kind == '=')) {
			for (next += 2; *next && !(*next == kind && next[1] == ']'); next++)
				continue;
			next += *next ? 2 : 0;
			continue;
		}
		next++;
	}
	return *next ? next + 1 : next;
}

static bool has_back_reference(const char *pattern)
{
	while (*pattern) {
		if (*pattern == '[') {
			pattern = skip_bracket(pattern);
		} else if (*pattern == '\\' && pattern[1]) {
			if (pattern[1] >= '1' && pattern[1] <= '9')
				return true;
			pattern += 2;
		} else {
			pattern++;
		}
	}
	return false;
}

/* An extended expression as a basic one of musl's, which knows \+ \? \| too; on the heap. */
static char *as_basic(const char *pattern)
{
	static const char operators[] = "(){}+?|";
	struct text result = {0};
	text_string(&result, "");
	while (*pattern) {
		if (*pattern == '[') {
			const char *end = skip_bracket(pattern);
			text_add(&result, pattern, (size_t)(end - pattern));
			pattern = end;
			continue;
		}
		bool is_escaped = *pattern == '\\' && pattern[1];
		pattern += is_escaped;
		bool is_operator = strchr(operators, *pattern);
		if (is_escaped != is_operator)
			text_char(&result, '\\');
		text_char(&result, *pattern++);
	}
	return text_take(&result);
}

int regular_compile(regex_t *regex, const char *pattern, int flags)
{
	char *basic = NULL, *escaped = NULL;
	if (MB_CUR_MAX > 1 && !is_valid(pattern))
		pattern = escaped = escape(pattern);
	if (flags & REG_EXTENDED && has_back_reference(pattern)) {
		pattern = basic = as_basic(pattern);
		flags &= ~REG_EXTENDED;
	}
	int error = regcomp(regex, pattern, flags);
	free(basic);
	free(escaped);
	return error;
}

int regular_find(const regex_t *regex, const char *text, size_t count, regmatch_t *groups, int flags)
{
	/* musl ends with "no match" where it comes upon an invalid byte; what it has found before is right */
	int error = regexec(regex, text, count, groups, flags);
	if (error != REG_NOMATCH || MB_CUR_MAX == 1 || is_valid(text))
		return error;
	char *escaped = escape(text);
	error = regexec(regex, escaped, count, groups, flags);
	for (size_t i = 0; !error && i < count; i++) {
		if (groups[i].rm_so < 0)
			continue;
		groups[i].rm_so = original_offset(text, groups[i].rm_so);
		groups[i].rm_eo = original_offset(text, groups[i].rm_eo);
	}
	free(escaped);
	return error;
}
