/* Where m4's characters come from: files, and text in front of what is left of them. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "m4.h"

struct source {
	struct source *next;
	FILE *file; /* or */
	char *text;
	size_t at, length;
	const struct m4_builtin *builtin; /* or this, once */
	char *name;
	long line;
	bool has_ended_line; /* the newline was read: the next character is in the next line */
};

static struct source *top;
static const char **folders;
static size_t folder_count;
static const char *last_file = "stdin";
static long last_line;

const char *m4_quote_open = "`", *m4_quote_close = "'", *m4_comment_open = "#", *m4_comment_close = "\n";

static struct source *push(void)
{
	struct source *source = allocate(sizeof *source);
	*source = (struct source){.next = top};
	return top = source;
}

static void pop(void)
{
	struct source *source = top;
	top = source->next;
	if (source->file && source->file != stdin)
		fclose(source->file);
	if (source->file)
		last_line = source->line;
	free(source->text);
	free(source);
}

/* Sources that have been read through make no stack: recursion at the end of a macro goes on for ever. */
static void drop_read(void)
{
	while (top && top->text && top->at == top->length)
		pop();
}

void m4_push_text(const char *text, size_t length)
{
	if (!length)
		return;
	drop_read();
	struct source *source = push();
	source->text = duplicate_range(text, length);
	source->length = length;
}

void m4_push_string(const char *text)
{
	m4_push_text(text, strlen(text));
}

void m4_push_builtin(const struct m4_builtin *builtin)
{
	drop_read();
	push()->builtin = builtin;
}

void m4_search_in(const char *folder)
{
	folders = reallocate(folders, (folder_count + 1) * sizeof *folders);
	folders[folder_count++] = folder;
}

FILE *m4_open(const char *name)
{
	FILE *file = is_folder(name) ? NULL : fopen(name, "re");
	if (!file && is_folder(name))
		errno = EISDIR;
	for (size_t i = 0; !file && *name != '/' && i < folder_count; i++) {
		char *path = path_join(folders[i], name);
		if (!is_folder(path))
			file = fopen(path, "re");
		free(path);
	}
	return file;
}

bool m4_push_file(const char *name)
{
	bool is_input = !strcmp(name, "-");
	FILE *file = is_input ? stdin : m4_open(name);
	if (!file)
		return false;
	struct source *source = push();
	source->file = file;
	source->name = duplicate(is_input ? "stdin" : name);
	source->has_ended_line = true;
	last_file = source->name;
	return true;
}

static struct source *file_source(void)
{
	struct source *source = top;
	while (source && !source->file)
		source = source->next;
	return source;
}

const char *m4_file(void)
{
	struct source *source = file_source();
	return source ? source->name : last_file;
}

long m4_line(void)
{
	struct source *source = file_source();
	return source ? source->line + !source->line : last_line;
}

long m4_next_line(void)
{
	m4_peek();
	return top && top->file ? top->line + top->has_ended_line : m4_line();
}

/* A file that has ended stays: a call that begins in it does not end in the next one. */
int m4_peek(void)
{
	drop_read();
	if (!top || top->builtin)
		return EOF;
	if (top->text)
		return (unsigned char)top->text[top->at];
	int character = getc(top->file);
	if (character != EOF) {
		ungetc(character, top->file);
		return character;
	}
	if (!top->next)
		return EOF;
	pop();
	return m4_peek();
}

int m4_get(void)
{
	int character = m4_peek();
	if (character == EOF)
		return EOF;
	if (top->text) {
		top->at++;
	} else {
		getc(top->file);
		top->line += top->has_ended_line;
		top->has_ended_line = character == '\n';
	}
	return character;
}

/* Takes the string if it is next. Text in front of a file may end within it. */
static bool take_string(const char *string)
{
	size_t length = strlen(string), got = 0;
	char *taken;
	if (!length || m4_peek() != (unsigned char)*string)
		return false;
	taken = allocate(length);
	while (got < length && m4_peek() == (unsigned char)string[got])
		taken[got++] = (char)m4_get();
	if (got < length)
		m4_push_text(taken, got);
	free(taken);
	return got == length;
}

void m4_discard_line(void)
{
	int character;
	while ((character = m4_get()) != EOF && character != '\n')
		continue;
	if (character == EOF)
		m4_warn("end of file treated as newline");
}

static void read_quoted(struct text *text)
{
	for (long level = 1;;) {
		if (take_string(m4_quote_close)) {
			if (--level == 0)
				return;
			text_string(text, m4_quote_close);
		} else if (take_string(m4_quote_open)) {
			level++;
			text_string(text, m4_quote_open);
		} else {
			int character = m4_get();
			if (character == EOF) {
				m4_fail("end of file in string");
				m4_end(1);
			}
			text_char(text, (char)character);
		}
	}
}

static void read_comment(struct text *text)
{
	text_string(text, m4_comment_open);
	while (!take_string(m4_comment_close)) {
		int character = m4_get();
		if (character == EOF) {
			if (strcmp(m4_comment_close, "\n")) {
				m4_fail("end of file in comment");
				m4_end(1);
			}
			return;
		}
		text_char(text, (char)character);
	}
	text_string(text, m4_comment_close);
}

enum m4_token m4_next(struct text *text, const struct m4_builtin **builtin)
{
	text_clear(text);
	drop_read();
	if (top && top->builtin) {
		*builtin = top->builtin;
		pop();
		return M4_BUILTIN;
	}
	int character = m4_peek();
	if (character == EOF)
		return M4_END;
	if (take_string(m4_comment_open)) {
		read_comment(text);
		return M4_COMMENT;
	}
	character = m4_peek();
	if (isalpha(character) || character == '_') {
		while (isalnum(character = m4_peek()) || character == '_')
			text_char(text, (char)m4_get());
		return M4_WORD;
	}
	if (take_string(m4_quote_open)) {
		read_quoted(text);
		return M4_QUOTED;
	}
	text_char(text, (char)m4_get());
	return M4_CHARACTER;
}
