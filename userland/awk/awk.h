/* awk: values, program tree and the interfaces between lexer, parser and interpreter. */
#ifndef AWK_H
#define AWK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "regular.h"

struct awk_string {
	int references;
	size_t length;
	size_t count; /* of characters, and 1; 0: not counted yet */
	char data[];
};

/* A value owns one reference to its string. INPUT: text that counts as a number if it looks like one. */
enum awk_kind { AWK_NONE, AWK_NUMBER, AWK_STRING, AWK_INPUT };
struct awk_value {
	enum awk_kind kind;
	double number;
	struct awk_string *string;
};

struct awk_array;

/* A variable: a scalar or an array. A parameter without a type yet knows where it came from. */
struct awk_cell {
	struct awk_value value;
	struct awk_array *array;
	struct awk_cell *origin;
	bool borrowed; /* the array belongs to the caller */
};

/* Variables with a meaning of their own have these numbers among the globals. */
enum awk_special { AWK_NF, AWK_NR, AWK_FNR, AWK_FS, AWK_OFS, AWK_ORS, AWK_RS, AWK_FILENAME, AWK_SUBSEP, AWK_RSTART, AWK_RLENGTH,
	AWK_CONVFMT, AWK_OFMT, AWK_ENVIRON, AWK_ARGC, AWK_ARGV, AWK_SPECIALS };

enum awk_token {
	T_END = 256, T_NEWLINE, T_NUMBER, T_STRING, T_REGEX, T_NAME, T_CALL, T_BUILTIN, T_AND, T_OR, T_INCREMENT, T_DECREMENT, T_APPEND,
	T_LE, T_GE, T_EQ, T_NE, T_NOMATCH, T_ADD_TO, T_SUB_TO, T_MUL_TO, T_DIV_TO, T_MOD_TO, T_POW_TO,
	T_BEGIN, T_END_RULE, T_FUNCTION, T_IF, T_ELSE, T_WHILE, T_FOR, T_DO, T_BREAK, T_CONTINUE, T_NEXT, T_NEXTFILE, T_EXIT, T_RETURN,
	T_DELETE, T_IN, T_GETLINE, T_PRINT, T_PRINTF
};

enum awk_operation {
	N_CONSTANT, N_REGEX, N_VARIABLE, N_LOCAL, N_FIELD, N_ELEMENT, N_ASSIGN, N_CONDITION, N_AND, N_OR, N_NOT, N_IN, N_MATCH, N_NOMATCH,
	N_COMPARE, N_CONCAT, N_ARITHMETIC, N_NEGATE, N_PLUS, N_PRE, N_POST, N_CALL, N_BUILTIN, N_GETLINE, N_GROUP,
	N_BLOCK, N_EXPRESSION, N_IF, N_WHILE, N_DO, N_FOR, N_FOR_IN, N_BREAK, N_CONTINUE, N_NEXT, N_NEXTFILE, N_EXIT, N_RETURN, N_DELETE,
	N_PRINT, N_PRINTF
};

struct awk_node {
	enum awk_operation operation;
	int detail;                     /* operator, number of a variable, function or builtin, kind of redirection */
	struct awk_value value;
	regex_t *pattern;
	struct line_filter *filter; /* of the pattern; null: only regexec knows */
	struct awk_node *a, *b, *c, *d; /* operands; a list of arguments begins at b */
	struct awk_node *next;
};

struct awk_rule {
	char kind;                      /* B, E or P */
	struct awk_node *pattern, *last, *action;
	bool in_range;
	struct awk_rule *next;
};

struct awk_function {
	char *name;
	char **parameters;
	int parameter_count;
	struct awk_node *body;
	bool defined;
};

struct awk_program {
	struct awk_rule *rules;
	struct awk_function *functions;
	size_t function_count;
};

extern struct awk_program awk_program;
extern struct awk_cell *awk_globals;

/* lex.c */
extern int awk_token;
extern struct awk_value awk_token_value; /* of numbers and strings */
extern char *awk_token_text;             /* of names and regular expressions */
extern int awk_builtin;
void awk_lex_begin(const char *source);
void awk_advance(void);
void awk_read_regex(void);               /* after / or /= : the rest of a regular expression */
_Noreturn void awk_syntax_error(void);
struct awk_string *awk_unescape(const char *text, size_t length);

/* parse.c */
void awk_parse(void);
int awk_global(const char *name);

/* value.c */
struct awk_string *awk_string(const char *text, size_t length);
struct awk_value awk_number(double number);
struct awk_value awk_text(const char *text, size_t length);
struct awk_value awk_input(const char *text, size_t length);
struct awk_value awk_own(struct awk_string *string);
struct awk_value awk_copy(struct awk_value value);
void awk_release(struct awk_value value);
double awk_to_number(struct awk_value value);
bool awk_is_numeric(const struct awk_value *value); /* a number, or input that looks like one */
struct awk_string *awk_string_room(size_t length); /* for text of that length */
/* A reference of its own; numbers are formatted by CONVFMT, with `output` by OFMT. */
struct awk_string *awk_to_string(struct awk_value value, bool output);
void awk_drop(struct awk_string *string);
bool awk_truth(struct awk_value value);
int awk_compare(struct awk_value a, struct awk_value b);
struct awk_array *awk_array_new(void);
struct awk_value *awk_array_at(struct awk_array *array, struct awk_string *key);
bool awk_array_has(struct awk_array *array, struct awk_string *key);
void awk_array_delete(struct awk_array *array, struct awk_string *key);
void awk_array_clear(struct awk_array *array);
void awk_array_free(struct awk_array *array);
size_t awk_array_size(const struct awk_array *array);
/* Keys in the order of insertion, each with a reference, on the heap. */
struct awk_string **awk_array_keys(const struct awk_array *array, size_t *count);

/* letters.c */
struct text;
size_t awk_count(struct awk_string *text); /* characters; counted once */
struct awk_string *awk_change_case(const struct awk_string *text, bool to_upper);
size_t awk_encode(char *bytes, double number); /* printf's %c of a number; how many bytes */
/* %s and %c: width and precision of `specification` count characters. */
void awk_add_padded(struct text *result, const char *specification, const char *text, size_t length, bool is_character);

/* record.c */
const regex_t *awk_dynamic_pattern(const char *text); /* from a cache */
void awk_set_record(struct awk_string *record); /* takes the reference */
struct awk_value awk_field(long number);        /* a copy */
void awk_set_field(long number, struct awk_value value);
double awk_field_count(void);
void awk_set_field_count(long count);
long awk_split(struct awk_string *text, const struct awk_string *separator, const regex_t *pattern, void (*add)(void *context, long number, const char *start, size_t length), void *context);

/* stream.c */
bool awk_next_record(struct awk_string **record); /* of the main input, over all operands */
void awk_next_file(void);
/* Record of an opened file or command: 1, 0 at the end, -1 if it cannot be opened. */
int awk_read_from(const char *name, bool command, struct awk_string **record);
void awk_assign_operand(const char *operand);
bool awk_is_assignment(const char *operand);
FILE *awk_output(const char *name, int kind);     /* '>' T_APPEND or '|' */
int awk_close(const char *name);
void awk_close_all(void);
int awk_flush(const char *name);

/* run.c */
struct awk_value awk_evaluate(struct awk_node *node);
void awk_set_global(int number, struct awk_value value);
struct awk_array *awk_cell_array(struct awk_cell *cell);
struct awk_array *awk_array_of(struct awk_node *node);
void awk_assign(struct awk_node *target, struct awk_value value);
int awk_run(void);
_Noreturn void awk_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* builtins.c */
extern const char *const awk_builtin_names[];
struct awk_value awk_call_builtin(struct awk_node *node);
struct awk_string *awk_format(struct awk_node *arguments);

#endif
