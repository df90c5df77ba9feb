/*
 * nice: run a command with another scheduling priority
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/nice.html
 *
 * Usage: nice [-n N] [COMMAND [ARG]...]
 * Adds N (10) to the niceness, from -20 (most favourable) to 19. Without COMMAND prints it.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "numbers.h"
#include "tools.h"

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"adjustment", required_argument, NULL, 'n'}, {0}};
	long long change = 10;
	usage_status = 125;
	if (argc > 1 && argv[1][0] == '-' && (isdigit((unsigned char)argv[1][1]) || (argv[1][1] == '-' && isdigit((unsigned char)argv[1][2]))))
		argv[1] = format_text("-n%s", argv[1] + 1);
	bool given = false;
	while (next_long_option(argc, argv, "+n:", longs) != -1) {
		change = parse_integer(optarg, "adjustment");
		given = true;
	}
	int now = getpriority(PRIO_PROCESS, 0);
	if (!argv[optind]) {
		if (given)
			usage_error("a command must be given with an adjustment");
		printf("%d\n", now);
		return 0;
	}
	if (setpriority(PRIO_PROCESS, 0, now + (int)change))
		warn("cannot set niceness");
	execvp(argv[optind], argv + optind);
	int status = errno == ENOENT ? 127 : 126;
	warn("'%s'", argv[optind]);
	return status;
}
