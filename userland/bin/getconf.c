/*
 * getconf: values of the system's configuration
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/getconf.html
 *
 * Usage: getconf NAME [PATH]
 *        getconf -a
 *   -v SPECIFICATION   accepted: there is one environment
 * NAME is a variable of sysconf(3), of pathconf(3) with a PATH, or PATH.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools.h"

static const struct {
	const char *name;
	int number;
	char kind; /* s sysconf, p pathconf, c a constant */
} variables[] = {
	{"ARG_MAX", _SC_ARG_MAX, 's'}, {"ATEXIT_MAX", _SC_ATEXIT_MAX, 's'}, {"CHAR_BIT", CHAR_BIT, 'c'}, {"CHAR_MAX", CHAR_MAX, 'c'},
	{"CHILD_MAX", _SC_CHILD_MAX, 's'}, {"CLK_TCK", _SC_CLK_TCK, 's'}, {"HOST_NAME_MAX", _SC_HOST_NAME_MAX, 's'}, {"INT_MAX", INT_MAX, 'c'},
	{"IOV_MAX", _SC_IOV_MAX, 's'}, {"LINE_MAX", _SC_LINE_MAX, 's'}, {"LINK_MAX", _PC_LINK_MAX, 'p'}, {"LOGIN_NAME_MAX", _SC_LOGIN_NAME_MAX, 's'},
	{"LONG_BIT", sizeof(long) * CHAR_BIT, 'c'}, {"MAX_CANON", _PC_MAX_CANON, 'p'}, {"MAX_INPUT", _PC_MAX_INPUT, 'p'}, {"NAME_MAX", _PC_NAME_MAX, 'p'},
	{"NGROUPS_MAX", _SC_NGROUPS_MAX, 's'}, {"NPROCESSORS_CONF", _SC_NPROCESSORS_CONF, 's'}, {"NPROCESSORS_ONLN", _SC_NPROCESSORS_ONLN, 's'},
	{"OPEN_MAX", _SC_OPEN_MAX, 's'}, {"PAGESIZE", _SC_PAGESIZE, 's'}, {"PAGE_SIZE", _SC_PAGESIZE, 's'}, {"PATH_MAX", _PC_PATH_MAX, 'p'},
	{"PIPE_BUF", _PC_PIPE_BUF, 'p'}, {"POSIX_VERSION", _SC_VERSION, 's'}, {"RE_DUP_MAX", _SC_RE_DUP_MAX, 's'}, {"SSIZE_MAX", INT_MAX, 'c'},
	{"STREAM_MAX", _SC_STREAM_MAX, 's'}, {"SYMLOOP_MAX", _SC_SYMLOOP_MAX, 's'}, {"TZNAME_MAX", _SC_TZNAME_MAX, 's'},
	{"WORD_BIT", sizeof(int) * CHAR_BIT, 'c'}, {"_AVPHYS_PAGES", _SC_AVPHYS_PAGES, 's'}, {"_NPROCESSORS_CONF", _SC_NPROCESSORS_CONF, 's'},
	{"_NPROCESSORS_ONLN", _SC_NPROCESSORS_ONLN, 's'}, {"_PHYS_PAGES", _SC_PHYS_PAGES, 's'}, {"_POSIX_JOB_CONTROL", _SC_JOB_CONTROL, 's'},
	{"_POSIX_THREADS", _SC_THREADS, 's'}, {"_POSIX_VERSION", _SC_VERSION, 's'},
};
enum { COUNT = sizeof variables / sizeof *variables };

static int put(size_t which, const char *path, bool named)
{
	long value = variables[which].number;
	errno = 0;
	if (variables[which].kind == 's')
		value = sysconf((int)value);
	else if (variables[which].kind == 'p')
		value = pathconf(path ? path : "/", (int)value);
	if (!strcmp(variables[which].name, "SSIZE_MAX"))
		value = (long)(~0UL >> 1);
	if (value == -1 && errno) {
		warn("%s", path ? path : variables[which].name);
		return 1;
	}
	if (named)
		printf("%-34s ", variables[which].name);
	if (value == -1)
		puts("undefined");
	else
		printf("%ld\n", value);
	return 0;
}

int main(int argc, char **argv)
{
	bool all = false;
	usage_status = 2;
	for (int option; (option = next_option(argc, argv, "av:")) != -1;)
		all |= option == 'a';
	if (all) {
		for (size_t i = 0; i < COUNT; i++)
			put(i, argv[optind], true);
		return 0;
	}
	const char *name = argv[optind];
	if (!name)
		usage_error("missing operand");
	if (!strcmp(name, "PATH") || !strcmp(name, "CS_PATH")) {
		char path[256];
		confstr(_CS_PATH, path, sizeof path);
		puts(path);
		return 0;
	}
	for (size_t i = 0; i < COUNT; i++) {
		bool posix = !strncmp(name, "_POSIX_", 7) && !strcmp(name + 7, variables[i].name);
		if (posix || !strcmp(name, variables[i].name))
			return put(i, argv[optind + 1], false);
	}
	errx(2, "Unrecognized variable `%s'", name);
}
