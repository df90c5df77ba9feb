/*
 * tree: folders and files as a tree
 * https://man7.org/linux/man-pages/man1/tree.1.html
 *
 * Usage: tree [-adf] [-L DEPTH] [FOLDER]...
 *   -a         names that begin with a dot, too
 *   -d         only folders
 *   -f         whole paths
 *   -L DEPTH   only DEPTH levels
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "numbers.h"
#include "tools.h"

static bool all, only_folders, full;
static long depth_limit = 1L << 30;
static unsigned long folders, files;

static bool is_shown(const char *folder, const char *name)
{
	if (name[0] == '.' && !all)
		return false;
	char *path = path_join(folder, name);
	struct stat status;
	bool shown = !only_folders || (!lstat(path, &status) && S_ISDIR(status.st_mode));
	free(path);
	return shown;
}

static void descend(const char *path, const char *prefix, long depth)
{
	char **names = folder_names(path), **kept = names;
	if (!names) {
		printf("%s [error opening dir]\n", prefix);
		return;
	}
	for (char **name = names; *name; name++) {
		if (is_shown(path, *name)) {
			char *swap = *kept;
			*kept++ = *name;
			*name = swap;
		}
	}
	for (char **name = names; name < kept; name++) {
		bool last = name + 1 == kept;
		char *inner = path_join(path, *name), target[4096];
		struct stat status;
		bool folder = !lstat(inner, &status) && S_ISDIR(status.st_mode);
		printf("%s%s%s", prefix, last ? "└── " : "├── ", full ? inner : *name);
		ssize_t length = S_ISLNK(status.st_mode) ? readlink(inner, target, sizeof target) : -1;
		if (length >= 0)
			printf(" -> %.*s", (int)length, target);
		putchar('\n');
		folders += folder;
		files += !folder;
		if (folder && depth < depth_limit) {
			char *next = format_text("%s%s", prefix, last ? "    " : "│   ");
			descend(inner, next, depth + 1);
			free(next);
		}
		free(inner);
	}
	free_names(names);
}

int main(int argc, char **argv)
{
	static char *here[] = {".", NULL};
	for (int option; (option = next_option(argc, argv, "adfL:")) != -1;) {
		if (option == 'L')
			depth_limit = (long)parse_integer(optarg, "level");
		all |= option == 'a';
		only_folders |= option == 'd';
		full |= option == 'f';
	}
	for (char **path = argv[optind] ? argv + optind : here; *path; path++) {
		puts(*path);
		descend(*path, "", 1);
	}
	printf("\n%lu director%s", folders, folders == 1 ? "y" : "ies");
	if (!only_folders)
		printf(", %lu file%s", files, files == 1 ? "" : "s");
	putchar('\n');
	return 0;
}
