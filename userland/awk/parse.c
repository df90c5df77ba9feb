/* The grammar of awk's statements and rules. */
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "tools.h"

struct awk_program awk_program;
struct awk_cell *awk_globals;

static char **global_names;
static int global_count;

static struct awk_node *parse_statement(void);

struct awk_node *awk_make(enum awk_operation operation, int detail, struct awk_node *a, struct awk_node *b)
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

bool awk_accept(int token)
{
	if (awk_token != token)
		return false;
	awk_advance();
	return true;
}

void awk_expect(int token)
{
	if (!awk_accept(token))
		awk_syntax_error();
}

void awk_skip_newlines(void)
{
	while (awk_token == T_NEWLINE)
		awk_advance();
}

void awk_skip_terminators(void)
{
	while (awk_token == T_NEWLINE || awk_token == ';')
		awk_advance();
}

static void end_statement(void)
{
	if (awk_token == ';' || awk_token == T_NEWLINE)
		awk_skip_terminators();
	else if (awk_token != '}' && awk_token != T_END)
		awk_syntax_error();
}

/* print and printf with their redirection. */
static struct awk_node *parse_output(void)
{
	struct awk_node *node = awk_make(awk_token == T_PRINT ? N_PRINT : N_PRINTF, 0, NULL, NULL), **last = &node->b;
	awk_advance();
	awk_no_greater = true;
	while (awk_token != ';' && awk_token != T_NEWLINE && awk_token != '}' && awk_token != '>' && awk_token != T_APPEND && awk_token != '|' && awk_token != T_END) {
		*last = awk_parse_expression();
		last = &(*last)->next;
		if (awk_pipe_seen || !awk_accept(','))
			break;
		awk_skip_newlines();
	}
	/* print (a, b) is print a, b */
	if (node->b && !node->b->next && node->b->operation == N_GROUP && !node->b->detail)
		node->b = node->b->b;
	if (awk_pipe_seen || awk_token == '>' || awk_token == T_APPEND || awk_token == '|') {
		node->detail = awk_pipe_seen ? '|' : awk_token;
		if (!awk_pipe_seen)
			awk_advance();
		awk_pipe_seen = false;
		node->a = awk_parse_concatenation();
	}
	awk_no_greater = false;
	return node;
}

static struct awk_node *parse_simple(void)
{
	if (awk_token == T_PRINT || awk_token == T_PRINTF)
		return parse_output();
	if (awk_accept(T_DELETE)) {
		struct awk_node *array = awk_variable(awk_token_text);
		awk_expect(T_NAME);
		return awk_make(N_DELETE, 0, array, awk_accept('[') ? awk_parse_list(']') : NULL);
	}
	return awk_make(N_EXPRESSION, 0, awk_parse_expression(), NULL);
}

static struct awk_node *parse_block(void)
{
	struct awk_node *block = awk_make(N_BLOCK, 0, NULL, NULL), **last = &block->b;
	awk_expect('{');
	awk_skip_terminators();
	while (awk_token != '}') {
		*last = parse_statement();
		last = &(*last)->next;
		awk_skip_terminators();
	}
	awk_advance();
	return block;
}

static struct awk_node *parse_body(void)
{
	awk_skip_newlines();
	if (awk_accept(';'))
		return awk_make(N_BLOCK, 0, NULL, NULL);
	return parse_statement();
}

static struct awk_node *parse_for(void)
{
	struct awk_node *node = awk_make(N_FOR, 0, NULL, NULL);
	awk_expect('(');
	awk_no_in = true;
	if (awk_token != ';')
		node->a = parse_simple();
	awk_no_in = false;
	if (node->a && awk_token == T_IN) {
		awk_advance();
		node->operation = N_FOR_IN;
		node->a = node->a->a;
		node->b = awk_variable(awk_token_text);
		awk_expect(T_NAME);
	} else {
		awk_expect(';');
		awk_skip_newlines();
		if (awk_token != ';')
			node->b = awk_parse_expression();
		awk_expect(';');
		awk_skip_newlines();
		if (awk_token != ')')
			node->c = parse_simple();
	}
	awk_expect(')');
	node->d = parse_body();
	return node;
}

static struct awk_node *parse_if(void)
{
	struct awk_node *node = awk_make(N_IF, 0, NULL, NULL);
	awk_expect('(');
	node->a = awk_parse_expression();
	awk_expect(')');
	node->b = parse_body();
	/* An else may follow after the end of the statement. */
	awk_skip_terminators();
	if (awk_accept(T_ELSE))
		node->c = parse_body();
	return node;
}

static struct awk_node *parse_do(void)
{
	struct awk_node *node = awk_make(N_DO, 0, NULL, NULL);
	node->d = parse_body();
	awk_skip_terminators();
	awk_expect(T_WHILE);
	awk_expect('(');
	node->a = awk_parse_expression();
	awk_expect(')');
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
	if (awk_accept(T_IF))
		return parse_if();
	if (awk_accept(T_FOR))
		return parse_for();
	if (awk_accept(T_WHILE)) {
		awk_expect('(');
		node = awk_make(N_WHILE, 0, awk_parse_expression(), NULL);
		awk_expect(')');
		node->d = parse_body();
		return node;
	}
	if (awk_accept(T_DO)) {
		node = parse_do();
		end_statement();
		return node;
	}
	for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
		if (!awk_accept(jumps[i].token))
			continue;
		node = awk_make(jumps[i].operation, 0, NULL, NULL);
		bool takes = node->operation == N_EXIT || node->operation == N_RETURN;
		if (takes && awk_token != ';' && awk_token != T_NEWLINE && awk_token != '}' && awk_token != T_END)
			node->a = awk_parse_expression();
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
	int number = awk_function_number(awk_token_text); /* may allocate the table */
	struct awk_function *function = &awk_program.functions[number];
	awk_advance();
	awk_expect('(');
	function->defined = true;
	awk_skip_newlines();
	while (awk_token != ')') {
		function->parameters = reallocate(function->parameters, sizeof(char *) * (size_t)(function->parameter_count + 1));
		function->parameters[function->parameter_count++] = awk_token_text;
		awk_expect(T_NAME);
		awk_skip_newlines();
		if (awk_token != ')')
			awk_expect(',');
		awk_skip_newlines();
	}
	awk_advance();
	awk_skip_newlines();
	awk_current_function = function;
	function->body = parse_block();
	awk_current_function = NULL;
}

void awk_parse(void)
{
	struct awk_rule **last = &awk_program.rules;
	for (awk_skip_terminators(); awk_token != T_END; awk_skip_terminators()) {
		if (awk_accept(T_FUNCTION)) {
			parse_function();
			continue;
		}
		struct awk_rule *rule = allocate(sizeof *rule);
		*rule = (struct awk_rule){.kind = 'P'};
		if (awk_accept(T_BEGIN)) {
			rule->kind = 'B';
		} else if (awk_accept(T_END_RULE)) {
			rule->kind = 'E';
		} else if (awk_token != '{') {
			rule->pattern = awk_parse_expression();
			if (awk_accept(',')) {
				awk_skip_newlines();
				rule->last = awk_parse_expression();
			}
		}
		if (rule->kind != 'P')
			awk_skip_newlines();
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
