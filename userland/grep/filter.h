/* The first look at a block of text: where the next line is that may match. */
#ifndef GREP_FILTER_H
#define GREP_FILTER_H

#include <stdbool.h>
#include <stddef.h>

/* Lines with the string may match, no others. */
void filter_set_string(const char *string, size_t length);

/* Or: lines that match one of the patterns, then filter_finish. False: nothing can be said about lines that match this one. */
bool filter_add(const char *pattern, char kind, bool ignore_case);
void filter_finish(void);

/* A place in the next line of the text that may match, null if there is none. The text is whole lines. */
const char *filter_find(const char *at, const char *end);
/* Whether a line that was found matches, without another look. */
bool filter_is_sure(const char *line, size_t length);

#endif
