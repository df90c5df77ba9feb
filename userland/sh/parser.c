/* The grammar of the shell language, POSIX XCU 2.10: tokens to a syntax tree. */
#include <ctype.h>
#include <string.h>

#include "parser.h"
#include "shell.h"

struct node *new_node(enum node_kind kind)
{
	struct node *node = arena_allocate(lexer.arena, sizeof *node);
	node->kind = kind;
	node->line = peek_token()->line;
	return node;
}

bool is_reserved_word(const char *text)
{
	static const char *const words[] = {"!",    "{",    "}",     "case", "do",  "done",
										"elif", "else", "esac",  "fi",   "for", "if",
										"in",   "then", "until", "while"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!strcmp(words[i], text))
			return true;
	return false;
}

noreturn void unexpected_token(struct token *token)
{
	static const char *const names[] = {
		[TOKEN_END] = "end of file", [TOKEN_NEWLINE] = "newline", [TOKEN_WORD] = "word",
		[TOKEN_IO_NUMBER] = "number", [TOKEN_SEMICOLON] = "\";\"", [TOKEN_AND] = "\"&\"",
		[TOKEN_OPEN] = "\"(\"", [TOKEN_CLOSE] = "\")\"", [TOKEN_PIPE] = "\"|\"",
		[TOKEN_AND_IF] = "\"&&\"", [TOKEN_OR_IF] = "\"||\"", [TOKEN_DOUBLE_SEMICOLON] = "\";;\"",
		[TOKEN_FALL_THROUGH] = "\";&\"", [TOKEN_LESS] = "redirection",
	};
	enum token_kind kind = token->kind > TOKEN_LESS ? TOKEN_LESS : token->kind;
	if (kind == TOKEN_WORD && token->word->plain)
		syntax_error("\"%s\" unexpected", token->word->plain);
	syntax_error("%s unexpected", names[kind]);
}

bool next_is(enum token_kind kind)
{
	return peek_token()->kind == kind;
}

bool next_is_word(const char *text)
{
	struct token *token = peek_token();
	return token->kind == TOKEN_WORD && token->word->plain && !strcmp(token->word->plain, text);
}

void expect_word(const char *text)
{
	if (!next_is_word(text))
		unexpected_token(peek_token());
	take_token();
}

void skip_newlines(void)
{
	while (next_is(TOKEN_NEWLINE))
		take_token();
}

/* Replaces the word at the command's place while it is an alias. */
static void expand_aliases(void)
{
	while (expand_alias(true))
		continue;
}

/* The same where newlines may stand before the command, also at the beginning of an alias. */
static void skip_to_command(void)
{
	do
		skip_newlines();
	while (expand_alias(true));
}

struct redirection *parse_redirection(void)
{
	static const signed char kinds[] = {
		[TOKEN_LESS] = REDIRECT_INPUT, [TOKEN_GREAT] = REDIRECT_OUTPUT,
		[TOKEN_APPEND] = REDIRECT_APPEND, [TOKEN_BOTH] = REDIRECT_BOTH,
		[TOKEN_CLOBBER] = REDIRECT_CLOBBER, [TOKEN_LESS_AND] = REDIRECT_COPY_INPUT,
		[TOKEN_GREAT_AND] = REDIRECT_COPY, [TOKEN_DOCUMENT] = REDIRECT_DOCUMENT,
		[TOKEN_DOCUMENT_TABS] = REDIRECT_DOCUMENT,
	};
	int fd = -1;
	if (next_is(TOKEN_IO_NUMBER))
		fd = take_token().number;
	struct token operator = *peek_token();
	if (operator.kind < TOKEN_LESS) {
		if (fd >= 0)
			unexpected_token(&operator);
		return NULL;
	}
	take_token();
	struct token target = *peek_token_at(POSITION_WORD);
	if (target.kind == TOKEN_IO_NUMBER)
		target.kind = TOKEN_WORD; /* "2>1 <x": the 1 is a word here */
	if (target.kind != TOKEN_WORD)
		unexpected_token(&target);
	struct redirection *redirection = arena_allocate(lexer.arena, sizeof *redirection);
	redirection->kind = (enum redirection_kind)kinds[operator.kind];
	bool output = operator.kind == TOKEN_GREAT || operator.kind == TOKEN_APPEND ||
	              operator.kind == TOKEN_CLOBBER || operator.kind == TOKEN_GREAT_AND;
	redirection->fd = fd >= 0 ? fd : output;
	redirection->target = target.word;
	if (redirection->kind == REDIRECT_DOCUMENT)
		add_document(redirection, target.word, operator.kind == TOKEN_DOCUMENT_TABS);
	take_token();
	return redirection;
}

/* Redirections behind a compound command. */
static void parse_redirections(struct node *node)
{
	struct redirection **last = &node->redirections;
	while ((*last = parse_redirection()))
		last = &(*last)->next;
}

/* name=value: the assignment that a word is, or null. */
static struct assignment *as_assignment(struct word *word)
{
	struct part *part = word->parts;
	if (!part || part->kind != PART_LITERAL || part->quoted)
		return NULL;
	size_t length = name_length(part->text);
	if (!length || part->text[length] != '=')
		return NULL;
	struct assignment *assignment = arena_allocate(lexer.arena, sizeof *assignment);
	assignment->name = arena_string(lexer.arena, part->text, length);
	struct part *value = arena_allocate(lexer.arena, sizeof *value);
	*value = *part;
	value->text = part->text + length + 1;
	assignment->value = new_word(*value->text || !part->next ? value : part->next);
	return assignment;
}

static struct node *parse_function(struct node *node)
{
	take_token();
	if (!next_is(TOKEN_CLOSE))
		unexpected_token(peek_token());
	take_token();
	skip_to_command();
	node->kind = NODE_FUNCTION;
	node->name = node->words->plain;
	const struct builtin *builtin = find_builtin(node->name);
	if (!is_name(node->name) || (builtin && builtin->is_special))
		syntax_error("bad function name");
	node->words = NULL;
	node->first = parse_compound();
	if (!node->first)
		syntax_error("a function's body must be a compound command");
	parse_redirections(node->first);
	return node;
}

/* export, readonly and local expand what looks like an assignment as one (2.9.1.1, 2.9.2). */
static bool is_declaration(const struct word *words)
{
	while (words && words->plain && !strcmp(words->plain, "command"))
		words = words->next;
	return words && words->plain &&
	       (!strcmp(words->plain, "export") || !strcmp(words->plain, "readonly") ||
	        !strcmp(words->plain, "local"));
}

static struct node *parse_simple(void)
{
	struct node *node = new_node(NODE_SIMPLE);
	struct word **last_word = &node->words;
	struct assignment **last_assignment = &node->assignments;
	struct redirection **last_redirection = &node->redirections;
	for (;;) {
		if (node->words)
			peek_token_at(POSITION_WORD);
		else
			expand_aliases();
		struct redirection *redirection = parse_redirection();
		if (redirection) {
			*last_redirection = redirection;
			last_redirection = &redirection->next;
			continue;
		}
		if (!next_is(TOKEN_WORD))
			break;
		struct word *word = take_token().word;
		struct assignment *assignment = node->words ? NULL : as_assignment(word);
		if (assignment) {
			*last_assignment = assignment;
			last_assignment = &assignment->next;
			continue;
		}
		if (is_declaration(node->words))
			word->declaration = as_assignment(word);
		*last_word = word;
		last_word = &word->next;
		bool alone = word == node->words && !node->assignments && !node->redirections;
		if (alone && word->plain && next_is(TOKEN_OPEN))
			return parse_function(node);
	}
	if (!node->words && !node->assignments && !node->redirections)
		unexpected_token(peek_token());
	return node;
}

static struct node *parse_single(void)
{
	expand_aliases();
	struct token *token = peek_token();
	struct node *node = parse_compound();
	if (node) {
		parse_redirections(node);
		return node;
	}
	if (token->kind == TOKEN_WORD && token->word->plain && is_reserved_word(token->word->plain))
		unexpected_token(token);
	return parse_simple();
}

/* The source between two places of input_source, without blanks at its ends, on one line. */
static char *source_text(size_t start, size_t end)
{
	const char *text = input_source.data ? input_source.data : "";
	while (start < end && isspace((unsigned char)text[start]))
		start++;
	while (end > start && isspace((unsigned char)text[end - 1]))
		end--;
	return arena_string(lexer.arena, text + start, end - start);
}

static struct node *parse_pipeline(void)
{
	expand_aliases();
	bool negated = next_is_word("!");
	struct node *not = new_node(NODE_NOT);
	size_t start = peek_token()->start;
	if (negated) {
		take_token();
		if (next_is_word("!"))
			unexpected_token(peek_token());
	}
	struct node *node = parse_single();
	if (next_is(TOKEN_PIPE)) {
		struct node *pipeline = new_node(NODE_PIPELINE);
		pipeline->first = node;
		while (next_is(TOKEN_PIPE)) {
			take_token();
			skip_to_command();
			node = node->next = parse_single();
		}
		node = pipeline;
	}
	peek_token();
	node->text = source_text(start, lexer.previous_end);
	if (!negated)
		return node;
	not->first = node;
	return not;
}

static struct node *parse_and_or(void)
{
	struct node *node = parse_pipeline();
	while (next_is(TOKEN_AND_IF) || next_is(TOKEN_OR_IF)) {
		struct node *both = new_node(next_is(TOKEN_AND_IF) ? NODE_AND : NODE_OR);
		take_token();
		skip_to_command();
		both->first = node;
		both->second = parse_pipeline();
		node = both;
	}
	return node;
}

/* True where a list ends: at a reserved word that closes something, or an operator like ) or ;; */
static bool list_ends(void)
{
	struct token *token = peek_token();
	if (token->kind != TOKEN_WORD)
		return token->kind != TOKEN_OPEN && token->kind != TOKEN_IO_NUMBER &&
			   token->kind < TOKEN_LESS;
	static const char *const closers[] = {"then", "else", "elif", "fi", "do", "done", "}", "esac"};
	for (size_t i = 0; i < sizeof closers / sizeof *closers; i++)
		if (next_is_word(closers[i]))
			return true;
	return false;
}

/* and-or lists up to the end of the line, or over many lines (`multiline`). Null if there are none.
 */
struct node *parse_list(bool multiline)
{
	struct node *first = NULL, **last = &first;
	if (multiline)
		skip_to_command();
	else
		expand_aliases();
	while (!list_ends()) {
		size_t start = peek_token()->start;
		struct node *node = parse_and_or();
		peek_token();
		size_t end = lexer.previous_end;
		if (next_is(TOKEN_AND)) {
			take_token();
			struct node *background = new_node(NODE_BACKGROUND);
			background->text = source_text(start, end);
			background->first = node;
			node = background;
		} else if (next_is(TOKEN_SEMICOLON)) {
			take_token();
		} else if (!next_is(TOKEN_NEWLINE) || !multiline) {
			*last = node;
			last = &node->next;
			break;
		}
		*last = node;
		last = &node->next;
		if (multiline)
			skip_to_command();
		else
			expand_aliases();
	}
	if (!first || !first->next)
		return first;
	struct node *list = new_node(NODE_LIST);
	list->line = first->line;
	list->first = first;
	return list;
}

bool parse_command(struct arena **arena, struct node **node)
{
	text_clear(&input_source);
	lexer = (struct lexer){.arena = arena_new()};
	*arena = lexer.arena;
	*node = NULL;
	if (next_is(TOKEN_NEWLINE))
		return true;
	if (next_is(TOKEN_END))
		return false;
	*node = parse_list(false);
	if (!next_is(TOKEN_NEWLINE) && !next_is(TOKEN_END))
		unexpected_token(peek_token());
	return true;
}

/* Parses up to `end` with a fresh look-ahead, in the same arena. */
static struct node *parse_nested(enum token_kind end)
{
	struct lexer outer = lexer;
	lexer.has_token = false;
	lexer.documents = NULL;
	struct node *node = parse_list(true);
	if (!next_is(end))
		unexpected_token(peek_token());
	lexer = outer;
	return node;
}

struct node *parse_substitution(void)
{
	return parse_nested(TOKEN_CLOSE);
}

struct node *parse_text(const char *text, size_t length)
{
	int line = input_line();
	struct text outer_source = input_source;
	input_source = (struct text){0};
	push_string_input(text, length, true);
	set_input_line(line);
	struct node *node = parse_nested(TOKEN_END);
	pop_input();
	text_free(&input_source);
	input_source = outer_source;
	return node;
}
