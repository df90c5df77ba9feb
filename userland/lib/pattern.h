/* Regular expressions on regcomp(3), searched for from any place of a line. */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "regular.h"

/* Text that every match has in it: a line without it need not be given to regexec. Null: none is known. */
struct pattern_literal {
	char *text;
	size_t length;
	bool is_all; /* the pattern is nothing else */
};
struct pattern_literal pattern_literal(const char *pattern, int flags);

struct pattern {
	regex_t regex;
	struct pattern_literal literal;
	bool word_start; /* begins with \< or \b */
};

/* Compiles or exits with the given status and a message. */
void pattern_compile(struct pattern *pattern, const char *text, int flags, int status);

/* The leftmost match at or after `from`; groups are offsets in the line (`count` may be 0 where `from` is). */
bool pattern_find(const struct pattern *pattern, const char *line, size_t from, size_t count, regmatch_t *groups);

#endif
