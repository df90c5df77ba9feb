/* Files of tags, as ctags(1) writes them. */
#ifndef TAGS_H
#define TAGS_H

#include <stdbool.h>

struct tag_place {
	char *file, *address; /* the line's number, or /^TEXT$/ */
};

/*
 * Looks for the name in files (paths with blanks between them); of names only the first `significant` characters count, 0: all.
 * False: it is in none. What is found is on the heap.
 */
bool tag_find(const char *files, const char *name, int significant, struct tag_place *place);
/* The number from 1 of the line that the address means; `next_line`: each line in turn without its newline, null at the end. 0: none. */
int tag_line_number(const char *address, const char *(*next_line)(void *context), void *context);

#endif
