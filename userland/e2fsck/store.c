/* Writing of inodes, group descriptors and the superblock, with their checksums. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "e2fsck.h"
#include "tools.h"

bool store_inode(struct ext4 *fs, uint32_t number, struct ext4_inode *inode)
{
	uint32_t index = (number - 1) % fs->super.inodes_per_group, size = fs->block_size / fs->inodes_per_block;
	uint64_t place = ext4_get_group(fs, (number - 1) / fs->super.inodes_per_group).inode_table + index / fs->inodes_per_block;
	unsigned char *block = allocate(fs->block_size);
	bool ok = ext4_read(fs, place, block);
	if (ext4_has_checksums(fs)) {
		uint32_t checksum = ext4_inode_checksum(fs, number, inode);
		inode->checksum = (uint16_t)checksum;
		if (size > 128 && inode->extra >= 4)
			inode->checksum_high = (uint16_t)(checksum >> 16);
	}
	memcpy(block + index % fs->inodes_per_block * size, inode, size);
	ok = ok && ext4_write(fs, place, block);
	free(block);
	return ok;
}

bool store_descriptors(struct ext4 *fs)
{
	bool ok = true;
	for (uint32_t i = 0; i < ext4_descriptor_blocks(fs); i++)
		ok &= ext4_write(fs, ext4_descriptor_place(fs, i), fs->descriptors + (size_t)i * fs->block_size);
	return ok;
}

bool store_super(struct ext4 *fs)
{
	if (ext4_has_checksums(fs))
		fs->super.checksum = ext4_super_checksum(&fs->super);
	return pwrite(fs->fd, &fs->super, sizeof fs->super, EXT4_SUPER_AT) == sizeof fs->super;
}
