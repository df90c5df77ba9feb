/* What the parts of sort share: keys and the order that they make. */
#ifndef SORT_H
#define SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct sort_ordering {
	bool blanks, dictionary, fold, printable, reverse;
	char kind; /* 0, or one of n g h M V R */
};

struct sort_key {
	struct sort_key *next;
	size_t first_field, first_char, last_field, last_char; /* from 1; last_field 0: to the end */
	bool end_blanks;
	struct sort_ordering ordering;
};

struct sort_line {
	char *text;
	size_t length;
	char *key; /* the first key, once sort_find_key was called; else null */
	size_t key_length;
};

extern struct sort_key *sort_keys;
extern struct sort_ordering sort_global; /* of lines, if there are no keys */
extern int sort_separator;               /* of fields, or -1: blanks */
extern unsigned sort_seed;               /* of -R */

/* Remembers where the first key is: a line is compared many times. */
void sort_find_key(struct sort_line *line);
/* Order of two lines by the keys. */
int sort_compare(const struct sort_line *a, const struct sort_line *b);
/* Order of two strings by bytes, or as d, f and i ask. */
int sort_compare_text(struct sort_line a, struct sort_line b, const struct sort_ordering *ordering);

/* spill.c: the folder of temporary files; null: TMPDIR or /tmp. */
void sort_spill_to(const char *path);
/* Puts sorted lines aside as a run. */
void sort_spill(const struct sort_line *lines, size_t count);
size_t sort_runs(void);
/* All runs as one, in order. */
void sort_merge(int (*compare)(const struct sort_line *, const struct sort_line *), void (*put)(const struct sort_line *));

#endif
