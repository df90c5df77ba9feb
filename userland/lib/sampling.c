/* The command line and the timing of programs that report at intervals. */
#include "sampling.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "tools.h"

static long number(const char *word)
{
	char *end;
	long value = strtol(word, &end, 10);
	if (*end || value <= 0)
		usage_error("'%s' is neither an interval nor a count", word);
	return value;
}

struct sampling sampling_parse(char **words)
{
	struct sampling sampling = {0, 1};
	if (!words[0])
		return sampling;
	sampling.interval = number(words[0]);
	sampling.count = words[1] ? number(words[1]) : 0;
	if (words[1] && words[2])
		usage_error("extra operand '%s'", words[2]);
	return sampling;
}

void print_system_line(void)
{
	struct utsname system;
	char date[32];
	time_t now = time(NULL);
	uname(&system);
	strftime(date, sizeof date, "%m/%d/%y", localtime(&now));
	printf("%s %s (%s) \t%s \t_%s_\t(%ld CPU)\n\n", system.sysname, system.release, system.nodename, date, system.machine, sysconf(_SC_NPROCESSORS_CONF));
}

double sampling_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

bool sampling_wait(const struct sampling *sampling, long done)
{
	if (!sampling->interval || (sampling->count && done >= sampling->count))
		return false;
	fflush(stdout);
	sleep((unsigned)sampling->interval);
	return true;
}
