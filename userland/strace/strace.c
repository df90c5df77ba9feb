/*
 * strace: print the system calls of a program
 * https://man7.org/linux/man-pages/man1/strace.1.html
 *
 * Usage: strace [OPTION]... COMMAND [ARG]...
 *        strace [OPTION]... -p PID
 *   -c          count calls, errors and time and say so at the end, instead of each call
 *   -C          both
 *   -e EXPR     only some calls: trace=open,close or open,close; !open all but these;
 *               classes: file desc process memory signal ipc; trace=none
 *   -f          children, too, each line with its process number
 *   -o FILE     write to FILE
 *   -p PID      a process that is running
 *   -q          no messages about exits
 *   -Z, -z      only calls that failed, that succeeded
 *   -F          the same as -f
 *   -r          with the seconds since the call before began
 *   -s SIZE     so many bytes of strings, 32 if it is not given
 *   -t, -tt     with the time of day at which the call began; -tt: with microseconds; -ttt: seconds since 1970
 *   -T          behind the call, the seconds that it took
 *   -v          structures with all their members
 *   -y          descriptors with the names of their files
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
#include "strace.h"
#include "tools.h"

static struct {
	bool follow, summary, lines, quiet, failed_only, good_only;
	bool hexadecimal, relative, spent, verbose, names_files;
	int times; /* letters t */
	const char *size;
} flag = {.lines = true};

static FILE *output;
static volatile sig_atomic_t interrupted;

static struct tally {
	char name[32];
	unsigned long calls, errors;
	double seconds;
} *tallies;
static size_t tally_count;

static void count(const char *call, bool failed, double seconds)
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
	tallies[i].seconds += seconds;
}

static bool is_timed(void)
{
	return flag.times || flag.relative || flag.spent || flag.summary;
}

/* `began`: seconds since 1970 as the kernel writes them, six digits behind the point. */
static void put_time(const char *began)
{
	static double last;
	double now = strtod(began, NULL), passed = last > 0 ? now - last : 0;
	time_t seconds = (time_t)strtoll(began, NULL, 10);
	const char *point = strchr(began, '.');
	char text[32];
	last = now;
	if (flag.times > 2)
		fprintf(output, "%lld", (long long)seconds);
	else if (flag.times && strftime(text, sizeof text, "%T", localtime(&seconds)))
		fputs(text, output);
	if (flag.times)
		fprintf(output, "%.*s ", flag.times > 1 ? 7 : 0, point ? point : "");
	if (flag.relative)
		fprintf(output, flag.times ? "(+%13.6f) " : "%13.6f ", passed);
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

/* One line of the trace. `began` and `took` are null where the kernel was not asked for them; `result` for what is no call. */
struct line {
	const char *pid, *began, *took, *call, *result;
};

static void put_line(const struct line *line)
{
	if (flag.follow)
		fprintf(output, "%s ", line->pid);
	if (line->began)
		put_time(line->began);
	if (flag.hexadecimal)
		put_hexadecimal(line->call);
	else
		fputs(line->call, output);
	if (line->result && !strncmp(line->result, "-1 ", 3))
		put_meaning(output, line->result + 3);
	if (flag.spent && line->took && line->result)
		fprintf(output, " <%s>", line->took);
	fputc('\n', output);
}

/* The next word of `*at`, cut off there. */
static const char *next_word(char **at)
{
	char *word = *at, *end = strchr(word, ' ');
	*at = end ? end + 1 : word + strlen(word);
	if (end)
		*end = 0;
	return word;
}

/* "pid name(args) = result", with times behind the number if they were asked for: chooses, counts and prints it. */
static void take_line(char *text)
{
	struct line line = {.pid = next_word(&text)};
	char name[32];
	if (is_timed() && isdigit((unsigned char)*text)) {
		line.began = next_word(&text);
		line.took = next_word(&text);
	}
	line.call = text;
	size_t length = strcspn(text, "( ");
	if (text[length] == '(' && length < sizeof name) {
		memcpy(name, text, length);
		name[length] = 0;
		for (const char *at = text; (at = strstr(at + 1, ") = "));)
			line.result = at + 4;
		bool failed = line.result && *line.result == '-' && isdigit((unsigned char)line.result[1]);
		if (!is_chosen(name) || (flag.failed_only && !failed) || (flag.good_only && failed))
			return;
		if (flag.summary)
			count(name, failed, line.took ? strtod(line.took, NULL) : 0);
	} else if (flag.quiet && !strncmp(text, "+++", 3)) {
		return;
	}
	if (flag.lines)
		put_line(&line);
}

static int by_time(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;
	if (x->seconds != y->seconds)
		return x->seconds > y->seconds ? -1 : 1;
	return x->calls != y->calls ? (x->calls > y->calls ? -1 : 1) : strcmp(x->name, y->name);
}

static void put_summary(void)
{
	static const char rule[] = "------ ----------- ----------- --------- --------- ----------------\n";
	struct tally total = {.name = "total"};
	for (size_t i = 0; i < tally_count; i++)
		total.calls += tallies[i].calls, total.errors += tallies[i].errors, total.seconds += tallies[i].seconds;
	qsort(tallies, tally_count, sizeof *tallies, by_time);
	fprintf(output, "%% time     seconds  usecs/call     calls    errors syscall\n%s", rule);
	for (size_t i = 0; i <= tally_count; i++) {
		bool last = i == tally_count;
		const struct tally *tally = last ? &total : &tallies[i];
		if (last)
			fputs(rule, output);
		double share = total.seconds > 0 ? tally->seconds * 100 / total.seconds : last ? 100 : 0;
		unsigned long each = tally->calls ? (unsigned long)(tally->seconds * 1e6 / (double)tally->calls) : 0;
		fprintf(output, "%6.2f %11.6f %11lu %9lu ", share, tally->seconds, each, tally->calls);
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
	char *style = format_text("%s%s%s%s%s%s", flag.follow ? "f" : "1", flag.size ? " s=" : "", flag.size ? flag.size : "", flag.names_files ? " y" : "",
				  flag.verbose ? " v" : "", is_timed() ? " t" : "");
	if (fd < 0 || write_all(fd, style, strlen(style)))
		err(1, "%s", path);
	free(style);
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
	for (int option; (option = next_option(argc, argv, "+cCe:fFo:p:qrs:tTvxyzZ")) != -1;) {
		switch (option) {
		case 'c': flag.summary = true, flag.lines = false; break;
		case 'C': flag.summary = true; break;
		case 'e': choose_calls(optarg); break;
		case 'F':
		case 'f': flag.follow = true; break;
		case 'o':
			output = fopen(optarg, "we");
			if (!output)
				err(1, "Can't fopen '%s'", optarg);
			break;
		case 'p': pid = (pid_t)atoi(optarg); break;
		case 'q': flag.quiet = true; break;
		case 'r': flag.relative = true; break;
		case 's':
			if (!*optarg || optarg[strspn(optarg, "0123456789")] || strlen(optarg) > 9)
				errx(1, "invalid -s argument: '%s'", optarg);
			flag.size = optarg;
			break;
		case 'T': flag.spent = true; break;
		case 'v': flag.verbose = true; break;
		case 'y': flag.names_files = true; break;
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
