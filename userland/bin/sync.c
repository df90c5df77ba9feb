/*
 * sync: write caches to disk
 * https://man7.org/linux/man-pages/man1/sync.1.html
 *
 * Usage: sync [-df] [FILE]...
 *   -d   only data of the FILEs
 *   -f   the file systems that hold the FILEs
 */
#include <fcntl.h>
#include <getopt.h>
#include <unistd.h>

#include "tools.h"

int main(int argc, char **argv)
{
	int kind = 0, status = 0;
	for (int option; (option = next_option(argc, argv, "df")) != -1;)
		kind = option;
	if (!argv[optind])
		sync();
	for (char **name = argv + optind; *name; name++) {
		int fd = open(*name, O_RDONLY | O_NONBLOCK);
		if (fd < 0 || (kind == 'd' ? fdatasync(fd) : kind == 'f' ? syncfs(fd) : fsync(fd))) {
			warn("error syncing '%s'", *name);
			status = 1;
		}
		if (fd >= 0)
			close(fd);
	}
	return status;
}
