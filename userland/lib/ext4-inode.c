/* Inodes of ext2, ext3 and ext4, and the walk over their blocks: the map of 12 direct and three indirect ones, and the extent tree. */
#include "ext4.h"

#include <stdlib.h>
#include <string.h>

#include "tools.h"

enum { MAX_DEPTH = 5 };

static uint32_t inode_size(const struct ext4 *fs)
{
	return fs->super.revision == 0 ? 128 : fs->super.inode_size;
}

bool ext4_read_inode(struct ext4 *fs, uint32_t number, struct ext4_inode *inode)
{
	if (number == 0 || number > fs->super.inodes)
		return false;
	uint32_t group = (number - 1) / fs->super.inodes_per_group, index = (number - 1) % fs->super.inodes_per_group;
	unsigned char *block = allocate(fs->block_size);
	bool ok = ext4_read(fs, ext4_get_group(fs, group).inode_table + index / fs->inodes_per_block, block);
	memset(inode, 0, sizeof *inode);
	if (ok)
		memcpy(inode, block + index % fs->inodes_per_block * inode_size(fs), inode_size(fs));
	free(block);
	return ok;
}

uint64_t ext4_size(const struct ext4_inode *inode)
{
	return inode->size | (uint64_t)inode->size_high << 32;
}

uint64_t ext4_sectors(const struct ext4 *fs, const struct ext4_inode *inode)
{
	if (!ext4_has(fs, EXT4_RO_COMPAT, EXT4_HUGE_FILE))
		return inode->sectors;
	uint64_t count = inode->sectors | (uint64_t)inode->sectors_high << 32;
	return inode->flags & EXT4_HUGE_FLAG ? count * (fs->block_size / 512) : count;
}

uint64_t ext4_file_acl(const struct ext4_inode *inode)
{
	return inode->acl | (uint64_t)inode->acl_high << 32;
}

int64_t ext4_seconds(uint32_t seconds, uint32_t extra)
{
	return (int32_t)seconds + ((int64_t)(extra & 3) << 32);
}

bool ext4_is_mapped(const struct ext4 *fs, const struct ext4_inode *inode)
{
	switch (inode->mode & 0170000) {
	case 0100000:
	case 0040000:
		return !(inode->flags & EXT4_INLINE_FLAG);
	case 0120000: {
		if (inode->flags & (EXT4_INLINE_FLAG | EXT4_EXTENTS_FLAG))
			return !(inode->flags & EXT4_INLINE_FLAG);
		uint64_t attributes = ext4_file_acl(inode) ? fs->block_size / 512 : 0;
		return ext4_sectors(fs, inode) > attributes;
	}
	default:
		return false;
	}
}

struct walk {
	struct ext4 *fs;
	ext4_run_function function;
	void *context;
	const char **problem;
	uint32_t seed;
	uint64_t next; /* logical block that may come next at the earliest */
};

static bool fail(struct walk *walk, const char *problem)
{
	*walk->problem = problem;
	return false;
}

static bool walk_extents(struct walk *walk, const unsigned char *node, size_t room, int depth);

static bool visit_extent(struct walk *walk, const struct ext4_extent *extent)
{
	bool unwritten = extent->length > EXT4_MAX_UNWRITTEN;
	struct ext4_run run = {extent->logical, extent->low | (uint64_t)extent->high << 32, unwritten ? extent->length - EXT4_MAX_UNWRITTEN : extent->length, 0, unwritten};
	if (run.length == 0 || run.logical < walk->next)
		return fail(walk, "its extents are out of order");
	if (run.physical < walk->fs->super.first_block || run.physical + run.length > walk->fs->blocks)
		return fail(walk, "an extent is beyond the file system");
	walk->next = run.logical + run.length;
	return walk->function(walk->context, &run);
}

static bool visit_index(struct walk *walk, const struct ext4_extent_index *index, int depth)
{
	struct ext4 *fs = walk->fs;
	uint64_t place = index->low | (uint64_t)index->high << 32;
	if (place < fs->super.first_block || place >= fs->blocks)
		return fail(walk, "a node of its extent tree is beyond the file system");
	if (index->logical < walk->next)
		return fail(walk, "the nodes of its extent tree are out of order");
	if (!walk->function(walk->context, &(struct ext4_run){index->logical, place, 1, depth, false}))
		return false;
	unsigned char *block = allocate(fs->block_size);
	uint32_t stored;
	bool ok = ext4_read(fs, place, block);
	uint32_t first;
	memcpy(&first, block + sizeof(struct ext4_extent_header), sizeof first);
	if (!ok)
		fail(walk, "a node of its extent tree cannot be read");
	else if (((struct ext4_extent_header *)block)->magic == EXT4_EXTENT_MAGIC && ext4_has_checksums(fs) && ext4_extent_checksum(fs, walk->seed, block, &stored) != stored)
		ok = fail(walk, "a node of its extent tree has a wrong checksum");
	else if (((struct ext4_extent_header *)block)->entries > 0 && first != index->logical)
		ok = fail(walk, "a node of its extent tree begins elsewhere than it should");
	else
		ok = walk_extents(walk, block, fs->block_size, depth - 1);
	free(block);
	return ok;
}

/* `depth`: what the header must say; -1: the inode's own, any. */
static bool walk_extents(struct walk *walk, const unsigned char *node, size_t room, int depth)
{
	struct ext4_extent_header header;
	memcpy(&header, node, sizeof header);
	size_t capacity = (room - sizeof header) / sizeof(struct ext4_extent);
	if (header.magic != EXT4_EXTENT_MAGIC || header.entries > header.max || header.max > capacity || header.max == 0)
		return fail(walk, "its extent tree has a broken header");
	if (depth < 0 ? header.depth > MAX_DEPTH : header.depth != depth)
		return fail(walk, "its extent tree has an impossible depth");
	if (depth >= 0 && header.entries == 0)
		return fail(walk, "its extent tree has an empty node");
	for (unsigned i = 0; i < header.entries; i++) {
		const unsigned char *at = node + sizeof header + i * sizeof(struct ext4_extent);
		union {
			struct ext4_extent extent;
			struct ext4_extent_index index;
		} record;
		memcpy(&record, at, sizeof record);
		if (header.depth == 0 ? !visit_extent(walk, &record.extent) : !visit_index(walk, &record.index, header.depth))
			return false;
	}
	return true;
}

/* Pointers of a map or an indirect block, `level` levels above the data; runs of neighbours are told as one. */
static bool walk_pointers(struct walk *walk, const uint32_t *pointers, uint32_t count, int level, uint64_t logical)
{
	struct ext4 *fs = walk->fs;
	uint64_t span = 1, per_block = fs->block_size / sizeof *pointers;
	for (int i = 0; i < level; i++)
		span *= per_block;
	for (uint32_t i = 0; i < count; i++, logical += span) {
		uint32_t block = pointers[i], length = 1;
		if (block == 0)
			continue;
		if (block < fs->super.first_block || block >= fs->blocks)
			return fail(walk, "a block number is beyond the file system");
		if (level == 0)
			while (i + length < count && pointers[i + length] == block + length && block + length < fs->blocks)
				length++;
		if (!walk->function(walk->context, &(struct ext4_run){logical, block, length, level, false}))
			return false;
		if (level == 0) {
			i += length - 1;
			logical += length - 1;
			continue;
		}
		uint32_t *indirect = allocate(fs->block_size);
		bool ok = ext4_read(fs, block, indirect) ? walk_pointers(walk, indirect, (uint32_t)per_block, level - 1, logical) : fail(walk, "an indirect block cannot be read");
		free(indirect);
		if (!ok)
			return false;
	}
	return true;
}

bool ext4_walk(struct ext4 *fs, uint32_t number, const struct ext4_inode *inode, ext4_run_function function, void *context, const char **problem)
{
	struct walk walk = {fs, function, context, problem, ext4_inode_seed(fs, number, inode->generation), 0};
	if (inode->flags & EXT4_EXTENTS_FLAG)
		return walk_extents(&walk, inode->bytes, sizeof inode->bytes, -1);
	uint64_t per_block = fs->block_size / 4, logical = EXT4_DIRECT, span = per_block;
	if (!walk_pointers(&walk, inode->block, EXT4_DIRECT, 0, 0))
		return false;
	for (int level = 1; level <= 3; level++, logical += span, span *= per_block)
		if (!walk_pointers(&walk, &inode->block[EXT4_DIRECT + level - 1], 1, level, logical))
			return false;
	return true;
}

struct search {
	uint64_t logical, found;
};

static bool search_run(void *context, const struct ext4_run *run)
{
	struct search *search = context;
	if (run->level > 0 || search->logical < run->logical || search->logical >= run->logical + run->length)
		return true;
	search->found = run->unwritten ? 0 : run->physical + (search->logical - run->logical);
	return false;
}

uint64_t ext4_find_block(struct ext4 *fs, uint32_t number, const struct ext4_inode *inode, uint64_t logical)
{
	struct search search = {logical, 0};
	const char *problem;
	ext4_walk(fs, number, inode, search_run, &search, &problem);
	return search.found;
}

long ext4_inline_data(const struct ext4 *fs, const struct ext4_inode *inode, unsigned char **data)
{
	enum { MAGIC_BYTES = 4, ENTRY = 16, SYSTEM = 7 };
	uint64_t size = ext4_size(inode);
	uint32_t start = 128 + inode->extra + MAGIC_BYTES, end = inode_size(fs);
	const unsigned char *bytes = (const unsigned char *)inode;
	*data = NULL;
	static const uint32_t magic = 0xea020000;
	if (size > end || start > end || memcmp(bytes + start - MAGIC_BYTES, &magic, sizeof magic) != 0)
		return -1;
	*data = allocate(size + 1);
	memset(*data, 0, size + 1);
	memcpy(*data, inode->bytes, size < sizeof inode->bytes ? size : sizeof inode->bytes);
	for (uint32_t at = start; at + ENTRY <= end && bytes[at] != 0; at += ENTRY + (bytes[at] + 3u) / 4 * 4) {
		uint16_t value_at;
		uint32_t value_size;
		memcpy(&value_at, bytes + at + 2, sizeof value_at);
		memcpy(&value_size, bytes + at + 8, sizeof value_size);
		if (bytes[at] != 4 || bytes[at + 1] != SYSTEM || at + ENTRY + 4 > end || memcmp(bytes + at + ENTRY, "data", 4) != 0)
			continue;
		if (size <= sizeof inode->bytes)
			return (long)size;
		if (value_size > end || (uint64_t)start + value_at + value_size > end || sizeof inode->bytes + value_size < size)
			return -1;
		memcpy(*data + sizeof inode->bytes, bytes + start + value_at, size - sizeof inode->bytes);
		return (long)size;
	}
	return -1;
}
