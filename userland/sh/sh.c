/*
 * sh: the POSIX shell
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/sh.html
 *
 * Usage: sh [-abCefhilmnuvx] [-o OPTION] [FILE [ARGUMENT]...]
 *   or:  sh -c [OPTIONS] COMMANDS [NAME [ARGUMENT]...]
 *   or:  sh -s [OPTIONS] [ARGUMENT]...
 * Runs commands from FILE, from the string COMMANDS, or from standard input (at a terminal with
 * line editing, history and completion).
 *   -e exit on error   -u unset variables are errors   -x trace   -v print input   -n only parse
 *   -f no globbing     -C do not overwrite by >        -a export all   -m job control
 *   -i interactive     -l login: read /etc/profile and ~/.profile      -o pipefail
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shell.h"

struct shell shell = {.name = "sh", .program = "sh"};

void set_parameters(char **words, int count)
{
	char **copies = allocate((size_t)(count + 1) * sizeof *copies);
	for (int i = 0; i < count; i++)
		copies[i] = duplicate(words[i]);
	copies[count] = NULL;
	for (int i = 0; i < shell.parameter_count; i++)
		free(shell.parameters[i]);
	free(shell.parameters);
	shell.parameters = copies;
	shell.parameter_count = count;
}

noreturn void shell_exit(int status)
{
	/* An exit inside the trap comes here again, with its own status and no trap left. */
	struct handler here = {.outer = NULL};
	shell.status = status;
	if (!setjmp(here.jump)) {
		handler = &here;
		run_exit_trap();
	} else {
		status = shell.status;
	}
	if (fflush(stdout) && !status)
		status = 1;
	leave_terminal();
	_exit(status);
}

/* Runs one complete command; `last`: nothing follows, so a program may replace the shell. */
static int run_command(struct arena *arena, struct node *node, bool last)
{
	struct arena *outer = current_arena;
	current_arena = arena;
	int status = execute(node, shell.tested | (last ? EXECUTE_LAST : 0));
	current_arena = outer;
	return status;
}

static int run_commands(bool is_whole_program)
{
	int status = 0;
	struct arena *arena = NULL;
	struct node *node;
	while (!skip) {
		input_continues = false;
		if (!parse_command(&arena, &node)) {
			arena_drop(arena);
			break;
		}
		if (resumed) {
			resumed = 0;
			import_resumed();
		}
		if (node)
			status = run_command(arena, node, is_whole_program && input_is_at_end());
		arena_drop(arena);
		check_interrupt();
	}
	return status;
}

int run_string(const char *text)
{
	void *state = input_state();
	struct lexer outer_lexer = lexer;
	struct text outer_source = input_source;
	struct arena *outer_arena = current_arena;
	int line = shell.line;
	struct handler here = {.outer = handler};
	volatile int status = 0;
	input_source = (struct text){0};
	enum exception exception = (enum exception)setjmp(here.jump);
	if (exception == NOTHING_RAISED) {
		handler = &here;
		push_string_input(text, strlen(text), true);
		set_input_line(line);
		status = run_commands(false);
	}
	handler = here.outer;
	restore_input(state);
	text_free(&input_source);
	input_source = outer_source;
	lexer = outer_lexer;
	current_arena = outer_arena;
	shell.line = line;
	if (exception != NOTHING_RAISED)
		raise_exception(exception);
	return status;
}

int run_file(int fd)
{
	void *state = input_state();
	struct lexer outer_lexer = lexer;
	struct text outer_source = input_source;
	struct arena *outer_arena = current_arena;
	struct handler here = {.outer = handler};
	volatile int status = 0;
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 10);
	if (high >= 0)
		close(fd);
	input_source = (struct text){0};
	enum exception exception = (enum exception)setjmp(here.jump);
	if (exception == NOTHING_RAISED) {
		handler = &here;
		push_file_input(high >= 0 ? high : fd, false);
		status = run_commands(false);
	}
	handler = here.outer;
	restore_input(state);
	text_free(&input_source);
	input_source = outer_source;
	lexer = outer_lexer;
	current_arena = outer_arena;
	if (exception != NOTHING_RAISED)
		raise_exception(exception);
	return status;
}

/* Back to the state in which the next line can be read, after an error at the terminal. */
static void recover(struct arena_mark start)
{
	int status = shell.status;
	arena_release(&scratch, start);
	restore_locals(NULL);
	skip = SKIP_NONE;
	shell.function_depth = shell.dot_depth = shell.loop_depth = shell.exec_depth = shell.tested = 0;
	shell.status = status;
	current_arena = NULL;
	input_reset();
	fflush(stdout);
}

/* Reads and runs everything; an error ends a script, and only the line at a terminal. */
static void run_everything(bool is_string)
{
	struct handler here = {.outer = NULL};
	volatile unsigned ends = 0; /* of input, ignored by -o ignoreeof or stopped jobs */
	const struct arena_mark start = arena_mark(&scratch);
	for (;;) {
		enum exception exception = (enum exception)setjmp(here.jump);
		handler = &here;
		if (exception != NOTHING_RAISED) {
			if (!shell.interactive || is_string || shell.is_subshell)
				shell_exit(shell.status);
			recover(start);
		}
		int status = run_commands(is_string);
		if (skip == SKIP_RETURN)
			status = shell.status;
		(void)status;
		if (!shell.interactive || is_string)
			return;
		if ((option_set['I'] || has_stopped_jobs()) && ends++ < 1) {
			shell_warning(option_set['I'] ? "use \"exit\" to leave" : "there are stopped jobs");
			continue;
		}
		return;
	}
}

static void run_profile(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct handler here = {.outer = handler};
	if (fd < 0)
		return;
	if (!setjmp(here.jump)) {
		handler = &here;
		run_file(fd);
	}
	skip = SKIP_NONE;
	handler = here.outer;
}

static void start_interactive(void)
{
	shell.interactive = true;
	option_set['i'] = option_set['H'] = 1;
	set_signal_handlers();
	if (shell.monitor >= 0)
		set_job_control(true);
	history_load();
}

static void run_start_files(bool login)
{
	if (login) {
		run_profile("/etc/profile");
		const char *home = get_variable("HOME");
		char *path = format_text("%s/.profile", home ? home : "");
		run_profile(path);
		free(path);
	}
	const char *file = shell.interactive ? get_variable("ENV") : NULL;
	if (file && *file) {
		char *path = expand_prompt(file);
		run_profile(path);
		free(path);
	}
}

static int open_script(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		const char *reason = strerror(errno);
		bool missing = errno == ENOENT;
		shell_warning("cannot open %s: %s", name, reason);
		_exit(missing ? 127 : 126);
	}
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 10);
	if (high < 0)
		return fd;
	close(fd);
	return high;
}

int main(int argc, char **argv)
{
	const char *command = NULL;
	bool login = argv[0][0] == '-';
	struct handler here = {.outer = NULL};
	shell.name = argv[0];
	shell.pid = getpid();
	if (setjmp(here.jump))
		_exit(shell.status);
	handler = &here;
	import_environment();
	int first = parse_shell_options(argv + 1, argc - 1, true, &command) + 1;
	shell.has_started = true;
	login |= option_set['l'];
	bool reads_stdin = !command && (option_set['s'] || first >= argc);
	if (!command && !reads_stdin)
		shell.name = shell.program = argv[first++];
	else if (command && first < argc)
		shell.name = argv[first++];
	set_parameters(argv + first, argc - first);
	if (option_set['i'] || (reads_stdin && first >= argc && isatty(0) && isatty(2)))
		start_interactive();
	else if (shell.monitor > 0)
		set_job_control(true);
	run_start_files(login);
	if (command)
		push_string_input(command, strlen(command), true);
	else
		push_file_input(reads_stdin ? 0 : open_script(shell.name), reads_stdin);
	run_everything(command != NULL);
	shell_exit(shell.status);
}
