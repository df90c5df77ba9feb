/*
 * lsmod: the modules that are loaded
 * https://man7.org/linux/man-pages/man8/lsmod.8.html
 *
 * Usage: lsmod
 */
#include <stdio.h>

#include "tools.h"

int main(int argc, char **argv)
{
	next_option(argc, argv, "");
	FILE *list = fopen("/proc/modules", "r");
	if (!list)
		err(1, "/proc/modules");
	puts("Module                  Size  Used by");
	char name[64], holders[256];
	unsigned long size, references;
	while (fscanf(list, "%63s %lu %lu %255s%*[^\n]", name, &size, &references, holders) == 4) {
		size_t length = 0;
		while (holders[length])
			length++;
		if (length && (holders[length - 1] == ',' || holders[0] == '-'))
			holders[length - 1] = 0;
		printf("%-19s %8lu  %lu%s%s\n", name, size, references, holders[0] ? " " : "", holders);
	}
	fclose(list);
	return 0;
}
