/* Variables, their attributes and the environment (POSIX XCU 2.5). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "shell.h"

enum { BUCKETS = 127 };

extern char **environ;
static struct variable *table[BUCKETS];

/* What a local variable hides, until its function returns. */
struct local {
	struct local *outer;
	char *name, *value;
	int flags;
};
static struct local *locals;

size_t name_length(const char *text)
{
	size_t length = 0;
	if (isdigit((unsigned char)*text))
		return 0;
	while (text[length] == '_' || isalnum((unsigned char)text[length]))
		length++;
	return length;
}

bool is_name(const char *text)
{
	size_t length = name_length(text);
	return length && !text[length];
}

static struct variable **slot(const char *name)
{
	unsigned hash = 5381;
	for (const char *c = name; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	struct variable **place = &table[hash % BUCKETS];
	while (*place && strcmp((*place)->name, name))
		place = &(*place)->next;
	return place;
}

struct variable *find_variable(const char *name)
{
	return *slot(name);
}

const char *get_variable(const char *name)
{
	static char line[16];
	struct variable *variable = *slot(name);
	if (variable && variable->value && !strcmp(name, "LINENO")) {
		snprintf(line, sizeof line, "%d", shell.line);
		return line;
	}
	return variable ? variable->value : NULL;
}

static struct variable *create(const char *name)
{
	struct variable **place = slot(name);
	if (!*place) {
		*place = allocate(sizeof **place);
		**place = (struct variable){.name = duplicate(name)};
	}
	return *place;
}

/* What must happen when some variables change. */
static void changed(const char *name, const char *value)
{
	if (!strcmp(name, "OPTIND"))
		reset_getopts(value ? atoi(value) : 1);
	else if (!strcmp(name, "PATH"))
		forget_programs();
}

void set_variable(const char *name, const char *value, int flags)
{
	struct variable *variable = create(name);
	if (value && variable->flags & VARIABLE_READONLY)
		shell_error(2, "%s: is read only", name);
	if (value) {
		char *copy = duplicate(value);
		free(variable->value);
		variable->value = copy;
		changed(name, value);
	}
	variable->flags |= flags;
	if (option_set['a'] && value)
		variable->flags |= VARIABLE_EXPORT;
}

void unset_variable(const char *name)
{
	struct variable *variable = *slot(name);
	if (!variable)
		return;
	if (variable->flags & VARIABLE_READONLY)
		shell_error(2, "%s: is read only", name);
	free(variable->value);
	variable->value = NULL;
	variable->flags = 0;
	changed(name, NULL);
}

void make_local(const char *name)
{
	struct variable *variable = create(name);
	struct local *local = allocate(sizeof *local);
	char *value = variable->value ? duplicate(variable->value) : NULL;
	*local = (struct local){locals, variable->name, value, variable->flags};
	locals = local;
}

void *local_mark(void)
{
	return locals;
}

static void restore(struct local *local)
{
	struct variable *variable = create(local->name);
	free(variable->value);
	variable->value = local->value;
	variable->flags = local->flags;
	changed(local->name, local->value);
	free(local);
}

void restore_locals(void *mark)
{
	while (locals != mark) {
		struct local *local = locals;
		locals = local->outer;
		restore(local);
	}
}

/* The lowest one above `under` of that name, which `local` made: what it hides then is what was there before. */
static struct local *local_above(struct local *under, const char *name)
{
	struct local *found = NULL;
	for (struct local *local = locals; local != under; local = local->outer)
		if (!strcmp(local->name, name))
			found = local;
	return found;
}

void restore_locals_under(void *top, void *mark)
{
	struct local *under = top, **link = &locals;
	while (*link != under)
		link = &(*link)->outer;
	while (*link != mark) {
		struct local *local = *link, *above = local_above(local, local->name);
		*link = local->outer;
		if (!above) {
			restore(local);
			continue;
		}
		free(above->value);
		above->value = local->value;
		above->flags = local->flags;
		free(local);
	}
}

void for_each_variable(void (*visit)(struct variable *variable, void *data), void *data)
{
	for (int i = 0; i < BUCKETS; i++)
		for (struct variable *variable = table[i]; variable; variable = variable->next)
			visit(variable, data);
}

static void add_to_environment(struct variable *variable, void *data)
{
	struct words *words = data;
	if (!(variable->flags & VARIABLE_EXPORT) || !variable->value)
		return;
	size_t name = strlen(variable->name), value = strlen(variable->value);
	char *entry = arena_allocate(&scratch, name + value + 2);
	memcpy(entry, variable->name, name);
	entry[name] = '=';
	memcpy(entry + name + 1, variable->value, value);
	add_word(words, entry);
}

char **environment(void)
{
	struct words words = {0};
	for_each_variable(add_to_environment, &words);
	add_word(&words, NULL);
	return words.items;
}

static void set_default(const char *name, const char *value)
{
	if (!get_variable(name))
		set_variable(name, value, 0);
}

/* PWD from the environment only if it is the working directory. */
static void import_working_directory(void)
{
	struct stat given, here;
	const char *path = get_variable("PWD");
	bool valid = path && *path == '/' && stat(path, &given) == 0 && stat(".", &here) == 0 &&
	             given.st_ino == here.st_ino && given.st_dev == here.st_dev;
	char *real = valid ? NULL : getcwd(NULL, 0);
	if (real)
		set_variable("PWD", real, VARIABLE_EXPORT);
	free(real);
}

static void import_entry(const char *entry)
{
	size_t length = name_length(entry);
	if (!length || entry[length] != '=')
		return;
	char *name = duplicate_range(entry, length);
	set_variable(name, entry + length + 1, VARIABLE_EXPORT);
	free(name);
}

void import_resumed(void)
{
	size_t length = 0;
	char *entries = read_file(RESUMED_ENVIRONMENT, &length);
	unlink(RESUMED_ENVIRONMENT);
	for (size_t at = 0; entries && at < length; at += strlen(entries + at) + 1)
		import_entry(entries + at);
	free(entries);
}

void import_environment(void)
{
	for (char **entry = environ; *entry; entry++)
		import_entry(*entry);
	char number[16];
	snprintf(number, sizeof number, "%d", (int)getppid());
	set_variable("PPID", number, 0);
	set_variable("IFS", " \t\n", 0);
	find_variable("IFS")->flags = 0;
	set_variable("OPTIND", "1", 0);
	set_variable("LINENO", "1", 0);
	set_default("PATH", default_path);
	set_default("PS1", "\\u@\\h:\\w\\$ ");
	set_default("PS2", "> ");
	set_default("PS4", "+ ");
	import_working_directory();
}

int compare_variables(const void *left, const void *right)
{
	return strcmp((*(struct variable *const *)left)->name,
				  (*(struct variable *const *)right)->name);
}

void print_quoted(const char *value)
{
	putchar('\'');
	for (; *value; value++) {
		if (*value == '\'')
			fputs("'\"'\"'", stdout);
		else
			putchar(*value);
	}
	putchar('\'');
}
