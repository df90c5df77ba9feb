/* The grammar of awk's expressions by recursive descent. */
#include <stdlib.h>
#include <string.h>

#include "awk.h"
#include "line-filter.h"
#include "parse.h"
#include "tools.h"

const struct awk_function *awk_current_function;
bool awk_no_in, awk_no_greater, awk_pipe_seen;

static struct awk_node *parse_primary(void);

struct awk_node *awk_variable(const char *name)
{
	for (int i = 0; awk_current_function && i < awk_current_function->parameter_count; i++)
		if (!strcmp(awk_current_function->parameters[i], name))
			return awk_make(N_LOCAL, i, NULL, NULL);
	return awk_make(N_VARIABLE, awk_global(name), NULL, NULL);
}

/* Expressions up to the closing token, linked by `next`. */
struct awk_node *awk_parse_list(int closing)
{
	struct awk_node *first = NULL, **last = &first;
	awk_skip_newlines();
	while (awk_token != closing) {
		*last = awk_parse_expression();
		last = &(*last)->next;
		awk_skip_newlines();
		if (awk_token == closing)
			break;
		awk_expect(',');
		awk_skip_newlines();
	}
	awk_advance();
	return first;
}

int awk_function_number(const char *name)
{
	for (size_t i = 0; i < awk_program.function_count; i++)
		if (!strcmp(awk_program.functions[i].name, name))
			return (int)i;
	/* Room for all of them at once, so that `awk_current_function` stays where it is. */
	if (!awk_program.functions)
		awk_program.functions = allocate(512 * sizeof *awk_program.functions);
	if (awk_program.function_count == 512)
		errx(2, "too many functions");
	awk_program.functions[awk_program.function_count] = (struct awk_function){.name = duplicate(name)};
	return (int)awk_program.function_count++;
}

static struct awk_node *parse_name(void)
{
	char *name = awk_token_text;
	awk_advance();
	if (!awk_accept('['))
		return awk_variable(name);
	bool in = awk_no_in, greater = awk_no_greater;
	awk_no_in = awk_no_greater = false;
	struct awk_node *node = awk_make(N_ELEMENT, 0, awk_variable(name), awk_parse_list(']'));
	awk_no_in = in, awk_no_greater = greater;
	return node;
}

static bool is_target(const struct awk_node *node)
{
	return node->operation == N_VARIABLE || node->operation == N_LOCAL || node->operation == N_FIELD || node->operation == N_ELEMENT;
}

/* getline [target]; the source is added by the caller. */
static struct awk_node *parse_getline(void)
{
	struct awk_node *node = awk_make(N_GETLINE, 0, NULL, NULL);
	awk_advance();
	if (awk_token == '$') {
		awk_advance();
		node->a = awk_make(N_FIELD, 0, parse_primary(), NULL);
	} else if (awk_token == T_NAME) {
		node->a = parse_name();
	}
	return node;
}

static struct awk_node *parse_group(void)
{
	bool in = awk_no_in, greater = awk_no_greater;
	awk_no_in = awk_no_greater = false;
	struct awk_node *list = awk_parse_list(')');
	awk_no_in = in, awk_no_greater = greater;
	if (!list)
		awk_syntax_error();
	if (list->next && awk_token != T_IN) /* only print knows what to do with it */
		return awk_make(N_GROUP, 0, NULL, list);
	if (!list->next)
		return awk_make(N_GROUP, 1, NULL, list);
	awk_advance();
	struct awk_node *array = awk_variable(awk_token_text);
	awk_expect(T_NAME);
	return awk_make(N_IN, 0, array, list);
}

static struct awk_node *parse_builtin(void)
{
	int number = awk_builtin;
	awk_advance();
	if (awk_token != '(') /* only length does without */
		return awk_make(N_BUILTIN, number, NULL, NULL);
	awk_advance();
	bool in = awk_no_in, greater = awk_no_greater;
	awk_no_in = awk_no_greater = false;
	struct awk_node *node = awk_make(N_BUILTIN, number, NULL, awk_parse_list(')'));
	awk_no_in = in, awk_no_greater = greater;
	return node;
}

static struct awk_node *parse_primary(void)
{
	struct awk_node *node;
	switch (awk_token) {
	case T_NUMBER:
	case T_STRING:
		node = awk_make(N_CONSTANT, 0, NULL, NULL);
		node->value = awk_token_value;
		awk_advance();
		return node;
	case '/':
	case T_DIV_TO:
		awk_read_regex();
		node = awk_make(N_REGEX, 0, NULL, NULL);
		node->pattern = allocate(sizeof *node->pattern);
		if (regular_compile(node->pattern, awk_token_text, REG_EXTENDED))
			errx(2, "bad regular expression /%s/", awk_token_text);
		node->filter = pattern_filter(&awk_token_text, 1, 'E', false);
		node->value = awk_text(awk_token_text, strlen(awk_token_text));
		awk_advance();
		return node;
	case '$':
		awk_advance();
		if (awk_token == T_INCREMENT || awk_token == T_DECREMENT) {
			int step = awk_token == T_INCREMENT ? 1 : -1;
			awk_advance();
			return awk_make(N_FIELD, 0, awk_make(N_PRE, step, parse_primary(), NULL), NULL);
		}
		if (awk_accept('-'))
			return awk_make(N_FIELD, 0, awk_make(N_NEGATE, 0, parse_primary(), NULL), NULL);
		return awk_make(N_FIELD, 0, parse_primary(), NULL);
	case '(':
		awk_advance();
		return parse_group();
	case T_NAME: return parse_name();
	case T_CALL: {
		int number = awk_function_number(awk_token_text);
		awk_advance();
		awk_expect('(');
		bool in = awk_no_in, greater = awk_no_greater;
		awk_no_in = awk_no_greater = false;
		node = awk_make(N_CALL, number, NULL, awk_parse_list(')'));
		awk_no_in = in, awk_no_greater = greater;
		return node;
	}
	case T_BUILTIN: return parse_builtin();
	case T_GETLINE:
		node = parse_getline();
		if (awk_accept('<')) {
			node->detail = '<';
			node->b = parse_primary();
		}
		return node;
	default: awk_syntax_error();
	}
}

static struct awk_node *parse_postfix(void)
{
	if (awk_token == T_INCREMENT || awk_token == T_DECREMENT) {
		int step = awk_token == T_INCREMENT ? 1 : -1;
		awk_advance();
		struct awk_node *target = parse_primary();
		if (!is_target(target))
			awk_syntax_error();
		return awk_make(N_PRE, step, target, NULL);
	}
	struct awk_node *node = parse_primary();
	if (is_target(node) && awk_token == T_INCREMENT)
		return awk_advance(), awk_make(N_POST, 1, node, NULL);
	if (is_target(node) && awk_token == T_DECREMENT)
		return awk_advance(), awk_make(N_POST, -1, node, NULL);
	return node;
}

static struct awk_node *parse_unary(void);

static struct awk_node *parse_power(void)
{
	struct awk_node *left = parse_postfix();
	if (!awk_accept('^'))
		return left;
	bool minus = awk_accept('-');
	if (!minus)
		awk_accept('+');
	struct awk_node *right = parse_power();
	return awk_make(N_ARITHMETIC, '^', left, minus ? awk_make(N_NEGATE, 0, right, NULL) : right);
}

static struct awk_node *parse_unary(void)
{
	if (awk_accept('!'))
		return awk_make(N_NOT, 0, parse_unary(), NULL);
	if (awk_accept('-'))
		return awk_make(N_NEGATE, 0, parse_unary(), NULL);
	if (awk_accept('+'))
		return awk_make(N_PLUS, 0, parse_unary(), NULL);
	return parse_power();
}

static struct awk_node *parse_product(void)
{
	struct awk_node *left = parse_unary();
	while (awk_token == '*' || awk_token == '/' || awk_token == '%') {
		int operator = awk_token;
		awk_advance();
		left = awk_make(N_ARITHMETIC, operator, left, parse_unary());
	}
	return left;
}

static struct awk_node *parse_sum(void)
{
	struct awk_node *left = parse_product();
	while (awk_token == '+' || awk_token == '-') {
		int operator = awk_token;
		awk_advance();
		left = awk_make(N_ARITHMETIC, operator, left, parse_product());
	}
	return left;
}

static bool starts_operand(void)
{
	switch (awk_token) {
	case T_NUMBER: case T_STRING: case T_NAME: case T_CALL: case T_BUILTIN: case '$': case '!': case '(': case '-': case '+':
	case T_INCREMENT: case T_DECREMENT:
		return true;
	default: return false;
	}
}

struct awk_node *awk_parse_concatenation(void)
{
	struct awk_node *left = parse_sum();
	while (starts_operand())
		left = awk_make(N_CONCAT, 0, left, parse_sum());
	return left;
}

static struct awk_node *parse_comparison(void)
{
	struct awk_node *left = awk_parse_concatenation();
	while (!awk_pipe_seen) {
		int operator = awk_token;
		bool compares = operator == '<' || operator == T_LE || operator == T_GE || operator == T_EQ || operator == T_NE || (operator == '>' && !awk_no_greater);
		if (compares) {
			awk_advance();
			left = awk_make(N_COMPARE, operator, left, awk_parse_concatenation());
			continue;
		}
		/* "command" | getline; otherwise the pipe is that of print. */
		if (!awk_accept('|'))
			return left;
		if (awk_token != T_GETLINE) {
			awk_pipe_seen = true;
			return left;
		}
		struct awk_node *node = parse_getline();
		node->detail = '|';
		node->b = left;
		left = node;
	}
	return left;
}

static struct awk_node *parse_match(void)
{
	struct awk_node *left = parse_comparison();
	while (awk_token == '~' || awk_token == T_NOMATCH) {
		enum awk_operation operation = awk_token == '~' ? N_MATCH : N_NOMATCH;
		awk_advance();
		left = awk_make(operation, 0, left, parse_comparison());
	}
	return left;
}

static struct awk_node *parse_membership(void)
{
	struct awk_node *left = parse_match();
	while (awk_token == T_IN && !awk_no_in) {
		awk_advance();
		struct awk_node *array = awk_variable(awk_token_text);
		awk_expect(T_NAME);
		left = awk_make(N_IN, 0, array, left);
	}
	return left;
}

static struct awk_node *parse_and(void)
{
	struct awk_node *left = parse_membership();
	while (awk_accept(T_AND)) {
		awk_skip_newlines();
		left = awk_make(N_AND, 0, left, parse_membership());
	}
	return left;
}

static struct awk_node *parse_or(void)
{
	struct awk_node *left = parse_and();
	while (awk_accept(T_OR)) {
		awk_skip_newlines();
		left = awk_make(N_OR, 0, left, parse_and());
	}
	return left;
}

static int assignment_operator(void)
{
	switch (awk_token) {
	case '=': return '=';
	case T_ADD_TO: return '+';
	case T_SUB_TO: return '-';
	case T_MUL_TO: return '*';
	case T_DIV_TO: return '/';
	case T_MOD_TO: return '%';
	case T_POW_TO: return '^';
	default: return 0;
	}
}

/* An assignment may stand where its target ends an operand: 1 + x = 2, !x = y, a ? b : c = d. */
static struct awk_node *attach_assignment(struct awk_node *left)
{
	int operator = assignment_operator();
	struct awk_node *parent = NULL, *target = left;
	while (operator && !is_target(target)) {
		parent = target;
		target = target->operation == N_NOT || target->operation == N_NEGATE || target->operation == N_PLUS ? target->a : target->b;
		if (!target || parent->operation == N_GROUP || parent->operation == N_CALL || parent->operation == N_BUILTIN)
			awk_syntax_error();
	}
	if (!operator)
		return left;
	awk_advance();
	awk_skip_newlines();
	struct awk_node *assignment = awk_make(N_ASSIGN, operator, target, awk_parse_expression());
	if (!parent)
		return assignment;
	if (parent->a == target)
		parent->a = assignment;
	else
		parent->b = assignment;
	return left;
}

struct awk_node *awk_parse_expression(void)
{
	struct awk_node *condition = attach_assignment(parse_or());
	if (!awk_accept('?'))
		return condition;
	awk_skip_newlines();
	struct awk_node *yes = awk_parse_expression();
	awk_skip_newlines();
	awk_expect(':');
	awk_skip_newlines();
	struct awk_node *node = awk_make(N_CONDITION, 0, condition, yes);
	node->c = awk_parse_expression();
	return node;
}

