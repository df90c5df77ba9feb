/* ifeq, ifneq, ifdef, ifndef, else, endif. */
#include <stdlib.h>
#include <string.h>

#include "parse.h"

enum { MAX_CONDITIONS = 64 };

static struct {
	bool active, was_taken, has_else;
} conditions[MAX_CONDITIONS];
static int condition_count;

char *make_trim(char *text)
{
	text += strspn(text, " \t");
	size_t length = strlen(text);
	while (length && strchr(" \t", text[length - 1]))
		text[--length] = 0;
	return text;
}

int make_condition_depth(void)
{
	return condition_count;
}

bool make_is_active(void)
{
	for (int i = 0; i < condition_count; i++)
		if (!conditions[i].active)
			return false;
	return true;
}

/* The two sides of ifeq: (a,b), or quoted. */
static bool sides_equal(char *text, const struct make_source *source)
{
	char *sides[2] = {"", ""};
	text = make_trim(text);
	if (*text == '(') {
		int nested = 0;
		char *comma = NULL, *at = text + 1;
		for (; *at && (nested || *at != ')'); at++) {
			nested += *at == '(' || *at == '{';
			nested -= *at == ')' || *at == '}';
			if (*at == ',' && !nested && !comma)
				comma = at;
		}
		if (!*at || !comma)
			make_stop(source->name, source->first, "invalid syntax in conditional");
		*comma = *at = 0;
		sides[0] = text + 1;
		sides[1] = comma + 1;
	} else {
		for (int i = 0; i < 2; i++) {
			char quote = *text, *end = quote == '"' || quote == '\'' ? strchr(text + 1, quote) : NULL;
			if (!end)
				make_stop(source->name, source->first, "invalid syntax in conditional");
			*end = 0;
			sides[i] = text + 1;
			text = make_trim(end + 1);
		}
	}
	char *left = make_expand(make_trim(sides[0])), *right = make_expand(make_trim(sides[1]));
	bool equal = !strcmp(make_trim(left), make_trim(right));
	free(left);
	free(right);
	return equal;
}

static bool is_defined(char *text)
{
	char *name = make_expand(make_trim(text));
	struct make_macro *macro = make_find(make_trim(name), strlen(make_trim(name)));
	bool defined = macro && *macro->value;
	free(name);
	return defined;
}

bool make_starts_word(const char *line, const char *word)
{
	size_t length = strlen(word);
	return !strncmp(line, word, length) && (!line[length] || strchr(" \t(\"'", line[length]));
}

static bool holds(char *line, const struct make_source *source)
{
	if (make_starts_word(line, "ifeq") || make_starts_word(line, "ifneq"))
		return sides_equal(line + (line[2] == 'e' ? 4 : 5), source) == (line[2] == 'e');
	return is_defined(line + (line[2] == 'd' ? 5 : 6)) == (line[2] == 'd');
}

static bool is_test(const char *line)
{
	return make_starts_word(line, "ifeq") || make_starts_word(line, "ifneq") || make_starts_word(line, "ifdef") || make_starts_word(line, "ifndef");
}

/* True if the line was one of a conditional. */
bool make_parse_conditional(char *line, const struct make_source *source)
{
	char *text = line + strspn(line, " \t");
	if (is_test(text)) {
		if (condition_count == MAX_CONDITIONS)
			make_stop(source->name, source->first, "conditionals are nested too deep");
		bool active = make_is_active() && holds(text, source);
		conditions[condition_count].active = conditions[condition_count].was_taken = active;
		conditions[condition_count++].has_else = false;
		return true;
	}
	if (make_starts_word(text, "else")) {
		if (!condition_count)
			make_stop(source->name, source->first, "extraneous 'else'");
		char *rest = make_trim(text + 4);
		int last = condition_count - 1;
		bool taken = conditions[last].was_taken;
		conditions[last].active = true; /* so that is_active tells of those around it */
		bool active = !taken && make_is_active() && (!is_test(rest) || holds(rest, source));
		conditions[last].active = active;
		conditions[last].was_taken = taken || active;
		return true;
	}
	if (make_starts_word(text, "endif")) {
		if (!condition_count)
			make_stop(source->name, source->first, "extraneous 'endif'");
		condition_count--;
		return true;
	}
	return false;
}
