/* Regular expressions on regcomp(3), with the messages of GNU's commands. */
#ifndef PATTERN_H
#define PATTERN_H

#include <regex.h>

/* Compiles or exits with the given status and a message. */
void pattern_compile(regex_t *pattern, const char *text, int flags, int status);

#endif
