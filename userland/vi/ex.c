/* The ex line of vi, https://pubs.opengroup.org/onlinepubs/9799919799/utilities/ex.html. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ex.h"

static void command_read(struct range range, const char *arguments, bool forced)
{
	int lines = 0, at = range.last + 1;
	long bytes;
	bool is_command = forced || *arguments == '!'; /* r!cmd, r !cmd */
	char *name = expand_names(*arguments ? arguments + (*arguments == '!') : "%", is_command);
	if (!name)
		return;
	begin_change(at, 0);
	if (is_command) {
		FILE *pipe = popen(name, "re");
		char *line = NULL;
		size_t size = 0;
		for (ssize_t length; pipe && (length = getline(&line, &size, pipe)) > 0; lines++)
			buffer_insert(at + lines, line, (int)length - (line[length - 1] == '\n'));
		free(line);
		if (pipe)
			pclose(pipe);
		redraw_screen();
	} else {
		bool lacks = buffer.lacks_newline;
		if (!buffer_load(name, at, &lines, &bytes))
			complain("%.150s: %s", name, strerror(errno));
		buffer.lacks_newline = lacks;
	}
	free(name);
	end_change(lines);
	if (lines)
		editor.cursor = (struct position){at, first_nonblank(at)};
}

static void command_delete(struct range range, const char *arguments, bool forced)
{
	struct position from = {range.first, 0}, to = {range.last, 0};
	(void)forced;
	yank(*arguments, from, to, true);
	keep_deleted(from, to, true);
	delete_lines(range.first, range.last);
}

static void command_yank(struct range range, const char *arguments, bool forced)
{
	struct position from = {range.first, 0}, to = {range.last, 0};
	(void)forced;
	yank(*arguments, from, to, true);
}

static void command_put(struct range range, const char *arguments, bool forced)
{
	editor.cursor.line = range.last < 0 ? 0 : range.last;
	put(*arguments, 1, forced || range.last < 0);
}

static void command_join(struct range range, const char *arguments, bool forced)
{
	(void)arguments, (void)forced;
	editor.cursor = (struct position){range.first, 0};
	join_lines(range.last - range.first + 1);
}

static void command_substitute(struct range range, const char *arguments, bool forced)
{
	(void)forced;
	substitute(range, arguments);
}

static void command_global(struct range range, const char *arguments, bool forced)
{
	if (!range.given)
		range = (struct range){0, buffer.count - 1, true};
	global_command(range, arguments, forced);
}

static void command_inverse_global(struct range range, const char *arguments, bool forced)
{
	(void)forced;
	command_global(range, arguments, true);
}

/* In the line mode the screen, else a file as e has it. */
static void command_visual(struct range range, const char *arguments, bool forced)
{
	if (!editor.is_line_mode || *arguments) {
		command_edit(range, arguments, forced);
	} else {
		editor.cursor.line = range.last;
		leave_line_mode();
	}
}

/* > and <, so many times as there are of them. */
static void command_right(struct range range, const char *arguments, bool forced)
{
	(void)forced;
	shift_lines(range.first, range.last, 1 + (int)strspn(arguments, ">"));
}

static void command_left(struct range range, const char *arguments, bool forced)
{
	(void)forced;
	shift_lines(range.first, range.last, -1 - (int)strspn(arguments, "<"));
}

static void command_again(struct range range, const char *arguments, bool forced)
{
	(void)forced;
	substitute_again(range, arguments, false);
}

static void command_number(struct range range, const char *arguments, bool forced)
{
	(void)arguments, (void)forced;
	int number = (range.given ? range.last : buffer.count - 1) + 1;
	if (editor.is_line_mode)
		printf("%d\n", buffer.has_no_lines ? 0 : number);
	else
		tell("%d", number);
}

/* In the order in which abbreviations are looked for. */
static const struct ex_command commands[] = {
	{"print", command_print, 0}, {"write", command_write, 0}, {"wq", command_write_quit, 0}, {"quit", command_quit, 0},
	{"xit", command_exit, 0}, {"edit", command_edit, 0}, {"next", command_next, 0},
	{"read", command_read, 0}, {"delete", command_delete, 0}, {"yank", command_yank, 0},
	{"put", command_put, 0}, {"join", command_join, 0}, {"substitute", command_substitute, EX_DELIMITED},
	{"global", command_global, EX_WHOLE_LINE}, {"vglobal", command_inverse_global, EX_WHOLE_LINE},
	{"append", command_append, EX_WHOLE_LINE}, {"insert", command_insert, EX_WHOLE_LINE}, {"change", command_change, EX_WHOLE_LINE},
	{"set", command_set, 0}, {"move", command_move, 0}, {"copy", command_copy, 0}, {"t", command_copy, 0},
	{"mark", command_mark, 0}, {"k", command_mark, 0}, {"normal", command_normal, EX_WHOLE_LINE},
	{"file", command_file, 0}, {"undo", command_undo, 0}, {"nohlsearch", command_nothing, 0},
	{"wall", command_write, 0}, {"qall", command_quit, 0}, {"exit", command_exit, 0}, {"visual", command_visual, 0},
	{"args", command_arguments, 0}, {"rewind", command_rewind, 0}, {"previous", command_previous, 0},
	{"cd", command_folder, 0}, {"chdir", command_folder, 0}, {"source", command_source, 0},
	{"list", command_list, 0}, {"number", command_numbered, 0}, {"shell", command_subshell, 0},
	{"stop", command_stop, 0}, {"suspend", command_stop, 0}, {"map", command_map, EX_WHOLE_LINE},
	{"unmap", command_unmap, 0}, {"abbreviate", command_abbreviate, EX_WHOLE_LINE}, {"unabbreviate", command_unabbreviate, 0},
	{"=", command_number, 0}, {"&", command_again, 0}, {"~", command_again_search, 0}, {"#", command_numbered, 0},
	{"tag", command_tag, 0}, {"pop", command_pop, 0}, {"preserve", command_preserve, 0}, {"recover", command_recover, 0},
	{"registers", command_registers, 0}, {"display", command_registers, 0}, {"open", command_open, EX_WHOLE_LINE}, {"z", command_window, 0},
	{"@", command_execute, 0}, {"*", command_execute, 0}, {"!", command_bang, EX_WHOLE_LINE}, {">", command_right, 0}, {"<", command_left, 0},
};

static const struct ex_command *find_command(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (!strncmp(commands[i].name, name, length) && length <= strlen(commands[i].name))
			return &commands[i];
	return NULL;
}

/* Cuts the arguments at the | behind them, which loses its backslash where it has one; what follows, or null. */
static char *cut_arguments(const struct ex_command *command, char *arguments)
{
	bool to_shell = (command->run == command_write || command->run == command_read) && *arguments == '!';
	char *at = arguments;
	if (command->form == EX_WHOLE_LINE || to_shell)
		return NULL;
	if (command->form == EX_DELIMITED && *at && !isalnum((unsigned char)*at) && !strchr(" \t|\"#\n", *at)) {
		char delimiter = *at++;
		for (int parts = 0; parts < 2 && *at; parts++) {
			for (; *at && *at != delimiter; at++)
				at += *at == '\\' && at[1];
			at += *at != 0;
		}
	}
	for (; *at && *at != '|' && *at != '\n'; at++)
		if (*at == '\\' && at[1] == '|')
			memmove(at, at + 1, strlen(at));
	if (!*at)
		return NULL;
	*at = 0;
	return at + 1;
}

/* The name at *text, which moves behind it; null after a message. */
static const struct ex_command *take_command(const char **text)
{
	const char *line = *text;
	size_t length = 0;
	while (isalpha((unsigned char)line[length]))
		length++;
	if (!length && *line)
		length = 1; /* > & # and the like */
	if (*line == 's' && (length == 1 || !find_command(line, length)))
		length = 1; /* sg, s/a/b/ */
	if (*line == 'k' && length == 2)
		length = 1;
	const struct ex_command *command = find_command(line, length);
	*text += length;
	if (!command)
		complain("Not an editor command: %.150s", line);
	return command;
}

/* Behind d, j, m, t, u, > and <: the current line, where a flag asks for it or nothing keeps the terminal's user from seeing it. */
static void print_changed(ex_function *run, const char *arguments)
{
	ex_function *const changing[] = {command_delete, command_join, command_move, command_copy, command_undo, command_right, command_left, command_put};
	bool changes = false;
	for (size_t i = 0; i < sizeof changing / sizeof *changing; i++)
		changes |= run == changing[i];
	size_t length = strlen(arguments);
	char flag = length ? arguments[length - 1] : 0;
	bool asked = flag && strchr("pl#", flag);
	if (changes && (asked || (!editor.is_silent && editor.options.auto_print && run != command_put)) && !buffer.has_no_lines) {
		keep_cursor_inside();
		print_line(editor.cursor.line, flag == '#', flag == 'l');
	}
}

/* One command, whose text may be written to. Returns what follows it behind a |, or null. */
static char *run_one(char *start)
{
	struct range range;
	const char *line = start + strspn(start, " \t:");
	if (*line == '"' || !*line || !read_range(&line, &range))
		return NULL;
	line += strspn(line, " \t");
	if (!*line || *line == '|' || *line == '\n') {
		if (*line && !range.given)
			return (char *)line + 1;
		if (editor.is_line_mode) {
			print_addressed(range, false);
			return *line ? (char *)line + 1 : NULL;
		}
		remember_place();
		int target = range.last < 0 ? 0 : range.last;
		editor.cursor = (struct position){target, first_nonblank(target)};
		return *line ? (char *)line + 1 : NULL;
	}
	const struct ex_command *command = take_command(&line);
	if (!command)
		return NULL;
	char *arguments = (char *)line;
	bool forced = *arguments == '!' && command->form != EX_DELIMITED;
	arguments += forced;
	arguments += strspn(arguments, " \t");
	char *next = cut_arguments(command, arguments);
	command->run(range, arguments, forced);
	if (editor.is_line_mode && !editor.is_error)
		print_changed(command->run, arguments);
	return next;
}

void run_ex(const char *line)
{
	char *copy = duplicate(line), *next = copy;
	while (next && !editor.is_error)
		next = run_one(next);
	free(copy);
}
