/* The commands of the ex line, for the table in ex.c. */
#ifndef VI_EX_H
#define VI_EX_H

#include "vi.h"

typedef void ex_function(struct range range, const char *arguments, bool forced);

struct ex_command {
	const char *name;
	ex_function *run;
};

ex_function command_set, command_move, command_copy, command_mark, command_normal, command_file,
	command_undo, command_nothing;

#endif
