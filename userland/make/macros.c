/* Macros, and their expansion: $(name), ${name}, $x, $(name:.c=.o), $(function arguments). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "make.h"
#include "tools.h"

enum { MAX_DEPTH = 200 };

bool make_exports_all;

static struct make_macro *macros;
static int depth;

struct make_macro *make_find(const char *name, size_t length)
{
	for (struct make_macro *macro = macros; macro; macro = macro->next)
		if (!strncmp(macro->name, name, length) && !macro->name[length])
			return macro;
	return NULL;
}

void make_define(const char *name, const char *value, enum make_origin origin, bool is_simple)
{
	struct make_macro *macro = make_find(name, strlen(name));
	if (macro && macro->origin > origin)
		return;
	if (macro && macro->origin == ORIGIN_ENVIRONMENT && make_flag.environment_first && origin == ORIGIN_FILE)
		return;
	if (!macro) {
		macro = allocate(sizeof *macro);
		*macro = (struct make_macro){.name = duplicate(name), .next = macros};
		macros = macro;
	}
	/* What came from the environment goes on to it, and so does the command line's. */
	macro->is_exported |= macro->origin == ORIGIN_ENVIRONMENT || origin == ORIGIN_ENVIRONMENT || origin == ORIGIN_COMMAND_LINE;
	free(macro->value);
	macro->value = duplicate(value);
	macro->origin = origin;
	macro->is_simple = is_simple;
}

/* Of those that nobody names in an export only what a shell can name. */
static bool is_exportable(const struct make_macro *macro)
{
	return macro->origin != ORIGIN_DEFAULT && !isdigit((unsigned char)*macro->name) &&
	       macro->name[strspn(macro->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")] == 0;
}

void make_export_macros(void)
{
	for (struct make_macro *macro = macros; macro; macro = macro->next) {
		if (!strcmp(macro->name, "SHELL") || macro->origin == ORIGIN_AUTOMATIC)
			continue;
		if (macro->is_hidden)
			unsetenv(macro->name);
		if (macro->is_hidden || !(macro->is_exported || (make_exports_all && is_exportable(macro))))
			continue;
		char *value = make_expand(macro->value);
		setenv(macro->name, value, 1);
		free(value);
	}
}

void make_print_macros(void)
{
	for (struct make_macro *macro = macros; macro; macro = macro->next)
		if (macro->origin != ORIGIN_ENVIRONMENT && macro->origin != ORIGIN_AUTOMATIC)
			printf("%s %s %s\n", macro->name, macro->is_simple ? ":=" : "=", macro->value);
}

static void expand_into(struct text *out, const char *text, size_t length);

/* $(@D) and $(<F): the folder and the rest of an automatic macro. */
static bool add_part(struct text *out, const char *name, size_t length)
{
	if (length != 2 || !strchr("@%<*?^+", name[0]) || (name[1] != 'D' && name[1] != 'F'))
		return false;
	struct make_macro *macro = make_find(name, 1);
	struct make_words words = {0};
	make_split(&words, macro ? macro->value : "");
	for (size_t i = 0; i < words.count; i++) {
		char *slash = strrchr(words.items[i], '/');
		if (i)
			text_char(out, ' ');
		if (name[1] == 'F')
			text_string(out, slash ? slash + 1 : words.items[i]);
		else if (!slash)
			text_string(out, ".");
		else
			text_add(out, words.items[i], slash == words.items[i] ? 1 : (size_t)(slash - words.items[i]));
	}
	make_free_words(&words);
	return true;
}

static void add_value(struct text *out, const char *name, size_t length)
{
	struct make_macro *macro = make_find(name, length);
	if (!macro) {
		add_part(out, name, length);
		return;
	}
	if (macro->is_simple)
		text_string(out, macro->value);
	else
		expand_into(out, macro->value, strlen(macro->value));
}

/* Each word that ends in `from` ends in `to` instead; with a % in `from`, it is a pattern. */
static void add_substituted(struct text *out, const char *value, const char *from, const char *to)
{
	struct make_words words = {0};
	bool is_pattern = strchr(from, '%') != NULL;
	make_split(&words, value);
	for (size_t i = 0; i < words.count; i++) {
		const char *word = words.items[i], *stem;
		size_t length = strlen(word), cut = strlen(from), stem_length;
		if (i)
			text_char(out, ' ');
		if (is_pattern && make_match(from, word, &stem, &stem_length)) {
			char *made = make_substitute(to, stem, stem_length);
			text_string(out, made);
			free(made);
		} else if (!is_pattern && length >= cut && !strcmp(word + length - cut, from)) {
			text_add(out, word, length - cut);
			text_string(out, to);
		} else {
			text_string(out, word);
		}
	}
	make_free_words(&words);
}

/* What stands between the parentheses. */
static void expand_reference(struct text *out, const char *text, size_t length)
{
	struct text name = {0};
	if (make_call(text, length, out))
		return;
	expand_into(&name, text, length);
	text_string(&name, "");
	char *colon = strchr(name.data, ':'), *equals = colon ? strchr(colon, '=') : NULL;
	if (!equals) {
		add_value(out, name.data, name.length);
	} else {
		struct text value = {0};
		*colon = *equals = 0;
		add_value(&value, name.data, strlen(name.data));
		text_string(&value, "");
		add_substituted(out, value.data, colon + 1, equals + 1);
		text_free(&value);
	}
	text_free(&name);
}

/* Behind the parenthesis that closes the one at `open`; null if there is none. */
static const char *closing(const char *open, const char *end)
{
	char opens = *open, closes = opens == '(' ? ')' : '}';
	int nested = 0;
	for (const char *at = open; at < end; at++) {
		nested += *at == opens;
		nested -= *at == closes;
		if (!nested)
			return at;
	}
	return NULL;
}

static void expand_into(struct text *out, const char *text, size_t length)
{
	const char *end = text + length;
	if (++depth > MAX_DEPTH)
		make_stop(NULL, 0, "a macro refers to itself");
	text_string(out, "");
	while (text < end) {
		if (*text != '$' || text + 1 == end) {
			text_char(out, *text++);
			continue;
		}
		text++;
		if (*text == '$') {
			text_char(out, *text++);
		} else if (*text == '(' || *text == '{') {
			const char *close = closing(text, end);
			if (!close)
				make_stop(NULL, 0, "unterminated variable reference");
			expand_reference(out, text + 1, (size_t)(close - text - 1));
			text = close + 1;
		} else {
			add_value(out, text++, 1);
		}
	}
	depth--;
}

char *make_expand(const char *text)
{
	struct text out = {0};
	expand_into(&out, text, strlen(text));
	return text_take(&out);
}
