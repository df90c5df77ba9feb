/*
 * mkswap: make a disk or a file a swap area
 * https://man7.org/linux/man-pages/man8/mkswap.8.html
 *
 * Usage: mkswap [-f] [-L LABEL] [-U UUID] FILE [KIBIBYTES]
 *   -f, --force       take a size beyond the end
 *   -L, --label TEXT  the area's name
 *   -U, --uuid UUID   in place of a random one
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mounts.h"
#include "tools.h"

enum { PAGE = 4096, VERSION_AT = 1024, UUID_AT = 1036, LABEL_AT = 1052, MAGIC_AT = PAGE - 10, UUID_BYTES = 16, LABEL_BYTES = 16, MIN_PAGES = 10 };

static bool parse_uuid(const char *text, unsigned char *uuid)
{
	int digits = 0;
	for (; *text; text++) {
		if (*text == '-')
			continue;
		unsigned value;
		if (digits == 2 * UUID_BYTES || sscanf((char[]){*text, 0}, "%x", &value) != 1)
			return false;
		uuid[digits / 2] = digits % 2 ? uuid[digits / 2] | value : value << 4;
		digits++;
	}
	return digits == 2 * UUID_BYTES;
}

static void put_uuid(const unsigned char *uuid)
{
	for (int i = 0; i < UUID_BYTES; i++)
		printf("%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"force", no_argument, NULL, 'f'}, {"label", required_argument, NULL, 'L'}, {"uuid", required_argument, NULL, 'U'}, {0}};
	static unsigned char page[PAGE];
	unsigned char *uuid = page + UUID_AT;
	const char *label = "";
	bool force = false, has_uuid = false;
	memset(page, 0, sizeof page);
	for (int option; (option = next_long_option(argc, argv, "fL:U:", longs)) != -1;) {
		force |= option == 'f';
		if (option == 'L')
			label = optarg;
		if (option == 'U' && !(has_uuid = parse_uuid(optarg, uuid)))
			errx(1, "error: parsing UUID failed");
	}
	if (argc - optind < 1 || argc - optind > 2)
		usage_error("bad usage");
	const char *path = argv[optind];
	int fd = open(path, O_RDWR);
	struct stat status;
	if (fd < 0 || fstat(fd, &status))
		err(1, "cannot open %s", path);
	if (!force && is_block_device_busy(path))
		errx(1, "error: %s is mounted; will not make swapspace", path);
	long long bytes = S_ISBLK(status.st_mode) ? lseek(fd, 0, SEEK_END) : status.st_size;
	long long there = bytes / PAGE, pages = argc - optind == 2 ? atoll(argv[optind + 1]) * 1024 / PAGE : there;
	if (pages < MIN_PAGES)
		errx(1, "error: swap area needs to be at least %d KiB", MIN_PAGES * PAGE / 1024);
	if (pages > there && !force)
		errx(1, "error: size %lld KiB is larger than device size %lld KiB", pages * (PAGE / 1024), there * (PAGE / 1024));
	if (S_ISREG(status.st_mode) && (status.st_mode & 077))
		warnx("%s: insecure permissions %04o, fix with: chmod 0600 %s", path, status.st_mode & 07777, path);
	if (strlen(label) > LABEL_BYTES)
		warnx("Label was truncated.");
	if (!has_uuid) {
		if (getrandom(uuid, UUID_BYTES, 0) != UUID_BYTES)
			err(1, "getrandom");
		uuid[6] = (uuid[6] & 0x0f) | 0x40;
		uuid[8] = (uuid[8] & 0x3f) | 0x80;
	}
	uint32_t header[2] = {1, (uint32_t)(pages - 1)};
	memcpy(page + VERSION_AT, header, sizeof header);
	memcpy(page + LABEL_AT, label, strnlen(label, LABEL_BYTES));
	memcpy(page + MAGIC_AT, "SWAPSPACE2", 10);
	if (pwrite(fd, page, sizeof page, 0) != sizeof page || fsync(fd))
		err(1, "%s: unable to write signature page", path);
	long long size = (pages - 1) * PAGE;
	if (size >= 1 << 30)
		printf("Setting up swapspace version 1, size = %.1f GiB (%lld bytes)\n", (double)size / (1 << 30), size);
	else
		printf("Setting up swapspace version 1, size = %.*f %s (%lld bytes)\n", size % (1 << (size >> 20 ? 20 : 10)) ? 1 : 0, (double)size / (1 << (size >> 20 ? 20 : 10)), size >> 20 ? "MiB" : "KiB", size);
	if (*label)
		printf("LABEL=%.*s, ", LABEL_BYTES, label);
	else
		printf("no label, ");
	printf("UUID=");
	put_uuid(uuid);
	putchar('\n');
	close(fd);
	return 0;
}
