/*
 * swapon: use disks and files as swap areas, or show which are used
 * https://man7.org/linux/man-pages/man8/swapon.8.html
 *
 * Aliases: swapoff
 *
 * Usage: swapon [-d] [-p PRIORITY] FILE...
 *        swapon [-a | -s | --show]
 *        swapoff [-a | FILE...]
 *   -a, --all            those of /etc/fstab; swapoff: all that are in use
 *   -d, --discard        tell the disk which pages are free
 *   -p, --priority N     0 to 32767: the highest is used first
 *   -s, --summary        /proc/swaps; --show: as a table, which is the default
 */
#include <errno.h>
#include <getopt.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/swap.h>

#include "files.h"
#include "tools.h"

#ifndef SWAP_FLAG_DISCARD
#define SWAP_FLAG_DISCARD 0x10000
#endif

struct area {
	char name[4096], type[16];
	unsigned long long size, used;
	int priority;
};

/* The next line of /proc/swaps. */
static bool next_area(FILE *table, struct area *area)
{
	char *line = NULL;
	size_t capacity = 0;
	bool found = false;
	while (!found && read_line(table, &line, &capacity, NULL) >= 0)
		found = sscanf(line, "%4095s %15s %llu %llu %d", area->name, area->type, &area->size, &area->used, &area->priority) == 5;
	free(line);
	return found;
}

static void put_size(char *text, size_t room, unsigned long long kilobytes)
{
	static const char units[] = "KMGT";
	double value = kilobytes;
	int unit = 0;
	for (; unit < 3 && value >= 1024; unit++)
		value /= 1024;
	if (!kilobytes)
		snprintf(text, room, "0B");
	else
		snprintf(text, room, "%.*f%c", value < 10 && value != (int)value ? 1 : 0, value, units[unit]);
}

static int show(void)
{
	FILE *table = fopen("/proc/swaps", "r");
	if (!table)
		err(1, "/proc/swaps");
	struct area area;
	int width = 4;
	while (next_area(table, &area))
		if ((int)strlen(area.name) > width)
			width = strlen(area.name);
	rewind(table);
	for (bool is_first = true; next_area(table, &area); is_first = false) {
		char size[16], used[16];
		put_size(size, sizeof size, area.size);
		put_size(used, sizeof used, area.used);
		if (is_first)
			printf("%-*s %-9s %5s %4s %4s\n", width, "NAME", "TYPE", "SIZE", "USED", "PRIO");
		printf("%-*s %-9s %5s %4s %4d\n", width, area.name, area.type, size, used, area.priority);
	}
	fclose(table);
	return 0;
}

static int summarize(void)
{
	FILE *table = fopen("/proc/swaps", "r");
	if (!table)
		err(1, "/proc/swaps");
	for (int byte; (byte = getc(table)) != EOF;)
		putchar(byte);
	fclose(table);
	return 0;
}

static int turn(const char *path, bool on, int flags)
{
	struct stat status;
	/* The kernel only says EINVAL. */
	if (on && !stat(path, &status) && S_ISREG(status.st_mode) && (off_t)status.st_blocks * 512 < status.st_size) {
		warnx("%s: skipping - it appears to have holes.", path);
		return 255;
	}
	if (on ? swapon(path, flags) : swapoff(path)) {
		warn("%s: %s failed", path, on ? "swapon" : "swapoff");
		return on ? 255 : 4;
	}
	return 0;
}

/* Of the table in use backwards, since it becomes shorter. */
static int turn_all(bool on)
{
	int status = 0;
	if (on) {
		FILE *table = setmntent("/etc/fstab", "r");
		struct mntent *entry;
		while (table && (entry = getmntent(table)))
			if (!strcmp(entry->mnt_type, "swap") && !hasmntopt(entry, "noauto") && swapon(entry->mnt_fsname, 0) && errno != EBUSY)
				status = turn(entry->mnt_fsname, true, 0);
		if (table)
			endmntent(table);
		return status;
	}
	struct area area;
	FILE *table;
	while (!status && (table = fopen("/proc/swaps", "r"))) {
		bool found = next_area(table, &area);
		fclose(table);
		if (!found)
			break;
		status = turn(area.name, false, 0);
	}
	return status;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"all", no_argument, NULL, 'a'}, {"discard", no_argument, NULL, 'd'}, {"priority", required_argument, NULL, 'p'}, {"show", no_argument, NULL, 'S'}, {"summary", no_argument, NULL, 's'}, {0}};
	const char *slash = strrchr(argv[0], '/');
	bool on = strcmp(slash ? slash + 1 : argv[0], "swapoff"), all = false;
	int flags = 0, status = 0;
	for (int option; (option = next_long_option(argc, argv, on ? "adp:s" : "a", longs)) != -1;) {
		if (option == 's')
			return summarize();
		if (option == 'S')
			return show();
		all |= option == 'a';
		if (option == 'd')
			flags |= SWAP_FLAG_DISCARD;
		if (option == 'p')
			flags |= SWAP_FLAG_PREFER | (atoi(optarg) & SWAP_FLAG_PRIO_MASK);
	}
	if (all)
		return turn_all(on);
	if (optind == argc) {
		if (on)
			return show();
		usage_error("bad usage");
	}
	for (; optind < argc; optind++)
		status |= turn(argv[optind], on, flags);
	return status;
}
