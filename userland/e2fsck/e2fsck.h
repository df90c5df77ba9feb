/* What the passes of e2fsck share. */
#ifndef E2FSCK_H
#define E2FSCK_H

#include "ext4.h"

struct check {
	struct ext4 *fs;
	uint32_t table_blocks;      /* of a group's inodes */
	unsigned char *used_blocks; /* bit = block number */
	unsigned char *shared_blocks; /* those that were taken twice */
	unsigned char *used_inodes; /* bit = inode number */
	unsigned char *directories; /* bit = inode number */
	unsigned char *broken_maps; /* bit = number of an inode whose map is to be written anew */
	uint16_t *stored_links;     /* by inode number */
	uint32_t *found_links;
	uint32_t *parents;          /* of directories: who has an entry for them */
	uint32_t *up;               /* of directories: what ".." says */
	uint8_t *types;             /* type of a directory entry that an inode's mode asks for */
	uint64_t files, fragmented;
	bool repair, repair_all;  /* counts and bitmaps; names, sizes and lost inodes, too */
	bool was_changed;         /* before the passes, or by an earlier round of them */
	bool was_restored;        /* from a copy of the superblock */
	bool is_resize_wrong;     /* the inode of reserved descriptors is to be made anew */
	bool is_journal_wrong;    /* its blocks are to be others */
	bool is_root_wrong;       /* the root is to be made anew */
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
enum inode_change { INODE_SIZE, INODE_SECTORS, INODE_DELETED, INODE_CLEAR, INODE_CHECKSUM, INODE_ATTRIBUTES, INODE_EXTRA, INODE_FLAGS, INODE_MODE, INODE_EMPTY, INODE_ZERO };
bool change_inode(struct check *check, uint32_t number, enum inode_change change, uint64_t value);
/* Writes the maps that were found to be broken anew, around the data that they still name. */
void repair_maps(struct check *check);
/* A block that nobody has, which is taken; 0: there is none. After all inodes were looked at only. */
uint64_t find_free_block(struct check *check);
/* Writes a directory anew with the entries that make sense, in the blocks that it has. */
bool rebuild_directory(struct check *check, uint32_t number);
/* A directory with one of its blocks, which is going to be changed. */
struct edit {
	struct ext4 *fs;
	struct ext4_inode inode;
	uint32_t number;
	uint64_t logical, physical;
	unsigned char *block;
};
bool edit_begin(struct edit *edit, struct ext4 *fs, uint32_t number, uint64_t logical);
/* Stores the block if it was changed; false: it was not, or could not be stored. */
bool edit_end(struct edit *edit, bool is_changed);
/* Gives an inode that many blocks that nobody has instead of its own; the first, or 0. */
uint64_t give_blocks(struct check *check, uint32_t number, uint64_t count);
/* Adds a block with that content to a directory. */
bool append_block(struct check *check, uint32_t number, const void *content);
/* Makes an empty root; whether an inode has what the root has. */
void repair_root(struct check *check);
bool is_root_content(struct ext4 *fs, const struct ext4_inode *inode);
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
/* Puts the checksum into a block of a directory; false: it is of no kind that has one. */
bool seal_block(const struct ext4 *fs, uint32_t seed, unsigned char *block, uint64_t logical);
bool store_descriptors(struct ext4 *fs);
bool store_super(struct ext4 *fs);
/* Superblock and descriptors from their copies; false: there are none that make sense. */
bool restore_super(const char *path);
bool restore_descriptor(struct ext4 *fs, uint32_t group);

/* The journal, the inode of reserved descriptors, and the orphan file; the latter two after all inodes were looked at. */
void check_journal(struct check *check);
bool reset_journal(struct ext4 *fs);
void move_journal(struct check *check);
void repair_resize_inode(struct check *check);
void check_orphan_file(struct check *check);
/* Clears what the orphan file names, as `clear_orphans` does. */
bool clear_orphan_file(struct check *check, const char *prefix);
/* Clears one inode that was used without a name, or was being cut. */
bool clear_one_orphan(struct ext4 *fs, const char *prefix, uint32_t number);
/* Clears the list of orphans, telling of each (after "PREFIX: " if there is one); false: it is broken. */
bool clear_orphans(struct ext4 *fs, const char *prefix);

#endif
