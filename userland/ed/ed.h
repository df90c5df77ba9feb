/* ed: the buffer, and what the parts of the editor ask of each other. */
#ifndef ED_H
#define ED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "pattern.h"

/* A line keeps its identity through moves and marks; its text never changes: a changed line is a new one. */
struct line {
	char *text;
	bool selected; /* by g and v, and not visited yet */
};

struct buffer {
	struct line **lines; /* line N is lines[N - 1] */
	size_t count, room;
	size_t current; /* 0: before the first line */
	bool modified;
};

extern struct buffer ed_buffer;
extern struct line *ed_marks[26];

/* A file's name given by e, f or w, or the operand. */
extern char *ed_file_name;
extern bool ed_is_silent, ed_is_extended;
extern bool ed_explains;             /* H: failures are explained */
extern const char *ed_last_message;  /* of the last failure; null: there was none */
extern const char *ed_prompt;        /* null: none is shown */

/* ed.c: remembers the message for h, and leaves the command. */
_Noreturn void ed_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* buffer.c */
struct line *ed_new_line(const char *text, size_t length);
void ed_insert_lines(size_t after, struct line **lines, size_t count); /* current becomes the last of them */
void ed_delete_lines(size_t first, size_t last);
void ed_keep_lines(size_t first, size_t last); /* for x: what is deleted, replaced or yanked */
void ed_put_lines(size_t after);
void ed_remember(void); /* what `u` goes back to: called before the first change of a command */
void ed_undo(void);
void ed_begin_command(void); /* the next change is one more that `u` can take back */
size_t ed_number_of(const struct line *line); /* 0: it is gone */

/* input.c: lines of commands: standard input, or the command list of a g. */
extern size_t ed_line_number;
char *ed_read_command_line(void); /* without its newline; null at the end */
void ed_push_commands(char *commands);
bool ed_in_global(void);

/* address.c: reads addresses at *at. */
struct range {
	size_t first, last;
	int given; /* how many addresses there were: 0, 1 or 2 */
};
struct range ed_read_range(const char **at);
bool ed_read_address(const char **at, size_t *line, bool *found);

/* regex.c */
const struct pattern *ed_read_pattern(const char **at); /* at the delimiter; ends behind the next one, if there is one */
void ed_substitute(struct range range, const char **at);

/* global.c */
void ed_run_global(struct range range, const char **at, char kind);

/* files.c: sizes in bytes are printed unless -s */
size_t ed_read_into(const char *name, size_t after, bool is_new);
void ed_write_range(struct range range, const char *name, bool appends);
void ed_run_shell(const char *command);
char *ed_expand_shell(const char *text);

/* command.c */
bool ed_run_command(char *text); /* false: the end */
void ed_print_lines(struct range range, char form);

#endif
