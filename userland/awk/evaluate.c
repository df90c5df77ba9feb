/* The values of awk's expressions. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "line-filter.h"
#include "run.h"
#include "tools.h"

enum { DEPTH_LIMIT = 4000 };

#define WHOLE 9007199254740992.0 /* below it a double holds each whole number */

struct awk_cell *awk_locals;
int awk_depth;
struct awk_value awk_returned;

noreturn void awk_fail(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	awk_flush(NULL);
	vwarnx(format, arguments);
	va_end(arguments);
	exit(2);
}

void awk_set_global(int number, struct awk_value value)
{
	if (number == AWK_NF) {
		awk_set_field_count((long)awk_to_number(value));
		awk_release(value);
		return;
	}
	/* They hold from the next record on: this one may not have been split yet. */
	if (number == AWK_FS || number == AWK_RS)
		awk_field_count();
	awk_release(awk_globals[number].value);
	awk_globals[number].value = value;
}

struct awk_array *awk_cell_array(struct awk_cell *cell)
{
	if (cell->array)
		return cell->array;
	if (cell->origin) {
		cell->borrowed = true;
		return cell->array = awk_cell_array(cell->origin);
	}
	return cell->array = awk_array_new();
}

static struct awk_cell *cell_of(const struct awk_node *node)
{
	return node->operation == N_LOCAL ? &awk_locals[node->detail] : &awk_globals[node->detail];
}

struct awk_array *awk_array_of(struct awk_node *node)
{
	if (node->operation != N_VARIABLE && node->operation != N_LOCAL)
		awk_fail("an array is needed here");
	return awk_cell_array(cell_of(node));
}

struct awk_string *awk_key_of(struct awk_node *list)
{
	struct awk_value first = awk_evaluate(list);
	struct awk_string *key = awk_to_string(first, false);
	awk_release(first);
	if (!list->next)
		return key;
	struct text joined = {0};
	struct awk_string *separator = awk_to_string(awk_globals[AWK_SUBSEP].value, false);
	text_add(&joined, key->data, key->length);
	awk_drop(key);
	while ((list = list->next)) {
		struct awk_value value = awk_evaluate(list);
		key = awk_to_string(value, false);
		text_add(&joined, separator->data, separator->length);
		text_add(&joined, key->data, key->length);
		awk_release(value);
		awk_drop(key);
	}
	awk_drop(separator);
	key = awk_string(joined.data, joined.length);
	text_free(&joined);
	return key;
}

double awk_number_of(struct awk_node *node)
{
	struct awk_value value = awk_evaluate(node);
	double number = awk_to_number(value);
	awk_release(value);
	return number;
}

bool awk_truth_of(struct awk_node *node)
{
	struct awk_value value = awk_evaluate(node);
	bool truth = awk_truth(value);
	awk_release(value);
	return truth;
}

/* Takes over the value. */
void awk_assign(struct awk_node *target, struct awk_value value)
{
	if (target->operation == N_FIELD) {
		awk_set_field((long)awk_number_of(target->a), value);
	} else if (target->operation == N_ELEMENT) {
		struct awk_string *key = awk_key_of(target->b);
		struct awk_value *element = awk_array_at(awk_array_of(target->a), key);
		awk_drop(key);
		awk_release(*element);
		*element = value;
	} else if (target->operation == N_VARIABLE) {
		awk_set_global(target->detail, value);
	} else {
		awk_release(awk_locals[target->detail].value);
		awk_locals[target->detail].value = value;
	}
}

static double calculate(int operator, double x, double y)
{
	switch (operator) {
	case '+': return x + y;
	case '-': return x - y;
	case '*': return x * y;
	case '/':
		if (y == 0)
			awk_fail("division by zero");
		return x / y;
	case '%':
		if (y == 0)
			awk_fail("division by zero in %%");
		/* fmod(3) goes bit by bit. */
		if (x >= 0 && x < WHOLE && y > 0 && y < WHOLE && x == floor(x) && y == floor(y))
			return (double)((long long)x % (long long)y);
		return fmod(x, y);
	default: return pow(x, y);
	}
}

static bool has_match(const struct awk_node *regex, const struct awk_string *text)
{
	int answer = regex->filter ? filter_match(regex->filter, text->data, text->length) : -1;
	return answer < 0 ? !regular_find(regex->pattern, text->data, 0, NULL, 0) : answer;
}

static bool matches(struct awk_node *text, struct awk_node *pattern)
{
	struct awk_value left = awk_evaluate(text);
	struct awk_string *string = awk_to_string(left, false);
	bool found;
	if (pattern->operation == N_REGEX) {
		found = has_match(pattern, string);
	} else {
		struct awk_value right = awk_evaluate(pattern);
		struct awk_string *source = awk_to_string(right, false);
		found = !regular_find(awk_dynamic_pattern(source->data), string->data, 0, NULL, 0);
		awk_drop(source);
		awk_release(right);
	}
	awk_drop(string);
	awk_release(left);
	return found;
}

static struct awk_value concatenate(struct awk_node *node)
{
	struct awk_value left = awk_evaluate(node->a), right = awk_evaluate(node->b);
	struct awk_string *x = awk_to_string(left, false), *y = awk_to_string(right, false);
	struct awk_string *joined = awk_string_room(x->length + y->length);
	memcpy(joined->data, x->data, x->length);
	memcpy(joined->data + x->length, y->data, y->length);
	awk_drop(x);
	awk_drop(y);
	awk_release(left);
	awk_release(right);
	return awk_own(joined);
}

static bool compares(struct awk_node *node)
{
	struct awk_value left = awk_evaluate(node->a), right = awk_evaluate(node->b);
	int order = awk_compare(left, right);
	awk_release(left);
	awk_release(right);
	switch (node->detail) {
	case '<': return order < 0;
	case '>': return order > 0;
	case T_LE: return order <= 0;
	case T_GE: return order >= 0;
	case T_EQ: return order == 0;
	default: return order != 0;
	}
}

/* The element of an array, which is looked up once where it is read and changed. */
static struct awk_value *place_of(struct awk_node *element)
{
	struct awk_string *key = awk_key_of(element->b);
	struct awk_value *place = awk_array_at(awk_array_of(element->a), key);
	awk_drop(key);
	return place;
}

static void set_number(struct awk_value *place, double number)
{
	awk_release(*place);
	*place = awk_number(number);
}

static struct awk_value assign(struct awk_node *node)
{
	struct awk_value value;
	if (node->detail == '=') {
		value = awk_evaluate(node->b);
	} else {
		double right = awk_number_of(node->b);
		if (node->a->operation == N_ELEMENT) {
			struct awk_value *place = place_of(node->a);
			set_number(place, calculate(node->detail, awk_to_number(*place), right));
			return *place;
		}
		value = awk_number(calculate(node->detail, awk_number_of(node->a), right));
	}
	awk_assign(node->a, awk_copy(value));
	return value;
}

static struct awk_value step(struct awk_node *node)
{
	if (node->a->operation == N_ELEMENT) {
		struct awk_value *place = place_of(node->a);
		double number = awk_to_number(*place);
		set_number(place, number + node->detail);
		return awk_number(node->operation == N_POST ? number : number + node->detail);
	}
	double before = awk_number_of(node->a);
	awk_assign(node->a, awk_number(before + node->detail));
	return awk_number(node->operation == N_POST ? before : before + node->detail);
}

static struct awk_value get_line(struct awk_node *node)
{
	struct awk_string *record;
	int result;
	if (node->detail) {
		struct awk_value name = awk_evaluate(node->b);
		struct awk_string *text = awk_to_string(name, false);
		result = awk_read_from(text->data, node->detail == '|', &record);
		awk_drop(text);
		awk_release(name);
	} else {
		result = awk_next_record(&record);
	}
	if (result <= 0)
		return awk_number(result);
	if (node->a)
		awk_assign(node->a, (struct awk_value){.kind = AWK_INPUT, .string = record});
	else
		awk_set_record(record);
	if (node->detail == '|')
		awk_set_global(AWK_NR, awk_number(awk_to_number(awk_globals[AWK_NR].value) + 1));
	return awk_number(1);
}

static struct awk_value call(struct awk_node *node)
{
	const struct awk_function *function = &awk_program.functions[node->detail];
	int count = function->parameter_count;
	struct awk_cell *frame = allocate(sizeof *frame * (size_t)(count + 1)), *outer = awk_locals;
	memset(frame, 0, sizeof *frame * (size_t)(count + 1));
	struct awk_node *argument = node->b;
	for (int i = 0; argument; i++, argument = argument->next) {
		if (i == count)
			awk_fail("function %s called with too many arguments", function->name);
		struct awk_cell *cell = argument->operation == N_VARIABLE || argument->operation == N_LOCAL ? cell_of(argument) : NULL;
		if (cell && (cell->array || cell->value.kind == AWK_NONE) && !(argument->operation == N_VARIABLE && argument->detail == AWK_NF)) {
			frame[i].array = cell->array;
			frame[i].borrowed = true;
			frame[i].origin = cell;
		} else {
			frame[i].value = awk_evaluate(argument);
		}
	}
	if (++awk_depth > DEPTH_LIMIT)
		awk_fail("function %s: calls nest too deeply", function->name);
	awk_locals = frame;
	awk_release(awk_returned);
	awk_returned = (struct awk_value){0};
	awk_execute(function->body);
	awk_depth--;
	awk_locals = outer;
	for (int i = 0; i < count; i++) {
		awk_release(frame[i].value);
		if (frame[i].array && !frame[i].borrowed && !frame[i].origin)
			awk_array_free(frame[i].array);
	}
	free(frame);
	struct awk_value result = awk_returned;
	awk_returned = (struct awk_value){0};
	return result;
}

static struct awk_value element(struct awk_node *node)
{
	struct awk_string *key = awk_key_of(node->b);
	struct awk_value value = awk_copy(*awk_array_at(awk_array_of(node->a), key));
	awk_drop(key);
	return value;
}

static bool contains(struct awk_node *node)
{
	struct awk_string *key = awk_key_of(node->b);
	bool has = awk_array_has(awk_array_of(node->a), key);
	awk_drop(key);
	return has;
}

struct awk_value awk_evaluate(struct awk_node *node)
{
	switch (node->operation) {
	case N_CONSTANT: return awk_copy(node->value);
	case N_REGEX: {
		struct awk_value record = awk_field(0);
		struct awk_string *text = awk_to_string(record, false);
		bool found = has_match(node, text);
		awk_drop(text);
		awk_release(record);
		return awk_number(found);
	}
	case N_VARIABLE: return node->detail == AWK_NF ? awk_number(awk_field_count()) : awk_copy(awk_globals[node->detail].value);
	case N_LOCAL: return awk_copy(awk_locals[node->detail].value);
	case N_FIELD: return awk_field((long)awk_number_of(node->a));
	case N_ELEMENT: return element(node);
	case N_ASSIGN: return assign(node);
	case N_CONDITION: return awk_evaluate(awk_truth_of(node->a) ? node->b : node->c);
	case N_AND: return awk_number(awk_truth_of(node->a) && awk_truth_of(node->b));
	case N_OR: return awk_number(awk_truth_of(node->a) || awk_truth_of(node->b));
	case N_NOT: return awk_number(!awk_truth_of(node->a));
	case N_IN: return awk_number(contains(node));
	case N_MATCH: return awk_number(matches(node->a, node->b));
	case N_NOMATCH: return awk_number(!matches(node->a, node->b));
	case N_COMPARE: return awk_number(compares(node));
	case N_CONCAT: return concatenate(node);
	case N_ARITHMETIC: {
		double left = awk_number_of(node->a);
		return awk_number(calculate(node->detail, left, awk_number_of(node->b)));
	}
	case N_NEGATE: return awk_number(-awk_number_of(node->a));
	case N_PLUS: return awk_number(awk_number_of(node->a));
	case N_PRE:
	case N_POST: return step(node);
	case N_CALL: return call(node);
	case N_BUILTIN: return awk_call_builtin(node);
	case N_GETLINE: return get_line(node);
	case N_GROUP: return node->detail ? awk_evaluate(node->b) : awk_own(awk_key_of(node->b));
	default: awk_fail("not an expression");
	}
}
