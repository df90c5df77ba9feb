/* State and functions shared by the parts of sh; each group is defined in the file that it names.
 */
#ifndef SH_SHELL_H
#define SH_SHELL_H

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/types.h>

#include "syntax.h"
#include "tools.h"

struct alias;
struct job;

/* arena.c: memory that is freed in one go. */
struct arena {
	struct arena_block *block;
	int references;
};
struct arena_mark {
	struct arena_block *block;
	size_t used;
};
extern struct arena scratch; /* what one command needs; released when it has run */
void *arena_allocate(struct arena *arena, size_t size); /* zeroed */
char *arena_string(struct arena *arena, const char *start, size_t length);
struct arena_mark arena_mark(struct arena *arena);
void arena_release(struct arena *arena, struct arena_mark mark);
struct arena *arena_new(void);
void arena_hold(struct arena *arena);
void arena_drop(struct arena *arena);

/* error.c: what leaves the normal flow. */
enum exception { NOTHING_RAISED, ERROR_RAISED, INTERRUPT_RAISED };
struct handler {
	jmp_buf jump;
	struct handler *outer;
};
extern struct handler *handler;
noreturn void raise_exception(enum exception exception);
/* "sh: message" (with the line in scripts), status; then ends the command, or the script. */
noreturn void shell_error(int status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void shell_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* sh.c: what the shell is. */
struct shell {
	const char *name;   /* $0 */
	const char *program; /* what messages begin with */
	char **parameters;  /* $1 on; heap, null-terminated */
	int parameter_count;
	int status;         /* $? */
	pid_t pid;          /* $$: of the first shell, also in subshells */
	pid_t last_background;
	bool interactive;
	bool is_subshell;
	bool has_started; /* options are the text's, no longer the invocation's */
	int monitor;      /* job control at invocation: 1 asked for, -1 refused */
	int line; /* of the command that runs, for messages and LINENO */
	int function_depth, dot_depth, loop_depth;
	int exec_depth; /* nesting of execute(), against endless recursion */
	bool in_trap;    /* a trap's action runs */
	int trap_status; /* $? before it: of exit and return in it */
	int tested;     /* EXECUTE_TESTED while a tested command runs others: functions, eval */
	int substitution_status; /* of the last command substitution of this command */
};
extern struct shell shell;
void set_parameters(char **words, int count); /* copies */
noreturn void shell_exit(int status); /* runs the EXIT trap */
/* Runs commands from the current input until it ends; returns the last status. */
int run_input(void);
int run_string(const char *text); /* as eval does */
int run_file(int fd); /* closes fd */

/* options.c */
enum { OPTION_COUNT = 20 };
extern char
	option_set[256]; /* by letter, 1 if on; pipefail is 'P', ignoreeof 'I', emacs 'E', vi 'V' */
int parse_shell_options(char **words, int count, bool invocation, const char **command_name);
void current_options(char letters[OPTION_COUNT + 1]);
int builtin_set(int argc, char **argv);

/* input.c: where the commands come from. */
enum { INPUT_END = -1 };
void push_string_input(const char *text, size_t length, bool isolated);
void push_alias_input(const char *text, struct alias *alias);
/* At the beginning of a token: aliases that ended before it may be used again. Returns whether a
 * blank was the end of one. */
bool forget_ended_aliases(void);
void push_file_input(int fd, bool is_stdin);
void pop_input(void);
void *input_state(void);
void restore_input(void *state);
int next_char(void);
void unread_char(void);
int input_line(void);
void set_input_line(int line);
bool input_is_at_end(void); /* only blanks follow in the string that is run */
void input_reset(void); /* discards the rest of the line, after an error at the terminal */
extern bool input_continues; /* the next prompt is PS2 */
extern struct text input_source; /* what has been read of the current complete command */
int input_fd(void); /* of the script, to be closed in children; or -1 */

/* lexer.c and words.c */
enum token_kind {
	TOKEN_END, TOKEN_NEWLINE, TOKEN_WORD, TOKEN_IO_NUMBER,
	TOKEN_SEMICOLON, TOKEN_AND, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_PIPE,
	TOKEN_AND_IF, TOKEN_OR_IF, TOKEN_DOUBLE_SEMICOLON, TOKEN_FALL_THROUGH,
	TOKEN_LESS, TOKEN_GREAT, TOKEN_APPEND, TOKEN_BOTH, TOKEN_CLOBBER,
	TOKEN_LESS_AND, TOKEN_GREAT_AND, TOKEN_DOCUMENT, TOKEN_DOCUMENT_TABS,
};
struct token {
	enum token_kind kind;
	struct word *word;
	int number;   /* of IO_NUMBER */
	int line;
	size_t start; /* in input_source */
	bool follows_alias; /* behind an alias whose value ends in a blank: may be one in any place */
};
/* Which reserved words the grammar takes where the next token stands; others may be aliases. */
enum position { POSITION_COMMAND, POSITION_WORD, POSITION_IN, POSITION_DO, POSITION_PATTERN };
struct lexer {
	struct arena *arena;
	struct token token; /* the look-ahead, if has_token */
	bool has_token;
	enum position position; /* of the next token; POSITION_COMMAND again once one was taken */
	struct document *documents; /* here-documents whose text begins at the next newline */
	bool in_document; /* their text is being read */
	size_t previous_end; /* in input_source: where the last token that was taken ended */
};
extern struct lexer lexer;
struct token *peek_token(void);
struct token take_token(void);
struct token *peek_token_at(enum position position); /* before anything else looks at the token */
bool expand_alias(bool anywhere); /* if the next token is one; false if not */
void add_document(struct redirection *redirection, struct word *delimiter, bool strips_tabs);
enum word_context { CONTEXT_WORD, CONTEXT_QUOTES, CONTEXT_BRACE, CONTEXT_QUOTED_BRACE,
	            CONTEXT_DOCUMENT, CONTEXT_ARITHMETIC };
struct part *read_parts(enum word_context context);
int next_joined_char(void); /* skips backslash-newline */
struct word *new_word(struct part *parts);
noreturn void syntax_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* parser.c */
/* Next complete command in a new arena. False at the end of the input; *node may be null. */
bool parse_command(struct arena **arena, struct node **node);
struct node *parse_substitution(void); /* behind "$(": to the ")" */
struct node *parse_text(const char *text, size_t length); /* of backquotes */
struct redirection *parse_redirection(void); /* null if there is none */
bool is_reserved_word(const char *text);

/* variables.c */
enum { VARIABLE_EXPORT = 1, VARIABLE_READONLY = 2 };
struct variable {
	struct variable *next;
	char *name, *value; /* value is null while it is unset */
	int flags;
};
/* NAME=VALUE, each with a NUL behind it: of the session as it is now. */
#define RESUMED_ENVIRONMENT "/run/environment"
void import_environment(void);
void import_resumed(void);
const char *get_variable(const char *name);
struct variable *find_variable(const char *name);
void set_variable(const char *name, const char *value, int flags); /* error if read-only */
void unset_variable(const char *name);
void make_local(const char *name);
void *local_mark(void);
void restore_locals(void *mark);
/* Those down to `mark` from `top` on; what came on top of them stays. */
void restore_locals_under(void *top, void *mark);
char **environment(void); /* in scratch */
void for_each_variable(void (*visit)(struct variable *variable, void *data), void *data);
bool is_name(const char *text);
size_t name_length(const char *text);
int compare_variables(const void *left, const void *right);
void print_quoted(const char *value); /* 'as dash does' */

/* expand.c, parameters.c */
enum { EXPAND_SPLIT = 1, EXPAND_GLOB = 2, EXPAND_PATTERN = 4, EXPAND_ASSIGNMENT = 8 };
struct words {
	char **items; /* in scratch, null-terminated */
	int count, capacity;
};
void add_word(struct words *words, char *item);
void expand_words(const struct word *word, struct words *result); /* fields, globbed */
char *expand_single(const struct word *word, int flags); /* one string, in scratch */
char *expand_arithmetic(const struct word *word);
const char *parameter_value(const char *name, char buffer[32]); /* null if unset; not @ and * */
char *command_output(struct node *command, size_t *length); /* in scratch */
/* The buffer of an expansion: bytes and, for each, what may still be done with it. */
struct expansion {
	struct text bytes, marks;
	int flags;
};
enum { MARK_QUOTED = 1, MARK_SPLIT = 2, MARK_BREAK = 4, MARK_EMPTY = 8 };
void expansion_add(struct expansion *expansion, const char *bytes, size_t length, int mark);
void expand_parts(const struct part *part, struct expansion *expansion);
void expand_parameter(const struct part *part, struct expansion *expansion);
void expansion_free(struct expansion *expansion);

/* glob.c */
bool pattern_matches(const char *pattern, const char *string);
bool has_glob(const char *pattern);
void glob_words(const char *pattern, struct words *result); /* nothing if nothing matches */
char *remove_affix(const char *value, const char *pattern, int operator);

/* arithmetic.c */
long long evaluate_arithmetic(const char *expression);

/* execute.c */
enum { EXECUTE_LAST = 1, EXECUTE_TESTED = 2 }; /* may replace the shell; status is tested: no -e */
int execute(struct node *node, int flags);
int execute_simple(struct node *node, int flags); /* simple.c */
enum skip { SKIP_NONE, SKIP_BREAK, SKIP_CONTINUE, SKIP_RETURN };
extern enum skip skip;
extern int skip_count;
void check_errexit(int status, int flags);
/* In a forked process: runs it under the redirections, then exits. */
noreturn void run_in_child(struct node *node, struct redirection *redirections, int flags);
struct function {
	struct function *next;
	char *name;
	struct node *body;
	struct arena *arena;
};
extern struct arena *current_arena; /* of the tree that runs */
struct function *find_function(const char *name);
void define_function(const char *name, struct node *body);
bool unset_function(const char *name);
int call_function(struct function *function, int argc, char **argv);

/* command.c: finding and starting programs. */
extern const char default_path[];
bool is_program(const char *path);
char *find_program(const char *name, const char *path); /* in scratch, or null */
const char *remembered_program(const char *name); /* hash.c: by PATH, or null */
void forget_programs(void);                       /* PATH was assigned */
void try_program(const char *path, char **argv, char **environment); /* returns if it cannot */
noreturn void execute_program(char **argv, char **environment, const char *path);
void explain_missing(const char *name); /* missing.c: "command not found" */

/* redirect.c */
struct saved_fd {
	struct saved_fd *next;
	int fd, copy; /* copy < 0: fd was closed */
};
/* Performs them; with `saved` non-null remembers what they replace. Error: raises. */
void redirect(struct redirection *redirection, struct saved_fd **saved);
/* The last redirect() did not come to the end of expanding a word: such an error ends the script (XCU 2.8.1). */
extern bool target_expands;
void restore_fds(struct saved_fd *saved);
int saved_copy(const struct saved_fd *saved, int fd); /* what fd was before; fd itself if not redirected */
void forget_saved(struct saved_fd *saved); /* exec: the redirections stay */

/* jobs.c */
extern bool job_control;
struct job *new_job(const char *text);
/* Forks a process of the job; in the child returns 0 with signals reset. */
pid_t fork_process(struct job *job, bool foreground);
noreturn void fail_job(struct job *job, const char *what); /* "cannot WHAT", with errno; none of it runs */
void add_process(struct job *job, pid_t pid);
int wait_for_job(struct job *job);
void job_in_background(struct job *job);
void set_job_control(bool on);
void leave_terminal(void); /* at the end: it belongs to the group again that it belonged to */
void report_jobs(void);  /* what changed, before a prompt */
void reap_children(void);
void forget_jobs(void); /* in a subshell */
bool has_stopped_jobs(void);
int builtin_jobs(int argc, char **argv);
int builtin_fg(int argc, char **argv);
int builtin_bg(int argc, char **argv);
int builtin_wait(int argc, char **argv);
int builtin_kill(int argc, char **argv);
int job_count(void);

/* trap.c */
extern volatile sig_atomic_t pending_traps, interrupted;
extern volatile sig_atomic_t resumed; /* the system goes on from a snapshot: import_resumed() is due */
void run_traps(void);
void run_exit_trap(void);
void reset_traps(void); /* in a subshell or a program: only ignored signals stay as they are */
void set_signal_handlers(void);
bool has_traps(void);
void check_interrupt(void);
int builtin_trap(int argc, char **argv);
bool is_number(const char *word); /* of decimal digits */
int pending_trap(void); /* a trapped signal whose action has not run yet, or 0 */
void block_traps(bool block, void *mask); /* sigset_t: so that none is lost before sigsuspend */

/* builtins.c: the table */
struct builtin {
	const char *name;
	int (*run)(int argc, char **argv);
	bool is_special;
};
const struct builtin *find_builtin(const char *name);
extern const struct builtin builtins[];
extern const int builtin_count;

void reset_getopts(int index); /* OPTIND was assigned */

/* alias.c */
struct alias {
	struct alias *next;
	char *name, *value;
	bool in_use;          /* not to be expanded again */
	struct alias *behind; /* whose use ends with this one's */
};
struct alias *find_alias(const char *name);
int builtin_alias(int argc, char **argv);
int builtin_unalias(int argc, char **argv);

/* For completion: visits every name. */
struct request;
typedef void name_visitor(const char *name, const struct request *request, struct words *found);
void each_alias(name_visitor *visit, const struct request *request, struct words *found);
void each_function(name_visitor *visit, const struct request *request,
				   struct words *found); /* simple.c */

/* prompt.c, line-editor.c, history.c, complete.c */
char *expand_prompt(const char *prompt); /* heap */
/* A line with its newline (heap), or null at ^D; *interrupted at ^C. */
char *edit_line(const char *prompt, bool *interrupted);
void history_add(const char *line);
void history_replace_last(const char *line); /* what fc ran, in place of fc itself */
void history_load(void);
/* history-expansion.c: what ! and ^ make of a typed line; a message has been printed if it FAILED. */
enum history_outcome { HISTORY_SAME, HISTORY_CHANGED, HISTORY_PRINTED, HISTORY_FAILED };
enum history_outcome expand_history(const char *line, struct text *result);
int history_count(void);
const char *history_line(int index);
int builtin_history(int argc, char **argv);

#endif
