/* The grammar of compound commands, POSIX XCU 2.9.4. */
#include <string.h>

#include "parser.h"

/* A list that must not be empty. */
static struct node *parse_body(void)
{
	struct node *node = parse_list(true);
	if (!node)
		unexpected_token(peek_token());
	return node;
}

static struct node *parse_if(void)
{
	struct node *node = new_node(NODE_IF);
	take_token();
	node->first = parse_body();
	expect_word("then");
	node->second = parse_body();
	if (next_is_word("elif")) {
		node->third = parse_if();
		return node; /* its own "fi" is ours */
	}
	if (next_is_word("else")) {
		take_token();
		node->third = parse_body();
	}
	expect_word("fi");
	return node;
}

static struct node *parse_do(void)
{
	expect_word("do");
	struct node *body = parse_body();
	expect_word("done");
	return body;
}

static struct node *parse_while(enum node_kind kind)
{
	struct node *node = new_node(kind);
	take_token();
	node->first = parse_body();
	node->second = parse_do();
	return node;
}

static void skip_newlines_at(enum position position)
{
	while (peek_token_at(position)->kind == TOKEN_NEWLINE)
		take_token();
}

static struct node *parse_for(void)
{
	struct node *node = new_node(NODE_FOR);
	take_token();
	peek_token_at(POSITION_WORD);
	struct token name = take_token();
	if (name.kind != TOKEN_WORD || !name.word->plain || !is_name(name.word->plain))
		syntax_error("bad for loop variable");
	node->name = name.word->plain;
	skip_newlines_at(POSITION_IN);
	if (next_is_word("in")) {
		node->has_words = true;
		take_token();
		for (struct word **last = &node->words; peek_token_at(POSITION_WORD)->kind == TOKEN_WORD;
			 last = &(*last)->next)
			*last = take_token().word;
		if (!next_is(TOKEN_SEMICOLON) && !next_is(TOKEN_NEWLINE))
			unexpected_token(peek_token());
	}
	if (next_is(TOKEN_SEMICOLON))
		take_token();
	skip_newlines_at(POSITION_DO);
	node->second = parse_do();
	return node;
}

static struct case_item *parse_case_item(void)
{
	struct case_item *item = arena_allocate(lexer.arena, sizeof *item);
	if (next_is(TOKEN_OPEN))
		take_token();
	for (struct word **last = &item->patterns;; last = &(*last)->next) {
		if (peek_token_at(POSITION_WORD)->kind != TOKEN_WORD)
			unexpected_token(peek_token());
		*last = take_token().word;
		if (!next_is(TOKEN_PIPE))
			break;
		take_token();
	}
	if (!next_is(TOKEN_CLOSE))
		unexpected_token(peek_token());
	take_token();
	item->body = parse_list(true);
	if (next_is(TOKEN_DOUBLE_SEMICOLON) || next_is(TOKEN_FALL_THROUGH))
		item->falls_through = take_token().kind == TOKEN_FALL_THROUGH;
	else if (!next_is_word("esac"))
		unexpected_token(peek_token());
	return item;
}

static struct node *parse_case(void)
{
	struct node *node = new_node(NODE_CASE);
	take_token();
	if (peek_token_at(POSITION_WORD)->kind != TOKEN_WORD)
		unexpected_token(peek_token());
	node->words = take_token().word;
	skip_newlines_at(POSITION_IN);
	expect_word("in");
	skip_newlines_at(POSITION_PATTERN);
	for (struct case_item **last = &node->items; !next_is_word("esac"); last = &(*last)->next) {
		*last = parse_case_item();
		skip_newlines_at(POSITION_PATTERN);
	}
	take_token();
	return node;
}

static struct node *parse_subshell(void)
{
	struct node *node = new_node(NODE_SUBSHELL);
	take_token();
	node->first = parse_body();
	if (!next_is(TOKEN_CLOSE))
		unexpected_token(peek_token());
	take_token();
	return node;
}

static struct node *parse_group(void)
{
	struct node *node = new_node(NODE_GROUP);
	take_token();
	node->first = parse_body();
	expect_word("}");
	return node;
}

struct node *parse_compound(void)
{
	if (next_is(TOKEN_OPEN))
		return parse_subshell();
	if (next_is_word("{"))
		return parse_group();
	if (next_is_word("if"))
		return parse_if();
	if (next_is_word("while"))
		return parse_while(NODE_WHILE);
	if (next_is_word("until"))
		return parse_while(NODE_UNTIL);
	if (next_is_word("for"))
		return parse_for();
	if (next_is_word("case"))
		return parse_case();
	return NULL;
}
