/* Tokens. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bc.h"
#include "tools.h"

FILE *bc_input;
char *bc_text = "";

static const char *source; /* text that is read instead of bc_input */
static struct text buffer;
static enum token token;
static bool has_token;

void bc_use_text(const char *text)
{
	source = text;
	has_token = false;
}

static int get(void)
{
	if (source)
		return *source ? (unsigned char)*source++ : EOF;
	int c = getc(bc_input);
	if (c == EOF && ferror(bc_input))
		err(1, "read error");
	return c;
}

static void unget(int c)
{
	if (c == EOF)
		return;
	if (source)
		source--;
	else
		ungetc(c, bc_input);
}

static void skip_comment(void)
{
	int c = get(), next;
	for (; c != EOF; c = next) {
		next = get();
		if (c == '*' && next == '/')
			return;
	}
}

/* The first character behind blanks, comments and joined lines. */
static int skip_blanks(void)
{
	for (;;) {
		int c = get();
		if (c == '#') {
			while (c != EOF && c != '\n')
				c = get();
			return c;
		}
		if (c == '/') {
			int next = get();
			if (next != '*') {
				unget(next);
				return c;
			}
			skip_comment();
		} else if (c == '\\') {
			int next = get();
			if (next != '\n') {
				unget(next);
				return c;
			}
		} else if (c != ' ' && c != '\t' && c != '\r') {
			return c;
		}
	}
}

static enum token read_number(int c)
{
	bool has_point = false;
	for (;; c = get()) {
		if (c == '\\') {
			/* A number may go on in the next line. */
			int next = get();
			if (next == '\n')
				continue;
			unget(next);
			break;
		}
		if (c == '.' && has_point)
			break;
		if (!isdigit(c) && !(c >= 'A' && c <= 'Z') && c != '.')
			break;
		has_point |= c == '.';
		text_char(&buffer, (char)c);
	}
	unget(c);
	if (strcmp(buffer.data, "."))
		return BC_NUMBER;
	/* A point alone is the last number. */
	text_clear(&buffer);
	text_string(&buffer, "last");
	return BC_WORD;
}

static enum token read_name(int c)
{
	static const char *const WORDS[] = {"auto", "break", "continue", "define", "else", "for", "halt", "ibase", "if", "last", "length", "limits", "obase", "print", "quit", "read", "return", "scale", "sqrt", "void", "while"};
	for (; isalnum(c) || c == '_'; c = get())
		text_char(&buffer, (char)c);
	unget(c);
	for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
		if (!strcmp(buffer.data, WORDS[i]))
			return BC_WORD;
	return BC_NAME;
}

static enum token read_string(void)
{
	text_string(&buffer, "");
	for (int c; (c = get()) != '"' && c != EOF;)
		text_char(&buffer, (char)c);
	return BC_STRING;
}

static enum token read_operator(int c)
{
	static const char *const PAIRS[] = {"++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "==", "!=", "<=", ">=", "&&", "||"};
	text_char(&buffer, (char)c);
	int next = get();
	char pair[3] = {(char)c, (char)next, 0};
	for (size_t i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++)
		if (!strcmp(pair, PAIRS[i])) {
			text_char(&buffer, (char)next);
			return BC_OPERATOR;
		}
	unget(next);
	return BC_OPERATOR;
}

enum token bc_peek(void)
{
	if (has_token)
		return token;
	text_clear(&buffer);
	int c = skip_blanks();
	has_token = true;
	if (c == EOF)
		token = BC_END;
	else if (c == '\n')
		token = BC_NEWLINE;
	else if (c == '"')
		token = read_string();
	else if (isdigit(c) || (c >= 'A' && c <= 'Z') || c == '.')
		token = read_number(c);
	else if (islower(c))
		token = read_name(c);
	else
		token = read_operator(c);
	bc_text = buffer.data ? buffer.data : "";
	return token;
}

void bc_next(void)
{
	bc_peek();
	has_token = false;
}

bool bc_is(const char *text)
{
	enum token kind = bc_peek();
	return (kind == BC_WORD || kind == BC_OPERATOR) && !strcmp(bc_text, text);
}

void bc_skip_line(void)
{
	while (bc_peek() != BC_NEWLINE && bc_peek() != BC_END)
		bc_next();
}
