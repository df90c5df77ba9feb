/*
 * ext2, ext3 and ext4 as they lie on a disk, for the programs that look at them from outside: structures (little-endian, as are
 * all machines that this runs on), reading and writing of blocks, inodes and directories, checksums, names of features.
 * Layout: https://docs.kernel.org/filesystems/ext4/index.html
 */
#ifndef EXT4_H
#define EXT4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>

#include "ext4-disk.h"

struct ext4 {
	int fd;
	const char *path;
	struct ext4_super super;
	uint32_t block_size, group_count, descriptor_bytes, inodes_per_block;
	uint64_t blocks;                 /* of the file system */
	uint32_t seed;                   /* of the checksums of metadata_csum */
	unsigned char *descriptors;      /* group_count of them, descriptor_bytes each */
};

/* Opens what is at `path`. Null, with a reason in *reason, if it is no file system of this kind or its geometry is impossible. */
struct ext4 *ext4_open(const char *path, bool writable, const char **reason);
/* Numbers of `fs` that follow from its superblock; the reason if they make no sense, else null. */
const char *ext4_geometry(struct ext4 *fs);
bool ext4_has(const struct ext4 *fs, enum ext4_feature_set set, uint32_t feature);
uint64_t ext4_group_first(const struct ext4 *fs, uint32_t group);
uint32_t ext4_group_blocks(const struct ext4 *fs, uint32_t group);
/* Whether the group has a copy of superblock and descriptors. */
bool ext4_has_super(const struct ext4 *fs, uint32_t group);
/* Blocks that a group's copies of superblock, descriptors and reserved descriptors take (meta_bg's rules included). */
uint32_t ext4_base_blocks(const struct ext4 *fs, uint32_t group);
/* Blocks that all group descriptors together take. */
uint32_t ext4_descriptor_blocks(const struct ext4 *fs);
/* Where the block number `index` of the descriptors is. */
uint64_t ext4_descriptor_place(const struct ext4 *fs, uint32_t index);

/* False on an error of the disk, or beyond its end. */
bool ext4_read(struct ext4 *fs, uint64_t block, void *buffer);
bool ext4_write(struct ext4 *fs, uint64_t block, const void *buffer);

/* Fields of a group descriptor, whichever its size. */
struct ext4_group {
	uint64_t block_bitmap, inode_bitmap, inode_table;
	uint32_t free_blocks, free_inodes, directories, unused_inodes, block_bitmap_checksum, inode_bitmap_checksum;
	uint16_t flags, checksum;
};
struct ext4_group ext4_get_group(const struct ext4 *fs, uint32_t group);
/* `checksum` of it is computed here. */
void ext4_put_group(struct ext4 *fs, uint32_t group, const struct ext4_group *values);

/* An inode with all its bytes (inode_size of the superblock, at most a block). */
bool ext4_read_inode(struct ext4 *fs, uint32_t number, struct ext4_inode *inode);
uint64_t ext4_size(const struct ext4_inode *inode);
uint64_t ext4_sectors(const struct ext4 *fs, const struct ext4_inode *inode);
uint64_t ext4_file_acl(const struct ext4_inode *inode);
/* Seconds since 1970 of a time with its `extra` word (0: there is none). */
int64_t ext4_seconds(uint32_t seconds, uint32_t extra);

/* What a walk over a file's blocks tells: a run of data, or one block of the map itself. */
struct ext4_run {
	uint64_t logical, physical;
	uint32_t length;
	int level;         /* 0: data; indirect blocks: 1 to 3; nodes of the extent tree: their height, at least 1 */
	bool unwritten;
};
typedef bool (*ext4_run_function)(void *context, const struct ext4_run *run);
/*
 * All runs of an inode in the order of the file, maps before what they map. False: the function said so, or the map is broken
 * (then *problem says how; it is untouched otherwise).
 */
bool ext4_walk(struct ext4 *fs, uint32_t number, const struct ext4_inode *inode, ext4_run_function function, void *context, const char **problem);
bool ext4_is_mapped(const struct ext4 *fs, const struct ext4_inode *inode);
/* The block that holds the file's block `logical`; 0: a hole, or a broken map. */
uint64_t ext4_find_block(struct ext4 *fs, uint32_t number, const struct ext4_inode *inode, uint64_t logical);

/*
 * Makes the inode of reserved descriptors: the map goes to `map_block` (0: there are none), its lists into those descriptors. The inode is
 * not stored here.
 */
bool ext4_make_resize_inode(struct ext4 *fs, uint64_t map_block, struct ext4_inode *inode);

/* Bytes of inline data (a file's of inline_data) into a new buffer; the length, or -1. */
long ext4_inline_data(const struct ext4 *fs, const struct ext4_inode *inode, unsigned char **data);

struct ext4_entry {
	uint32_t inode, block_offset;
	uint16_t record;
	uint8_t name_length, type;
	const char *name; /* not terminated */
};
typedef bool (*ext4_entry_function)(void *context, const struct ext4_entry *entry);
/* Entries of a directory, the unused ones left out; false: the function said so, or a block is broken. */
bool ext4_list(struct ext4 *fs, uint32_t number, const struct ext4_inode *inode, ext4_entry_function function, void *context);
/* Inode of a path (or of "<12>"), from `start` where it does not begin with /; symbolic links are followed except the last. 0: none. */
uint32_t ext4_lookup(struct ext4 *fs, uint32_t start, const char *path);

/* Hash of a name in an index of that version (hash_version, 3 more where names are unsigned); false: no such version. */
bool ext4_name_hash(const struct ext4 *fs, int version, const char *name, size_t length, uint32_t *hash);

/* crc32c (Castagnoli, reflected, not inverted) and crc16 of `length` bytes. */
uint32_t ext4_crc32c(uint32_t seed, const void *bytes, size_t length);
uint16_t ext4_crc16(uint16_t seed, const void *bytes, size_t length);
bool ext4_has_checksums(const struct ext4 *fs);
uint32_t ext4_super_checksum(const struct ext4_super *super);
uint16_t ext4_group_checksum(const struct ext4 *fs, uint32_t group);
uint32_t ext4_bitmap_checksum(const struct ext4 *fs, const void *bitmap, uint32_t bits);
uint32_t ext4_inode_seed(const struct ext4 *fs, uint32_t number, uint32_t generation);
uint32_t ext4_inode_checksum(const struct ext4 *fs, uint32_t number, const struct ext4_inode *inode);
uint32_t ext4_stored_inode_checksum(const struct ext4 *fs, const struct ext4_inode *inode);
/* Of a leaf (the tail's place and value in *stored) or an index node of a directory; false: it has none. */
bool ext4_directory_checksum(const struct ext4 *fs, uint32_t seed, const unsigned char *block, uint32_t *stored, uint32_t *computed);
uint32_t ext4_extent_checksum(const struct ext4 *fs, uint32_t seed, const unsigned char *block, uint32_t *stored);
uint32_t ext4_attribute_checksum(const struct ext4 *fs, uint64_t place, const unsigned char *block, uint32_t *stored);

/* "FEATURE_I17" for those without a name; the text is valid until the next call. */
const char *ext4_feature_name(enum ext4_feature_set set, int bit);
/* Finds a name; false: there is none. */
bool ext4_feature_by_name(const char *name, enum ext4_feature_set *set, uint32_t *feature);
/* "01234567-89ab-…" */
const char *ext4_uuid_text(const unsigned char uuid[16]);
bool ext4_parse_uuid(const char *text, unsigned char uuid[16]);
/* The superblock as tune2fs -l lists it. */
void ext4_print_super(const struct ext4 *fs);

static inline bool ext4_bit(const unsigned char *bitmap, uint64_t bit)
{
	return bitmap[bit / 8] >> bit % 8 & 1;
}

static inline void ext4_set_bit(unsigned char *bitmap, uint64_t bit)
{
	bitmap[bit / 8] |= 1 << bit % 8;
}

#endif
