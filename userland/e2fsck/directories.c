/* Directories: their entries, their index, how they hang together, and what all that says of counts of links. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "e2fsck.h"
#include "tools.h"

struct folder {
	struct check *check;
	uint32_t number, entries, seed;
	uint64_t blocks; /* by its size */
	bool is_indexed;
};

static void check_name(struct folder *folder, const struct ext4_entry *entry)
{
	if (memchr(entry->name, '/', entry->name_length) || memchr(entry->name, 0, entry->name_length) || entry->name_length == 0)
		problem(folder->check, "Entry of directory inode %u has illegal characters in its name.", folder->number);
}

/* "." and "..", which are the first two. */
static void check_dot(struct folder *folder, const struct ext4_entry *entry)
{
	struct check *check = folder->check;
	static const char dots[] = "..";
	if (entry->name_length != folder->entries || memcmp(entry->name, dots, entry->name_length) != 0)
		problem(check, "Missing '%.*s' in directory inode %u.", (int)folder->entries, dots, folder->number);
	if (folder->entries == 1 && entry->inode != folder->number)
		problem(check, "Invalid inode number for '.' in directory inode %u.", folder->number);
	if (folder->entries == 2)
		check->up[folder->number] = entry->inode;
}

static bool check_entry(void *context, const struct ext4_entry *entry)
{
	struct folder *folder = context;
	struct check *check = folder->check;
	const struct ext4 *fs = check->fs;
	folder->entries++;
	check_name(folder, entry);
	if (entry->inode > fs->super.inodes || (entry->inode < fs->super.first_inode && entry->inode != EXT4_ROOT_INODE)) {
		problem(check, "Entry '%.*s' of directory inode %u has invalid inode #: %u.", entry->name_length, entry->name, folder->number, entry->inode);
		return true;
	}
	if (!ext4_bit(check->used_inodes, entry->inode)) {
		problem(check, "Entry '%.*s' of directory inode %u has deleted/unused inode %u.", entry->name_length, entry->name, folder->number, entry->inode);
		return true;
	}
	check->found_links[entry->inode]++;
	uint8_t type = ext4_has(fs, EXT4_INCOMPAT, EXT4_FILETYPE) ? check->types[entry->inode] : 0;
	if (entry->type != type && !(entry->block_offset < 24 && entry->type == 2))
		problem(check, "Entry '%.*s' of directory inode %u has an incorrect filetype (was %u, should be %u).", entry->name_length, entry->name, folder->number, entry->type, type);
	if (folder->entries <= 2) {
		check_dot(folder, entry);
		return true;
	}
	if (ext4_bit(check->directories, entry->inode)) {
		if (check->parents[entry->inode])
			problem(check, "Entry '%.*s' of directory inode %u is a link to directory %u.", entry->name_length, entry->name, folder->number, entry->inode);
		check->parents[entry->inode] = folder->number;
	}
	return true;
}

/* An index's counts and hashes; `at`: where its entries begin in the block. */
static void check_index(struct folder *folder, const unsigned char *block, uint32_t at)
{
	const struct ext4 *fs = folder->check->fs;
	uint16_t limit, count;
	uint32_t room = (fs->block_size - at - (ext4_has_checksums(fs) ? 8 : 0)) / 8, previous = 0;
	bool wrong = false;
	memcpy(&limit, block + at, sizeof limit);
	memcpy(&count, block + at + 2, sizeof count);
	wrong = limit != room || count == 0 || count > limit;
	for (uint32_t i = 0; !wrong && i < count; i++) {
		uint32_t hash, child;
		memcpy(&hash, block + at + i * 8, sizeof hash);
		memcpy(&child, block + at + i * 8 + 4, sizeof child);
		wrong = (child & 0x0fffffff) >= folder->blocks || child == 0 || (i > 1 && hash < previous);
		previous = i > 0 ? hash : 0;
	}
	if (wrong)
		problem(folder->check, "Problem in HTREE directory inode %u: a node is invalid.", folder->number);
}

static void check_block(struct folder *folder, uint64_t logical, const unsigned char *block)
{
	enum { ROOT_AT = 32, NODE_AT = 8, INFO_AT = 24 };
	struct check *check = folder->check;
	const struct ext4 *fs = check->fs;
	uint32_t stored, computed, first_inode;
	uint16_t first_record;
	memcpy(&first_inode, block, sizeof first_inode);
	memcpy(&first_record, block + 4, sizeof first_record);
	if (ext4_has_checksums(fs)) {
		if (!ext4_directory_checksum(fs, folder->seed, block, &stored, &computed))
			problem(check, "Directory inode %u, block #%llu has no checksum.", folder->number, (unsigned long long)logical);
		else if (stored != computed)
			problem(check, "Directory inode %u, block #%llu fails checksum.", folder->number, (unsigned long long)logical);
	}
	if (folder->is_indexed && logical == 0) {
		if (block[INFO_AT + 5] != 8 || block[INFO_AT + 4] > 6 || block[INFO_AT + 6] > 3 || memcmp(block + INFO_AT, "\0\0\0\0", 4) != 0)
			problem(check, "Problem in HTREE directory inode %u: its root is invalid.", folder->number);
		else
			check_index(folder, block, ROOT_AT);
	} else if (folder->is_indexed && first_inode == 0 && first_record == fs->block_size && ext4_has_checksums(fs))
		check_index(folder, block, NODE_AT);
}

static bool check_run(void *context, const struct ext4_run *run)
{
	struct folder *folder = context;
	struct ext4 *fs = folder->check->fs;
	if (run->level > 0)
		return true;
	unsigned char *block = allocate(fs->block_size);
	for (uint32_t i = 0; i < run->length && run->logical + i < folder->blocks; i++)
		if (ext4_read(fs, run->physical + i, block))
			check_block(folder, run->logical + i, block);
	free(block);
	return true;
}

static void check_directory(struct check *check, uint32_t number)
{
	struct ext4 *fs = check->fs;
	static struct ext4_inode inode;
	const char *reason = NULL;
	if (!ext4_read_inode(fs, number, &inode))
		return;
	struct folder folder = {check, number, 0, ext4_inode_seed(fs, number, inode.generation), ext4_size(&inode) / fs->block_size, inode.flags & EXT4_INDEX_FLAG};
	if (folder.is_indexed && !ext4_has(fs, EXT4_COMPAT, EXT4_DIR_INDEX))
		problem(check, "Inode %u has INDEX_FL flag set on filesystem without htree support.", number);
	if (!(inode.flags & EXT4_INLINE_FLAG))
		ext4_walk(fs, number, &inode, check_run, &folder, &reason);
	if (!ext4_list(fs, number, &inode, check_entry, &folder))
		problem(check, "Directory inode %u: directory corrupted.", number);
	if (folder.entries < 2)
		problem(check, "Missing '.' or '..' in directory inode %u.", number);
}

void check_directories(struct check *check)
{
	for (uint32_t number = 1; number <= check->fs->super.inodes; number++)
		if (ext4_bit(check->directories, number))
			check_directory(check, number);
}

void check_connections(struct check *check)
{
	uint32_t inodes = check->fs->super.inodes;
	uint32_t *walks = allocate(((size_t)inodes + 1) * sizeof *walks); /* which walk upwards saw a directory first */
	memset(walks, 0, ((size_t)inodes + 1) * sizeof *walks);
	check->parents[EXT4_ROOT_INODE] = EXT4_ROOT_INODE;
	for (uint32_t number = 1; number <= inodes; number++) {
		uint32_t at = number;
		if (!ext4_bit(check->directories, number))
			continue;
		if (check->parents[number] && check->up[number] != check->parents[number])
			problem(check, "'..' in directory inode %u is %u, should be %u.", number, check->up[number], check->parents[number]);
		for (; at && !walks[at] && at != EXT4_ROOT_INODE; at = check->parents[at])
			walks[at] = number;
		if (!at || walks[at] == number)
			problem(check, "Unconnected directory inode %u.", number);
	}
	free(walks);
}

/* Stores the count that was found. */
static void store_links(struct check *check, uint32_t number)
{
	struct ext4 *fs = check->fs;
	static struct ext4_inode inode;
	uint32_t index = (number - 1) % fs->super.inodes_per_group, size = fs->block_size / fs->inodes_per_block;
	uint64_t place = ext4_get_group(fs, (number - 1) / fs->super.inodes_per_group).inode_table + index / fs->inodes_per_block;
	unsigned char *block = allocate(fs->block_size);
	bool ok = ext4_read_inode(fs, number, &inode) && ext4_read(fs, place, block);
	inode.links = (uint16_t)check->found_links[number];
	if (ext4_has_checksums(fs)) {
		uint32_t checksum = ext4_inode_checksum(fs, number, &inode);
		inode.checksum = (uint16_t)checksum;
		if (size > 128 && inode.extra >= 4)
			inode.checksum_high = (uint16_t)(checksum >> 16);
	}
	memcpy(block + index % fs->inodes_per_block * size, &inode, size);
	if (!ok || !ext4_write(fs, place, block))
		problem(check, "Inode %u cannot be written.", number);
	free(block);
}

void check_links(struct check *check)
{
	const struct ext4 *fs = check->fs;
	for (uint32_t number = 1; number <= fs->super.inodes; number++) {
		uint32_t stored = check->stored_links[number], found = check->found_links[number];
		if (!ext4_bit(check->used_inodes, number) || (number < fs->super.first_inode && number != EXT4_ROOT_INODE))
			continue;
		if (found == 0)
			problem(check, "Unattached inode %u.", number);
		else if (stored != found && !(stored == 1 && ext4_bit(check->directories, number) && ext4_has(fs, EXT4_RO_COMPAT, EXT4_DIR_NLINK)) &&
		         repairable(check, "Inode %u ref count is %u, should be %u.", number, stored, found))
			store_links(check, number);
	}
}
