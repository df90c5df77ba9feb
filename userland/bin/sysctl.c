/*
 * sysctl: parameters of the kernel, the files of /proc/sys
 * https://man7.org/linux/man-pages/man8/sysctl.8.html
 *
 * Usage: sysctl [-nq] NAME[=VALUE]...
 *        sysctl -a
 *   -a   all of them
 *   -n   values without names
 *   -q   say nothing about what is set
 *   -w   (a VALUE is enough)
 *   -e   no messages about variables that there are not
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "tools.h"

static bool values_only, quiet, ignores_unknown;

static char *translated(const char *name, char from, char to)
{
	char *copy = duplicate(name);
	for (char *at = copy; *at; at++)
		if (*at == from)
			*at = to;
	return copy;
}

static int put(const char *path, const char *name, bool listing)
{
	char *text = read_file(path, NULL), *rest = NULL;
	if (!text) {
		if ((listing && errno != ENOENT) || (ignores_unknown && errno == ENOENT))
			return 0;
		warnx("cannot stat %s: %s", path, strerror(errno));
		return 255;
	}
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (!values_only)
			printf("%s = ", name);
		puts(line);
	}
	free(text);
	return 0;
}

static int put_all(const char *folder, const char *prefix)
{
	int status = 0;
	char **names = folder_names(folder);
	for (char **name = names; name && *name; name++) {
		char *path = path_join(folder, *name), *full = format_text("%s%s%s", prefix, *prefix ? "." : "", *name);
		status |= is_folder(path) ? put_all(path, full) : put(path, full, true);
		free(path);
		free(full);
	}
	if (names)
		free_names(names);
	return status;
}

static int set(const char *path, const char *name, const char *value)
{
	FILE *file = fopen(path, "w");
	if (!file && errno == ENOENT && ignores_unknown)
		return 0;
	if (!file || fprintf(file, "%s\n", value) < 0 || fclose(file)) {
		warn("setting key \"%s\"", name);
		return 255;
	}
	if (!quiet)
		printf("%s%s%s\n", values_only ? "" : name, values_only ? "" : " = ", value);
	return 0;
}

int main(int argc, char **argv)
{
	bool all = false;
	int status = 0;
	for (int option; (option = next_option(argc, argv, "anqwe")) != -1;) {
		all |= option == 'a';
		values_only |= option == 'n';
		quiet |= option == 'q';
		ignores_unknown |= option == 'e';
	}
	if (all)
		return put_all("/proc/sys", "");
	if (!argv[optind])
		usage_error("no variables specified");
	for (char **word = argv + optind; *word; word++) {
		char *equals = strchr(*word, '='), *name = duplicate_range(*word, strcspn(*word, "="));
		char *file = translated(name, '.', '/'), *path = path_join("/proc/sys", file), *shown = translated(name, '/', '.');
		if (equals)
			status |= set(path, shown, equals + 1);
		else
			status |= is_folder(path) ? put_all(path, shown) : put(path, shown, false);
		free(name);
		free(file);
		free(path);
		free(shown);
	}
	return status;
}
