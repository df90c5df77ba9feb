/*
 * pathchk: whether names can be used as paths
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pathchk.html
 *
 * Usage: pathchk [-p] [-P] PATH...
 *   -p   against the limits that POSIX gives to every system, and its portable characters
 *   -P   empty names and those that begin with '-'
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tools.h"

static const char PORTABLE[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/";

static bool complain_length(const char *path, size_t limit, size_t length, const char *what)
{
	warnx("limit %zu exceeded by length %zu of %s '%s'", limit, length, what, path);
	return false;
}

static bool has_good_components(const char *path, size_t limit)
{
	for (const char *at = path; *at;) {
		size_t length = strcspn(at, "/");
		if (length > limit)
			return complain_length(path, limit, length, "file name component");
		at += length;
		at += strspn(at, "/");
	}
	return true;
}

static bool is_good(const char *path, bool is_portable, bool is_strict)
{
	if (is_strict && !*path) {
		warnx("empty file name");
		return false;
	}
	for (const char *at = path; is_strict && *at; at = strchr(at, '/') ? strchr(at, '/') + 1 : "")
		if (*at == '-') {
			warnx("leading '-' in a component of file name '%s'", path);
			return false;
		}
	size_t length = strlen(path), portable = strspn(path, PORTABLE);
	if (is_portable && portable < length) {
		warnx("nonportable character '%c' in file name '%s'", path[portable], path);
		return false;
	}
	/* The limits count the NUL. */
	size_t limit = is_portable ? _POSIX_PATH_MAX - 1 : PATH_MAX - 1;
	if (length > limit)
		return complain_length(path, limit, length, "file name");
	if (is_portable)
		return has_good_components(path, _POSIX_NAME_MAX);
	struct stat status;
	if (lstat(path, &status) && errno != ENOENT) {
		warn("%s", path);
		return false;
	}
	if (!*path) {
		errno = ENOENT;
		warn("''");
		return false;
	}
	return has_good_components(path, NAME_MAX);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"portability", no_argument, NULL, 'a'}, {0}};
	bool is_portable = false, is_strict = false, all_good = true;
	for (int option; (option = next_long_option(argc, argv, "pP", longs)) != -1;) {
		is_portable |= option != 'P';
		is_strict |= option != 'p';
	}
	if (!argv[optind])
		usage_error("missing operand");
	for (char **path = argv + optind; *path; path++)
		all_good &= is_good(*path, is_portable, is_strict);
	return !all_good;
}
