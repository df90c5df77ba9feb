/* What the parts of find share: the expression tree and the file under test. */
#ifndef FIND_H
#define FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct find_file {
	const char *path;
	const char *top;     /* operand that it was found under */
	struct stat status;  /* of find_status_of(): most walks need none */
	bool has_status;
	unsigned char type;  /* DT_ of readdir(3), DT_UNKNOWN where only the status tells */
	const struct find_file *parent;
	int depth;
	bool pruned;         /* -prune: do not descend */
};

/* Reads it when it is first asked for; of a file that has gone meanwhile only the type is known. */
const struct stat *find_status_of(struct find_file *file);
/* S_IFMT of the file's mode. */
mode_t find_type_of(struct find_file *file);

struct find_node {
	bool (*test)(struct find_node *node, struct find_file *file);
	struct find_node *left, *right;
	const char *text;
	char **words;        /* -exec */
	int word_count;
	char comparison;     /* of number: + - or 0 */
	long long number, unit;
	char letter;
	struct timespec time;
	char **batch;        /* -exec ... + */
	size_t batch_count, batch_bytes;
	void *output;        /* -fprint: FILE */
	struct find_node *next_batch;
};

struct find_options {
	int least_depth, most_depth;
	bool contents_first, same_device;
	char follow; /* P, H or L */
};

extern struct find_options find_flag;
extern int find_status;
/* True if the expression has an action, so that -print is not implied. */
extern bool find_has_action;

/* Parses the expression at argv; exits on an error. */
struct find_node *find_parse(char **argv);

/* A primary by its name; takes its arguments from *argv. Null if there is no such primary. */
struct find_node *find_primary(const char *name, char ***argv);

/* Runs what -exec ... + has left. */
void find_finish(void);

bool find_evaluate(struct find_node *node, struct find_file *file);

#endif
