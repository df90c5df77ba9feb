/* What the two halves of the grammar, parser.c and compound.c, need of each other. */
#ifndef SH_PARSER_H
#define SH_PARSER_H

#include "shell.h"

struct node *new_node(enum node_kind kind);
noreturn void unexpected_token(struct token *token); /* a syntax error that names it */
bool next_is(enum token_kind kind);
bool next_is_word(const char *text);
void expect_word(const char *text);
void skip_newlines(void);

/* and-or lists up to the end of the line, or over many lines (`multiline`). Null if there are none.
 */
struct node *parse_list(bool multiline);
struct node *parse_compound(void); /* null if no compound command begins here */

#endif
