/* cd and pwd, POSIX XCU 3. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builtins.h"

/*
 * Removes "." and "..", and doubled slashes, from an absolute path, without looking at links. Null
 * if what stands before a ".." is not a folder (errno says why).
 */
static char *normalize(const char *path)
{
	struct stat status;
	struct text result = {0};
	text_clear(&result);
	errno = 0;
	while (*path) {
		path += strspn(path, "/");
		size_t length = strcspn(path, "/");
		if (length == 2 && path[0] == '.' && path[1] == '.') {
			char *slash = result.length ? strrchr(result.data, '/') : NULL;
			if (slash && (stat(result.data, &status) < 0 || !S_ISDIR(status.st_mode))) {
				errno = errno ? errno : ENOTDIR;
				text_free(&result);
				return NULL;
			}
			result.length = slash ? (size_t)(slash - result.data) : 0;
			result.data[result.length] = 0;
		} else if (length && !(length == 1 && *path == '.')) {
			text_char(&result, '/');
			text_add(&result, path, length);
		}
		path += length;
	}
	if (!result.length)
		text_char(&result, '/');
	char *copy = arena_string(&scratch, result.data, result.length);
	text_free(&result);
	return copy;
}

static char *join(const char *folder, size_t length, const char *name)
{
	struct text text = {0};
	text_format(&text, "%.*s%s%s", (int)length, folder, length ? "/" : "", name);
	char *copy = arena_string(&scratch, text.data, text.length);
	text_free(&text);
	return copy;
}

/* Goes to `target`; with `physical` PWD is the path without links. */
static bool go_to(const char *target, bool physical)
{
	const char *here = get_variable("PWD");
	char *old = arena_string(&scratch, here ? here : "", here ? strlen(here) : 0);
	char *path = NULL;
	if (!physical && (*target == '/' || *old == '/')) {
		path = normalize(*target == '/' ? target : join(old, strlen(old), target));
		if (!path)
			return false;
	}
	if (!path || chdir(path) < 0) {
		if (chdir(target) < 0)
			return false;
		path = NULL;
	}
	char *real = path ? NULL : getcwd(NULL, 0);
	set_variable("OLDPWD", old, VARIABLE_EXPORT);
	set_variable("PWD", path ? path : real ? real : target, VARIABLE_EXPORT);
	free(real);
	return true;
}

/* A relative target is first looked for in the folders of CDPATH. */
static bool go_by_cdpath(const char *target, bool physical, bool *prints)
{
	const char *path = get_variable("CDPATH");
	bool relative = *target != '/' && strcmp(target, ".") && strcmp(target, "..") &&
	                strncmp(target, "./", 2) && strncmp(target, "../", 3);
	struct stat status;
	while (relative && path && *path) {
		size_t length = strcspn(path, ":");
		char *candidate = join(path, length, target);
		if (stat(candidate, &status) == 0 && S_ISDIR(status.st_mode) &&
			go_to(candidate, physical)) {
			*prints = length > 0;
			return true;
		}
		path += length + (path[length] == ':');
	}
	return false;
}

int builtin_cd(int argc, char **argv)
{
	bool physical = false, prints = false;
	int first = 1;
	for (; first < argc && argv[first][0] == '-' && argv[first][1]; first++) {
		if (!strcmp(argv[first], "--")) {
			first++;
			break;
		}
		if (strspn(argv[first] + 1, "LPe") != strlen(argv[first] + 1)) {
			shell_warning("cd: %s: illegal option", argv[first]);
			return 2;
		}
		physical = strrchr(argv[first], 'P') > strrchr(argv[first], 'L');
	}
	const char *target = first < argc ? argv[first] : get_variable("HOME");
	if (first + 1 < argc) {
		shell_warning("cd: too many arguments");
		return 2;
	}
	if (!target || !*target) {
		/* POSIX.1-2024: an empty operand is an error (dash stays where it is). */
		if (first < argc)
			shell_warning("cd: : %s", strerror(ENOENT));
		else
			shell_warning("cd: HOME not set");
		return first < argc ? 2 : 1;
	}
	if (!strcmp(target, "-")) {
		target = get_variable("OLDPWD");
		prints = true;
		if (!target) {
			shell_warning("cd: OLDPWD not set");
			return 1;
		}
		target = arena_string(&scratch, target, strlen(target));
	}
	if (!go_by_cdpath(target, physical, &prints) && !go_to(target, physical)) {
		shell_warning("cd: %s: %s", target, strerror(errno));
		return 2;
	}
	if (prints)
		puts(get_variable("PWD"));
	return 0;
}

int builtin_pwd(int argc, char **argv)
{
	bool physical = argc > 1 && !strcmp(argv[argc - 1], "-P");
	const char *logical = get_variable("PWD");
	if (logical && *logical == '/' && !physical) {
		puts(logical);
		return 0;
	}
	char *real = getcwd(NULL, 0);
	if (!real) {
		shell_warning("pwd: %s", strerror(errno));
		return 1;
	}
	puts(real);
	free(real);
	return 0;
}
