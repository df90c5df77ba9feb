/*
 * mountpoint: whether something is mounted on a directory or a file
 * https://man7.org/linux/man-pages/man1/mountpoint.1.html
 *
 * Usage: mountpoint [-d|-q] DIRECTORY
 *        mountpoint -x DEVICE
 *   -d  print the numbers of the file system's device
 *   -q  print nothing
 *   -x  print the numbers of a block device
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "files.h"
#include "tools.h"

enum { NOT_MOUNTED = 32 };

/* Bind mounts have the device of what they show: only the table knows them. */
static bool is_in_table(const char *path)
{
	char *real = realpath(path, NULL), *line = NULL;
	FILE *table = real ? fopen("/proc/self/mountinfo", "r") : NULL;
	size_t capacity = 0;
	bool found = false;
	while (table && !found && read_line(table, &line, &capacity, NULL) >= 0) {
		char point[4096];
		found = sscanf(line, "%*s %*s %*s %*s %4095s", point) == 1 && !strcmp(point, real);
	}
	if (table)
		fclose(table);
	free(line);
	free(real);
	return found;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"quiet", no_argument, NULL, 'q'}, {"fs-devno", no_argument, NULL, 'd'}, {"devno", no_argument, NULL, 'x'}, {0}};
	bool quiet = false, numbers = false, is_device = false;
	for (int option; (option = next_long_option(argc, argv, "dqx", longs)) != -1;) {
		quiet |= option == 'q';
		numbers |= option == 'd';
		is_device |= option == 'x';
	}
	if (argc - optind != 1)
		usage_error("bad usage");
	const char *path = argv[optind];
	struct stat status;
	if (stat(path, &status)) {
		if (!quiet)
			warn("%s", path);
		return 1;
	}
	if (is_device) {
		if (!S_ISBLK(status.st_mode)) {
			if (!quiet)
				warnx("%s: not a block device", path);
			return NOT_MOUNTED;
		}
		printf("%u:%u\n", major(status.st_rdev), minor(status.st_rdev));
		return 0;
	}
	bool found = is_in_table(path);
	if (numbers && found)
		printf("%u:%u\n", major(status.st_dev), minor(status.st_dev));
	else if (!quiet)
		printf("%s is %sa mountpoint\n", path, found ? "" : "not ");
	return found ? 0 : NOT_MOUNTED;
}
