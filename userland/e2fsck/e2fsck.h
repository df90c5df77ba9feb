/* What the passes of e2fsck share. */
#ifndef E2FSCK_H
#define E2FSCK_H

#include "ext4.h"

struct check {
	struct ext4 *fs;
	uint32_t table_blocks;      /* of a group's inodes */
	unsigned char *used_blocks; /* bit = block number */
	unsigned char *used_inodes; /* bit = inode number */
	unsigned char *directories; /* bit = inode number */
	uint16_t *stored_links;     /* by inode number */
	uint32_t *found_links;
	uint32_t *parents;          /* of directories: who has an entry for them */
	uint32_t *up;               /* of directories: what ".." says */
	uint8_t *types;             /* type of a directory entry that an inode's mode asks for */
	uint64_t files, fragmented;
	bool repair, repair_all;  /* counts and bitmaps; names, sizes and lost inodes, too */
	bool was_changed;         /* before the passes, or by an earlier round of them */
	bool again;               /* something was repaired that the passes must see */
	uint32_t problems, repaired, rounds; /* of this round; those before */
};

/* Tells of something that only a person can repair. */
void problem(struct check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Tells of something that is repaired where that was asked for: then true. */
bool repairable(struct check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Tells of something, and whether it may be repaired; if that was done, call `was_repaired`. */
bool fixable(struct check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));
void was_repaired(struct check *check, bool is_done);

enum entry_change { ENTRY_INODE, ENTRY_TYPE, ENTRY_NAME };
/* Of the entry at that byte of a directory: who it is for (0: nobody), its type, or the characters that no name has. */
bool change_entry(struct check *check, uint32_t directory, uint32_t offset, enum entry_change change, uint32_t value);
bool change_parent(struct check *check, uint32_t directory, uint32_t parent);
enum inode_change { INODE_SIZE, INODE_SECTORS, INODE_DELETED, INODE_CLEAR, INODE_CHECKSUM };
bool change_inode(struct check *check, uint32_t number, enum inode_change change, uint64_t value);
/* Puts a name of an inode that has none into /lost+found. */
bool reconnect(struct check *check, uint32_t number);

/* Superblock, descriptors, the blocks that the groups themselves take. False: nothing else can be looked at. */
bool check_groups(struct check *check);
void check_inodes(struct check *check);
void check_directories(struct check *check);
void check_connections(struct check *check);
void check_links(struct check *check);
void check_bitmaps(struct check *check);
/* Takes blocks; false if one was taken before. */
bool take_blocks(struct check *check, uint64_t first, uint32_t count);

/* Writes the inode with a checksum of its own; false: it cannot be written. */
bool store_inode(struct ext4 *fs, uint32_t number, struct ext4_inode *inode);
bool store_descriptors(struct ext4 *fs);
bool store_super(struct ext4 *fs);
/* Clears the list of orphans, telling of each (after "PREFIX: " if there is one); false: it is broken. */
bool clear_orphans(struct ext4 *fs, const char *prefix);

#endif
