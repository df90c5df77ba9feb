/* The syntax tree of the shell language, POSIX XCU chapter 2. Nodes live in the arena of their
 * parse. */
#ifndef SH_SYNTAX_H
#define SH_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct node;

enum part_kind { PART_LITERAL, PART_PARAMETER, PART_COMMAND, PART_ARITHMETIC };

/* What follows the name in ${name...}: the operator of the specification; ## and %% are doubled. */
enum parameter_operator {
	OPERATOR_NONE = 0,
	OPERATOR_DEFAULT = '-',
	OPERATOR_ASSIGN = '=',
	OPERATOR_ERROR = '?',
	OPERATOR_ALTERNATIVE = '+',
	OPERATOR_PREFIX = '#',
	OPERATOR_LONG_PREFIX = '#' + 256,
	OPERATOR_SUFFIX = '%',
	OPERATOR_LONG_SUFFIX = '%' + 256,
	OPERATOR_LENGTH = 'l',
	OPERATOR_BAD = 'b', /* bad substitution: an error only if it is expanded */
};

/* A piece of a word. `quoted` pieces are neither split nor globbed. */
struct part {
	struct part *next;
	enum part_kind kind;
	bool quoted;
	bool colon;        /* ${name:-word} and not ${name-word} */
	int operator;
	char *text;        /* literal text, or name of the parameter */
	struct word *word; /* behind the operator; or the arithmetic expression */
	struct node *command;
};

struct assignment;

struct word {
	struct word *next;
	struct part *parts;
	char *plain; /* the text, if it is one unquoted literal: may be a reserved word or a name */
	bool is_fixed; /* plain, and no expansion changes it */
	struct assignment *declaration; /* name=value behind export and the like: not split (2.9.1.1) */
};

struct assignment {
	struct assignment *next;
	char *name;
	struct word *value;
};

enum redirection_kind {
	REDIRECT_INPUT,      /* < */
	REDIRECT_OUTPUT,     /* > */
	REDIRECT_CLOBBER,    /* >| */
	REDIRECT_APPEND,     /* >> */
	REDIRECT_BOTH,       /* <> */
	REDIRECT_COPY_INPUT, /* <& */
	REDIRECT_COPY,       /* >& */
	REDIRECT_DOCUMENT,   /* << <<- */
};

struct redirection {
	struct redirection *next;
	enum redirection_kind kind;
	int fd;
	struct word *target; /* the file, or the text of a here-document */
};

enum node_kind {
	NODE_SIMPLE,
	NODE_PIPELINE,   /* children: the commands */
	NODE_LIST,       /* children: one after the other */
	NODE_AND,        /* first && second */
	NODE_OR,         /* first || second */
	NODE_NOT,        /* ! first */
	NODE_BACKGROUND, /* first & */
	NODE_SUBSHELL,   /* ( first ) */
	NODE_GROUP,      /* { first } */
	NODE_IF,         /* if first; then second; else third */
	NODE_WHILE,      /* while first; do second */
	NODE_UNTIL,
	NODE_FOR,
	NODE_CASE,
	NODE_FUNCTION, /* name() first */
};

struct case_item {
	struct case_item *next;
	struct word *patterns;
	struct node *body;
	bool falls_through; /* ;& */
};

struct node {
	enum node_kind kind;
	int line;
	struct node *next; /* in a list or pipeline */
	struct node *first, *second, *third;
	struct redirection *redirections;
	char *name;         /* of a function, or of for's variable */
	struct word *words; /* of a simple command or for; the subject of case */
	bool has_words;     /* for: "in" was given */
	struct assignment *assignments;
	struct case_item *items;
	char *text; /* its source, for jobs */
};

#endif
