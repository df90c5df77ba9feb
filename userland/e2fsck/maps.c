/*
 * Maps of files that are wrong: what can still be understood of them is collected, a block that somebody else has too is copied, and a
 * new map is written around the data. The blocks of the old map are free then; the next round finds sizes and counts.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "e2fsck.h"
#include "tools.h"

enum { MAX_DEPTH = 5, MAX_ILLEGAL = 12, MAX_LENGTH = EXT4_MAX_UNWRITTEN - 1, IN_INODE = 4, RECORD = sizeof(struct ext4_extent) };

struct piece {
	uint64_t logical, physical;
	uint32_t length;
	bool unwritten;
};

struct map {
	struct check *check;
	uint32_t number;
	struct piece *pieces; /* in the order of the file */
	size_t count, room;
	uint64_t next;        /* logical block that may come next at the earliest */
	uint64_t own_blocks;  /* of the new map itself */
	bool failed;
};

static bool is_block(const struct ext4 *fs, uint64_t first, uint64_t count)
{
	return first > fs->super.first_block && first < fs->blocks && count <= fs->blocks - first;
}

static void add_piece(struct map *map, uint64_t logical, uint64_t physical, uint32_t length, bool unwritten)
{
	struct piece *last = map->count ? &map->pieces[map->count - 1] : NULL;
	if (last && last->logical + last->length == logical && last->physical + last->length == physical && last->unwritten == unwritten && last->length + length <= MAX_LENGTH) {
		last->length += length;
		return;
	}
	if (map->count == map->room) {
		map->room = map->room ? map->room * 2 : 16;
		map->pieces = reallocate(map->pieces, map->room * sizeof *map->pieces);
	}
	map->pieces[map->count++] = (struct piece){logical, physical, length, unwritten};
}

static void collect_node(struct map *map, const unsigned char *node, size_t room, int depth)
{
	struct ext4 *fs = map->check->fs;
	struct ext4_extent_header header;
	memcpy(&header, node, sizeof header);
	size_t entries = (room - sizeof header) / RECORD;
	if (header.magic != EXT4_EXTENT_MAGIC || (depth < 0 ? header.depth > MAX_DEPTH : header.depth != depth))
		return;
	entries = header.entries < entries ? header.entries : entries;
	for (size_t i = 0; i < entries; i++) {
		struct ext4_extent extent;
		struct ext4_extent_index index;
		memcpy(&extent, node + sizeof header + i * RECORD, sizeof extent);
		memcpy(&index, node + sizeof header + i * RECORD, sizeof index);
		uint64_t place = header.depth ? index.low | (uint64_t)index.high << 32 : extent.low | (uint64_t)extent.high << 32;
		bool unwritten = extent.length > EXT4_MAX_UNWRITTEN;
		uint32_t length = header.depth ? 1 : unwritten ? extent.length - EXT4_MAX_UNWRITTEN : extent.length;
		if (extent.logical < map->next || length == 0 || !is_block(fs, place, length) || extent.logical + (uint64_t)length > UINT32_MAX)
			continue;
		if (header.depth == 0) {
			add_piece(map, extent.logical, place, length, unwritten);
			map->next = extent.logical + (uint64_t)length;
			continue;
		}
		unsigned char *below = allocate(fs->block_size);
		if (ext4_read(fs, place, below))
			collect_node(map, below, fs->block_size, header.depth - 1);
		free(below);
	}
}

/* A block of pointers that has many impossible ones is none. */
static bool is_map_block(const struct ext4 *fs, const uint32_t *pointers)
{
	uint32_t illegal = 0;
	for (uint32_t i = 0; i < fs->block_size / sizeof *pointers; i++)
		illegal += pointers[i] != 0 && !is_block(fs, pointers[i], 1);
	return illegal <= MAX_ILLEGAL;
}

static void collect_pointers(struct map *map, const uint32_t *pointers, uint32_t count, int level, uint64_t logical, unsigned char *seen)
{
	struct ext4 *fs = map->check->fs;
	uint64_t span = 1, per_block = fs->block_size / sizeof *pointers;
	for (int i = 0; i < level; i++)
		span *= per_block;
	for (uint32_t i = 0; i < count; i++, logical += span) {
		if (pointers[i] == 0 || !is_block(fs, pointers[i], 1) || logical >= UINT32_MAX)
			continue;
		if (level == 0) {
			add_piece(map, logical, pointers[i], 1, false);
			continue;
		}
		uint32_t *below = allocate(fs->block_size);
		if (!ext4_bit(seen, pointers[i]) && ext4_read(fs, pointers[i], below) && is_map_block(fs, below)) {
			ext4_set_bit(seen, pointers[i]);
			collect_pointers(map, below, (uint32_t)per_block, level - 1, logical, seen);
		}
		free(below);
	}
}

static void collect(struct map *map, const struct ext4_inode *inode)
{
	const struct ext4 *fs = map->check->fs;
	if (inode->flags & EXT4_EXTENTS_FLAG) {
		collect_node(map, inode->bytes, sizeof inode->bytes, -1);
		return;
	}
	uint64_t per_block = fs->block_size / 4, logical = EXT4_DIRECT, span = per_block;
	unsigned char *seen = allocate(fs->blocks / 8 + 1);
	memset(seen, 0, fs->blocks / 8 + 1);
	collect_pointers(map, inode->block, EXT4_DIRECT, 0, 0, seen);
	for (int level = 1; level <= 3; level++, logical += span, span *= per_block)
		collect_pointers(map, &inode->block[EXT4_DIRECT + level - 1], 1, level, logical, seen);
	free(seen);
}

uint64_t find_free_block(struct check *check)
{
	const struct ext4 *fs = check->fs;
	for (uint64_t block = fs->super.first_block + 1; block < fs->blocks; block++)
		if (!ext4_bit(check->used_blocks, block)) {
			ext4_set_bit(check->used_blocks, block);
			return block;
		}
	return 0;
}

static uint64_t new_block(struct map *map)
{
	uint64_t block = find_free_block(map->check);
	map->failed |= block == 0;
	return block;
}

/* A copy of each block that others have too; a directory's blocks move together where one is missing. */
static void make_own(struct map *map, bool is_directory)
{
	struct check *check = map->check;
	struct piece *old = map->pieces;
	size_t count = map->count;
	uint64_t logical = 0;
	unsigned char *block = allocate(check->fs->block_size);
	map->pieces = NULL;
	map->count = map->room = 0;
	for (size_t i = 0; i < count; i++)
		for (uint32_t k = 0; k < old[i].length && !map->failed; k++, logical++) {
			uint64_t place = old[i].physical + k;
			if (ext4_bit(check->shared_blocks, place)) {
				uint64_t copy = new_block(map);
				map->failed |= !copy || !ext4_read(check->fs, place, block) || !ext4_write(check->fs, copy, block);
				place = copy;
			}
			add_piece(map, is_directory ? logical : old[i].logical + k, place, 1, old[i].unwritten);
		}
	free(block);
	free(old);
}

static void store_node(struct map *map, uint64_t place, unsigned char *node, uint32_t seed)
{
	struct ext4 *fs = map->check->fs;
	uint32_t stored, tail = (uint32_t)sizeof(struct ext4_extent_header) + ((struct ext4_extent_header *)node)->max * (uint32_t)RECORD;
	if (ext4_has_checksums(fs)) {
		uint32_t sum = ext4_extent_checksum(fs, seed, node, &stored);
		memcpy(node + tail, &sum, sizeof sum);
	}
	map->failed |= !ext4_write(fs, place, node);
	map->own_blocks++;
}

/* An extent tree, from the leaves up: `records` of a level become nodes of `per_node` until the inode has room for them. */
static void build_extents(struct map *map, struct ext4_inode *inode)
{
	struct ext4 *fs = map->check->fs;
	uint16_t per_node = (uint16_t)((fs->block_size - sizeof(struct ext4_extent_header)) / RECORD), depth = 0;
	uint32_t seed = ext4_inode_seed(fs, map->number, inode->generation);
	size_t count = map->count;
	struct ext4_extent *records = allocate((count + 1) * RECORD);
	for (size_t i = 0; i < count; i++) {
		const struct piece *piece = &map->pieces[i];
		records[i] = (struct ext4_extent){(uint32_t)piece->logical, (uint16_t)(piece->length + (piece->unwritten ? EXT4_MAX_UNWRITTEN : 0)), (uint16_t)(piece->physical >> 32), (uint32_t)piece->physical};
	}
	for (; count > IN_INODE && !map->failed; depth++) {
		size_t nodes = 0;
		for (size_t at = 0; at < count && !map->failed; at += per_node, nodes++) {
			uint16_t entries = (uint16_t)(count - at < per_node ? count - at : per_node);
			struct ext4_extent_header header = {EXT4_EXTENT_MAGIC, entries, per_node, depth, 0};
			unsigned char *node = allocate(fs->block_size);
			uint64_t place = new_block(map);
			memset(node, 0, fs->block_size);
			memcpy(node, &header, sizeof header);
			memcpy(node + sizeof header, records + at, entries * RECORD);
			struct ext4_extent_index index = {records[at].logical, (uint32_t)place, (uint16_t)(place >> 32), 0};
			memcpy(records + nodes, &index, sizeof index);
			if (place)
				store_node(map, place, node, seed);
			free(node);
		}
		count = nodes;
	}
	struct ext4_extent_header root = {EXT4_EXTENT_MAGIC, (uint16_t)count, IN_INODE, depth, 0};
	memset(inode->bytes, 0, sizeof inode->bytes);
	memcpy(inode->bytes, &root, sizeof root);
	if (!map->failed)
		memcpy(inode->bytes + sizeof root, records, count * RECORD);
	free(records);
}

/* The pieces between two logical blocks begin here; past the end: there are none. */
static size_t find_piece(const struct map *map, uint64_t logical)
{
	size_t low = 0, high = map->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (map->pieces[middle].logical + map->pieces[middle].length <= logical)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The pointer for `span` blocks from `logical` on, with all that is below it; 0: a hole. */
static uint32_t build_pointer(struct map *map, int level, uint64_t logical, uint64_t span)
{
	struct ext4 *fs = map->check->fs;
	uint64_t per_block = fs->block_size / 4, below = span / per_block;
	size_t at = find_piece(map, logical);
	if (map->failed || at == map->count || map->pieces[at].logical >= logical + span)
		return 0;
	if (level == 0)
		return (uint32_t)(map->pieces[at].physical + (logical - map->pieces[at].logical));
	uint32_t *pointers = allocate(fs->block_size), place = (uint32_t)new_block(map);
	for (uint64_t i = 0; i < per_block; i++)
		pointers[i] = build_pointer(map, level - 1, logical + i * below, below);
	map->failed |= place == 0 || !ext4_write(fs, place, pointers);
	map->own_blocks++;
	free(pointers);
	return place;
}

static void build_pointers(struct map *map, struct ext4_inode *inode)
{
	uint64_t per_block = map->check->fs->block_size / 4, logical = EXT4_DIRECT, span = per_block;
	for (uint32_t i = 0; i < EXT4_DIRECT; i++)
		inode->block[i] = build_pointer(map, 0, i, 1);
	for (int level = 1; level <= 3; level++, logical += span, span *= per_block)
		inode->block[EXT4_DIRECT + level - 1] = build_pointer(map, level, logical, span);
}

static bool repair_map(struct map *map)
{
	struct ext4 *fs = map->check->fs;
	static struct ext4_inode inode;
	uint64_t blocks = 0;
	if (!ext4_read_inode(fs, map->number, &inode))
		return false;
	make_own(map, S_ISDIR(inode.mode));
	if (inode.flags & EXT4_EXTENTS_FLAG)
		build_extents(map, &inode);
	else
		build_pointers(map, &inode);
	for (size_t i = 0; i < map->count; i++)
		blocks += map->pieces[i].length;
	blocks += map->own_blocks + (ext4_file_acl(&inode) != 0);
	inode.flags &= ~(uint32_t)EXT4_HUGE_FLAG;
	inode.sectors = (uint32_t)(blocks * (fs->block_size / 512));
	inode.sectors_high = 0;
	return !map->failed && store_inode(fs, map->number, &inode);
}

bool append_block(struct check *check, uint32_t number, const void *content)
{
	struct ext4 *fs = check->fs;
	static struct ext4_inode inode;
	struct map map = {.check = check, .number = number};
	uint64_t place = find_free_block(check);
	if (place == 0 || !ext4_write(fs, place, content) || !ext4_read_inode(fs, number, &inode) || inode.flags & EXT4_INLINE_FLAG)
		return false;
	collect(&map, &inode);
	uint64_t size = ext4_size(&inode);
	add_piece(&map, size / fs->block_size, place, 1, false);
	bool ok = repair_map(&map) && change_inode(check, number, INODE_SIZE, size + fs->block_size);
	free(map.pieces);
	return ok;
}

uint64_t give_blocks(struct check *check, uint32_t number, uint64_t count)
{
	struct map map = {.check = check, .number = number};
	for (uint64_t logical = 0; logical < count && !map.failed; logical++)
		add_piece(&map, logical, new_block(&map), 1, false);
	uint64_t first = map.count ? map.pieces[0].physical : 0;
	bool ok = count > 0 && repair_map(&map);
	free(map.pieces);
	return ok ? first : 0;
}

/* All are understood before the first is written, so that no block of theirs is thought to be free. */
void repair_maps(struct check *check)
{
	const struct ext4 *fs = check->fs;
	static struct ext4_inode inode;
	struct map *maps = NULL;
	size_t count = 0;
	for (uint32_t number = 1; number <= fs->super.inodes; number++) {
		if (!ext4_bit(check->broken_maps, number) || !ext4_read_inode(check->fs, number, &inode))
			continue;
		maps = reallocate(maps, (count + 1) * sizeof *maps);
		struct map *map = &maps[count++];
		*map = (struct map){.check = check, .number = number};
		collect(map, &inode);
		for (size_t i = 0; i < map->count; i++)
			for (uint32_t k = 0; k < map->pieces[i].length; k++)
				ext4_set_bit(check->used_blocks, map->pieces[i].physical + k);
	}
	for (size_t i = 0; i < count; i++) {
		was_repaired(check, repair_map(&maps[i]));
		free(maps[i].pieces);
	}
	free(maps);
}
