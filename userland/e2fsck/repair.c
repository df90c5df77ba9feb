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

/* A directory with one of its blocks, which is going to be changed. */
struct edit {
	struct ext4 *fs;
	struct ext4_inode inode;
	uint32_t number;
	uint64_t logical, physical;
	unsigned char *block;
};

static bool edit_begin(struct edit *edit, struct ext4 *fs, uint32_t number, uint64_t logical)
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

static bool edit_end(struct edit *edit, bool is_changed)
{
	struct ext4 *fs = edit->fs;
	uint32_t stored, computed;
	bool ok = is_changed;
	if (ok && ext4_has_checksums(fs)) {
		uint32_t seed = ext4_inode_seed(fs, edit->number, edit->inode.generation);
		size_t at = checksum_place(fs, edit->block, edit->logical);
		ok = at + 4 <= fs->block_size && ext4_directory_checksum(fs, seed, edit->block, &stored, &computed);
		if (ok)
			memcpy(edit->block + at, &computed, sizeof computed);
	}
	ok = ok && ext4_write(fs, edit->physical, edit->block);
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

static size_t entry_bytes(size_t name_length)
{
	return (ENTRY_HEADER + name_length + 3) & ~(size_t)3;
}

/* Puts an entry where one of the block is unused, or is longer than it must be; false: there is no room. */
static bool insert(const struct ext4 *fs, unsigned char *block, const char *name, uint32_t inode, uint8_t type)
{
	size_t end = fs->block_size - (ext4_has_checksums(fs) ? TAIL_BYTES : 0), wanted = entry_bytes(strlen(name));
	for (size_t at = 0; at + ENTRY_HEADER <= end;) {
		uint32_t user;
		uint16_t record;
		memcpy(&user, block + at, sizeof user);
		memcpy(&record, block + at + 4, sizeof record);
		size_t length = record, used = user ? entry_bytes(block[at + 6]) : 0;
		if (length < ENTRY_HEADER || at + length > fs->block_size)
			return false;
		if (length >= used + wanted) {
			uint16_t left = (uint16_t)(length - used), kept = (uint16_t)used;
			if (used)
				memcpy(block + at + 4, &kept, sizeof kept);
			at += used;
			memcpy(block + at, &inode, sizeof inode);
			memcpy(block + at + 4, &left, sizeof left);
			block[at + 6] = (unsigned char)strlen(name);
			block[at + 7] = type;
			memcpy(block + at + ENTRY_HEADER, name, strlen(name));
			return true;
		}
		at += length;
	}
	return false;
}

bool reconnect(struct check *check, uint32_t number)
{
	struct ext4 *fs = check->fs;
	uint32_t folder = ext4_lookup(fs, EXT4_ROOT_INODE, "/lost+found");
	static struct ext4_inode inode;
	char name[16];
	if (folder == 0 || !ext4_read_inode(fs, folder, &inode) || !S_ISDIR(inode.mode) || inode.flags & EXT4_INDEX_FLAG)
		return false;
	uint8_t type = ext4_has(fs, EXT4_INCOMPAT, EXT4_FILETYPE) ? check->types[number] : 0;
	snprintf(name, sizeof name, "#%u", number);
	for (uint64_t logical = 0; logical < ext4_size(&inode) / fs->block_size; logical++) {
		struct edit edit;
		if (!edit_begin(&edit, fs, folder, logical))
			return false;
		bool is_in = insert(fs, edit.block, name, number, type);
		if (edit_end(&edit, is_in))
			return true;
		if (is_in)
			return false;
	}
	return false;
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
		if (value >> 32 || inode.flags & EXT4_HUGE_FLAG)
			return false;
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
	case INODE_CHECKSUM:
		break;
	}
	return store_inode(check->fs, number, &inode);
}
