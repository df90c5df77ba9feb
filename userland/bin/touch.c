/*
 * touch: change the times of files
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/touch.html
 *
 * Usage: touch [OPTION]... FILE...
 * Sets access and modification time to now; makes absent files.
 *   -a                   only the access time
 *   -c, --no-create      do not make files
 *   -d, --date STRING    that time instead of now
 *   -h, --no-dereference change a symbolic link itself
 *   -m                   only the modification time
 *   -r, --reference FILE the times of FILE
 *   -t STAMP             [[CC]YY]MMDDhhmm[.ss]
 *   -f                      accepted, without effect
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sys/stat.h>
#include <unistd.h>

#include "moment.h"
#include "tools.h"

static int touch(const char *path, bool create, int flags, const struct timespec times[2])
{
	if (!utimensat(AT_FDCWD, path, times, flags))
		return 0;
	if (errno == ENOENT && !create)
		return 0;
	if (errno != ENOENT) {
		warn("setting times of '%s'", path);
		return 1;
	}
	int fd = open(path, O_WRONLY | O_CREAT | O_NONBLOCK, 0666);
	if (fd < 0 || futimens(fd, times)) {
		warn("cannot touch '%s'", path);
		if (fd >= 0)
			close(fd);
		return 1;
	}
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"no-create", no_argument, NULL, 'c'}, {"date", required_argument, NULL, 'd'},
		{"no-dereference", no_argument, NULL, 'h'}, {"reference", required_argument, NULL, 'r'}, {0}};
	bool access = false, modification = false, create = true;
	int flags = 0;
	struct timespec now, times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
	struct stat reference;
	clock_gettime(CLOCK_REALTIME, &now);
	for (int option; (option = next_long_option(argc, argv, "acd:fhmr:t:", longs)) != -1;) {
		switch (option) {
		case 'a': access = true; break;
		case 'c': create = false; break;
		case 'm': modification = true; break;
		case 'h': flags = AT_SYMLINK_NOFOLLOW; break;
		case 'd':
			if (!parse_moment(optarg, now, &times[0]))
				errx(1, "invalid date format '%s'", optarg);
			times[1] = times[0];
			break;
		case 't':
			if (!parse_stamp(optarg, false, &times[0]))
				errx(1, "invalid date format '%s'", optarg);
			times[1] = times[0];
			break;
		case 'r':
			if (stat(optarg, &reference))
				err(1, "failed to get attributes of '%s'", optarg);
			times[0] = reference.st_atim;
			times[1] = reference.st_mtim;
		}
	}
	if (!argv[optind])
		usage_error("missing file operand");
	if (access && !modification)
		times[1].tv_nsec = UTIME_OMIT;
	if (modification && !access)
		times[0].tv_nsec = UTIME_OMIT;
	int status = 0;
	for (char **path = argv + optind; *path; path++)
		status |= touch(*path, create, flags, times);
	return status;
}
