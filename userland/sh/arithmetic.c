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
	reader->next += strspn(reader->next, " \t\n\r");
}

/* Takes `operator` if it is next and not the beginning of a longer one. */
static bool accept(struct reader *reader, const char *operator)
{
	skip_blanks(reader);
	size_t length = strlen(operator);
	if (strncmp(reader->next, operator, length))
		return false;
	char after = reader->next[length];
	char last = operator[length - 1];
	bool doubles = strchr("<>&|", last) && length == 1 && after == last;
	bool assigns = after == '=' && strchr("*/%+-<>&|^", last) && !(length == 2 && last == '=');
	if (doubles || assigns || (!strcmp(operator, "!") && after == '='))
		return false;
	reader->next += length;
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

static integer binary(struct reader *reader, const char *operator, integer a, integer b)
{
	switch (*operator) {
	case '*': return (integer)((natural)a * (natural)b);
	case '+': return (integer)((natural)a + (natural)b);
	case '-': return (integer)((natural)a - (natural)b);
	case '&': return a & b;
	case '|': return a | b;
	case '^': return a ^ b;
	case '<': return (integer)((natural)a << (b & 63));
	case '>': return a >> (b & 63);
	default: break;
	}
	if (reader->skipping)
		return 0;
	if (!b)
		complain(reader, "division by zero");
	if (b == -1)
		return *operator == '/' ? (integer)(0 - (natural)a) : 0;
	return *operator == '/' ? a / b : a % b;
}

/* The assignment operator that is next ("" for "="), or null. */
static const char *assignment_operator(struct reader *reader)
{
	static const char *const operators[] = {"*", "/", "%", "+", "-", "<<", ">>", "&", "^", "|", ""};
	skip_blanks(reader);
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

/* Binary operators by precedence, the strongest first; && || ?: are below. */
static const char *const levels[][5] = {
	{"*", "/", "%"}, {"+", "-"}, {"<<", ">>"}, {"<=", ">=", "<", ">"},
	{"==", "!="}, {"&"}, {"^"}, {"|"},
};
enum { LEVELS = sizeof levels / sizeof *levels, SHIFTS = 2, COMPARISONS = 3, EQUALITIES = 4 };

static integer compare(const char *operator, integer a, integer b)
{
	if (operator[0] == '=')
		return a == b;
	if (operator[0] == '!')
		return a != b;
	if (operator[0] == '<')
		return operator[1] ? a <= b : a < b;
	return operator[1] ? a >= b : a > b;
}

static integer read_binary(struct reader *reader, int level)
{
	if (level < 0)
		return read_unary(reader);
	integer value = read_binary(reader, level - 1);
	for (int i = 0; levels[level][i];) {
		const char *operator = levels[level][i];
		if (!accept(reader, operator)) {
			i++;
			continue;
		}
		integer right = read_binary(reader, level - 1);
		bool compares = level == COMPARISONS || level == EQUALITIES;
		value = compares ? compare(operator, value, right) : binary(reader, operator, value, right);
		i = 0;
	}
	return value;
}

static integer read_logic(struct reader *reader, bool is_or)
{
	integer value = is_or ? read_logic(reader, false) : read_binary(reader, LEVELS - 1);
	while (accept(reader, is_or ? "||" : "&&")) {
		bool skips = is_or ? value != 0 : value == 0;
		reader->skipping += skips;
		integer right = is_or ? read_logic(reader, false) : read_binary(reader, LEVELS - 1);
		reader->skipping -= skips;
		value = is_or ? value || right : value && right;
	}
	return value;
}

static integer read_assignment(struct reader *reader)
{
	integer condition = read_logic(reader, true);
	if (!accept(reader, "?"))
		return condition;
	reader->skipping += !condition;
	integer yes = read_assignment(reader);
	reader->skipping -= !condition;
	if (!accept(reader, ":"))
		complain(reader, "expected :");
	reader->skipping += condition != 0;
	integer no = read_assignment(reader);
	reader->skipping -= condition != 0;
	return condition ? yes : no;
}

static integer read_comma(struct reader *reader)
{
	integer value = read_assignment(reader);
	while (accept(reader, ","))
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
