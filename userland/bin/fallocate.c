/*
 * fallocate: reserve or give back room of a file
 * https://man7.org/linux/man-pages/man1/fallocate.1.html
 *
 * Usage: fallocate [-cdinpxz] [-o OFFSET] -l LENGTH FILE
 *   -c          take the range out, what follows moves up
 *   -d          make holes where there are only zeros
 *   -i          put a hole in, what follows moves down
 *   -l LENGTH   bytes, with K, M, G ...; -o OFFSET: from there, else 0
 *   -n          the size stays
 *   -p          make a hole; -z: zeros
 *   -x          by writing zeros, where the file system reserves nothing
 *   -v          say how much was allocated
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "numbers.h"
#include "tools.h"

enum { KEEP_SIZE = 1, PUNCH_HOLE = 2, COLLAPSE = 8, ZERO = 16, INSERT = 32, CHUNK = 65536 };

static int fd;
static const char *name;
static char zeros[CHUNK]; /* never written to; not const, so that it takes no room in the file */

static void change(int mode, off_t offset, off_t length)
{
	while (fallocate(fd, mode, offset, length) < 0)
		if (errno != EINTR)
			err(1, "fallocate failed");
}

static void write_zeros(off_t offset, off_t length)
{
	while (length > 0) {
		ssize_t count = pwrite(fd, zeros, length < CHUNK ? (size_t)length : CHUNK, offset);
		if (count < 0 && errno != EINTR)
			err(1, "write failed: %s", name);
		offset += count > 0 ? count : 0;
		length -= count > 0 ? count : 0;
	}
}

/* By the blocks of the file system: what holds only zeros becomes a hole. */
static void dig_holes(off_t offset, off_t end)
{
	static char block[CHUNK];
	struct stat about;
	if (fstat(fd, &about) < 0)
		err(1, "stat of %s failed", name);
	size_t size = about.st_blksize > 0 && about.st_blksize <= CHUNK ? (size_t)about.st_blksize : 4096;
	if (end > about.st_size || end <= offset)
		end = about.st_size;
	for (ssize_t count; offset < end && (count = pread(fd, block, size, offset)) > 0; offset += count)
		if (!memcmp(block, zeros, (size_t)count))
			change(PUNCH_HOLE | KEEP_SIZE, offset, count);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"collapse-range", no_argument, NULL, 'c'}, {"dig-holes", no_argument, NULL, 'd'}, {"insert-range", no_argument, NULL, 'i'},
		{"length", required_argument, NULL, 'l'}, {"keep-size", no_argument, NULL, 'n'}, {"offset", required_argument, NULL, 'o'}, {"punch-hole", no_argument, NULL, 'p'},
		{"zero-range", no_argument, NULL, 'z'}, {"posix", no_argument, NULL, 'x'}, {"verbose", no_argument, NULL, 'v'}, {0}};
	int mode = 0;
	bool is_verbose = false, is_digging = false, writes = false;
	long long offset = 0, length = -1;
	for (int option; (option = next_long_option(argc, argv, "cdil:no:pvxz", longs)) != -1;) {
		switch (option) {
		case 'c': mode |= COLLAPSE; break;
		case 'd': is_digging = true; break;
		case 'i': mode |= INSERT; break;
		case 'l': length = parse_size(optarg, "length value specified"); break;
		case 'n': mode |= KEEP_SIZE; break;
		case 'o': offset = parse_size(optarg, "offset value specified"); break;
		case 'p': mode |= PUNCH_HOLE | KEEP_SIZE; break;
		case 'v': is_verbose = true; break;
		case 'x': writes = true; break;
		case 'z': mode |= ZERO; break;
		default: break;
		}
	}
	name = argv[optind];
	if (!name || argv[optind + 1])
		errx(1, name ? "unexpected number of arguments" : "no filename specified");
	if (length < 0 && !is_digging)
		errx(1, "no length argument specified");
	if (!is_digging && length == 0)
		errx(1, "invalid length value specified");
	bool is_new = !is_digging && !(mode & (PUNCH_HOLE | COLLAPSE | INSERT));
	fd = open(name, O_RDWR | O_CLOEXEC | (is_new ? O_CREAT : 0), 0666);
	if (fd < 0)
		err(1, "cannot open %s", name);
	if (is_digging)
		dig_holes((off_t)offset, length > 0 ? (off_t)(offset + length) : 0);
	else if (writes)
		write_zeros((off_t)offset, (off_t)length);
	else
		change(mode, (off_t)offset, (off_t)length);
	if (is_verbose && !is_digging)
		printf("%s: %lld bytes at %lld\n", name, length, offset);
	return close(fd) < 0;
}
