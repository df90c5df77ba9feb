/*
 * uptime: how long the system has been running
 * https://man7.org/linux/man-pages/man1/uptime.1.html
 *
 * Usage: uptime [-ps]
 *   -p, --pretty   only the time, in words
 *   -s, --since    the moment of the start
 */
#include <getopt.h>
#include <stdio.h>
#include <time.h>

#include "system.h"
#include "tools.h"

static void put_pretty(void)
{
	long minutes = (long)read_uptime() / 60;
	const struct {
		long value;
		const char *unit;
	} parts[] = {{minutes / 10080, "week"}, {minutes / 1440 % 7, "day"}, {minutes / 60 % 24, "hour"}, {minutes % 60, "minute"}};
	const char *gap = "up ";
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (!parts[i].value)
			continue;
		printf("%s%ld %s%s", gap, parts[i].value, parts[i].unit, parts[i].value == 1 ? "" : "s");
		gap = ", ";
	}
	puts(minutes ? "" : "up 0 minutes");
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"pretty", no_argument, NULL, 'p'}, {"since", no_argument, NULL, 's'}, {0}};
	int option = next_long_option(argc, argv, "ps", longs);
	if (option == 'p') {
		put_pretty();
	} else if (option == 's') {
		char text[32];
		time_t start = time(NULL) - (time_t)read_uptime();
		struct tm local;
		localtime_r(&start, &local);
		strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
		puts(text);
	} else {
		printf(" %s\n", uptime_line());
	}
	return 0;
}
