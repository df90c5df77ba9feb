/* type, command -v and -V: what a name stands for. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builtins.h"

/* Prints what `name` is; `brief` as command -v does, else in words. False if it is nothing. */
static bool describe(const char *name, bool brief, const char *path)
{
	const struct alias *alias = find_alias(name);
	const struct builtin *builtin = find_builtin(name);
	if (is_reserved_word(name)) {
		printf(brief ? "%s\n" : "%s is a shell keyword\n", name);
	} else if (alias && brief) {
		printf("alias %s=", name);
		print_quoted(alias->value);
		putchar('\n');
	} else if (alias) {
		printf("%s is an alias for %s\n", name, alias->value);
	} else if (builtin && builtin->is_special) {
		printf(brief ? "%s\n" : "%s is a special shell builtin\n", name);
	} else if (find_function(name)) {
		printf(brief ? "%s\n" : "%s is a shell function\n", name);
	} else if (builtin) {
		printf(brief ? "%s\n" : "%s is a shell builtin\n", name);
	} else {
		const char *program = strchr(name, '/') ? is_program(name) ? name : NULL
		                                        : find_program(name, path);
		if (program && brief)
			puts(program);
		else if (program)
			printf("%s is %s\n", name, program);
		return program != NULL;
	}
	return true;
}

static const char *search_path(void)
{
	const char *path = get_variable("PATH");
	return path ? path : default_path;
}

/* Prints every program of that name; true if there is one. `only_path`: nothing but the path. */
static bool describe_programs(const char *name, bool only_path, const char *kind)
{
	bool found = false;
	for (const char *path = search_path(); path; path = strchr(path, ':') ? strchr(path, ':') + 1 : NULL) {
		size_t length = strcspn(path, ":");
		char *file = length ? format_text("%.*s/%s", (int)length, path, name) : format_text("./%s", name);
		if (is_program(file)) {
			if (kind || only_path)
				puts(kind ? kind : file);
			else
				printf("%s is %s\n", name, file);
			found = true;
		}
		free(file);
	}
	return found;
}

/* -a: all that a name stands for, in the order in which they are looked for; -t: in one word. */
static bool describe_all(const char *name, bool all, bool in_a_word, bool only_path)
{
	const struct alias *alias = find_alias(name);
	const struct {
		bool is_there;
		const char *word, *text;
	} kinds[] = {{alias, "alias", NULL}, {is_reserved_word(name), "keyword", "a shell keyword"},
		{find_function(name), "function", "a shell function"}, {find_builtin(name), "builtin", "a shell builtin"}};
	bool found = false;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !only_path && (all || !found); i++) {
		if (!kinds[i].is_there)
			continue;
		found = true;
		if (in_a_word)
			puts(kinds[i].word);
		else if (kinds[i].text)
			printf("%s is %s\n", name, kinds[i].text);
		else
			printf("%s is an alias for %s\n", name, alias->value);
	}
	if (found && !all)
		return true;
	if (all && !strchr(name, '/'))
		return describe_programs(name, only_path, in_a_word ? "file" : NULL) || found;
	const char *program = strchr(name, '/') ? is_program(name) ? name : NULL : find_program(name, search_path());
	if (program && in_a_word)
		puts("file");
	else if (program && only_path)
		puts(program);
	else if (program)
		printf("%s is %s\n", name, program);
	return program || found;
}

int builtin_type(int argc, char **argv)
{
	int status = 0, first = 1;
	bool all = false, in_a_word = false, only_path = false;
	for (; first < argc && argv[first][0] == '-' && argv[first][1] && !argv[first][1 + strspn(argv[first] + 1, "atp")]; first++) {
		all |= strchr(argv[first], 'a') != NULL;
		in_a_word |= strchr(argv[first], 't') != NULL;
		only_path |= strchr(argv[first], 'p') != NULL;
	}
	for (int i = first; i < argc && first > 1; i++) {
		if (describe_all(argv[i], all, in_a_word, only_path))
			continue;
		if (!in_a_word && !only_path)
			printf("%s: not found\n", argv[i]);
		status = 1;
	}
	for (int i = 1; i < argc && first == 1; i++) {
		if (describe(argv[i], false, search_path()))
			continue;
		printf("%s: not found\n", argv[i]);
		status = 127;
	}
	return status;
}

int describe_commands(int argc, char **argv)
{
	bool brief = true;
	const char *path = search_path();
	int i = 1, status = 0;
	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		for (const char *letter = argv[i] + 1; *letter; letter++) {
			if (*letter == 'p') {
				path = default_path;
			} else if (*letter == 'v' || *letter == 'V') {
				brief = *letter == 'v';
			} else if (*letter != '-') {
				shell_warning("command: illegal option -%c", *letter);
				return 2;
			}
		}
	}
	for (; i < argc; i++) {
		if (describe(argv[i], brief, path))
			continue;
		if (!brief)
			printf("%s: not found\n", argv[i]);
		status = 127;
	}
	return status;
}
