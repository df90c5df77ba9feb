/* Built-in macros about strings. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "m4.h"
#include "regular.h"

static void push_number(long number)
{
	char *text = format_text("%ld", number);
	m4_push_string(text);
	free(text);
}

void m4_do_len(const struct m4_call *call)
{
	push_number((long)strlen(m4_text(call, 1)));
}

void m4_do_index(const struct m4_call *call)
{
	const char *text = m4_text(call, 1), *found = strstr(text, m4_text(call, 2));
	push_number(found ? found - text : -1);
}

void m4_do_substr(const struct m4_call *call)
{
	const char *text = m4_text(call, 1);
	long length = (long)strlen(text), start, count = length;
	if (call->count < 2) {
		m4_push_string(text);
		return;
	}
	start = m4_number(call->name, m4_text(call, 2));
	if (call->count > 2)
		count = m4_number(call->name, m4_text(call, 3));
	if (start < 0 || start >= length || count <= 0)
		return;
	m4_push_text(text + start, (size_t)(count < length - start ? count : length - start));
}

/* The characters that a set with ranges stands for. */
static char *spread(const char *set)
{
	struct text text = {0};
	text_string(&text, "");
	for (; *set; set++) {
		if (*set != '-' || !text.length || !set[1]) {
			text_char(&text, *set);
			continue;
		}
		unsigned char from = (unsigned char)text.data[text.length - 1], to = (unsigned char)*++set;
		while (from != to)
			text_char(&text, (char)(from < to ? ++from : --from));
	}
	return text_take(&text);
}

void m4_do_translit(const struct m4_call *call)
{
	struct text text = {0};
	const char *source = m4_text(call, 1);
	char *from = spread(m4_text(call, 2)), *to = spread(m4_text(call, 3));
	size_t length = strlen(to);
	for (; *source; source++) {
		const char *found = strchr(from, *source);
		if (!found)
			text_char(&text, *source);
		else if ((size_t)(found - from) < length)
			text_char(&text, to[found - from]);
	}
	if (text.data)
		m4_push_text(text.data, text.length);
	text_free(&text);
	free(from);
	free(to);
}

/* One conversion of format(): flags, width and precision as read. */
struct directive {
	char flags[8];
	int width, precision; /* precision -1: none */
	char conversion;
};

static void add_number(struct text *text, const struct directive *directive, const char *argument)
{
	char *format = format_text("%%%s*.*%c", directive->flags, directive->conversion);
	if (strchr("diouxXc", directive->conversion)) {
		int value = (int)strtol(argument, NULL, 10);
		text_format(text, format, directive->width, directive->precision, value);
	} else {
		text_format(text, format, directive->width, directive->precision, strtod(argument, NULL));
	}
	free(format);
}

static void add_text(struct text *text, const struct directive *directive, const char *argument)
{
	char *format = format_text("%%%s*.*s", strchr(directive->flags, '-') ? "-" : "");
	text_format(text, format, directive->width, directive->precision, argument);
	free(format);
}

static int take_size(const struct m4_call *call, const char **at, size_t *next)
{
	enum { MOST = 100000 };
	if (**at == '*') {
		++*at;
		long number = strtol(m4_text(call, (*next)++), NULL, 10);
		return number > MOST ? MOST : number < -MOST ? -MOST : (int)number;
	}
	char *end;
	long number = isdigit((unsigned char)**at) ? strtol(*at, &end, 10) : 0;
	if (isdigit((unsigned char)**at))
		*at = end;
	return number > MOST ? MOST : (int)number;
}

/* What follows a % at `at`; where it ends, or null for an unknown conversion. */
static const char *parse_directive(const struct m4_call *call, const char *at, size_t *next, struct directive *directive)
{
	size_t flags = 0;
	*directive = (struct directive){.precision = -1};
	for (; *at && strchr("-+ #0", *at); at++)
		if (!strchr(directive->flags, *at) && flags < sizeof directive->flags - 1)
			directive->flags[flags++] = *at;
	directive->width = take_size(call, &at, next);
	if (*at == '.') {
		at++;
		directive->precision = take_size(call, &at, next);
	}
	at += strspn(at, "hl");
	directive->conversion = *at;
	return *at && strchr("csdiouxXaAeEfFgG", *at) ? at : NULL;
}

void m4_do_format(const struct m4_call *call)
{
	struct text text = {0};
	size_t next = 2;
	for (const char *at = m4_text(call, 1); *at; at++) {
		struct directive directive;
		if (*at != '%' || at[1] == '%') {
			text_char(&text, *at);
			at += *at == '%';
			continue;
		}
		const char *end = parse_directive(call, at + 1, &next, &directive);
		if (!end) {
			m4_warn("unrecognized specifier in `%s'", m4_text(call, 1));
			break;
		}
		if (directive.conversion == 's')
			add_text(&text, &directive, m4_text(call, next++));
		else
			add_number(&text, &directive, m4_text(call, next++));
		at = end;
	}
	if (text.data)
		m4_push_text(text.data, text.length);
	text_free(&text);
}

enum { GROUPS = 10 };

/* \& and \0: all of the match, \1 to \9: groups. */
static void add_replacement(struct text *text, const char *replacement, const char *subject, const regmatch_t *groups)
{
	for (; *replacement; replacement++) {
		int group = -1;
		if (*replacement != '\\' || !replacement[1]) {
			text_char(text, *replacement);
			continue;
		}
		replacement++;
		if (*replacement == '&')
			group = 0;
		else if (isdigit((unsigned char)*replacement))
			group = *replacement - '0';
		if (group < 0)
			text_char(text, *replacement);
		else if (groups[group].rm_so >= 0)
			text_add(text, subject + groups[group].rm_so, (size_t)(groups[group].rm_eo - groups[group].rm_so));
	}
}

/* Emacs' expressions, which are m4's, as extended ones: \( \) and \| are the operators, ( ) | { } characters. */
static char *extended(const char *pattern)
{
	struct text text = {0};
	text_string(&text, "");
	for (; *pattern; pattern++) {
		if (*pattern == '[') {
			const char *end = pattern + 1 + (pattern[1] == '^');
			end = strchr(end + (*end == ']'), ']');
			if (end) {
				text_add(&text, pattern, (size_t)(end - pattern) + 1);
				pattern = end;
				continue;
			}
		}
		if (*pattern == '\\' && pattern[1]) {
			if (!strchr("()|", *++pattern))
				text_char(&text, '\\');
		} else if (strchr("()|{}", *pattern)) {
			text_char(&text, '\\');
		}
		text_char(&text, *pattern);
	}
	return text_take(&text);
}

static bool compile(regex_t *regex, const char *pattern)
{
	char message[128], *expression = extended(pattern);
	int error = regular_compile(regex, expression, REG_EXTENDED | REG_NEWLINE);
	free(expression);
	if (!error)
		return true;
	regerror(error, regex, message, sizeof message);
	m4_fail("bad regular expression: `%s': %s", pattern, message);
	return false;
}

void m4_do_regexp(const struct m4_call *call)
{
	regex_t regex;
	regmatch_t groups[GROUPS];
	struct text text = {0};
	if (call->count < 2 || !compile(&regex, m4_text(call, 2)))
		return;
	bool is_found = !regular_find(&regex, m4_text(call, 1), GROUPS, groups, 0);
	regfree(&regex);
	if (call->count < 3) {
		push_number(is_found ? (long)groups[0].rm_so : -1);
	} else if (is_found) {
		add_replacement(&text, m4_text(call, 3), m4_text(call, 1), groups);
		if (text.data)
			m4_push_text(text.data, text.length);
		text_free(&text);
	}
}

void m4_do_patsubst(const struct m4_call *call)
{
	regex_t regex;
	regmatch_t groups[GROUPS];
	struct text text = {0};
	const char *subject = m4_text(call, 1);
	if (call->count < 2 || !compile(&regex, m4_text(call, 2)))
		return;
	for (bool is_first = true;; is_first = false) {
		if (regular_find(&regex, subject, GROUPS, groups, is_first ? 0 : REG_NOTBOL))
			break;
		text_add(&text, subject, (size_t)groups[0].rm_so);
		add_replacement(&text, m4_text(call, 3), subject, groups);
		subject += groups[0].rm_eo;
		if (groups[0].rm_eo > groups[0].rm_so)
			continue;
		if (!*subject)
			break;
		text_char(&text, *subject++); /* an empty match: the next one is behind a character */
	}
	regfree(&regex);
	text_string(&text, subject);
	m4_push_text(text.data, text.length);
	text_free(&text);
}
