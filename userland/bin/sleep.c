/*
 * sleep: wait
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/sleep.html
 *
 * Usage: sleep NUMBER[smhd]...
 * Waits for the sum of the times; a NUMBER may have a fraction.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <time.h>

#include "numbers.h"
#include "tools.h"

int main(int argc, char **argv)
{
	double seconds = 0;
	next_option(argc, argv, "+");
	if (!argv[optind])
		usage_error("missing operand");
	for (char **operand = argv + optind; *operand; operand++)
		seconds += parse_duration(*operand, 1);
	double whole = floor(seconds > 1e15 ? 1e15 : seconds);
	struct timespec left = {(time_t)whole, (long)((seconds - whole) * 1e9)};
	if (seconds > 1e15)
		left.tv_nsec = 0;
	while (nanosleep(&left, &left) && errno == EINTR)
		continue;
	return 0;
}
