/*
 * e2fsck: check an ext2, ext3 or ext4
 * https://man7.org/linux/man-pages/man8/e2fsck.8.html
 *
 * Aliases: fsck.ext2 fsck.ext3 fsck.ext4
 *
 * Usage: e2fsck [-n|-p|-y] [-f] DEVICE
 *   -f  also if it is marked clean
 *   -n  change nothing (as without -p and -y)
 *   -p, -a  replay the journal, clear orphans, repair counts of links, bitmaps and counts of groups, if nothing else is wrong
 *   -y  also entries of directories, sizes, and inodes that cannot be; what has no name gets one in /lost+found; maps, indexes and
 *       blocks of directories are written anew, a block of two files is copied, superblock and descriptors come from their copies
 * Status: 0 no errors, 1 errors were repaired, 4 errors are left, 8 it cannot be
 * looked at, 16 wrong usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "e2fsck.h"
#include "ext4-journal.h"
#include "mounts.h"
#include "tools.h"

enum { REPAIRED = 1, ERRORS_LEFT = 4, OPERATIONAL = 8, USAGE = 16, MAX_LINES = 1000, MAX_ROUNDS = 16 };

static void tell(struct check *check, const char *format, va_list arguments)
{
	check->problems++;
	if (check->problems > MAX_LINES)
		return;
	vprintf(format, arguments);
	putchar('\n');
}

void problem(struct check *check, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	tell(check, format, arguments);
	va_end(arguments);
}

bool repairable(struct check *check, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	tell(check, format, arguments);
	va_end(arguments);
	if (!check->repair || check->problems > check->repaired + 1)
		return false;
	check->repaired++;
	return true;
}

bool fixable(struct check *check, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	tell(check, format, arguments);
	va_end(arguments);
	return check->repair_all;
}

void was_repaired(struct check *check, bool is_done)
{
	check->repaired += is_done;
	check->again |= is_done;
}

static void *zeroed(size_t size)
{
	void *memory = allocate(size);
	memset(memory, 0, size);
	return memory;
}

static void prepare(struct check *check)
{
	const struct ext4 *fs = check->fs;
	size_t inodes = (size_t)fs->super.inodes + 1;
	check->table_blocks = (fs->super.inodes_per_group + fs->inodes_per_block - 1) / fs->inodes_per_block;
	check->used_blocks = zeroed(fs->blocks / 8 + 1);
	check->shared_blocks = zeroed(fs->blocks / 8 + 1);
	check->used_inodes = zeroed(inodes / 8 + 1);
	check->directories = zeroed(inodes / 8 + 1);
	check->broken_maps = zeroed(inodes / 8 + 1);
	check->stored_links = zeroed(inodes * sizeof *check->stored_links);
	check->found_links = zeroed(inodes * sizeof *check->found_links);
	check->parents = zeroed(inodes * sizeof *check->parents);
	check->up = zeroed(inodes * sizeof *check->up);
	check->types = zeroed(inodes);
}

/* For another round. */
static void forget(struct check *check)
{
	void *const tables[] = {check->used_blocks, check->shared_blocks, check->used_inodes, check->directories, check->broken_maps, check->stored_links, check->found_links, check->parents, check->up, check->types};
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		free(tables[i]);
	check->files = check->fragmented = 0;
	check->problems = check->repaired = 0;
	check->was_changed = true;
	check->again = check->is_resize_wrong = check->is_root_wrong = check->is_journal_wrong = false;
	prepare(check);
}

static uint64_t free_blocks(const struct ext4 *fs)
{
	return fs->super.free_blocks | (ext4_has(fs, EXT4_INCOMPAT, EXT4_64BIT) ? (uint64_t)fs->super.free_blocks_high << 32 : 0);
}

static void run_passes(struct check *check)
{
	printf("Pass 1: Checking inodes, blocks, and sizes\n");
	if (!check_groups(check))
		return;
	check_journal(check);
	check_inodes(check);
	if (check->repair_all)
		repair_maps(check);
	if (check->is_resize_wrong)
		repair_resize_inode(check);
	if (check->is_journal_wrong)
		move_journal(check);
	if (check->is_root_wrong)
		repair_root(check);
	check_orphan_file(check);
	printf("Pass 2: Checking directory structure\n");
	check_directories(check);
	printf("Pass 3: Checking directory connectivity\n");
	check_connections(check);
	printf("Pass 4: Checking reference counts\n");
	check_links(check);
	printf("Pass 5: Checking group summary information\n");
	check_bitmaps(check);
}

static int finish(struct check *check)
{
	const struct ext4 *fs = check->fs;
	if (check->repaired && fsync(fs->fd)) {
		warn("%s", fs->path);
		return OPERATIONAL;
	}
	if (check->repaired || check->was_changed)
		printf("\n%s: ***** FILE SYSTEM WAS MODIFIED *****\n", fs->path);
	if (check->problems > check->repaired)
		printf("\n%s: ********** WARNING: Filesystem still has errors **********\n\n", fs->path);
	double share = check->files ? 100.0 * (double)check->fragmented / (double)check->files : 0;
	printf("%s: %u/%u files (%.1f%% non-contiguous), %llu/%llu blocks\n", fs->path, fs->super.inodes - fs->super.free_inodes, fs->super.inodes, share, (unsigned long long)(fs->blocks - free_blocks(fs)), (unsigned long long)fs->blocks);
	return check->problems > check->repaired ? ERRORS_LEFT : check->repaired || check->rounds || check->was_restored ? REPAIRED : 0;
}

/* Features with which blocks or names mean something else. */
static const char *unknown_feature(const struct ext4 *fs)
{
	static const uint32_t known_incompat = EXT4_FILETYPE | EXT4_RECOVER | EXT4_META_BG | EXT4_EXTENTS | EXT4_64BIT | EXT4_FLEX_BG | EXT4_CSUM_SEED | EXT4_INLINE;
	static const uint32_t known_ro = EXT4_SPARSE_SUPER | EXT4_LARGE_FILE | EXT4_HUGE_FILE | EXT4_GDT_CSUM | EXT4_DIR_NLINK | EXT4_EXTRA_ISIZE | EXT4_METADATA_CSUM | EXT4_ORPHAN_PRESENT;
	static const uint32_t known_compat = 0x1 | EXT4_HAS_JOURNAL | EXT4_EXT_ATTR | EXT4_RESIZE | EXT4_DIR_INDEX | EXT4_SPARSE_SUPER2 | EXT4_ORPHAN_FILE;
	const uint32_t unknown[] = {fs->super.compat & ~known_compat, fs->super.incompat & ~known_incompat, fs->super.ro_compat & ~known_ro};
	for (int set = 0; set < 3; set++)
		for (int bit = 0; bit < 32; bit++)
			if (unknown[set] >> bit & 1)
				return ext4_feature_name((enum ext4_feature_set)set, bit);
	return NULL;
}

/* Replays the journal; what is on the disk afterwards, opened anew. */
static struct ext4 *recover(struct ext4 *fs, bool may_be_lost)
{
	const char *path = fs->path, *reason;
	struct ext4_journal journal;
	printf("%s: recovering journal\n", path);
	reason = ext4_journal_open(fs, &journal);
	if (!reason) {
		reason = ext4_journal_replay(&journal);
		ext4_journal_close(&journal);
	}
	if (reason && may_be_lost && reset_journal(fs)) {
		printf("%s: %s: *** journal has been deleted ***\n", path, reason);
		reason = NULL;
	}
	if (reason)
		errx(OPERATIONAL, "%s: %s", path, reason);
	close(fs->fd);
	free(fs->descriptors);
	free(fs);
	fs = ext4_open(path, true, &reason);
	if (!fs)
		errx(OPERATIONAL, "%s: %s after its journal was replayed", path, reason);
	fs->super.incompat &= ~(uint32_t)EXT4_RECOVER;
	if (!store_super(fs) || fsync(fs->fd))
		err(OPERATIONAL, "%s", path);
	return fs;
}

int main(int argc, char **argv)
{
	static struct check check;
	bool force = false, is_preening = false;
	const char *reason;
	usage_status = USAGE;
	memset(&check, 0, sizeof check);
	for (int option; (option = next_option(argc, argv, "afnpy")) != -1;) {
		force |= option == 'f';
		is_preening |= option == 'a' || option == 'p';
		check.repair |= option == 'a' || option == 'p' || option == 'y';
		check.repair_all |= option == 'y';
	}
	if (argc - optind != 1)
		usage_error("one device");
	const char *path = argv[optind];
	if (!is_preening)
		fprintf(stderr, "e2fsck of Hartix\n");
	if (is_block_device_busy(path)) {
		if (check.repair)
			errx(OPERATIONAL, "%s is mounted or in use: its repair would destroy it", path);
		printf("Warning!  %s is mounted.\n", path);
	}
	struct ext4 *fs = check.fs = ext4_open(path, check.repair, &reason);
	bool is_super_wrong = !fs || (ext4_has_checksums(fs) && fs->super.checksum != ext4_super_checksum(&fs->super));
	if (is_super_wrong && check.repair_all && restore_super(path)) {
		printf("%s: %s, trying backup blocks...\n", path, fs ? "Superblock checksum does not match superblock" : reason);
		fs = check.fs = ext4_open(path, true, &reason);
		check.was_changed = check.was_restored = true;
	}
	if (!fs) {
		printf("e2fsck: %s while trying to open %s\n", reason, path);
		return OPERATIONAL;
	}
	const char *feature = unknown_feature(fs);
	if (feature)
		errx(OPERATIONAL, "%s has a feature that is not known here: %s", path, feature);
	if (ext4_has(fs, EXT4_INCOMPAT, EXT4_RECOVER)) {
		if (!check.repair)
			printf("Warning: skipping journal recovery because doing a read-only filesystem check.\n");
		else
			fs = check.fs = recover(fs, check.repair_all);
	}
	if (check.repair && fs->super.last_orphan && !(fs->super.state & 2)) {
		check.was_changed = true;
		if (!clear_orphans(fs, is_preening ? path : NULL))
			problem(&check, "The list of orphaned inodes is broken.");
	}
	if (check.repair && ext4_has(fs, EXT4_RO_COMPAT, EXT4_ORPHAN_PRESENT) && ext4_has(fs, EXT4_COMPAT, EXT4_ORPHAN_FILE) && !(fs->super.state & 2)) {
		check.was_changed = true;
		if (!clear_orphan_file(&check, is_preening ? path : NULL))
			problem(&check, "The orphan file is broken.");
	}
	if (!force && check.problems == 0 && fs->super.state == 1 && (fs->super.last_orphan == 0 || ext4_has(fs, EXT4_INCOMPAT, EXT4_RECOVER))) {
		printf("%s: clean, %u/%u files, %llu/%llu blocks\n", path, fs->super.inodes - fs->super.free_inodes, fs->super.inodes, (unsigned long long)(fs->blocks - free_blocks(fs)), (unsigned long long)fs->blocks);
		return 0;
	}
	prepare(&check);
	run_passes(&check);
	while (check.again && check.rounds++ < MAX_ROUNDS) {
		printf("Restarting e2fsck from the beginning...\n");
		forget(&check);
		run_passes(&check);
	}
	return finish(&check);
}
