/* The inode of the blocks that are kept for more group descriptors: it maps each to its copies. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ext4.h"
#include "tools.h"

bool ext4_make_resize_inode(struct ext4 *fs, uint64_t map_block, struct ext4_inode *inode)
{
	uint32_t per_block = fs->block_size / 4, descriptors = ext4_descriptor_blocks(fs), used = 1;
	uint32_t *map = allocate(fs->block_size), *list = allocate(fs->block_size);
	bool ok = true;
	memset(map, 0, fs->block_size);
	for (uint32_t i = 0; i < fs->super.reserved_descriptor_blocks; i++) {
		uint32_t place = fs->super.first_block + 1 + descriptors + i, at = 0;
		map[(descriptors + i) % per_block] = place;
		memset(list, 0, fs->block_size);
		used++;
		for (uint32_t group = 1; group < fs->group_count; group++)
			if (ext4_has_super(fs, group)) {
				list[at++] = place + group * fs->super.blocks_per_group;
				used++;
			}
		ok &= ext4_write(fs, place, list);
	}
	uint64_t size = (uint64_t)per_block * per_block * fs->block_size + (uint64_t)per_block * fs->block_size + EXT4_DIRECT * (uint64_t)fs->block_size;
	inode->mode = S_IFREG | 0600;
	inode->links = 1;
	inode->size = (uint32_t)size;
	inode->size_high = (uint32_t)(size >> 32);
	inode->sectors = map_block ? used * (fs->block_size / 512) : 0;
	inode->block[EXT4_DIRECT + 1] = (uint32_t)map_block;
	ok &= !map_block || ext4_write(fs, map_block, map);
	free(map);
	free(list);
	return ok;
}
