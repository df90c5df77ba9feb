/* Parts of debugfs. */
#ifndef DEBUGFS_H
#define DEBUGFS_H

#include "ext4.h"

/* What is looked at (null: nothing is open), and the folder that paths begin in. */
extern struct ext4 *debugged;
extern uint32_t debugged_folder;
/* The inode of a path, read; 0 with a message: there is none. */
uint32_t find_inode(const char *path, struct ext4_inode *inode);

/* Requests: words[0] is the request's name, and as many words as its row asks for follow. */
void run_block(int count, char **words);
void run_blocks(int count, char **words);
void run_cat(int count, char **words);
void run_cd(int count, char **words);
void run_dump(int count, char **words);
void run_imap(int count, char **words);
void run_logdump(int count, char **words);
void run_ls(int count, char **words);
void run_pwd(int count, char **words);
void run_testb(int count, char **words);
void run_testi(int count, char **words);

/* "stat" of an inode. */
void show_inode(struct ext4 *fs, uint32_t number, const struct ext4_inode *inode);
/* Its extended attributes, as debugfs lists them below it. */
void show_attributes(struct ext4 *fs, const struct ext4_inode *inode);
/* Numbers of the inodes that own blocks, and names of inodes. */
void check_blocks(struct ext4 *fs, int count, char **numbers);
void check_names(struct ext4 *fs, int count, char **numbers);

#endif
