/* Repairs of single entries and inodes. What follows from them, counts and bitmaps, is left to the next round of the passes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "e2fsck.h"
#include "tools.h"

enum { ENTRY_HEADER = 8, TAIL_BYTES = 12, TAIL_TYPE = 0xde, INDEX_ROOT_AT = 32, INDEX_NODE_AT = 8 };

static bool is_leaf(const struct ext4 *fs, const unsigned char *block)
{
	static const unsigned char tail[8] = {0, 0, 0, 0, TAIL_BYTES, 0, 0, TAIL_TYPE};
	return memcmp(block + fs->block_size - TAIL_BYTES, tail, sizeof tail) == 0;
}

/* Where the checksum of a block of a directory is: at its end, or behind the room for the words of an index. */
static size_t checksum_place(const struct ext4 *fs, const unsigned char *block, uint64_t logical)
{
	size_t at = logical == 0 ? INDEX_ROOT_AT : INDEX_NODE_AT;
	uint16_t limit;
	if (is_leaf(fs, block))
		return fs->block_size - 4;
	memcpy(&limit, block + at, sizeof limit);
	return at + (size_t)limit * 8 + 4;
}

bool seal_block(const struct ext4 *fs, uint32_t seed, unsigned char *block, uint64_t logical)
{
	uint32_t stored, computed;
	if (!ext4_has_checksums(fs))
		return true;
	size_t at = checksum_place(fs, block, logical);
	if (at + 4 > fs->block_size || !ext4_directory_checksum(fs, seed, block, &stored, &computed))
		return false;
	memcpy(block + at, &computed, sizeof computed);
	return true;
}

bool edit_begin(struct edit *edit, struct ext4 *fs, uint32_t number, uint64_t logical)
{
	*edit = (struct edit){.fs = fs, .number = number, .logical = logical};
	if (!ext4_read_inode(fs, number, &edit->inode) || edit->inode.flags & EXT4_INLINE_FLAG)
		return false;
	edit->physical = ext4_find_block(fs, number, &edit->inode, logical);
	edit->block = allocate(fs->block_size);
	if (edit->physical != 0 && ext4_read(fs, edit->physical, edit->block))
		return true;
	free(edit->block);
	return false;
}

bool edit_end(struct edit *edit, bool is_changed)
{
	struct ext4 *fs = edit->fs;
	bool ok = is_changed && seal_block(fs, ext4_inode_seed(fs, edit->number, edit->inode.generation), edit->block, edit->logical) && ext4_write(fs, edit->physical, edit->block);
	free(edit->block);
	return ok;
}

static void apply(unsigned char *entry, enum entry_change change, uint32_t value)
{
	if (change == ENTRY_INODE)
		memcpy(entry, &value, sizeof value);
	else if (change == ENTRY_TYPE)
		entry[7] = (unsigned char)value;
	else
		for (int i = 0; i < entry[6]; i++)
			if (entry[ENTRY_HEADER + i] == '/' || entry[ENTRY_HEADER + i] == 0)
				entry[ENTRY_HEADER + i] = '.';
}

bool change_entry(struct check *check, uint32_t directory, uint32_t offset, enum entry_change change, uint32_t value)
{
	struct ext4 *fs = check->fs;
	static struct ext4_inode inode;
	struct edit edit;
	/* Inline data behind the words of the inode are a person's business. */
	if (ext4_read_inode(fs, directory, &inode) && inode.flags & EXT4_INLINE_FLAG && offset + ENTRY_HEADER < sizeof inode.bytes) {
		apply(inode.bytes + offset, change, value);
		return store_inode(fs, directory, &inode);
	}
	if (!edit_begin(&edit, fs, directory, offset / fs->block_size))
		return false;
	apply(edit.block + offset % fs->block_size, change, value);
	return edit_end(&edit, true);
}

/* What ".." says: in the first block, or where inline data begin. */
bool change_parent(struct check *check, uint32_t directory, uint32_t parent)
{
	enum { DOTS_AT = 12 };
	static struct ext4_inode inode;
	if (!ext4_read_inode(check->fs, directory, &inode))
		return false;
	if (!(inode.flags & EXT4_INLINE_FLAG))
		return change_entry(check, directory, DOTS_AT, ENTRY_INODE, parent);
	inode.block[0] = parent;
	return store_inode(check->fs, directory, &inode);
}

bool change_inode(struct check *check, uint32_t number, enum inode_change change, uint64_t value)
{
	static struct ext4_inode inode;
	if (!ext4_read_inode(check->fs, number, &inode))
		return false;
	switch (change) {
	case INODE_SIZE:
		inode.size = (uint32_t)value;
		inode.size_high = (uint32_t)(value >> 32);
		break;
	case INODE_SECTORS:
		if (value >> 32)
			return false;
		inode.flags &= ~(uint32_t)EXT4_HUGE_FLAG;
		inode.sectors = (uint32_t)value;
		inode.sectors_high = 0;
		break;
	case INODE_DELETED:
		inode.delete_time = (uint32_t)value;
		break;
	case INODE_CLEAR:
		inode.mode = 0;
		inode.links = 0;
		inode.flags = 0;
		memset(inode.block, 0, sizeof inode.block);
		inode.delete_time = (uint32_t)time(NULL);
		break;
	case INODE_ATTRIBUTES:
		inode.acl = (uint32_t)value;
		inode.acl_high = (uint16_t)(value >> 32);
		break;
	case INODE_EXTRA:
		inode.extra = (uint16_t)value;
		break;
	case INODE_FLAGS:
		inode.flags = (uint32_t)value;
		break;
	case INODE_MODE:
		inode.mode = (uint16_t)value;
		break;
	case INODE_EMPTY:
		inode.flags &= ~(uint32_t)(EXT4_INLINE_FLAG | EXT4_EXTENTS_FLAG);
		inode.size = inode.size_high = 0;
		memset(inode.block, 0, sizeof inode.block);
		break;
	case INODE_ZERO:
		memset(&inode, 0, sizeof inode);
		break;
	case INODE_CHECKSUM:
		break;
	}
	return store_inode(check->fs, number, &inode);
}
