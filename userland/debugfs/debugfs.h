/* Parts of debugfs. */
#ifndef DEBUGFS_H
#define DEBUGFS_H

#include "ext4.h"

/* "stat" of an inode. */
void show_inode(struct ext4 *fs, uint32_t number, const struct ext4_inode *inode);
/* Its extended attributes, as debugfs lists them below it. */
void show_attributes(struct ext4 *fs, const struct ext4_inode *inode);
/* Numbers of the inodes that own blocks, and names of inodes. */
void check_blocks(struct ext4 *fs, int count, char **numbers);
void check_names(struct ext4 *fs, int count, char **numbers);

#endif
