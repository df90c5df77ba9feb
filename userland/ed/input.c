/* Where command lines come from. */
#include <stdlib.h>
#include <string.h>

#include "ed.h"
#include "files.h"
#include "tools.h"

size_t ed_line_number;

/* The rest of the command list of a global command; null outside of one. */
static char *commands;

bool ed_in_global(void)
{
	return commands != NULL;
}

void ed_push_commands(char *list)
{
	commands = list;
}

char *ed_read_command_line(void)
{
	static char *line;
	static size_t capacity;
	if (commands) {
		if (!*commands)
			return NULL;
		char *start = commands, *end = strchr(start, '\n');
		commands = end ? end + 1 : start + strlen(start);
		if (end)
			*end = 0;
		return start;
	}
	long length = read_line(stdin, &line, &capacity, NULL);
	if (length < 0) {
		if (ferror(stdin))
			err(1, "standard input");
		clearerr(stdin);
		return NULL;
	}
	ed_line_number++;
	return line;
}
