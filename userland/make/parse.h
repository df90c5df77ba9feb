/* What reading makefiles shares with their conditionals. */
#ifndef MAKE_PARSE_H
#define MAKE_PARSE_H

#include "make.h"

/* The lines of a makefile. */
struct make_source {
	char **lines; /* raw lines, null at the end */
	size_t count, at;
	const char *name;
	size_t first; /* line of the logical line at hand, from 1 */
};

/* Without the blanks at both ends; in place. */
char *make_trim(char *text);
/* The line begins with this word. */
bool make_starts_word(const char *line, const char *word);

/* assignments.c: what stands behind define and export. */
void make_parse_define(char *text, struct make_source *source);
void make_parse_export(char *text, bool exports);

/* conditions.c: true if the line was one of a conditional. */
bool make_parse_conditional(char *line, const struct make_source *source);
/* Whether lines count: all conditionals around them hold. */
bool make_is_active(void);
int make_condition_depth(void);

#endif
