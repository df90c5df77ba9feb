/* Regular expressions on regcomp(3), searched for from any place of a line. */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "regular.h"

struct pattern {
	regex_t regex;
	bool word_start; /* begins with \< or \b */
};

/* Compiles or exits with the given status and a message. */
void pattern_compile(struct pattern *pattern, const char *text, int flags, int status);

/* The leftmost match at or after `from`; groups are offsets in the line. */
bool pattern_find(const struct pattern *pattern, const char *line, size_t from, size_t count, regmatch_t *groups);

#endif
