/* The table of builtins, and the small ones (POSIX XCU 2.15 and chapter 3). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/times.h>
#include <unistd.h>

#include "builtins.h"

static int do_nothing(int argc, char **argv)
{
	(void)argc, (void)argv;
	return 0;
}

static int fail(int argc, char **argv)
{
	(void)argc, (void)argv;
	return 1;
}

static int echo(int argc, char **argv)
{
	return echo_command(argc, argv, true);
}

/* The operand of exit, return, break, continue and shift; `fallback` without one. */
static int operand(int argc, char **argv, int fallback, int least)
{
	int first = argc > 1 && !strcmp(argv[1], "--") ? 2 : 1;
	if (first >= argc)
		return fallback;
	char *end;
	long number = strtol(argv[first], &end, 10);
	if (!*argv[first] || *end || number < least)
		shell_error(2, "%s: illegal number: %s", argv[0], argv[first]);
	return (int)number;
}

/* $? of exit and return without an operand. */
static int last_status(void)
{
	return shell.in_trap ? shell.trap_status : shell.status;
}

static int builtin_exit(int argc, char **argv)
{
	static bool warned;
	if (shell.interactive && !shell.is_subshell && has_stopped_jobs() && !warned) {
		warned = true;
		shell_warning("there are stopped jobs");
		return 1;
	}
	shell_exit(operand(argc, argv, last_status(), 0) & 0xff);
}

static int builtin_return(int argc, char **argv)
{
	shell.status = operand(argc, argv, last_status(), 0) & 0xff;
	if (!shell.function_depth && !shell.dot_depth)
		shell_exit(shell.status);
	skip = SKIP_RETURN;
	return shell.status;
}

static int leave_loop(int argc, char **argv, enum skip how)
{
	int count = operand(argc, argv, 1, 1);
	if (shell.loop_depth) {
		skip = how;
		skip_count = count < shell.loop_depth ? count : shell.loop_depth;
	}
	return 0;
}

static int builtin_break(int argc, char **argv)
{
	return leave_loop(argc, argv, SKIP_BREAK);
}

static int builtin_continue(int argc, char **argv)
{
	return leave_loop(argc, argv, SKIP_CONTINUE);
}

static int builtin_shift(int argc, char **argv)
{
	int count = operand(argc, argv, 1, 0);
	if (count > shell.parameter_count)
		shell_error(2, "shift: can't shift that many");
	for (int i = 0; i < count; i++)
		free(shell.parameters[i]);
	shell.parameter_count -= count;
	if (count)
		memmove(shell.parameters, shell.parameters + count,
		        (size_t)(shell.parameter_count + 1) * sizeof(char *));
	return 0;
}

static int builtin_eval(int argc, char **argv)
{
	struct text text = {0};
	int first = argc > 1 && !strcmp(argv[1], "--") ? 2 : 1;
	text_clear(&text);
	for (int i = first; i < argc; i++) {
		if (i > first)
			text_char(&text, ' ');
		text_string(&text, argv[i]);
	}
	char *copy = arena_string(&scratch, text.data, text.length);
	text_free(&text);
	return run_string(copy);
}

/* The file that `.` reads: as named, in PATH, or (as bash and others do) in the working directory.
 */
/* A folder is none. */
static int open_script(const char *name)
{
	struct stat status;
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISDIR(status.st_mode))
		return fd;
	close(fd);
	errno = EISDIR;
	return -1;
}

static int open_dot(const char *name)
{
	const char *path = get_variable("PATH");
	if (strchr(name, '/') || !path)
		return open_script(name);
	for (const char *next = path; next;) {
		size_t length = strcspn(next, ":");
		struct text text = {0};
		text_format(&text, "%.*s%s%s", (int)length, next, length ? "/" : "", name);
		int fd = open_script(text.data);
		text_free(&text);
		if (fd >= 0)
			return fd;
		next = next[length] ? next + length + 1 : NULL;
	}
	errno = ENOENT;
	return -1;
}

static int builtin_dot(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--")) {
		argv++;
		argc--;
	}
	if (argc < 2)
		shell_error(2, ".: a file name is needed");
	int fd = open_dot(argv[1]);
	if (fd < 0)
		shell_error(2, ".: cannot open %s: %s", argv[1], strerror(errno));
	char **outer = shell.parameters;
	int outer_count = shell.parameter_count;
	if (argc > 2) {
		shell.parameters = NULL;
		shell.parameter_count = 0;
		set_parameters(argv + 2, argc - 2);
	}
	shell.dot_depth++;
	int status = run_file(fd);
	shell.dot_depth--;
	if (skip == SKIP_RETURN) {
		skip = SKIP_NONE;
		status = shell.status;
	}
	if (argc > 2) {
		set_parameters(NULL, 0);
		free(shell.parameters);
		shell.parameters = outer;
		shell.parameter_count = outer_count;
	}
	return status;
}

static int builtin_exec(int argc, char **argv)
{
	int first = argc > 1 && !strcmp(argv[1], "--") ? 2 : 1;
	if (first >= argc)
		return 0;
	const char *path = get_variable("PATH");
	/* A slip of the finger must not end the session: bash and yash stay too. */
	if (shell.interactive && !strchr(argv[first], '/') && !find_program(argv[first], path ? path : default_path)) {
		explain_missing(argv[first]);
		return 127;
	}
	fflush(stdout);
	leave_terminal();
	reset_traps();
	execute_program(argv + first, environment(), path ? path : default_path);
}

static int builtin_times(int argc, char **argv)
{
	struct tms times_used;
	double ticks = (double)sysconf(_SC_CLK_TCK);
	(void)argc, (void)argv;
	times(&times_used);
	const clock_t used[] = {times_used.tms_utime, times_used.tms_stime, times_used.tms_cutime,
	                        times_used.tms_cstime};
	for (int i = 0; i < 4; i++) {
		double seconds = (double)used[i] / ticks;
		int minutes = (int)(seconds / 60);
		printf("%dm%fs%c", minutes, seconds - minutes * 60, i & 1 ? '\n' : ' ');
	}
	return 0;
}

static void print_symbolic(mode_t mask)
{
	for (int shift = 6; shift >= 0; shift -= 3) {
		unsigned allowed = ~mask >> shift & 7;
		printf("%c=%s%s%s%s", shift == 6 ? 'u' : shift == 3 ? 'g' : 'o', allowed & 4 ? "r" : "",
		       allowed & 2 ? "w" : "", allowed & 1 ? "x" : "", shift ? "," : "\n");
	}
}

static int builtin_umask(int argc, char **argv)
{
	bool symbolic = argc > 1 && !strcmp(argv[1], "-S");
	int first = symbolic ? 2 : 1;
	mode_t mask = umask(0);
	umask(mask);
	if (first >= argc) {
		if (symbolic)
			print_symbolic(mask);
		else
			printf("%04o\n", mask);
		return 0;
	}
	bool ended = !strcmp(argv[first], "--") && first + 1 < argc;
	const char *word = argv[first + ended];
	if (*word >= '0' && *word <= '7' && !word[strspn(word, "01234567")]) {
		umask((mode_t)strtol(word, NULL, 8) & 0777);
		return 0;
	}
	if (!mode_valid(word) || strpbrk(word, "st") || (*word == '-' && !ended)) {
		shell_warning("umask: illegal mode: %s", word);
		return 2;
	}
	umask(~mode_apply(word, ~mask & 0777, 0, 0) & 0777);
	return 0;
}

static int builtin_command(int argc, char **argv)
{
	if (argc > 1 && argv[1][0] == '-')
		return describe_commands(argc, argv);
	return 0; /* `command` alone; what it runs is handled before the builtins are */
}

const struct builtin builtins[] = {
	{".", builtin_dot, true},           {":", do_nothing, true},
	{"[", test_command, false},         {"alias", builtin_alias, false},
	{"bg", builtin_bg, false},          {"break", builtin_break, true},
	{"cd", builtin_cd, false},          {"command", builtin_command, false},
	{"continue", builtin_continue, true}, {"echo", echo, false},
	{"eval", builtin_eval, true},       {"exec", builtin_exec, true},
	{"exit", builtin_exit, true},       {"export", builtin_export, true},
	{"false", fail, false},             {"fc", builtin_fc, false},          {"fg", builtin_fg, false},
	{"getopts", builtin_getopts, false}, {"hash", builtin_hash, false},
	{"history", builtin_history, false}, {"jobs", builtin_jobs, false},
	{"kill", builtin_kill, false},      {"local", builtin_local, false},
	{"printf", printf_command, false},  {"pwd", builtin_pwd, false},
	{"read", builtin_read, false},      {"readonly", builtin_readonly, true},
	{"return", builtin_return, true},   {"set", builtin_set, true},
	{"shift", builtin_shift, true},     {"source", builtin_dot, true},
	{"test", test_command, false},      {"times", builtin_times, true},
	{"trap", builtin_trap, true},       {"true", do_nothing, false},
	{"type", builtin_type, false},      {"ulimit", builtin_ulimit, false},
	{"umask", builtin_umask, false},    {"unalias", builtin_unalias, false},
	{"unset", builtin_unset, true},     {"wait", builtin_wait, false},
};
const int builtin_count = sizeof builtins / sizeof *builtins;

static int compare(const void *name, const void *builtin)
{
	return strcmp(name, ((const struct builtin *)builtin)->name);
}

const struct builtin *find_builtin(const char *name)
{
	return bsearch(name, builtins, (size_t)builtin_count, sizeof *builtins, compare);
}
