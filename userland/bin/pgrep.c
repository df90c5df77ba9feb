/*
 * pgrep: find or signal processes by name
 * https://man7.org/linux/man-pages/man1/pgrep.1.html
 *
 * Aliases: pkill pidof killall
 *
 * Usage: pgrep [OPTION]... PATTERN
 *        pkill [-SIGNAL] [OPTION]... PATTERN
 *        pidof [-s] NAME...
 *        killall [-SIGNAL] [-qv] NAME...
 *   -a           the command lines, too (pgrep)
 *   -c           only how many
 *   -f           match the whole command line
 *   -i           ignore case
 *   -l           the names, too (pgrep)
 *   -n, -o       only the newest, the oldest
 *   -P PPID      only children of these
 *   -s           only one (pidof)
 *   -u USER      only of these users
 *   -v           those that do not match
 *   -x           the whole name must match
 */
#include <errno.h>
#include <getopt.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "owner.h"
#include "pattern.h"
#include "process.h"
#include "tools.h"

static struct {
	bool arguments, count, full, ignore_case, names, newest, oldest, invert, exact, quiet;
	const char *parents, *users;
} flag;

static int signal_to_send = SIGTERM;
static struct pattern pattern;
static bool has_pattern;

static bool is_listed(const char *list, const char *name, long number)
{
	char text[24];
	snprintf(text, sizeof text, "%ld", number);
	for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
		size_t length = strcspn(at, ",");
		if ((strlen(text) == length && !strncmp(at, text, length)) || (name && strlen(name) == length && !strncmp(at, name, length)))
			return true;
	}
	return false;
}

static bool matches(const struct process *process)
{
	regmatch_t match;
	const char *text = flag.full && process->arguments ? process->arguments : process->name;
	bool found = !has_pattern || pattern_find(&pattern, text, 0, 1, &match);
	if (found && has_pattern && flag.exact)
		found = match.rm_so == 0 && !text[match.rm_eo];
	if (flag.parents && !is_listed(flag.parents, NULL, process->parent))
		found = false;
	if (flag.users && !is_listed(flag.users, user_name(process->effective_user), (long)process->effective_user))
		found = false;
	return found != flag.invert;
}

/* -SIGNAL may stand anywhere among the options of pkill and killall. */
static void take_signal(int *argc, char **argv)
{
	for (int i = 1; i < *argc; i++) {
		if (argv[i][0] != '-' || !argv[i][1] || argv[i][1] == '-')
			continue;
		int number = signal_number(argv[i] + 1);
		if (number < 0 || (strlen(argv[i]) == 2 && !strchr("0123456789", argv[i][1])))
			continue;
		signal_to_send = number;
		memmove(argv + i, argv + i + 1, sizeof *argv * (size_t)(*argc - i));
		--*argc;
		return;
	}
}

static int act_on(const struct process *process, bool killing)
{
	if (killing) {
		if (kill(process->pid, signal_to_send)) {
			warn("killing pid %d failed", (int)process->pid);
			return 0;
		}
		return 1;
	}
	if (flag.count)
		return 1;
	printf("%d", (int)process->pid);
	if (flag.arguments)
		printf(" %s", process->arguments ? process->arguments : process->name);
	else if (flag.names)
		printf(" %s", process->name);
	putchar('\n');
	return 1;
}

static int search(bool killing)
{
	struct process_list list = process_list(false);
	const struct process *best = NULL;
	int found = 0;
	for (size_t i = 0; i < list.count; i++) {
		const struct process *process = &list.items[i];
		if (process->pid == getpid() || !matches(process))
			continue;
		if (!flag.newest && !flag.oldest)
			found += act_on(process, killing);
		else if (!best || (flag.newest ? process->start_ticks >= best->start_ticks : process->start_ticks < best->start_ticks))
			best = process;
	}
	if (best)
		found += act_on(best, killing);
	if (flag.count)
		printf("%d\n", found);
	return found ? 0 : 1;
}

/* Name, or the last part of the program of the command line. */
static bool has_name(const struct process *process, const char *name)
{
	if (!strcmp(process->name, name) || (strlen(process->name) == 15 && !strncmp(process->name, name, 15)))
		return true;
	if (!process->arguments)
		return false;
	char *program = duplicate_range(process->arguments, strcspn(process->arguments, " "));
	bool equal = !strcmp(path_name(program), name) || !strcmp(program, name);
	free(program);
	return equal;
}

static int by_names(char **names, bool killing, bool only_one)
{
	struct process_list list = process_list(false);
	int status = killing ? 0 : 1;
	bool any = false;
	for (; *names; names++) {
		bool found = false;
		for (size_t i = list.count; i-- > 0 && !(found && only_one);) {
			const struct process *process = &list.items[i];
			if (process->pid == getpid() || !has_name(process, *names))
				continue;
			found = true;
			if (killing && kill(process->pid, signal_to_send))
				warn("%s(%d)", process->name, (int)process->pid);
			else if (!killing)
				printf("%s%d", any ? " " : "", (int)process->pid);
			any = true;
			status = killing ? status : 0;
		}
		if (killing && !found) {
			status = 1;
			if (!flag.quiet)
				warnx("%s: no process found", *names);
		}
	}
	if (!killing && any)
		putchar('\n');
	return status;
}

int main(int argc, char **argv)
{
	bool killing = !strcmp(program_name(), "pkill") || !strcmp(program_name(), "killall"), only_one = false;
	bool by_name = !strcmp(program_name(), "pidof") || !strcmp(program_name(), "killall");
	usage_status = by_name ? 1 : 2;
	if (killing)
		take_signal(&argc, argv);
	for (int option; (option = next_option(argc, argv, by_name ? "qsv" : "acfilnoP:u:U:vx")) != -1;) {
		switch (option) {
		case 'a': flag.arguments = true; break;
		case 'c': flag.count = true; break;
		case 'f': flag.full = true; break;
		case 'i': flag.ignore_case = true; break;
		case 'l': flag.names = true; break;
		case 'n': flag.newest = true; break;
		case 'o': flag.oldest = true; break;
		case 'P': flag.parents = optarg; break;
		case 'q': flag.quiet = true; break;
		case 'u':
		case 'U': flag.users = optarg; break;
		case 'v': flag.invert = !by_name; break;
		case 'x': flag.exact = true; break;
		default: only_one = true;
		}
	}
	if (by_name && !argv[optind])
		usage_error("missing operand");
	if (by_name)
		return by_names(argv + optind, killing, only_one);
	has_pattern = argv[optind] != NULL;
	if (!has_pattern && !flag.parents && !flag.users)
		usage_error("no matching criteria specified");
	if (has_pattern)
		pattern_compile(&pattern, argv[optind], REG_EXTENDED | (flag.ignore_case ? REG_ICASE : 0), 2);
	return search(killing);
}
