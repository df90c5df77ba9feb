/* Superblock and descriptors of groups; at the end, the bitmaps and counts against what was found. */
#include <stdlib.h>
#include <string.h>

#include "e2fsck.h"
#include "tools.h"

bool take_blocks(struct check *check, uint64_t first, uint32_t count)
{
	bool fresh = true;
	for (uint64_t block = first; block < first + count; block++) {
		if (ext4_bit(check->used_blocks, block)) {
			fresh = false;
			ext4_set_bit(check->shared_blocks, block);
		}
		ext4_set_bit(check->used_blocks, block);
	}
	return fresh;
}

/* Without flex_bg what a group owns lies in it. */
static bool is_place(const struct ext4 *fs, uint32_t group, uint64_t block, uint32_t count)
{
	bool anywhere = ext4_has(fs, EXT4_INCOMPAT, EXT4_FLEX_BG);
	uint64_t first = anywhere ? fs->super.first_block + 1 : ext4_group_first(fs, group);
	uint64_t end = anywhere ? fs->blocks : ext4_group_first(fs, group) + ext4_group_blocks(fs, group);
	return block >= first && block < end && count <= end - block;
}

static void check_super(struct check *check)
{
	struct ext4 *fs = check->fs;
	struct ext4_super *super = &fs->super;
	bool changed = false;
	if (ext4_has_checksums(fs) && (super->checksum_type != 1 || super->checksum != ext4_super_checksum(super)))
		changed |= fixable(check, "Superblock checksum does not match superblock.");
	if (super->state & 2 && fixable(check, "Superblock says that errors were found.")) {
		super->state &= (uint16_t)~2;
		changed = true;
	}
	if (super->last_orphan && !ext4_has(fs, EXT4_INCOMPAT, EXT4_RECOVER) && fixable(check, "Superblock has a list of orphaned inodes (%u): mounting it clears them.", super->last_orphan)) {
		super->last_orphan = 0;
		changed = true;
	}
	if ((ext4_has(fs, EXT4_COMPAT, EXT4_HAS_JOURNAL) ? super->journal_inode == 0 && super->journal_device == 0 : super->journal_inode != 0) && fixable(check, "Superblock has_journal flag and its journal do not fit.")) {
		if (super->journal_inode == 0)
			super->compat &= ~(uint32_t)EXT4_HAS_JOURNAL;
		super->journal_inode = 0;
		changed = true;
	}
	if ((super->first_inode < 11 || super->first_inode >= super->inodes) && super->revision > 0 && fixable(check, "Superblock's first inode is %u.", super->first_inode)) {
		super->first_inode = 11;
		changed = true;
	}
	if (changed)
		was_repaired(check, store_super(fs));
}

/* From its copy, or as it is: then nothing is believed of what was never used. */
static bool repair_descriptor(struct ext4 *fs, uint32_t group, struct ext4_group *values)
{
	if (!restore_descriptor(fs, group)) {
		values->flags &= (uint16_t)~(EXT4_INODE_UNINIT | EXT4_BLOCK_UNINIT);
		values->unused_inodes = 0;
		ext4_put_group(fs, group, values);
	}
	*values = ext4_get_group(fs, group);
	return true;
}

bool check_groups(struct check *check)
{
	struct ext4 *fs = check->fs;
	bool sums = ext4_has_checksums(fs) || ext4_has(fs, EXT4_RO_COMPAT, EXT4_GDT_CSUM), usable = true, changed = false;
	check_super(check);
	for (uint64_t block = 0; block < fs->super.first_block; block++)
		ext4_set_bit(check->used_blocks, block);
	for (uint32_t group = 0; group < fs->group_count; group++)
		take_blocks(check, ext4_group_first(fs, group), ext4_base_blocks(fs, group) < ext4_group_blocks(fs, group) ? ext4_base_blocks(fs, group) : ext4_group_blocks(fs, group));
	for (uint32_t group = 0; group < fs->group_count; group++) {
		struct ext4_group values = ext4_get_group(fs, group);
		if (sums && values.checksum != ext4_group_checksum(fs, group))
			if (fixable(check, "Group descriptor %u checksum is 0x%04x, should be 0x%04x.", group, values.checksum, ext4_group_checksum(fs, group)))
				changed |= repair_descriptor(fs, group, &values);
		if (!is_place(fs, group, values.block_bitmap, 1) || !is_place(fs, group, values.inode_bitmap, 1) || !is_place(fs, group, values.inode_table, check->table_blocks)) {
			if (fixable(check, "Group %u's bitmaps or inode table are not in the file system.", group))
				changed |= restore_descriptor(fs, group);
			usable = false;
			continue;
		}
		bool fresh = take_blocks(check, values.block_bitmap, 1);
		fresh &= take_blocks(check, values.inode_bitmap, 1);
		fresh &= take_blocks(check, values.inode_table, check->table_blocks);
		if (!fresh && fixable(check, "Group %u's bitmaps or inode table are where something else is.", group)) {
			changed |= restore_descriptor(fs, group);
			usable = false;
		}
	}
	if (changed)
		was_repaired(check, store_descriptors(fs));
	return usable;
}

struct totals {
	uint64_t blocks;
	uint32_t inodes;
};

/* The bitmap that ought to be; what lies beyond the group is set. */
static uint32_t expect(const struct ext4 *fs, unsigned char *bitmap, const unsigned char *used, uint64_t first, uint32_t count)
{
	uint32_t free_bits = 0;
	memset(bitmap, 0, fs->block_size);
	for (uint32_t bit = 0; bit < fs->block_size * 8; bit++)
		if (bit >= count || ext4_bit(used, first + bit))
			ext4_set_bit(bitmap, bit);
		else
			free_bits++;
	return free_bits;
}

struct bitmap_place {
	const char *name;
	uint64_t block;
	uint32_t group, bits, checksum_bits, checksum;
	bool blank; /* never written: to be ignored, nothing is taken but what the group itself takes */
};

/* Compares one; true: it was stored anew, so its checksum has to be. */
static bool check_bitmap(struct check *check, const struct bitmap_place *place, const unsigned char *expected)
{
	struct ext4 *fs = check->fs;
	unsigned char *found = allocate(fs->block_size);
	const char *wrong = NULL;
	if (!place->blank) {
		if (!ext4_read(fs, place->block, found))
			wrong = "cannot be read";
		else if (ext4_has_checksums(fs) && ext4_bitmap_checksum(fs, found, place->checksum_bits) != place->checksum)
			wrong = "does not match its checksum";
		else
			for (uint32_t bit = 0; bit < place->bits && !wrong; bit++)
				if (ext4_bit(found, bit) != ext4_bit(expected, bit))
					wrong = "differences";
		for (uint32_t bit = place->bits; !wrong && bit < fs->block_size * 8; bit++)
			if (!ext4_bit(found, bit))
				wrong = "has clear bits behind its end";
	}
	bool stored = wrong && repairable(check, "%s bitmap of group %u: %s", place->name, place->group, wrong) && ext4_write(fs, place->block, expected);
	free(found);
	return stored;
}

static uint32_t count_directories(const struct check *check, uint32_t first, uint32_t count)
{
	uint32_t directories = 0;
	for (uint32_t number = first; number < first + count; number++)
		directories += ext4_bit(check->directories, number);
	return directories;
}

/* Returns whether the descriptor was changed. */
static bool check_counts(struct check *check, uint32_t group, struct ext4_group *values, const struct ext4_group *should)
{
	bool changed = false;
	if (values->free_blocks != should->free_blocks && repairable(check, "Free blocks count wrong for group #%u (%u, counted=%u).", group, values->free_blocks, should->free_blocks))
		changed = true;
	if (values->free_inodes != should->free_inodes && repairable(check, "Free inodes count wrong for group #%u (%u, counted=%u).", group, values->free_inodes, should->free_inodes))
		changed = true;
	if (values->directories != should->directories && repairable(check, "Directories count wrong for group #%u (%u, counted=%u).", group, values->directories, should->directories))
		changed = true;
	if (changed) {
		values->free_blocks = should->free_blocks;
		values->free_inodes = should->free_inodes;
		values->directories = should->directories;
	}
	return changed;
}

static void check_group(struct check *check, uint32_t group, struct totals *totals)
{
	struct ext4 *fs = check->fs;
	struct ext4_group values = ext4_get_group(fs, group), should;
	bool flags = ext4_has_checksums(fs) || ext4_has(fs, EXT4_RO_COMPAT, EXT4_GDT_CSUM), changed = false;
	uint32_t inodes = fs->super.inodes_per_group, first_inode = group * inodes + 1, size = ext4_group_blocks(fs, group);
	unsigned char *expected = allocate(fs->block_size);
	should.free_blocks = expect(fs, expected, check->used_blocks, ext4_group_first(fs, group), size);
	struct bitmap_place blocks = {"Block", values.block_bitmap, group, size, fs->super.clusters_per_group, values.block_bitmap_checksum, flags && values.flags & EXT4_BLOCK_UNINIT};
	if (check_bitmap(check, &blocks, expected)) {
		values.block_bitmap_checksum = ext4_bitmap_checksum(fs, expected, fs->super.clusters_per_group);
		changed = true;
	}
	should.free_inodes = expect(fs, expected, check->used_inodes, first_inode, inodes);
	should.directories = count_directories(check, first_inode, inodes);
	struct bitmap_place table = {"Inode", values.inode_bitmap, group, inodes, inodes, values.inode_bitmap_checksum, flags && values.flags & EXT4_INODE_UNINIT};
	if (check_bitmap(check, &table, expected)) {
		values.inode_bitmap_checksum = ext4_bitmap_checksum(fs, expected, inodes);
		changed = true;
	}
	changed |= check_counts(check, group, &values, &should);
	totals->blocks += should.free_blocks;
	totals->inodes += should.free_inodes;
	free(expected);
	if (changed)
		ext4_put_group(fs, group, &values);
}

static void store_counts(struct check *check, const struct totals *totals)
{
	struct ext4 *fs = check->fs;
	fs->super.free_blocks = (uint32_t)totals->blocks;
	fs->super.free_blocks_high = (uint32_t)(totals->blocks >> 32);
	fs->super.free_inodes = totals->inodes;
	fs->super.state = 1;
	if (!store_descriptors(fs))
		problem(check, "Group descriptors cannot be written.");
	if (!store_super(fs))
		problem(check, "Superblock cannot be written.");
}

void check_bitmaps(struct check *check)
{
	struct ext4 *fs = check->fs;
	struct totals totals = {0, 0};
	for (uint32_t group = 0; group < fs->group_count; group++)
		check_group(check, group, &totals);
	uint64_t stored = fs->super.free_blocks | (ext4_has(fs, EXT4_INCOMPAT, EXT4_64BIT) ? (uint64_t)fs->super.free_blocks_high << 32 : 0);
	/* With a journal the counts of the superblock are as old as its last unmount. */
	bool replayed_later = ext4_has(fs, EXT4_INCOMPAT, EXT4_RECOVER);
	if (stored != totals.blocks && !replayed_later)
		repairable(check, "Free blocks count wrong (%llu, counted=%llu).", (unsigned long long)stored, (unsigned long long)totals.blocks);
	if (fs->super.free_inodes != totals.inodes && !replayed_later)
		repairable(check, "Free inodes count wrong (%u, counted=%u).", fs->super.free_inodes, totals.inodes);
	if (check->repaired && check->repaired == check->problems)
		store_counts(check, &totals);
}
