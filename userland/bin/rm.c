/*
 * rm: remove files and trees
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/rm.html
 *
 * Usage: rm [OPTION]... FILE...
 *   -d, --dir        remove empty directories
 *   -f, --force      ignore absent files, never ask
 *   -i               ask before every removal
 *   -r, -R, --recursive
 *                    remove directories and their contents
 *   -v, --verbose    say what is done
 */
#include <getopt.h>
#include <string.h>

#include "files.h"
#include "remove.h"
#include "tools.h"

/* "/", "." and ".." are never removed. */
static bool is_protected(const char *path, const struct remove_options *options)
{
	const char *name = path_name(path);
	size_t length = strcspn(name, "/");
	if (!options->recursive)
		return false;
	if (!strncmp(name, ".", length) || (length == 2 && !strncmp(name, "..", 2))) {
		if (length == 0) {
			warnx("it is dangerous to operate recursively on '/'");
			return true;
		}
		warnx("refusing to remove '.' or '..' directory: skipping '%s'", path);
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"dir", no_argument, NULL, 'd'}, {"force", no_argument, NULL, 'f'},
		{"recursive", no_argument, NULL, 'r'}, {"verbose", no_argument, NULL, 'v'}, {0}};
	struct remove_options options = {0};
	for (int option; (option = next_long_option(argc, argv, "dfirRv", longs)) != -1;) {
		switch (option) {
		case 'd': options.folders = true; break;
		case 'f': options.force = true, options.ask = false; break;
		case 'i': options.ask = true, options.force = false; break;
		case 'v': options.verbose = true; break;
		default: options.recursive = true;
		}
	}
	if (!argv[optind] && !options.force)
		usage_error("missing operand");
	int status = 0;
	for (char **path = argv + optind; *path; path++)
		status |= is_protected(*path, &options) ? 1 : remove_path(*path, &options);
	return status;
}
