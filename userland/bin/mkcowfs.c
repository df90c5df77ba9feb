/*
 * mkcowfs: make a cowfs on a disk or in a file
 * https://en.wikipedia.org/wiki/Copy-on-write
 *
 * Aliases: mkfs.cowfs
 *
 * Usage: mkcowfs [-CDe] [-s COUNT] DEVICE
 *   -C        do not compress
 *   -D        do not look for equal blocks
 *   -e        encrypted: the first mount -o key=DESCRIPTION sets the key
 *   -s COUNT  so many snapshots at most, up to 30 (8)
 * Layout: src/fs/cowfs/superblock.ts. The first mount makes the root directory.
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ext4.h"
#include "tools.h"

enum { BLOCK = 4096, MIN_BLOCKS = 64, MAX_SNAPSHOTS = 30, ENCRYPTED = 1, NO_COMPRESSION = 4, NO_DEDUPLICATION = 8, SALT_AT = 32, SALT = 16, CHECKSUM_AT = 4092 };

static void put(unsigned char *at, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		at[i] = (unsigned char)(value >> 8 * i);
}

static uint64_t size_of(int fd, const char *path)
{
	struct stat status;
	uint64_t size = 0;
	if (fstat(fd, &status))
		err(1, "%s", path);
	if (S_ISBLK(status.st_mode) && ioctl(fd, BLKGETSIZE64, &size))
		err(1, "%s", path);
	return S_ISBLK(status.st_mode) ? size : (uint64_t)status.st_size;
}

int main(int argc, char **argv)
{
	static unsigned char block[BLOCK], zeros[BLOCK];
	uint32_t flags = 0;
	long snapshots = 8;
	char *end;
	for (int option; (option = next_option(argc, argv, "CDes:")) != -1;) {
		flags |= option == 'C' ? NO_COMPRESSION : option == 'D' ? NO_DEDUPLICATION : option == 'e' ? ENCRYPTED : 0;
		if (option == 's' && ((snapshots = strtol(optarg, &end, 10)) < 0 || snapshots > MAX_SNAPSHOTS || *end || end == optarg))
			usage_error("invalid count of snapshots '%s'", optarg);
	}
	if (argc - optind != 1)
		usage_error("one device");
	const char *path = argv[optind];
	int fd = open(path, O_RDWR | O_EXCL);
	if (fd < 0)
		err(1, "%s", path);
	uint64_t blocks = size_of(fd, path) / BLOCK;
	if (blocks < MIN_BLOCKS || blocks > UINT32_MAX)
		errx(1, "%s: a cowfs has from %d to %u blocks of %d bytes", path, MIN_BLOCKS, UINT32_MAX, BLOCK);
	memset(block, 0, sizeof block);
	memcpy(block, "cowfs\0\0\1", 8);
	put(block + 8, 1, 8);
	put(block + 16, blocks, 4);
	put(block + 20, flags, 4);
	put(block + 28, (uint64_t)snapshots, 4);
	if (getrandom(block + SALT_AT, SALT, 0) != SALT)
		err(1, "random bytes");
	put(block + CHECKSUM_AT, ext4_crc32c(~0u, block, CHECKSUM_AT), 4);
	/* Generation 1 is the second slot's. */
	if (pwrite(fd, zeros, BLOCK, 0) != BLOCK || pwrite(fd, block, BLOCK, BLOCK) != BLOCK || fsync(fd) || close(fd))
		err(1, "%s", path);
	return 0;
}
