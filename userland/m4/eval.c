/* eval(): C's integer expressions in 32 bits, by precedence climbing. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "m4.h"

enum { MOST_DEPTH = 500, POWER_LEVEL = 11 };

struct evaluation {
	const char *at, *all;
	int depth, unused; /* within what is not evaluated */
	bool has_failed;
};

/* Longer operators first where one begins another. */
static const struct operation {
	char text[3];
	int level;
} operators[] = {
	{"||", 1}, {"&&", 2}, {"<<", 8}, {">>", 8}, {"<=", 7}, {">=", 7}, {"==", 6}, {"!=", 6}, {"**", POWER_LEVEL},
	{"|", 3}, {"^", 4}, {"&", 5}, {"<", 7}, {">", 7}, {"+", 9}, {"-", 9}, {"*", 10}, {"/", 10}, {"%", 10}};

static int fail(struct evaluation *evaluation, const char *problem)
{
	if (!evaluation->has_failed)
		m4_fail("%s: %s", problem, evaluation->all);
	evaluation->has_failed = true;
	return 0;
}

static void skip_blanks(struct evaluation *evaluation)
{
	evaluation->at += strspn(evaluation->at, " \t\n\v\f\r");
}

/* 10, 010, 0x10, 0b10, 0r3:12. */
static int parse_number(struct evaluation *evaluation)
{
	const char *at = evaluation->at;
	unsigned value = 0, base = 10;
	if (*at == '0') {
		at++;
		base = 8;
		if (*at == 'x' || *at == 'X' || *at == 'b' || *at == 'B') {
			base = tolower((unsigned char)*at) == 'x' ? 16 : 2;
			at++;
		} else if (*at == 'r' || *at == 'R') {
			char *end;
			base = (unsigned)strtoul(at + 1, &end, 10);
			if (base < 1 || base > 36 || *end != ':')
				return fail(evaluation, "bad expression in eval");
			at = end + 1;
		}
	}
	for (; isalnum((unsigned char)*at); at++) {
		unsigned digit = isdigit((unsigned char)*at) ? (unsigned)(*at - '0') : (unsigned)(tolower((unsigned char)*at) - 'a' + 10);
		if (base == 1 ? digit != 1 : digit >= base)
			return fail(evaluation, "bad expression in eval");
		value = base == 1 ? value + 1 : value * base + digit;
	}
	evaluation->at = at;
	return (int)value;
}

static int parse(struct evaluation *evaluation, int level);

static int parse_unary(struct evaluation *evaluation)
{
	int value;
	if (++evaluation->depth > MOST_DEPTH)
		return fail(evaluation, "expression too deep in eval");
	skip_blanks(evaluation);
	switch (*evaluation->at) {
	case '+': evaluation->at++; value = parse_unary(evaluation); break;
	case '-': evaluation->at++; value = (int)(0U - (unsigned)parse_unary(evaluation)); break;
	case '~': evaluation->at++; value = ~parse_unary(evaluation); break;
	case '!': evaluation->at++; value = !parse_unary(evaluation); break;
	case '(':
		evaluation->at++;
		value = parse(evaluation, 1);
		skip_blanks(evaluation);
		if (*evaluation->at != ')')
			return fail(evaluation, "bad expression in eval (missing right parenthesis)");
		evaluation->at++;
		break;
	default:
		if (!isdigit((unsigned char)*evaluation->at))
			return fail(evaluation, "bad expression in eval");
		value = parse_number(evaluation);
	}
	evaluation->depth--;
	return value;
}

static int power(struct evaluation *evaluation, int base, int exponent)
{
	unsigned result = 1, factor = (unsigned)base;
	if (exponent < 0 || (!base && !exponent))
		return evaluation->unused ? 0 : fail(evaluation, exponent < 0 ? "negative exponent in eval" : "divide by zero in eval");
	for (unsigned left = (unsigned)exponent; left; left >>= 1, factor *= factor)
		if (left & 1)
			result *= factor;
	return (int)result;
}

static int divide(struct evaluation *evaluation, int left, int right, bool is_quotient)
{
	if (!right)
		return evaluation->unused ? 0 : fail(evaluation, is_quotient ? "divide by zero in eval" : "modulo by zero in eval");
	if (right == -1)
		return is_quotient ? (int)(0U - (unsigned)left) : 0;
	return is_quotient ? left / right : left % right;
}

static int apply(struct evaluation *evaluation, const char *operator, int left, int right)
{
	unsigned a = (unsigned)left, b = (unsigned)right;
	switch (operator[0] << 8 | operator[1]) {
	case '|' << 8 | '|': return left || right;
	case '&' << 8 | '&': return left && right;
	case '<' << 8 | '<': return (int)(a << (b & 31));
	case '>' << 8 | '>': return left >> (b & 31);
	case '<' << 8 | '=': return left <= right;
	case '>' << 8 | '=': return left >= right;
	case '=' << 8 | '=': return left == right;
	case '!' << 8 | '=': return left != right;
	case '*' << 8 | '*': return power(evaluation, left, right);
	case '|' << 8: return left | right;
	case '^' << 8: return left ^ right;
	case '&' << 8: return left & right;
	case '<' << 8: return left < right;
	case '>' << 8: return left > right;
	case '+' << 8: return (int)(a + b);
	case '-' << 8: return (int)(a - b);
	case '*' << 8: return (int)(a * b);
	default: return divide(evaluation, left, right, operator[0] == '/');
	}
}

static const struct operation *next_operator(struct evaluation *evaluation)
{
	skip_blanks(evaluation);
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (!strncmp(evaluation->at, operators[i].text, strlen(operators[i].text)))
			return &operators[i];
	return NULL;
}

static int parse(struct evaluation *evaluation, int level)
{
	int left = parse_unary(evaluation);
	const struct operation *operator;
	while (!evaluation->has_failed && (operator = next_operator(evaluation)) && operator->level >= level) {
		evaluation->at += strlen(operator->text);
		/* What a false && or a true || leaves out is read, but may divide by zero. */
		bool is_decided = operator->level == (left ? 1 : 2);
		evaluation->unused += is_decided;
		int right = parse(evaluation, operator->level + (operator->level != POWER_LEVEL));
		left = is_decided ? left != 0 : apply(evaluation, operator->text, left, right);
		evaluation->unused -= is_decided;
	}
	return left;
}

bool m4_evaluate(const char *text, int *value)
{
	struct evaluation evaluation = {.at = text, .all = text};
	skip_blanks(&evaluation);
	if (!*evaluation.at) {
		m4_warn("empty string treated as 0 in builtin `eval'");
		*value = 0;
		return true;
	}
	*value = parse(&evaluation, 1);
	skip_blanks(&evaluation);
	if (*evaluation.at && !evaluation.has_failed)
		fail(&evaluation, "bad expression in eval (bad input)");
	return !evaluation.has_failed;
}

void m4_do_eval(const struct m4_call *call)
{
	int value;
	long radix = *m4_text(call, 2) ? m4_number(call->name, m4_text(call, 2)) : 10, width = 1;
	if (call->count > 2)
		width = m4_number(call->name, m4_text(call, 3));
	if (!m4_evaluate(m4_text(call, 1), &value))
		return;
	if (radix < 1 || radix > 36 || width < 0 || width > 100000) {
		m4_fail(radix < 1 || radix > 36 ? "radix %ld out of range in builtin `eval'" : "negative width to builtin `eval' (%ld)", radix);
		return;
	}
	struct text digits = {0}, all = {0};
	unsigned magnitude = value < 0 ? 0U - (unsigned)value : (unsigned)value;
	for (; radix > 1 ? magnitude : magnitude && digits.length < 100000; magnitude = radix > 1 ? magnitude / (unsigned)radix : magnitude - 1)
		text_char(&digits, radix == 1 ? '1' : "0123456789abcdefghijklmnopqrstuvwxyz"[magnitude % (unsigned)radix]);
	text_string(&all, value < 0 ? "-" : "");
	for (long i = (long)digits.length; i < width; i++)
		text_char(&all, '0');
	while (digits.length)
		text_char(&all, digits.data[--digits.length]);
	m4_push_text(all.data, all.length);
	text_free(&digits);
	text_free(&all);
}

static void add_one(const struct m4_call *call, unsigned step)
{
	char *text = format_text("%d", (int)((unsigned)m4_number(call->name, m4_text(call, 1)) + step));
	m4_push_string(text);
	free(text);
}

void m4_do_incr(const struct m4_call *call)
{
	add_one(call, 1);
}

void m4_do_decr(const struct m4_call *call)
{
	add_one(call, -1U);
}
