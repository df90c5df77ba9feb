/* bc: programs as trees, and the state in which they run. XCU bc; else, print, read, &&, ||, !, continue, halt and long names as in GNU's. */
#ifndef BC_H
#define BC_H

#include <stdbool.h>
#include <stdio.h>

#include "number.h"

enum token {
	BC_END, BC_NEWLINE, BC_NUMBER, BC_STRING, BC_NAME, BC_WORD, /* a reserved word: its text is in bc_text */
	BC_OPERATOR                                                  /* likewise; two characters where they belong together */
};

enum node_kind {
	/* expressions */
	NODE_NUMBER, NODE_NAME, NODE_ELEMENT, NODE_SPECIAL, NODE_CALL, NODE_UNARY, NODE_BINARY, NODE_ASSIGN, NODE_BEFORE, NODE_AFTER, NODE_ARRAY, NODE_BUILTIN, NODE_GROUP,
	/* statements */
	NODE_EXPRESSION, NODE_STRING, NODE_PRINT, NODE_BLOCK, NODE_IF, NODE_WHILE, NODE_FOR, NODE_BREAK, NODE_CONTINUE, NODE_RETURN, NODE_HALT, NODE_LIMITS, NODE_DEFINE
};

struct node {
	enum node_kind kind;
	char *text;    /* number, string, name, or operator */
	int symbol;    /* of a name: its index */
	struct node *a, *b, *c, *d;
	struct node *next; /* in a list of statements or arguments */
};

struct function {
	struct node *body;
	struct node *parameters, *automatics; /* lists of NODE_NAME and NODE_ARRAY */
	bool is_void;
};

extern FILE *bc_input;

/* lex.c */
enum token bc_peek(void);
void bc_next(void);
extern char *bc_text;
bool bc_is(const char *text); /* the token at hand is this word or operator */
void bc_skip_line(void);
void bc_use_text(const char *text); /* reads a string instead of bc_input until it ends; null: bc_input again */

/* parse.c: one line of input, or a definition. Null with *ended at the end; after a syntax error null. */
struct node *bc_parse(bool *ended);
void bc_free(struct node *node);

/* variables.c */
int bc_symbol(const char *name);
const char *bc_symbol_name(int symbol);
struct function *bc_function(int symbol);
struct number *bc_variable(int symbol); /* not kept for the caller */
void bc_set_variable(int symbol, struct number *value);
struct number *bc_element(int symbol, size_t index);
void bc_set_element(int symbol, size_t index, struct number *value);
/* Locals: the old value, or the old array, waits until bc_leave with the depth that bc_depth gave. */
size_t bc_depth(void);
void bc_hide_variable(int symbol, struct number *value);
void bc_hide_array(int symbol, int copied_from); /* -1: empty */
void bc_leave(size_t depth);

/* evaluate.c, execute.c */
struct number *bc_evaluate(const struct node *node); /* held by the caller */
bool bc_run(struct node *statements);                 /* false: halt */
struct number *bc_call(const struct node *call);
_Noreturn void bc_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern struct number *bc_last;
extern unsigned long bc_scale, bc_input_base, bc_output_base;
size_t bc_line_length(void);

/* library.c: the functions of -l, in bc. */
extern const char bc_library[];

#endif
