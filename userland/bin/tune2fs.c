/*
 * tune2fs: show and set what the superblock of an ext2, ext3 or ext4 says
 * https://man7.org/linux/man-pages/man8/tune2fs.8.html
 *
 * Usage: tune2fs [-l] [-c MOUNTS] [-C COUNT] [-e ERRORS] [-g GROUP] [-i INTERVAL] [-L LABEL] [-m PERCENT]
 *                [-M FOLDER] [-r BLOCKS] [-u USER] DEVICE
 *   -l           list the superblock
 *   -c MOUNTS    check after that many mounts (-1: never)
 *   -C COUNT     mounts so far
 *   -e ERRORS    on errors: continue, remount-ro or panic
 *   -g GROUP     number of the group that may use reserved blocks; -u USER: of the user
 *   -i INTERVAL  check after so many days (or with d, w, m)
 *   -L LABEL     its name
 *   -m PERCENT   of the blocks are reserved; -r BLOCKS: so many blocks
 *   -M FOLDER    where it was mounted last
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ext4.h"
#include "tools.h"

static long number(const char *text, long low, long high, const char *what)
{
	char *end;
	long value = strtol(text, &end, 0);
	if (end == text || *end || value < low || value > high)
		errx(1, "bad %s - %s", what, text);
	return value;
}

static void set_reserved(struct ext4 *fs, uint64_t blocks)
{
	if (blocks > fs->blocks / 2)
		errx(1, "reserved blocks count is too big (%llu)", (unsigned long long)blocks);
	fs->super.reserved_blocks = (uint32_t)blocks;
	fs->super.reserved_blocks_high = (uint32_t)(blocks >> 32);
	printf("Setting reserved blocks count to %llu\n", (unsigned long long)blocks);
}

static void set_interval(struct ext4_super *super, const char *text)
{
	char *end;
	unsigned long count = strtoul(text, &end, 0), unit = *end == 'w' ? 7 : *end == 'm' ? 30 : 1;
	if (end == text || (*end && (!strchr("dwm", *end) || end[1])) || count > 0xffffffffu / 86400 / unit)
		errx(1, "bad interval - %s", text);
	super->check_interval = (uint32_t)(count * unit * 86400);
	printf("Setting interval between checks to %u seconds\n", super->check_interval);
}

static void set_errors(struct ext4_super *super, const char *text)
{
	static const char *const names[] = {"continue", "remount-ro", "panic"};
	for (int i = 0; i < 3; i++)
		if (strcmp(text, names[i]) == 0) {
			super->errors = i + 1;
			printf("Setting error behavior to %d\n", i + 1);
			return;
		}
	errx(1, "bad error behavior - %s", text);
}

static void set(struct ext4 *fs, int option, const char *value)
{
	struct ext4_super *super = &fs->super;
	switch (option) {
	case 'c':
		super->max_mounts = (uint16_t)number(value, -1, 16000, "mounts count");
		printf("Setting maximal mount count to %d\n", (int16_t)super->max_mounts);
		break;
	case 'C':
		super->mounts = (uint16_t)number(value, 0, 16000, "mounts count");
		printf("Setting current mount count to %u\n", super->mounts);
		break;
	case 'e':
		set_errors(super, value);
		break;
	case 'g':
		super->reserved_gid = (uint16_t)number(value, 0, 65535, "gid/group name");
		printf("Setting reserved blocks gid to %u\n", super->reserved_gid);
		break;
	case 'u':
		super->reserved_uid = (uint16_t)number(value, 0, 65535, "uid/user name");
		printf("Setting reserved blocks uid to %u\n", super->reserved_uid);
		break;
	case 'i':
		set_interval(super, value);
		break;
	case 'L':
		if (strlen(value) > sizeof super->label)
			fprintf(stderr, "Warning: label too long, truncating.\n");
		memset(super->label, 0, sizeof super->label);
		memcpy(super->label, value, strnlen(value, sizeof super->label));
		break;
	case 'M':
		memset(super->last_mounted, 0, sizeof super->last_mounted);
		memcpy(super->last_mounted, value, strnlen(value, sizeof super->last_mounted));
		break;
	case 'm':
		set_reserved(fs, (uint64_t)((double)fs->blocks * (double)number(value, 0, 50, "reserved block ratio") / 100));
		break;
	case 'r':
		set_reserved(fs, (uint64_t)number(value, 0, 0x7fffffff, "reserved blocks count"));
		break;
	default:
		break;
	}
}

static bool write_super(struct ext4 *fs, uint64_t at, uint16_t group)
{
	struct ext4_super copy = fs->super;
	copy.group = group;
	if (ext4_has_checksums(fs))
		copy.checksum = ext4_super_checksum(&copy);
	return pwrite(fs->fd, &copy, sizeof copy, (off_t)at) == sizeof copy;
}

/* The primary one last: until then the old one holds. */
static void store(struct ext4 *fs)
{
	bool ok = true;
	fs->super.write_time = (uint32_t)time(NULL);
	for (uint32_t group = 1; group < fs->group_count; group++)
		if (ext4_has_super(fs, group))
			ok &= write_super(fs, ext4_group_first(fs, group) * fs->block_size, (uint16_t)group);
	if (!ok || fsync(fs->fd) || !write_super(fs, EXT4_SUPER_AT, 0) || fsync(fs->fd))
		err(1, "%s", fs->path);
}

int main(int argc, char **argv)
{
	static const char options[] = "lc:C:e:g:i:L:m:M:r:u:";
	bool list = false, change = false;
	for (int option; (option = next_option(argc, argv, options)) != -1;) {
		list |= option == 'l';
		change |= option != 'l';
	}
	if (argc - optind != 1 || (!list && !change))
		usage_error("one device and what to do with it");
	const char *reason, *path = argv[optind];
	fprintf(stderr, "tune2fs of Hartix\n");
	struct ext4 *fs = ext4_open(path, change, &reason);
	if (!fs) {
		fprintf(stderr, "tune2fs: %s while trying to open %s\nCouldn't find valid filesystem superblock.\n", reason, path);
		return 1;
	}
	if (change && ext4_has(fs, EXT4_INCOMPAT, EXT4_RECOVER))
		errx(1, "%s: its journal has to be replayed first: mount it", path);
	optind = 1;
	for (int option; (option = next_option(argc, argv, options)) != -1;)
		set(fs, option, optarg);
	if (change)
		store(fs);
	if (list)
		ext4_print_super(fs);
	return 0;
}
