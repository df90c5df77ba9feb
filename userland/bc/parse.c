/* The grammar of XCU bc, by recursive descent. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "bc.h"
#include "tools.h"

static jmp_buf syntax_error;

static _Noreturn void fail(void)
{
	longjmp(syntax_error, 1);
}

static struct node *make(enum node_kind kind, const char *text, struct node *a, struct node *b)
{
	struct node *node = allocate(sizeof *node);
	*node = (struct node){.kind = kind, .text = text ? duplicate(text) : NULL, .a = a, .b = b};
	if (kind == NODE_NAME || kind == NODE_ELEMENT || kind == NODE_CALL || kind == NODE_ARRAY || kind == NODE_DEFINE)
		node->symbol = bc_symbol(text);
	return node;
}

void bc_free(struct node *node)
{
	while (node) {
		struct node *next = node->next;
		bc_free(node->a);
		bc_free(node->b);
		bc_free(node->c);
		bc_free(node->d);
		free(node->text);
		free(node);
		node = next;
	}
}

static bool accept(const char *text)
{
	if (!bc_is(text))
		return false;
	bc_next();
	return true;
}

static void expect(const char *text)
{
	if (!accept(text))
		fail();
}

static void skip_newlines(void)
{
	while (bc_peek() == BC_NEWLINE)
		bc_next();
}

static struct node *expression(void);
static struct node *statement(void);

static struct node *arguments(void)
{
	struct node *first = NULL, **last = &first;
	if (accept(")"))
		return NULL;
	do {
		*last = expression();
		last = &(*last)->next;
	} while (accept(","));
	expect(")");
	return first;
}

/* A variable, an element, a call; name[] alone is an array as an argument. */
static struct node *named(void)
{
	char *name = duplicate(bc_text);
	struct node *node;
	bc_next();
	if (accept("(")) {
		node = make(NODE_CALL, name, arguments(), NULL);
	} else if (accept("[")) {
		if (accept("]")) {
			node = make(NODE_ARRAY, name, NULL, NULL);
		} else {
			node = make(NODE_ELEMENT, name, expression(), NULL);
			expect("]");
		}
	} else {
		node = make(NODE_NAME, name, NULL, NULL);
	}
	free(name);
	return node;
}

static struct node *word(void)
{
	static const char *const SPECIAL[] = {"ibase", "obase", "scale", "last"}, *const BUILTIN[] = {"length", "sqrt", "scale", "read"};
	char *name = duplicate(bc_text);
	bc_next();
	if (bc_is("(")) {
		for (size_t i = 0; i < sizeof BUILTIN / sizeof *BUILTIN; i++) {
			if (strcmp(name, BUILTIN[i]))
				continue;
			expect("(");
			struct node *operand = strcmp(name, "read") ? expression() : NULL;
			expect(")");
			return make(NODE_BUILTIN, name, operand, NULL);
		}
	}
	for (size_t i = 0; i < sizeof SPECIAL / sizeof *SPECIAL; i++)
		if (!strcmp(name, SPECIAL[i]))
			return make(NODE_SPECIAL, name, NULL, NULL);
	fail();
}

static bool is_place(const struct node *node)
{
	return node->kind == NODE_NAME || node->kind == NODE_ELEMENT || node->kind == NODE_SPECIAL;
}

static struct node *primary(void)
{
	struct node *node;
	if (accept("(")) {
		node = make(NODE_GROUP, NULL, expression(), NULL);
		expect(")");
		return node;
	}
	for (int i = 0; i < 2; i++) {
		const char *step = i ? "--" : "++";
		if (!accept(step))
			continue;
		node = primary();
		if (!is_place(node))
			fail();
		return make(NODE_BEFORE, step, node, NULL);
	}
	switch (bc_peek()) {
	case BC_NUMBER:
		node = make(NODE_NUMBER, bc_text, NULL, NULL);
		bc_next();
		return node;
	case BC_NAME: node = named(); break;
	case BC_WORD: node = word(); break;
	default: fail();
	}
	for (int i = 0; i < 2 && is_place(node); i++)
		if (accept(i ? "--" : "++"))
			return make(NODE_AFTER, i ? "--" : "++", node, NULL);
	return node;
}

static struct node *unary(void)
{
	return accept("-") ? make(NODE_UNARY, "-", unary(), NULL) : primary();
}

/* ^ binds to the right, and weaker than a minus before it: -2^2 is 4. */
static struct node *power(void)
{
	struct node *base = unary();
	return accept("^") ? make(NODE_BINARY, "^", base, power()) : base;
}

/* Levels of binary operators that bind to the left, weakest first; `!` stands between && and the comparisons. */
static const char *const LEVELS[][7] = {{"||"}, {"&&"}, {0}, {"==", "<=", ">=", "!=", "<", ">"}, {"+", "-"}, {"*", "/", "%"}};
enum { LEVEL_NOT = 2, LEVEL_COMPARE = 3, LEVEL_SUM = 4, LEVEL_POWER = 6 };

static const char *operator_at(int level)
{
	for (const char *const *name = LEVELS[level]; *name; name++)
		if (bc_is(*name))
			return *name;
	return NULL;
}

static struct node *assignment_to(struct node *place);

static struct node *binary(int level)
{
	if (level == LEVEL_POWER)
		return power();
	if (level == LEVEL_NOT)
		return accept("!") ? make(NODE_UNARY, "!", binary(LEVEL_NOT), NULL) : binary(LEVEL_COMPARE);
	struct node *left = binary(level + 1);
	/* An assignment binds stronger than a comparison: x = 2 > 1 compares. */
	if (level == LEVEL_SUM && is_place(left)) {
		struct node *assigned = assignment_to(left);
		if (assigned)
			return assigned;
	}
	for (const char *name; (name = operator_at(level));) {
		bc_next();
		left = make(NODE_BINARY, name, left, binary(level + 1));
	}
	return left;
}

static struct node *assignment_to(struct node *place)
{
	static const char *const NAMES[] = {"=", "+=", "-=", "*=", "/=", "%=", "^="};
	for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
		if (accept(NAMES[i]))
			return make(NODE_ASSIGN, NAMES[i], place, binary(LEVEL_SUM));
	return NULL;
}

static struct node *expression(void)
{
	return binary(0);
}

static void add(struct node ***last, struct node *node)
{
	**last = node;
	if (node)
		*last = &node->next;
}

static struct node *block(void)
{
	struct node *first = NULL, **last = &first;
	while (!accept("}")) {
		if (bc_peek() == BC_END)
			fail();
		if (bc_peek() == BC_NEWLINE || bc_is(";"))
			bc_next();
		else
			add(&last, statement());
	}
	return make(NODE_BLOCK, NULL, first, NULL);
}

static struct node *condition(void)
{
	expect("(");
	struct node *node = expression();
	expect(")");
	skip_newlines();
	return node;
}

static struct node *if_statement(void)
{
	struct node *node = make(NODE_IF, NULL, condition(), NULL);
	node->b = statement();
	if (accept("else")) {
		skip_newlines();
		node->c = statement();
	}
	return node;
}

static struct node *for_statement(void)
{
	struct node *node = make(NODE_FOR, NULL, NULL, NULL);
	expect("(");
	node->a = bc_is(";") ? NULL : expression();
	expect(";");
	node->b = bc_is(";") ? NULL : expression();
	expect(";");
	node->c = bc_is(")") ? NULL : expression();
	expect(")");
	skip_newlines();
	node->d = statement();
	return node;
}

static struct node *print_statement(void)
{
	struct node *first = NULL, **last = &first;
	do {
		if (bc_peek() == BC_STRING) {
			add(&last, make(NODE_STRING, bc_text, NULL, NULL));
			bc_next();
		} else {
			add(&last, expression());
		}
	} while (accept(","));
	return make(NODE_PRINT, NULL, first, NULL);
}

static struct node *return_statement(void)
{
	bool is_empty = bc_peek() == BC_NEWLINE || bc_peek() == BC_END || bc_is(";") || bc_is("}");
	return make(NODE_RETURN, NULL, is_empty ? NULL : expression(), NULL);
}

static struct node *statement(void)
{
	static const struct {
		const char *word;
		enum node_kind kind;
	} ALONE[] = {{"break", NODE_BREAK}, {"continue", NODE_CONTINUE}, {"halt", NODE_HALT}, {"limits", NODE_LIMITS}};
	if (bc_peek() == BC_STRING) {
		struct node *node = make(NODE_STRING, bc_text, NULL, NULL);
		bc_next();
		return node;
	}
	if (accept("{"))
		return block();
	if (accept("if"))
		return if_statement();
	if (accept("while")) {
		struct node *node = make(NODE_WHILE, NULL, condition(), NULL);
		node->b = statement();
		return node;
	}
	if (accept("for"))
		return for_statement();
	/* As soon as it is read, wherever it stands. */
	if (accept("quit"))
		exit(fflush(stdout) ? 1 : 0);
	if (accept("print"))
		return print_statement();
	if (accept("return"))
		return return_statement();
	for (size_t i = 0; i < sizeof ALONE / sizeof *ALONE; i++)
		if (accept(ALONE[i].word))
			return make(ALONE[i].kind, NULL, NULL, NULL);
	return make(NODE_EXPRESSION, NULL, expression(), NULL);
}

static struct node *names(const char *end)
{
	struct node *first = NULL, **last = &first;
	while (!bc_is(end) && bc_peek() != BC_NEWLINE) {
		accept("*"); /* GNU's arrays by reference are passed by value here */
		if (bc_peek() != BC_NAME)
			fail();
		char *name = duplicate(bc_text);
		bc_next();
		bool is_array = accept("[");
		if (is_array)
			expect("]");
		add(&last, make(is_array ? NODE_ARRAY : NODE_NAME, name, NULL, NULL));
		free(name);
		if (!accept(","))
			break;
	}
	return first;
}

/* a: parameters, b: automatic variables, c: body */
static struct node *definition(void)
{
	bool is_void = accept("void");
	if (bc_peek() != BC_NAME)
		fail();
	struct node *node = make(NODE_DEFINE, bc_text, NULL, NULL);
	bc_next();
	expect("(");
	node->a = names(")");
	expect(")");
	skip_newlines();
	expect("{");
	while (bc_peek() == BC_NEWLINE || bc_is(";"))
		bc_next();
	if (accept("auto"))
		node->b = names(";");
	node->c = block();
	if (is_void)
		node->d = make(NODE_BLOCK, NULL, NULL, NULL);
	return node;
}

struct node *bc_parse(bool *ended)
{
	struct node *first = NULL, **last = &first;
	*ended = false;
	if (setjmp(syntax_error)) {
		fflush(stdout);
		fprintf(stderr, "bc: syntax error\n");
		bc_skip_line();
		if (bc_peek() == BC_NEWLINE)
			bc_next();
		return NULL;
	}
	if (bc_peek() == BC_END) {
		*ended = true;
		return NULL;
	}
	if (accept("define"))
		return definition();
	while (bc_peek() != BC_NEWLINE && bc_peek() != BC_END) {
		if (!bc_is(";"))
			add(&last, statement());
		if (bc_peek() == BC_NEWLINE || bc_peek() == BC_END)
			break;
		expect(";");
	}
	if (bc_peek() == BC_NEWLINE)
		bc_next();
	return first;
}
