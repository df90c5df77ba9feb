/* The commands of the ex line, for the table in ex.c. */
#ifndef VI_EX_H
#define VI_EX_H

#include "vi.h"

typedef void ex_function(struct range range, const char *arguments, bool forced);

/* What of the line belongs to a command: up to a |, the two parts of s first, or all of it. */
enum ex_form { EX_PLAIN, EX_DELIMITED, EX_WHOLE_LINE };

struct ex_command {
	const char *name;
	ex_function *run;
	enum ex_form form;
};

/* options.c */
ex_function command_set;
/* tags.c */
ex_function command_tag, command_pop;
/* recover.c */
ex_function command_preserve, command_recover;
/* registers.c */
ex_function command_registers;
/* line-commands.c */
ex_function command_move, command_copy, command_mark, command_normal, command_file,
	command_undo, command_nothing, command_execute;
/* files.c */
ex_function command_write, command_quit, command_write_quit, command_exit, command_edit, command_next,
	command_rewind, command_previous, command_arguments, command_source, command_folder;
/* shell-commands.c */
ex_function command_bang, command_subshell, command_stop, command_print, command_list, command_numbered, command_window;
/* line-mode.c */
ex_function command_append, command_insert, command_change, command_open;
void print_addressed(struct range range, bool is_next);
/* maps.c */
ex_function command_map, command_unmap, command_abbreviate, command_unabbreviate;
/* substitute.c */
ex_function command_again_search;

/* address.c: the lines in front of a command; false after a message */
bool read_range(const char **text, struct range *range);
bool read_address(const char **text, int *line, bool *bad); /* false: there is none */
/* files.c: % and # as file names, in a command ! as the one before; on the heap, null after a message */
char *expand_names(const char *text, bool is_command);
/* shell-commands.c */
const char *last_command(void); /* null: there was none */
void write_to_command(struct range range, const char *command);

#endif
