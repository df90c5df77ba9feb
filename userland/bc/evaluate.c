/* Values of expressions. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "bc.h"
#include "tools.h"

enum { MAX_INDEX = 16777215, MAX_INPUT_BASE = 36 };

struct number *bc_last;
unsigned long bc_scale, bc_input_base = 10, bc_output_base = 10;

static size_t index_of(const struct node *node)
{
	struct number *value = bc_evaluate(node);
	long index = number_integer(value);
	number_drop(value);
	if (index < 0 || index > MAX_INDEX)
		bc_fail("array %s subscript out of bounds", node->text ? node->text : "");
	return (size_t)index;
}

static unsigned long *special(const char *name)
{
	return !strcmp(name, "ibase") ? &bc_input_base : !strcmp(name, "obase") ? &bc_output_base : !strcmp(name, "scale") ? &bc_scale : NULL;
}

static struct number *value_of(const struct node *place, size_t index)
{
	if (place->kind == NODE_NAME)
		return number_keep(bc_variable(place->symbol));
	if (place->kind == NODE_ELEMENT)
		return bc_element(place->symbol, index);
	const unsigned long *number = special(place->text);
	if (number)
		return number_from((long)*number);
	return bc_last ? number_keep(bc_last) : number_from(0);
}

static void set_special(const char *name, const struct number *value)
{
	long wanted = number_integer(value);
	unsigned long *number = special(name);
	if (number == &bc_scale) {
		if (wanted < 0)
			bc_fail("negative scale");
		*number = (unsigned long)wanted;
		return;
	}
	*number = wanted < 2 ? 2 : (unsigned long)wanted;
	if (number == &bc_input_base && *number > MAX_INPUT_BASE)
		*number = MAX_INPUT_BASE;
}

/* Takes the value over. */
static void set_value(const struct node *place, size_t index, struct number *value)
{
	if (place->kind == NODE_NAME) {
		bc_set_variable(place->symbol, value);
	} else if (place->kind == NODE_ELEMENT) {
		bc_set_element(place->symbol, index, value);
	} else if (special(place->text)) {
		set_special(place->text, value);
		number_drop(value);
	} else {
		number_drop(bc_last);
		bc_last = value;
	}
}

static struct number *raise_to(const struct number *a, const struct number *b)
{
	if (b->scale && !number_is_zero(b)) {
		struct number *whole = number_with_scale(b, 0), *rest = number_subtract(b, whole);
		if (!number_is_zero(rest)) {
			fflush(stdout);
			fprintf(stderr, "bc: non-zero scale in exponent\n");
		}
		number_drop(whole);
		number_drop(rest);
	}
	long exponent = number_integer(b);
	if (exponent == LONG_MAX || exponent == LONG_MIN)
		bc_fail("exponent too large in raise");
	if (exponent < 0 && number_is_zero(a))
		bc_fail("divide by zero");
	return number_power(a, exponent, bc_scale);
}

static struct number *compute(char operator, const struct number *a, const struct number *b)
{
	struct number *result = NULL;
	switch (operator) {
	case '+': return number_add(a, b);
	case '-': return number_subtract(a, b);
	case '*': return number_multiply(a, b, bc_scale);
	case '/': result = number_divide(a, b, bc_scale); break;
	case '%': result = number_modulo(a, b, bc_scale); break;
	default: return raise_to(a, b);
	}
	if (!result)
		bc_fail("divide by zero");
	return result;
}

static bool compares(const char *operator, int order)
{
	switch (operator[0]) {
	case '=': return order == 0;
	case '!': return order != 0;
	case '<': return operator[1] ? order <= 0 : order < 0;
	default: return operator[1] ? order >= 0 : order > 0;
	}
}

static bool is_true(const struct node *node)
{
	struct number *value = bc_evaluate(node);
	bool truth = !number_is_zero(value);
	number_drop(value);
	return truth;
}

static struct number *binary(const struct node *node)
{
	const char *operator = node->text;
	if (!strcmp(operator, "&&"))
		return number_from((int)is_true(node->a) & (int)is_true(node->b));
	if (!strcmp(operator, "||"))
		return number_from((int)is_true(node->a) | (int)is_true(node->b));
	struct number *a = bc_evaluate(node->a), *b = bc_evaluate(node->b), *result;
	if (strchr("+-*/%^", *operator))
		result = compute(*operator, a, b);
	else
		result = number_from(compares(operator, number_compare(a, b)));
	number_drop(a);
	number_drop(b);
	return result;
}

static struct number *assign(const struct node *node)
{
	size_t index = node->a->kind == NODE_ELEMENT ? index_of(node->a->a) : 0;
	struct number *value = bc_evaluate(node->b);
	if (node->text[1]) {
		struct number *old = value_of(node->a, index), *result = compute(node->text[0], old, value);
		number_drop(old);
		number_drop(value);
		value = result;
	}
	set_value(node->a, index, number_keep(value));
	return value;
}

static struct number *step(const struct node *node)
{
	size_t index = node->a->kind == NODE_ELEMENT ? index_of(node->a->a) : 0;
	struct number *one = number_from(1), *old = value_of(node->a, index);
	struct number *new = node->text[0] == '+' ? number_add(old, one) : number_subtract(old, one);
	number_drop(one);
	set_value(node->a, index, number_keep(new));
	number_drop(node->kind == NODE_BEFORE ? old : new);
	return node->kind == NODE_BEFORE ? new : old;
}

/* read(): a number in a line of standard input. */
static struct number *read_number(void)
{
	char *line = NULL;
	size_t capacity = 0;
	ssize_t length = getline(&line, &capacity, stdin);
	if (length < 0 && ferror(stdin))
		err(1, "read error");
	size_t start = 0, end = 0;
	bool negative = false;
	if (length > 0) {
		start = strspn(line, " \t");
		negative = line[start] == '-';
		start += negative;
		end = start + strspn(line + start, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.");
	}
	struct number *value = end > start ? number_read(line + start, end - start, (unsigned)bc_input_base) : number_from(0);
	free(line);
	if (!negative)
		return value;
	struct number *result = number_negated(value);
	number_drop(value);
	return result;
}

static struct number *builtin(const struct node *node)
{
	if (!strcmp(node->text, "read"))
		return read_number();
	struct number *operand = bc_evaluate(node->a), *result;
	if (!strcmp(node->text, "sqrt")) {
		result = number_root(operand, bc_scale);
	} else if (!strcmp(node->text, "scale")) {
		result = number_from((long)operand->scale);
	} else {
		size_t digits = operand->whole + operand->scale;
		result = number_from(digits ? (long)digits : 1);
	}
	number_drop(operand);
	if (!result)
		bc_fail("square root of a negative number");
	return result;
}

struct number *bc_evaluate(const struct node *node)
{
	switch (node->kind) {
	case NODE_NUMBER: return number_read(node->text, strlen(node->text), (unsigned)bc_input_base);
	case NODE_GROUP: return bc_evaluate(node->a);
	case NODE_NAME:
	case NODE_SPECIAL: return value_of(node, 0);
	case NODE_ELEMENT: return value_of(node, index_of(node->a));
	case NODE_CALL: return bc_call(node);
	case NODE_BINARY: return binary(node);
	case NODE_ASSIGN: return assign(node);
	case NODE_BEFORE:
	case NODE_AFTER: return step(node);
	case NODE_BUILTIN: return builtin(node);
	case NODE_UNARY: {
		struct number *operand = bc_evaluate(node->a), *result;
		result = *node->text == '-' ? number_negated(operand) : number_from(number_is_zero(operand));
		number_drop(operand);
		return result;
	}
	default: bc_fail("an array is not a number");
	}
}
