/*
 * time: run a command and print the time it took
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/time.html
 *
 * Usage: time [-pv] COMMAND [ARG]...
 *   -p   the portable format (default)
 *   -v   also memory, faults and context switches
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools.h"

static double seconds_of(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	bool verbose = false;
	struct timespec start, end;
	struct rusage usage;
	int status;
	usage_status = 125;
	for (int option; (option = next_option(argc, argv, "+pv")) != -1;)
		verbose |= option == 'v';
	if (!argv[optind])
		usage_error("missing command");
	clock_gettime(CLOCK_MONOTONIC, &start);
	pid_t child = fork();
	if (child < 0)
		err(125, "cannot fork");
	if (child == 0) {
		execvp(argv[optind], argv + optind);
		int failure = errno == ENOENT ? 127 : 126;
		warn("cannot run %s", argv[optind]);
		_exit(failure);
	}
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	while (wait4(child, &status, 0, &usage) < 0 && errno == EINTR)
		continue;
	clock_gettime(CLOCK_MONOTONIC, &end);
	double real = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	fprintf(stderr, "real %.2f\nuser %.2f\nsys %.2f\n", real, seconds_of(usage.ru_utime), seconds_of(usage.ru_stime));
	if (verbose)
		fprintf(stderr, "maximum resident set %ld KiB\nmajor faults %ld\nminor faults %ld\n"
			"voluntary context switches %ld\ninvoluntary context switches %ld\n",
			usage.ru_maxrss, usage.ru_majflt, usage.ru_minflt, usage.ru_nvcsw, usage.ru_nivcsw);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
