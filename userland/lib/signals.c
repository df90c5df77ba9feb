/* Names of signals, and kill, https://pubs.opengroup.org/onlinepubs/9799919799/utilities/kill.html.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools.h"

enum { FIRST_REALTIME = 34, LAST_SIGNAL = 64 };

static const char *const names[] = {
	"EXIT", "HUP",  "INT",  "QUIT", "ILL",    "TRAP",  "ABRT", "BUS",  "FPE",  "KILL", "USR1",
	"SEGV", "USR2", "PIPE", "ALRM", "TERM",   "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN",
	"TTOU", "URG",  "XCPU", "XFSZ", "VTALRM", "PROF",  "WINCH", "POLL", "PWR",  "SYS"};
enum { NAMED = sizeof names / sizeof *names };

const char *signal_name(int number)
{
	static char realtime[16];
	if (number >= 0 && number < NAMED)
		return names[number];
	if (number < FIRST_REALTIME || number > LAST_SIGNAL)
		return NULL;
	int above = number - FIRST_REALTIME, below = LAST_SIGNAL - number;
	if (above <= below)
		snprintf(realtime, sizeof realtime, above ? "RTMIN+%d" : "RTMIN", above);
	else
		snprintf(realtime, sizeof realtime, below ? "RTMAX-%d" : "RTMAX", below);
	return realtime;
}

int signal_number(const char *name)
{
	char *end;
	if (*name >= '0' && *name <= '9') {
		long number = strtol(name, &end, 10);
		return *end || number > LAST_SIGNAL ? -1 : (int)number;
	}
	if (!strncasecmp(name, "SIG", 3))
		name += 3;
	for (int i = 0; i < NAMED; i++)
		if (!strcasecmp(name, names[i]))
			return i;
	if (!strcasecmp(name, "IO"))
		return SIGIO;
	if (!strcasecmp(name, "CLD"))
		return SIGCHLD;
	if (!strcasecmp(name, "IOT"))
		return SIGABRT;
	bool from_start = !strncasecmp(name, "RTMIN", 5);
	if (!from_start && strncasecmp(name, "RTMAX", 5))
		return -1;
	long offset = name[5] ? strtol(name + 5, &end, 10) : 0;
	if (name[5] && *end)
		return -1;
	long number = (from_start ? FIRST_REALTIME : LAST_SIGNAL) + offset;
	return number < FIRST_REALTIME || number > LAST_SIGNAL ? -1 : (int)number;
}

/* kill -l: every name, or the names of signals and of the exit statuses that they cause. */
static int list_signals(int argc, char **argv, int first)
{
	int status = 0;
	for (int number = 1; first >= argc && number <= LAST_SIGNAL; number++)
		if (signal_name(number))
			puts(signal_name(number));
	for (; first < argc; first++) {
		char *end;
		long number = strtol(argv[first], &end, 10);
		if (*argv[first] && !*end) {
			const char *name = signal_name((int)(number > 128 ? number - 128 : number));
			if (name && number > 0) {
				puts(name);
				continue;
			}
		} else if (signal_number(argv[first]) > 0) {
			printf("%d\n", signal_number(argv[first]));
			continue;
		}
		fprintf(stderr, "%s: '%s': invalid signal\n", argv[0], argv[first]);
		status = 1;
	}
	return status;
}

/* Sends to one operand. False, after a message, if it could not be. */
static bool send(const char *program, const char *word, int number, long (*job_pid)(const char *))
{
	char *end;
	long pid = strtol(word, &end, 10);
	if (*word == '%' && job_pid) {
		pid = job_pid(word);
		if (!pid) {
			fprintf(stderr, "%s: %s: no such job\n", program, word);
			return false;
		}
	} else if (!*word || *end) {
		fprintf(stderr, "%s: invalid process id: '%s'\n", program, word);
		return false;
	}
	if (kill((pid_t)pid, number) == 0)
		return true;
	fprintf(stderr, "%s: (%ld): %s\n", program, pid, strerror(errno));
	return false;
}

static int misuse(const char *program)
{
	fprintf(stderr, "Usage: %s [-s SIGNAL | -SIGNAL] PID...\n       %s -l [STATUS]...\n", program,
	        program);
	return 2;
}

int kill_command(int argc, char **argv, long (*job_pid)(const char *job))
{
	int number = SIGTERM, i = 1;
	const char *name = NULL;
	if (i < argc && argv[i][0] == '-' && argv[i][1]) {
		const char *letter = argv[i] + 1;
		if (!strcmp(letter, "l") || !strcmp(letter, "L"))
			return list_signals(argc, argv, i + 1);
		if (!strcmp(letter, "s") || !strcmp(letter, "n")) {
			if (i + 1 >= argc)
				return misuse(argv[0]);
			name = argv[i + 1];
			i += 2;
		} else if (strcmp(letter, "-")) {
			name = letter;
			i++;
		}
	}
	if (i < argc && !strcmp(argv[i], "--"))
		i++;
	if (name && (number = signal_number(name)) < 0) {
		fprintf(stderr, "%s: %s: invalid signal specification\n", argv[0], name);
		return 1;
	}
	if (i >= argc)
		return misuse(argv[0]);
	int status = 0;
	for (; i < argc; i++)
		if (!send(argv[0], argv[i], number, job_pid))
			status = 1;
	return status;
}
