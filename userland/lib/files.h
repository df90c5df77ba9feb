/* What commands do with files: input operands, folders, paths, questions. */
#ifndef FILES_H
#define FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* printf format of the message about an operand that cannot be opened; "%s" unless changed. */
extern const char *open_failure;

/* The stream of an operand ("-" is standard input), or null after `name: operand: reason`. */
FILE *open_input(const char *operand);

/* fopen(3) for reading with a wide buffer, of which there is one: for streams of which one is closed before the next. */
FILE *open_wide(const char *path);

/*
 * Calls `visit` for each operand of argv (up to a null pointer), or for "-" if there is none.
 * Returns 1 if one could not be opened or read, or if a visit returned non-zero, else 0.
 */
int each_input(char **operands, int (*visit)(FILE *input, const char *operand));

/* Asks on standard error, reads a line of standard input: true for y or Y. */
bool confirm(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* folder/name on the heap. */
char *path_join(const char *folder, const char *name);
/* folder/last component of path, for a trailing-slash path too. */
char *path_into(const char *folder, const char *path);
/* Start of the last component of the path. */
const char *path_name(const char *path);

/* True if the path is a directory, through symbolic links. */
bool is_folder(const char *path);

struct folder_entry {
	char *name;
	unsigned char type; /* DT_ of readdir(3) */
};

/* What is in a folder but . and .., sorted by name, on the heap; null with errno. A null name ends it. */
struct folder_entry *folder_entries(const char *path);
void free_entries(struct folder_entry *entries);

/* Names in a folder but . and .., sorted, null-terminated, on the heap; null with errno. */
char **folder_names(const char *path);
void free_names(char **names);

/* Makes missing parents of the path, and the path itself if `last`; -1 with errno. */
int make_folders(const char *path, bool last, unsigned mode, bool verbose);

/* Copies until the end of `from`: 0, -1 with errno of reading, -2 with errno of writing. */
int copy_stream(int from, int to);
/* Writes all bytes: 0 or -1 with errno. */
int write_all(int fd, const void *bytes, size_t length);

/* The whole file on the heap, NUL-terminated, or null with errno; length may be null. */
char *read_file(const char *path, size_t *length);

/* One line without its newline, in a buffer kept by the caller; -1 at the end. *ended: had one. */
long read_line(FILE *input, char **line, size_t *capacity, bool *ended);

#endif
