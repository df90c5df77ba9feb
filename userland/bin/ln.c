/*
 * ln: make links between files
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/ln.html
 *
 * Usage: ln [OPTION]... [-T] TARGET LINK_NAME
 *        ln [OPTION]... TARGET
 *        ln [OPTION]... TARGET... DIRECTORY
 *        ln [OPTION]... -t DIRECTORY TARGET...
 *   -f, --force            remove existing destinations
 *   -i, --interactive      ask whether to remove destinations
 *   -L, -P                 hard links to what a symbolic link points to, or to the link
 *   -n, --no-dereference   treat a LINK_NAME that is a link to a directory as a file
 *   -r, --relative         with -s, make the target relative to the link
 *   -s, --symbolic         symbolic links
 *   -t DIRECTORY           make the links in DIRECTORY
 *   -T                     treat LINK_NAME as a file
 *   -v, --verbose          print the name of each link
 */
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copy.h"
#include "files.h"
#include "tools.h"

static bool force, ask, symbolic, follow, relative, verbose;

/* The path that leads from the folder of `link` to `target`, both made absolute. */
static char *relative_target(const char *target, const char *link)
{
	char from[PATH_MAX], to[PATH_MAX];
	const char *name = path_name(link);
	char *folder = name == link ? duplicate(".") : duplicate_range(link, (size_t)(name - link));
	if (!realpath(folder, from) || !realpath(target, to)) {
		free(folder);
		return duplicate(target);
	}
	free(folder);
	size_t common = 0, i = 0;
	for (; from[i] && from[i] == to[i]; i++)
		if (from[i] == '/')
			common = i;
	if ((!from[i] || from[i] == '/') && (!to[i] || to[i] == '/'))
		common = i;
	struct text path = {0};
	for (const char *at = from + common; *at; at++)
		if (*at == '/' && at[1])
			text_string(&path, "../");
	const char *rest = to + common + (to[common] == '/');
	text_string(&path, rest);
	if (!*rest && path.length)
		path.data[path.length - 1] = 0;
	return path.length ? path.data : duplicate(".");
}

static int make_link(const char *target, const char *link)
{
	struct stat existing;
	char *text = symbolic && relative ? relative_target(target, link) : duplicate(target);
	const char *kind = symbolic ? "symbolic" : "hard";
	if (!lstat(link, &existing)) {
		if (ask && !confirm("replace '%s'?", link))
			return 0;
		if ((force || ask) && unlink(link)) {
			warn("cannot remove '%s'", link);
			return 1;
		}
	}
	struct stat status;
	if (!symbolic && lstat(target, &status)) {
		warn("failed to access '%s'", target);
		return 1;
	}
	if (!symbolic && S_ISDIR(status.st_mode)) {
		warnx("%s: hard link not allowed for directory", target);
		return 1;
	}
	int failed = symbolic ? symlink(text, link) : linkat(AT_FDCWD, target, AT_FDCWD, link, follow ? AT_SYMLINK_FOLLOW : 0);
	if (failed && symbolic)
		warn("failed to create %s link '%s'", kind, link);
	else if (failed)
		warn("failed to create %s link '%s' => '%s'", kind, link, target);
	else if (verbose)
		printf("'%s' %s '%s'\n", link, symbolic ? "->" : "=>", text);
	free(text);
	return failed != 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"force", no_argument, NULL, 'f'}, {"interactive", no_argument, NULL, 'i'},
		{"no-dereference", no_argument, NULL, 'n'}, {"relative", no_argument, NULL, 'r'},
		{"symbolic", no_argument, NULL, 's'}, {"target-directory", required_argument, NULL, 't'},
		{"no-target-directory", no_argument, NULL, 'T'}, {"verbose", no_argument, NULL, 'v'}, {0}};
	const char *folder = NULL;
	bool plain = false, keep_link = false;
	for (int option; (option = next_long_option(argc, argv, "fiLPnrst:Tv", longs)) != -1;) {
		switch (option) {
		case 'f': force = true; break;
		case 'i': ask = true; break;
		case 'L': follow = true; break;
		case 'P': follow = false; break;
		case 'n': keep_link = true; break;
		case 'r': relative = true; break;
		case 's': symbolic = true; break;
		case 't': folder = optarg; break;
		case 'T': plain = true; break;
		default: verbose = true;
		}
	}
	int count = argc - optind;
	char **operands = argv + optind;
	if (count == 1 && !folder)
		folder = ".";
	struct stat last;
	if (keep_link && count == 2 && !lstat(operands[1], &last) && S_ISLNK(last.st_mode))
		plain = true;
	return each_pair(count, operands, folder, plain, make_link);
}
