/* Variables, aliases and fields that are not shown, of mailx. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mailx.h"

/* Names with texts, in the order in which they were set. */
static struct pair {
	struct pair *next;
	char *name, *text;
} *variables, *aliases, *hidden, *shown;

static struct pair **find_pair(struct pair **list, const char *name)
{
	while (*list && strcasecmp((*list)->name, name))
		list = &(*list)->next;
	return list;
}

static void remove_pair(struct pair **list, const char *name)
{
	struct pair **place = find_pair(list, name), *pair = *place;
	if (!pair)
		return;
	*place = pair->next;
	free(pair->name);
	free(pair->text);
	free(pair);
}

static void set_pair(struct pair **list, const char *name, const char *text)
{
	remove_pair(list, name);
	struct pair *pair = allocate(sizeof *pair);
	*pair = (struct pair){NULL, duplicate(name), duplicate(text)};
	while (*list)
		list = &(*list)->next;
	*list = pair;
}

/* Those that are set where nobody says otherwise: XCU's defaults. */
static const char *const usual[][2] = {{"asksub", ""}, {"header", ""}, {"prompt", "? "}, {"escape", "~"}, {"toplines", "5"}, {"save", ""}, {"indentprefix", "\t"}};

const char *mailx_variable(const char *name)
{
	const struct pair *pair = *find_pair(&variables, name);
	if (pair)
		return *pair->text == '\1' ? NULL : pair->text;
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (!strcmp(usual[i][0], name))
			return usual[i][1];
	return NULL;
}

void mailx_set_variable(const char *assignment)
{
	size_t length = strcspn(assignment, "=");
	bool is_off = !assignment[length] && !strncmp(assignment, "no", 2);
	char *name = duplicate_range(assignment + 2 * is_off, length - 2 * is_off);
	set_pair(&variables, name, is_off ? "\1" : assignment[length] ? assignment + length + 1 : "");
	free(name);
}

void mailx_show_variables(void)
{
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (!*find_pair(&variables, usual[i][0]))
			printf(*usual[i][1] ? "%s=\"%s\"\n" : "%s\n", usual[i][0], usual[i][1]);
	for (const struct pair *pair = variables; pair; pair = pair->next)
		if (*pair->text != '\1')
			printf(*pair->text ? "%s=\"%s\"\n" : "%s\n", pair->name, pair->text);
}

void mailx_set_alias(const char *words)
{
	size_t length = strcspn(words, " \t");
	char *name = duplicate_range(words, length);
	const struct pair *old = *find_pair(&aliases, name);
	char *text = old ? format_text("%s %s", old->text, words + length) : duplicate(words + length + strspn(words + length, " \t"));
	set_pair(&aliases, name, text);
	free(text);
	free(name);
}

void mailx_show_aliases(const char *name)
{
	for (const struct pair *pair = aliases; pair; pair = pair->next)
		if (!*name || !strcasecmp(pair->name, name))
			printf("%s %s\n", pair->name, pair->text);
}

void mailx_remove_aliases(const char *names)
{
	char *copy = duplicate(names);
	for (char *name = strtok(copy, " \t"); name; name = strtok(NULL, " \t"))
		remove_pair(&aliases, name);
	free(copy);
}

static bool has_word(const char *list, const char *word, size_t length)
{
	for (const char *at = list; *at; at += strcspn(at, ", ")) {
		at += strspn(at, ", ");
		if (strcspn(at, ", ") == length && !strncmp(at, word, length))
			return true;
	}
	return false;
}

static void add_address(struct text *result, const char *word, size_t length, int depth)
{
	char *name = duplicate_range(word, length);
	const struct pair *alias = *find_pair(&aliases, name);
	if (!result->data)
		text_clear(result);
	if (alias && depth < 10) {
		for (const char *at = alias->text; *at; at += strcspn(at, ", \t")) {
			at += strspn(at, ", \t");
			size_t size = strcspn(at, ", \t");
			if (size)
				add_address(result, at, size, strncasecmp(at, name, length) || size != length ? depth + 1 : 10);
		}
	} else if (!has_word(result->data, name, length)) {
		text_format(result, "%s%s", result->length ? ", " : "", name);
	}
	free(name);
}

/* A word of a list of addresses: up to a blank or comma, or "Name <address>". */
void mailx_add_addresses(struct text *result, const char *list)
{
	for (;;) {
		list += strspn(list, ", \t\n");
		if (!*list)
			return;
		size_t length = strcspn(list, ",\n"), word = strcspn(list, ", \t\n");
		const char *open = memchr(list, '<', length), *close = open ? memchr(open, '>', length - (size_t)(open - list)) : NULL;
		if (close)
			add_address(result, open + 1, (size_t)(close - open - 1), 10);
		else
			add_address(result, list, word, 0);
		list += close ? (size_t)(close + 1 - list) : word;
	}
}

void mailx_hide_fields(const char *names, bool is_shown)
{
	struct pair **list = is_shown ? &shown : &hidden;
	char *copy = duplicate(names);
	for (char *name = strtok(copy, " \t"); name; name = strtok(NULL, " \t"))
		set_pair(list, name, "");
	for (const struct pair *pair = *names ? NULL : *list; pair; pair = pair->next)
		puts(pair->name);
	free(copy);
}

bool mailx_is_hidden_field(const char *line)
{
	char *name = duplicate_range(line, strcspn(line, ": \t\n"));
	bool result = shown ? !*find_pair(&shown, name) : *find_pair(&hidden, name) != NULL;
	free(name);
	return result;
}
