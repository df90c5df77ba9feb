/* The ex commands that run others, or print to the terminal. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ex.h"

static char *previous; /* command of ! */

const char *last_command(void)
{
	return previous;
}

static void leave_screen(void)
{
	if (!editor.is_line_mode)
		end_screen();
	fflush(stdout);
}

static void return_to_screen(void)
{
	if (editor.is_line_mode)
		return;
	fputs("[press a key]", stderr);
	start_raw_mode(0);
	read_key(0, NULL);
	end_raw_mode();
	start_screen();
}

/* The command as system(3) is to run it by the shell of the option. */
static char *for_shell(const char *command)
{
	struct text text = {0};
	if (!strcmp(editor.options.shell, "/bin/sh"))
		return duplicate(command);
	text_format(&text, "exec %s -c '", editor.options.shell);
	for (; *command; command++)
		text_string(&text, *command == '\'' ? "'\\''" : (char[]){*command, 0});
	text_char(&text, '\'');
	return text_take(&text);
}

void show_text(const char *text)
{
	bool fits = !strchr(text, '\n') && strlen(text) < (size_t)(editor.columns > 20 ? editor.columns - 15 : 10) && strlen(text) < sizeof editor.message;
	if (fits || (editor.is_line_mode && editor.is_silent)) {
		tell("%s", text);
		return;
	}
	leave_screen();
	puts(text);
	fflush(stdout);
	return_to_screen();
}

static void run_shell(const char *command)
{
	leave_screen();
	if (editor.options.warn && buffer.modified && !editor.is_silent)
		fputs("[No write since the last change]\n", stderr);
	char *line = for_shell(command);
	int status = system(line);
	free(line);
	if (editor.is_line_mode) {
		if (!editor.is_silent)
			puts("!");
	} else if (status) {
		fprintf(stderr, "\n[status %d] ", status >> 8);
	} else {
		fputc('\n', stderr);
	}
	return_to_screen();
}

/* Lines in a file of their own; its name, on the heap, null after a message. */
static char *write_lines(int first, int last)
{
	char *name = duplicate("/tmp/viXXXXXX");
	int fd = mkstemp(name);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	for (int line = first; file && line <= last; line++) {
		fwrite(buffer.lines[line].bytes, 1, (size_t)buffer.lines[line].length, file);
		putc('\n', file);
	}
	if (file && fclose(file) == 0)
		return name;
	complain("%s cannot be written", name);
	free(name);
	return NULL;
}

void filter_lines(int first, int last, const char *text)
{
	char *command = expand_names(text, true), *input = command ? write_lines(first, last) : NULL;
	if (!input) {
		free(command);
		return;
	}
	free(previous);
	previous = command;
	char *by_shell = for_shell(command), *whole = format_text("{ %s\n} < %s 2>&1", by_shell, input), *line = NULL;
	FILE *pipe = popen(whole, "re");
	free(by_shell);
	size_t size = 0;
	int lines = 0, count = last - first + 1;
	begin_change(first, count);
	for (ssize_t length; pipe && (length = getline(&line, &size, pipe)) > 0; lines++)
		buffer_insert(last + 1 + lines, line, (int)length - (line[length - 1] == '\n'));
	int status = pipe ? pclose(pipe) : -1;
	buffer_remove(first, count);
	bool is_empty = buffer.count == 0;
	if (is_empty)
		buffer_insert(0, "", 0);
	buffer.has_no_lines = is_empty;
	end_change(lines + is_empty);
	int at = first < buffer.count ? first : buffer.count - 1;
	editor.cursor = (struct position){at, first_nonblank(at)};
	if (status)
		complain("The command ended with status %d", status < 0 ? 127 : status >> 8);
	else if (count >= editor.options.report || lines >= editor.options.report)
		tell("%d lines became %d", count, lines);
	unlink(input);
	free(line);
	free(whole);
	free(input);
	redraw_screen();
}

void write_to_command(struct range range, const char *text)
{
	if (!range.given)
		range = (struct range){0, buffer.count - 1, true};
	char *command = expand_names(text, true), *input = command ? write_lines(range.first, range.last) : NULL;
	char *whole = input ? format_text("{ %s\n} < %s", command, input) : NULL;
	if (whole)
		run_shell(whole);
	if (input)
		unlink(input);
	free(whole);
	free(input);
	free(command);
}

/* !: of lines a filter, else the command by itself. */
void command_bang(struct range range, const char *arguments, bool forced)
{
	char *text = format_text("%s%s", forced ? "!" : "", arguments); /* the ! of !! belongs to the command */
	if (range.given) {
		filter_lines(range.first, range.last, text);
	} else {
		char *command = write_automatically() ? expand_names(text, true) : NULL;
		if (command) {
			free(previous);
			previous = command;
			run_shell(command);
		}
	}
	free(text);
}

void command_subshell(struct range range, const char *arguments, bool forced)
{
	(void)range, (void)arguments, (void)forced;
	leave_screen();
	if (system(editor.options.shell) < 0)
		complain("The shell cannot be run");
	if (!editor.is_line_mode)
		start_screen();
}

void command_stop(struct range range, const char *arguments, bool forced)
{
	(void)range, (void)arguments;
	if (!forced && !write_automatically())
		return;
	leave_screen();
	kill(0, SIGTSTP);
	if (!editor.is_line_mode)
		start_screen();
}

static void print_lines(struct range range, bool numbered, bool visibly)
{
	leave_screen();
	for (int line = range.first < 0 ? 0 : range.first; line <= range.last; line++)
		print_line(line, numbered, visibly);
	fflush(stdout);
	return_to_screen();
	editor.cursor = (struct position){range.last < 0 ? 0 : range.last, first_nonblank(range.last < 0 ? 0 : range.last)};
}

void command_print(struct range range, const char *arguments, bool forced)
{
	(void)forced;
	print_lines(range, strchr(arguments, '#'), strchr(arguments, 'l'));
}

void command_list(struct range range, const char *arguments, bool forced)
{
	(void)forced;
	print_lines(range, strchr(arguments, '#'), true);
}

void command_numbered(struct range range, const char *arguments, bool forced)
{
	(void)forced;
	print_lines(range, true, strchr(arguments, 'l'));
}

/* The lines that z and its sign show: from `first` on, `count` of them. */
static void show_window(int first, int count, int marked, const char *flags)
{
	int last = first + count - 1 < buffer.count ? first + count - 1 : buffer.count - 1, width = editor.columns / 2 < 40 ? editor.columns / 2 : 40;
	leave_screen();
	for (int line = first < 0 ? 0 : first; line <= last; line++) {
		if (line == marked)
			printf("%.*s\n", width, "----------------------------------------");
		print_line(line, editor.options.number || strchr(flags, '#'), editor.options.list || strchr(flags, 'l'));
		if (line == marked)
			printf("%.*s\n", width, "----------------------------------------");
	}
	fflush(stdout);
	return_to_screen();
	int at = marked >= 0 ? marked : last;
	editor.cursor = (struct position){at, first_nonblank(at)};
}

/* z: a window of lines behind the line, or with - + . = ^ before, behind and around it. */
void command_window(struct range range, const char *arguments, bool forced)
{
	char type = *arguments && strchr("-+^.=", *arguments) ? *arguments : 0;
	int line = range.last, signs = 0, count = forced ? editor.rows - 1 : 2 * editor.options.scroll;
	for (; type && *arguments == type; arguments++)
		signs++;
	bool has_count = *arguments >= '0' && *arguments <= '9';
	if (has_count)
		editor.options.window = count = atoi(arguments);
	if (!type && !range.given)
		line++;
	if (line >= buffer.count) {
		complain("At the end of the file");
		return;
	}
	int around = has_count || forced ? (count - 1) / 2 : (count - 3) / 2;
	switch (type) {
	case '-': line -= signs * count - 1; break;
	case '^': line -= (signs + 1) * count - 1; break;
	case '+': line += (signs - 1) * count + 1; break;
	default: break;
	}
	if (line < 0 || line >= buffer.count)
		complain("Not that many lines");
	else if (type != '.' && type != '=')
		show_window(line, count, -1, arguments);
	else if (around < 1)
		show_window(line, count > 0, type == '=' ? line : -1, arguments);
	else
		show_window(line < around ? 0 : line - around, around + 1 + (line < around ? line : around), type == '=' ? line : -1, arguments);
}
