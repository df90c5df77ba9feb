/* Functions on words and names, as GNU make has them. */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "functions.h"
#include "tools.h"

/* Adds `word` behind a blank, unless it is the first one from `start` on. */
void make_add_from(struct text *out, size_t start, const char *word)
{
	if (out->length > start)
		text_char(out, ' ');
	text_string(out, word);
}

static void each_word(const char *list, struct text *out, void (*change)(const char *word, struct text *one))
{
	struct make_words words = {0};
	size_t start = out->length;
	make_split(&words, list);
	for (size_t i = 0; i < words.count; i++) {
		struct text one = {0};
		change(words.items[i], &one);
		if (one.data)
			make_add_from(out, start, one.data);
		text_free(&one);
	}
	make_free_words(&words);
}

void make_call_subst(char **arguments, int count, struct text *out)
{
	const char *from = arguments[0], *text = arguments[2];
	size_t length = strlen(from);
	(void)count;
	for (const char *found; length && (found = strstr(text, from)); text = found + length) {
		text_add(out, text, (size_t)(found - text));
		text_string(out, arguments[1]);
	}
	text_string(out, text);
}

void make_call_patsubst(char **arguments, int count, struct text *out)
{
	struct make_words words = {0};
	size_t start = out->length;
	(void)count;
	make_split(&words, arguments[2]);
	for (size_t i = 0; i < words.count; i++) {
		const char *stem;
		size_t length;
		char *made = make_match(arguments[0], words.items[i], &stem, &length) ? make_substitute(arguments[1], stem, length) : duplicate(words.items[i]);
		make_add_from(out, start, made);
		free(made);
	}
	make_free_words(&words);
}

void make_call_strip(char **arguments, int count, struct text *out)
{
	struct make_words words = {0};
	size_t start = out->length;
	(void)count;
	make_split(&words, arguments[0]);
	for (size_t i = 0; i < words.count; i++)
		make_add_from(out, start, words.items[i]);
	make_free_words(&words);
}

void make_call_findstring(char **arguments, int count, struct text *out)
{
	(void)count;
	if (strstr(arguments[1], arguments[0]))
		text_string(out, arguments[0]);
}

static void filter(char **arguments, struct text *out, bool wanted)
{
	struct make_words patterns = {0}, words = {0};
	size_t start = out->length, length;
	const char *stem;
	make_split(&patterns, arguments[0]);
	make_split(&words, arguments[1]);
	for (size_t i = 0; i < words.count; i++) {
		bool fits = false;
		for (size_t j = 0; j < patterns.count; j++)
			fits |= make_match(patterns.items[j], words.items[i], &stem, &length);
		if (fits == wanted)
			make_add_from(out, start, words.items[i]);
	}
	make_free_words(&patterns);
	make_free_words(&words);
}

void make_call_filter(char **arguments, int count, struct text *out)
{
	(void)count;
	filter(arguments, out, true);
}

void make_call_filter_out(char **arguments, int count, struct text *out)
{
	(void)count;
	filter(arguments, out, false);
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void make_call_sort(char **arguments, int count, struct text *out)
{
	struct make_words words = {0};
	size_t start = out->length;
	(void)count;
	make_split(&words, arguments[0]);
	if (words.count)
		qsort(words.items, words.count, sizeof *words.items, compare_words);
	for (size_t i = 0; i < words.count; i++)
		if (!i || strcmp(words.items[i], words.items[i - 1]))
			make_add_from(out, start, words.items[i]);
	make_free_words(&words);
}

/* Words first to last, from 1. */
static void add_words(const char *list, long first, long last, struct text *out)
{
	struct make_words words = {0};
	size_t start = out->length;
	make_split(&words, list);
	for (long i = first; i <= last && i <= (long)words.count; i++)
		if (i > 0)
			make_add_from(out, start, words.items[i - 1]);
	make_free_words(&words);
}

void make_call_word(char **arguments, int count, struct text *out)
{
	long number = strtol(arguments[0], NULL, 10);
	(void)count;
	add_words(arguments[1], number, number, out);
}

void make_call_wordlist(char **arguments, int count, struct text *out)
{
	(void)count;
	add_words(arguments[2], strtol(arguments[0], NULL, 10), strtol(arguments[1], NULL, 10), out);
}

void make_call_words(char **arguments, int count, struct text *out)
{
	struct make_words words = {0};
	(void)count;
	make_split(&words, arguments[0]);
	text_format(out, "%zu", words.count);
	make_free_words(&words);
}

void make_call_firstword(char **arguments, int count, struct text *out)
{
	(void)count;
	add_words(arguments[0], 1, 1, out);
}

void make_call_lastword(char **arguments, int count, struct text *out)
{
	struct make_words words = {0};
	(void)count;
	make_split(&words, arguments[0]);
	if (words.count)
		text_string(out, words.items[words.count - 1]);
	make_free_words(&words);
}

static void change_dir(const char *word, struct text *one)
{
	const char *slash = strrchr(word, '/');
	if (slash)
		text_add(one, word, (size_t)(slash - word) + 1);
	else
		text_string(one, "./");
}

static void change_notdir(const char *word, struct text *one)
{
	text_string(one, strrchr(word, '/') ? strrchr(word, '/') + 1 : word);
}

static const char *suffix_of(const char *word)
{
	const char *slash = strrchr(word, '/'), *dot = strrchr(word, '.');
	return dot && (!slash || dot > slash) ? dot : NULL;
}

static void change_suffix(const char *word, struct text *one)
{
	if (suffix_of(word))
		text_string(one, suffix_of(word));
}

static void change_basename(const char *word, struct text *one)
{
	const char *suffix = suffix_of(word);
	text_add(one, word, suffix ? (size_t)(suffix - word) : strlen(word));
}

static void change_realpath(const char *word, struct text *one)
{
	char *path = realpath(word, NULL);
	if (path)
		text_string(one, path);
	free(path);
}

static void change_wildcard(const char *word, struct text *one)
{
	glob_t found;
	if (!glob(word, 0, NULL, &found)) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			make_add_from(one, 0, found.gl_pathv[i]);
		globfree(&found);
	}
}

#define CHANGE(name)                                                              \
	void make_call_##name(char **arguments, int count, struct text *out)        \
	{                                                                             \
		(void)count;                                                              \
		each_word(arguments[0], out, change_##name);                              \
	}
CHANGE(dir)
CHANGE(notdir)
CHANGE(suffix)
CHANGE(basename)
CHANGE(realpath)
CHANGE(wildcard)

static void affix(char **arguments, struct text *out, bool is_prefix)
{
	struct make_words words = {0};
	size_t start = out->length;
	make_split(&words, arguments[1]);
	for (size_t i = 0; i < words.count; i++) {
		char *made = is_prefix ? format_text("%s%s", arguments[0], words.items[i]) : format_text("%s%s", words.items[i], arguments[0]);
		make_add_from(out, start, made);
		free(made);
	}
	make_free_words(&words);
}

void make_call_addprefix(char **arguments, int count, struct text *out)
{
	(void)count;
	affix(arguments, out, true);
}

void make_call_addsuffix(char **arguments, int count, struct text *out)
{
	(void)count;
	affix(arguments, out, false);
}

void make_call_join(char **arguments, int count, struct text *out)
{
	struct make_words left = {0}, right = {0};
	size_t start = out->length;
	(void)count;
	make_split(&left, arguments[0]);
	make_split(&right, arguments[1]);
	for (size_t i = 0; i < left.count || i < right.count; i++) {
		char *made = format_text("%s%s", i < left.count ? left.items[i] : "", i < right.count ? right.items[i] : "");
		make_add_from(out, start, made);
		free(made);
	}
	make_free_words(&left);
	make_free_words(&right);
}
