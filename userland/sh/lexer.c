/* Tokens of the shell language (POSIX XCU 2.3) and here-documents. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "shell.h"

struct document {
	struct document *next;
	struct redirection *redirection;
	char *delimiter;
	bool strips_tabs, expands;
};

struct lexer lexer;

noreturn void syntax_error(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *message;
	if (vasprintf(&message, format, arguments) < 0)
		message = NULL;
	va_end(arguments);
	shell.line = input_line();
	char *copy = arena_string(&scratch, message ? message : "", message ? strlen(message) : 0);
	free(message);
	shell_error(2, "syntax error: %s", copy);
}

int next_joined_char(void)
{
	int c = next_char();
	while (c == '\\') {
		int next = next_char();
		if (next != '\n') {
			if (next != INPUT_END)
				unread_char();
			return c;
		}
		c = next_char();
	}
	return c;
}

/* The delimiter word with its quotes removed; *expands is false if it had any. */
static char *delimiter_text(struct word *word, bool *expands)
{
	struct text text = {0};
	*expands = true;
	for (struct part *part = word->parts; part; part = part->next) {
		if (part->quoted)
			*expands = false;
		if (part->kind == PART_PARAMETER)
			text_char(&text, '$');
		text_string(&text, part->text ? part->text : "");
	}
	char *copy = arena_string(lexer.arena, text.data ? text.data : "", text.length);
	text_free(&text);
	return copy;
}

void add_document(struct redirection *redirection, struct word *delimiter, bool strips_tabs)
{
	struct document *document = arena_allocate(lexer.arena, sizeof *document);
	document->redirection = redirection;
	document->delimiter = delimiter_text(delimiter, &document->expands);
	document->strips_tabs = strips_tabs;
	struct document **last = &lexer.documents;
	while (*last)
		last = &(*last)->next;
	*last = document;
}

/* Appends one line with its newline. False at the end of the input. */
static bool read_line(struct text *text, bool strips_tabs, bool joins)
{
	int c = next_char();
	while (strips_tabs && c == '\t')
		c = next_char();
	if (c == INPUT_END)
		return false;
	for (; c != INPUT_END; c = next_char()) {
		text_char(text, (char)c);
		if (c == '\n')
			break;
		if (c == '\\' && joins) {
			c = next_char();
			if (c == INPUT_END)
				break;
			text_char(text, (char)c); /* kept: the expansion removes \newline */
		}
	}
	return true;
}

static void read_document(struct document *document)
{
	struct text body = {0};
	size_t length = strlen(document->delimiter);
	text_clear(&body);
	for (;;) {
		size_t start = body.length;
		if (!read_line(&body, document->strips_tabs, document->expands))
			break;
		size_t line = body.length - start;
		if (line && body.data[start + line - 1] == '\n')
			line--;
		if (line == length && !memcmp(body.data + start, document->delimiter, length)) {
			body.length = start;
			body.data[start] = 0;
			break;
		}
	}
	char *copy = arena_string(lexer.arena, body.data, body.length);
	size_t size = body.length;
	text_free(&body);
	struct part *parts = NULL;
	if (document->expands) {
		int line = input_line();
		push_string_input(copy, size, true);
		set_input_line(line);
		parts = read_parts(CONTEXT_DOCUMENT);
		pop_input();
	} else {
		parts = arena_allocate(lexer.arena, sizeof *parts);
		*parts = (struct part){.kind = PART_LITERAL, .quoted = true, .text = copy};
	}
	document->redirection->target = new_word(parts);
}

static void read_documents(void)
{
	lexer.in_document = true;
	while (lexer.documents) {
		struct document *document = lexer.documents;
		lexer.documents = document->next;
		read_document(document);
	}
	lexer.in_document = false;
}

/* The longest operator that begins with `c`; 0 if none does. */
static int read_operator(int c)
{
	static const struct {
		char text[4];
		enum token_kind kind;
	} operators[] = {
		{"&&", TOKEN_AND_IF}, {"||", TOKEN_OR_IF}, {";;", TOKEN_DOUBLE_SEMICOLON},
		{";&", TOKEN_FALL_THROUGH}, {"<<-", TOKEN_DOCUMENT_TABS}, {"<<", TOKEN_DOCUMENT},
		{"<&", TOKEN_LESS_AND}, {"<>", TOKEN_BOTH}, {">>", TOKEN_APPEND}, {">&", TOKEN_GREAT_AND},
		{">|", TOKEN_CLOBBER}, {"&", TOKEN_AND}, {"|", TOKEN_PIPE}, {";", TOKEN_SEMICOLON},
		{"<", TOKEN_LESS}, {">", TOKEN_GREAT}, {"(", TOKEN_OPEN}, {")", TOKEN_CLOSE},
	};
	enum { COUNT = sizeof operators / sizeof *operators };
	char text[4] = {(char)c};
	size_t length = 1;
	int found = 0;
	for (;;) {
		int match = -1;
		for (int i = 0; i < COUNT && match < 0; i++)
			if (!strcmp(operators[i].text, text))
				match = i;
		if (match < 0)
			break;
		found = (int)operators[match].kind;
		if (length == 3)
			return found;
		int next = next_joined_char();
		if (next == INPUT_END)
			return found;
		text[length++] = (char)next;
	}
	if (length > 1)
		unread_char();
	return found;
}

static void read_word(struct token *token)
{
	token->kind = TOKEN_WORD;
	token->word = new_word(read_parts(CONTEXT_WORD));
	const char *plain = token->word->plain;
	if (!plain || !*plain || plain[strspn(plain, "0123456789")] || strlen(plain) > 9)
		return;
	int next = next_char();
	if (next != INPUT_END)
		unread_char();
	if (next == '<' || next == '>') {
		token->kind = TOKEN_IO_NUMBER;
		token->number = atoi(plain);
	}
}

static void read_token(struct token *token)
{
	int c = next_joined_char();
	while (c == ' ' || c == '\t')
		c = next_joined_char();
	if (c == '#')
		while (c != '\n' && c != INPUT_END)
			c = next_char();
	*token = (struct token){.line = input_line(), .start = input_source.length - (c != INPUT_END)};
	token->follows_alias = forget_ended_aliases();
	if (c == INPUT_END) {
		token->kind = TOKEN_END;
		read_documents();
	} else if (c == '\n') {
		token->kind = TOKEN_NEWLINE;
		token->line--;
		read_documents();
	} else if ((token->kind = (enum token_kind)read_operator(c)) == TOKEN_END) {
		unread_char();
		read_word(token);
	}
}

/* The next token as it stands, which may be an alias. */
static struct token *next_token(void)
{
	if (!lexer.has_token) {
		lexer.previous_end = input_source.length;
		read_token(&lexer.token);
		lexer.has_token = true;
	}
	return &lexer.token;
}

static bool is_reserved_here(const char *word)
{
	switch (lexer.position) {
	case POSITION_COMMAND: return is_reserved_word(word);
	case POSITION_IN: return !strcmp(word, "in") || !strcmp(word, "do");
	case POSITION_DO: return !strcmp(word, "do");
	case POSITION_PATTERN: return !strcmp(word, "esac");
	default: return false;
	}
}

bool expand_alias(bool anywhere)
{
	struct token *token = next_token();
	const char *plain = token->kind == TOKEN_WORD ? token->word->plain : NULL;
	if (!plain || !(anywhere || token->follows_alias) || is_reserved_here(plain))
		return false;
	struct alias *alias = find_alias(plain);
	if (!alias || alias->in_use)
		return false;
	bool follows = token->follows_alias;
	lexer.has_token = false;
	input_source.length = token->start;
	push_alias_input(alias->value, alias);
	next_token()->follows_alias |= follows;
	return true;
}

struct token *peek_token(void)
{
	if (!lexer.has_token)
		while (expand_alias(false))
			continue;
	return &lexer.token;
}

struct token *peek_token_at(enum position position)
{
	lexer.position = position;
	return peek_token();
}

struct token take_token(void)
{
	struct token token = *peek_token();
	lexer.has_token = false;
	lexer.position = POSITION_COMMAND;
	lexer.previous_end = input_source.length;
	return token;
}
