/*
 * free: memory in use and free
 * https://man7.org/linux/man-pages/man1/free.1.html
 *
 * Usage: free [OPTION]...
 *   -b, -k, -m, -g     bytes, kibibytes (default), mebibytes, gibibytes
 *   -h, --human        a unit that fits each number
 *       --si           powers of 1000
 *   -t, --total        a line with the totals
 *   -w, --wide         buffers and cache in two columns
 *   -s, --seconds N    again every N seconds
 *   -c, --count N      stop after N times
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "numbers.h"
#include "system.h"
#include "tools.h"

static int power = 1; /* of the base: 0 bytes, 1 kilo ... */
static bool human, si, wide, totals;

/* Three significant digits and Ki, Mi, Gi as procps writes them. */
static void put_human(unsigned long long kilobytes)
{
	static const char *const units[] = {"B", "Ki", "Mi", "Gi", "Ti"};
	double value = (double)kilobytes * 1024, base = si ? 1000 : 1024;
	size_t unit = 0;
	char text[32];
	for (; unit < 4 && value >= base; unit++)
		value /= base;
	if (unit && value < 9.95)
		snprintf(text, sizeof text, "%.1f%.*s", value, si ? 1 : 2, units[unit]);
	else
		snprintf(text, sizeof text, "%llu%.*s", (unsigned long long)value, si ? 1 : 2, units[unit]);
	printf("%12s", text);
}

static void put(unsigned long long kilobytes)
{
	if (human) {
		put_human(kilobytes);
		return;
	}
	unsigned long long value = kilobytes * 1024;
	for (int i = 0; i < power; i++)
		value /= si ? 1000 : 1024;
	printf("%12llu", value);
}

static void put_report(void)
{
	struct memory_counters memory;
	read_memory(&memory);
	unsigned long long cache = memory.cached + memory.reclaimable;
	unsigned long long used = memory.total > memory.available ? memory.total - memory.available : 0;
	printf(wide ? "               total        used        free      shared     buffers       cache   available\n"
		    : "               total        used        free      shared  buff/cache   available\n");
	printf("Mem:    ");
	put(memory.total), put(used), put(memory.free), put(memory.shared);
	if (wide)
		put(memory.buffers), put(cache);
	else
		put(memory.buffers + cache);
	put(memory.available);
	printf("\nSwap:   ");
	put(memory.swap_total), put(memory.swap_total - memory.swap_free), put(memory.swap_free);
	putchar('\n');
	if (!totals)
		return;
	printf("Total:  ");
	put(memory.total + memory.swap_total), put(used + memory.swap_total - memory.swap_free), put(memory.free + memory.swap_free);
	putchar('\n');
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"human", no_argument, NULL, 'h'}, {"si", no_argument, NULL, 'S'}, {"total", no_argument, NULL, 't'},
		{"wide", no_argument, NULL, 'w'}, {"seconds", required_argument, NULL, 's'}, {"count", required_argument, NULL, 'c'},
		{"bytes", no_argument, NULL, 'b'}, {"kibi", no_argument, NULL, 'k'}, {"mebi", no_argument, NULL, 'm'},
		{"gibi", no_argument, NULL, 'g'}, {"mega", no_argument, NULL, 'm'}, {"giga", no_argument, NULL, 'g'}, {0}};
	double seconds = 0;
	long long count = 1;
	for (int option; (option = next_long_option(argc, argv, "bkmghtws:c:", longs)) != -1;) {
		switch (option) {
		case 'b': power = 0; break;
		case 'k': power = 1; break;
		case 'm': power = 2; break;
		case 'g': power = 3; break;
		case 'h': human = true; break;
		case 'S': si = true; break;
		case 't': totals = true; break;
		case 'w': wide = true; break;
		case 's': seconds = parse_duration(optarg, 1), count = count == 1 ? -1 : count; break;
		default: count = parse_integer(optarg, "count"), seconds = seconds ? seconds : 1;
		}
	}
	for (;;) {
		put_report();
		if (count > 0 && --count == 0)
			return 0;
		putchar('\n');
		fflush(stdout);
		nanosleep(&(struct timespec){(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)}, NULL);
	}
}
