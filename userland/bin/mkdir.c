/*
 * mkdir: make directories
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/mkdir.html
 *
 * Usage: mkdir [-pv] [-m MODE] DIRECTORY...
 *   -m, --mode MODE   the mode, as in chmod, instead of a=rwx less the umask
 *   -p, --parents     no error if it exists; make parents as needed
 *   -v, --verbose     say what is made
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>

#include "files.h"
#include "mode.h"
#include "tools.h"

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"mode", required_argument, NULL, 'm'}, {"parents", no_argument, NULL, 'p'},
		{"verbose", no_argument, NULL, 'v'}, {0}};
	bool parents = false, verbose = false;
	const char *mode = NULL;
	for (int option; (option = next_long_option(argc, argv, "m:pv", longs)) != -1;) {
		switch (option) {
		case 'm': mode = optarg; break;
		case 'p': parents = true; break;
		default: verbose = true;
		}
	}
	if (!argv[optind])
		usage_error("missing operand");
	if (mode && !mode_valid(mode))
		errx(1, "invalid mode '%s'", mode);
	mode_t mask = umask(0);
	umask(mask);
	int status = 0;
	for (char **path = argv + optind; *path; path++) {
		bool existed = is_folder(*path);
		int failed = parents ? make_folders(*path, true, 0777, verbose) : mkdir(*path, 0777);
		if (failed) {
			warn("cannot create directory '%s'", *path);
			status = 1;
			continue;
		}
		if (verbose && !parents)
			printf("%s: created directory '%s'\n", program_name(), *path);
		if (mode && !existed && chmod(*path, mode_apply(mode, 0777, 1, mask))) {
			warn("cannot set permissions of '%s'", *path);
			status = 1;
		}
	}
	return status;
}
