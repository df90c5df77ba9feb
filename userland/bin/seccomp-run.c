/*
 * seccomp-run: run a program without some system calls
 * https://man7.org/linux/man-pages/man2/seccomp.2.html
 *
 * Usage: seccomp-run --deny CALL[,CALL]... [--errno ERROR | --kill | --trap | --log] COMMAND [ARG]...
 *   -d, --deny CALL,...  calls that the command and its children may not make, by name or number
 *   -e, --errno ERROR    they fail with ERROR, a name or a number (EPERM)
 *   -k, --kill           they end the process, by SIGSYS
 *   -t, --trap           they send SIGSYS, which can be caught
 *   -l, --log            they are made, and the kernel logs them: dmesg(1)
 */
#include <errno.h>
#include <getopt.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "numbers.h"
#include "tools.h"

/* Of a filter: its first four instructions, two for each call, the last. */
enum { MOST_CALLS = 1024, HEAD = 4, MOST_ERRNO = 4095, NAME_SIZE = 64 };

#if defined(__riscv)
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE AUDIT_ARCH_X86_64
#endif

#define NAMED(error) {#error, error}
static const struct {
	const char *name;
	int number;
} ERRORS[] = {NAMED(EPERM), NAMED(ENOENT), NAMED(EINTR), NAMED(EIO), NAMED(ENXIO), NAMED(EBADF), NAMED(EAGAIN), NAMED(ENOMEM), NAMED(EACCES), NAMED(EFAULT), NAMED(EBUSY),
	NAMED(EEXIST), NAMED(EXDEV), NAMED(ENODEV), NAMED(ENOTDIR), NAMED(EISDIR), NAMED(EINVAL), NAMED(ENFILE), NAMED(EMFILE), NAMED(ENOTTY), NAMED(EFBIG), NAMED(ENOSPC),
	NAMED(EROFS), NAMED(EPIPE), NAMED(ENAMETOOLONG), NAMED(ENOSYS), NAMED(ELOOP), NAMED(EOPNOTSUPP), NAMED(EAFNOSUPPORT), NAMED(ETIMEDOUT), NAMED(ECONNREFUSED)};

static int calls[MOST_CALLS];
static int call_count;

static int error_number(const char *text)
{
	for (size_t i = 0; i < sizeof ERRORS / sizeof *ERRORS; i++)
		if (!strcmp(text, ERRORS[i].name))
			return ERRORS[i].number;
	if (*text < '0' || *text > '9')
		errx(125, "%s: no error by that name", text);
	long long number = parse_integer(text, "error");
	if (number > MOST_ERRNO)
		errx(125, "%s: errors end at %d", text, MOST_ERRNO);
	return (int)number;
}

/* By the kernel's own list: number, name, how often. */
static int call_number(const char *name)
{
	char line[256], known[NAME_SIZE];
	int number, found = -1;
	FILE *list = fopen("/proc/syscalls", "r");
	if (!list)
		err(125, "/proc/syscalls");
	while (found < 0 && fgets(line, sizeof line, list))
		if (sscanf(line, "%d %63s", &number, known) == 2 && !strcmp(known, name))
			found = number;
	fclose(list);
	if (found < 0)
		errx(125, "%s: no system call by that name: see /proc/syscalls", name);
	return found;
}

static void add_calls(char *list)
{
	char *rest = list;
	for (char *word; (word = strsep(&rest, ","));) {
		if (!*word)
			continue;
		if (call_count == MOST_CALLS)
			errx(125, "more than %d calls", MOST_CALLS);
		bool is_number = word[strspn(word, "0123456789")] == '\0';
		calls[call_count++] = is_number ? (int)parse_integer(word, "system call") : call_number(word);
	}
}

static void confine(unsigned action)
{
	static struct sock_filter program[HEAD + 2 * MOST_CALLS + 1];
	struct sock_fprog whole = {0, program};
	/* Numbers mean something else on another architecture. */
	program[whole.len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	program[whole.len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	program[whole.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	program[whole.len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (int i = 0; i < call_count; i++) {
		program[whole.len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i], 0, 1);
		program[whole.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
	}
	program[whole.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err(125, "no_new_privs");
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole))
		err(125, "seccomp");
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"deny", required_argument, NULL, 'd'}, {"errno", required_argument, NULL, 'e'}, {"kill", no_argument, NULL, 'k'},
		{"trap", no_argument, NULL, 't'}, {"log", no_argument, NULL, 'l'}, {0}};
	unsigned action = SECCOMP_RET_ERRNO | EPERM;
	usage_status = 125;
	for (int option; (option = next_long_option(argc, argv, "+d:e:ktl", longs)) != -1;) {
		if (option == 'd')
			add_calls(optarg);
		else if (option == 'e')
			action = SECCOMP_RET_ERRNO | (unsigned)error_number(optarg);
		else
			action = option == 'k' ? SECCOMP_RET_KILL_PROCESS : option == 't' ? SECCOMP_RET_TRAP : SECCOMP_RET_LOG;
	}
	if (call_count == 0)
		usage_error("no system calls: --deny");
	if (!argv[optind])
		usage_error("no command");
	confine(action);
	execvp(argv[optind], argv + optind);
	err(errno == ENOENT ? 127 : 126, "%s", argv[optind]);
}
