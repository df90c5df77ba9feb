/* What the parts of diff share: files as lines, and their differences. */
#ifndef DIFF_H
#define DIFF_H

#include <stdbool.h>
#include <stddef.h>

struct diff_file {
	const char *name;
	char *data;
	size_t length;
	char **lines;
	size_t *lengths;
	unsigned *classes;  /* equal numbers: equal lines */
	size_t count;
	bool unended;       /* no newline at the end */
	bool *changed;      /* per line: not in the other file */
};

/* One run of differing lines: [a, a_end) of the first file became [b, b_end) of the second. */
struct diff_hunk {
	size_t a, a_end, b, b_end;
};

struct diff_options {
	char format;        /* 0 normal, u, c, e, f, n, q brief, y, D */
	const char *condition; /* of -D */
	size_t width;       /* of a line of -y */
	bool shows_function, left_only, hides_common; /* -p; of -y */
	struct pattern *ignored; /* -I; null: none */
	size_t context;
	const char *labels[2]; /* of -L, for the first and the second file */
	bool ignore_case, ignore_space_change, ignore_all_space, ignore_blank_lines, text, recursive, new_file, report_same;
};

extern struct diff_options diff_flag;

/* Reads a file into lines; false after a message. */
bool diff_read(struct diff_file *file, const char *path);
void diff_free(struct diff_file *file);

/* Finds the differences; returns hunks on the heap and their number. */
struct diff_hunk *diff_compare(struct diff_file *a, struct diff_file *b, size_t *count);

/* side-by-side.c: -y */
void diff_put_beside(const struct diff_file *a, const struct diff_file *b, const struct diff_hunk *hunks, size_t count);

/* Prints the hunks in the format asked for. */
void diff_print(const struct diff_file *a, const struct diff_file *b, const struct diff_hunk *hunks, size_t count);

#endif
