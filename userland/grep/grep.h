/* What the parts of grep share. */
#ifndef GREP_H
#define GREP_H

#include <stdbool.h>
#include <stddef.h>

struct grep_span {
	size_t start, end;
};

struct grep_options {
	bool text, count, ignore_case, skip_binary, list, list_others, number, only, quiet, recursive, silent, invert, word, line, names, color, stops;
	/* `stops`: nobody sees the lines (they go to /dev/null), so that the first one of a file says all. */
	char kind; /* G, E or F */
	long before, after, most;
	char ending;
};

extern struct grep_options grep_flag;

/* Adds the lines of `text` as patterns. */
void grep_add_patterns(const char *text, size_t length);
/* Which lines may match; null: nobody knows. */
extern struct line_filter *grep_filter;
/* To be called once after all options are known; exits on a bad pattern. */
void grep_compile_patterns(void);
/* The leftmost, then longest, match at or after `from` that -w and -x accept. */
bool grep_find(const char *line, size_t length, size_t from, struct grep_span *best);
/*
 * Searches one file and prints what the options ask; true if a line was selected. What is behind the last line that
 * was looked at is left where it can be, for the next program. -1 in `error` becomes the errno of a failed read.
 */
bool grep_search(int fd, const char *name, int *error);

#endif
