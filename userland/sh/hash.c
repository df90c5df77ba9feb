/* Where commands were found: PATH is searched once for each name (POSIX XCU 3, hash). */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builtins.h"

enum { BUCKETS = 31 };

struct remembered {
	struct remembered *next;
	char *name, *path;
};
static struct remembered *table[BUCKETS];

static struct remembered **slot(const char *name)
{
	unsigned hash = 0;
	for (const char *c = name; *c; c++)
		hash = hash * 31 + (unsigned char)*c;
	struct remembered **place = &table[hash % BUCKETS];
	while (*place && strcmp((*place)->name, name))
		place = &(*place)->next;
	return place;
}

static void forget(struct remembered **place)
{
	struct remembered *entry = *place;
	*place = entry->next;
	free(entry->name);
	free(entry->path);
	free(entry);
}

void forget_programs(void)
{
	for (int i = 0; i < BUCKETS; i++)
		while (table[i])
			forget(&table[i]);
}

const char *remembered_program(const char *name)
{
	struct remembered **place = slot(name);
	if (*place && access((*place)->path, X_OK) < 0)
		forget(place);
	if (*place)
		return (*place)->path;
	const char *search = get_variable("PATH");
	const char *path = find_program(name, search ? search : default_path);
	if (!path || *path != '/')
		return path; /* another working directory may have another one */
	struct remembered *entry = allocate(sizeof *entry);
	*entry = (struct remembered){NULL, duplicate(name), duplicate(path)};
	place = slot(name);
	*place = entry;
	return entry->path;
}

int builtin_hash(int argc, char **argv)
{
	int first = 1, status = 0;
	if (first < argc && !strcmp(argv[first], "-r")) {
		forget_programs();
		first++;
	} else if (argc == 1) {
		for (int i = 0; i < BUCKETS; i++)
			for (struct remembered *entry = table[i]; entry; entry = entry->next)
				puts(entry->path);
	}
	for (; first < argc; first++) {
		if (!strcmp(argv[first], "--") || find_builtin(argv[first]) || find_function(argv[first]) ||
			(!strchr(argv[first], '/') && remembered_program(argv[first])))
			continue;
		shell_warning("hash: %s: not found", argv[first]);
		status = 1;
	}
	return status;
}
