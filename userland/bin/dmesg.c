/*
 * dmesg: print or control the messages of the kernel
 * https://man7.org/linux/man-pages/man1/dmesg.1.html
 *
 * Usage: dmesg [-cCrtTwx] [-l LEVEL,...] [-n LEVEL] [-s SIZE]
 *   -c         clear them after printing
 *   -C         only clear them
 *   -l LIST    only those of the levels emerg, alert, crit, err, warn, notice, info, debug
 *   -n LEVEL   only messages below LEVEL go to the console
 *   -r         raw, with <priority>
 *   -t         without times
 *   -T         times of day instead of seconds since boot
 *   -w         go on with new messages
 *   -s SIZE    only the last SIZE bytes of them
 *   -x         with facility and level as words
 */
#include <ctype.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <time.h>
#include <unistd.h>

#include "numbers.h"
#include "system.h"
#include "tools.h"

enum { READ_ALL = 3, READ_CLEAR = 4, CLEAR = 5, CONSOLE_LEVEL = 8, SIZE = 10 };

static bool raw, no_times, day_times, colored, decodes;
static unsigned levels = ~0u; /* a bit for each that is wanted */

static const char *const level_names[] = {"emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"};
static const char *const facility_names[] = {"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"};

static void choose_levels(char *list)
{
	levels = 0;
	for (char *name; (name = strsep(&list, ","));) {
		unsigned level = 0;
		while (level < 8 && strcmp(name, level_names[level]))
			level++;
		if (level == 8)
			errx(1, "unknown level '%s'", name);
		levels |= 1u << level;
	}
}

static void put_time(double seconds)
{
	time_t moment = time(NULL) - (time_t)read_uptime() + (time_t)seconds;
	char text[64];
	struct tm local;
	localtime_r(&moment, &local);
	strftime(text, sizeof text, "[%a %b %e %H:%M:%S %Y] ", &local);
	fputs(text, stdout);
}

/* <6>[    0.000000] message */
static void put_line(char *line)
{
	char *rest = line, *end;
	unsigned priority = 6;
	if (*line == '<' && isdigit((unsigned char)line[1]) && (end = strchr(line, '>'))) {
		priority = (unsigned)strtoul(line + 1, NULL, 10);
		rest = end + 1;
	}
	if (!(levels >> (priority & 7) & 1))
		return;
	if (decodes && !raw)
		printf("%-6s:%-6s: ", priority >> 3 < 12 ? facility_names[priority >> 3] : "local", level_names[priority & 7]);
	if (raw)
		rest = line;
	double seconds = 0;
	bool timed = *rest == '[' && sscanf(rest, "[%lf]", &seconds) == 1 && (end = strstr(rest, "] "));
	if (!raw && timed && (no_times || day_times)) {
		if (day_times)
			put_time(seconds);
		rest = end + 2;
	} else if (timed && colored) {
		printf("\033[32m%.*s\033[0m", (int)(end + 1 - rest), rest);
		rest = end + 1;
	}
	puts(rest);
}

/* /dev/kmsg: "priority,sequence,microseconds,flags;message" */
static int follow(void)
{
	int fd = open("/dev/kmsg", O_RDONLY);
	char record[8192];
	if (fd < 0)
		err(1, "/dev/kmsg");
	for (ssize_t length; (length = read(fd, record, sizeof record - 1)) > 0;) {
		unsigned priority;
		unsigned long long microseconds;
		record[length] = 0;
		char *message = strchr(record, ';');
		if (!message || sscanf(record, "%u,%*u,%llu", &priority, &microseconds) != 2)
			continue;
		message[1 + strcspn(message + 1, "\n")] = 0;
		char *line = format_text("<%u>[%5llu.%06llu] %s", priority, microseconds / 1000000, microseconds % 1000000, message + 1);
		put_line(line);
		free(line);
		fflush(stdout);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"read-clear", no_argument, NULL, 'c'}, {"clear", no_argument, NULL, 'C'}, {"decode", no_argument, NULL, 'x'}, {"level", required_argument, NULL, 'l'}, {"console-level", required_argument, NULL, 'n'},
		{"raw", no_argument, NULL, 'r'}, {"notime", no_argument, NULL, 't'}, {"ctime", no_argument, NULL, 'T'}, {"follow", no_argument, NULL, 'w'}, {0}};
	int action = READ_ALL, level = 0, wanted = 0;
	bool following = false;
	for (int option; (option = next_long_option(argc, argv, "cCl:n:rs:tTwx", longs)) != -1;) {
		switch (option) {
		case 'c': action = READ_CLEAR; break;
		case 'C': action = CLEAR; break;
		case 'l': choose_levels(optarg); break;
		case 'n': action = CONSOLE_LEVEL, level = (int)parse_integer(optarg, "level"); break;
		case 'r': raw = true; break;
		case 's': wanted = (int)parse_integer(optarg, "buffer size"); break;
		case 't': no_times = true; break;
		case 'T': day_times = true; break;
		case 'w': following = true; break;
		case 'x': decodes = true; break;
		default: break;
		}
	}
	colored = isatty(STDOUT_FILENO) && !raw;
	if (following)
		return follow();
	if (action == CLEAR || action == CONSOLE_LEVEL) {
		if (klogctl(action, NULL, level))
			err(1, "klogctl failed");
		return 0;
	}
	int size = wanted > 0 ? wanted : klogctl(SIZE, NULL, 0);
	if (size <= 0)
		size = 1 << 18;
	char *text = allocate((size_t)size + 1);
	int length = klogctl(action, text, size);
	if (length < 0)
		err(1, "read kernel buffer failed");
	text[length] = 0;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		put_line(line);
	return 0;
}
