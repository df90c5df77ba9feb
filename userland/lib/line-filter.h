/* The first look at text: which lines may match patterns, without regexec(3). */
#ifndef LINE_FILTER_H
#define LINE_FILTER_H

#include <stdbool.h>
#include <stddef.h>

struct line_filter;

/* Lines with the string may match, no others. */
struct line_filter *string_filter(const char *string, size_t length);
/* Lines that match one of the patterns, and perhaps some more. `kind` is as for machine_add. Null: nothing can be said. */
struct line_filter *pattern_filter(char *const *patterns, size_t count, char kind, bool ignore_case);

/* A place in the next line of the text that may match, null if there is none. The text is whole lines. */
const char *filter_find(struct line_filter *filter, const char *at, const char *end);
/* Whether a line that was found matches, without another look. */
bool filter_is_sure(const struct line_filter *filter, const char *line, size_t length);

/* Of one line that ends with a NUL byte: 1 it matches, 0 it does not, -1 regexec has to say. */
int filter_match(struct line_filter *filter, const char *line, size_t length);

#endif
