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
 *   -uid N -user NAME -writable -xtype [bcdpfls]
 * Actions: -delete -exec COMMAND ; -exec COMMAND {} + -execdir COMMAND ; -fprint FILE -ls
 *   -ok COMMAND ; -print -print0 -printf FORMAT -prune -quit
 */
#include "find.h"

#include <dirent.h>
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
	file->has_status = (follow && !stat(file->path, &file->status)) || !lstat(file->path, &file->status);
	if (!file->has_status) {
		warn("'%s'", file->path);
		find_status = 1;
	}
	return file->has_status;
}

const struct stat *find_status_of(struct find_file *file)
{
	if (!file->has_status && !read_status(file)) {
		file->status = (struct stat){.st_mode = DTTOIF(file->type)};
		file->has_status = true;
	}
	return &file->status;
}

mode_t find_type_of(struct find_file *file)
{
	return file->has_status || file->type == DT_UNKNOWN ? find_status_of(file)->st_mode & S_IFMT : DTTOIF(file->type);
}

static void visit(struct find_file *file);

static void descend(const struct find_file *file)
{
	struct folder_entry *entries = folder_entries(file->path);
	if (!entries) {
		warn("'%s'", file->path);
		find_status = 1;
		return;
	}
	for (const struct folder_entry *entry = entries; entry->name; entry++) {
		char *path = path_join(file->path, entry->name);
		bool is_followed = entry->type == DT_LNK && find_flag.follow == 'L';
		struct find_file inner = {.path = path, .top = file->top, .type = is_followed ? DT_UNKNOWN : entry->type, .parent = file, .depth = file->depth + 1};
		visit(&inner);
		free(path);
	}
	free_entries(entries);
}

/* With -L a link may lead back to a directory that is being walked. */
static bool is_loop(struct find_file *file)
{
	const struct stat *status = find_status_of(file);
	for (const struct find_file *parent = file->parent; parent; parent = parent->parent) {
		if (parent->status.st_ino != status->st_ino || parent->status.st_dev != status->st_dev)
			continue;
		warnx("File system loop detected; '%s' is part of the same file system loop as '%s'.", file->path, parent->path);
		find_status = 1;
		return true;
	}
	return false;
}

static void visit(struct find_file *file)
{
	if (file->type == DT_UNKNOWN && !read_status(file))
		return;
	if (find_flag.follow == 'L' && S_ISDIR(find_type_of(file)) && is_loop(file))
		return;
	if (file->depth == 0)
		top_device = file->status.st_dev;
	bool counts = file->depth >= find_flag.least_depth;
	if (counts && !find_flag.contents_first)
		find_evaluate(expression, file);
	bool deeper = find_flag.most_depth < 0 || file->depth < find_flag.most_depth;
	bool is_folder = S_ISDIR(find_type_of(file)), crosses = is_folder && find_flag.same_device && find_status_of(file)->st_dev != top_device;
	if (is_folder && deeper && !crosses && !file->pruned)
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
