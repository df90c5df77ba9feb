/* What names mean: a hash table of stacks of definitions. */
#include <stdlib.h>
#include <string.h>

#include "m4.h"

enum { BUCKETS = 509 };

struct symbol {
	struct symbol *next;
	char *name;
	struct m4_definition *definition; /* null: forgotten */
};

static struct symbol *symbols[BUCKETS];
bool m4_traces_all;

static struct symbol *look_up(const char *name, bool make)
{
	unsigned hash = 0;
	for (const char *at = name; *at; at++)
		hash = hash * 31 + (unsigned char)*at;
	struct symbol **bucket = &symbols[hash % BUCKETS], *symbol = *bucket;
	while (symbol && strcmp(symbol->name, name))
		symbol = symbol->next;
	if (!symbol && make) {
		symbol = allocate(sizeof *symbol);
		*symbol = (struct symbol){.next = *bucket, .name = duplicate(name)};
		*bucket = symbol;
	}
	return symbol;
}

struct m4_definition *m4_find(const char *name)
{
	struct symbol *symbol = look_up(name, false);
	return symbol ? symbol->definition : NULL;
}

void m4_release(struct m4_definition *definition)
{
	if (--definition->references)
		return;
	free(definition->text);
	free(definition);
}

void m4_define(const char *name, const struct m4_argument *meaning, bool push)
{
	struct symbol *symbol = look_up(name, true);
	struct m4_definition *old = symbol->definition, *definition = allocate(sizeof *definition);
	*definition = (struct m4_definition){.references = 1, .builtin = meaning->builtin, .is_traced = old && old->is_traced};
	if (!meaning->builtin)
		definition->text = duplicate(meaning->text.data ? meaning->text.data : "");
	definition->hidden = push || !old ? old : old->hidden;
	symbol->definition = definition;
	if (!push && old)
		m4_release(old);
}

void m4_undefine(const char *name, bool all)
{
	struct symbol *symbol = look_up(name, false);
	if (!symbol || !symbol->definition)
		return;
	do {
		struct m4_definition *definition = symbol->definition;
		symbol->definition = definition->hidden;
		m4_release(definition);
	} while (all && symbol->definition);
}

static int by_name(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

const char **m4_names(size_t *count)
{
	const char **names = NULL;
	*count = 0;
	for (int i = 0; i < BUCKETS; i++) {
		for (struct symbol *symbol = symbols[i]; symbol; symbol = symbol->next) {
			if (!symbol->definition)
				continue;
			names = reallocate(names, (*count + 1) * sizeof *names);
			names[(*count)++] = symbol->name;
		}
	}
	if (*count)
		qsort(names, *count, sizeof *names, by_name);
	return names;
}

const struct m4_builtin *m4_builtin_named(const char *name)
{
	const struct m4_builtin *builtin = m4_builtins;
	while (builtin->name && strcmp(builtin->name, name))
		builtin++;
	return builtin->name ? builtin : NULL;
}

void m4_define_builtins(const char *prefix)
{
	struct m4_argument meaning = {0};
	for (const struct m4_builtin *builtin = m4_builtins; builtin->name; builtin++) {
		char *name = format_text("%s%s", prefix, builtin->name);
		meaning.builtin = builtin;
		m4_define(name, &meaning, false);
		free(name);
	}
	meaning.builtin = NULL;
	m4_define("__unix__", &meaning, false);
}
