/* The command line of cpio. */
#ifndef CPIO_H
#define CPIO_H

#include <stdbool.h>
#include <sys/stat.h>

#include "cpio-header.h"

struct cpio_options {
	bool makes_folders, links_files, keeps_times, lists, overwrites, is_verbose, has_null_names, is_quiet;
};
extern struct cpio_options cpio;

/* -i and -p; their statuses. */
int cpio_copy_in(char **patterns);
int cpio_pass(const char *folder);

/* The next name of standard input without its end; below 0 behind the last. */
long cpio_next_name(char **name, size_t *capacity);
/* How many blocks were moved, on standard error. */
void cpio_print_blocks(void);

/* Making files: `target` is a link's; a descriptor of a new regular file, 0 for others, or -1 with errno. */
int cpio_create(const struct entry_header *entry, const char *path, const char *target);
/* Owner, mode and times as they were; -1 with errno. */
int cpio_set_attributes(const struct entry_header *entry, const char *path);
/* Whether what is there must stay; says so. */
bool cpio_is_newer(const struct entry_header *entry, const char *path);
/* Absolute names are taken as names below the folder. */
const char *cpio_safe_name(const char *name);

#endif
