/*
 * hostname: print or set the name of the host
 * https://man7.org/linux/man-pages/man1/hostname.1.html
 *
 * Usage: hostname [-s|-f|-F FILE|NAME]
 *   -f        the full name
 *   -F FILE   set it to what is in FILE
 *   -s        up to the first dot
 */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "tools.h"

int main(int argc, char **argv)
{
	char name[HOST_NAME_MAX + 1] = "";
	const char *next = NULL;
	bool short_name = false;
	for (int option; (option = next_option(argc, argv, "fF:s")) != -1;) {
		short_name |= option == 's';
		if (option == 'F') {
			char *text = read_file(optarg, NULL);
			if (!text)
				err(1, "%s", optarg);
			text[strcspn(text, "\n")] = 0;
			next = text;
		}
	}
	if (argv[optind])
		next = argv[optind];
	if (next) {
		if (sethostname(next, strlen(next)))
			err(1, "sethostname");
		return 0;
	}
	if (gethostname(name, sizeof name))
		err(1, "gethostname");
	if (short_name)
		name[strcspn(name, ".")] = 0;
	puts(name);
	return 0;
}
