/* The superblock and the descriptors from their copies, where the first ones make no sense. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "e2fsck.h"
#include "tools.h"

/* Whether the copy at that block, of blocks of that size, is one. */
static bool read_copy(int fd, uint64_t block, uint32_t block_size, struct ext4 *fs)
{
	memset(fs, 0, sizeof *fs);
	if (pread(fd, &fs->super, sizeof fs->super, (off_t)(block * block_size)) != sizeof fs->super || fs->super.magic != EXT4_MAGIC || ext4_geometry(fs))
		return false;
	return fs->block_size == block_size && (!ext4_has_checksums(fs) || fs->super.checksum == ext4_super_checksum(&fs->super));
}

bool restore_super(const char *path)
{
	static struct ext4 copy;
	int fd = open(path, O_RDWR);
	bool found = false;
	for (uint32_t size = 1024; fd >= 0 && size <= 65536 && !found; size *= 2) {
		/* Of group 1, if it is as large as a block of bits allows. */
		uint64_t block = (uint64_t)size * 8 + (size == 1024);
		found = read_copy(fd, block, size, &copy);
	}
	if (found) {
		copy.super.group = 0;
		copy.super.state = 0;
		copy.fd = fd;
		found = store_super(&copy);
	}
	if (fd >= 0)
		close(fd);
	return found;
}

/* The places of a group's bitmaps and inodes as group 1's copy has them; its counts are found again. */
bool restore_descriptor(struct ext4 *fs, uint32_t group)
{
	uint32_t in_block = fs->block_size / fs->descriptor_bytes;
	struct ext4 copy = *fs;
	if (fs->group_count < 2 || !ext4_has_super(fs, 1) || ext4_has(fs, EXT4_INCOMPAT, EXT4_META_BG))
		return false;
	copy.descriptors = allocate((size_t)ext4_descriptor_blocks(fs) * fs->block_size);
	bool ok = ext4_read(fs, ext4_group_first(fs, 1) + 1 + group / in_block, copy.descriptors + (size_t)(group / in_block) * fs->block_size);
	if (ok) {
		struct ext4_group values = ext4_get_group(&copy, group);
		bool sums = ext4_has_checksums(fs) || ext4_has(fs, EXT4_RO_COMPAT, EXT4_GDT_CSUM);
		struct ext4_group now = ext4_get_group(fs, group);
		ok = now.block_bitmap != values.block_bitmap || now.inode_bitmap != values.inode_bitmap || now.inode_table != values.inode_table;
		ok = ok && (!sums || values.checksum == ext4_group_checksum(&copy, group));
		values.flags &= (uint16_t)~(EXT4_INODE_UNINIT | EXT4_BLOCK_UNINIT);
		values.unused_inodes = 0;
		if (ok)
			ext4_put_group(fs, group, &values);
	}
	free(copy.descriptors);
	return ok;
}
