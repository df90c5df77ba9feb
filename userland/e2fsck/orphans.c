/*
 * What a crash left on the list of orphans: inodes without a name are freed, the others are cut to their size. The list begins in
 * the superblock; each inode's time of deletion is the number of the next.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "e2fsck.h"
#include "tools.h"

struct orphans {
	struct ext4 *fs;
	uint64_t from;      /* the first block of the file that goes */
	uint64_t freed;     /* blocks of this inode, maps included */
	const char *prefix;
	bool broken;
};

static void free_bit(struct orphans *orphans, bool is_inode, uint32_t group, uint32_t bit)
{
	struct ext4 *fs = orphans->fs;
	struct ext4_group values = ext4_get_group(fs, group);
	uint64_t place = is_inode ? values.inode_bitmap : values.block_bitmap;
	unsigned char *bitmap = allocate(fs->block_size);
	bool ok = ext4_read(fs, place, bitmap) && ext4_bit(bitmap, bit);
	if (ok) {
		bitmap[bit / 8] &= (unsigned char)~(1 << bit % 8);
		ok = ext4_write(fs, place, bitmap);
	}
	if (!ok)
		orphans->broken = true;
	else if (is_inode) {
		values.free_inodes++;
		fs->super.free_inodes++;
		values.inode_bitmap_checksum = ext4_bitmap_checksum(fs, bitmap, fs->super.inodes_per_group);
	} else {
		values.free_blocks++;
		if (++fs->super.free_blocks == 0)
			fs->super.free_blocks_high++;
		values.block_bitmap_checksum = ext4_bitmap_checksum(fs, bitmap, fs->super.clusters_per_group);
	}
	ext4_put_group(fs, group, &values);
	free(bitmap);
}

static void free_blocks(struct orphans *orphans, uint64_t first, uint32_t count)
{
	const struct ext4 *fs = orphans->fs;
	for (uint64_t block = first; block < first + count; block++) {
		uint64_t at = block - fs->super.first_block;
		if (block <= fs->super.first_block || block >= fs->blocks) {
			orphans->broken = true;
			return;
		}
		free_bit(orphans, false, (uint32_t)(at / fs->super.blocks_per_group), (uint32_t)(at % fs->super.blocks_per_group));
		orphans->freed++;
	}
}

/* Cuts pointers `level` levels above the data, of which the first maps `logical`; true: none is left. */
static bool cut_pointers(struct orphans *orphans, uint32_t *pointers, uint32_t count, int level, uint64_t logical)
{
	struct ext4 *fs = orphans->fs;
	uint64_t span = 1, per_block = fs->block_size / sizeof *pointers;
	bool empty = true;
	for (int i = 0; i < level; i++)
		span *= per_block;
	for (uint32_t i = 0; i < count; i++, logical += span) {
		bool goes = logical >= orphans->from;
		if (pointers[i] != 0 && level > 0 && logical + span > orphans->from) {
			uint32_t *below = allocate(fs->block_size);
			bool ok = ext4_read(fs, pointers[i], below);
			goes = ok && cut_pointers(orphans, below, (uint32_t)per_block, level - 1, logical);
			if (!ok || (!goes && !ext4_write(fs, pointers[i], below)))
				orphans->broken = true;
			free(below);
		}
		if (pointers[i] != 0 && goes) {
			free_blocks(orphans, pointers[i], 1);
			pointers[i] = 0;
		}
		empty &= pointers[i] == 0;
	}
	return empty;
}

static void store_node(struct orphans *orphans, uint64_t place, unsigned char *node, uint32_t seed)
{
	struct ext4 *fs = orphans->fs;
	uint32_t stored, tail = (uint32_t)sizeof(struct ext4_extent_header) + ((struct ext4_extent_header *)node)->max * (uint32_t)sizeof(struct ext4_extent);
	if (ext4_has_checksums(fs) && tail <= fs->block_size - 4) {
		uint32_t sum = ext4_extent_checksum(fs, seed, node, &stored);
		memcpy(node + tail, &sum, sizeof sum);
	}
	if (!ext4_write(fs, place, node))
		orphans->broken = true;
}

/* Cuts a node of the extent tree in memory; true: nothing is left in it. */
static bool cut_node(struct orphans *orphans, unsigned char *node, size_t room, uint32_t seed, int depth)
{
	struct ext4 *fs = orphans->fs;
	struct ext4_extent_header *header = (struct ext4_extent_header *)node;
	uint16_t kept = 0;
	if (header->magic != EXT4_EXTENT_MAGIC || header->depth != depth || header->entries > (room - sizeof *header) / sizeof(struct ext4_extent)) {
		orphans->broken = true;
		return false;
	}
	for (uint16_t i = 0; i < header->entries; i++) {
		if (depth == 0) {
			struct ext4_extent *extent = (struct ext4_extent *)(node + sizeof *header) + i;
			uint32_t bias = extent->length > EXT4_MAX_UNWRITTEN ? EXT4_MAX_UNWRITTEN : 0, length = extent->length - bias, keep = length;
			if (extent->logical + (uint64_t)length > orphans->from)
				keep = extent->logical >= orphans->from ? 0 : (uint32_t)(orphans->from - extent->logical);
			free_blocks(orphans, (extent->low | (uint64_t)extent->high << 32) + keep, length - keep);
			extent->length = (uint16_t)(keep + bias);
			kept += keep > 0;
			continue;
		}
		const struct ext4_extent_index *index = (struct ext4_extent_index *)(node + sizeof *header) + i;
		uint64_t place = index->low | (uint64_t)index->high << 32;
		unsigned char *below = allocate(fs->block_size);
		bool ok = ext4_read(fs, place, below), goes = ok && cut_node(orphans, below, fs->block_size, seed, depth - 1);
		if (!ok)
			orphans->broken = true;
		else if (goes)
			free_blocks(orphans, place, 1);
		else if (!orphans->broken)
			store_node(orphans, place, below, seed);
		kept += !goes;
		free(below);
	}
	header->entries = kept;
	return kept == 0;
}

static void cut(struct orphans *orphans, uint32_t number, struct ext4_inode *inode)
{
	struct ext4 *fs = orphans->fs;
	if (inode->flags & EXT4_EXTENTS_FLAG) {
		struct ext4_extent_header *header = (struct ext4_extent_header *)inode->bytes;
		enum { MAX_DEPTH = 5 };
		if (header->depth > MAX_DEPTH)
			orphans->broken = true;
		else if (cut_node(orphans, inode->bytes, sizeof inode->bytes, ext4_inode_seed(fs, number, inode->generation), header->depth))
			header->depth = 0;
	} else if (ext4_is_mapped(fs, inode)) {
		uint64_t per_block = fs->block_size / 4, logical = EXT4_DIRECT, span = per_block;
		cut_pointers(orphans, inode->block, EXT4_DIRECT, 0, 0);
		for (int level = 1; level <= 3; level++, logical += span, span *= per_block)
			cut_pointers(orphans, &inode->block[EXT4_DIRECT + level - 1], 1, level, logical);
	}
	uint64_t unit = inode->flags & EXT4_HUGE_FLAG ? 1 : fs->block_size / 512;
	uint64_t sectors = (inode->sectors | (uint64_t)inode->sectors_high << 32) - orphans->freed * unit;
	inode->sectors = (uint32_t)sectors;
	inode->sectors_high = (uint16_t)(sectors >> 32);
}

/* Gives up the block of attributes, which others may have too. */
static void drop_attributes(struct orphans *orphans, const struct ext4_inode *inode)
{
	enum { COUNT_AT = 4, CHECKSUM_AT = 16 };
	struct ext4 *fs = orphans->fs;
	uint64_t place = ext4_file_acl(inode);
	uint32_t count, stored;
	if (place == 0)
		return;
	unsigned char *block = allocate(fs->block_size);
	if (!ext4_read(fs, place, block))
		orphans->broken = true;
	memcpy(&count, block + COUNT_AT, sizeof count);
	if (count <= 1)
		free_blocks(orphans, place, 1);
	else {
		count--;
		memcpy(block + COUNT_AT, &count, sizeof count);
		if (ext4_has_checksums(fs)) {
			stored = ext4_attribute_checksum(fs, place, block, &stored);
			memcpy(block + CHECKSUM_AT, &stored, sizeof stored);
		}
		if (!ext4_write(fs, place, block))
			orphans->broken = true;
	}
	free(block);
}

static bool clear_orphan(struct orphans *orphans, uint32_t number, struct ext4_inode *inode)
{
	struct ext4 *fs = orphans->fs;
	bool goes = inode->links == 0;
	uint32_t group = (number - 1) / fs->super.inodes_per_group;
	if (orphans->prefix)
		printf("%s: ", orphans->prefix);
	printf("%s orphaned inode %u (uid=%u, gid=%u, mode=0%o, size=%llu)\n", goes ? "Clearing" : "Truncating", number, inode->uid | (uint32_t)inode->uid_high << 16, inode->gid | (uint32_t)inode->gid_high << 16, inode->mode, (unsigned long long)ext4_size(inode));
	orphans->from = goes ? 0 : (ext4_size(inode) + fs->block_size - 1) / fs->block_size;
	orphans->freed = 0;
	if (!(inode->flags & EXT4_INLINE_FLAG))
		cut(orphans, number, inode);
	inode->delete_time = 0;
	if (goes) {
		drop_attributes(orphans, inode);
		free_bit(orphans, true, group, (number - 1) % fs->super.inodes_per_group);
		if (S_ISDIR(inode->mode)) {
			struct ext4_group values = ext4_get_group(fs, group);
			values.directories--;
			ext4_put_group(fs, group, &values);
		}
		inode->delete_time = (uint32_t)time(NULL);
	}
	return store_inode(fs, number, inode) && !orphans->broken;
}

bool clear_one_orphan(struct ext4 *fs, const char *prefix, uint32_t number)
{
	struct orphans orphans = {fs, 0, 0, prefix, false};
	struct ext4_inode *inode = allocate(sizeof *inode);
	bool ok = number >= fs->super.first_inode && number <= fs->super.inodes && ext4_read_inode(fs, number, inode) && clear_orphan(&orphans, number, inode);
	free(inode);
	return ok;
}

bool clear_orphans(struct ext4 *fs, const char *prefix)
{
	struct orphans orphans = {fs, 0, 0, prefix, false};
	struct ext4_inode *inode = allocate(sizeof *inode);
	unsigned char *seen = allocate(fs->super.inodes / 8 + 1);
	uint32_t number = fs->super.last_orphan;
	bool ok = true;
	memset(seen, 0, fs->super.inodes / 8 + 1);
	while (ok && number != 0) {
		ok = number >= fs->super.first_inode && number <= fs->super.inodes && !ext4_bit(seen, number) && ext4_read_inode(fs, number, inode);
		if (!ok)
			break;
		uint32_t next = inode->delete_time;
		ext4_set_bit(seen, number);
		ok = clear_orphan(&orphans, number, inode);
		number = next;
	}
	free(inode);
	free(seen);
	if (ok)
		fs->super.last_orphan = 0;
	return store_descriptors(fs) && store_super(fs) && ok;
}
