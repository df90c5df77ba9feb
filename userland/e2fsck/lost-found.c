/* Directories that are made: the root and /lost+found, where they are gone; and what gets a name there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "e2fsck.h"
#include "tools.h"

enum { ENTRY_HEADER = 8, TAIL_BYTES = 12, TAIL_TYPE = 0xde, DOT_BYTES = 12, TYPE_DIRECTORY = 2 };

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

/* A leaf without entries. */
static void blank_leaf(const struct ext4 *fs, unsigned char *block)
{
	uint16_t end = (uint16_t)(fs->block_size - (ext4_has_checksums(fs) ? TAIL_BYTES : 0));
	memset(block, 0, fs->block_size);
	memcpy(block + 4, &end, sizeof end);
	if (ext4_has_checksums(fs)) {
		block[end + 4] = TAIL_BYTES;
		block[end + 7] = TAIL_TYPE;
	}
}

/* A directory of one block, as inode `number`. */
static bool make_directory(struct check *check, uint32_t number, uint32_t parent, uint16_t mode)
{
	struct ext4 *fs = check->fs;
	static struct ext4_inode inode;
	uint64_t place = find_free_block(check);
	if (place == 0)
		return false;
	inode = (struct ext4_inode){.mode = S_IFDIR | mode, .links = 2, .size = fs->block_size, .sectors = fs->block_size / 512};
	inode.extra = fs->super.revision > 0 && fs->super.inode_size > 128 ? 32 : 0;
	inode.access_time = inode.change_time = inode.modify_time = (uint32_t)time(NULL);
	if (ext4_has(fs, EXT4_INCOMPAT, EXT4_EXTENTS)) {
		struct ext4_extent_header header = {EXT4_EXTENT_MAGIC, 1, 4, 0, 0};
		struct ext4_extent extent = {0, 1, (uint16_t)(place >> 32), (uint32_t)place};
		inode.flags = EXT4_EXTENTS_FLAG;
		memcpy(inode.bytes, &header, sizeof header);
		memcpy(inode.bytes + sizeof header, &extent, sizeof extent);
	} else
		inode.block[0] = (uint32_t)place;
	unsigned char *block = allocate(fs->block_size);
	uint8_t type = ext4_has(fs, EXT4_INCOMPAT, EXT4_FILETYPE) ? TYPE_DIRECTORY : 0;
	blank_leaf(fs, block);
	bool ok = insert(fs, block, ".", number, type) && insert(fs, block, "..", parent, type) && seal_block(fs, ext4_inode_seed(fs, number, 0), block, 0) && ext4_write(fs, place, block) && store_inode(fs, number, &inode);
	free(block);
	ext4_set_bit(check->used_inodes, number);
	return ok;
}

void repair_root(struct check *check)
{
	was_repaired(check, make_directory(check, EXT4_ROOT_INODE, EXT4_ROOT_INODE, 0755));
}

bool is_root_content(struct ext4 *fs, const struct ext4_inode *inode)
{
	uint32_t number = 0;
	uint64_t place = ext4_find_block(fs, EXT4_ROOT_INODE, inode, 0);
	unsigned char *block = allocate(fs->block_size);
	bool ok = place != 0 && ext4_read(fs, place, block) && block[6] == 1 && block[ENTRY_HEADER] == '.';
	if (ok)
		memcpy(&number, block, sizeof number);
	free(block);
	return number == EXT4_ROOT_INODE;
}

/* Into any block of the directory that has room, or one more. */
static bool add_entry(struct check *check, uint32_t directory, const char *name, uint32_t number, uint8_t type)
{
	struct ext4 *fs = check->fs;
	static struct ext4_inode inode;
	if (!ext4_read_inode(fs, directory, &inode) || !S_ISDIR(inode.mode) || inode.flags & EXT4_INDEX_FLAG)
		return false;
	for (int attempt = 0; attempt < 2; attempt++) {
		for (uint64_t logical = 0; logical < ext4_size(&inode) / fs->block_size; logical++) {
			struct edit edit;
			if (!edit_begin(&edit, fs, directory, logical))
				return false;
			bool is_in = insert(fs, edit.block, name, number, type);
			if (edit_end(&edit, is_in))
				return true;
			if (is_in)
				return false;
		}
		unsigned char *block = allocate(fs->block_size);
		blank_leaf(fs, block);
		bool ok = seal_block(fs, ext4_inode_seed(fs, directory, inode.generation), block, 1) && append_block(check, directory, block) && ext4_read_inode(fs, directory, &inode);
		free(block);
		if (!ok)
			return false;
	}
	return false;
}

/* An inode that nobody has; 0: none. */
static uint32_t find_free_inode(struct check *check)
{
	struct ext4 *fs = check->fs;
	bool flags = ext4_has_checksums(fs) || ext4_has(fs, EXT4_RO_COMPAT, EXT4_GDT_CSUM);
	for (uint32_t number = fs->super.first_inode; number <= fs->super.inodes; number++) {
		uint32_t group = (number - 1) / fs->super.inodes_per_group, index = (number - 1) % fs->super.inodes_per_group;
		struct ext4_group values = ext4_get_group(fs, group);
		if (ext4_bit(check->used_inodes, number) || (flags && values.flags & EXT4_INODE_UNINIT))
			continue;
		if (flags && index + values.unused_inodes >= fs->super.inodes_per_group) {
			values.unused_inodes = fs->super.inodes_per_group - index - 1;
			ext4_put_group(fs, group, &values);
			if (!store_descriptors(fs))
				return 0;
		}
		return number;
	}
	return 0;
}

static uint32_t lost_and_found(struct check *check)
{
	uint8_t type = ext4_has(check->fs, EXT4_INCOMPAT, EXT4_FILETYPE) ? TYPE_DIRECTORY : 0;
	uint32_t folder = ext4_lookup(check->fs, EXT4_ROOT_INODE, "/lost+found");
	if (folder != 0)
		return folder;
	folder = find_free_inode(check);
	if (folder == 0 || !make_directory(check, folder, EXT4_ROOT_INODE, 0700) || !add_entry(check, EXT4_ROOT_INODE, "lost+found", folder, type))
		return 0;
	return folder;
}

bool reconnect(struct check *check, uint32_t number)
{
	uint8_t type = ext4_has(check->fs, EXT4_INCOMPAT, EXT4_FILETYPE) ? check->types[number] : 0;
	uint32_t folder = lost_and_found(check);
	char name[16];
	snprintf(name, sizeof name, "#%u", number);
	return folder != 0 && add_entry(check, folder, name, number, type);
}
