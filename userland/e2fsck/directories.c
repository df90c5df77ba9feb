/* Directories: their entries, their index, how they hang together, and what all that says of counts of links. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "e2fsck.h"
#include "htree.h"
#include "tools.h"

enum { LINK_MAX_COUNT = 65000 };

struct folder {
	struct check *check;
	uint32_t number, entries, seed;
	uint64_t blocks; /* by its size */
	bool is_indexed, is_wrong; /* wrong: to be written anew */
	struct htree htree;
	struct ext4_entry *names; /* of the block that is looked at */
	uint32_t name_count, name_block;
};

static void check_name(struct folder *folder, const struct ext4_entry *entry)
{
	if (memchr(entry->name, '/', entry->name_length) || memchr(entry->name, 0, entry->name_length) || entry->name_length == 0)
		if (fixable(folder->check, "Entry of directory inode %u has illegal characters in its name.", folder->number))
			was_repaired(folder->check, change_entry(folder->check, folder->number, entry->block_offset, entry->name_length ? ENTRY_NAME : ENTRY_INODE, 0));
}

/* What it was for is found again by the next round, if it has no other name. */
static void clear_entry(struct folder *folder, const struct ext4_entry *entry)
{
	was_repaired(folder->check, change_entry(folder->check, folder->number, entry->block_offset, ENTRY_INODE, 0));
}

/* "." and "..", which are the first two. */
static void check_dot(struct folder *folder, const struct ext4_entry *entry)
{
	struct check *check = folder->check;
	static const char dots[] = "..";
	if (entry->name_length != folder->entries || memcmp(entry->name, dots, entry->name_length) != 0)
		folder->is_wrong |= fixable(check, "Missing '%.*s' in directory inode %u.", (int)folder->entries, dots, folder->number);
	if (folder->entries == 1 && entry->inode != folder->number)
		if (fixable(check, "Invalid inode number for '.' in directory inode %u.", folder->number))
			was_repaired(check, change_entry(check, folder->number, entry->block_offset, ENTRY_INODE, folder->number));
	if (folder->entries == 2)
		check->up[folder->number] = entry->inode;
}

/* Two of one name in a block: the second is nobody's. */
static void check_double(struct folder *folder, const struct ext4_entry *entry)
{
	uint32_t block = entry->block_offset / folder->check->fs->block_size;
	if (block != folder->name_block)
		folder->name_count = 0;
	folder->name_block = block;
	for (uint32_t i = 0; i < folder->name_count; i++)
		if (folder->names[i].name_length == entry->name_length && memcmp(folder->names[i].name, entry->name, entry->name_length) == 0)
			if (fixable(folder->check, "Duplicate entry '%.*s' in directory inode %u.", entry->name_length, entry->name, folder->number))
				clear_entry(folder, entry);
	folder->names[folder->name_count++] = *entry;
}

/* The names of a directory and its parent cannot go: the latter leads to the root until it is told where. */
static void drop_unused(struct folder *folder, const struct ext4_entry *entry)
{
	if (folder->entries > 2)
		clear_entry(folder, entry);
	else if (folder->entries == 1)
		was_repaired(folder->check, change_entry(folder->check, folder->number, entry->block_offset, ENTRY_INODE, folder->number));
	else
		was_repaired(folder->check, change_parent(folder->check, folder->number, EXT4_ROOT_INODE));
}

static bool check_entry(void *context, const struct ext4_entry *entry)
{
	struct folder *folder = context;
	struct check *check = folder->check;
	const struct ext4 *fs = check->fs;
	folder->entries++;
	check_name(folder, entry);
	check_double(folder, entry);
	if (entry->inode > fs->super.inodes || (entry->inode < fs->super.first_inode && entry->inode != EXT4_ROOT_INODE)) {
		if (fixable(check, "Entry '%.*s' of directory inode %u has invalid inode #: %u.", entry->name_length, entry->name, folder->number, entry->inode))
			drop_unused(folder, entry);
		return true;
	}
	if (!ext4_bit(check->used_inodes, entry->inode)) {
		if (fixable(check, "Entry '%.*s' of directory inode %u has deleted/unused inode %u.", entry->name_length, entry->name, folder->number, entry->inode))
			drop_unused(folder, entry);
		return true;
	}
	check->found_links[entry->inode]++;
	uint8_t type = ext4_has(fs, EXT4_INCOMPAT, EXT4_FILETYPE) ? check->types[entry->inode] : 0;
	if (entry->type != type && !(entry->block_offset < 24 && entry->type == 2))
		if (fixable(check, "Entry '%.*s' of directory inode %u has an incorrect filetype (was %u, should be %u).", entry->name_length, entry->name, folder->number, entry->type, type))
			was_repaired(check, change_entry(check, folder->number, entry->block_offset, ENTRY_TYPE, type));
	if (folder->entries <= 2) {
		check_dot(folder, entry);
		return true;
	}
	if (ext4_bit(check->directories, entry->inode)) {
		if (check->parents[entry->inode])
			if (fixable(check, "Entry '%.*s' of directory inode %u is a link to directory %u.", entry->name_length, entry->name, folder->number, entry->inode)) {
				clear_entry(folder, entry);
				return true;
			}
		check->parents[entry->inode] = folder->number;
	}
	return true;
}

static void check_block(struct folder *folder, uint64_t logical, const unsigned char *block)
{
	struct check *check = folder->check;
	const struct ext4 *fs = check->fs;
	uint32_t stored, computed;
	if (ext4_has_checksums(fs)) {
		if (!ext4_directory_checksum(fs, folder->seed, block, &stored, &computed))
			folder->is_wrong |= fixable(check, "Directory inode %u, block #%llu has no checksum.", folder->number, (unsigned long long)logical);
		else if (stored != computed)
			folder->is_wrong |= fixable(check, "Directory inode %u, block #%llu fails checksum.", folder->number, (unsigned long long)logical);
	}
	if (folder->is_indexed)
		htree_block(&folder->htree, logical, block);
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
	struct folder folder = {.check = check, .number = number, .seed = ext4_inode_seed(fs, number, inode.generation), .blocks = ext4_size(&inode) / fs->block_size, .is_indexed = inode.flags & EXT4_INDEX_FLAG};
	if (folder.is_indexed && !ext4_has(fs, EXT4_COMPAT, EXT4_DIR_INDEX))
		folder.is_wrong |= fixable(check, "Inode %u has INDEX_FL flag set on filesystem without htree support.", number);
	if (folder.is_indexed)
		htree_begin(&folder.htree, check, number, folder.blocks < fs->blocks ? folder.blocks : fs->blocks);
	if (!(inode.flags & EXT4_INLINE_FLAG))
		ext4_walk(fs, number, &inode, check_run, &folder, &reason);
	if (folder.is_indexed) {
		htree_end(&folder.htree);
		folder.is_wrong |= folder.htree.is_wrong;
	}
	enum { LEAST_RECORD = 8 };
	folder.names = allocate((fs->block_size / LEAST_RECORD + 2) * sizeof *folder.names);
	if (!ext4_list(fs, number, &inode, check_entry, &folder))
		folder.is_wrong |= fixable(check, "Directory inode %u: directory corrupted.", number);
	free(folder.names);
	if (folder.entries < 2)
		folder.is_wrong |= fixable(check, "Missing '.' or '..' in directory inode %u.", number);
	if (folder.is_wrong)
		was_repaired(check, rebuild_directory(check, number));
}

void check_directories(struct check *check)
{
	check->parents[EXT4_ROOT_INODE] = EXT4_ROOT_INODE;
	for (uint32_t number = 1; number <= check->fs->super.inodes; number++)
		if (ext4_bit(check->directories, number))
			check_directory(check, number);
}

void check_connections(struct check *check)
{
	uint32_t inodes = check->fs->super.inodes;
	uint32_t *walks = allocate(((size_t)inodes + 1) * sizeof *walks); /* which walk upwards saw a directory first */
	memset(walks, 0, ((size_t)inodes + 1) * sizeof *walks);
	for (uint32_t number = 1; number <= inodes; number++) {
		uint32_t at = number, top = number;
		if (!ext4_bit(check->directories, number))
			continue;
		if (check->parents[number] && check->up[number] != check->parents[number])
			if (fixable(check, "'..' in directory inode %u is %u, should be %u.", number, check->up[number], check->parents[number]))
				was_repaired(check, change_parent(check, number, check->parents[number]));
		for (; at && !walks[at] && at != EXT4_ROOT_INODE; at = check->parents[at]) {
			walks[at] = number;
			top = at;
		}
		if (at && walks[at] == number)
		{
			if (fixable(check, "Directory inode %u is below itself.", number))
				was_repaired(check, reconnect(check, number));
		}
		else if (!at && fixable(check, "Unconnected directory inode %u.", top))
			was_repaired(check, reconnect(check, top));
	}
	free(walks);
}

/* Stores the count that was found. */
static void store_links(struct check *check, uint32_t number)
{
	static struct ext4_inode inode;
	bool ok = ext4_read_inode(check->fs, number, &inode);
	inode.links = (uint16_t)check->found_links[number];
	if (!ok || !store_inode(check->fs, number, &inode))
		problem(check, "Inode %u cannot be written.", number);
}

void check_links(struct check *check)
{
	const struct ext4 *fs = check->fs;
	for (uint32_t number = 1; number <= fs->super.inodes; number++) {
		uint32_t stored = check->stored_links[number], found = check->found_links[number];
		if (!ext4_bit(check->used_inodes, number) || (number < fs->super.first_inode && number != EXT4_ROOT_INODE) || number == fs->super.orphan_file_inode)
			continue;
		/* More than a directory can count are told by 1. */
		if (found > LINK_MAX_COUNT && ext4_bit(check->directories, number) && ext4_has(fs, EXT4_RO_COMPAT, EXT4_DIR_NLINK))
			found = check->found_links[number] = 1;
		if (found == 0) {
			if (fixable(check, "Unattached inode %u.", number))
				was_repaired(check, reconnect(check, number));
		} else if (stored != found && !check->again &&
		         repairable(check, "Inode %u ref count is %u, should be %u.", number, stored, found))
			store_links(check, number);
	}
}
