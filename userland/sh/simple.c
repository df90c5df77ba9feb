/* Simple commands (POSIX XCU 2.9.1): assignments, redirections, functions, builtins, programs. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/files.h"
#include "shell.h"

enum { BUCKETS = 31 };

static struct function *functions[BUCKETS];

static struct function **slot(const char *name)
{
	unsigned hash = 0;
	for (const char *c = name; *c; c++)
		hash = hash * 31 + (unsigned char)*c;
	struct function **place = &functions[hash % BUCKETS];
	while (*place && strcmp((*place)->name, name))
		place = &(*place)->next;
	return place;
}

struct function *find_function(const char *name)
{
	struct function *function = *slot(name);
	return function && function->body ? function : NULL;
}

void define_function(const char *name, struct node *body)
{
	struct function **place = slot(name);
	if (!*place) {
		*place = allocate(sizeof **place);
		**place = (struct function){.name = duplicate(name)};
	}
	arena_hold(current_arena);
	if ((*place)->arena)
		arena_drop((*place)->arena);
	(*place)->arena = current_arena;
	(*place)->body = body;
}

bool unset_function(const char *name)
{
	struct function *function = *slot(name);
	if (!function || !function->body)
		return false;
	arena_drop(function->arena);
	function->arena = NULL;
	function->body = NULL;
	return true;
}

void each_function(name_visitor *visit, const struct request *request, struct words *found)
{
	for (int i = 0; i < BUCKETS; i++)
		for (struct function *function = functions[i]; function; function = function->next)
			if (function->body)
				visit(function->name, request, found);
}

int call_function(struct function *function, int argc, char **argv)
{
	struct shell outer = shell;
	struct arena *outer_arena = current_arena, *arena = function->arena;
	void *volatile locals = local_mark();
	struct handler here = {.outer = handler};
	shell.parameters = NULL;
	shell.parameter_count = 0;
	set_parameters(argv + 1, argc - 1);
	shell.function_depth++;
	shell.loop_depth = 0;
	arena_hold(arena);
	current_arena = arena;
	volatile int status = 0;
	enum exception exception = (enum exception)setjmp(here.jump);
	if (exception == NOTHING_RAISED) {
		handler = &here;
		status = execute(function->body, shell.tested);
		if (skip == SKIP_RETURN) {
			status = shell.status;
			skip = SKIP_NONE;
		}
	}
	handler = here.outer;
	set_parameters(NULL, 0);
	free(shell.parameters);
	shell.parameters = outer.parameters;
	shell.parameter_count = outer.parameter_count;
	shell.function_depth = outer.function_depth;
	shell.loop_depth = outer.loop_depth;
	shell.exec_depth = outer.exec_depth;
	restore_locals(locals);
	arena_drop(arena);
	current_arena = outer_arena;
	if (exception != NOTHING_RAISED)
		raise_exception(exception);
	return status;
}

/* -x: the command as it will run, with its assignments, on `fd`: what standard error was before its own redirections. */
static void trace(const struct text *assigned, const struct words *words, int fd)
{
	const char *prompt = get_variable("PS4");
	option_set['x'] = 0; /* a command in PS4 is not traced: it would be without end */
	char *text = expand_prompt(prompt ? prompt : "+ ");
	option_set['x'] = 1;
	struct text line = {0};
	text_string(&line, text);
	free(text);
	text_add(&line, assigned->data, assigned->length);
	for (int i = 0; i < words->count; i++)
		text_format(&line, "%s%s", i || assigned->length ? " " : "", words->items[i]);
	text_char(&line, '\n');
	fflush(stdout);
	write_all(fd, line.data, line.length);
	text_free(&line);
}

/*
 * Assignments of a command, one after the other; `is_local`: they hold for it only. `name=value ...` in `assigned`: what -x
 * shows, since a name may be there twice.
 */
static void assign_all(const struct node *node, int flags, bool is_local, struct text *assigned)
{
	for (struct assignment *assignment = node->assignments; assignment;
		 assignment = assignment->next) {
		const char *value = expand_single(assignment->value, EXPAND_ASSIGNMENT);
		if (is_local)
			make_local(assignment->name);
		set_variable(assignment->name, value, flags);
		if (option_set['x'])
			text_format(assigned, "%s%s=%s", assigned->length ? " " : "", assignment->name, value);
	}
}

/* How a command is run: what its first word turned out to be. */
struct command {
	const struct builtin *builtin;
	struct function *function;
	bool is_special;   /* a special builtin that was not called by `command` */
	bool default_path; /* command -p */
};

/* `NAME --help` of a builtin that is a command too; to echo and test it is an operand (POSIX). */
static bool prints_help(const struct words *words)
{
	static const char literal[] = " echo test [ true false ";
	if (words->count != 2 || strcmp(words->items[1], "--help"))
		return false;
	const struct applet *applet = find_applet(words->items[0]);
	const char *found = strstr(literal, words->items[0]);
	if (!applet || (found && found[-1] == ' ' && found[strlen(words->items[0])] == ' '))
		return false;
	fputs(applet->usage, stdout);
	return true;
}

static int run_builtin(const struct builtin *builtin, struct words *words)
{
	/* stdout is written by lines, so the reason may come in the middle. */
	errno = 0;
	int status = prints_help(words) ? 0 : builtin->run(words->count, words->items);
	bool failed = ferror(stdout) | fflush(stdout);
	int reason = errno;
	clearerr(stdout);
	if (!failed)
		return status;
	shell_warning("%s: write error: %s", words->items[0], strerror(reason));
	return status ? status : 1;
}

/*
 * A function or a builtin in this process, under the command's redirections and assignments.
 * Errors of redirections and of ordinary builtins are its status; others end the script (2.8.1).
 */
static int run_here(struct node *node, struct words *words, const struct command *command)
{
	bool is_exec = command->builtin && !strcmp(command->builtin->name, "exec");
	struct saved_fd *volatile saved = NULL;
	volatile bool is_error_fatal = command->is_special, redirected = false;
	void *locals = local_mark(), *volatile assigned = locals;
	struct handler here = {.outer = handler};
	volatile int status = 1;
	enum exception exception = (enum exception)setjmp(here.jump);
	if (exception == NOTHING_RAISED) {
		handler = &here;
		redirect(node->redirections, (struct saved_fd **)&saved);
		redirected = true;
		is_error_fatal = true;
		struct text traced = {0};
		assign_all(node, command->is_special && !is_exec ? 0 : VARIABLE_EXPORT, !command->is_special, &traced);
		assigned = local_mark();
		if (option_set['x'])
			trace(&traced, words, saved_copy(saved, STDERR_FILENO));
		text_free(&traced);
		is_error_fatal = command->function || command->is_special;
		status = command->function ? call_function(command->function, words->count, words->items)
		                           : run_builtin(command->builtin, words);
	}
	handler = here.outer;
	is_error_fatal |= !redirected && target_expands;
	fflush(stdout);
	if (is_exec && exception == NOTHING_RAISED)
		forget_saved(saved);
	else
		restore_fds(saved);
	if (!command->is_special && node->assignments && exception != NOTHING_RAISED)
		restore_locals(locals);
	else if (!command->is_special && node->assignments)
		restore_locals_under(assigned, locals); /* not what `local` made */
	if (exception == INTERRUPT_RAISED || (exception == ERROR_RAISED && is_error_fatal))
		raise_exception(exception);
	return exception == ERROR_RAISED ? shell.status : status;
}

/* In the process that becomes the program. */
static noreturn void become_program(struct node *node, struct words *words, bool default_search,
									const char *found)
{
	struct handler here = {.outer = NULL};
	if (setjmp(here.jump))
		_exit(shell.status);
	handler = &here;
	int error_fd = option_set['x'] ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0) : -1;
	redirect(node->redirections, NULL);
	struct text traced = {0};
	assign_all(node, VARIABLE_EXPORT, false, &traced);
	if (option_set['x'])
		trace(&traced, words, error_fd);
	const char *path = default_search ? default_path : get_variable("PATH");
	char **strings = environment();
	if (found)
		try_program(found, words->items, strings);
	execute_program(words->items, strings, path ? path : default_path);
}

/* An assignment to a read-only variable ends the shell, not only the child that runs the program. */
static void check_assignments(const struct node *node)
{
	for (struct assignment *assignment = node->assignments; assignment;
		 assignment = assignment->next) {
		const struct variable *variable = find_variable(assignment->name);
		if (variable && variable->flags & VARIABLE_READONLY)
			shell_error(2, "%s: is read only", assignment->name);
	}
}

static int run_program(struct node *node, struct words *words, bool default_search, int flags)
{
	check_assignments(node);
	if (flags & EXECUTE_LAST && !has_traps() && !job_control) {
		fflush(stdout);
		reset_traps();
		become_program(node, words, default_search, NULL);
	}
	bool searches = !default_search && !strchr(words->items[0], '/') && *words->items[0];
	for (struct assignment *assignment = node->assignments; assignment;
		 assignment = assignment->next)
		searches = searches && strcmp(assignment->name, "PATH");
	const char *found = searches ? remembered_program(words->items[0]) : NULL;
	struct job *job = new_job(node->text);
	if (fork_process(job, true) == 0)
		become_program(node, words, default_search, found);
	return wait_for_job(job);
}

/* No command name: assignments stay, redirections are only tried. */
static int run_assignments(struct node *node, struct words *words)
{
	struct saved_fd *volatile saved = NULL;
	struct handler here = {.outer = handler};
	enum exception exception = NOTHING_RAISED;
	if (node->redirections) {
		exception = (enum exception)setjmp(here.jump);
		if (exception == NOTHING_RAISED) {
			handler = &here;
			redirect(node->redirections, (struct saved_fd **)&saved);
		}
		handler = here.outer;
		restore_fds(saved);
	}
	if (exception == ERROR_RAISED && !target_expands)
		return shell.status;
	if (exception != NOTHING_RAISED)
		raise_exception(exception);
	struct text traced = {0};
	assign_all(node, 0, false, &traced);
	if (option_set['x'] && node->assignments)
		trace(&traced, words, STDERR_FILENO);
	text_free(&traced);
	return shell.substitution_status;
}

/* Removes "command" and its option -p from the front. True if they were there (not -v, -V). */
static bool strip_command(struct words *words, bool *default_search)
{
	int first = 1;
	if (strcmp(words->items[0], "command") || find_function("command"))
		return false;
	while (first < words->count && !strcmp(words->items[first], "-p")) {
		*default_search = true;
		first++;
	}
	if (first < words->count && !strcmp(words->items[first], "--"))
		first++;
	else if (first >= words->count || words->items[first][0] == '-')
		return false;
	if (first >= words->count)
		return false;
	words->items += first;
	words->count -= first;
	words->capacity -= first;
	return true;
}

static int run_words(struct node *node, struct words *words, int flags)
{
	struct command command = {0};
	bool is_plain = true;
	while (strip_command(words, &command.default_path))
		is_plain = false;
	command.builtin = find_builtin(words->items[0]);
	command.is_special = is_plain && command.builtin && command.builtin->is_special;
	if (is_plain && !command.is_special)
		command.function = find_function(words->items[0]);
	if (command.function)
		command.builtin = NULL;
	if (!command.function && !command.builtin)
		return run_program(node, words, command.default_path, flags);
	int outer = shell.tested;
	shell.tested |= flags & EXECUTE_TESTED;
	int status = run_here(node, words, &command);
	shell.tested = outer;
	return status;
}

int execute_simple(struct node *node, int flags)
{
	struct words words = {0};
	shell.substitution_status = 0;
	expand_words(node->words, &words);
	int status = words.count ? run_words(node, &words, flags) : run_assignments(node, &words);
	if (skip != SKIP_RETURN)
		shell.status = status;
	check_errexit(status, flags | shell.tested);
	return status;
}
