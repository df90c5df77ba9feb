/* Aliases, POSIX XCU 2.3.1. */
#include <stdlib.h>
#include <string.h>

#include "shell.h"

static struct alias *aliases; /* sorted by name */

static struct alias **place_of(const char *name)
{
	struct alias **place = &aliases;
	while (*place && strcmp((*place)->name, name) < 0)
		place = &(*place)->next;
	return place;
}

struct alias *find_alias(const char *name)
{
	if (!aliases)
		return NULL;
	struct alias *alias = *place_of(name);
	return alias && !strcmp(alias->name, name) ? alias : NULL;
}

static void print_alias(const struct alias *alias)
{
	printf("%s=", alias->name);
	print_quoted(alias->value);
	putchar('\n');
}

int builtin_alias(int argc, char **argv)
{
	int status = 0;
	if (argc > 1 && !strcmp(argv[1], "--")) {
		argc--;
		argv++;
	}
	for (struct alias *alias = aliases; argc < 2 && alias; alias = alias->next)
		print_alias(alias);
	for (int i = 1; i < argc; i++) {
		char *equals = strchr(argv[i], '=');
		char *name =
			duplicate_range(argv[i], equals ? (size_t)(equals - argv[i]) : strlen(argv[i]));
		struct alias *alias = find_alias(name);
		if (equals && alias) {
			free(alias->value);
			alias->value = duplicate(equals + 1);
		} else if (equals) {
			struct alias **place = place_of(name);
			alias = allocate(sizeof *alias);
			*alias = (struct alias){*place, duplicate(name), duplicate(equals + 1), false, NULL};
			*place = alias;
		} else if (alias) {
			print_alias(alias);
		} else {
			shell_warning("alias: %s: not found", name);
			status = 1;
		}
		free(name);
	}
	return status;
}

static void remove_alias(struct alias **place)
{
	struct alias *alias = *place;
	*place = alias->next;
	if (alias->in_use)
		return; /* an input still reads it */
	free(alias->name);
	free(alias->value);
	free(alias);
}

int builtin_unalias(int argc, char **argv)
{
	int status = 0;
	if (argc > 1 && !strcmp(argv[1], "-a")) {
		while (aliases)
			remove_alias(&aliases);
		return 0;
	}
	int first = argc > 1 && !strcmp(argv[1], "--") ? 2 : 1;
	for (int i = first; i < argc; i++) {
		if (find_alias(argv[i])) {
			remove_alias(place_of(argv[i]));
		} else {
			shell_warning("unalias: %s: not found", argv[i]);
			status = 1;
		}
	}
	return status;
}

void each_alias(name_visitor *visit, const struct request *request, struct words *found)
{
	for (struct alias *alias = aliases; alias; alias = alias->next)
		visit(alias->name, request, found);
}
