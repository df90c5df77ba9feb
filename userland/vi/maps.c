/* map and abbreviate of vi: keys and words that stand for others. */
#include <stdlib.h>
#include <string.h>

#include "ex.h"

/* What is typed, and what it becomes; `in_insert` is only for maps. */
struct rule {
	struct rule *next;
	char *from, *to;
	bool in_insert;
};
static struct rule *maps, *abbreviations;

static struct rule **find_rule(struct rule **list, const char *from, bool in_insert)
{
	while (*list && !(!strcmp((*list)->from, from) && (*list)->in_insert == in_insert))
		list = &(*list)->next;
	return list;
}

static bool remove_rule(struct rule **list, const char *from, bool in_insert)
{
	struct rule **place = find_rule(list, from, in_insert), *rule = *place;
	if (!rule)
		return false;
	*place = rule->next;
	free(rule->from);
	free(rule->to);
	free(rule);
	return true;
}

static void show_rules(const struct rule *rules, bool in_insert)
{
	struct text text = {0};
	text_clear(&text);
	for (; rules; rules = rules->next)
		if (rules->in_insert == in_insert)
			text_format(&text, "%s%s %s", text.length ? "\n" : "", rules->from, rules->to);
	show_text(text.length ? text.data : "None");
	text_free(&text);
}

/* "FROM TO"; without TO what there is is shown. */
static void add_rule(struct rule **list, const char *arguments, bool in_insert)
{
	size_t length = strcspn(arguments, " \t");
	const char *to = arguments + length + strspn(arguments + length, " \t");
	if (!*to) {
		show_rules(*list, in_insert);
		return;
	}
	struct rule *rule = allocate(sizeof *rule);
	*rule = (struct rule){NULL, duplicate_range(arguments, length), duplicate(to), in_insert};
	remove_rule(list, rule->from, in_insert);
	rule->next = *list;
	*list = rule;
}

void command_map(struct range range, const char *arguments, bool forced)
{
	(void)range;
	add_rule(&maps, arguments, forced);
}

void command_unmap(struct range range, const char *arguments, bool forced)
{
	(void)range;
	if (!remove_rule(&maps, arguments, forced))
		complain("Not mapped: %.100s", arguments);
}

void command_abbreviate(struct range range, const char *arguments, bool forced)
{
	(void)range, (void)forced;
	add_rule(&abbreviations, arguments, false);
}

void command_unabbreviate(struct range range, const char *arguments, bool forced)
{
	(void)range, (void)forced;
	if (!remove_rule(&abbreviations, arguments, false))
		complain("No abbreviation: %.100s", arguments);
}

const char *find_abbreviation(const char *word, size_t length)
{
	for (const struct rule *rule = abbreviations; rule; rule = rule->next)
		if (strlen(rule->from) == length && !memcmp(rule->from, word, length))
			return rule->to;
	return NULL;
}

/* Code points of a text, into `keys` where that is not null; how many there are. */
static int keys_of(const char *text, int *keys)
{
	int count = 0;
	for (size_t size, left = strlen(text); left; text += size, left -= size, count++) {
		uint32_t code = utf8_decode(text, left, &size);
		if (keys)
			keys[count] = (int)code;
	}
	return count;
}

const int *find_map(bool in_insert, const int *keys, int count, int *result_count, bool *more)
{
	static int *result;
	*more = false;
	for (const struct rule *rule = maps; rule; rule = rule->next) {
		int from[64], length = rule->in_insert == in_insert && strlen(rule->from) < 64 ? keys_of(rule->from, from) : 0;
		if (length < count || memcmp(from, keys, (size_t)count * sizeof *keys))
			continue;
		if (length > count) {
			*more = true;
			continue;
		}
		*result_count = keys_of(rule->to, NULL);
		result = reallocate(result, (size_t)(*result_count + 1) * sizeof *result);
		keys_of(rule->to, result);
		return result;
	}
	return NULL;
}
