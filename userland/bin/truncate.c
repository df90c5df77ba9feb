/*
 * truncate: set the size of files
 * https://man7.org/linux/man-pages/man1/truncate.1.html
 *
 * Usage: truncate [-c] -s SIZE FILE...
 *        truncate [-c] -r RFILE FILE...
 *   -c, --no-create   do not make files
 *   -r, --reference   the size of RFILE
 *   -s, --size SIZE   SIZE with K M G; + adds, - takes away, < at most, > at least
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "numbers.h"
#include "tools.h"

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"no-create", no_argument, NULL, 'c'}, {"reference", required_argument, NULL, 'r'}, {"size", required_argument, NULL, 's'}, {0}};
	bool create = true, given = false;
	char relation = 0;
	long long size = 0;
	struct stat file;
	int status = 0;
	for (int option; (option = next_long_option(argc, argv, "cr:s:", longs)) != -1;) {
		given |= option != 'c';
		if (option == 'c')
			create = false;
		if (option == 's') {
			relation = strchr("+-<>/%", *optarg) ? *optarg : 0;
			size = parse_size(optarg + (relation != 0), "number");
		}
		if (option == 'r') {
			if (stat(optarg, &file))
				err(1, "cannot stat '%s'", optarg);
			size = file.st_size;
		}
	}
	if (!given)
		usage_error("you must specify either '--size' or '--reference'");
	if (!argv[optind])
		usage_error("missing file operand");
	for (char **name = argv + optind; *name; name++) {
		int fd = open(*name, O_WRONLY | O_NONBLOCK | (create ? O_CREAT : 0), 0666);
		if (fd < 0 && errno == ENOENT && !create)
			continue;
		if (fd < 0 || fstat(fd, &file)) {
			warn("cannot open '%s' for writing", *name);
			status = 1;
			continue;
		}
		long long now = file.st_size, next = relation == '+' ? now + size : relation == '-' ? now - size : relation == '<' ? (now < size ? now : size) : relation == '>' ? (now > size ? now : size) : relation == '/' ? now / size * size : relation == '%' ? (now + size - 1) / size * size : size;
		if (ftruncate(fd, next < 0 ? 0 : next)) {
			warn("failed to truncate '%s' at %lld bytes", *name, next);
			status = 1;
		}
		close(fd);
	}
	return status;
}
