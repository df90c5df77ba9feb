/*
 * strace: print the system calls of a program
 * https://man7.org/linux/man-pages/man1/strace.1.html
 *
 * Usage: strace [OPTION]... COMMAND [ARG]...
 *        strace [OPTION]... -p PID
 *   -c          count calls, errors and say so at the end, instead of each call
 *   -C          both
 *   -e EXPR     only some calls: trace=open,close or open,close; !open all but these;
 *               classes: file desc process memory signal ipc; trace=none
 *   -f          children, too, each line with its process number
 *   -o FILE     write to FILE
 *   -p PID      a process that is running
 *   -q          no messages about exits
 *   -Z, -z      only calls that failed, that succeeded
 *   -F          the same as -f
 *   -t, -tt     with the time of day at which the line came; -tt: with microseconds
 *   -x          bytes of strings that are no text in hexadecimal
 * The kernel writes the lines: the flags in /proc/PID/trace start it, reading gives the calls.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "tools.h"

static struct {
	bool follow, summary, lines, quiet, failed_only, good_only, negated;
	bool hexadecimal;
	int times; /* letters t */
	const char *expression;
} flag = {.lines = true};

static FILE *output;
static volatile sig_atomic_t interrupted;

static struct tally {
	char name[32];
	unsigned long calls, errors;
} *tallies;
static size_t tally_count;

/* Calls of the classes that -e knows; a name may be in several. */
static const struct {
	const char *name, *calls;
} classes[] = {
	{"file", ",openat,open,execve,faccessat,faccessat2,newfstatat,statx,statfs,readlinkat,mkdirat,unlinkat,linkat,symlinkat,renameat,renameat2,"
		 "fchmodat,fchownat,utimensat,truncate,chdir,chroot,mount,umount2,mknodat,getcwd,"},
	{"desc", ",read,write,readv,writev,pread64,pwrite64,close,dup,dup3,fcntl,ioctl,lseek,fstat,fstatfs,ftruncate,getdents64,pipe2,ppoll,pselect6,"
		 "fsync,fdatasync,fchdir,fchmod,fchown,openat,mmap,sendfile,flock,epoll_ctl,epoll_pwait,eventfd2,"},
	{"process", ",clone,clone3,fork,vfork,execve,exit,exit_group,wait4,waitid,kill,tkill,tgkill,"},
	{"memory", ",mmap,munmap,mprotect,brk,mremap,madvise,msync,mlock,munlock,"},
	{"signal", ",rt_sigaction,rt_sigprocmask,rt_sigreturn,rt_sigsuspend,rt_sigtimedwait,rt_sigpending,sigaltstack,kill,tkill,tgkill,"},
	{"ipc", ",pipe2,futex,shmget,shmat,shmdt,shmctl,semget,semop,semctl,msgget,msgsnd,msgrcv,msgctl,"},
	{"network", ",socket,bind,connect,listen,accept,accept4,sendto,recvfrom,sendmsg,recvmsg,shutdown,getsockname,getpeername,setsockopt,getsockopt,socketpair,"},
};

static bool in_class(const char *class, size_t length, const char *call)
{
	char *wanted = format_text(",%s,", call);
	bool found = false;
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (strlen(classes[i].name) == length && !strncmp(classes[i].name, class, length))
			found |= strstr(classes[i].calls, wanted) != NULL;
	free(wanted);
	return found;
}

static bool is_wanted(const char *call)
{
	if (!flag.expression)
		return true;
	bool listed = false;
	for (const char *at = flag.expression; *at; at += *at == ',') {
		const char *word = at + (*at == '%');
		size_t length = strcspn(word, ",");
		listed |= (strlen(call) == length && !strncmp(word, call, length)) || in_class(word, length, call) || (length == 3 && !strncmp(word, "all", 3));
		at = word + length;
	}
	return listed != flag.negated;
}

/* /proc/syscalls, or a null pointer where there is none. */
static char *known_calls(void)
{
	struct text text = {0};
	char block[4096];
	size_t got;
	FILE *file = fopen("/proc/syscalls", "re");
	if (!file)
		return NULL;
	while ((got = fread(block, 1, sizeof block, file)) > 0)
		text_add(&text, block, got);
	fclose(file);
	return text_take(&text);
}

/* Names that neither this kernel nor the classes know are mistakes. */
static void check_names(const char *list)
{
	static const char others[] = ",all,none,fork,vfork,open,";
	char *known = known_calls();
	for (const char *at = list; known && *at; at += *at == ',') {
		const char *word = at + (*at == '%');
		int length = (int)strcspn(word, ",");
		char *listed = format_text(" %.*s ", length, word), *other = format_text(",%.*s,", length, word);
		bool found = strstr(known, listed) || strstr(others, other);
		for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
			found |= (strlen(classes[i].name) == (size_t)length && !strncmp(classes[i].name, word, (size_t)length)) || strstr(classes[i].calls, other);
		if (!found)
			errx(1, "invalid system call '%.*s'", length, word);
		free(listed);
		free(other);
		at = word + length;
	}
	free(known);
}

static void take_expression(const char *text)
{
	if (!strncmp(text, "trace=", 6))
		text += 6;
	else if (strchr(text, '='))
		errx(1, "invalid -e qualifier: %s", text);
	flag.negated = *text == '!';
	flag.expression = text + flag.negated;
	check_names(flag.expression);
}

static void count(const char *call, bool failed)
{
	size_t i = 0;
	while (i < tally_count && strcmp(tallies[i].name, call))
		i++;
	if (i == tally_count) {
		tallies = reallocate(tallies, (tally_count + 1) * sizeof *tallies);
		tallies[tally_count] = (struct tally){0};
		snprintf(tallies[tally_count++].name, sizeof tallies->name, "%s", call);
	}
	tallies[i].calls++;
	tallies[i].errors += failed;
}

static void put_time(void)
{
	struct timespec now;
	char text[32];
	clock_gettime(CLOCK_REALTIME, &now);
	strftime(text, sizeof text, "%T", localtime(&now.tv_sec));
	fputs(text, output);
	if (flag.times > 1)
		fprintf(output, ".%06ld", now.tv_nsec / 1000);
	fputc(' ', output);
}

/* The kernel's octal escapes of bytes as \\xNN. */
static void put_hexadecimal(const char *text)
{
	for (; *text; text++) {
		if (*text != '\\' || text[1] < '0' || text[1] > '7') {
			fputc(*text, output);
			if (*text == '\\' && text[1])
				fputc(*++text, output);
			continue;
		}
		unsigned byte = 0;
		for (int digits = 0; digits < 3 && text[1] >= '0' && text[1] <= '7'; digits++)
			byte = byte * 8 + (unsigned)(*++text - '0');
		fprintf(output, "\\x%02x", byte & 0xff);
	}
}

/* The number of the process, the time, the call. */
static void put_line(const char *line, const char *call)
{
	if (flag.follow)
		fprintf(output, "%.*s", (int)(call - line), line);
	if (flag.times)
		put_time();
	if (flag.hexadecimal)
		put_hexadecimal(call);
	else
		fputs(call, output);
	fputc('\n', output);
}

/* "pid name(args) = result": chooses, counts and prints it. */
static void take_line(const char *line)
{
	const char *call = line;
	char name[32];
	while (isdigit((unsigned char)*call) || *call == ' ')
		call++;
	size_t length = strcspn(call, "( ");
	bool is_call = call[length] == '(' && length < sizeof name;
	if (is_call) {
		memcpy(name, call, length);
		name[length] = 0;
		const char *result = strstr(call, ") = "), *next = result;
		while (next && (next = strstr(next + 1, ") = ")))
			result = next;
		bool failed = result && result[4] == '-' && isdigit((unsigned char)result[5]);
		if (!is_wanted(name) || (flag.failed_only && !failed) || (flag.good_only && failed))
			return;
		if (flag.summary)
			count(name, failed);
	} else if (flag.quiet && !strncmp(call, "+++", 3)) {
		return;
	}
	if (flag.lines)
		put_line(line, call);
}

static int by_calls(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;
	return x->calls != y->calls ? (x->calls > y->calls ? -1 : 1) : strcmp(x->name, y->name);
}

static void put_summary(void)
{
	unsigned long calls = 0, errors = 0;
	for (size_t i = 0; i < tally_count; i++)
		calls += tallies[i].calls, errors += tallies[i].errors;
	qsort(tallies, tally_count, sizeof *tallies, by_calls);
	fprintf(output, "%% calls     calls    errors syscall\n------- --------- --------- ----------------\n");
	for (size_t i = 0; i <= tally_count; i++) {
		bool last = i == tally_count;
		const struct tally total = {"total", calls, errors}, *tally = last ? &total : &tallies[i];
		if (last)
			fprintf(output, "------- --------- --------- ----------------\n");
		fprintf(output, "%7.2f %9lu ", calls ? (double)tally->calls * 100 / (double)calls : 0, tally->calls);
		if (tally->errors)
			fprintf(output, "%9lu %s\n", tally->errors, tally->name);
		else
			fprintf(output, "%9s %s\n", "", tally->name);
	}
}

static int open_trace(pid_t pid)
{
	char *path = format_text("/proc/%d/trace", (int)pid);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		errx(1, "%s: there is no such process, or this kernel does not trace", path);
	if (fd < 0 || write_all(fd, flag.follow ? "f" : "1", 1))
		err(1, "%s", path);
	free(path);
	return fd;
}

static void stop(int number)
{
	(void)number;
	interrupted = 1;
}

/* Starts the command stopped, so that tracing begins before its execve. */
static pid_t start(char **command)
{
	int status;
	pid_t child = fork();
	if (child < 0)
		err(1, "cannot fork");
	if (child == 0) {
		raise(SIGSTOP);
		execvp(command[0], command);
		int failure = errno == ENOENT ? 127 : 126;
		warn("Can't stat '%s'", command[0]);
		_exit(failure);
	}
	while (waitpid(child, &status, WUNTRACED) < 0 && errno == EINTR)
		continue;
	if (!WIFSTOPPED(status))
		errx(1, "the command ended before it began");
	return child;
}

static void put_end(pid_t child, int status)
{
	if (flag.quiet || !flag.lines)
		return;
	if (flag.follow)
		fprintf(output, "%d ", (int)child);
	if (WIFSIGNALED(status))
		fprintf(output, "+++ killed by SIG%s +++\n", signal_name(WTERMSIG(status)));
	else
		fprintf(output, "+++ exited with %d +++\n", WEXITSTATUS(status));
	fflush(output);
}

static int result_of(pid_t child)
{
	int status;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	put_end(child, status);
	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	signal(WTERMSIG(status), SIG_DFL);
	raise(WTERMSIG(status));
	return 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	pid_t pid = 0;
	output = stderr;
	for (int option; (option = next_option(argc, argv, "+cCe:fFo:p:qtxzZ")) != -1;) {
		switch (option) {
		case 'c': flag.summary = true, flag.lines = false; break;
		case 'C': flag.summary = true; break;
		case 'e': take_expression(optarg); break;
		case 'F':
		case 'f': flag.follow = true; break;
		case 'o':
			output = fopen(optarg, "we");
			if (!output)
				err(1, "Can't fopen '%s'", optarg);
			break;
		case 'p': pid = (pid_t)atoi(optarg); break;
		case 'q': flag.quiet = true; break;
		case 't': flag.times++; break;
		case 'x': flag.hexadecimal = true; break;
		case 'z': flag.good_only = true; break;
		case 'Z': flag.failed_only = true; break;
		default: break;
		}
	}
	if (!pid && !argv[optind])
		usage_error("must have PROG [ARGS] or -p PID");
	bool attached = pid != 0;
	struct sigaction action = {.sa_handler = attached ? stop : SIG_IGN};
	if (!attached)
		pid = start(argv + optind);
	int fd = open_trace(pid);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGQUIT, &action, NULL);
	if (!attached)
		kill(pid, SIGCONT);
	FILE *trace = fdopen(fd, "r");
	char *line = NULL;
	size_t capacity = 0;
	while (!interrupted && read_line(trace, &line, &capacity, NULL) >= 0)
		take_line(line);
	fclose(trace);
	if (flag.summary)
		put_summary();
	return attached ? 0 : result_of(pid);
}
