/* Lines that set macros: name = value and its kinds, define, export. */
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "tools.h"

static char *shell_output(const char *command)
{
	char *call = format_text("$(shell %s)", command), *value = make_expand(call);
	free(call);
	return value;
}

/* name = value and its kinds. */
bool make_parse_assignment(const char *line, enum make_origin origin)
{
	const char *equals = NULL;
	int nested = 0;
	for (const char *at = line; *at && !equals; at++) {
		nested += *at == '(' || *at == '{';
		nested -= *at == ')' || *at == '}';
		if (*at == '=' && !nested)
			equals = at;
		/* A colon before it that is not of := makes a rule. */
		if (*at == ':' && !nested && at[1] != '=' && strncmp(at, "::=", 3) && strncmp(at, ":::=", 4) && !(at > line && at[-1] == ':'))
			return false;
	}
	if (!equals || equals == line)
		return false;
	size_t length = (size_t)(equals - line);
	char kind = '=';
	if (strchr("?+!:", line[length - 1])) {
		kind = line[--length];
		while (kind == ':' && length && line[length - 1] == ':')
			length--;
	}
	char *left = duplicate_range(line, length), *name = make_expand(make_trim(left));
	const char *value = equals + 1 + strspn(equals + 1, " \t");
	char *word = make_trim(name);
	struct make_macro *old = make_find(word, strlen(word));
	if (kind == ':') {
		char *expanded = make_expand(value);
		make_define(word, expanded, origin, true);
		free(expanded);
	} else if (kind == '!') {
		char *output = shell_output(value);
		make_define(word, output, origin, true);
		free(output);
	} else if (kind == '+' && old) {
		char *added = old->is_simple ? make_expand(value) : duplicate(value);
		char *both = format_text("%s%s%s", old->value, *old->value ? " " : "", added);
		make_define(word, both, origin, old->is_simple);
		free(both);
		free(added);
	} else if (kind != '?' || !old) {
		make_define(word, value, origin, false);
	}
	free(left);
	free(name);
	return true;
}

/* define NAME ... endef: the lines between are the value. */
void make_parse_define(char *text, struct make_source *source)
{
	struct text value = {0};
	text_string(&value, "");
	char *name = duplicate(make_trim(text));
	size_t length = strlen(name);
	if (length && name[length - 1] == '=')
		name[length - 1] = 0;
	while (source->at < source->count) {
		const char *line = source->lines[source->at++];
		if (make_starts_word(line + strspn(line, " \t"), "endef"))
			break;
		if (value.length)
			text_char(&value, '\n');
		text_string(&value, line);
	}
	make_define(make_trim(name), value.data, ORIGIN_FILE, false);
	free(name);
	text_free(&value);
}

/* export and unexport, with names or an assignment. */
void make_parse_export(char *text, bool exports)
{
	char *rest = make_trim(text);
	if (exports && strchr(rest, '='))
		make_parse_assignment(rest, ORIGIN_FILE);
	char *copy = duplicate(rest);
	copy[strcspn(copy, ":?+=")] = 0;
	char *expanded = make_expand(copy);
	struct make_words names = {0};
	make_split(&names, expanded);
	for (size_t i = 0; i < names.count; i++) {
		struct make_macro *macro = make_find(names.items[i], strlen(names.items[i]));
		if (!macro) {
			make_define(names.items[i], "", ORIGIN_DEFAULT, false);
			macro = make_find(names.items[i], strlen(names.items[i]));
		}
		macro->is_exported = exports;
		macro->is_hidden = !exports;
	}
	if (!*rest)
		make_exports_all = exports;
	make_free_words(&names);
	free(expanded);
	free(copy);
}
