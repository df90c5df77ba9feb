/* What a superblock says, in words: names of features, and the listing of tune2fs -l and dumpe2fs. */
#include "ext4.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools.h"

static const struct {
	enum ext4_feature_set set;
	uint32_t bit;
	const char *name;
} features[] = {
	{EXT4_COMPAT, 0x1, "dir_prealloc"}, {EXT4_COMPAT, 0x2, "imagic_inodes"}, {EXT4_COMPAT, 0x4, "has_journal"}, {EXT4_COMPAT, 0x8, "ext_attr"},
	{EXT4_COMPAT, 0x10, "resize_inode"}, {EXT4_COMPAT, 0x20, "dir_index"}, {EXT4_COMPAT, 0x40, "lazy_bg"}, {EXT4_COMPAT, 0x100, "snapshot_bitmap"},
	{EXT4_COMPAT, 0x200, "sparse_super2"}, {EXT4_COMPAT, 0x400, "fast_commit"}, {EXT4_COMPAT, 0x800, "stable_inodes"}, {EXT4_COMPAT, 0x1000, "orphan_file"},
	{EXT4_RO_COMPAT, 0x1, "sparse_super"}, {EXT4_RO_COMPAT, 0x2, "large_file"}, {EXT4_RO_COMPAT, 0x8, "huge_file"}, {EXT4_RO_COMPAT, 0x10, "uninit_bg"},
	{EXT4_RO_COMPAT, 0x20, "dir_nlink"}, {EXT4_RO_COMPAT, 0x40, "extra_isize"}, {EXT4_RO_COMPAT, 0x100, "quota"}, {EXT4_RO_COMPAT, 0x200, "bigalloc"},
	{EXT4_RO_COMPAT, 0x400, "metadata_csum"}, {EXT4_RO_COMPAT, 0x800, "replica"}, {EXT4_RO_COMPAT, 0x1000, "read-only"}, {EXT4_RO_COMPAT, 0x2000, "project"},
	{EXT4_RO_COMPAT, 0x4000, "shared_blocks"}, {EXT4_RO_COMPAT, 0x8000, "verity"}, {EXT4_RO_COMPAT, 0x10000, "orphan_present"},
	{EXT4_INCOMPAT, 0x1, "compression"}, {EXT4_INCOMPAT, 0x2, "filetype"}, {EXT4_INCOMPAT, 0x4, "needs_recovery"}, {EXT4_INCOMPAT, 0x8, "journal_dev"},
	{EXT4_INCOMPAT, 0x10, "meta_bg"}, {EXT4_INCOMPAT, 0x40, "extent"}, {EXT4_INCOMPAT, 0x80, "64bit"}, {EXT4_INCOMPAT, 0x100, "mmp"},
	{EXT4_INCOMPAT, 0x200, "flex_bg"}, {EXT4_INCOMPAT, 0x400, "ea_inode"}, {EXT4_INCOMPAT, 0x1000, "dirdata"}, {EXT4_INCOMPAT, 0x2000, "metadata_csum_seed"},
	{EXT4_INCOMPAT, 0x4000, "large_dir"}, {EXT4_INCOMPAT, 0x8000, "inline_data"}, {EXT4_INCOMPAT, 0x10000, "encrypt"}, {EXT4_INCOMPAT, 0x20000, "casefold"},
};
enum { FEATURES = sizeof features / sizeof *features };

const char *ext4_feature_name(enum ext4_feature_set set, int bit)
{
	static char text[20];
	for (int i = 0; i < FEATURES; i++)
		if (features[i].set == set && features[i].bit == 1u << bit)
			return features[i].name;
	snprintf(text, sizeof text, "FEATURE_%c%d", "CIR"[set], bit);
	return text;
}

bool ext4_feature_by_name(const char *name, enum ext4_feature_set *set, uint32_t *feature)
{
	static const char *const others[][2] = {{"extents", "extent"}, {"gdt_csum", "uninit_bg"}, {"journal", "has_journal"}};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (strcmp(name, others[i][0]) == 0)
			name = others[i][1];
	for (int i = 0; i < FEATURES; i++)
		if (strcmp(features[i].name, name) == 0) {
			*set = features[i].set;
			*feature = features[i].bit;
			return true;
		}
	return false;
}

const char *ext4_uuid_text(const unsigned char uuid[16])
{
	static char text[37];
	char *to = text;
	for (int i = 0; i < 16; i++)
		to += sprintf(to, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
	return text;
}

bool ext4_parse_uuid(const char *text, unsigned char uuid[16])
{
	int digits = 0;
	for (; *text; text++) {
		static const char hex[] = "0123456789abcdef";
		const char *digit = strchr(hex, *text | 0x20);
		if (*text == '-')
			continue;
		if (!digit || digits == 32)
			return false;
		unsigned value = (unsigned)(digit - hex);
		uuid[digits / 2] = digits % 2 ? uuid[digits / 2] | value : value << 4;
		digits++;
	}
	return digits == 32;
}

static bool is_null(const unsigned char uuid[16])
{
	for (int i = 0; i < 16; i++)
		if (uuid[i])
			return false;
	return true;
}

static const char *date(uint64_t seconds)
{
	static char text[64];
	time_t time = (time_t)seconds;
	strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", localtime(&time));
	return text;
}

static uint64_t with_high(const struct ext4_super *super, uint32_t low, int which)
{
	return low | (uint64_t)super->high_times[which] << 32;
}

static void print_features(const struct ext4 *fs)
{
	static const enum ext4_feature_set order[] = {EXT4_COMPAT, EXT4_INCOMPAT, EXT4_RO_COMPAT};
	printf("Filesystem features:     ");
	bool any = false;
	for (int i = 0; i < 3; i++)
		for (int bit = 0; bit < 32; bit++)
			if (ext4_has(fs, order[i], 1u << bit)) {
				printf(" %s", ext4_feature_name(order[i], bit));
				any = true;
			}
	printf(any ? "\n" : " (none)\n");
}

static void print_flags(uint32_t flags)
{
	static const char *const names[] = {"signed_directory_hash", "unsigned_directory_hash", "test_filesystem"};
	if (flags == 0)
		return;
	printf("Filesystem flags:         ");
	for (int bit = 0; bit < 3; bit++)
		if (flags >> bit & 1)
			printf("%s ", names[bit]);
	putchar('\n');
}

static void print_mount_options(uint32_t options)
{
	static const struct {
		uint32_t mask, value;
		const char *name;
	} names[] = {
		{0x1, 0x1, "debug"}, {0x2, 0x2, "bsdgroups"}, {0x4, 0x4, "user_xattr"}, {0x8, 0x8, "acl"}, {0x10, 0x10, "uid16"},
		{0x60, 0x20, "journal_data"}, {0x60, 0x40, "journal_data_ordered"}, {0x60, 0x60, "journal_data_writeback"},
		{0x100, 0x100, "nobarrier"}, {0x200, 0x200, "block_validity"}, {0x400, 0x400, "discard"}, {0x800, 0x800, "nodelalloc"},
	};
	printf("Default mount options:   ");
	bool any = false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if ((options & names[i].mask) == names[i].value) {
			printf(" %s", names[i].name);
			any = true;
		}
	printf(any ? "\n" : " (none)\n");
}

static void print_counts(const struct ext4 *fs)
{
	const struct ext4_super *super = &fs->super;
	bool wide = ext4_has(fs, EXT4_INCOMPAT, EXT4_64BIT);
	printf("Inode count:              %u\n", super->inodes);
	printf("Block count:              %llu\n", (unsigned long long)fs->blocks);
	printf("Reserved block count:     %llu\n", (unsigned long long)(super->reserved_blocks | (wide ? (uint64_t)super->reserved_blocks_high << 32 : 0)));
	if (super->overhead_clusters)
		printf("Overhead clusters:        %u\n", super->overhead_clusters);
	printf("Free blocks:              %llu\n", (unsigned long long)(super->free_blocks | (wide ? (uint64_t)super->free_blocks_high << 32 : 0)));
	printf("Free inodes:              %u\nFirst block:              %u\nBlock size:               %u\n", super->free_inodes, super->first_block, fs->block_size);
	printf("%s            %u\n", ext4_has(fs, EXT4_RO_COMPAT, EXT4_BIGALLOC) ? "Cluster size: " : "Fragment size:", 1024u << (super->log_cluster_size & 31));
	if (wide)
		printf("Group descriptor size:    %u\n", super->descriptor_size);
	if (super->reserved_descriptor_blocks)
		printf("Reserved GDT blocks:      %u\n", super->reserved_descriptor_blocks);
	printf("Blocks per group:         %u\n%s      %u\n", super->blocks_per_group, ext4_has(fs, EXT4_RO_COMPAT, EXT4_BIGALLOC) ? "Clusters per group: " : "Fragments per group:", super->clusters_per_group);
	printf("Inodes per group:         %u\nInode blocks per group:   %u\n", super->inodes_per_group, (super->inodes_per_group + fs->inodes_per_block - 1) / fs->inodes_per_block);
	if (super->raid_stride)
		printf("RAID stride:              %u\n", super->raid_stride);
	if (super->raid_stripe_width)
		printf("RAID stripe width:        %u\n", super->raid_stripe_width);
	if (super->first_meta_group)
		printf("First meta block group:   %u\n", super->first_meta_group);
	if (super->log_groups_per_flex)
		printf("Flex block group size:    %u\n", 1u << (super->log_groups_per_flex & 31));
}

static void print_written(uint64_t kbytes)
{
	static const char *const units[] = {"kB", "MB", "GB", "TB"};
	int unit = 0;
	uint64_t part = kbytes;
	while (unit < 3 && part >= 10000) {
		part = (part + 512) / 1024;
		unit++;
	}
	if (kbytes)
		printf("Lifetime writes:          %llu %s\n", (unsigned long long)part, units[unit]);
}

/* Seconds as tune2fs writes an interval. */
static const char *interval(uint32_t seconds)
{
	static const struct {
		uint32_t seconds;
		const char *name;
	} units[] = {{2592000, "month"}, {604800, "week"}, {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
	static char text[160];
	size_t length = 0;
	if (seconds == 0)
		return "<none>";
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		uint32_t count = seconds / units[i].seconds;
		seconds -= count * units[i].seconds;
		if (count)
			length += snprintf(text + length, sizeof text - length, "%s%u %s%s", length ? ", " : "", count, units[i].name, count > 1 ? "s" : "");
	}
	return text;
}

static void print_times(const struct ext4_super *super)
{
	if (super->made_time)
		printf("Filesystem created:       %s\n", date(with_high(super, super->made_time, 2)));
	uint64_t mounted = with_high(super, super->mount_time, 1);
	printf("Last mount time:          %s\n", mounted ? date(mounted) : "n/a");
	printf("Last write time:          %s\n", date(with_high(super, super->write_time, 0)));
	printf("Mount count:              %u\nMaximum mount count:      %d\n", super->mounts, (int16_t)super->max_mounts);
	printf("Last checked:             %s\n", date(with_high(super, super->last_check, 3)));
	printf("Check interval:           %u (%s)\n", super->check_interval, interval(super->check_interval));
	if (super->check_interval)
		printf("Next check after:         %s\n", date(super->last_check + (uint64_t)super->check_interval));
	print_written(super->kbytes_written);
}

static void print_inodes(const struct ext4 *fs)
{
	const struct ext4_super *super = &fs->super;
	const struct passwd *user = getpwuid(super->reserved_uid);
	printf("Reserved blocks uid:      %u (user %s)\n", super->reserved_uid, user ? user->pw_name : "unknown");
	const struct group *group = getgrgid(super->reserved_gid);
	printf("Reserved blocks gid:      %u (group %s)\n", super->reserved_gid, group ? group->gr_name : "unknown");
	if (super->revision == 0)
		return;
	printf("First inode:              %u\nInode size:\t          %u\n", super->first_inode, super->inode_size);
	if (super->min_extra)
		printf("Required extra isize:     %u\n", super->min_extra);
	if (super->want_extra)
		printf("Desired extra isize:      %u\n", super->want_extra);
	if (!is_null(super->journal_uuid))
		printf("Journal UUID:             %s\n", ext4_uuid_text(super->journal_uuid));
	if (super->journal_inode)
		printf("Journal inode:            %u\n", super->journal_inode);
	if (super->journal_device)
		printf("Journal device:\t          0x%04x\n", super->journal_device);
	if (super->last_orphan)
		printf("First orphan inode:       %u\n", super->last_orphan);
	static const char *const hashes[] = {"legacy", "half_md4", "tea"};
	if (ext4_has(fs, EXT4_COMPAT, EXT4_DIR_INDEX) || super->hash_version)
		printf("Default directory hash:   %s\n", super->hash_version < 3 ? hashes[super->hash_version] : "unknown");
	if (!is_null((const unsigned char *)super->hash_seed))
		printf("Directory Hash Seed:      %s\n", ext4_uuid_text((const unsigned char *)super->hash_seed));
	if (super->journal_backup_type)
		printf(super->journal_backup_type == 1 ? "Journal backup:           inode blocks\n" : "Journal backup:           type %u\n", super->journal_backup_type);
}

static void print_errors(const struct ext4_super *super)
{
	if (super->error_count == 0)
		return;
	printf("FS Error count:           %u\n", super->error_count);
	printf("First error time:         %s\nFirst error function:     %.32s\nFirst error line #:       %u\n", date(with_high(super, super->first_error_time, 4)), super->first_error_function, super->first_error_line);
	printf("First error inode #:      %u\nFirst error block #:      %llu\n", super->first_error_inode, (unsigned long long)super->first_error_block);
	printf("Last error time:          %s\nLast error function:      %.32s\nLast error line #:        %u\n", date(with_high(super, super->last_error_time, 5)), super->last_error_function, super->last_error_line);
	printf("Last error inode #:       %u\nLast error block #:       %llu\n", super->last_error_inode, (unsigned long long)super->last_error_block);
}

void ext4_print_super(const struct ext4 *fs)
{
	static const char *const on_error[] = {"Continue", "Remount read-only", "Panic"}, *const systems[] = {"Linux", "Hurd", "Masix", "FreeBSD", "Lites"};
	const struct ext4_super *super = &fs->super;
	printf("Filesystem volume name:   %.16s\n", *super->label ? super->label : "<none>");
	printf("Last mounted on:          %.64s\n", *super->last_mounted ? super->last_mounted : "<not available>");
	printf("Filesystem UUID:          %s\n", is_null(super->uuid) ? "<none>" : ext4_uuid_text(super->uuid));
	printf("Filesystem magic number:  0x%04X\nFilesystem revision #:    %u%s\n", super->magic, super->revision, super->revision == 0 ? " (original)" : super->revision == 1 ? " (dynamic)" : "");
	print_features(fs);
	print_flags(super->flags);
	print_mount_options(super->mount_options);
	if (*super->mount_option_text)
		printf("Mount options:            %.64s\n", super->mount_option_text);
	printf("Filesystem state:         %s%s\n", super->state & 1 ? "clean" : "not clean", super->state & 2 ? " with errors" : "");
	printf("Errors behavior:          %s\n", super->errors >= 1 && super->errors <= 3 ? on_error[super->errors - 1] : "Unknown (continue)");
	printf("Filesystem OS type:       %s\n", super->creator < 5 ? systems[super->creator] : "unknown");
	print_counts(fs);
	print_times(super);
	print_inodes(fs);
	if (super->backup_groups[0] && ext4_has(fs, EXT4_COMPAT, EXT4_SPARSE_SUPER2))
		printf("Backup block groups:      %u %u\n", super->backup_groups[0], super->backup_groups[1]);
	print_errors(super);
	if (ext4_has_checksums(fs)) {
		printf("Checksum type:            %s\n", super->checksum_type == 1 ? "crc32c" : "unknown");
		printf("Checksum:                 0x%08x\n", super->checksum);
	}
	if (ext4_has(fs, EXT4_INCOMPAT, EXT4_CSUM_SEED))
		printf("Checksum seed:            0x%08x\n", super->checksum_seed);
}
