/*
 * Where the commands come from: a stack of strings, alias values and files. Standard input is
 * never read beyond the line that the parser needs, so that commands can read what follows.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shell.h"

enum { BLOCK = 4096, KEPT = 8 };

struct input {
	struct input *outer;
	const char *data;
	size_t position, length;
	char *owned;         /* data, if it is to be freed */
	bool isolated;       /* the end of this string is the end of the input */
	struct alias *alias; /* whose value this is */
	int fd;              /* or -1 */
	size_t shown; /* up to here -v has printed it */
	bool is_stdin;
	int line;
};

static struct input *input;
static struct alias *ended; /* aliases whose value was read to the end within this token */
static bool ended_in_blank;
bool input_continues;
struct text input_source;

static struct input *push(const char *data, size_t length)
{
	struct input *next = allocate(sizeof *next);
	*next = (struct input){.outer = input, .data = data, .length = length, .fd = -1, .line = 1};
	input = next;
	return next;
}

void push_string_input(const char *text, size_t length, bool isolated)
{
	push(text, length)->isolated = isolated;
}

void push_alias_input(const char *text, struct alias *alias)
{
	int line = input_line();
	struct input *next = push(NULL, strlen(text));
	next->data = next->owned = duplicate(text);
	next->alias = alias;
	next->line = line;
	alias->in_use = true;
	alias->behind = ended; /* the name came out of these */
	ended = NULL;
	ended_in_blank = false;
}

static void release_aliases(struct alias *alias)
{
	while (alias) {
		struct alias *behind = alias->behind;
		alias->in_use = false;
		alias->behind = NULL;
		alias = behind;
	}
}

bool forget_ended_aliases(void)
{
	bool blank = ended_in_blank;
	ended_in_blank = false;
	release_aliases(ended);
	ended = NULL;
	return blank;
}

/* The value of an alias is read; the alias stays in use until the token is known. */
static void end_alias(const struct input *top)
{
	struct alias *last = top->alias;
	while (last->behind)
		last = last->behind;
	last->behind = ended;
	ended = top->alias;
	char end = top->length ? top->data[top->length - 1] : 0;
	ended_in_blank = end == ' ' || end == '\t';
}

void push_file_input(int fd, bool is_stdin)
{
	struct input *next = push("", 0);
	next->isolated = true;
	next->is_stdin = is_stdin;
	next->fd = fd;
}

void pop_input(void)
{
	struct input *top = input;
	input = top->outer;
	if (top->alias)
		end_alias(top);
	if (top->fd > 2)
		close(top->fd);
	free(top->owned);
	free(top);
}

void *input_state(void)
{
	return input;
}

void restore_input(void *state)
{
	while (input != state)
		pop_input();
}

int input_line(void)
{
	return input ? input->line : 0;
}

void set_input_line(int line)
{
	input->line = line;
}

int input_fd(void)
{
	struct input *file = input;
	while (file && file->fd < 0)
		file = file->outer;
	return file ? file->fd : -1;
}

void input_reset(void)
{
	while (input->outer && input->fd < 0)
		pop_input();
	input->position = input->length;
}

bool input_is_at_end(void)
{
	if (!input || input->fd >= 0 || !input->isolated)
		return false;
	const char *rest = input->data + input->position;
	return !rest[strspn(rest, " \t\n")];
}

/* One line of standard input: a block that is given back from the newline on, else byte by byte. */
static size_t read_stdin_line(int fd, char *buffer, size_t size)
{
	size_t length = 0;
	bool seekable = lseek(fd, 0, SEEK_CUR) >= 0;
	while (length < size) {
		ssize_t got = read(fd, buffer + length, seekable ? size : 1);
		if (got < 0 && errno == EINTR) {
			check_interrupt();
			run_traps();
			continue;
		}
		if (got <= 0)
			return length;
		if (seekable) {
			char *newline = memchr(buffer, '\n', (size_t)got);
			length = newline ? (size_t)(newline - buffer) + 1 : (size_t)got;
			lseek(fd, (off_t)length - got, SEEK_CUR);
			return length;
		}
		if (buffer[length++] == '\n')
			return length;
	}
	return length;
}

static char *prompt_text(void)
{
	const char *prompt = get_variable(input_continues ? "PS2" : "PS1");
	return expand_prompt(prompt ? prompt : "");
}

/* The next line from the terminal; null at its end. */
static char *terminal_line(void)
{
	if (!input_continues)
		report_jobs();
	char *prompt = prompt_text();
	bool stopped = false;
	char *line = edit_line(prompt, &stopped);
	free(prompt);
	if (stopped) {
		shell.status = 130;
		raise(SIGINT); /* the terminal sent a key, not the signal: for a trap it is the same */
		run_traps();
		interrupted = 0;
		raise_exception(INTERRUPT_RAISED);
	}
	return line;
}

/* A block that is not a line from the terminal. The end of the last one stays, for unread_char. */
static bool fill_block(struct input *top)
{
	char *buffer = allocate(KEPT + BLOCK);
	size_t kept = top->length < KEPT ? top->length : KEPT, got = 0;
	memcpy(buffer, top->data + top->length - kept, kept);
	if (top->is_stdin) {
		if (shell.interactive) {
			char *prompt = prompt_text();
			fputs(prompt, stderr);
			free(prompt);
		}
		got = read_stdin_line(top->fd, buffer + kept, BLOCK);
	} else {
		ssize_t result;
		do
			result = read(top->fd, buffer + kept, BLOCK);
		while (result < 0 && errno == EINTR);
		got = result > 0 ? (size_t)result : 0;
	}
	free(top->owned);
	top->data = top->owned = buffer;
	top->position = kept;
	top->length = kept + got;
	return got > 0;
}

static bool fill(struct input *top)
{
	bool filled;
	if (top->is_stdin && shell.interactive && isatty(top->fd)) {
		free(top->owned);
		top->data = top->owned = NULL;
		top->position = top->length = 0;
		top->data = top->owned = terminal_line();
		top->length = top->owned ? strlen(top->owned) : 0;
		filled = top->length > 0;
	} else {
		filled = fill_block(top);
	}
	top->shown = top->position;
	input_continues = true;
	return filled;
}

/* -v: prints the line that begins here, once. */
static void show_line(void)
{
	const char *line = input->data + input->position;
	size_t left = input->length - input->position;
	const char *newline = memchr(line, '\n', left);
	if (input->shown > input->position)
		return;
	input->shown = newline ? input->position + (size_t)(newline - line) + 1 : input->length;
	fwrite(line, 1, input->shown - input->position, stderr);
}

int next_char(void)
{
	while (input) {
		if (input->position < input->length) {
			if (option_set['v'] && input->fd >= 0)
				show_line();
			char c = input->data[input->position++];
			if (c == '\n')
				input->line++;
			if (!c)
				continue;
			text_char(&input_source, c);
			return (unsigned char)c;
		}
		if (input->fd >= 0 && fill(input))
			continue;
		if (input->isolated)
			return INPUT_END;
		pop_input();
	}
	return INPUT_END;
}

void unread_char(void)
{
	input->position--;
	input_source.length--;
	if (input->data[input->position] == '\n')
		input->line--;
}
