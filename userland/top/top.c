/*
 * top: processes by what they use, again and again
 * https://man7.org/linux/man-pages/man1/top.1.html
 *
 * Usage: top [-bciHS] [-d SECONDS] [-n COUNT] [-o FIELD] [-p PID,...] [-u USER]
 *   -b            batch: plain text, no keys
 *   -c            command lines instead of names
 *   -d SECONDS    time between two pictures (3)
 *   -H            threads
 *   -i            no idle processes
 *   -n COUNT      end after COUNT pictures
 *   -o FIELD      sort by %CPU, %MEM, TIME+, PID, with - the other way round
 *   -p PIDS       only these processes
 *   -u USER       only processes of USER
 *   -w COLUMNS    width in batch mode
 * Keys: q quits, P M T N sort by CPU, memory, time, number, R reverses, c command lines,
 * i idle ones, H threads, u a user, n how many, d or s the delay, k kills, r renices,
 * arrows and page keys scroll, space looks again, h helps.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "numbers.h"
#include "screen.h"
#include "top.h"

static double delay = 3;
static char *message;

static void say(char *text)
{
	free(message);
	message = text;
}

/* A line typed at the place of the message; null if it was left with escape. */
static char *ask(const char *question)
{
	struct text answer = {0};
	text_string(&answer, "");
	for (;;) {
		printf("\033[6;1H\033[K%s %s", question, answer.data);
		fflush(stdout);
		int key = screen_key(-1);
		if (key == '\n' || key == '\r')
			return answer.data;
		if (key == 27 || key == KEY_END_OF_INPUT) {
			text_free(&answer);
			return NULL;
		}
		if ((key == 127 || key == 8) && answer.length)
			answer.data[--answer.length] = 0;
		else if (key >= 32 && key < 127)
			text_char(&answer, (char)key);
	}
}

static void ask_kill(void)
{
	char *pid = ask("PID to signal/kill:"), *end;
	if (!pid)
		return;
	long number = strtol(pid, &end, 10);
	if (end == pid || *end) {
		say(format_text("not a process number: '%s'", pid));
		return;
	}
	char *question = format_text("Send pid %ld signal [15/sigterm]", number), *name = ask(question);
	free(question);
	if (!name)
		return;
	int signal = *name ? signal_number(name) : SIGTERM;
	if (signal < 0)
		say(format_text("unknown signal '%s'", name));
	else if (kill((pid_t)number, signal))
		say(format_text("kill of %ld failed: %s", number, strerror(errno)));
	free(name);
	free(pid);
}

static void ask_nice(void)
{
	char *pid = ask("PID to renice:");
	char *nice = pid && *pid ? ask("to value:") : NULL;
	if (nice && setpriority(PRIO_PROCESS, (id_t)atoi(pid), atoi(nice)))
		say(format_text("renice of %s failed: %s", pid, strerror(errno)));
	free(nice);
	free(pid);
}

static void ask_delay(void)
{
	char *question = format_text("Change delay from %.1f to", delay), *answer = ask(question), *end;
	double value = answer ? strtod(answer, &end) : -1;
	if (answer && *answer && (*end || value < 0))
		say(duplicate("unacceptable number"));
	else if (answer && *answer)
		delay = value < 0.1 ? 0.1 : value;
	free(question);
	free(answer);
}

static void put_help(void)
{
	printf("\033[H\033[J"
	       "top: q quit   space look again   h this text\r\n\r\n"
	       "  P M T N    sort by CPU, memory, time, process number      R  reverse\r\n"
	       "  c          command lines or names                         i  idle processes\r\n"
	       "  H          threads                                        u  only one user\r\n"
	       "  n or #     number of rows                                 d or s  delay\r\n"
	       "  k          send a signal                                  r  renice\r\n"
	       "  up down page-up page-down home    scroll\r\n\r\nPress any key to go on ");
	fflush(stdout);
	screen_key(-1);
}

/* Acts on a key; true if top should end. */
static bool handle(int key, int rows)
{
	char *answer;
	struct top_options *flag = &top_flag;
	switch (key) {
	case 'q':
	case KEY_END_OF_INPUT: return true;
	case 'P':
	case 'M':
	case 'T':
	case 'N': flag->order = (char)key; break;
	case 'R': flag->reverse = !flag->reverse; break;
	case 'c': flag->commands = !flag->commands; break;
	case 'i': flag->no_idle = !flag->no_idle; break;
	case 'H': flag->threads = !flag->threads; break;
	case 'u':
		answer = ask("Which user (blank for all)");
		flag->user = answer && *answer ? answer : NULL;
		break;
	case 'n':
	case '#':
		answer = ask("Maximum tasks (0 is unlimited)");
		flag->limit = answer ? atoi(answer) : flag->limit;
		free(answer);
		break;
	case 'd':
	case 's': ask_delay(); break;
	case 'k': ask_kill(); break;
	case 'r': ask_nice(); break;
	case 'h':
	case '?': put_help(); break;
	case KEY_DOWN: flag->scroll++; break;
	case KEY_UP: flag->scroll--; break;
	case KEY_PAGE_DOWN: flag->scroll += rows - 7; break;
	case KEY_PAGE_UP: flag->scroll -= rows - 7; break;
	case KEY_HOME: flag->scroll = 0; break;
	default: break;
	}
	if (flag->scroll < 0)
		flag->scroll = 0;
	return false;
}

static void run_interactive(long long count)
{
	int columns, rows;
	screen_begin(STDIN_FILENO);
	printf("\033[?25l\033[H\033[J");
	for (;;) {
		terminal_size(STDOUT_FILENO, &columns, &rows);
		top_sample();
		struct text picture = top_draw(columns, rows, true, message);
		fwrite(picture.data, 1, picture.length, stdout);
		fflush(stdout);
		text_free(&picture);
		if (count > 0 && --count == 0)
			break;
		int key = screen_key((int)(delay * 1000));
		say(NULL);
		if (handle(key, rows))
			break;
	}
	terminal_size(STDOUT_FILENO, &columns, &rows);
	printf("\033[?25h\033[%d;1H\r\n", rows);
}

static void run_batch(long long count, int columns)
{
	for (bool first = true;; first = false) {
		if (!first)
			putchar('\n');
		top_sample();
		struct text picture = top_draw(columns, 0, false, NULL);
		fwrite(picture.data, 1, picture.length, stdout);
		text_free(&picture);
		if (fflush(stdout) || (count > 0 && --count == 0))
			return;
		nanosleep(&(struct timespec){(time_t)delay, (long)((delay - (double)(time_t)delay) * 1e9)}, NULL);
	}
}

static void choose_order(const char *field)
{
	static const struct {
		const char *name;
		char order;
	} fields[] = {{"%CPU", 'P'}, {"%MEM", 'M'}, {"RES", 'M'}, {"TIME+", 'T'}, {"TIME", 'T'}, {"PID", 'N'}};
	top_flag.reverse = *field == '-';
	const char *name = field + (*field == '-' || *field == '+');
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		if (strcmp(fields[i].name, name))
			continue;
		top_flag.order = fields[i].order;
		return;
	}
	errx(1, "unrecognized field name '%s'", name);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"batch", no_argument, NULL, 'b'}, {"delay", required_argument, NULL, 'd'}, {"iterations", required_argument, NULL, 'n'},
		{"sort-override", required_argument, NULL, 'o'}, {"pid", required_argument, NULL, 'p'}, {"user", required_argument, NULL, 'u'}, {0}};
	bool batch = false;
	long long count = 0;
	int columns = 0;
	for (int option; (option = next_long_option(argc, argv, "bcd:Hin:o:p:Su:w:", longs)) != -1;) {
		switch (option) {
		case 'b': batch = true; break;
		case 'c': top_flag.commands = true; break;
		case 'd': delay = parse_duration(optarg, 1); break;
		case 'H': top_flag.threads = true; break;
		case 'i': top_flag.no_idle = true; break;
		case 'n': count = parse_integer(optarg, "number of iterations"); break;
		case 'o': choose_order(optarg); break;
		case 'p': top_flag.pids = optarg; break;
		case 'u': top_flag.user = optarg; break;
		case 'w': columns = (int)parse_integer(optarg, "width"); break;
		default: break;
		}
	}
	if (argv[optind])
		usage_error("unknown option '%s'", argv[optind]);
	if (!batch && !isatty(STDOUT_FILENO))
		errx(1, "failed tty get");
	if (batch)
		run_batch(count, columns);
	else
		run_interactive(count);
	return 0;
}
