/*
 * rmdir: remove empty directories
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/rmdir.html
 *
 * Usage: rmdir [-pv] DIRECTORY...
 *   -p, --parents   remove DIRECTORY and its parents: -p a/b is like a/b a
 *   -v, --verbose   say what is removed
 *       --ignore-fail-on-non-empty
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools.h"

static bool parents, verbose, ignore;

static int remove_one(const char *path)
{
	if (verbose)
		printf("%s: removing directory, '%s'\n", program_name(), path);
	if (!rmdir(path))
		return 0;
	if (ignore && (errno == ENOTEMPTY || errno == EEXIST))
		return -1;
	warn("failed to remove '%s'", path);
	return 1;
}

static int remove_with_parents(char *path)
{
	int result = remove_one(path);
	while (!result && parents) {
		size_t length = strlen(path);
		while (length > 1 && path[length - 1] == '/')
			path[--length] = 0;
		char *slash = strrchr(path, '/');
		if (!slash || slash == path)
			break;
		*slash = 0;
		result = remove_one(path);
	}
	return result > 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"parents", no_argument, NULL, 'p'}, {"verbose", no_argument, NULL, 'v'},
		{"ignore-fail-on-non-empty", no_argument, NULL, 'i'}, {0}};
	for (int option; (option = next_long_option(argc, argv, "pv", longs)) != -1;) {
		if (option == 'p')
			parents = true;
		else if (option == 'v')
			verbose = true;
		else
			ignore = true;
	}
	if (!argv[optind])
		usage_error("missing operand");
	int status = 0;
	for (char **path = argv + optind; *path; path++)
		status |= remove_with_parents(*path);
	return status;
}
