/* Parameter expansion, POSIX XCU 2.5 and 2.6.2. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "shell.h"

static const char *number_text(char buffer[32], long number)
{
	snprintf(buffer, 32, "%ld", number);
	return buffer;
}

const char *parameter_value(const char *name, char buffer[32])
{
	if (*name >= '0' && *name <= '9') {
		long index = strtol(name, NULL, 10);
		if (index == 0)
			return shell.name;
		return index <= shell.parameter_count ? shell.parameters[index - 1] : NULL;
	}
	if (name[0] && !name[1]) {
		switch (name[0]) {
		case '?': return number_text(buffer, shell.status);
		case '#': return number_text(buffer, shell.parameter_count);
		case '$': return number_text(buffer, shell.pid);
		case '!': return shell.last_background ? number_text(buffer, shell.last_background) : NULL;
		case '-': current_options(buffer); return buffer;
		default: break;
		}
	}
	return get_variable(name);
}

/* In scratch: the parameters joined by the first character of IFS, or by a blank. */
static char *join_parameters(const char *separator, size_t separator_length)
{
	struct text text = {0};
	text_clear(&text);
	for (int i = 0; i < shell.parameter_count; i++) {
		if (i)
			text_add(&text, separator, separator_length);
		text_string(&text, shell.parameters[i]);
	}
	char *copy = arena_string(&scratch, text.data, text.length);
	text_free(&text);
	return copy;
}

static char *joined_value(void)
{
	const char *separators = get_variable("IFS");
	if (!separators)
		separators = " ";
	return join_parameters(separators, *separators != 0);
}

static void add_value(struct expansion *expansion, const char *value, bool quoted)
{
	expansion_add(expansion, value, strlen(value), quoted ? MARK_QUOTED : MARK_SPLIT);
	if (quoted && !*value)
		expansion_add(expansion, "", 1, MARK_QUOTED | MARK_EMPTY);
}

/* $@ and $*: one field per parameter where fields are made, else one string. */
static void add_parameters(const struct part *part, struct expansion *expansion)
{
	bool as_fields = expansion->flags & EXPAND_SPLIT && !(part->quoted && *part->text == '*');
	if (!as_fields) {
		char *value = *part->text == '@' ? join_parameters(" ", 1) : joined_value();
		add_value(expansion, value, part->quoted);
		return;
	}
	for (int i = 0; i < shell.parameter_count; i++) {
		if (i)
			expansion_add(expansion, "", 1, MARK_BREAK);
		add_value(expansion, shell.parameters[i], part->quoted);
	}
}

static size_t character_count(const char *value)
{
	size_t count = 0, size;
	for (size_t left = strlen(value); left; left -= size, value += size, count++)
		utf8_decode(value, left, &size);
	return count;
}

static noreturn void unset_error(const struct part *part)
{
	const char *message = "parameter not set";
	if (part->operator == OPERATOR_ERROR && part->word && part->word->parts)
		message = expand_single(part->word, 0);
	else if (part->operator == OPERATOR_ERROR && part->colon)
		message = "parameter not set or null";
	shell_error(2, "%s: %s", part->text, message);
}

static void assign_default(const struct part *part, struct expansion *expansion)
{
	if (!is_name(part->text))
		shell_error(2, "%s: bad variable name", part->text);
	char *value = expand_single(part->word, EXPAND_ASSIGNMENT);
	set_variable(part->text, value, 0);
	add_value(expansion, value, part->quoted);
}

/* The word behind an operator, as if it stood in place of the expansion. */
static void expand_operand(const struct part *part, struct expansion *expansion)
{
	size_t start = expansion->bytes.length;
	expand_parts(part->word->parts, expansion);
	if (part->quoted && expansion->bytes.length == start)
		expansion_add(expansion, "", 1, MARK_QUOTED | MARK_EMPTY);
	for (size_t i = start; i < expansion->marks.length; i++)
		if (!part->quoted && !expansion->marks.data[i])
			expansion->marks.data[i] = MARK_SPLIT; /* unquoted text of the word is split too */
}

void expand_parameter(const struct part *part, struct expansion *expansion)
{
	char buffer[32];
	bool is_list = *part->text == '@' || *part->text == '*';
	if (part->operator == OPERATOR_BAD)
		shell_error(2, "bad substitution");
	const char *value = !is_list                ? parameter_value(part->text, buffer)
	                  : shell.parameter_count   ? joined_value()
	                                            : NULL;
	bool present = value && !(part->colon && !*value);
	switch (part->operator) {
	case OPERATOR_LENGTH:
		if (!value && option_set['u'] && !is_list)
			unset_error(part);
		size_t length = is_list ? (size_t)shell.parameter_count
					  : value   ? character_count(value)
								: 0;
		add_value(expansion, number_text(buffer, (long)length), part->quoted);
		return;
	case OPERATOR_ALTERNATIVE:
		if (present)
			expand_operand(part, expansion);
		else if (part->quoted)
			expansion_add(expansion, "", 1, MARK_QUOTED | MARK_EMPTY);
		return;
	case OPERATOR_DEFAULT:
	case OPERATOR_ASSIGN:
	case OPERATOR_ERROR:
		if (present)
			break;
		if (part->operator == OPERATOR_ERROR)
			unset_error(part);
		if (part->operator == OPERATOR_ASSIGN)
			assign_default(part, expansion);
		else
			expand_operand(part, expansion);
		return;
	default:
		if (!value && option_set['u'] && !is_list)
			unset_error(part);
	}
	int kind = part->operator & 0xff;
	if (kind == OPERATOR_PREFIX || kind == OPERATOR_SUFFIX) {
		char *pattern = expand_single(part->word, EXPAND_PATTERN);
		char *copy = arena_string(&scratch, value ? value : "", value ? strlen(value) : 0);
		add_value(expansion, remove_affix(copy, pattern, part->operator), part->quoted);
	} else if (is_list) {
		add_parameters(part, expansion);
	} else {
		add_value(expansion, value ? value : "", part->quoted);
	}
}
