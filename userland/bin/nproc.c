/*
 * nproc: how many processors may be used
 * https://man7.org/linux/man-pages/man1/nproc.1.html
 *
 * Usage: nproc [--all] [--ignore N]
 *       --all        all that are installed
 *       --ignore N   without N of them
 */
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "numbers.h"
#include "tools.h"

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"all", no_argument, NULL, 'a'}, {"ignore", required_argument, NULL, 'i'}, {0}};
	bool all = false;
	long long ignored = 0;
	for (int option; (option = next_long_option(argc, argv, "", longs)) != -1;) {
		if (option == 'a')
			all = true;
		else
			ignored = parse_integer(optarg, "number");
	}
	cpu_set_t set;
	long count = sysconf(_SC_NPROCESSORS_CONF);
	if (!all && !sched_getaffinity(0, sizeof set, &set))
		count = CPU_COUNT(&set);
	printf("%lld\n", count - ignored < 1 ? 1 : count - ignored);
	return 0;
}
