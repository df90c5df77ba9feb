/* The parts of m4: where characters come from, what names mean, where text goes. */
#ifndef M4_H
#define M4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "tools.h"

/* An argument of a macro: text, or a built-in macro that defn() named. */
struct m4_argument {
	struct text text;
	const struct m4_builtin *builtin;
};

struct m4_call {
	const char *name;
	size_t count; /* of the arguments behind the name */
	struct m4_argument *arguments;
};

struct m4_builtin {
	const char *name;
	void (*act)(const struct m4_call *call);
	bool needs_arguments; /* without ( it is a word like others */
};

/* What a name means now; kept while it is called, whoever undefines it. */
struct m4_definition {
	size_t references;
	char *text; /* null: a built-in */
	const struct m4_builtin *builtin;
	struct m4_definition *hidden; /* by pushdef */
	bool is_traced;
};

/* input.c: a stack of files and of text to be read again. */
enum m4_token { M4_END, M4_WORD, M4_QUOTED, M4_COMMENT, M4_CHARACTER, M4_BUILTIN };
extern const char *m4_quote_open, *m4_quote_close, *m4_comment_open, *m4_comment_close;
void m4_push_text(const char *text, size_t length);
void m4_push_string(const char *text);
void m4_push_builtin(const struct m4_builtin *builtin);
/* False with errno: the file cannot be read. "-" is standard input. */
bool m4_push_file(const char *name);
void m4_search_in(const char *folder);
FILE *m4_open(const char *name);
/* Reads the next token into `text`; M4_BUILTIN gives *builtin. */
enum m4_token m4_next(struct text *text, const struct m4_builtin **builtin);
int m4_peek(void);
int m4_get(void);
void m4_discard_line(void);
const char *m4_file(void);
long m4_line(void);
long m4_next_line(void); /* of the next character */

/* symbols.c */
extern const struct m4_builtin m4_builtins[];
void m4_define_builtins(const char *prefix);
const struct m4_builtin *m4_builtin_named(const char *name);
/* The meaning of the name, or null. */
struct m4_definition *m4_find(const char *name);
/* Gives the name a meaning, in the place of the present one or (`push`) above it. */
void m4_define(const char *name, const struct m4_argument *meaning, bool push);
void m4_undefine(const char *name, bool all);
void m4_release(struct m4_definition *definition);
/* All names, sorted, on the heap. */
const char **m4_names(size_t *count);
extern bool m4_traces_all;

/* expand.c */
enum { M4_MOST_LEVELS = 1024 };
extern int m4_status;
extern long m4_most_levels;
/* Reads all input; what is no macro is put out. */
void m4_expand_input(void);
void m4_apply(struct m4_definition *definition, const struct m4_call *call);
/* The text of an argument from 1 on, "" for one that is not there. */
const char *m4_text(const struct m4_call *call, size_t number);
/* A message with file and line; m4_fail: m4 will end with 1. */
void m4_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void m4_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
noreturn void m4_end(int status);

/* output.c: diversions. */
extern bool m4_writes_lines;
void m4_put(const char *text, size_t length, long line);
void m4_divert(long number);
long m4_diversion(void);
void m4_undivert(long number);
void m4_undivert_all(void);
void m4_flush(void);

/* Built-in macros that the table names: text.c, system.c, eval.c. */
void m4_do_len(const struct m4_call *call);
void m4_do_index(const struct m4_call *call);
void m4_do_substr(const struct m4_call *call);
void m4_do_translit(const struct m4_call *call);
void m4_do_format(const struct m4_call *call);
void m4_do_regexp(const struct m4_call *call);
void m4_do_patsubst(const struct m4_call *call);
void m4_do_eval(const struct m4_call *call);
void m4_do_incr(const struct m4_call *call);
void m4_do_decr(const struct m4_call *call);
void m4_do_include(const struct m4_call *call);
void m4_do_sinclude(const struct m4_call *call);
void m4_do_syscmd(const struct m4_call *call);
void m4_do_esyscmd(const struct m4_call *call);
void m4_do_sysval(const struct m4_call *call);
void m4_do_maketemp(const struct m4_call *call);
void m4_do_divert(const struct m4_call *call);
void m4_do_undivert(const struct m4_call *call);
void m4_do_divnum(const struct m4_call *call);
void m4_do_m4exit(const struct m4_call *call);
void m4_do_m4wrap(const struct m4_call *call);
void m4_do_errprint(const struct m4_call *call);
bool m4_push_wrapped(void);
/* A whole decimal number, 0 for none and with a warning for what is none. */
long m4_number(const char *macro, const char *text);
/* eval.c: the value; false after a message. */
bool m4_evaluate(const char *text, int *value);

#endif
