/*
 * chrt: the scheduling policy and priority of a command or a process
 * https://man7.org/linux/man-pages/man1/chrt.1.html
 *
 * Usage: chrt [-bfior] [-R] PRIORITY COMMAND [ARGUMENT]...
 *        chrt [-bfior] [-R] -p [PRIORITY] PID
 *        chrt -d [-T NS] [-D NS] [-P NS] 0 COMMAND...
 *        chrt -m
 *   -b  SCHED_BATCH          -d  SCHED_DEADLINE, with -T runtime, -D deadline, -P period
 *   -f  SCHED_FIFO           -i  SCHED_IDLE
 *   -o  SCHED_OTHER          -r  SCHED_RR (default)
 *   -m  the lowest and highest priority of each policy
 *   -p  of a process that runs
 *   -R  children get SCHED_OTHER
 */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "numbers.h"
#include "tools.h"

/* <linux/sched.h>, <linux/sched/types.h>; musl has neither the number of SCHED_DEADLINE nor its attributes. */
enum { POLICY_DEADLINE = 6, FLAG_RESET_ON_FORK = 1 };

struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static const char *const NAMES[] = {"SCHED_OTHER", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH", NULL, "SCHED_IDLE", "SCHED_DEADLINE"};

static void show_limits(void)
{
	static const int ORDER[] = {0, 1, 2, 3, 5, 6};
	for (size_t i = 0; i < sizeof ORDER / sizeof *ORDER; i++) {
		int low = sched_get_priority_min(ORDER[i]), high = sched_get_priority_max(ORDER[i]);
		if (low >= 0 && high >= 0)
			printf("%s min/max priority\t: %d/%d\n", NAMES[ORDER[i]], low, high);
		else
			printf("%s not supported?\n", NAMES[ORDER[i]]);
	}
}

static void show(pid_t pid, const char *when)
{
	struct attributes found = {.size = sizeof found};
	if (syscall(SYS_sched_getattr, pid, &found, sizeof found, 0))
		err(1, "failed to get pid %d's policy", (int)pid);
	const char *name = found.policy <= POLICY_DEADLINE ? NAMES[found.policy] : NULL;
	printf("pid %d's %s scheduling policy: %s%s\n", (int)pid, when, name ? name : "unknown", found.flags & FLAG_RESET_ON_FORK ? "|SCHED_RESET_ON_FORK" : "");
	printf("pid %d's %s scheduling priority: %u\n", (int)pid, when, found.priority);
	if (found.policy == POLICY_DEADLINE)
		printf("pid %d's %s runtime/deadline/period parameters: %llu/%llu/%llu\n", (int)pid, when, (unsigned long long)found.runtime, (unsigned long long)found.deadline,
		       (unsigned long long)found.period);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"batch", no_argument, NULL, 'b'}, {"deadline", no_argument, NULL, 'd'}, {"fifo", no_argument, NULL, 'f'}, {"idle", no_argument, NULL, 'i'},
		{"other", no_argument, NULL, 'o'}, {"rr", no_argument, NULL, 'r'}, {"max", no_argument, NULL, 'm'}, {"pid", no_argument, NULL, 'p'},
		{"reset-on-fork", no_argument, NULL, 'R'}, {"sched-runtime", required_argument, NULL, 'T'}, {"sched-deadline", required_argument, NULL, 'D'},
		{"sched-period", required_argument, NULL, 'P'}, {0}};
	struct attributes wanted = {.size = sizeof wanted, .policy = SCHED_RR};
	bool is_process = false;
	for (int option; (option = next_long_option(argc, argv, "+bdD:fimopP:rRT:", longs)) != -1;) {
		switch (option) {
		case 'b': wanted.policy = SCHED_BATCH; break;
		case 'd': wanted.policy = POLICY_DEADLINE; break;
		case 'f': wanted.policy = SCHED_FIFO; break;
		case 'i': wanted.policy = SCHED_IDLE; break;
		case 'o': wanted.policy = SCHED_OTHER; break;
		case 'r': wanted.policy = SCHED_RR; break;
		case 'm': show_limits(); return 0;
		case 'p': is_process = true; break;
		case 'R': wanted.flags |= FLAG_RESET_ON_FORK; break;
		case 'T': wanted.runtime = (uint64_t)parse_integer(optarg, "runtime argument"); break;
		case 'D': wanted.deadline = (uint64_t)parse_integer(optarg, "deadline argument"); break;
		default: wanted.period = (uint64_t)parse_integer(optarg, "period argument");
		}
	}
	int left = argc - optind;
	if (left < (is_process ? 1 : 2) || (is_process && left > 2))
		usage_error("bad usage");
	pid_t pid = is_process ? (pid_t)parse_integer(argv[argc - 1], "pid argument") : 0;
	if (is_process && left == 1) {
		show(pid, "current");
		return 0;
	}
	wanted.priority = (uint32_t)parse_integer(argv[optind], "priority argument");
	if (syscall(SYS_sched_setattr, pid, &wanted, 0))
		err(1, "failed to set pid %d's policy", (int)pid);
	if (is_process)
		return 0;
	execvp(argv[optind + 1], argv + optind + 1);
	int reason = errno;
	warn("failed to execute %s", argv[optind + 1]);
	return reason == ENOENT ? 127 : 126;
}
