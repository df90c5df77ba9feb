/*
 * taskset: on which processors a command or a process may run
 * https://man7.org/linux/man-pages/man1/taskset.1.html
 *
 * Usage: taskset [-c] MASK COMMAND [ARGUMENT...]
 *        taskset [-a] [-c] -p [MASK] PID
 *       -a  all threads of the process
 *       -c  the mask is a list: 0,2-3
 *       -p  show the mask of a process that runs, or change it
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "numbers.h"
#include "tools.h"

static void add_range(cpu_set_t *set, unsigned long first, unsigned long last, unsigned long step)
{
	for (unsigned long cpu = first; cpu <= last && cpu < CPU_SETSIZE; cpu += step)
		CPU_SET(cpu, set);
}

/* "0,2-6:2" */
static bool parse_list(const char *text, cpu_set_t *set)
{
	CPU_ZERO(set);
	for (;;) {
		char *end;
		if (!isdigit((unsigned char)*text))
			return false;
		unsigned long first = strtoul(text, &end, 10), last = first, step = 1;
		if (*end == '-' && isdigit((unsigned char)end[1]))
			last = strtoul(end + 1, &end, 10);
		if (*end == ':' && isdigit((unsigned char)end[1]))
			step = strtoul(end + 1, &end, 10);
		if (step == 0 || last < first)
			return false;
		add_range(set, first, last, step);
		if (!*end)
			return true;
		if (*end != ',')
			return false;
		text = end + 1;
	}
}

/* Hexadecimal, with or without 0x. */
static bool parse_mask(const char *text, cpu_set_t *set)
{
	CPU_ZERO(set);
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		text += 2;
	size_t length = strlen(text);
	for (size_t at = 0; at < length; at++) {
		char digit[2] = {text[length - 1 - at], 0};
		if (!isxdigit((unsigned char)digit[0]))
			return false;
		unsigned long value = strtoul(digit, NULL, 16);
		for (size_t bit = 0; bit < 4; bit++)
			if (value >> bit & 1)
				add_range(set, 4 * at + bit, 4 * at + bit, 1);
	}
	return length > 0;
}

static void print_set(const cpu_set_t *set, bool is_list)
{
	if (!is_list) {
		unsigned long mask = 0;
		for (unsigned cpu = 0; cpu < 8 * sizeof mask; cpu++)
			if (CPU_ISSET(cpu, set))
				mask |= 1UL << cpu;
		printf("%lx\n", mask);
		return;
	}
	const char *separator = "";
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, set))
			continue;
		int last = cpu;
		while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, set))
			last++;
		printf(last == cpu ? "%s%d" : "%s%d-%d", separator, cpu, last);
		separator = ",";
		cpu = last;
	}
	putchar('\n');
}

static void show(pid_t pid, const char *when, bool is_list)
{
	cpu_set_t set;
	if (sched_getaffinity(pid, sizeof set, &set))
		err(1, "failed to get pid %d's affinity", (int)pid);
	printf("pid %d's %s affinity %s: ", (int)pid, when, is_list ? "list" : "mask");
	print_set(&set, is_list);
}

static void show_or_change(pid_t pid, const cpu_set_t *wanted, bool is_list)
{
	show(pid, "current", is_list);
	if (!wanted)
		return;
	if (sched_setaffinity(pid, sizeof *wanted, wanted))
		err(1, "failed to set pid %d's affinity", (int)pid);
	show(pid, "new", is_list);
}

static void each_thread(pid_t pid, const cpu_set_t *wanted, bool is_list)
{
	char *path = format_text("/proc/%d/task", (int)pid);
	DIR *threads = opendir(path);
	if (!threads)
		err(1, "failed to get pid %d's affinity", (int)pid);
	for (struct dirent *entry; (entry = readdir(threads));)
		if (isdigit((unsigned char)entry->d_name[0]))
			show_or_change((pid_t)atoi(entry->d_name), wanted, is_list);
	closedir(threads);
	free(path);
}

int main(int argc, char **argv)
{
	bool is_list = false, is_process = false, all = false;
	for (int option; (option = next_option(argc, argv, "+acp")) != -1;) {
		is_list |= option == 'c';
		is_process |= option == 'p';
		all |= option == 'a';
	}
	int left = argc - optind;
	if (left < (is_process ? 1 : 2) || (is_process && left > 2))
		usage_error("bad usage");
	cpu_set_t set;
	bool changes = !is_process || left == 2;
	if (changes && !(is_list ? parse_list : parse_mask)(argv[optind], &set))
		errx(1, "failed to parse CPU %s: %s", is_list ? "list" : "mask", argv[optind]);
	if (is_process) {
		pid_t pid = (pid_t)parse_integer(argv[argc - 1], "PID");
		(all ? each_thread : show_or_change)(pid, changes ? &set : NULL, is_list);
		return 0;
	}
	if (sched_setaffinity(0, sizeof set, &set))
		err(1, "failed to set pid 0's affinity");
	execvp(argv[optind + 1], argv + optind + 1);
	int reason = errno;
	warn("failed to execute %s", argv[optind + 1]);
	return reason == ENOENT ? 127 : 126;
}
