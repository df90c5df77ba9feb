/* Functions that awk brings along. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "awk.h"
#include "characters.h"
#include "tools.h"

const char *const awk_builtin_names[] = {"length", "substr", "index", "split", "sub", "gsub", "match", "sprintf", "sin", "cos", "atan2", "exp", "log",
	"sqrt", "int", "rand", "srand", "tolower", "toupper", "system", "close", "fflush", "systime", NULL};
enum { LENGTH, SUBSTR, INDEX, SPLIT, SUB, GSUB, MATCH, SPRINTF, SIN, COS, ATAN2, EXP, LOG, SQRT, INT, RAND, SRAND, TOLOWER, TOUPPER, SYSTEM, CLOSE, FFLUSH, SYSTIME };

static struct awk_string *string_of(struct awk_node *node)
{
	struct awk_value value = node ? awk_evaluate(node) : (struct awk_value){0};
	struct awk_string *text = awk_to_string(value, false);
	awk_release(value);
	return text;
}

static double number_of(struct awk_node *node)
{
	struct awk_value value = node ? awk_evaluate(node) : (struct awk_value){0};
	double number = awk_to_number(value);
	awk_release(value);
	return number;
}

/* An argument that is a regular expression, literally or as a string. */
static const regex_t *pattern_of(struct awk_node *node)
{
	if (node->operation == N_REGEX)
		return node->pattern;
	struct awk_string *text = string_of(node);
	const regex_t *pattern = awk_dynamic_pattern(text->data);
	awk_drop(text);
	return pattern;
}

/* One conversion: the flags in *format up to the letter, `value` consumed. */
static void add_conversion(struct text *result, const char *specification, char letter, struct awk_value value)
{
	char format[64], buffer[600];
	double number = awk_to_number(value);
	size_t length = strlen(specification);
	if (length > sizeof format - 4)
		return;
	memcpy(format, specification, length + 1);
	switch (letter) {
	case 'd':
	case 'i':
		strcpy(format + length, "lld");
		snprintf(buffer, sizeof buffer, format, isnan(number) ? 0LL : (long long)number);
		break;
	case 'o':
	case 'x':
	case 'X':
	case 'u':
		snprintf(format + length, 5, "ll%c", letter);
		snprintf(buffer, sizeof buffer, format, number < 0 ? (unsigned long long)(long long)number : (unsigned long long)number);
		break;
	case 'c': {
		char bytes[MB_LEN_MAX];
		bool is_text = value.string && !awk_is_numeric(&value);
		size_t size = is_text ? character_offset(value.string->data, value.string->length, 1) : awk_encode(bytes, number);
		awk_add_padded(result, specification, is_text ? value.string->data : bytes, size, true);
		return;
	}
	case 's': {
		struct awk_string *text = awk_to_string(value, false);
		awk_add_padded(result, specification, text->data, text->length, false);
		awk_drop(text);
		return;
	}
	default:
		format[length] = letter;
		format[length + 1] = 0;
		snprintf(buffer, sizeof buffer, format, number);
	}
	text_string(result, buffer);
}

struct awk_string *awk_format(struct awk_node *arguments)
{
	struct text result = {0};
	struct awk_string *format = string_of(arguments);
	struct awk_node *next = arguments ? arguments->next : NULL;
	text_string(&result, "");
	for (const char *at = format->data; *at;) {
		if (*at != '%' || at[1] == '%') {
			text_char(&result, *at);
			at += 1 + (*at == '%');
			continue;
		}
		struct text specification = {0};
		text_char(&specification, *at++);
		for (; *at && strchr("-+ #0123456789.*hlLqjzt", *at); at++) {
			if (*at == '*') {
				text_format(&specification, "%d", (int)number_of(next));
				next = next ? next->next : NULL;
			} else if (!strchr("hlLqjzt", *at)) {
				text_char(&specification, *at);
			}
		}
		if (!*at || !strchr("diouxXcseEfFgGaA", *at)) {
			text_string(&result, specification.data);
			text_free(&specification);
			continue;
		}
		struct awk_value value = next ? awk_evaluate(next) : awk_text("", 0);
		add_conversion(&result, specification.data, *at++, value);
		awk_release(value);
		next = next ? next->next : NULL;
		text_free(&specification);
	}
	for (; next; next = next->next) /* for what they do */
		awk_release(awk_evaluate(next));
	awk_drop(format);
	struct awk_string *string = awk_string(result.data, result.length);
	text_free(&result);
	return string;
}

/* & is what matched, \& an ampersand, \\ a backslash. */
static void add_replacement(struct text *result, const struct awk_string *replacement, const char *match, size_t length)
{
	for (const char *c = replacement->data; *c; c++) {
		if (*c == '\\' && (c[1] == '&' || c[1] == '\\'))
			text_char(result, *++c);
		else if (*c == '&')
			text_add(result, match, length);
		else
			text_char(result, *c);
	}
}

static struct awk_value substitute(struct awk_node *arguments, bool global)
{
	struct awk_node record = {.operation = N_FIELD}, zero = {.operation = N_CONSTANT, .value = {.kind = AWK_NUMBER}};
	record.a = &zero;
	if (!arguments || !arguments->next)
		awk_fail("sub and gsub need two arguments");
	struct awk_node *target = arguments->next->next ? arguments->next->next : &record;
	if (target->operation == N_GROUP)
		target = target->b;
	struct awk_string *replacement = string_of(arguments->next), *text = string_of(target);
	const regex_t *pattern = pattern_of(arguments);
	struct text result = {0};
	const char *at = text->data, *end = at + text->length;
	long count = 0;
	bool after_match = false;
	text_string(&result, "");
	for (regmatch_t match; at <= end && (global || !count) && !regular_find(pattern, at, 1, &match, at > text->data ? REG_NOTBOL : 0);) {
		const char *start = at + match.rm_so, *stop = at + match.rm_eo;
		text_add(&result, at, (size_t)(start - at));
		if (!(start == stop && start == at && after_match)) {
			add_replacement(&result, replacement, start, (size_t)(stop - start));
			count++;
		}
		after_match = start != stop;
		at = stop;
		if (start == stop && at < end) {
			size_t size = character_size(at, (size_t)(end - at));
			text_add(&result, at, size);
			at += size;
		} else if (start == stop) {
			break;
		}
	}
	if (count) {
		if (at < end)
			text_add(&result, at, (size_t)(end - at));
		awk_assign(target, awk_text(result.data, result.length));
	}
	text_free(&result);
	awk_drop(replacement);
	awk_drop(text);
	return awk_number((double)count);
}

static void add_element(void *context, long number, const char *start, size_t length)
{
	struct awk_string *key = awk_to_string(awk_number((double)number), false);
	struct awk_value *element = awk_array_at(context, key);
	awk_drop(key);
	awk_release(*element);
	*element = awk_input(start, length);
}

static struct awk_value split(struct awk_node *arguments)
{
	if (!arguments || !arguments->next)
		awk_fail("split needs two arguments");
	struct awk_node *separator_node = arguments->next->next;
	struct awk_string *text = string_of(arguments);
	bool literal = separator_node && separator_node->operation == N_REGEX;
	struct awk_string *separator = literal ? awk_string("", 0) : separator_node ? string_of(separator_node) : awk_to_string(awk_globals[AWK_FS].value, false);
	struct awk_array *array = awk_array_of(arguments->next);
	awk_array_clear(array);
	long count = awk_split(text, separator, literal ? separator_node->pattern : NULL, add_element, array);
	awk_drop(text);
	awk_drop(separator);
	return awk_number((double)count);
}

static struct awk_value substring(struct awk_node *arguments)
{
	if (!arguments || !arguments->next)
		awk_fail("substr needs two arguments");
	struct awk_string *text = string_of(arguments);
	double count = (double)awk_count(text);
	double start = trunc(number_of(arguments->next)), stop = count + 1;
	if (start < 1) /* as everywhere: the length counts from there */
		start = 1;
	if (arguments->next->next)
		stop = start + trunc(number_of(arguments->next->next));
	if (stop > count + 1)
		stop = count + 1;
	struct awk_value result;
	if (stop > start && awk_count(text) == text->length) { /* a byte each: nothing to walk over */
		result = awk_text(text->data + (size_t)start - 1, (size_t)(stop - start));
	} else if (stop > start) {
		size_t first = character_offset(text->data, text->length, (size_t)start - 1);
		const char *from = text->data + first;
		result = awk_text(from, character_offset(from, text->length - first, (size_t)(stop - start)));
	} else {
		result = awk_text("", 0);
	}
	awk_drop(text);
	return result;
}

static struct awk_value find_match(struct awk_node *arguments)
{
	regmatch_t match;
	if (!arguments || !arguments->next)
		awk_fail("match needs two arguments");
	struct awk_string *text = string_of(arguments);
	bool found = !regular_find(pattern_of(arguments->next), text->data, 1, &match, 0);
	double start = 0, length = -1;
	if (found) {
		start = (double)character_count(text->data, (size_t)match.rm_so) + 1;
		length = (double)character_count(text->data + match.rm_so, (size_t)(match.rm_eo - match.rm_so));
	}
	awk_drop(text);
	awk_set_global(AWK_RSTART, awk_number(start));
	awk_set_global(AWK_RLENGTH, awk_number(length));
	return awk_number(start);
}

static struct awk_value length_of(struct awk_node *argument)
{
	if (argument && (argument->operation == N_VARIABLE || argument->operation == N_LOCAL)) {
		struct awk_value value = awk_evaluate(argument);
		bool untyped = value.kind == AWK_NONE;
		awk_release(value);
		if (untyped)
			return awk_number((double)awk_array_size(awk_array_of(argument)));
	}
	struct awk_value record = argument ? awk_evaluate(argument) : awk_field(0);
	struct awk_string *text = awk_to_string(record, false);
	double length = (double)awk_count(text);
	awk_drop(text);
	awk_release(record);
	return awk_number(length);
}

static struct awk_value change_case(struct awk_node *argument, bool to_upper)
{
	struct awk_string *text = string_of(argument), *changed = awk_change_case(text, to_upper);
	awk_drop(text);
	return awk_own(changed);
}

static struct awk_value call_numeric(int which, struct awk_node *argument)
{
	double x = argument ? number_of(argument) : 0;
	switch (which) {
	case SIN: return awk_number(sin(x));
	case COS: return awk_number(cos(x));
	case ATAN2: return awk_number(atan2(x, number_of(argument ? argument->next : NULL)));
	case EXP: return awk_number(exp(x));
	case LOG: return awk_number(log(x));
	case SQRT: return awk_number(sqrt(x));
	default: return awk_number(trunc(x));
	}
}

static struct awk_value seed(struct awk_node *argument)
{
	static double current;
	double before = current;
	current = argument ? number_of(argument) : (double)time(NULL);
	srandom((unsigned)(long long)current);
	return awk_number(before);
}

static struct awk_value run_command(struct awk_node *argument)
{
	struct awk_string *command = string_of(argument);
	awk_flush(NULL);
	int status = system(command->data);
	awk_drop(command);
	return awk_number(WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status));
}

struct awk_value awk_call_builtin(struct awk_node *node)
{
	struct awk_node *arguments = node->b;
	struct awk_string *text;
	double result;
	switch (node->detail) {
	case LENGTH: return length_of(arguments);
	case SUBSTR: return substring(arguments);
	case INDEX: {
		text = string_of(arguments);
		struct awk_string *wanted = string_of(arguments ? arguments->next : NULL);
		char *found = memmem(text->data, text->length, wanted->data, wanted->length);
		result = found ? (double)character_count(text->data, (size_t)(found - text->data)) + 1 : 0;
		awk_drop(text);
		awk_drop(wanted);
		return awk_number(result);
	}
	case SPLIT: return split(arguments);
	case SUB:
	case GSUB: return substitute(arguments, node->detail == GSUB);
	case MATCH: return find_match(arguments);
	case SPRINTF: return awk_own(awk_format(arguments));
	case RAND: return awk_number((double)random() / 2147483648.0);
	case SRAND: return seed(arguments);
	case TOLOWER: return change_case(arguments, false);
	case TOUPPER: return change_case(arguments, true);
	case SYSTEM: return run_command(arguments);
	case CLOSE:
		text = string_of(arguments);
		result = awk_close(text->data);
		awk_drop(text);
		return awk_number(result);
	case FFLUSH:
		text = arguments ? string_of(arguments) : NULL;
		result = awk_flush(text ? text->data : NULL);
		awk_drop(text);
		return awk_number(result);
	case SYSTIME: return awk_number((double)time(NULL));
	default: return call_numeric(node->detail, arguments);
	}
}
