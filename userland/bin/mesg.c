/*
 * mesg: whether others may write to this terminal
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/mesg.html
 *
 * Usage: mesg [-v] [y|n]
 * Without operand it says which. Status 0: they may, 1: they may not, 2: an error.
 *   -v, --verbose   say what was done
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools.h"

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"verbose", no_argument, NULL, 'v'}, {0}};
	bool is_verbose = false;
	struct stat about;
	usage_status = 2;
	while (next_long_option(argc, argv, "v", longs) != -1)
		is_verbose = true;
	int terminal = 0;
	while (terminal < 3 && !isatty(terminal))
		terminal++;
	if (terminal == 3)
		errx(2, "no tty");
	const char *answer = argv[optind];
	if (answer && ((*answer != 'y' && *answer != 'n') || argv[optind + 1]))
		usage_error("invalid argument: %s", answer);
	if (fstat(terminal, &about) < 0)
		err(2, "terminal");
	if (!answer) {
		bool may = about.st_mode & (S_IWGRP | S_IWOTH);
		puts(may ? "is y" : "is n");
		return !may;
	}
	bool may = *answer == 'y';
	mode_t others = S_IWGRP | S_IWOTH;
	if (fchmod(terminal, may ? about.st_mode | S_IWGRP : about.st_mode & ~others) < 0)
		err(2, "changing the terminal's mode");
	if (is_verbose)
		printf("write access to your terminal is %s\n", may ? "allowed" : "denied");
	return !may;
}
