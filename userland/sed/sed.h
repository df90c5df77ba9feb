/* A sed script as data: what the parser makes and the executor runs. */
#ifndef SED_H
#define SED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "pattern.h"

enum sed_address_kind { SED_LINE, SED_LAST, SED_PATTERN, SED_STEP, SED_PLUS, SED_MULTIPLE, SED_ZERO };

struct sed_address {
	enum sed_address_kind kind;
	struct pattern *pattern; /* null: the last one used */
	unsigned long first, step;
};

/* A file that w writes; all commands with the same name share it. */
struct sed_output {
	struct sed_output *next;
	char *name;
	FILE *file;
};

/* A file that R reads line by line; all commands with the same name share it. */
struct sed_input {
	struct sed_input *next;
	char *name;
	FILE *file; /* null: it cannot be read */
};

/* A character of y and what it becomes. */
struct sed_pair {
	const char *from, *to;
	size_t from_size, to_size;
};

struct sed_command {
	struct sed_address *addresses[2];
	bool negated;
	/* state of a range */
	bool in_range;
	unsigned long range_end;

	char name;
	char *text;                    /* a i c r, label of b t T : */
	int number;                    /* exit status of q Q, width of l */
	size_t target;                 /* index of b t T, and of the } of { */
	struct sed_pair *map;          /* y; ends with an empty one */
	struct pattern *pattern;              /* s; null: the last one used */
	char *replacement;
	bool global, print, executes;
	unsigned long occurrence;
	struct sed_output *output;     /* w, W, and the w flag of s */
	struct sed_input *input;       /* R */
};

struct sed_program {
	struct sed_command *commands;
	size_t count;
};

struct sed_options {
	bool quiet, extended, separate, in_place;
	const char *suffix;
	char ending;
	int line_length; /* where l folds; 0 and 1: nowhere */
};

extern struct sed_options sed_flag;

/* files.c: take the name; exit with a message if it cannot be written. */
struct sed_output *sed_open_output(char *name);
struct sed_input *sed_open_input(char *name);

/* Parses the whole script; exits with status 1 and a message on an error. */
void sed_parse(const char *script, struct sed_program *program);

/* Runs the program over the operands ("-" if none); returns the exit status. */
int sed_execute(struct sed_program *program, char **operands);

/* Number of the current line, whether it had its newline, the exit status so far. */
extern unsigned long sed_line_number;
extern bool sed_line_ended;
extern int sed_status;

struct text;
/* substitute.c: each makes something else of the space. True if s did. */
bool sed_substitute(struct sed_command *command, struct text *space);
void sed_map(const struct sed_pair *map, struct text *space);
void sed_execute_space(struct text *space); /* e: it becomes what it prints as a command */
void sed_run(const char *command, struct text *result); /* adds what the command prints */
struct pattern *sed_resolve(struct pattern *pattern); /* null: the last one used */

/* Begins the input: the operands, or standard input. */
void sed_begin(char **operands);
/* The next line into the space, or behind a newline in it; false if there is none. */
bool sed_take_line(struct text *space, bool append);
/* True on what $ means. */
bool sed_is_last(void);
/* Name of the file that the current line came from. */
const char *sed_file_name(void);
/* Standard output, or with -i the new contents of the file. */
FILE *sed_out(void);
/* Writes one line; the newline of an unended last line comes before what follows it. */
void sed_put(FILE *file, const char *text, size_t length, bool newline);
/* Ends the output of -i. */
void sed_end(void);

#endif
