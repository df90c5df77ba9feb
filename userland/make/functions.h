/* Functions: $(name argument,argument). */
#ifndef MAKE_FUNCTIONS_H
#define MAKE_FUNCTIONS_H

#include "make.h"
#include "tools.h"

/* The arguments are expanded, but for those of foreach, if, and, or: these expand what they need. */
typedef void make_function(char **arguments, int count, struct text *out);

/* Adds `word` to the list that begins at `start`. */
void make_add_from(struct text *out, size_t start, const char *word);

/* word-functions.c */
make_function make_call_addprefix, make_call_addsuffix, make_call_basename, make_call_dir, make_call_filter, make_call_filter_out, make_call_findstring, make_call_firstword, make_call_join, make_call_lastword, make_call_notdir, make_call_patsubst, make_call_realpath, make_call_sort, make_call_strip, make_call_subst, make_call_suffix, make_call_wildcard, make_call_word, make_call_wordlist, make_call_words;

#endif
