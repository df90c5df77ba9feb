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
	long number;
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
	{"_NPROCESSORS_ONLN", _SC_NPROCESSORS_ONLN, 's'}, {"_PHYS_PAGES", _SC_PHYS_PAGES, 's'}, {"_POSIX_JOB_CONTROL", _SC_JOB_CONTROL, 's'},	{"BC_BASE_MAX", _SC_BC_BASE_MAX, 's'}, {"BC_DIM_MAX", _SC_BC_DIM_MAX, 's'}, {"BC_SCALE_MAX", _SC_BC_SCALE_MAX, 's'},
	{"BC_STRING_MAX", _SC_BC_STRING_MAX, 's'}, {"COLL_WEIGHTS_MAX", _SC_COLL_WEIGHTS_MAX, 's'}, {"EXPR_NEST_MAX", _SC_EXPR_NEST_MAX, 's'},
	{"AIO_LISTIO_MAX", _SC_AIO_LISTIO_MAX, 's'}, {"AIO_MAX", _SC_AIO_MAX, 's'}, {"AIO_PRIO_DELTA_MAX", _SC_AIO_PRIO_DELTA_MAX, 's'},
	{"DELAYTIMER_MAX", _SC_DELAYTIMER_MAX, 's'}, {"MQ_OPEN_MAX", _SC_MQ_OPEN_MAX, 's'}, {"MQ_PRIO_MAX", _SC_MQ_PRIO_MAX, 's'},
	{"RTSIG_MAX", _SC_RTSIG_MAX, 's'}, {"SEM_NSEMS_MAX", _SC_SEM_NSEMS_MAX, 's'}, {"SEM_VALUE_MAX", _SC_SEM_VALUE_MAX, 's'},
	{"SIGQUEUE_MAX", _SC_SIGQUEUE_MAX, 's'}, {"TIMER_MAX", _SC_TIMER_MAX, 's'}, {"POSIX2_VERSION", _SC_2_VERSION, 's'},
	{"POSIX2_C_BIND", _SC_2_C_BIND, 's'}, {"POSIX2_C_DEV", _SC_2_C_DEV, 's'}, {"POSIX2_CHAR_TERM", _SC_2_CHAR_TERM, 's'},
	{"POSIX2_LOCALEDEF", _SC_2_LOCALEDEF, 's'}, {"POSIX2_SW_DEV", _SC_2_SW_DEV, 's'}, {"POSIX2_UPE", _SC_2_UPE, 's'},
	{"POSIX2_FORT_DEV", _SC_2_FORT_DEV, 's'}, {"POSIX2_FORT_RUN", _SC_2_FORT_RUN, 's'}, {"_POSIX_ASYNCHRONOUS_IO", _SC_ASYNCHRONOUS_IO, 's'},
	{"_POSIX_BARRIERS", _SC_BARRIERS, 's'}, {"_POSIX_CLOCK_SELECTION", _SC_CLOCK_SELECTION, 's'}, {"_POSIX_CPUTIME", _SC_CPUTIME, 's'},
	{"_POSIX_FSYNC", _SC_FSYNC, 's'}, {"_POSIX_IPV6", _SC_IPV6, 's'}, {"_POSIX_MAPPED_FILES", _SC_MAPPED_FILES, 's'},
	{"_POSIX_MEMLOCK", _SC_MEMLOCK, 's'}, {"_POSIX_MEMLOCK_RANGE", _SC_MEMLOCK_RANGE, 's'},
	{"_POSIX_MEMORY_PROTECTION", _SC_MEMORY_PROTECTION, 's'}, {"_POSIX_MESSAGE_PASSING", _SC_MESSAGE_PASSING, 's'},
	{"_POSIX_MONOTONIC_CLOCK", _SC_MONOTONIC_CLOCK, 's'}, {"_POSIX_PRIORITY_SCHEDULING", _SC_PRIORITY_SCHEDULING, 's'},
	{"_POSIX_RAW_SOCKETS", _SC_RAW_SOCKETS, 's'}, {"_POSIX_READER_WRITER_LOCKS", _SC_READER_WRITER_LOCKS, 's'},
	{"_POSIX_REALTIME_SIGNALS", _SC_REALTIME_SIGNALS, 's'}, {"_POSIX_REGEXP", _SC_REGEXP, 's'}, {"_POSIX_SAVED_IDS", _SC_SAVED_IDS, 's'},
	{"_POSIX_SEMAPHORES", _SC_SEMAPHORES, 's'}, {"_POSIX_SHARED_MEMORY_OBJECTS", _SC_SHARED_MEMORY_OBJECTS, 's'},
	{"_POSIX_SHELL", _SC_SHELL, 's'}, {"_POSIX_SPAWN", _SC_SPAWN, 's'}, {"_POSIX_SPIN_LOCKS", _SC_SPIN_LOCKS, 's'},
	{"_POSIX_SYNCHRONIZED_IO", _SC_SYNCHRONIZED_IO, 's'}, {"_POSIX_THREAD_ATTR_STACKADDR", _SC_THREAD_ATTR_STACKADDR, 's'},
	{"_POSIX_THREAD_ATTR_STACKSIZE", _SC_THREAD_ATTR_STACKSIZE, 's'}, {"_POSIX_THREAD_CPUTIME", _SC_THREAD_CPUTIME, 's'},
	{"_POSIX_THREAD_PROCESS_SHARED", _SC_THREAD_PROCESS_SHARED, 's'}, {"_POSIX_THREAD_SAFE_FUNCTIONS", _SC_THREAD_SAFE_FUNCTIONS, 's'},
	{"_POSIX_TIMEOUTS", _SC_TIMEOUTS, 's'}, {"_POSIX_TIMERS", _SC_TIMERS, 's'}, {"_POSIX_CHOWN_RESTRICTED", _PC_CHOWN_RESTRICTED, 'p'},
	{"_POSIX_NO_TRUNC", _PC_NO_TRUNC, 'p'}, {"_POSIX_VDISABLE", _PC_VDISABLE, 'p'}, {"_POSIX_ASYNC_IO", _PC_ASYNC_IO, 'p'},
	{"_POSIX_PRIO_IO", _PC_PRIO_IO, 'p'}, {"_POSIX_SYNC_IO", _PC_SYNC_IO, 'p'}, {"FILESIZEBITS", _PC_FILESIZEBITS, 'p'},
	{"SYMLINK_MAX", _PC_SYMLINK_MAX, 'p'}, {"POSIX_ALLOC_SIZE_MIN", _PC_ALLOC_SIZE_MIN, 'p'},
	{"POSIX_REC_INCR_XFER_SIZE", _PC_REC_INCR_XFER_SIZE, 'p'}, {"POSIX_REC_MAX_XFER_SIZE", _PC_REC_MAX_XFER_SIZE, 'p'},
	{"POSIX_REC_MIN_XFER_SIZE", _PC_REC_MIN_XFER_SIZE, 'p'}, {"POSIX_REC_XFER_ALIGN", _PC_REC_XFER_ALIGN, 'p'},
	{"_XOPEN_CRYPT", _SC_XOPEN_CRYPT, 's'}, {"_XOPEN_ENH_I18N", _SC_XOPEN_ENH_I18N, 's'}, {"_XOPEN_SHM", _SC_XOPEN_SHM, 's'},
	{"_XOPEN_UNIX", _SC_XOPEN_UNIX, 's'}, {"_XOPEN_VERSION", _SC_XOPEN_VERSION, 's'}, {"_POSIX_ARG_MAX", _POSIX_ARG_MAX, 'c'},
	{"_POSIX_CHILD_MAX", _POSIX_CHILD_MAX, 'c'}, {"_POSIX_HOST_NAME_MAX", _POSIX_HOST_NAME_MAX, 'c'}, {"_POSIX_LINK_MAX", _POSIX_LINK_MAX, 'c'},
	{"_POSIX_LOGIN_NAME_MAX", _POSIX_LOGIN_NAME_MAX, 'c'}, {"_POSIX_MAX_CANON", _POSIX_MAX_CANON, 'c'},
	{"_POSIX_MAX_INPUT", _POSIX_MAX_INPUT, 'c'}, {"_POSIX_NAME_MAX", _POSIX_NAME_MAX, 'c'}, {"_POSIX_NGROUPS_MAX", _POSIX_NGROUPS_MAX, 'c'},
	{"_POSIX_OPEN_MAX", _POSIX_OPEN_MAX, 'c'}, {"_POSIX_PATH_MAX", _POSIX_PATH_MAX, 'c'}, {"_POSIX_PIPE_BUF", _POSIX_PIPE_BUF, 'c'},
	{"_POSIX_RE_DUP_MAX", _POSIX_RE_DUP_MAX, 'c'}, {"_POSIX_SSIZE_MAX", _POSIX_SSIZE_MAX, 'c'}, {"_POSIX_STREAM_MAX", _POSIX_STREAM_MAX, 'c'},
	{"_POSIX_SYMLINK_MAX", _POSIX_SYMLINK_MAX, 'c'}, {"_POSIX_SYMLOOP_MAX", _POSIX_SYMLOOP_MAX, 'c'},
	{"_POSIX_TTY_NAME_MAX", _POSIX_TTY_NAME_MAX, 'c'}, {"_POSIX_TZNAME_MAX", _POSIX_TZNAME_MAX, 'c'},
	{"_POSIX2_BC_BASE_MAX", _POSIX2_BC_BASE_MAX, 'c'}, {"_POSIX2_BC_DIM_MAX", _POSIX2_BC_DIM_MAX, 'c'},
	{"_POSIX2_BC_SCALE_MAX", _POSIX2_BC_SCALE_MAX, 'c'}, {"_POSIX2_BC_STRING_MAX", _POSIX2_BC_STRING_MAX, 'c'},
	{"_POSIX2_CHARCLASS_NAME_MAX", _POSIX2_CHARCLASS_NAME_MAX, 'c'}, {"_POSIX2_COLL_WEIGHTS_MAX", _POSIX2_COLL_WEIGHTS_MAX, 'c'},
	{"_POSIX2_EXPR_NEST_MAX", _POSIX2_EXPR_NEST_MAX, 'c'}, {"_POSIX2_LINE_MAX", _POSIX2_LINE_MAX, 'c'},
	{"_POSIX2_RE_DUP_MAX", _POSIX2_RE_DUP_MAX, 'c'}, {"CHARCLASS_NAME_MAX", CHARCLASS_NAME_MAX, 'c'}, {"INT_MIN", INT_MIN, 'c'},
	{"LONG_MAX", LONG_MAX, 'c'}, {"LONG_MIN", LONG_MIN, 'c'}, {"MB_LEN_MAX", MB_LEN_MAX, 'c'}, {"NZERO", NZERO, 'c'},
	{"SCHAR_MAX", SCHAR_MAX, 'c'}, {"SCHAR_MIN", SCHAR_MIN, 'c'}, {"SHRT_MAX", SHRT_MAX, 'c'}, {"SHRT_MIN", SHRT_MIN, 'c'},
	{"NL_ARGMAX", NL_ARGMAX, 'c'}, {"NL_LANGMAX", NL_LANGMAX, 'c'}, {"NL_MSGMAX", NL_MSGMAX, 'c'}, {"NL_SETMAX", NL_SETMAX, 'c'},
	{"NL_TEXTMAX", NL_TEXTMAX, 'c'}, {"UCHAR_MAX", UCHAR_MAX, 'c'}, {"USHRT_MAX", USHRT_MAX, 'c'}, {"CHAR_MIN", CHAR_MIN, 'c'},
	{"UINT_MAX", UINT_MAX, 'c'}, {"ULONG_MAX", 0, 'u'}, {"TTY_NAME_MAX", _SC_TTY_NAME_MAX, 's'},

	{"_POSIX_THREADS", _SC_THREADS, 's'}, {"_POSIX_VERSION", _SC_VERSION, 's'},
};
enum { COUNT = sizeof variables / sizeof *variables };

static int put(size_t which, const char *path, bool named)
{
	long value = variables[which].number;
	errno = 0;
	if (variables[which].kind == 's')
		value = sysconf((int)variables[which].number);
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
	if (variables[which].kind == 'u')
		printf("%lu\n", ULONG_MAX);
	else if (value == -1 && variables[which].kind != 'c')
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
	for (size_t i = 0; i < COUNT; i++)
		if (!strcmp(name, variables[i].name))
			return put(i, argv[optind + 1], false);
	for (size_t i = 0; i < COUNT; i++)
		if (!strncmp(name, "_POSIX_", 7) && !strcmp(name + 7, variables[i].name))
			return put(i, argv[optind + 1], false);
	errx(2, "Unrecognized variable `%s'", name);
}
