/* Removing trees of files: rm, and mv across file systems. */
#ifndef REMOVE_H
#define REMOVE_H

#include <stdbool.h>

struct remove_options {
	bool recursive, force, ask, folders, verbose;
};

/* Removes a file, or a tree if recursive. Returns 0, or 1 after messages. */
int remove_path(const char *path, const struct remove_options *options);

#endif
