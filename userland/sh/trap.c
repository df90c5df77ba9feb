/* Signals of the shell itself and the actions of trap (POSIX XCU 2.12 and 2.15, trap). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shell.h"

enum { SIGNALS = 65 };

volatile sig_atomic_t pending_traps, interrupted, resumed;
static volatile sig_atomic_t caught[SIGNALS];
static char *actions[SIGNALS]; /* null: default; "": ignored; [0] is EXIT */
static char *inherited[SIGNALS]; /* in a subshell that set no trap: the ones of its parent */
static char was_ignored[SIGNALS]; /* 0 unknown, 1 no, 2 yes: when the shell was started */
static bool shell_ignores[SIGNALS]; /* an interactive shell protects itself */
static bool running_traps;

static void on_signal(int number)
{
	if (number == SIGINT && shell.interactive && !actions[SIGINT])
		interrupted = 1;
	if (number == SIGPWR && !actions[SIGPWR])
		resumed = 1;
	if (actions[number]) {
		caught[number] = 1;
		pending_traps = 1;
	}
}

static void set_action(int number, void (*function)(int))
{
	struct sigaction action = {.sa_handler = function};
	sigemptyset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

static bool ignored_at_start(int number)
{
	struct sigaction action;
	if (!was_ignored[number]) {
		was_ignored[number] = 1;
		if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			was_ignored[number] = 2;
	}
	return was_ignored[number] == 2;
}

/* ^C; and from init: the system goes on from a snapshot. */
static bool is_for_editor(int number)
{
	return (number == SIGINT || number == SIGPWR) && shell.interactive;
}

/* Makes the disposition what the trap and the kind of shell ask for. */
static void apply(int number)
{
	if (!number || number == SIGKILL || number == SIGSTOP)
		return;
	if (ignored_at_start(number) && !shell.interactive)
		return;
	if (actions[number])
		set_action(number, *actions[number] ? on_signal : SIG_IGN);
	else if (is_for_editor(number) && !shell.is_subshell)
		set_action(number, on_signal);
	else
		set_action(number, (shell_ignores[number] && !shell.is_subshell) || ignored_at_start(number) ? SIG_IGN : SIG_DFL);
}

static void protect(int number, bool on)
{
	if (shell_ignores[number] == on)
		return;
	ignored_at_start(number);
	shell_ignores[number] = on;
	apply(number);
}

void set_signal_handlers(void)
{
	bool protects = shell.interactive && !shell.is_subshell;
	bool controls = job_control && !shell.is_subshell;
	protect(SIGQUIT, protects);
	protect(SIGTERM, protects);
	protect(SIGTSTP, controls);
	protect(SIGTTIN, controls);
	protect(SIGTTOU, controls); /* it gives the terminal away and takes it back */
	if (shell.interactive) {
		ignored_at_start(SIGINT);
		apply(SIGINT);
		ignored_at_start(SIGPWR);
		apply(SIGPWR);
	}
}

void reset_traps(void)
{
	bool was_subshell = shell.is_subshell;
	shell.is_subshell = true;
	shell.in_trap = false;
	pending_traps = interrupted = 0;
	running_traps = false;
	for (int number = 0; number < SIGNALS; number++) {
		bool handled = actions[number] && *actions[number];
		caught[number] = 0;
		if (handled) {
			free(inherited[number]);
			inherited[number] = actions[number];
			actions[number] = NULL;
		}
		bool own = shell_ignores[number] || (is_for_editor(number) && !was_subshell);
		shell_ignores[number] = false;
		if (handled || own)
			apply(number);
	}
}

bool has_traps(void)
{
	for (int number = 0; number < SIGNALS; number++)
		if (actions[number] && *actions[number])
			return true;
	return false;
}

void check_interrupt(void)
{
	if (!interrupted)
		return;
	interrupted = 0;
	shell.status = 130;
	if (shell.interactive && !shell.is_subshell)
		fputc('\n', stderr); /* the prompt would stand on the terminal's ^C */
	raise_exception(INTERRUPT_RAISED);
}

int pending_trap(void)
{
	for (int number = 1; number < SIGNALS; number++)
		if (caught[number])
			return number;
	return 0;
}

void block_traps(bool block, void *mask)
{
	sigset_t set;
	if (!block) {
		sigprocmask(SIG_SETMASK, mask, NULL);
		return;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	for (int number = 1; number < SIGNALS; number++)
		if (actions[number] && *actions[number])
			sigaddset(&set, number);
	sigprocmask(SIG_BLOCK, &set, mask);
}

static void run_action(const char *action)
{
	int status = shell.status, outer_status = shell.trap_status;
	bool outer_in_trap = shell.in_trap;
	enum skip outer_skip = skip;
	skip = SKIP_NONE;
	shell.in_trap = true;
	shell.trap_status = status;
	run_string(action);
	shell.in_trap = outer_in_trap;
	shell.trap_status = outer_status;
	if (skip == SKIP_NONE) {
		skip = outer_skip;
		shell.status = status;
	}
}

void run_traps(void)
{
	if (running_traps)
		return;
	running_traps = true;
	pending_traps = 0;
	for (int number = 1; number < SIGNALS; number++) {
		if (!caught[number])
			continue;
		caught[number] = 0;
		if (!actions[number] || !*actions[number])
			continue;
		char *action = arena_string(&scratch, actions[number], strlen(actions[number]));
		running_traps = false; /* other signals may come while the action runs */
		run_action(action);
		running_traps = true;
	}
	running_traps = false;
}

void run_exit_trap(void)
{
	char *action = actions[0];
	actions[0] = NULL;
	if (action && *action) {
		skip = SKIP_NONE;
		shell.in_trap = true;
		shell.trap_status = shell.status;
		run_string(action);
	}
}

/* `always`: also the default, as "-". */
static void print_trap(int number, bool always)
{
	const char *action = actions[number] ? actions[number] : inherited[number];
	if (!action && !(always && signal_name(number)))
		return;
	fputs("trap -- ", stdout);
	if (action)
		print_quoted(action);
	else
		putchar('-');
	printf(" %s\n", signal_name(number));
}

static void forget_inherited(void)
{
	for (int number = 0; number < SIGNALS; number++) {
		free(inherited[number]);
		inherited[number] = NULL;
	}
}

bool is_number(const char *word)
{
	return *word && !word[strspn(word, "0123456789")];
}

int builtin_trap(int argc, char **argv)
{
	int first = 1, status = 0;
	bool prints = argc > 1 && !strcmp(argv[1], "-p");
	if (prints || (argc > 1 && !strcmp(argv[1], "--")))
		first++;
	if (first >= argc) {
		for (int number = 0; number < SIGNALS; number++)
			print_trap(number, prints);
		return 0;
	}
	if (!prints)
		forget_inherited();
	const char *action = NULL; /* null: the default again */
	bool only_signals = prints || is_number(argv[first]) || first + 1 == argc;
	if (!only_signals || !strcmp(argv[first], "-"))
		action = argv[first++];
	if (action && !strcmp(action, "-"))
		action = NULL;
	for (; first < argc; first++) {
		int number = signal_number(argv[first]);
		if (number < 0 || number >= SIGNALS) {
			shell_warning("trap: %s: bad trap", argv[first]);
			status = 1;
			continue;
		}
		if (prints) {
			print_trap(number, true);
			continue;
		}
		free(actions[number]);
		actions[number] = action ? duplicate(action) : NULL;
		caught[number] = 0;
		apply(number);
	}
	return status;
}
