/*
 * pmap: memory map of a process
 * https://man7.org/linux/man-pages/man1/pmap.1.html
 *
 * Usage: pmap [-qx] PID...
 *   -q   no titles and totals
 *   -x   resident and dirty memory, from /proc/PID/smaps
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "process.h"
#include "tools.h"

struct area {
	unsigned long long start, size, resident, dirty;
	char mode[8];
	char name[256];
};

static bool quiet, extended;

static void put_area(const struct area *area)
{
	if (extended)
		printf("%016llx %7llu %7llu %7llu %s %s\n", area->start, area->size, area->resident, area->dirty, area->mode, area->name);
	else
		printf("%016llx %6lluK %s %s\n", area->start, area->size, area->mode, area->name);
}

static void parse_area(const char *line, struct area *area)
{
	unsigned long long end = 0;
	char mode[8] = "", path[256] = "";
	*area = (struct area){0};
	sscanf(line, "%llx-%llx %7s %*s %*s %*s %255[^\n]", &area->start, &end, mode, path);
	area->size = (end - area->start) / 1024;
	snprintf(area->mode, sizeof area->mode, "%.3s%c-", mode, mode[3] == 's' ? 's' : '-');
	if (!strcmp(path, "[stack]"))
		strcpy(area->name, "  [ stack ]");
	else if (!*path || (*path == '[' && strcmp(path, "[heap]") == 0))
		strcpy(area->name, "  [ anon ]");
	else if (*path == '[')
		snprintf(area->name, sizeof area->name, "  [ anon ]");
	else
		snprintf(area->name, sizeof area->name, "%s", path_name(path));
}

static int put_map(pid_t pid)
{
	struct process process;
	if (!process_read(pid, &process))
		return 42;
	size_t length;
	char *text = extended ? proc_file(pid, "smaps", &length) : NULL, *rest = NULL;
	if (!text)
		text = proc_file(pid, "maps", &length);
	if (!text)
		err(1, "/proc/%d/maps", (int)pid);
	char *command = process_command(&process);
	printf("%d:   %s\n", (int)pid, command);
	free(command);
	if (extended && !quiet)
		printf("Address           Kbytes     RSS   Dirty Mode  Mapping\n");
	struct area area = {0}, total = {0};
	bool pending = false;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		unsigned long long value;
		if (strchr("0123456789abcdef", line[0])) {
			if (pending)
				put_area(&area);
			parse_area(line, &area);
			total.size += area.size;
			pending = true;
		} else if (sscanf(line, "Rss: %llu", &value) == 1) {
			area.resident = value;
			total.resident += value;
		} else if (sscanf(line, "Private_Dirty: %llu", &value) == 1 || sscanf(line, "Shared_Dirty: %llu", &value) == 1) {
			area.dirty += value;
			total.dirty += value;
		}
	}
	if (pending)
		put_area(&area);
	if (extended && !quiet)
		printf("---------------- ------- ------- ------- \ntotal kB         %7llu %7llu %7llu\n", total.size, total.resident, total.dirty);
	else if (!quiet)
		printf(" total %16lluK\n", total.size);
	free(text);
	process_free(&process);
	return 0;
}

int main(int argc, char **argv)
{
	int status = 0;
	for (int option; (option = next_option(argc, argv, "qx")) != -1;) {
		quiet |= option == 'q';
		extended |= option == 'x';
	}
	if (!argv[optind])
		usage_error("argument missing");
	for (char **pid = argv + optind; *pid; pid++)
		status |= put_map((pid_t)atoi(*pid));
	return status;
}
