/* The files that a new file system has: its root, lost+found, the journal, the inode of reserved descriptors. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ext4-journal.h"
#include "mke2fs.h"
#include "tools.h"

enum { MAX_RUNS = 340, IN_INODE = 4 };

struct runs {
	struct {
		uint64_t block;
		uint32_t length;
	} run[MAX_RUNS];
	uint32_t count;
};

static void add_run(void *context, uint64_t block, uint32_t length)
{
	struct runs *runs = context;
	if (runs->count == MAX_RUNS)
		errx(1, "the journal is in too many pieces");
	runs->run[runs->count].block = block;
	runs->run[runs->count++].length = length;
}

void write_inode(struct making *making, uint32_t number, struct ext4_inode *inode)
{
	struct ext4 *fs = &making->fs;
	uint32_t index = (number - 1) % fs->super.inodes_per_group, size = fs->super.inode_size;
	uint64_t place = ext4_get_group(fs, (number - 1) / fs->super.inodes_per_group).inode_table + index / fs->inodes_per_block;
	unsigned char *block = allocate(fs->block_size);
	inode->access_time = inode->change_time = inode->modify_time = making->now;
	if (size > 128) {
		inode->extra = 32;
		inode->birth_time = making->now;
	}
	if (ext4_has_checksums(fs)) {
		uint32_t checksum = ext4_inode_checksum(fs, number, inode);
		inode->checksum = (uint16_t)checksum;
		if (size > 128)
			inode->checksum_high = (uint16_t)(checksum >> 16);
	}
	if (!ext4_read(fs, place, block))
		err(1, "%s", fs->path);
	memcpy(block + index % fs->inodes_per_block * size, inode, size);
	if (!ext4_write(fs, place, block))
		err(1, "%s", fs->path);
	free(block);
}

static uint64_t one_block(struct making *making)
{
	struct runs runs = {.count = 0};
	allocate_blocks(making, 1, add_run, &runs);
	return runs.run[0].block;
}

/* The extents of `runs` in a node; those of a leaf's first entry stand for all of it in an index. */
static void put_extents(unsigned char *node, uint32_t max, const struct runs *runs)
{
	uint32_t logical = 0;
	*(struct ext4_extent_header *)node = (struct ext4_extent_header){EXT4_EXTENT_MAGIC, (uint16_t)runs->count, (uint16_t)max, 0, 0};
	struct ext4_extent *extents = (struct ext4_extent *)(node + sizeof(struct ext4_extent_header));
	for (uint32_t i = 0; i < runs->count; logical += runs->run[i++].length)
		extents[i] = (struct ext4_extent){logical, (uint16_t)runs->run[i].length, (uint16_t)(runs->run[i].block >> 32), (uint32_t)runs->run[i].block};
}

/* Returns the blocks that the map itself took. */
static uint64_t map_by_extents(struct making *making, uint32_t number, struct ext4_inode *inode, const struct runs *runs)
{
	struct ext4 *fs = &making->fs;
	inode->flags |= EXT4_EXTENTS_FLAG;
	if (runs->count <= IN_INODE) {
		put_extents(inode->bytes, IN_INODE, runs);
		return 0;
	}
	uint32_t max = (fs->block_size - sizeof(struct ext4_extent_header)) / sizeof(struct ext4_extent), unused;
	if (runs->count > max)
		errx(1, "the journal is in too many pieces");
	uint64_t leaf = one_block(making);
	unsigned char *block = allocate(fs->block_size);
	memset(block, 0, fs->block_size);
	put_extents(block, max, runs);
	if (ext4_has_checksums(fs)) {
		uint32_t checksum = ext4_extent_checksum(fs, ext4_inode_seed(fs, number, 0), block, &unused);
		memcpy(block + sizeof(struct ext4_extent_header) + max * sizeof(struct ext4_extent), &checksum, sizeof checksum);
	}
	if (!ext4_write(fs, leaf, block))
		err(1, "%s", fs->path);
	free(block);
	*(struct ext4_extent_header *)inode->bytes = (struct ext4_extent_header){EXT4_EXTENT_MAGIC, 1, IN_INODE, 1, 0};
	*(struct ext4_extent_index *)(inode->bytes + sizeof(struct ext4_extent_header)) = (struct ext4_extent_index){0, (uint32_t)leaf, (uint16_t)(leaf >> 32), 0};
	return 1;
}

/* Fills the pointers below one of `level` levels above the data. */
static uint32_t fill_indirect(struct making *making, int level, const uint32_t **data, uint64_t *left, uint64_t *own)
{
	struct ext4 *fs = &making->fs;
	if (level == 0) {
		(*left)--;
		return *(*data)++;
	}
	uint32_t *pointers = allocate(fs->block_size);
	uint64_t place = one_block(making);
	memset(pointers, 0, fs->block_size);
	(*own)++;
	for (uint32_t i = 0; i < fs->block_size / 4 && *left > 0; i++)
		pointers[i] = fill_indirect(making, level - 1, data, left, own);
	if (!ext4_write(fs, place, pointers))
		err(1, "%s", fs->path);
	free(pointers);
	return (uint32_t)place;
}

static uint64_t map_by_blocks(struct making *making, struct ext4_inode *inode, const struct runs *runs, uint64_t count)
{
	uint32_t *data = allocate(count * sizeof *data), at = 0;
	for (uint32_t i = 0; i < runs->count; i++)
		for (uint32_t j = 0; j < runs->run[i].length; j++)
			data[at++] = (uint32_t)(runs->run[i].block + j);
	const uint32_t *next = data;
	uint64_t left = count, own = 0;
	for (int i = 0; i < EXT4_DIRECT && left > 0; i++)
		inode->block[i] = fill_indirect(making, 0, &next, &left, &own);
	for (int level = 1; level <= 3 && left > 0; level++)
		inode->block[EXT4_DIRECT + level - 1] = fill_indirect(making, level, &next, &left, &own);
	free(data);
	return own;
}

uint64_t make_inode(struct making *making, uint32_t number, struct ext4_inode *inode, uint64_t count)
{
	struct ext4 *fs = &making->fs;
	static struct runs runs;
	runs.count = 0;
	allocate_blocks(making, count, add_run, &runs);
	for (uint32_t i = 0; i < runs.count; i++)
		clear_blocks(making, runs.run[i].block, runs.run[i].length);
	uint64_t own = ext4_has(fs, EXT4_INCOMPAT, EXT4_EXTENTS) ? map_by_extents(making, number, inode, &runs) : map_by_blocks(making, inode, &runs, count);
	uint64_t bytes = count * fs->block_size, sectors = (count + own) * (fs->block_size / 512);
	inode->size = (uint32_t)bytes;
	inode->size_high = (uint32_t)(bytes >> 32);
	inode->sectors = (uint32_t)sectors;
	inode->sectors_high = (uint16_t)(sectors >> 32);
	return runs.run[0].block;
}

/* Writes a block of a directory: its entries, the last of which takes the rest, and the checksum's tail. */
static void put_entry(unsigned char *at, uint32_t inode, uint32_t record, const char *name, bool has_types)
{
	memcpy(at, &inode, 4);
	at[4] = (unsigned char)record;
	at[5] = (unsigned char)(record >> 8);
	at[6] = (unsigned char)strlen(name);
	at[7] = has_types ? 2 : 0;
	memcpy(at + 8, name, strlen(name));
}

static void write_directory_block(struct making *making, uint32_t number, uint64_t place, const char *const *names, const uint32_t *inodes, int count)
{
	struct ext4 *fs = &making->fs;
	bool has_types = ext4_has(fs, EXT4_INCOMPAT, EXT4_FILETYPE);
	unsigned char *block = allocate(fs->block_size);
	uint32_t end = fs->block_size - (ext4_has_checksums(fs) ? 12 : 0), at = 0, stored, computed;
	memset(block, 0, fs->block_size);
	for (int i = 0; i < count; i++) {
		uint32_t record = i == count - 1 ? end - at : (8 + (uint32_t)strlen(names[i]) + 3) / 4 * 4;
		put_entry(block + at, inodes[i], record, names[i], has_types);
		at += record;
	}
	if (count == 0)
		put_entry(block, 0, end, "", false);
	if (ext4_has_checksums(fs)) {
		put_entry(block + end, 0, 12, "", false);
		block[end + 7] = 0xde;
		ext4_directory_checksum(fs, ext4_inode_seed(fs, number, 0), block, &stored, &computed);
		memcpy(block + end + 8, &computed, sizeof computed);
	}
	if (!ext4_write(fs, place, block))
		err(1, "%s", fs->path);
	free(block);
}

static void count_directory(struct making *making, uint32_t number)
{
	uint32_t group = (number - 1) / making->fs.super.inodes_per_group;
	struct ext4_group values = ext4_get_group(&making->fs, group);
	values.directories++;
	ext4_put_group(&making->fs, group, &values);
}

void make_directories(struct making *making, const struct order *order)
{
	enum { LOST_FOUND_BYTES = 16384 };
	struct ext4 *fs = &making->fs;
	static struct ext4_inode root, lost;
	uint32_t count = LOST_FOUND_BYTES / fs->block_size < EXT4_DIRECT ? LOST_FOUND_BYTES / fs->block_size : EXT4_DIRECT;
	root = (struct ext4_inode){.mode = S_IFDIR | 0755, .links = 3, .uid = (uint16_t)order->root_uid, .uid_high = (uint16_t)(order->root_uid >> 16), .gid = (uint16_t)order->root_gid, .gid_high = (uint16_t)(order->root_gid >> 16)};
	lost = (struct ext4_inode){.mode = S_IFDIR | 0700, .links = 2};
	uint64_t place = make_inode(making, EXT4_ROOT_INODE, &root, 1);
	write_directory_block(making, EXT4_ROOT_INODE, place, (const char *const[]){".", "..", "lost+found"}, (const uint32_t[]){2, 2, EXT4_LOST_FOUND}, 3);
	write_inode(making, EXT4_ROOT_INODE, &root);
	make_inode(making, EXT4_LOST_FOUND, &lost, count);
	for (uint32_t i = 0; i < count; i++)
		write_directory_block(making, EXT4_LOST_FOUND, ext4_find_block(fs, EXT4_LOST_FOUND, &lost, i), (const char *const[]){".", ".."}, (const uint32_t[]){EXT4_LOST_FOUND, EXT4_ROOT_INODE}, i == 0 ? 2 : 0);
	write_inode(making, EXT4_LOST_FOUND, &lost);
	count_directory(making, EXT4_ROOT_INODE);
	count_directory(making, EXT4_LOST_FOUND);
}

void make_journal(struct making *making, uint32_t blocks)
{
	struct ext4 *fs = &making->fs;
	static struct ext4_inode inode;
	inode = (struct ext4_inode){.mode = S_IFREG | 0600, .links = 1};
	uint64_t place = make_inode(making, EXT4_JOURNAL_INODE, &inode, blocks);
	if (!ext4_journal_make(fs, place, blocks))
		err(1, "%s", fs->path);
	write_inode(making, EXT4_JOURNAL_INODE, &inode);
	fs->super.journal_inode = EXT4_JOURNAL_INODE;
	fs->super.journal_backup_type = 1;
	memcpy(fs->super.journal_backup, inode.block, sizeof inode.block);
	fs->super.journal_backup[15] = inode.size_high;
	fs->super.journal_backup[16] = inode.size;
}

void make_resize_inode(struct making *making)
{
	static struct ext4_inode inode;
	inode = (struct ext4_inode){0};
	uint64_t map = making->fs.super.reserved_descriptor_blocks ? one_block(making) : 0;
	if (!ext4_make_resize_inode(&making->fs, map, &inode))
		err(1, "%s", making->fs.path);
	write_inode(making, EXT4_RESIZE_INODE, &inode);
}
