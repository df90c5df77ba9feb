/* What mke2fs is asked for, and its steps. */
#ifndef MKE2FS_H
#define MKE2FS_H

#include "ext4.h"

struct order {
	const char *path, *label, *last_mounted;
	unsigned char uuid[16];
	bool has_uuid, quiet, dry, lazy;
	int force; /* how often -F was given */
	uint32_t block_size, inode_size, groups_per_flex, blocks_per_group;
	uint64_t blocks, inodes, bytes_per_inode;
	double reserved_percent;
	long journal_blocks; /* -1: by the size of the file system */
	uint32_t features[3], root_uid, root_gid;
	int type; /* 2, 3 or 4 */
};

/* A file system in the making: which blocks of each group are taken. */
struct making {
	struct ext4 fs;
	unsigned char **bitmaps; /* one a group */
	uint32_t table_blocks;
	uint64_t next; /* where blocks for files are looked for */
	uint32_t now;
};

/* Geometry and superblock from an order; exits with a message where it makes no sense. */
void plan(struct making *making, const struct order *order);
/* Gives each group its bitmaps and table of inodes. */
void place_tables(struct making *making);
void take(struct making *making, uint64_t block, uint32_t count);
/* `count` free blocks as runs of neighbours; `found` is told each. Exits with a message if there are too few. */
void allocate_blocks(struct making *making, uint64_t count, void (*found)(void *context, uint64_t block, uint32_t length), void *context);
/* Zeros on the disk. */
void clear_blocks(struct making *making, uint64_t block, uint64_t count);
/* Stores an inode of `count` blocks' size (of it `size` bytes), whose blocks are allocated here; the first block's number. */
uint64_t make_inode(struct making *making, uint32_t number, struct ext4_inode *inode, uint64_t count);
void write_inode(struct making *making, uint32_t number, struct ext4_inode *inode);
void make_directories(struct making *making, const struct order *order);
void make_journal(struct making *making, uint32_t blocks);
void make_resize_inode(struct making *making);
/* Bitmaps, counts, descriptors, superblocks. */
void finish(struct making *making);

#endif
