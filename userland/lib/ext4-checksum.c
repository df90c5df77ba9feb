/* Checksums of ext4: crc32c for metadata_csum, crc16 for gdt_csum. https://docs.kernel.org/filesystems/ext4/overview.html#checksums */
#include "ext4.h"

#include <stddef.h>
#include <string.h>

uint32_t ext4_crc32c(uint32_t seed, const void *bytes, size_t length)
{
	static uint32_t table[256];
	if (table[1] == 0)
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t value = i;
			for (int bit = 0; bit < 8; bit++)
				value = value >> 1 ^ (value & 1 ? 0x82f63b78 : 0);
			table[i] = value;
		}
	for (const unsigned char *at = bytes; length > 0; length--)
		seed = seed >> 8 ^ table[(seed ^ *at++) & 0xff];
	return seed;
}

uint16_t ext4_crc16(uint16_t seed, const void *bytes, size_t length)
{
	for (const unsigned char *at = bytes; length > 0; length--) {
		seed ^= *at++;
		for (int bit = 0; bit < 8; bit++)
			seed = seed >> 1 ^ (seed & 1 ? 0xa001 : 0);
	}
	return seed;
}

bool ext4_has_checksums(const struct ext4 *fs)
{
	return ext4_has(fs, EXT4_RO_COMPAT, EXT4_METADATA_CSUM);
}

uint32_t ext4_super_checksum(const struct ext4_super *super)
{
	return ext4_crc32c(~0u, super, offsetof(struct ext4_super, checksum));
}

uint16_t ext4_group_checksum(const struct ext4 *fs, uint32_t group)
{
	enum { CHECKSUM_AT = 30 };
	const unsigned char *at = fs->descriptors + (size_t)group * fs->descriptor_bytes;
	if (ext4_has_checksums(fs)) {
		static const uint16_t zero;
		uint32_t sum = ext4_crc32c(fs->seed, &group, sizeof group);
		sum = ext4_crc32c(sum, at, CHECKSUM_AT);
		sum = ext4_crc32c(sum, &zero, sizeof zero);
		return (uint16_t)ext4_crc32c(sum, at + CHECKSUM_AT + 2, fs->descriptor_bytes - CHECKSUM_AT - 2);
	}
	if (!ext4_has(fs, EXT4_RO_COMPAT, EXT4_GDT_CSUM))
		return 0;
	uint16_t sum = ext4_crc16(0xffff, fs->super.uuid, sizeof fs->super.uuid);
	sum = ext4_crc16(sum, &group, sizeof group);
	sum = ext4_crc16(sum, at, CHECKSUM_AT);
	return ext4_crc16(sum, at + CHECKSUM_AT + 2, fs->descriptor_bytes - CHECKSUM_AT - 2);
}

uint32_t ext4_bitmap_checksum(const struct ext4 *fs, const void *bitmap, uint32_t bits)
{
	uint32_t sum = ext4_crc32c(fs->seed, bitmap, bits / 8);
	return fs->descriptor_bytes >= 64 ? sum : sum & 0xffff;
}

uint32_t ext4_inode_seed(const struct ext4 *fs, uint32_t number, uint32_t generation)
{
	uint32_t sum = ext4_crc32c(fs->seed, &number, sizeof number);
	return ext4_crc32c(sum, &generation, sizeof generation);
}

static bool has_high_checksum(const struct ext4 *fs, const struct ext4_inode *inode)
{
	return fs->super.inode_size > 128 && inode->extra >= 4;
}

uint32_t ext4_inode_checksum(const struct ext4 *fs, uint32_t number, const struct ext4_inode *inode)
{
	struct ext4_inode copy = *inode;
	copy.checksum = 0;
	if (has_high_checksum(fs, inode))
		copy.checksum_high = 0;
	uint32_t sum = ext4_crc32c(ext4_inode_seed(fs, number, inode->generation), &copy, fs->super.inode_size);
	return has_high_checksum(fs, inode) ? sum : sum & 0xffff;
}

uint32_t ext4_stored_inode_checksum(const struct ext4 *fs, const struct ext4_inode *inode)
{
	return inode->checksum | (has_high_checksum(fs, inode) ? (uint32_t)inode->checksum_high << 16 : 0);
}

/* Of an index node: its counts tell where the tail is. */
static bool index_checksum(const struct ext4 *fs, uint32_t seed, const unsigned char *block, uint32_t counts_at, uint32_t *stored, uint32_t *computed)
{
	static const uint32_t zero;
	uint16_t limit, count;
	memcpy(&limit, block + counts_at, sizeof limit);
	memcpy(&count, block + counts_at + 2, sizeof count);
	uint32_t tail = counts_at + limit * 8u;
	if (count > limit || tail + 8 > fs->block_size)
		return false;
	memcpy(stored, block + tail + 4, sizeof *stored);
	uint32_t sum = ext4_crc32c(seed, block, counts_at + count * 8u);
	sum = ext4_crc32c(sum, block + tail, 4);
	*computed = ext4_crc32c(sum, &zero, sizeof zero);
	return true;
}

bool ext4_directory_checksum(const struct ext4 *fs, uint32_t seed, const unsigned char *block, uint32_t *stored, uint32_t *computed)
{
	static const unsigned char leaf_tail[8] = {0, 0, 0, 0, 12, 0, 0, 0xde};
	const unsigned char *tail = block + fs->block_size - 12;
	if (memcmp(tail, leaf_tail, sizeof leaf_tail) == 0) {
		memcpy(stored, tail + 8, sizeof *stored);
		*computed = ext4_crc32c(seed, block, fs->block_size - 12);
		return true;
	}
	uint16_t first, second;
	memcpy(&first, block + 4, sizeof first);
	memcpy(&second, block + 16, sizeof second);
	if (first == fs->block_size)
		return index_checksum(fs, seed, block, 8, stored, computed);
	if (first == 12 && second == fs->block_size - 12 && block[24 + 5] == 8)
		return index_checksum(fs, seed, block, 32, stored, computed);
	return false;
}

uint32_t ext4_extent_checksum(const struct ext4 *fs, uint32_t seed, const unsigned char *block, uint32_t *stored)
{
	struct ext4_extent_header header;
	memcpy(&header, block, sizeof header);
	uint32_t tail = sizeof header + header.max * (uint32_t)sizeof(struct ext4_extent);
	if (tail > fs->block_size - 4)
		tail = fs->block_size - 4;
	memcpy(stored, block + tail, sizeof *stored);
	return ext4_crc32c(seed, block, tail);
}

uint32_t ext4_attribute_checksum(const struct ext4 *fs, uint64_t place, const unsigned char *block, uint32_t *stored)
{
	enum { CHECKSUM_AT = 16 };
	static const uint32_t zero;
	memcpy(stored, block + CHECKSUM_AT, sizeof *stored);
	uint32_t sum = ext4_crc32c(fs->seed, &place, sizeof place);
	sum = ext4_crc32c(sum, block, CHECKSUM_AT);
	sum = ext4_crc32c(sum, &zero, sizeof zero);
	return ext4_crc32c(sum, block + CHECKSUM_AT + 4, fs->block_size - CHECKSUM_AT - 4);
}
