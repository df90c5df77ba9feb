/* Functions that decide, repeat and tell, and the table of all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "functions.h"

enum { MAX_ARGUMENTS = 16 };

/* Newlines become blanks; the last ones go. */
static void call_shell(char **arguments, int count, struct text *out)
{
	size_t start = out->length;
	(void)count;
	fflush(NULL);
	FILE *pipe = popen(arguments[0], "r");
	if (!pipe)
		return;
	for (int c; (c = getc(pipe)) != EOF;)
		text_char(out, (char)c);
	pclose(pipe);
	while (out->length > start && out->data[out->length - 1] == '\n')
		out->data[--out->length] = 0;
	for (size_t i = start; i < out->length; i++)
		if (out->data[i] == '\n')
			out->data[i] = ' ';
}

static void add_expanded(struct text *out, const char *text)
{
	char *value = make_expand(text);
	text_string(out, value);
	free(value);
}

static bool is_set(const char *text)
{
	char *value = make_expand(text + strspn(text, " \t"));
	bool set = value[strspn(value, " \t")] != 0;
	free(value);
	return set;
}

static void call_if(char **arguments, int count, struct text *out)
{
	if (is_set(arguments[0]))
		add_expanded(out, arguments[1]);
	else if (count > 2)
		add_expanded(out, arguments[2]);
}

static void call_or(char **arguments, int count, struct text *out)
{
	for (int i = 0; i < count; i++)
		if (is_set(arguments[i])) {
			add_expanded(out, arguments[i]);
			return;
		}
}

static void call_and(char **arguments, int count, struct text *out)
{
	for (int i = 0; i < count; i++)
		if (!is_set(arguments[i]))
			return;
	add_expanded(out, arguments[count - 1]);
}

static void call_foreach(char **arguments, int count, struct text *out)
{
	char *name = make_expand(arguments[0]), *list = make_expand(arguments[1]);
	struct make_words words = {0};
	size_t start = out->length;
	(void)count;
	make_split(&words, list);
	struct make_macro *old = make_find(name, strlen(name));
	char *saved = old ? duplicate(old->value) : NULL;
	bool was_simple = old && old->is_simple;
	for (size_t i = 0; i < words.count; i++) {
		make_define(name, words.items[i], ORIGIN_AUTOMATIC, true);
		char *value = make_expand(arguments[2]);
		make_add_from(out, start, value);
		free(value);
	}
	make_define(name, saved ? saved : "", ORIGIN_AUTOMATIC, was_simple);
	free(saved);
	make_free_words(&words);
	free(list);
	free(name);
}

static void call_call(char **arguments, int count, struct text *out)
{
	char *names[MAX_ARGUMENTS];
	for (int i = 0; i < count; i++) {
		names[i] = format_text("%d", i);
		make_define(names[i], arguments[i], ORIGIN_AUTOMATIC, true);
	}
	struct make_macro *macro = make_find(arguments[0], strlen(arguments[0]));
	if (macro)
		add_expanded(out, macro->value);
	for (int i = 0; i < count; i++) {
		make_define(names[i], "", ORIGIN_AUTOMATIC, true);
		free(names[i]);
	}
}

static void call_error(char **arguments, int count, struct text *out)
{
	(void)count;
	(void)out;
	make_stop(NULL, 0, "%s", arguments[0]);
}

static void call_warning(char **arguments, int count, struct text *out)
{
	(void)count;
	(void)out;
	fflush(stdout);
	fprintf(stderr, "%s\n", arguments[0]);
}

static void call_info(char **arguments, int count, struct text *out)
{
	(void)count;
	(void)out;
	puts(arguments[0]);
}

static void call_value(char **arguments, int count, struct text *out)
{
	struct make_macro *macro = make_find(arguments[0], strlen(arguments[0]));
	(void)count;
	if (macro)
		text_string(out, macro->value);
}

static void call_origin(char **arguments, int count, struct text *out)
{
	static const char *const NAMES[] = {"default", "environment", "file", "command line", "automatic"};
	struct make_macro *macro = make_find(arguments[0], strlen(arguments[0]));
	(void)count;
	text_string(out, macro ? NAMES[macro->origin] : "undefined");
}

/* `most` arguments: commas behind them belong to the last one. */
static const struct {
	const char *name;
	make_function *call;
	int least, most;
	bool is_lazy;
} FUNCTIONS[] = {
	{"subst", make_call_subst, 3, 3, false}, {"patsubst", make_call_patsubst, 3, 3, false}, {"strip", make_call_strip, 1, 1, false}, {"findstring", make_call_findstring, 2, 2, false},
	{"filter", make_call_filter, 2, 2, false}, {"filter-out", make_call_filter_out, 2, 2, false}, {"sort", make_call_sort, 1, 1, false}, {"word", make_call_word, 2, 2, false},
	{"wordlist", make_call_wordlist, 3, 3, false}, {"words", make_call_words, 1, 1, false}, {"firstword", make_call_firstword, 1, 1, false}, {"lastword", make_call_lastword, 1, 1, false},
	{"dir", make_call_dir, 1, 1, false}, {"notdir", make_call_notdir, 1, 1, false}, {"suffix", make_call_suffix, 1, 1, false}, {"basename", make_call_basename, 1, 1, false},
	{"addprefix", make_call_addprefix, 2, 2, false}, {"addsuffix", make_call_addsuffix, 2, 2, false}, {"join", make_call_join, 2, 2, false}, {"wildcard", make_call_wildcard, 1, 1, false},
	{"realpath", make_call_realpath, 1, 1, false}, {"abspath", make_call_realpath, 1, 1, false}, {"shell", call_shell, 1, 1, false}, {"if", call_if, 2, 3, true},
	{"or", call_or, 1, MAX_ARGUMENTS, true}, {"and", call_and, 1, MAX_ARGUMENTS, true}, {"foreach", call_foreach, 3, 3, true}, {"call", call_call, 1, MAX_ARGUMENTS, false},
	{"error", call_error, 1, 1, false}, {"warning", call_warning, 1, 1, false}, {"info", call_info, 1, 1, false}, {"value", call_value, 1, 1, false},
	{"origin", call_origin, 1, 1, false}};

/* Splits at commas outside of parentheses. */
static int split_arguments(const char *text, size_t length, int most, char **arguments)
{
	int count = 0, nested = 0;
	const char *start = text, *end = text + length;
	for (const char *at = text; at <= end; at++) {
		bool is_end = at == end;
		nested += !is_end && (*at == '(' || *at == '{');
		nested -= !is_end && (*at == ')' || *at == '}');
		if (is_end || (*at == ',' && !nested && count + 1 < most)) {
			arguments[count++] = duplicate_range(start, (size_t)(at - start));
			start = at + 1;
		}
	}
	return count;
}

bool make_call(const char *text, size_t length, struct text *out)
{
	size_t name = 0;
	while (name < length && ((text[name] >= 'a' && text[name] <= 'z') || text[name] == '-'))
		name++;
	if (!name || name == length || (text[name] != ' ' && text[name] != '\t'))
		return false;
	for (size_t i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++) {
		if (strlen(FUNCTIONS[i].name) != name || strncmp(FUNCTIONS[i].name, text, name))
			continue;
		char *arguments[MAX_ARGUMENTS];
		size_t blank = name;
		while (blank < length && (text[blank] == ' ' || text[blank] == '\t'))
			blank++;
		int count = split_arguments(text + blank, length - blank, FUNCTIONS[i].most, arguments);
		if (count < FUNCTIONS[i].least)
			make_stop(NULL, 0, "insufficient number of arguments (%d) to function '%s'", count, FUNCTIONS[i].name);
		for (int j = 0; j < count && !FUNCTIONS[i].is_lazy; j++) {
			char *value = make_expand(arguments[j]);
			free(arguments[j]);
			arguments[j] = value;
		}
		FUNCTIONS[i].call(arguments, count, out);
		for (int j = 0; j < count; j++)
			free(arguments[j]);
		return true;
	}
	return false;
}
