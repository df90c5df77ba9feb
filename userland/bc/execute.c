/* Statements, calls, and what is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bc.h"
#include "tools.h"

enum flow { FLOW_NORMAL, FLOW_BREAK, FLOW_CONTINUE, FLOW_RETURN, FLOW_HALT };
enum { MAX_CALLS = 10000 };

static jmp_buf runtime_error;
static struct number *returned; /* by the last return */
static int calls;

static enum flow run_list(const struct node *statement);

_Noreturn void bc_fail(const char *format, ...)
{
	va_list arguments;
	fflush(stdout);
	fputs("bc: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	longjmp(runtime_error, 1);
}

size_t bc_line_length(void)
{
	const char *wanted = getenv("BC_LINE_LENGTH");
	long length = wanted ? strtol(wanted, NULL, 10) : 70;
	return length == 0 ? 0 : length < 3 ? 70 : (size_t)length;
}

static void print_number(struct number *value)
{
	number_print(value, bc_output_base, bc_line_length());
	number_drop(bc_last);
	bc_last = value;
}

/* print's strings have escapes; strings that stand alone have not. */
static void print_escaped(const char *text)
{
	static const char NAMES[] = "abfnrtq\\e", BYTES[] = "\a\b\f\n\r\t\"\\\\";
	for (; *text; text++) {
		const char *name = *text == '\\' && text[1] ? strchr(NAMES, text[1]) : NULL;
		if (*text == '\\' && text[1])
			text++;
		if (name)
			putchar(BYTES[name - NAMES]);
		else if (text[-1] != '\\' || *text == '\\')
			putchar(*text);
	}
}

static void print_items(const struct node *item)
{
	for (; item; item = item->next) {
		if (item->kind == NODE_STRING)
			print_escaped(item->text);
		else
			print_number(bc_evaluate(item));
	}
}

static void define(struct node *node)
{
	struct function *function = bc_function(node->symbol);
	bc_free(function->body);
	bc_free(function->parameters);
	bc_free(function->automatics);
	*function = (struct function){node->c, node->a, node->b, node->d != NULL};
	node->a = node->b = node->c = NULL;
}

static void bind_parameters(const struct function *function, const struct node *argument)
{
	/* All arguments are evaluated before the first parameter hides anything. */
	struct number *values[64];
	size_t count = 0;
	const struct node *parameter = function->parameters;
	for (const struct node *given = argument; given; given = given->next, parameter = parameter->next) {
		if (!parameter || count == 64 || (given->kind == NODE_ARRAY) != (parameter->kind == NODE_ARRAY))
			bc_fail("parameter number or type mismatch");
		values[count++] = given->kind == NODE_ARRAY ? NULL : bc_evaluate(given);
	}
	if (parameter)
		bc_fail("parameter number mismatch");
	count = 0;
	for (parameter = function->parameters; parameter; parameter = parameter->next, argument = argument->next, count++) {
		if (values[count])
			bc_hide_variable(parameter->symbol, values[count]);
		else
			bc_hide_array(parameter->symbol, argument->symbol);
	}
	for (const struct node *local = function->automatics; local; local = local->next) {
		if (local->kind == NODE_ARRAY)
			bc_hide_array(local->symbol, -1);
		else
			bc_hide_variable(local->symbol, number_from(0));
	}
}

struct number *bc_call(const struct node *call)
{
	const struct function *function = bc_function(call->symbol);
	if (!function->body)
		bc_fail("function %s not defined", bc_symbol_name(call->symbol));
	if (calls == MAX_CALLS)
		bc_fail("calls are nested too deep");
	size_t depth = bc_depth();
	bind_parameters(function, call->a);
	calls++;
	returned = NULL;
	enum flow flow = run_list(function->body);
	calls--;
	bc_leave(depth);
	if (flow == FLOW_HALT)
		exit(fflush(stdout) ? 1 : 0);
	struct number *value = returned ? returned : number_from(0);
	returned = NULL;
	return value;
}

static bool holds(const struct node *condition)
{
	if (!condition)
		return true;
	struct number *value = bc_evaluate(condition);
	bool truth = !number_is_zero(value);
	number_drop(value);
	return truth;
}

static void evaluate_only(const struct node *node)
{
	if (node)
		number_drop(bc_evaluate(node));
}

static enum flow run_loop(const struct node *condition, const struct node *body, const struct node *after)
{
	while (holds(condition)) {
		enum flow flow = run_list(body);
		if (flow == FLOW_BREAK)
			break;
		if (flow == FLOW_RETURN || flow == FLOW_HALT)
			return flow;
		evaluate_only(after);
	}
	return FLOW_NORMAL;
}

/* The value of an assignment is not shown, nor that of a call of a void function. */
static void run_expression(const struct node *node)
{
	struct number *value = bc_evaluate(node);
	if (node->kind == NODE_ASSIGN || (node->kind == NODE_CALL && bc_function(node->symbol)->is_void)) {
		number_drop(value);
		return;
	}
	print_number(value);
	putchar('\n');
}

static enum flow run(const struct node *node)
{
	switch (node->kind) {
	case NODE_EXPRESSION: run_expression(node->a); break;
	case NODE_STRING: fputs(node->text, stdout); break;
	case NODE_PRINT: print_items(node->a); break;
	case NODE_BLOCK: return run_list(node->a);
	case NODE_IF:
		if (holds(node->a))
			return run_list(node->b);
		return node->c ? run_list(node->c) : FLOW_NORMAL;
	case NODE_WHILE: return run_loop(node->a, node->b, NULL);
	case NODE_FOR: evaluate_only(node->a); return run_loop(node->b, node->d, node->c);
	case NODE_BREAK: return FLOW_BREAK;
	case NODE_CONTINUE: return FLOW_CONTINUE;
	case NODE_RETURN: {
		struct number *value = node->a ? bc_evaluate(node->a) : number_from(0);
		number_drop(returned);
		returned = value;
		return FLOW_RETURN;
	}
	case NODE_HALT: return FLOW_HALT;
	case NODE_LIMITS: puts("BC_BASE_MAX     = 2147483647\nBC_DIM_MAX      = 16777215\nBC_SCALE_MAX    = 2147483647\nBC_STRING_MAX   = 2147483647"); break;
	default: break;
	}
	return FLOW_NORMAL;
}

static enum flow run_list(const struct node *statement)
{
	for (; statement; statement = statement->next) {
		enum flow flow = run(statement);
		if (flow != FLOW_NORMAL)
			return flow;
	}
	return FLOW_NORMAL;
}

bool bc_run(struct node *statements)
{
	if (setjmp(runtime_error)) {
		calls = 0;
		bc_leave(0);
		return true;
	}
	if (statements && statements->kind == NODE_DEFINE) {
		define(statements);
		return true;
	}
	bool goes_on = run_list(statements) != FLOW_HALT;
	fflush(stdout);
	return goes_on;
}
