/*
 * timeout: run a command with a time limit
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/timeout.html
 *
 * Usage: timeout [OPTION]... DURATION COMMAND [ARG]...
 *   -f, --foreground         let COMMAND use the terminal; only it gets the signal
 *   -k, --kill-after TIME    send KILL, too, TIME after the signal
 *   -p, --preserve-status    exit with the status of COMMAND even if it was ended
 *   -s, --signal SIGNAL      instead of TERM
 *   -v, --verbose            say which signal is sent
 * Exits with 124 if COMMAND was ended, 137 if by KILL.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "numbers.h"
#include "tools.h"

static pid_t child;
static volatile sig_atomic_t ended;
static int sent = SIGTERM;
static double kill_after;
static bool foreground, verbose;
static char *name;

static void arm(double seconds)
{
	struct itimerval timer = {.it_value = {(time_t)seconds, (suseconds_t)((seconds - (double)(time_t)seconds) * 1e6)}};
	if (seconds > 0 && !timer.it_value.tv_sec && !timer.it_value.tv_usec)
		timer.it_value.tv_usec = 1;
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void on_signal(int number)
{
	int signal_to_send = number == SIGALRM ? sent : number;
	if (number == SIGALRM) {
		ended = 1;
		if (kill_after > 0) {
			sent = SIGKILL;
			arm(kill_after);
			kill_after = 0;
		}
	}
	if (!child)
		return;
	kill(child, signal_to_send);
	if (signal_to_send != SIGKILL && !foreground) {
		signal(signal_to_send, SIG_IGN);
		kill(0, signal_to_send);
	}
	if (signal_to_send != SIGKILL && signal_to_send != SIGCONT)
		kill(foreground ? child : 0, SIGCONT);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"foreground", no_argument, NULL, 'f'}, {"kill-after", required_argument, NULL, 'k'}, {"preserve-status", no_argument, NULL, 'p'},
		{"signal", required_argument, NULL, 's'}, {"verbose", no_argument, NULL, 'v'}, {0}};
	bool preserve = false;
	usage_status = 125;
	for (int option; (option = next_long_option(argc, argv, "+fk:ps:v", longs)) != -1;) {
		switch (option) {
		case 'f': foreground = true; break;
		case 'k': kill_after = parse_duration(optarg, 125); break;
		case 'p': preserve = true; break;
		case 'v': verbose = true; break;
		default:
			sent = signal_number(optarg);
			if (sent < 0)
				usage_error("'%s': invalid signal", optarg);
		}
	}
	if (argc - optind < 2)
		usage_error("missing operand");
	double limit = parse_duration(argv[optind], 125);
	name = argv[optind + 1];
	if (!foreground)
		setpgid(0, 0);
	signal(SIGTTIN, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	int first = sent;
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGQUIT, &action, NULL);
	child = fork();
	if (child < 0)
		err(125, "fork system call failed");
	if (child == 0) {
		signal(SIGTTIN, SIG_DFL);
		signal(SIGTTOU, SIG_DFL);
		execvp(name, argv + optind + 1);
		int failure = errno == ENOENT ? 127 : 126;
		warn("failed to run command '%s'", name);
		_exit(failure);
	}
	arm(limit);
	int status;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			err(125, "error waiting for command");
	if (ended && verbose)
		warnx("sending signal %s to command '%s'", signal_name(first), name);
	int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return ended && !preserve && code != 137 ? 124 : code;
}
