/* The parts of strace. */
#ifndef STRACE_H
#define STRACE_H

#include <stdbool.h>
#include <stdio.h>

/* Of -e: "trace=LIST", "LIST" or "!LIST"; ends the program at a name that is not known. The text is kept. */
void choose_calls(const char *text);

bool is_chosen(const char *call);

/* " (No such file or directory)" for "ENOENT"; nothing for a name that is not known. */
void put_meaning(FILE *output, const char *name);

#endif
