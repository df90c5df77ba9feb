/* Lists of words, and patterns with a %. */
#include <stdlib.h>
#include <string.h>

#include "make.h"
#include "tools.h"

void make_add_word(struct make_words *words, const char *word)
{
	if (words->count == words->room)
		words->items = reallocate(words->items, (words->room = words->room ? 2 * words->room : 8) * sizeof *words->items);
	words->items[words->count++] = duplicate(word);
}

void make_split(struct make_words *words, const char *text)
{
	for (;;) {
		text += strspn(text, " \t\n");
		size_t length = strcspn(text, " \t\n");
		if (!length)
			return;
		char *word = duplicate_range(text, length);
		make_add_word(words, word);
		free(word);
		text += length;
	}
}

void make_free_words(struct make_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->items[i]);
	free(words->items);
	*words = (struct make_words){0};
}

bool make_has_word(const struct make_words *words, const char *word)
{
	for (size_t i = 0; i < words->count; i++)
		if (!strcmp(words->items[i], word))
			return true;
	return false;
}

bool make_match(const char *pattern, const char *word, const char **stem, size_t *length)
{
	const char *percent = strchr(pattern, '%');
	if (!percent) {
		*stem = word;
		*length = 0;
		return !strcmp(pattern, word);
	}
	size_t before = (size_t)(percent - pattern), after = strlen(percent + 1), whole = strlen(word);
	if (whole < before + after || strncmp(pattern, word, before) || strcmp(percent + 1, word + whole - after))
		return false;
	*stem = word + before;
	*length = whole - before - after;
	return true;
}

char *make_substitute(const char *pattern, const char *stem, size_t length)
{
	const char *percent = strchr(pattern, '%');
	if (!percent)
		return duplicate(pattern);
	return format_text("%.*s%.*s%s", (int)(percent - pattern), pattern, (int)length, stem, percent + 1);
}
