/* Position-sensitive tests of files that -m and -M of file(1) name. */
#ifndef FILE_MAGIC_H
#define FILE_MAGIC_H

#include <stdbool.h>
#include <stddef.h>

/* The tests of a file, hung behind `last` where there is one; the first of them. Exits with a message where a line is none. */
struct magic_test;
struct magic_test *magic_read(const char *path, struct magic_test *last);
/* Prints what the first test that holds says, and those below it. False: none holds. */
bool magic_print(const struct magic_test *tests, const unsigned char *data, size_t length);

#endif
