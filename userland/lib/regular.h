/*
 * regcomp(3) and regexec(3) with what musl's lack: back references in extended expressions, and
 * text with bytes that are no UTF-8, in which musl finds nothing at all.
 */
#ifndef REGULAR_H
#define REGULAR_H

#include <regex.h>
#include <stddef.h>

int regular_compile(regex_t *regex, const char *pattern, int flags);
int regular_find(const regex_t *regex, const char *text, size_t count, regmatch_t *groups, int flags);

#endif
