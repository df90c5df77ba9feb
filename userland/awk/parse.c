/* The grammar of awk by recursive descent. */
#include <stdlib.h>
#include <string.h>

#include "awk.h"
#include "tools.h"

struct awk_program awk_program;
struct awk_cell *awk_globals;

static char **global_names;
static int global_count;
static const struct awk_function *current; /* whose body is being read */
static bool no_in, no_greater;             /* in `for (`, in `print` */
static bool pipe_seen;                     /* a | was read that belongs to print */

static struct awk_node *parse_expression(void);
static struct awk_node *parse_statement(void);
static struct awk_node *parse_primary(void);

static struct awk_node *make(enum awk_operation operation, int detail, struct awk_node *a, struct awk_node *b)
{
	struct awk_node *node = allocate(sizeof *node);
	*node = (struct awk_node){.operation = operation, .detail = detail, .a = a, .b = b};
	return node;
}

int awk_global(const char *name)
{
	for (int i = 0; i < global_count; i++)
		if (!strcmp(global_names[i], name))
			return i;
	global_names = reallocate(global_names, sizeof *global_names * (size_t)(global_count + 1));
	awk_globals = reallocate(awk_globals, sizeof *awk_globals * (size_t)(global_count + 1));
	awk_globals[global_count] = (struct awk_cell){0};
	global_names[global_count] = duplicate(name);
	return global_count++;
}

static bool accept(int token)
{
	if (awk_token != token)
		return false;
	awk_advance();
	return true;
}

static void expect(int token)
{
	if (!accept(token))
		awk_syntax_error();
}

static void skip_newlines(void)
{
	while (awk_token == T_NEWLINE)
		awk_advance();
}

static void skip_terminators(void)
{
	while (awk_token == T_NEWLINE || awk_token == ';')
		awk_advance();
}

static struct awk_node *variable(const char *name)
{
	for (int i = 0; current && i < current->parameter_count; i++)
		if (!strcmp(current->parameters[i], name))
			return make(N_LOCAL, i, NULL, NULL);
	return make(N_VARIABLE, awk_global(name), NULL, NULL);
}

/* Expressions up to the closing token, linked by `next`. */
static struct awk_node *parse_list(int closing)
{
	struct awk_node *first = NULL, **last = &first;
	skip_newlines();
	while (awk_token != closing) {
		*last = parse_expression();
		last = &(*last)->next;
		skip_newlines();
		if (awk_token == closing)
			break;
		expect(',');
		skip_newlines();
	}
	awk_advance();
	return first;
}

static int function_number(const char *name)
{
	for (size_t i = 0; i < awk_program.function_count; i++)
		if (!strcmp(awk_program.functions[i].name, name))
			return (int)i;
	/* Room for all of them at once, so that `current` stays where it is. */
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
	if (!accept('['))
		return variable(name);
	bool in = no_in, greater = no_greater;
	no_in = no_greater = false;
	struct awk_node *node = make(N_ELEMENT, 0, variable(name), parse_list(']'));
	no_in = in, no_greater = greater;
	return node;
}

static bool is_target(const struct awk_node *node)
{
	return node->operation == N_VARIABLE || node->operation == N_LOCAL || node->operation == N_FIELD || node->operation == N_ELEMENT;
}

/* getline [target]; the source is added by the caller. */
static struct awk_node *parse_getline(void)
{
	struct awk_node *node = make(N_GETLINE, 0, NULL, NULL);
	awk_advance();
	if (awk_token == '$') {
		awk_advance();
		node->a = make(N_FIELD, 0, parse_primary(), NULL);
	} else if (awk_token == T_NAME) {
		node->a = parse_name();
	}
	return node;
}

static struct awk_node *parse_group(void)
{
	bool in = no_in, greater = no_greater;
	no_in = no_greater = false;
	struct awk_node *list = parse_list(')');
	no_in = in, no_greater = greater;
	if (!list)
		awk_syntax_error();
	if (list->next && awk_token != T_IN) /* only print knows what to do with it */
		return make(N_GROUP, 0, NULL, list);
	if (!list->next)
		return make(N_GROUP, 1, NULL, list);
	awk_advance();
	struct awk_node *array = variable(awk_token_text);
	expect(T_NAME);
	return make(N_IN, 0, array, list);
}

static struct awk_node *parse_builtin(void)
{
	int number = awk_builtin;
	awk_advance();
	if (awk_token != '(') /* only length does without */
		return make(N_BUILTIN, number, NULL, NULL);
	awk_advance();
	bool in = no_in, greater = no_greater;
	no_in = no_greater = false;
	struct awk_node *node = make(N_BUILTIN, number, NULL, parse_list(')'));
	no_in = in, no_greater = greater;
	return node;
}

static struct awk_node *parse_primary(void)
{
	struct awk_node *node;
	switch (awk_token) {
	case T_NUMBER:
	case T_STRING:
		node = make(N_CONSTANT, 0, NULL, NULL);
		node->value = awk_token_value;
		awk_advance();
		return node;
	case '/':
	case T_DIV_TO:
		awk_read_regex();
		node = make(N_REGEX, 0, NULL, NULL);
		node->pattern = allocate(sizeof *node->pattern);
		if (regcomp(node->pattern, awk_token_text, REG_EXTENDED))
			errx(2, "bad regular expression /%s/", awk_token_text);
		node->value = awk_text(awk_token_text, strlen(awk_token_text));
		awk_advance();
		return node;
	case '$':
		awk_advance();
		if (awk_token == T_INCREMENT || awk_token == T_DECREMENT) {
			int step = awk_token == T_INCREMENT ? 1 : -1;
			awk_advance();
			return make(N_FIELD, 0, make(N_PRE, step, parse_primary(), NULL), NULL);
		}
		if (accept('-'))
			return make(N_FIELD, 0, make(N_NEGATE, 0, parse_primary(), NULL), NULL);
		return make(N_FIELD, 0, parse_primary(), NULL);
	case '(':
		awk_advance();
		return parse_group();
	case T_NAME: return parse_name();
	case T_CALL: {
		int number = function_number(awk_token_text);
		awk_advance();
		expect('(');
		bool in = no_in, greater = no_greater;
		no_in = no_greater = false;
		node = make(N_CALL, number, NULL, parse_list(')'));
		no_in = in, no_greater = greater;
		return node;
	}
	case T_BUILTIN: return parse_builtin();
	case T_GETLINE:
		node = parse_getline();
		if (accept('<')) {
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
		return make(N_PRE, step, target, NULL);
	}
	struct awk_node *node = parse_primary();
	if (is_target(node) && awk_token == T_INCREMENT)
		return awk_advance(), make(N_POST, 1, node, NULL);
	if (is_target(node) && awk_token == T_DECREMENT)
		return awk_advance(), make(N_POST, -1, node, NULL);
	return node;
}

static struct awk_node *parse_unary(void);

static struct awk_node *parse_power(void)
{
	struct awk_node *left = parse_postfix();
	if (!accept('^'))
		return left;
	bool minus = accept('-');
	if (!minus)
		accept('+');
	struct awk_node *right = parse_power();
	return make(N_ARITHMETIC, '^', left, minus ? make(N_NEGATE, 0, right, NULL) : right);
}

static struct awk_node *parse_unary(void)
{
	if (accept('!'))
		return make(N_NOT, 0, parse_unary(), NULL);
	if (accept('-'))
		return make(N_NEGATE, 0, parse_unary(), NULL);
	if (accept('+'))
		return make(N_PLUS, 0, parse_unary(), NULL);
	return parse_power();
}

static struct awk_node *parse_product(void)
{
	struct awk_node *left = parse_unary();
	while (awk_token == '*' || awk_token == '/' || awk_token == '%') {
		int operator = awk_token;
		awk_advance();
		left = make(N_ARITHMETIC, operator, left, parse_unary());
	}
	return left;
}

static struct awk_node *parse_sum(void)
{
	struct awk_node *left = parse_product();
	while (awk_token == '+' || awk_token == '-') {
		int operator = awk_token;
		awk_advance();
		left = make(N_ARITHMETIC, operator, left, parse_product());
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

static struct awk_node *parse_concatenation(void)
{
	struct awk_node *left = parse_sum();
	while (starts_operand())
		left = make(N_CONCAT, 0, left, parse_sum());
	return left;
}

static struct awk_node *parse_comparison(void)
{
	struct awk_node *left = parse_concatenation();
	while (!pipe_seen) {
		int operator = awk_token;
		bool compares = operator == '<' || operator == T_LE || operator == T_GE || operator == T_EQ || operator == T_NE || (operator == '>' && !no_greater);
		if (compares) {
			awk_advance();
			left = make(N_COMPARE, operator, left, parse_concatenation());
			continue;
		}
		/* "command" | getline; otherwise the pipe is that of print. */
		if (!accept('|'))
			return left;
		if (awk_token != T_GETLINE) {
			pipe_seen = true;
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
		left = make(operation, 0, left, parse_comparison());
	}
	return left;
}

static struct awk_node *parse_membership(void)
{
	struct awk_node *left = parse_match();
	while (awk_token == T_IN && !no_in) {
		awk_advance();
		struct awk_node *array = variable(awk_token_text);
		expect(T_NAME);
		left = make(N_IN, 0, array, left);
	}
	return left;
}

static struct awk_node *parse_and(void)
{
	struct awk_node *left = parse_membership();
	while (accept(T_AND)) {
		skip_newlines();
		left = make(N_AND, 0, left, parse_membership());
	}
	return left;
}

static struct awk_node *parse_or(void)
{
	struct awk_node *left = parse_and();
	while (accept(T_OR)) {
		skip_newlines();
		left = make(N_OR, 0, left, parse_and());
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
	skip_newlines();
	struct awk_node *assignment = make(N_ASSIGN, operator, target, parse_expression());
	if (!parent)
		return assignment;
	if (parent->a == target)
		parent->a = assignment;
	else
		parent->b = assignment;
	return left;
}

static struct awk_node *parse_expression(void)
{
	struct awk_node *condition = attach_assignment(parse_or());
	if (!accept('?'))
		return condition;
	skip_newlines();
	struct awk_node *yes = parse_expression();
	skip_newlines();
	expect(':');
	skip_newlines();
	struct awk_node *node = make(N_CONDITION, 0, condition, yes);
	node->c = parse_expression();
	return node;
}

static void end_statement(void)
{
	if (awk_token == ';' || awk_token == T_NEWLINE)
		skip_terminators();
	else if (awk_token != '}' && awk_token != T_END)
		awk_syntax_error();
}

/* print and printf with their redirection. */
static struct awk_node *parse_output(void)
{
	struct awk_node *node = make(awk_token == T_PRINT ? N_PRINT : N_PRINTF, 0, NULL, NULL), **last = &node->b;
	awk_advance();
	no_greater = true;
	while (awk_token != ';' && awk_token != T_NEWLINE && awk_token != '}' && awk_token != '>' && awk_token != T_APPEND && awk_token != '|' && awk_token != T_END) {
		*last = parse_expression();
		last = &(*last)->next;
		if (pipe_seen || !accept(','))
			break;
		skip_newlines();
	}
	/* print (a, b) is print a, b */
	if (node->b && !node->b->next && node->b->operation == N_GROUP && !node->b->detail)
		node->b = node->b->b;
	if (pipe_seen || awk_token == '>' || awk_token == T_APPEND || awk_token == '|') {
		node->detail = pipe_seen ? '|' : awk_token;
		if (!pipe_seen)
			awk_advance();
		pipe_seen = false;
		node->a = parse_concatenation();
	}
	no_greater = false;
	return node;
}

static struct awk_node *parse_simple(void)
{
	if (awk_token == T_PRINT || awk_token == T_PRINTF)
		return parse_output();
	if (accept(T_DELETE)) {
		struct awk_node *array = variable(awk_token_text);
		expect(T_NAME);
		return make(N_DELETE, 0, array, accept('[') ? parse_list(']') : NULL);
	}
	return make(N_EXPRESSION, 0, parse_expression(), NULL);
}

static struct awk_node *parse_block(void)
{
	struct awk_node *block = make(N_BLOCK, 0, NULL, NULL), **last = &block->b;
	expect('{');
	skip_terminators();
	while (awk_token != '}') {
		*last = parse_statement();
		last = &(*last)->next;
		skip_terminators();
	}
	awk_advance();
	return block;
}

static struct awk_node *parse_body(void)
{
	skip_newlines();
	if (accept(';'))
		return make(N_BLOCK, 0, NULL, NULL);
	return parse_statement();
}

static struct awk_node *parse_for(void)
{
	struct awk_node *node = make(N_FOR, 0, NULL, NULL);
	expect('(');
	no_in = true;
	if (awk_token != ';')
		node->a = parse_simple();
	no_in = false;
	if (node->a && awk_token == T_IN) {
		awk_advance();
		node->operation = N_FOR_IN;
		node->a = node->a->a;
		node->b = variable(awk_token_text);
		expect(T_NAME);
	} else {
		expect(';');
		skip_newlines();
		if (awk_token != ';')
			node->b = parse_expression();
		expect(';');
		skip_newlines();
		if (awk_token != ')')
			node->c = parse_simple();
	}
	expect(')');
	node->d = parse_body();
	return node;
}

static struct awk_node *parse_if(void)
{
	struct awk_node *node = make(N_IF, 0, NULL, NULL);
	expect('(');
	node->a = parse_expression();
	expect(')');
	node->b = parse_body();
	/* An else may follow after the end of the statement. */
	skip_terminators();
	if (accept(T_ELSE))
		node->c = parse_body();
	return node;
}

static struct awk_node *parse_do(void)
{
	struct awk_node *node = make(N_DO, 0, NULL, NULL);
	node->d = parse_body();
	skip_terminators();
	expect(T_WHILE);
	expect('(');
	node->a = parse_expression();
	expect(')');
	return node;
}

static struct awk_node *parse_statement(void)
{
	static const struct {
		int token;
		enum awk_operation operation;
	} jumps[] = {{T_BREAK, N_BREAK}, {T_CONTINUE, N_CONTINUE}, {T_NEXT, N_NEXT}, {T_NEXTFILE, N_NEXTFILE}, {T_EXIT, N_EXIT}, {T_RETURN, N_RETURN}};
	struct awk_node *node;
	if (awk_token == '{')
		return parse_block();
	if (accept(T_IF))
		return parse_if();
	if (accept(T_FOR))
		return parse_for();
	if (accept(T_WHILE)) {
		expect('(');
		node = make(N_WHILE, 0, parse_expression(), NULL);
		expect(')');
		node->d = parse_body();
		return node;
	}
	if (accept(T_DO)) {
		node = parse_do();
		end_statement();
		return node;
	}
	for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
		if (!accept(jumps[i].token))
			continue;
		node = make(jumps[i].operation, 0, NULL, NULL);
		bool takes = node->operation == N_EXIT || node->operation == N_RETURN;
		if (takes && awk_token != ';' && awk_token != T_NEWLINE && awk_token != '}' && awk_token != T_END)
			node->a = parse_expression();
		end_statement();
		return node;
	}
	node = parse_simple();
	end_statement();
	return node;
}

static void parse_function(void)
{
	if (awk_token != T_NAME && awk_token != T_CALL)
		awk_syntax_error();
	struct awk_function *function = &awk_program.functions[function_number(awk_token_text)];
	awk_advance();
	expect('(');
	function->defined = true;
	skip_newlines();
	while (awk_token != ')') {
		function->parameters = reallocate(function->parameters, sizeof(char *) * (size_t)(function->parameter_count + 1));
		function->parameters[function->parameter_count++] = awk_token_text;
		expect(T_NAME);
		skip_newlines();
		if (awk_token != ')')
			expect(',');
		skip_newlines();
	}
	awk_advance();
	skip_newlines();
	current = function;
	function->body = parse_block();
	current = NULL;
}

void awk_parse(void)
{
	struct awk_rule **last = &awk_program.rules;
	for (skip_terminators(); awk_token != T_END; skip_terminators()) {
		if (accept(T_FUNCTION)) {
			parse_function();
			continue;
		}
		struct awk_rule *rule = allocate(sizeof *rule);
		*rule = (struct awk_rule){.kind = 'P'};
		if (accept(T_BEGIN)) {
			rule->kind = 'B';
		} else if (accept(T_END_RULE)) {
			rule->kind = 'E';
		} else if (awk_token != '{') {
			rule->pattern = parse_expression();
			if (accept(',')) {
				skip_newlines();
				rule->last = parse_expression();
			}
		}
		if (rule->kind != 'P')
			skip_newlines();
		if (awk_token == '{')
			rule->action = parse_block();
		else if (rule->kind != 'P')
			awk_syntax_error();
		*last = rule;
		last = &rule->next;
	}
	for (size_t i = 0; i < awk_program.function_count; i++)
		if (!awk_program.functions[i].defined)
			errx(2, "function %s is not defined", awk_program.functions[i].name);
}
