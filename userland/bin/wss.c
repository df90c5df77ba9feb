/*
 * wss: working set of a process
 * hartix(7)
 *
 * Usage: wss PID [SECONDS]
 * Takes the accessed bits from all page-table entries of the process (/proc/PID/clear_refs), waits (1 second
 * unless told), and prints how long that was, resident and proportional memory, and how much was accessed.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "numbers.h"
#include "process.h"
#include "tools.h"

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void clear_references(long long pid)
{
	char *path = format_text("/proc/%lld/clear_refs", pid);
	int file = open(path, O_WRONLY);
	if (file < 0 || write(file, "1", 1) != 1)
		err(1, "%s", path);
	close(file);
	free(path);
}

/* KiB of a line that begins with `name`. */
static unsigned long long field(const char *text, const char *name)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, strlen(name)))
			return strtoull(line + strlen(name), NULL, 10);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (next_option(argc, argv, "") != -1 || argc - optind < 1 || argc - optind > 2)
		usage_error("PID is needed");
	long long pid = parse_integer(argv[optind], "PID");
	double duration = optind + 1 < argc ? parse_duration(argv[optind + 1], 1) : 1;
	double start = now();
	clear_references(pid);
	struct timespec pause = {.tv_sec = (time_t)duration};
	pause.tv_nsec = (long)((duration - (double)pause.tv_sec) * 1e9);
	while (nanosleep(&pause, &pause) && errno == EINTR)
		continue;
	double seconds = now() - start;
	size_t length;
	char *text = proc_file((pid_t)pid, "smaps_rollup", &length);
	if (!text)
		err(1, "/proc/%lld/smaps_rollup", pid);
	printf("%-8s %10s %10s %10s\n", "Est(s)", "Rss(KiB)", "Pss(KiB)", "Ref(KiB)");
	printf("%-8.3f %10llu %10llu %10llu\n", seconds, field(text, "Rss:"), field(text, "Pss:"),
	       field(text, "Referenced:"));
	free(text);
	return 0;
}
