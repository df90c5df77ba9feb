/*
 * expr: evaluate an expression
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/expr.html
 *
 * Usage: expr EXPRESSION
 * From the weakest to the strongest:
 *   A | B    A if it is neither null nor 0, else B
 *   A & B    A if neither is null or 0, else 0
 *   A < B, <=, =, !=, >=, >
 *   A + B, A - B
 *   A * B, A / B, A % B
 *   STRING : REGEXP, match STRING REGEXP
 *   substr STRING POS LENGTH, index STRING CHARS, length STRING
 *   ( EXPRESSION )
 * Integers may have any number of digits.
 * The exit status is 0 if the result is neither null nor 0, 1 if it is, 2 or 3 after an error.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "big-integer.h"
#include "characters.h"
#include "regular.h"
#include "tools.h"

static char **at;

static char *parse(int level);

static bool accept(const char *word)
{
	if (!*at || strcmp(*at, word))
		return false;
	at++;
	return true;
}

static bool is_integer(const char *text)
{
	text += *text == '-';
	return *text && strspn(text, "0123456789") == strlen(text);
}

/* Cut to what strtoll() has: a position in a text, which is shorter than that. */
static long long position(const char *text)
{
	return strtoll(text, NULL, 10);
}

static bool is_null(const char *value)
{
	return !*value || (is_integer(value) && strtoll(value, NULL, 10) == 0);
}

static char *match(const char *text, const char *expression)
{
	regex_t pattern;
	regmatch_t groups[2];
	char message[100], *anchored = format_text("^%s", expression + (*expression == '^'));
	int error = regular_compile(&pattern, anchored, 0);
	if (error) {
		regerror(error, &pattern, message, sizeof message);
		errx(2, "%s", message);
	}
	bool found = !regular_find(&pattern, text, 2, groups, 0);
	if (pattern.re_nsub)
		return found && groups[1].rm_so >= 0 ? duplicate_range(text + groups[1].rm_so, (size_t)(groups[1].rm_eo - groups[1].rm_so)) : duplicate("");
	return format_text("%zu", found ? character_count(text, (size_t)groups[0].rm_eo) : 0);
}

static char *need_operand(void)
{
	if (!*at)
		errx(2, "syntax error: missing argument after '%s'", at[-1]);
	return *at++;
}

static char *substring(const char *text, long long start, long long length)
{
	size_t bytes = strlen(text);
	long long size = (long long)character_count(text, bytes);
	if (start < 1 || start > size || length < 1)
		return duplicate("");
	if (length > size - start + 1)
		length = size - start + 1;
	size_t first = character_offset(text, bytes, (size_t)start - 1);
	return duplicate_range(text + first, character_offset(text + first, bytes - first, (size_t)length));
}

/* Number, from 1, of the first character of the text that is in the set; 0: none is. */
static size_t find_any(const char *text, const char *set)
{
	size_t length = strlen(text), set_length = strlen(set), number = 1;
	for (size_t at = 0, size; at < length; at += size, number++) {
		size = character_size(text + at, length - at);
		for (size_t i = 0, other; i < set_length; i += other) {
			other = character_size(set + i, set_length - i);
			if (other == size && !memcmp(text + at, set + i, size))
				return number;
		}
	}
	return 0;
}

static char *parse_primary(void)
{
	if (!*at)
		errx(2, "syntax error: missing argument after '%s'", at[-1]);
	if (accept("(")) {
		char *value = parse(0);
		if (!*at)
			errx(2, "syntax error: expecting ')' after '%s'", at[-1]);
		if (!accept(")"))
			errx(2, "syntax error: expecting ')' instead of '%s'", *at);
		return value;
	}
	if (*at[0] == ')' && !at[0][1])
		errx(2, "syntax error: unexpected ')'");
	if (accept("+"))
		return need_operand();
	if (!at[1])
		return *at++;
	if (accept("length")) {
		char *text = parse_primary();
		return format_text("%zu", character_count(text, strlen(text)));
	}
	if (accept("match")) {
		char *text = parse_primary();
		return match(text, parse_primary());
	}
	if (accept("index")) {
		char *text = parse_primary();
		return format_text("%zu", find_any(text, parse_primary()));
	}
	if (accept("substr")) {
		char *text = parse_primary(), *start = parse_primary(), *length = parse_primary();
		return is_integer(start) && is_integer(length) ? substring(text, position(start), position(length)) : duplicate("");
	}
	return *at++;
}

static char *compare(const char *a, const char *b, const char *operator)
{
	bool numbers = is_integer(a) && is_integer(b);
	int order = numbers ? integer_compare(a, b) : strcoll(a, b);
	bool result = operator[0] == '<' ? order < 0 : operator[0] == '>' ? order > 0 : operator[0] == '=' && order == 0;
	if (operator[1] == '=' && operator[0] != '!')
		result |= order == 0;
	if (operator[0] == '!')
		result = order != 0;
	return duplicate(result ? "1" : "0");
}

static char *calculate(const char *a, const char *b, char operator)
{
	if (!is_integer(a) || !is_integer(b))
		errx(2, "non-integer argument");
	if ((operator == '/' || operator == '%') && is_null(b))
		errx(2, "division by zero");
	return integer_calculate(a, b, operator);
}

static const char *const operators[][8] = {{"|"}, {"&"}, {"<", "<=", "=", "==", "!=", ">=", ">"}, {"+", "-"}, {"*", "/", "%"}, {":"}};
enum { LEVELS = sizeof operators / sizeof *operators };

static char *parse(int level)
{
	if (level == LEVELS)
		return parse_primary();
	char *left = parse(level + 1);
	for (;;) {
		const char *operator = NULL;
		for (size_t i = 0; i < 8 && operators[level][i] && !operator; i++)
			if (accept(operators[level][i]))
				operator = operators[level][i];
		if (!operator)
			return left;
		char *right = parse(level + 1);
		switch (level) {
		case 0: left = !is_null(left) ? left : is_null(right) ? duplicate("0") : right; break;
		case 1: left = is_null(left) || is_null(right) ? duplicate("0") : left; break;
		case 2: left = compare(left, right, operator); break;
		case 5: left = match(left, right); break;
		default: left = calculate(left, right, *operator);
		}
	}
}

int main(int argc, char **argv)
{
	usage_status = 2;
	at = argv + 1;
	if (argc > 1 && !strcmp(argv[1], "--"))
		at++;
	if (!*at)
		usage_error("missing operand");
	char *value = parse(0);
	if (*at)
		errx(2, "syntax error: unexpected argument '%s'", *at);
	puts(value);
	return is_null(value);
}
