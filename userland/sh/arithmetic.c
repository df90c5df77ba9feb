/* Arithmetic expansion: C's integer expressions with assignment (POSIX XCU 2.6.4), on 64 bits. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shell.h"

typedef long long integer;
typedef unsigned long long natural;

struct reader {
	const char *text, *next;
	int skipping; /* > 0 in an operand that is not evaluated */
	int depth;
};

enum { DEEPEST = 200 };

static integer read_assignment(struct reader *reader);
static integer read_comma(struct reader *reader);

static noreturn void complain(struct reader *reader, const char *what)
{
	shell_error(2, "arithmetic expression: %s: \"%s\"", what, reader->text);
}

static void skip_blanks(struct reader *reader)
{
	while (*reader->next == ' ' || *reader->next == '\t' || *reader->next == '\n')
		reader->next++;
}

/* Takes the character if it is next. */
static bool accept(struct reader *reader, char character)
{
	skip_blanks(reader);
	if (*reader->next != character)
		return false;
	reader->next++;
	return true;
}

static integer parse_number(struct reader *reader, const char **text)
{
	char *end;
	errno = 0;
	integer value = (integer)strtoull(*text, &end, 0);
	if (*end == '#' && value >= 2 && value <= 36)
		value = (integer)strtoull(end + 1, &end, (int)value);
	if (isalnum((unsigned char)*end) || *end == '_')
		complain(reader, "bad number");
	*text = end;
	return value;
}

/* A variable's value: a number, or an expression. */
static integer variable_value(struct reader *reader, const char *name)
{
	const char *value = get_variable(name);
	if (!value && option_set['u'] && !reader->skipping)
		shell_error(2, "%s: parameter not set", name);
	if (!value || !value[strspn(value, " \t\n")] || reader->skipping)
		return 0;
	if (reader->depth > DEEPEST)
		complain(reader, "recursion");
	struct reader inner = {value, value, 0, reader->depth + 1};
	integer result = read_comma(&inner);
	skip_blanks(&inner);
	if (*inner.next)
		complain(&inner, "bad number");
	return result;
}

static void assign(struct reader *reader, const char *name, integer value)
{
	char text[32];
	if (reader->skipping)
		return;
	snprintf(text, sizeof text, "%lld", value);
	set_variable(name, text, 0);
}

static integer divide(struct reader *reader, char operator, integer a, integer b)
{
	if (reader->skipping)
		return 0;
	if (!b)
		complain(reader, "division by zero");
	if (b == -1)
		return operator == '/' ? (integer)(0 - (natural)a) : 0;
	return operator == '/' ? a / b : a % b;
}

/* `operator` may be the beginning of a longer text, as "+" of "+=". */
static integer binary(struct reader *reader, const char *operator, integer a, integer b)
{
	bool or_equal = operator[1] == '=';
	switch (*operator) {
	case '*': return (integer)((natural)a * (natural)b);
	case '+': return (integer)((natural)a + (natural)b);
	case '-': return (integer)((natural)a - (natural)b);
	case '&': return operator[1] == '&' ? a && b : a & b;
	case '|': return operator[1] == '|' ? a || b : a | b;
	case '^': return a ^ b;
	case '=': return a == b;
	case '!': return a != b;
	case '<':
		if (operator[1] == '<')
			return (integer)((natural)a << (b & 63));
		return or_equal ? a <= b : a < b;
	case '>':
		if (operator[1] == '>')
			return a >> (b & 63);
		return or_equal ? a >= b : a > b;
	default: return divide(reader, *operator, a, b);
	}
}

/* The assignment operator that is next ("" for "="), or null. */
static const char *assignment_operator(struct reader *reader)
{
	static const char *const operators[] = {"*", "/", "%", "+", "-", "<<", ">>", "&", "^", "|", ""};
	skip_blanks(reader);
	if (!*reader->next || !strchr("*/%+-<>&^|=", *reader->next))
		return NULL;
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
		size_t length = strlen(operators[i]);
		if (strncmp(reader->next, operators[i], length) || reader->next[length] != '=')
			continue;
		if (!length && reader->next[1] == '=')
			return NULL;
		reader->next += length + 1;
		return operators[i];
	}
	return NULL;
}

/* A name: its value, an assignment to it, or ++ and -- behind it. */
static integer read_variable(struct reader *reader)
{
	size_t length = name_length(reader->next);
	char *name = arena_string(&scratch, reader->next, length);
	reader->next += length;
	const char *operator = assignment_operator(reader);
	if (operator) {
		integer value = read_assignment(reader);
		if (*operator)
			value = binary(reader, operator, variable_value(reader, name), value);
		assign(reader, name, value);
		return value;
	}
	integer value = variable_value(reader, name);
	bool up = !strncmp(reader->next, "++", 2), down = !strncmp(reader->next, "--", 2);
	if (up || down) {
		reader->next += 2;
		assign(reader, name, up ? value + 1 : value - 1);
	}
	return value;
}

static integer read_step(struct reader *reader, int step)
{
	skip_blanks(reader);
	size_t length = name_length(reader->next);
	char *name = arena_string(&scratch, reader->next, length);
	reader->next += length;
	integer value = variable_value(reader, name) + step;
	assign(reader, name, value);
	return value;
}

static bool step_follows(struct reader *reader, const char *operator)
{
	if (strncmp(reader->next, operator, 2))
		return false;
	const char *after = reader->next + 2 + strspn(reader->next + 2, " \t\n");
	return name_length(after) > 0;
}

static integer read_unary(struct reader *reader)
{
	skip_blanks(reader);
	if (++reader->depth > DEEPEST)
		complain(reader, "too deep");
	integer value;
	if (step_follows(reader, "++") || step_follows(reader, "--")) {
		int step = *reader->next == '+' ? 1 : -1;
		reader->next += 2;
		value = read_step(reader, step);
	} else if (strchr("+-!~", *reader->next) && *reader->next) {
		char operator = *reader->next++;
		value = read_unary(reader);
		value = operator == '-' ? (integer)(0 - (natural)value)
		      : operator == '!' ? !value
		      : operator == '~' ? ~value
		                        : value;
	} else if (*reader->next == '(') {
		reader->next++;
		value = read_comma(reader);
		skip_blanks(reader);
		if (*reader->next++ != ')')
			complain(reader, "missing )");
	} else if (isdigit((unsigned char)*reader->next)) {
		value = parse_number(reader, &reader->next);
	} else if (name_length(reader->next)) {
		value = read_variable(reader);
	} else {
		complain(reader, "operand expected");
	}
	reader->depth--;
	return value;
}

/* How strongly the binary operator at `text` binds (0: none is there), and its length. */
static int operator_level(const char *text, int *length)
{
	enum { OR = 1, AND, BIT_OR, BIT_XOR, BIT_AND, EQUALITY, COMPARISON, SHIFT, SUM, PRODUCT };
	*length = 1;
	if (!*text)
		return 0;
	char second = text[1];
	if (*text == '<' || *text == '>') {
		if (second == *text) {
			*length = 2;
			return text[2] == '=' ? 0 : SHIFT;
		}
		*length += second == '=';
		return COMPARISON;
	}
	if ((*text == '&' || *text == '|') && second == *text) {
		*length = 2;
		return *text == '&' ? AND : OR;
	}
	if (*text == '=' || *text == '!') {
		*length = 2;
		return second == '=' ? EQUALITY : 0;
	}
	if (second == '=')
		return 0; /* an assignment */
	switch (*text) {
	case '*':
	case '/':
	case '%': return PRODUCT;
	case '+':
	case '-': return SUM;
	case '&': return BIT_AND;
	case '^': return BIT_XOR;
	case '|': return BIT_OR;
	default: return 0;
	}
}

/* Operands joined by operators that bind at least as strongly as `lowest`. */
static integer read_binary(struct reader *reader, int lowest)
{
	integer value = read_unary(reader);
	for (;;) {
		int length;
		skip_blanks(reader);
		const char *operator = reader->next;
		int level = operator_level(operator, &length);
		if (!level || level < lowest)
			return value;
		reader->next += length;
		bool is_logical = length == 2 && (*operator == '&' || *operator == '|');
		bool skips = is_logical && (*operator == '&' ? !value : value != 0);
		reader->skipping += skips;
		integer right = read_binary(reader, level + 1);
		reader->skipping -= skips;
		value = binary(reader, operator, value, right);
	}
}

static integer read_assignment(struct reader *reader)
{
	integer condition = read_binary(reader, 1);
	if (!accept(reader, '?'))
		return condition;
	reader->skipping += !condition;
	integer yes = read_assignment(reader);
	reader->skipping -= !condition;
	if (!accept(reader, ':'))
		complain(reader, "expected :");
	reader->skipping += condition != 0;
	integer no = read_assignment(reader);
	reader->skipping -= condition != 0;
	return condition ? yes : no;
}

static integer read_comma(struct reader *reader)
{
	integer value = read_assignment(reader);
	while (accept(reader, ','))
		value = read_assignment(reader);
	return value;
}

long long evaluate_arithmetic(const char *expression)
{
	struct reader reader = {expression, expression, 0, 0};
	skip_blanks(&reader);
	if (!*reader.next)
		return 0;
	integer value = read_comma(&reader);
	skip_blanks(&reader);
	if (*reader.next)
		complain(&reader, "syntax error");
	return value;
}
