/*
 * ionice: the I/O priority of a command or a process
 * https://man7.org/linux/man-pages/man1/ionice.1.html
 *
 * Usage: ionice [-c CLASS] [-n LEVEL] [-t] COMMAND [ARGUMENT]...
 *        ionice [-c CLASS] [-n LEVEL] [-t] -p PID...
 *   -c CLASS  0 none, 1 realtime, 2 best-effort, 3 idle, or its name
 *   -n LEVEL  0 (first) to 7 within the class (4)
 *   -p        of processes that run
 *   -t        go on if it cannot be set
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "numbers.h"
#include "tools.h"

/* ioprio_set(2): the class is above bit 13; WHO_PROCESS is one thread. */
enum { CLASS_SHIFT = 13, WHO_PROCESS = 1, CLASS_COUNT = 4, BEST_EFFORT = 2, IDLE = 3 };

static const char *const CLASSES[] = {"none", "realtime", "best-effort", "idle"};

static int parse_class(const char *text)
{
	for (int i = 0; i < CLASS_COUNT; i++)
		if (!strcmp(text, CLASSES[i]))
			return i;
	long long number = parse_integer(text, "class argument");
	if (number < 0 || number >= CLASS_COUNT)
		errx(1, "unknown scheduling class: '%s'", text);
	return (int)number;
}

static void show(pid_t pid)
{
	long value = syscall(SYS_ioprio_get, WHO_PROCESS, pid);
	if (value < 0)
		err(1, "ioprio_get failed");
	int class = (int)(value >> CLASS_SHIFT), level = (int)(value & ((1 << CLASS_SHIFT) - 1));
	if (class == IDLE)
		puts("idle");
	else
		printf("%s: prio %d\n", class < CLASS_COUNT ? CLASSES[class] : "unknown", level);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"class", required_argument, NULL, 'c'}, {"classdata", required_argument, NULL, 'n'}, {"pid", no_argument, NULL, 'p'}, {"ignore", no_argument, NULL, 't'}, {0}};
	int class = BEST_EFFORT;
	long long level = 4;
	bool changes = false, is_process = false, is_tolerant = false;
	for (int option; (option = next_long_option(argc, argv, "+c:n:pt", longs)) != -1;) {
		switch (option) {
		case 'c': class = parse_class(optarg), changes = true; break;
		case 'n': level = parse_integer(optarg, "class data argument"), changes = true; break;
		case 'p': is_process = true; break;
		default: is_tolerant = true;
		}
	}
	if (class == 0 || class == IDLE)
		level = 0;
	if (level < 0 || level > 7)
		errx(1, "invalid class data argument: '%lld'", level);
	if (is_process && !argv[optind])
		usage_error("bad usage");
	if (!is_process && !argv[optind]) {
		show(0);
		return 0;
	}
	for (char **operand = argv + optind; is_process && *operand; operand++) {
		pid_t pid = (pid_t)parse_integer(*operand, "PID argument");
		if (!changes)
			show(pid);
		else if (syscall(SYS_ioprio_set, WHO_PROCESS, pid, class << CLASS_SHIFT | (int)level) && !is_tolerant)
			err(1, "ioprio_set failed");
	}
	if (is_process)
		return 0;
	if (changes && syscall(SYS_ioprio_set, WHO_PROCESS, 0, class << CLASS_SHIFT | (int)level) && !is_tolerant)
		err(1, "ioprio_set failed");
	execvp(argv[optind], argv + optind);
	int reason = errno;
	warn("failed to execute %s", argv[optind]);
	return reason == ENOENT ? 127 : 126;
}
