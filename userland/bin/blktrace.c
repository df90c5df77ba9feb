/*
 * blktrace: what happens to a disk's requests while a command runs
 * https://man7.org/linux/man-pages/man8/blktrace.8.html
 *
 * Usage: blktrace -d DEVICE [-w SECONDS] [COMMAND [ARGUMENT]...]
 *   -d DEVICE   /dev/vdb, or vdb
 *   -w SECONDS  how long, without a command
 * Lines as blkparse has them: device, CPU, number, seconds, process, action (Q queued, G request, M merged, D to the
 * disk, C complete), kind, sector + sectors, process; for D also the physical address where the disk reads or writes.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "numbers.h"
#include "tools.h"

static void enable(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, 1) != 1)
		err(1, "%s", path);
	close(fd);
}

static void print_events(const char *path)
{
	FILE *events = fopen(path, "re");
	char line[256];
	if (!events)
		err(1, "%s", path);
	while (fgets(line, sizeof line, events))
		fputs(line, stdout);
	fclose(events);
}

static int run(char **argv)
{
	int status = 0;
	pid_t child = fork();
	if (child < 0)
		err(1, "fork");
	if (child == 0) {
		execvp(argv[0], argv);
		err(errno == ENOENT ? 127 : 126, "%s", argv[0]);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	const char *device = NULL;
	long long seconds = 0;
	for (int option; (option = next_option(argc, argv, "+d:w:")) != -1;) {
		if (option == 'd')
			device = optarg;
		else
			seconds = parse_integer(optarg, "seconds");
	}
	if (!device || (!argv[optind] && seconds < 1))
		usage_error("a device and a command, or -w, are needed");
	const char *name = strncmp(device, "/dev/", 5) ? device : device + 5;
	char *switch_path = format_text("/sys/block/%s/trace/enable", name);
	char *events_path = format_text("/sys/block/%s/trace/events", name);
	enable(switch_path, "1");
	int status = 0;
	if (argv[optind])
		status = run(argv + optind);
	else
		sleep((unsigned)seconds);
	enable(switch_path, "0");
	print_events(events_path);
	free(switch_path);
	free(events_path);
	return status;
}
