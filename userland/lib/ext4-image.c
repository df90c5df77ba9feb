/* Opening, geometry and blocks of ext2, ext3 and ext4. */
#include "ext4.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools.h"

bool ext4_has(const struct ext4 *fs, enum ext4_feature_set set, uint32_t feature)
{
	const uint32_t words[] = {fs->super.compat, fs->super.incompat, fs->super.ro_compat};
	return words[set] & feature;
}

static bool read_exactly(int fd, void *buffer, size_t length, uint64_t offset)
{
	unsigned char *to = buffer;
	while (length > 0) {
		ssize_t count = pread(fd, to, length, (off_t)offset);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return false;
		to += count;
		offset += count;
		length -= count;
	}
	return true;
}

bool ext4_read(struct ext4 *fs, uint64_t block, void *buffer)
{
	return block < fs->blocks && read_exactly(fs->fd, buffer, fs->block_size, block * fs->block_size);
}

bool ext4_write(struct ext4 *fs, uint64_t block, const void *buffer)
{
	return block < fs->blocks && pwrite(fs->fd, buffer, fs->block_size, (off_t)(block * fs->block_size)) == (ssize_t)fs->block_size;
}

const char *ext4_geometry(struct ext4 *fs)
{
	const struct ext4_super *super = &fs->super;
	if (super->log_block_size > 6)
		return "its block size is impossible";
	fs->block_size = 1024u << super->log_block_size;
	fs->blocks = super->blocks | (ext4_has(fs, EXT4_INCOMPAT, EXT4_64BIT) ? (uint64_t)super->blocks_high << 32 : 0);
	fs->descriptor_bytes = ext4_has(fs, EXT4_INCOMPAT, EXT4_64BIT) ? super->descriptor_size : 32;
	uint32_t inode_size = super->revision == 0 ? 128 : super->inode_size;
	if (fs->descriptor_bytes < 32 || fs->descriptor_bytes > fs->block_size || (fs->descriptor_bytes & (fs->descriptor_bytes - 1)))
		return "its descriptors have an impossible size";
	if (inode_size < 128 || inode_size > fs->block_size || inode_size > sizeof(struct ext4_inode) || (inode_size & (inode_size - 1)))
		return "its inodes have an impossible size";
	fs->inodes_per_block = fs->block_size / inode_size;
	uint32_t cluster_ratio = ext4_has(fs, EXT4_RO_COMPAT, EXT4_BIGALLOC) ? 1u << ((super->log_cluster_size - super->log_block_size) & 15) : 1;
	if (super->blocks_per_group == 0 || super->blocks_per_group / cluster_ratio > fs->block_size * 8 || super->inodes_per_group == 0 || super->inodes_per_group > fs->block_size * 8)
		return "its groups have an impossible size";
	if (super->first_block != (fs->block_size == 1024 && cluster_ratio == 1) || fs->blocks <= super->first_block)
		return "its first block is impossible";
	uint64_t groups = (fs->blocks - super->first_block + super->blocks_per_group - 1) / super->blocks_per_group;
	if (groups > (1u << 24) || groups * super->inodes_per_group != super->inodes)
		return "its count of inodes is impossible";
	fs->group_count = (uint32_t)groups;
	fs->seed = ext4_has(fs, EXT4_INCOMPAT, EXT4_CSUM_SEED) ? super->checksum_seed : ext4_crc32c(~0u, super->uuid, sizeof super->uuid);
	return NULL;
}

static const char *read_descriptors(struct ext4 *fs)
{
	uint32_t blocks = ext4_descriptor_blocks(fs);
	fs->descriptors = allocate((size_t)blocks * fs->block_size);
	for (uint32_t index = 0; index < blocks; index++)
		if (!ext4_read(fs, ext4_descriptor_place(fs, index), fs->descriptors + (size_t)index * fs->block_size))
			return "its group descriptors cannot be read";
	return NULL;
}

struct ext4 *ext4_open(const char *path, bool writable, const char **reason)
{
	struct ext4 *fs = allocate(sizeof *fs);
	memset(fs, 0, sizeof *fs);
	fs->path = path;
	fs->fd = open(path, writable ? O_RDWR : O_RDONLY);
	if (fs->fd < 0)
		*reason = strerror(errno);
	else if (!read_exactly(fs->fd, &fs->super, sizeof fs->super, EXT4_SUPER_AT))
		*reason = "Attempt to read block from filesystem resulted in short read";
	else if (fs->super.magic != EXT4_MAGIC)
		*reason = "Bad magic number in super-block";
	else if (!(*reason = ext4_geometry(fs)) && !(*reason = read_descriptors(fs)))
		return fs;
	if (fs->fd >= 0)
		close(fs->fd);
	free(fs->descriptors);
	free(fs);
	return NULL;
}

uint64_t ext4_group_first(const struct ext4 *fs, uint32_t group)
{
	return fs->super.first_block + (uint64_t)group * fs->super.blocks_per_group;
}

uint32_t ext4_group_blocks(const struct ext4 *fs, uint32_t group)
{
	uint64_t left = fs->blocks - ext4_group_first(fs, group);
	return left < fs->super.blocks_per_group ? (uint32_t)left : fs->super.blocks_per_group;
}

static bool is_power(uint32_t number, uint32_t base)
{
	while (number % base == 0)
		number /= base;
	return number == 1;
}

bool ext4_has_super(const struct ext4 *fs, uint32_t group)
{
	if (ext4_has(fs, EXT4_COMPAT, EXT4_SPARSE_SUPER2))
		return group == 0 || group == fs->super.backup_groups[0] || group == fs->super.backup_groups[1];
	if (group <= 1 || !ext4_has(fs, EXT4_RO_COMPAT, EXT4_SPARSE_SUPER))
		return true;
	return is_power(group, 3) || is_power(group, 5) || is_power(group, 7);
}

uint32_t ext4_descriptor_blocks(const struct ext4 *fs)
{
	uint32_t in_block = fs->block_size / fs->descriptor_bytes;
	return (fs->group_count + in_block - 1) / in_block;
}

/* Whether the place of descriptors in `group` is the one of meta_bg. */
static bool is_meta_group(const struct ext4 *fs, uint32_t group)
{
	return ext4_has(fs, EXT4_INCOMPAT, EXT4_META_BG) && group / (fs->block_size / fs->descriptor_bytes) >= fs->super.first_meta_group;
}

uint32_t ext4_base_blocks(const struct ext4 *fs, uint32_t group)
{
	uint32_t in_block = fs->block_size / fs->descriptor_bytes, with_super = ext4_has_super(fs, group);
	if (is_meta_group(fs, group))
		return with_super + (group % in_block <= 1 || group % in_block == in_block - 1);
	uint32_t old = ext4_has(fs, EXT4_INCOMPAT, EXT4_META_BG) ? fs->super.first_meta_group : ext4_descriptor_blocks(fs);
	return with_super ? 1 + old + fs->super.reserved_descriptor_blocks : 0;
}

uint64_t ext4_descriptor_place(const struct ext4 *fs, uint32_t index)
{
	uint32_t group = index * (fs->block_size / fs->descriptor_bytes);
	if (!is_meta_group(fs, group))
		return (uint64_t)fs->super.first_block + 1 + index;
	return ext4_group_first(fs, group) + ext4_has_super(fs, group);
}

/* The halves of a descriptor's fields: 32 bytes of old ones, then the upper parts. */
static uint64_t halves(const unsigned char *descriptor, bool wide, int low, int high, int bytes)
{
	uint32_t parts[2] = {0};
	memcpy(&parts[0], descriptor + low, bytes);
	if (wide)
		memcpy(&parts[1], descriptor + high, bytes);
	return parts[0] | (uint64_t)parts[1] << 8 * bytes;
}

static void put_halves(unsigned char *descriptor, bool wide, int low, int high, int bytes, uint64_t value)
{
	memcpy(descriptor + low, &value, bytes);
	value >>= 8 * bytes;
	if (wide)
		memcpy(descriptor + high, &value, bytes);
}

struct ext4_group ext4_get_group(const struct ext4 *fs, uint32_t group)
{
	const unsigned char *at = fs->descriptors + (size_t)group * fs->descriptor_bytes;
	bool wide = fs->descriptor_bytes >= 64;
	return (struct ext4_group){
		.block_bitmap = halves(at, wide, 0, 32, 4),
		.inode_bitmap = halves(at, wide, 4, 36, 4),
		.inode_table = halves(at, wide, 8, 40, 4),
		.free_blocks = (uint32_t)halves(at, wide, 12, 44, 2),
		.free_inodes = (uint32_t)halves(at, wide, 14, 46, 2),
		.directories = (uint32_t)halves(at, wide, 16, 48, 2),
		.flags = (uint16_t)halves(at, false, 18, 0, 2),
		.block_bitmap_checksum = (uint32_t)halves(at, wide, 24, 56, 2),
		.inode_bitmap_checksum = (uint32_t)halves(at, wide, 26, 58, 2),
		.unused_inodes = (uint32_t)halves(at, wide, 28, 50, 2),
		.checksum = (uint16_t)halves(at, false, 30, 0, 2),
	};
}

void ext4_put_group(struct ext4 *fs, uint32_t group, const struct ext4_group *values)
{
	unsigned char *at = fs->descriptors + (size_t)group * fs->descriptor_bytes;
	bool wide = fs->descriptor_bytes >= 64;
	put_halves(at, wide, 0, 32, 4, values->block_bitmap);
	put_halves(at, wide, 4, 36, 4, values->inode_bitmap);
	put_halves(at, wide, 8, 40, 4, values->inode_table);
	put_halves(at, wide, 12, 44, 2, values->free_blocks);
	put_halves(at, wide, 14, 46, 2, values->free_inodes);
	put_halves(at, wide, 16, 48, 2, values->directories);
	put_halves(at, false, 18, 0, 2, values->flags);
	put_halves(at, wide, 24, 56, 2, values->block_bitmap_checksum);
	put_halves(at, wide, 26, 58, 2, values->inode_bitmap_checksum);
	put_halves(at, wide, 28, 50, 2, values->unused_inodes);
	uint16_t checksum = ext4_group_checksum(fs, group);
	memcpy(at + 30, &checksum, sizeof checksum);
}
