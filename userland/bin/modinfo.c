/*
 * modinfo: what a module's file says of it
 * https://man7.org/linux/man-pages/man8/modinfo.8.html
 *
 * Usage: modinfo [-F FIELD] MODULE|FILE...
 *       -F FIELD  only this field
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modules.h"
#include "tools.h"

static bool show(const char *name, const char *field)
{
	char *path = access(name, F_OK) ? find_module(name) : duplicate(name);
	size_t length = 0, size = 0;
	char *file = path ? read_module_file(path, &length) : NULL;
	const char *info = file ? module_info(file, length, &size) : NULL;
	if (!info) {
		warnx("Module %s not found.", name);
		free(file);
		free(path);
		return false;
	}
	if (!field)
		printf("%-16s%s\n", "filename:", path);
	else if (!strcmp(field, "filename"))
		puts(path);
	for (const char *at = info; at < info + size;) {
		size_t rest = (size_t)(info + size - at), string = strnlen(at, rest);
		const char *equals = memchr(at, '=', string);
		int key = equals ? (int)(equals - at) : 0;
		if (equals && !field)
			printf("%.*s:%*s%.*s\n", key, at, key < 15 ? 15 - key : 1, "", (int)(string - (size_t)key - 1), equals + 1);
		else if (equals && strlen(field) == (size_t)key && !memcmp(field, at, (size_t)key))
			printf("%.*s\n", (int)(string - (size_t)key - 1), equals + 1);
		at += string + 1;
	}
	free(file);
	free(path);
	return true;
}

int main(int argc, char **argv)
{
	const char *field = NULL;
	int status = 0;
	for (int option; (option = next_option(argc, argv, "F:")) != -1;)
		field = optarg;
	if (optind >= argc)
		usage_error("missing module or filename.");
	for (int i = optind; i < argc; i++)
		if (!show(argv[i], field))
			status = 1;
	return status;
}
