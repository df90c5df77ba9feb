/*
 * strace: print the system calls of a program
 * https://man7.org/linux/man-pages/man1/strace.1.html
 *
 * Usage: strace [OPTION]... COMMAND [ARG]...
 *        strace [OPTION]... -p PID
 *   -a COLUMN   results begin in this column, 40 if it is not given
 *   -A          with -o: append to the file
 *   -c          count calls, errors and time and say so at the end, instead of each call
 *   -C          both
 *   -e EXPR     only some calls: trace=open,close or open,close; !open all but these;
 *               classes: file desc process memory signal ipc; trace=none;
 *               signal=LIST only these signals, status=LIST only calls that ended so: successful, failed, unfinished;
 *               quiet=LIST no messages of these kinds: attach, exit
 *   -E VAR=VAL  the command's environment has VAR; -E VAR: it has no VAR
 *   -f          children, too, each line with its process number
 *   -o FILE     write to FILE
 *   -p PID      a process that is running
 *   -P PATH     only calls about PATH or descriptors of it; may be given more than once
 *   -q          no messages about processes that begin to be traced; -qq: nor about exits
 *   -S ORDER    with -c: by time, calls, errors, name or nothing
 *   -u USER     run the command as USER
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
	bool follow, summary, lines, to_file, appends, quiet_exit, quiet_attach;
	bool hexadecimal, relative, spent, verbose, names_files;
	int times; /* letters t */
	int column;
	const char *size;
} flag = {.lines = true, .column = 40};

static FILE *output;
static volatile sig_atomic_t interrupted;

static bool is_timed(void)
{
	return flag.times || flag.relative || flag.spent || flag.summary;
}

/* `began`: seconds since 1970 as the kernel writes them, six digits behind the point. */
static void add_time(struct text *to, const char *began)
{
	static double last;
	double now = strtod(began, NULL), passed = last > 0 ? now - last : 0;
	time_t seconds = (time_t)strtoll(began, NULL, 10);
	const char *point = strchr(began, '.');
	char text[32];
	last = now;
	if (flag.times > 2)
		text_format(to, "%lld", (long long)seconds);
	else if (flag.times && strftime(text, sizeof text, "%T", localtime(&seconds)))
		text_string(to, text);
	if (flag.times)
		text_format(to, "%.*s ", flag.times > 1 ? 7 : 0, point ? point : "");
	if (flag.relative)
		text_format(to, flag.times ? "(+%13.6f) " : "%13.6f ", passed);
}

/* The kernel's octal escapes of bytes as \\xNN. */
static void add_hexadecimal(struct text *to, const char *text)
{
	for (; *text; text++) {
		if (*text != '\\' || text[1] < '0' || text[1] > '7') {
			text_char(to, *text);
			if (*text == '\\' && text[1])
				text_char(to, *++text);
			continue;
		}
		unsigned byte = 0;
		for (int digits = 0; digits < 3 && text[1] >= '0' && text[1] <= '7'; digits++)
			byte = byte * 8 + (unsigned)(*++text - '0');
		text_format(to, "\\x%02x", byte & 0xff);
	}
}

/* Takes away the names behind descriptors that the kernel was asked for because of -P only. */
static void cut_names(char *call)
{
	char *to = call;
	bool quoted = false;
	for (char *from = call; *from; from++) {
		if (quoted && *from == '\\' && from[1]) {
			*to++ = *from++;
		} else if (*from == '"') {
			quoted = !quoted;
		} else if (*from == '<' && !quoted && from > call && isdigit((unsigned char)from[-1])) {
			from += strcspn(from, ">");
			if (!*from)
				break;
			continue;
		}
		*to++ = *from;
	}
	*to = 0;
}

/* Processes and threads that are traced: with one of them only, its number is not said. */
static struct {
	pid_t *items;
	size_t count;
} traced;

static void add_traced(pid_t pid)
{
	for (size_t i = 0; i < traced.count; i++)
		if (traced.items[i] == pid)
			return;
	traced.items = reallocate(traced.items, (traced.count + 1) * sizeof *traced.items);
	traced.items[traced.count++] = pid;
	if (traced.count > 1 && !flag.quiet_attach && flag.follow)
		warnx("Process %d attached", (int)pid);
}

static void remove_traced(pid_t pid)
{
	for (size_t i = 0; i < traced.count; i++)
		if (traced.items[i] == pid)
			traced.items[i] = traced.items[--traced.count];
}

/* One line of the trace. `began` and `took` are null where the kernel was not asked for them; `result` for what is no call. */
struct line {
	pid_t pid;
	const char *began, *took;
	char *result;
	char *call; /* without the result, if there is one */
};

static void put_line(const struct line *line)
{
	struct text text = {0};
	if (flag.follow && flag.to_file)
		text_format(&text, "%-5d ", (int)line->pid);
	else if (flag.follow && traced.count > 1)
		text_format(&text, "[pid %5d] ", (int)line->pid);
	if (line->began)
		add_time(&text, line->began);
	if (has_paths() && !flag.names_files) {
		cut_names(line->call);
		if (line->result)
			cut_names(line->result);
	}
	if (flag.hexadecimal)
		add_hexadecimal(&text, line->call);
	else
		text_string(&text, line->call);
	if (line->result)
		text_format(&text, "%*s= %s", flag.column > (int)text.length ? flag.column - (int)text.length : 1, "", line->result);
	fputs(text.data, output);
	if (line->result && !strncmp(line->result, "-1 ", 3))
		put_meaning(output, line->result + 3);
	if (flag.spent && line->took && line->result)
		fprintf(output, " <%s>", line->took);
	fputc('\n', output);
	text_free(&text);
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

/* The last ") = " is what the result stands behind: cuts the text there. */
static char *cut_result(char *call)
{
	char *found = NULL;
	for (char *at = call; (at = strstr(at + 1, ") = "));)
		found = at;
	if (!found)
		return NULL;
	found[1] = 0;
	return found + 4;
}

/* A call: whether it is one that is wanted; counts it. */
static bool take_call(struct line *line)
{
	char name[32];
	size_t length = strcspn(line->call, "(");
	if (length >= sizeof name)
		return true;
	memcpy(name, line->call, length);
	name[length] = 0;
	if (!is_chosen(name) || (has_paths() && !has_chosen_path(line->call)))
		return false;
	line->result = cut_result(line->call);
	if (!is_chosen_status(line->result))
		return false;
	bool failed = line->result && *line->result == '-' && isdigit((unsigned char)line->result[1]);
	if (flag.summary)
		count_call(name, failed, line->took ? strtod(line->took, NULL) : 0);
	return true;
}

/* The signal that lets the command begin is ours. */
static bool is_own_start(const char *text)
{
	static bool seen;
	if (seen || strncmp(text, "--- SIGCONT", 11))
		return false;
	char *own = format_text("si_pid=%d,", (int)getpid());
	seen = strstr(text, own);
	free(own);
	return seen;
}

/* "pid name(args) = result", with times behind the number if they were asked for: chooses, counts and prints it. */
static void take_line(char *text, pid_t target)
{
	struct line line = {.pid = (pid_t)atoi(next_word(&text))};
	if (!flag.follow && line.pid != target)
		return;
	add_traced(line.pid);
	if (is_timed() && isdigit((unsigned char)*text)) {
		line.began = next_word(&text);
		line.took = next_word(&text);
	}
	line.call = text;
	if (is_own_start(text))
		return;
	bool ends = !strncmp(text, "+++", 3), is_signal = !strncmp(text, "---", 3), wanted;
	if (ends)
		wanted = !flag.quiet_exit;
	else
		wanted = is_signal ? is_chosen_signal(text) : take_call(&line);
	if (wanted && flag.lines)
		put_line(&line);
	if (ends)
		remove_traced(line.pid);
}

static int open_trace(pid_t pid)
{
	char *path = format_text("/proc/%d/trace", (int)pid);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		errx(1, "%s: there is no such process, or this kernel does not trace", path);
	char *style = format_text("%s%s%s%s%s%s", flag.follow ? "f" : "1", flag.size ? " s=" : "", flag.size ? flag.size : "", flag.names_files || has_paths() ? " y" : "",
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

static int result_of(pid_t child)
{
	int status;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	fflush(output);
	signal(WTERMSIG(status), SIG_DFL);
	raise(WTERMSIG(status));
	return 128 + WTERMSIG(status);
}

/* A number without a sign, or the end. */
static long number_argument(char option, const char *text)
{
	if (!*text || text[strspn(text, "0123456789")] || strlen(text) > 9)
		errx(1, "invalid -%c argument: '%s'", option, text);
	return atol(text);
}

/* -e: quiet=LIST, or what choose() knows. */
static void choose_expression(const char *text)
{
	if (strncmp(text, "quiet=", 6)) {
		choose(text);
		return;
	}
	flag.quiet_exit |= strstr(text, "exit") || strstr(text, "all");
	flag.quiet_attach |= strstr(text, "attach") || strstr(text, "all");
}

static void open_output(const char *file)
{
	output = fopen(file, flag.appends ? "ae" : "we");
	if (!output)
		err(1, "Can't fopen '%s'", file);
	flag.to_file = true;
}

int main(int argc, char **argv)
{
	pid_t pid = 0;
	output = stderr;
	const char *file = NULL;
	int quiet = 0;
	for (int option; (option = next_option(argc, argv, "+a:AcCe:E:fFo:p:P:qrs:S:tTu:vxyzZ")) != -1;) {
		switch (option) {
		case 'a': flag.column = (int)number_argument('a', optarg); break;
		case 'A': flag.appends = true; break;
		case 'c': flag.summary = true, flag.lines = false; break;
		case 'C': flag.summary = true; break;
		case 'e': choose_expression(optarg); break;
		case 'E': change_environment(optarg); break;
		case 'F':
		case 'f': flag.follow = true; break;
		case 'o': file = optarg; break;
		case 'p': pid = (pid_t)number_argument('p', optarg); break;
		case 'P': choose_path(optarg); break;
		case 'q': quiet++; break;
		case 'r': flag.relative = true; break;
		case 's':
			number_argument('s', optarg);
			flag.size = optarg;
			break;
		case 'S': choose_order(optarg); break;
		case 'T': flag.spent = true; break;
		case 'u': run_as(optarg); break;
		case 'v': flag.verbose = true; break;
		case 'y': flag.names_files = true; break;
		case 't': flag.times++; break;
		case 'x': flag.hexadecimal = true; break;
		case 'z': choose("status=successful"); break;
		case 'Z': choose("status=failed"); break;
		default: break;
		}
	}
	flag.quiet_attach |= quiet > 0;
	flag.quiet_exit |= quiet > 1;
	if (file)
		open_output(file);
	if (!pid && !argv[optind])
		usage_error("must have PROG [ARGS] or -p PID");
	bool attached = pid != 0;
	struct sigaction action = {.sa_handler = attached ? stop : SIG_IGN};
	if (!attached)
		pid = start_command(argv + optind);
	int fd = open_trace(pid);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGQUIT, &action, NULL);
	if (!attached)
		kill(pid, SIGCONT);
	FILE *trace = fdopen(fd, "r");
	char *line = NULL;
	size_t capacity = 0;
	while (!interrupted && read_line(trace, &line, &capacity, NULL) >= 0)
		take_line(line, pid);
	fclose(trace);
	if (flag.summary)
		put_summary(output);
	return attached ? 0 : result_of(pid);
}
