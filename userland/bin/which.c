/*
 * which: find commands in PATH
 * https://man7.org/linux/man-pages/man1/which.1.html
 *
 * Usage: which [-a] NAME...
 *   -a   all of them, not only the first
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "tools.h"

static bool is_program(const char *path)
{
	struct stat status;
	return !stat(path, &status) && S_ISREG(status.st_mode) && !access(path, X_OK);
}

int main(int argc, char **argv)
{
	bool all = false;
	int status = 0;
	while (next_option(argc, argv, "a") != -1)
		all = true;
	for (char **name = argv + optind; *name; name++) {
		bool found = false;
		const char *path = getenv("PATH");
		if (strchr(*name, '/')) {
			found = is_program(*name);
			if (found)
				puts(*name);
		}
		for (const char *at = strchr(*name, '/') ? NULL : path; at && !(found && !all); at = strchr(at, ':') ? strchr(at, ':') + 1 : NULL) {
			char *folder = duplicate_range(at, strcspn(at, ":")), *file = path_join(*folder ? folder : ".", *name);
			if (is_program(file)) {
				puts(file);
				found = true;
			}
			free(folder);
			free(file);
		}
		status |= !found;
	}
	return status || !argv[optind];
}
