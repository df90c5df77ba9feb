/*
 * mkfifo: make named pipes
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/mkfifo.html
 *
 * Usage: mkfifo [-m MODE] NAME...
 *   -m, --mode MODE   the mode, as in chmod, instead of a=rw less the umask
 */
#include <getopt.h>
#include <sys/stat.h>

#include "mode.h"
#include "tools.h"

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"mode", required_argument, NULL, 'm'}, {0}};
	const char *mode = NULL;
	int status = 0;
	while (next_long_option(argc, argv, "m:", longs) != -1)
		mode = optarg;
	if (!argv[optind])
		usage_error("missing operand");
	if (mode && !mode_valid(mode))
		errx(1, "invalid mode");
	for (char **name = argv + optind; *name; name++) {
		if (mkfifo(*name, 0666) || (mode && chmod(*name, mode_apply(mode, 0666, 0, 0)))) {
			warn("cannot create fifo '%s'", *name);
			status = 1;
		}
	}
	return status;
}
