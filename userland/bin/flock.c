/*
 * flock: run a command while holding a lock
 * https://man7.org/linux/man-pages/man1/flock.1.html
 *
 * Usage: flock [OPTION]... FILE|DIRECTORY COMMAND [ARGUMENT]...
 *        flock [OPTION]... FILE|DIRECTORY -c COMMAND
 *        flock [OPTION]... FD
 *   -E STATUS   where the lock is not to be had (1)
 *   -n          do not wait
 *   -o          the command does not inherit the lock's descriptor
 *   -s          shared
 *   -u          give a lock up
 *   -w SECONDS  wait no longer
 *   -x          exclusive (default)
 *   -e          the same as -x
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "numbers.h"
#include "tools.h"

enum { USAGE = 64, CANNOT_OPEN = 66, UNAVAILABLE = 69 };

static void on_alarm(int signal)
{
	(void)signal;
}

static int open_lock(const char *name)
{
	int fd = open(name, O_RDONLY | O_CREAT | O_NOCTTY, 0666);
	if (fd < 0 && errno == EISDIR)
		fd = open(name, O_RDONLY | O_NOCTTY);
	if (fd < 0)
		err(CANNOT_OPEN, "cannot open lock file %s", name);
	return fd;
}

static void take(int fd, int operation, double timeout, int conflict)
{
	if (timeout == 0)
		operation |= LOCK_NB;
	if (timeout > 0) {
		struct itimerval timer = {.it_value = {(time_t)timeout, (suseconds_t)((timeout - (double)(time_t)timeout) * 1e6)}};
		struct sigaction action = {.sa_handler = on_alarm};
		sigaction(SIGALRM, &action, NULL);
		setitimer(ITIMER_REAL, &timer, NULL);
	}
	if (flock(fd, operation)) {
		if (errno == EWOULDBLOCK || errno == EINTR)
			exit(conflict);
		err(1, "flock");
	}
	struct itimerval none = {0};
	setitimer(ITIMER_REAL, &none, NULL);
}

static int run(char **command, int fd, bool closes)
{
	pid_t child = fork();
	int status;
	if (child < 0)
		err(1, "fork");
	if (!child) {
		if (closes)
			close(fd);
		execvp(command[0], command);
		warn("failed to execute %s", command[0]);
		_exit(UNAVAILABLE);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"shared", no_argument, NULL, 's'}, {"exclusive", no_argument, NULL, 'x'}, {"unlock", no_argument, NULL, 'u'}, {"nonblock", no_argument, NULL, 'n'},
		{"nb", no_argument, NULL, 'n'}, {"timeout", required_argument, NULL, 'w'}, {"wait", required_argument, NULL, 'w'}, {"close", no_argument, NULL, 'o'},
		{"conflict-exit-code", required_argument, NULL, 'E'}, {"command", required_argument, NULL, 'c'}, {0}};
	int operation = LOCK_EX, conflict = 1;
	double timeout = -1;
	bool closes = false;
	usage_status = USAGE;
	for (int option; (option = next_long_option(argc, argv, "+E:enosuw:x", longs)) != -1;) {
		switch (option) {
		case 'E': conflict = (int)parse_integer(optarg, "exit code"); break;
		case 'n': timeout = 0; break;
		case 'o': closes = true; break;
		case 's': operation = LOCK_SH; break;
		case 'u': operation = LOCK_UN; break;
		case 'w': timeout = parse_duration(optarg, USAGE); break;
		default: operation = LOCK_EX;
		}
	}
	char **operands = argv + optind;
	if (!operands[0])
		usage_error("not enough arguments");
	if (!operands[1]) {
		for (const char *at = operands[0]; *at; at++)
			if (!isdigit((unsigned char)*at))
				errx(USAGE, "bad file descriptor: '%s'", operands[0]);
		take(atoi(operands[0]), operation, timeout, conflict);
		return 0;
	}
	char *shell[] = {getenv("SHELL") ? getenv("SHELL") : "/bin/sh", "-c", NULL, NULL};
	char **command = operands + 1;
	if (!strcmp(command[0], "-c") || !strcmp(command[0], "--command")) {
		if (!command[1] || command[2])
			usage_error("-c requires exactly one command argument");
		shell[2] = command[1];
		command = shell;
	}
	int fd = open_lock(operands[0]);
	take(fd, operation, timeout, conflict);
	return run(command, fd, closes);
}
