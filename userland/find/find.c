/*
 * find: walk trees of files
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/find.html
 *
 * Usage: find [-H|-L|-P] [PATH]... [EXPRESSION]
 * Prints the files under each PATH (.) for which EXPRESSION is true. Numbers are N, +N, -N.
 * Operators: ( E ), ! E, -not E, E -a E, E -o E, E , E
 * Options: -depth -maxdepth N -mindepth N -xdev
 * Tests: -amin N -anewer FILE -atime N -cmin N -cnewer FILE -ctime N -empty -executable -false
 *   -gid N -group NAME -iname GLOB -inum N -ipath GLOB -iregex RE -links N -lname GLOB -mmin N
 *   -mtime N -name GLOB -newer FILE -newermt TIME -nogroup -nouser -path GLOB
 *   -perm [-/]MODE -readable -regex RE -samefile FILE -size N[cwbkMG] -true -type [bcdpfls]
 *   -uid N -user NAME -writable
 * Actions: -delete -exec COMMAND ; -exec COMMAND {} + -execdir COMMAND ; -fprint FILE -ls
 *   -ok COMMAND ; -print -print0 -printf FORMAT -prune -quit
 */
#include "find.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "tools.h"

struct find_options find_flag = {.most_depth = -1, .follow = 'P'};
int find_status;

static struct find_node *expression;
static dev_t top_device;

static bool read_status(struct find_file *file)
{
	bool follow = find_flag.follow == 'L' || (find_flag.follow == 'H' && file->depth == 0);
	if (follow && !stat(file->path, &file->status))
		return true;
	return !lstat(file->path, &file->status);
}

static void visit(struct find_file *file);

static void descend(const struct find_file *file)
{
	char **names = folder_names(file->path);
	if (!names) {
		warn("'%s'", file->path);
		find_status = 1;
		return;
	}
	for (char **name = names; *name; name++) {
		char *path = path_join(file->path, *name);
		struct find_file inner = {.path = path, .top = file->top, .depth = file->depth + 1};
		visit(&inner);
		free(path);
	}
	free_names(names);
}

static void visit(struct find_file *file)
{
	if (!read_status(file)) {
		warn("'%s'", file->path);
		find_status = 1;
		return;
	}
	if (file->depth == 0)
		top_device = file->status.st_dev;
	bool counts = file->depth >= find_flag.least_depth;
	if (counts && !find_flag.contents_first)
		find_evaluate(expression, file);
	bool deeper = find_flag.most_depth < 0 || file->depth < find_flag.most_depth;
	bool crosses = find_flag.same_device && file->status.st_dev != top_device;
	if (S_ISDIR(file->status.st_mode) && deeper && !crosses && !file->pruned)
		descend(file);
	if (counts && find_flag.contents_first)
		find_evaluate(expression, file);
}

static bool starts_expression(const char *word)
{
	return (word[0] == '-' && word[1]) || !strcmp(word, "(") || !strcmp(word, "!");
}

int main(int argc, char **argv)
{
	static char *here[] = {".", NULL};
	(void)argc;
	argv++;
	for (; *argv && strlen(*argv) == 2 && argv[0][0] == '-' && strchr("HLP", argv[0][1]); argv++)
		find_flag.follow = argv[0][1];
	char **first = argv;
	while (*argv && !starts_expression(*argv))
		argv++;
	size_t count = (size_t)(argv - first);
	expression = find_parse(argv);
	if (!count) {
		first = here;
		count = 1;
	}
	for (size_t i = 0; i < count; i++) {
		struct find_file file = {.path = first[i], .top = first[i]};
		visit(&file);
	}
	find_finish();
	return find_status;
}
