/*
 * dumpe2fs: list the superblock and the groups of an ext2, ext3 or ext4
 * https://man7.org/linux/man-pages/man8/dumpe2fs.8.html
 *
 * Usage: dumpe2fs [-h] DEVICE
 *   -h  only the superblock and the journal's
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ext4.h"
#include "tools.h"

static void print_journal(struct ext4 *fs)
{
	enum { FEATURES = 6 };
	static const struct {
		uint32_t bit;
		const char *name;
	} names[FEATURES] = {{1, "journal_incompat_revoke"}, {2, "journal_64bit"}, {4, "journal_async_commit"}, {8, "journal_checksum_v2"}, {16, "journal_checksum_v3"}, {32, "FEATURE_I5"}};
	struct ext4_inode inode;
	if (!ext4_has(fs, EXT4_COMPAT, EXT4_HAS_JOURNAL) || !fs->super.journal_inode || !ext4_read_inode(fs, fs->super.journal_inode, &inode))
		return;
	uint32_t *words = allocate(fs->block_size), incompat;
	uint64_t place = ext4_find_block(fs, fs->super.journal_inode, &inode, 0);
	if (place == 0 || !ext4_read(fs, place, words) || ntohl(words[0]) != 0xc03b3998) {
		warnx("the journal's superblock is broken");
		free(words);
		return;
	}
	incompat = ntohl(words[10]);
	printf("Journal features:        ");
	for (int i = 0; i < FEATURES; i++)
		if (incompat & names[i].bit)
			printf(" %s", names[i].name);
	printf(incompat ? "\n" : " (none)\n");
	uint64_t blocks = ntohl(words[4]), kbytes = blocks * fs->block_size / 1024;
	printf(kbytes < 8192 ? "Total journal size:       %lluk\n" : "Total journal size:       %lluM\n", (unsigned long long)(kbytes < 8192 ? kbytes : kbytes / 1024));
	printf("Total journal blocks:     %llu\nMax transaction length:   %llu\nFast commit length:       0\n", (unsigned long long)blocks, (unsigned long long)blocks);
	printf("Journal sequence:         0x%08x\nJournal start:            %u\n", ntohl(words[6]), ntohl(words[7]));
	if (incompat & 0x18)
		printf("Journal checksum type:    crc32c\nJournal checksum:         0x%08x\n", ntohl(words[63]));
	if (ntohl(words[8]))
		printf("Journal errno:            %d\n", (int)ntohl(words[8]));
	free(words);
}

static void print_range(const char *separator, uint64_t first, uint64_t last)
{
	printf(first == last ? "%s%llu" : "%s%llu-%llu", separator, (unsigned long long)first, (unsigned long long)last);
}

/* The clear bits of a bitmap as ranges. */
static void print_free(const unsigned char *bitmap, uint32_t bits, uint64_t first, uint32_t scale)
{
	const char *separator = "";
	for (uint32_t bit = 0; bit < bits; bit++) {
		uint32_t start = bit;
		if (bitmap && ext4_bit(bitmap, bit))
			continue;
		while (bit + 1 < bits && !(bitmap && ext4_bit(bitmap, bit + 1)))
			bit++;
		print_range(separator, first + (uint64_t)start * scale, first + (uint64_t)bit * scale + scale - 1);
		separator = ", ";
	}
	putchar('\n');
}

/* " (+5)", or where it is another group's: " (bg #0 + 5)". */
static void print_place(const struct ext4 *fs, uint32_t group, uint64_t block)
{
	uint64_t first = ext4_group_first(fs, group);
	if (block >= first && block < first + ext4_group_blocks(fs, group)) {
		printf(" (+%llu)", (unsigned long long)(block - first));
		return;
	}
	uint64_t there = (block - fs->super.first_block) / fs->super.blocks_per_group;
	if (block >= fs->super.first_block && there < fs->group_count)
		printf(" (bg #%llu + %llu)", (unsigned long long)there, (unsigned long long)(block - ext4_group_first(fs, (uint32_t)there)));
}

static void print_bitmap(const struct ext4 *fs, uint32_t group, const char *name, uint64_t block, uint32_t checksum)
{
	printf("  %s bitmap at %llu", name, (unsigned long long)block);
	print_place(fs, group, block);
	if (ext4_has_checksums(fs))
		printf(", csum 0x%08x", checksum);
	putchar('\n');
}

static void print_flags(uint16_t flags)
{
	static const char *const names[] = {"INODE_UNINIT", "BLOCK_UNINIT", "ITABLE_ZEROED"};
	const char *separator = " [";
	for (int bit = 0; bit < 3; bit++)
		if (flags >> bit & 1) {
			printf("%s%s", separator, names[bit]);
			separator = ", ";
		}
	if (*separator == ',')
		putchar(']');
}

/* Blocks of a group whose bitmap was never written: what the file system itself occupies there. */
static void fill_own(const struct ext4 *fs, uint32_t group, unsigned char *bitmap)
{
	uint64_t first = ext4_group_first(fs, group);
	uint32_t base = ext4_base_blocks(fs, group), size = ext4_group_blocks(fs, group), table = (fs->super.inodes_per_group + fs->inodes_per_block - 1) / fs->inodes_per_block;
	memset(bitmap, 0, fs->block_size);
	for (uint32_t i = 0; i < base && i < size; i++)
		ext4_set_bit(bitmap, i);
	for (uint32_t other = 0; other < fs->group_count; other++) {
		struct ext4_group values = ext4_get_group(fs, other);
		const uint64_t starts[] = {values.block_bitmap, values.inode_bitmap, values.inode_table};
		for (int i = 0; i < 3; i++)
			for (uint64_t block = starts[i]; block < starts[i] + (i == 2 ? table : 1); block++)
				if (block >= first && block < first + size)
					ext4_set_bit(bitmap, block - first);
	}
}

static void print_group(struct ext4 *fs, uint32_t group)
{
	struct ext4_group values = ext4_get_group(fs, group);
	uint64_t first = ext4_group_first(fs, group);
	uint32_t size = ext4_group_blocks(fs, group), table = (fs->super.inodes_per_group + fs->inodes_per_block - 1) / fs->inodes_per_block, descriptors = ext4_descriptor_blocks(fs);
	bool has_flags = ext4_has_checksums(fs) || ext4_has(fs, EXT4_RO_COMPAT, EXT4_GDT_CSUM);
	printf("Group %u: (Blocks ", group);
	print_range("", first, first + size - 1);
	putchar(')');
	if (has_flags) {
		printf(" csum 0x%04x", values.checksum);
		uint16_t computed = ext4_group_checksum(fs, group);
		if (computed != values.checksum)
			printf(" (EXPECTED 0x%04x)", computed);
		print_flags(values.flags);
	}
	putchar('\n');
	if (ext4_has_super(fs, group)) {
		printf("  %s superblock at %llu", group ? "Backup" : "Primary", (unsigned long long)first);
		if (!ext4_has(fs, EXT4_INCOMPAT, EXT4_META_BG)) {
			print_range(", Group descriptors at ", first + 1, first + descriptors);
			if (descriptors == 1)
				printf("-%llu", (unsigned long long)(first + 1));
		}
		putchar('\n');
		uint32_t reserved = fs->super.reserved_descriptor_blocks;
		if (reserved && !ext4_has(fs, EXT4_INCOMPAT, EXT4_META_BG)) {
			print_range("  Reserved GDT blocks at ", first + 1 + descriptors, first + descriptors + reserved);
			putchar('\n');
		}
	}
	print_bitmap(fs, group, "Block", values.block_bitmap, values.block_bitmap_checksum);
	print_bitmap(fs, group, "Inode", values.inode_bitmap, values.inode_bitmap_checksum);
	print_range("  Inode table at ", values.inode_table, values.inode_table + table - 1);
	print_place(fs, group, values.inode_table);
	printf("\n  %u free blocks, %u free inodes, %u directories", values.free_blocks, values.free_inodes, values.directories);
	if (has_flags && values.unused_inodes)
		printf(", %u unused inodes", values.unused_inodes);
	unsigned char *bitmap = allocate(fs->block_size);
	printf("\n  Free blocks: ");
	if (has_flags && values.flags & EXT4_BLOCK_UNINIT)
		fill_own(fs, group, bitmap);
	else if (!ext4_read(fs, values.block_bitmap, bitmap))
		errx(1, "%s: a bitmap of group %u cannot be read", fs->path, group);
	uint32_t ratio = fs->super.blocks_per_group / fs->super.clusters_per_group;
	print_free(bitmap, (size + ratio - 1) / ratio, first, ratio);
	printf("  Free inodes: ");
	bool unused = has_flags && values.flags & EXT4_INODE_UNINIT;
	if (!unused && !ext4_read(fs, values.inode_bitmap, bitmap))
		errx(1, "%s: a bitmap of group %u cannot be read", fs->path, group);
	print_free(unused ? NULL : bitmap, fs->super.inodes_per_group, (uint64_t)group * fs->super.inodes_per_group + 1, 1);
	free(bitmap);
}

int main(int argc, char **argv)
{
	bool only_super = false;
	for (int option; (option = next_option(argc, argv, "h")) != -1;)
		only_super |= option == 'h';
	if (argc - optind != 1)
		usage_error("one device");
	const char *reason, *path = argv[optind];
	fprintf(stderr, "dumpe2fs of Hartix\n");
	struct ext4 *fs = ext4_open(path, false, &reason);
	if (!fs) {
		fprintf(stderr, "dumpe2fs: %s while trying to open %s\nCouldn't find valid filesystem superblock.\n", reason, path);
		return 1;
	}
	if (fs->super.clusters_per_group == 0)
		errx(1, "%s: its groups have no clusters", path);
	ext4_print_super(fs);
	print_journal(fs);
	if (!only_super) {
		printf("\n\n");
		for (uint32_t group = 0; group < fs->group_count; group++)
			print_group(fs, group);
	}
	return 0;
}
