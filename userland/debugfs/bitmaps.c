/* Requests about places: imap, testb, testi. */
#include <stdio.h>
#include <stdlib.h>

#include "debugfs.h"
#include "tools.h"

void run_imap(int count, char **words)
{
	static struct ext4_inode inode;
	uint32_t number = find_inode(words[1], &inode);
	(void)count;
	if (!number)
		return;
	uint32_t group = (number - 1) / debugged->super.inodes_per_group, index = (number - 1) % debugged->super.inodes_per_group;
	uint64_t block = ext4_get_group(debugged, group).inode_table + index / debugged->inodes_per_block;
	printf("Inode %u is part of block group %u\n\tlocated at block %llu, offset 0x%04x\n", number, group, (unsigned long long)block, index % debugged->inodes_per_block * (debugged->block_size / debugged->inodes_per_block));
}

/* A bit of a group's bitmap; what was never written is free. */
static bool is_used(uint64_t bitmap_at, bool is_blank, uint64_t bit)
{
	unsigned char *bitmap = allocate(debugged->block_size);
	bool used = !is_blank && ext4_read(debugged, bitmap_at, bitmap) && ext4_bit(bitmap, bit);
	free(bitmap);
	return used;
}

void run_testi(int count, char **words)
{
	uint32_t number = ext4_lookup(debugged, debugged_folder, words[1]);
	(void)count;
	if (!number) {
		fprintf(stderr, "%s: File not found by ext2_lookup \n", words[1]);
		return;
	}
	uint32_t group = (number - 1) / debugged->super.inodes_per_group;
	struct ext4_group values = ext4_get_group(debugged, group);
	bool used = is_used(values.inode_bitmap, values.flags & EXT4_INODE_UNINIT, (number - 1) % debugged->super.inodes_per_group);
	printf("Inode %u is %s\n", number, used ? "marked in use" : "not in use");
}

void run_testb(int count, char **words)
{
	uint64_t block = strtoull(words[1], NULL, 0), many = count > 2 ? strtoull(words[2], NULL, 0) : 1;
	for (; many > 0; block++, many--) {
		if (block < debugged->super.first_block || block >= debugged->blocks) {
			fprintf(stderr, "Illegal block number passed to ext2fs_test_block_bitmap #%llu\n", (unsigned long long)block);
			return;
		}
		uint64_t at = block - debugged->super.first_block, ratio = debugged->super.blocks_per_group / (debugged->super.clusters_per_group ? debugged->super.clusters_per_group : 1);
		struct ext4_group values = ext4_get_group(debugged, (uint32_t)(at / debugged->super.blocks_per_group));
		bool used = is_used(values.block_bitmap, values.flags & EXT4_BLOCK_UNINIT, at % debugged->super.blocks_per_group / (ratio ? ratio : 1));
		printf("Block %llu %s\n", (unsigned long long)block, used ? "marked in use" : "not in use");
	}
}
