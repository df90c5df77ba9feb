/* Removing trees of files: rm, and mv across file systems. */
#include "remove.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "mode.h"
#include "tools.h"

static bool must_ask(const char *path, const struct stat *file, const struct remove_options *options)
{
	if (options->ask)
		return true;
	return !options->force && isatty(STDIN_FILENO) && !S_ISLNK(file->st_mode) && access(path, W_OK);
}

static bool agreed(const char *path, const struct stat *file, const struct remove_options *options)
{
	if (!must_ask(path, file, options))
		return true;
	const char *protection = options->ask && !access(path, W_OK) ? "" : "write-protected ";
	return confirm("remove %s%s '%s'?", protection, mode_type(file->st_mode, file->st_size), path);
}

static int remove_folder(const char *path, const struct stat *file, const struct remove_options *options)
{
	int failed = 0;
	char **names = options->recursive ? folder_names(path) : NULL;
	if (options->recursive && !names && errno != ENOENT) {
		warn("cannot remove '%s'", path);
		return 1;
	}
	if (names && *names && options->ask && !confirm("descend into directory '%s'?", path)) {
		free_names(names);
		return 0;
	}
	for (char **name = names; name && *name; name++) {
		char *inner = path_join(path, *name);
		failed |= remove_path(inner, options);
		free(inner);
	}
	if (names)
		free_names(names);
	if (failed || !agreed(path, file, options))
		return failed;
	if (rmdir(path)) {
		warn("cannot remove '%s'", path);
		return 1;
	}
	if (options->verbose)
		printf("removed directory '%s'\n", path);
	return 0;
}

int remove_path(const char *path, const struct remove_options *options)
{
	struct stat file;
	if (lstat(path, &file)) {
		if (options->force && (errno == ENOENT || errno == ENOTDIR))
			return 0;
		warn("cannot remove '%s'", path);
		return 1;
	}
	if (S_ISDIR(file.st_mode) && (options->recursive || options->folders))
		return remove_folder(path, &file, options);
	if (S_ISDIR(file.st_mode)) {
		errno = EISDIR;
		warn("cannot remove '%s'", path);
		return 1;
	}
	if (!agreed(path, &file, options))
		return 0;
	if (unlink(path)) {
		warn("cannot remove '%s'", path);
		return 1;
	}
	if (options->verbose)
		printf("removed '%s'\n", path);
	return 0;
}
