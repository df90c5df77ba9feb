/* Directories of ext2, ext3 and ext4, and paths through them. */
#include "ext4.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools.h"

enum { MAX_LINKS = 8, ENTRY_HEADER = 8 };

static bool list_range(const unsigned char *bytes, size_t length, uint32_t offset, bool has_types, ext4_entry_function function, void *context)
{
	for (size_t at = 0; at < length;) {
		struct ext4_entry entry = {.block_offset = offset + (uint32_t)at};
		if (at + ENTRY_HEADER > length)
			return false;
		memcpy(&entry.inode, bytes + at, 4);
		memcpy(&entry.record, bytes + at + 4, 2);
		entry.name_length = bytes[at + 6];
		entry.type = has_types ? bytes[at + 7] : 0;
		entry.name = (const char *)bytes + at + ENTRY_HEADER;
		bool is_all = length == 65536 && (entry.record == 0 || entry.record == 0xffff);
		uint32_t record = is_all ? (uint32_t)length : entry.record;
		if (record < ENTRY_HEADER || record % 4 != 0 || at + record > length || ENTRY_HEADER + (uint32_t)entry.name_length > record)
			return false;
		if (entry.inode != 0 && !function(context, &entry))
			return false;
		at += record;
	}
	return true;
}

struct listing {
	struct ext4 *fs;
	ext4_entry_function function;
	void *context;
	uint64_t blocks;
	bool stopped;
};

static bool list_run(void *context, const struct ext4_run *run)
{
	struct listing *listing = context;
	struct ext4 *fs = listing->fs;
	bool has_types = ext4_has(fs, EXT4_INCOMPAT, EXT4_FILETYPE), ok = true;
	if (run->level > 0)
		return true;
	unsigned char *block = allocate(fs->block_size);
	for (uint32_t i = 0; ok && i < run->length && run->logical + i < listing->blocks; i++)
		ok = ext4_read(fs, run->physical + i, block) && list_range(block, fs->block_size, (uint32_t)(run->logical + i) * fs->block_size, has_types, listing->function, listing->context);
	free(block);
	return ok;
}

static bool list_inline(struct ext4 *fs, uint32_t number, const struct ext4_inode *inode, ext4_entry_function function, void *context)
{
	enum { PARENT = 4 };
	unsigned char *data;
	long length = ext4_inline_data(fs, inode, &data);
	bool has_types = ext4_has(fs, EXT4_INCOMPAT, EXT4_FILETYPE), ok = length >= (long)sizeof inode->bytes;
	if (ok) {
		struct ext4_entry self = {number, 0, 12, 1, 2, "."}, parent = {0, 0, 12, 2, 2, ".."};
		memcpy(&parent.inode, data, sizeof parent.inode);
		ok = function(context, &self) && function(context, &parent) && list_range(data + PARENT, sizeof inode->bytes - PARENT, PARENT, has_types, function, context) &&
		     list_range(data + sizeof inode->bytes, length - sizeof inode->bytes, sizeof inode->bytes, has_types, function, context);
	}
	free(data);
	return ok;
}

bool ext4_list(struct ext4 *fs, uint32_t number, const struct ext4_inode *inode, ext4_entry_function function, void *context)
{
	if (inode->flags & EXT4_INLINE_FLAG)
		return list_inline(fs, number, inode, function, context);
	struct listing listing = {fs, function, context, (ext4_size(inode) + fs->block_size - 1) / fs->block_size, false};
	const char *problem;
	return ext4_walk(fs, number, inode, list_run, &listing, &problem);
}

struct lookup {
	const char *name;
	size_t length;
	uint32_t found;
};

static bool lookup_entry(void *context, const struct ext4_entry *entry)
{
	struct lookup *lookup = context;
	if (entry->name_length != lookup->length || memcmp(entry->name, lookup->name, lookup->length) != 0)
		return true;
	lookup->found = entry->inode;
	return false;
}

/* The target of a symbolic link in a buffer of the caller's to free; null: it has none. */
static char *link_target(struct ext4 *fs, uint32_t number, const struct ext4_inode *inode)
{
	uint64_t size = ext4_size(inode);
	if (inode->flags & EXT4_INLINE_FLAG) {
		unsigned char *data;
		if (ext4_inline_data(fs, inode, &data) < 0)
			return NULL;
		return (char *)data;
	}
	if (!ext4_is_mapped(fs, inode))
		return duplicate_range((const char *)inode->bytes, size < sizeof inode->bytes ? size : sizeof inode->bytes);
	unsigned char *block = allocate(fs->block_size);
	char *target = NULL;
	if (size < fs->block_size && ext4_read(fs, ext4_find_block(fs, number, inode, 0), block))
		target = duplicate_range((const char *)block, size);
	free(block);
	return target;
}

static uint32_t walk_path(struct ext4 *fs, uint32_t at, const char *path, int links)
{
	struct ext4_inode inode;
	if (*path == '/')
		at = EXT4_ROOT_INODE;
	for (;;) {
		path += strspn(path, "/");
		size_t length = strcspn(path, "/");
		if (length == 0)
			return at;
		if (!ext4_read_inode(fs, at, &inode) || !S_ISDIR(inode.mode))
			return 0;
		struct lookup lookup = {path, length, 0};
		ext4_list(fs, at, &inode, lookup_entry, &lookup);
		path += length;
		if (lookup.found == 0 || !ext4_read_inode(fs, lookup.found, &inode))
			return 0;
		if (!S_ISLNK(inode.mode) || path[strspn(path, "/")] == 0) {
			at = lookup.found;
			continue;
		}
		char *target = links < MAX_LINKS ? link_target(fs, lookup.found, &inode) : NULL;
		at = target ? walk_path(fs, at, target, links + 1) : 0;
		free(target);
		if (at == 0)
			return 0;
	}
}

uint32_t ext4_lookup(struct ext4 *fs, uint32_t start, const char *path)
{
	char *end;
	if (*path == '<') {
		unsigned long number = strtoul(path + 1, &end, 0);
		return end > path + 1 && *end == '>' && number <= fs->super.inodes ? (uint32_t)number : 0;
	}
	return walk_path(fs, start, path, 0);
}
