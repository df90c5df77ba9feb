/* type, command -v and -V: what a name stands for. */
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

int builtin_type(int argc, char **argv)
{
	int status = 0;
	for (int i = 1; i < argc; i++) {
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
