/*
 * ex: the editor line by line, https://pubs.opengroup.org/onlinepubs/9799919799/utilities/ex.html: commands from standard input, text
 * behind a, i and c up to a line with nothing but a period, and lines printed where the screen would show them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ex.h"

static char *input;
static size_t capacity;

/* A line without its newline, kept until the next one; null at the end. */
static char *read_input(const char *prompt)
{
	if (!editor.is_silent && editor.options.prompt && isatty(0))
		fputs(prompt, stdout);
	fflush(stdout);
	leave_if_stopped();
	ssize_t length = getline(&input, &capacity, stdin);
	leave_if_stopped();
	if (length <= 0)
		return NULL;
	if (input[length - 1] == '\n')
		input[length - 1] = 0;
	return input;
}

void print_line(int at, bool numbered, bool visibly)
{
	const struct line *line = &buffer.lines[at];
	if (numbered)
		printf("%6d  ", at + 1);
	for (int i = 0; visibly && i < line->length; i++) {
		unsigned char c = (unsigned char)line->bytes[i];
		if (c < 32 || c == 127)
			printf("^%c", c ^ 64);
		else
			putchar(c);
	}
	puts(visibly ? "$" : line->bytes);
}

/* Lines behind `at` until a period: of the command's own text, where it has more than a line, else of standard input. */
static int insert_text(int at, const char *text)
{
	int count = 0;
	for (bool ended = false; !ended;) {
		const char *line = text ? text : read_input("");
		if (!line)
			break;
		size_t length = strcspn(line, "\n");
		if (text)
			text = text[length] ? text + length + 1 : NULL, ended = !text;
		if (length == 1 && *line == '.')
			break;
		buffer_insert(at + count++, line, (int)length);
	}
	return count;
}

/* `at`: where the text goes in place of `removed` lines. */
static void take_text(int at, int removed, const char *arguments)
{
	const char *text = strchr(arguments, '\n');
	if (!editor.is_line_mode && !text) {
		complain("Text is taken in the line mode only: Q");
		return;
	}
	bool was_empty = buffer.has_no_lines;
	if (was_empty)
		at = 0, removed = 1;
	begin_change(at, removed);
	int count = insert_text(at, text ? text + 1 : NULL);
	bool keeps = was_empty && !count;
	if (!keeps)
		buffer_remove(at + count, removed);
	bool is_empty = buffer.count == 0;
	if (is_empty)
		buffer_insert(0, "", 0);
	buffer.has_no_lines = is_empty || keeps;
	end_change(count + (is_empty || keeps));
	int line = at + count - 1;
	if (line >= buffer.count)
		line = buffer.count - 1;
	editor.cursor = (struct position){line < 0 ? 0 : line, 0};
}

void command_append(struct range range, const char *arguments, bool forced)
{
	(void)forced;
	take_text(range.last + 1, 0, arguments);
}

void command_insert(struct range range, const char *arguments, bool forced)
{
	(void)forced;
	take_text(range.last < 0 ? 0 : range.last, 0, arguments);
}

void command_change(struct range range, const char *arguments, bool forced)
{
	(void)forced;
	take_text(range.first, range.last - range.first + 1, arguments);
}

/* An address by itself: its lines; nothing at all: the next line. */
void print_addressed(struct range range, bool is_next)
{
	if (is_next && ++range.last >= buffer.count) {
		complain("At the end of the file");
		return;
	}
	int first = is_next ? range.last : range.first;
	for (int line = first < 0 ? 0 : first; line <= range.last; line++)
		print_line(line, editor.options.number, editor.options.list);
	editor.cursor = (struct position){range.last < 0 ? 0 : range.last, 0};
}

/* Lines that end in a backslash go on in the next one, which g and s want. */
static char *read_command(void)
{
	struct text command = {0};
	const char *line = read_input(":");
	if (!line)
		return NULL;
	text_string(&command, line);
	while (command.length && command.data[command.length - 1] == '\\' && strpbrk(command.data, "gvs") && (line = read_input(""))) {
		bool in_replacement = command.data[strspn(command.data, "%$.,;0123456789 \t'+-")] == 's';
		command.length -= !in_replacement;
		text_char(&command, '\n');
		text_string(&command, line);
	}
	return text_take(&command);
}

/* ^D: the next lines, as many as the option scroll says. */
static void scroll_lines(void)
{
	int first = editor.cursor.line + 1, last = first + editor.options.scroll - 1;
	if (first >= buffer.count) {
		complain("At the end of the file");
		return;
	}
	print_addressed((struct range){first, last < buffer.count ? last : buffer.count - 1, true}, false);
}

void run_line_command(void)
{
	char *line = read_command();
	bool has_terminal = isatty(0);
	*editor.message = 0;
	editor.is_error = false;
	if (!line) {
		if (buffer.modified && !has_terminal)
			complain("The file was changed and not written");
		editor.done = true;
	} else if (*line == CONTROL('d')) {
		scroll_lines();
	} else if (*line) {
		run_ex(line);
	} else {
		print_addressed((struct range){editor.cursor.line, editor.cursor.line, false}, true);
	}
	free(line);
	keep_cursor_inside();
	fflush(stdout);
	if (editor.is_error && !has_terminal) {
		editor.status = 1;
		editor.done = true;
	}
}

/* What vi says in its last row. */
void say_line(const char *message, bool is_error)
{
	if (is_error) {
		fflush(stdout);
		fprintf(stderr, "%s\n", message);
	} else if (!editor.is_silent) {
		puts(message);
	}
}

void leave_line_mode(void)
{
	if (!isatty(0) || !isatty(1)) {
		complain("Standard input and output must be a terminal");
		return;
	}
	editor.is_line_mode = false;
	start_screen();
}

void enter_line_mode(void)
{
	end_screen();
	editor.is_line_mode = true;
}

/* Opens the screen at the line, at a match of the pattern in it. A single line of the screen, as open mode has it, is for terminals of paper. */
void command_open(struct range range, const char *arguments, bool forced)
{
	(void)forced;
	editor.cursor = (struct position){range.last < 0 ? 0 : range.last, 0};
	char delimiter = *arguments;
	if (delimiter && !strchr("#lp", delimiter)) {
		regex_t regex;
		regmatch_t match;
		arguments++;
		char *pattern = take_pattern(&arguments, delimiter);
		bool compiled = compile_pattern(pattern, &regex), found = compiled && !regular_find(&regex, buffer.lines[editor.cursor.line].bytes, 1, &match, 0);
		free(pattern);
		if (compiled)
			regfree(&regex);
		if (found)
			editor.cursor.column = (int)match.rm_so;
		else if (compiled)
			complain("The line has no match");
	}
	if (editor.is_line_mode && !editor.is_error)
		leave_line_mode();
}
