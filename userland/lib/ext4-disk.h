/* The structures of ext2, ext3 and ext4, byte for byte: https://docs.kernel.org/filesystems/ext4/globals.html */
#ifndef EXT4_DISK_H
#define EXT4_DISK_H

#include <assert.h>
#include <stdint.h>

enum {
	EXT4_MAGIC = 0xef53, EXT4_SUPER_AT = 1024,
	EXT4_BAD_INODE = 1, EXT4_ROOT_INODE = 2, EXT4_RESIZE_INODE = 7, EXT4_JOURNAL_INODE = 8, EXT4_LOST_FOUND = 11,
	EXT4_DIRECT = 12, EXT4_EXTENT_MAGIC = 0xf30a, EXT4_MAX_UNWRITTEN = 32768,
};

enum ext4_feature_set { EXT4_COMPAT, EXT4_INCOMPAT, EXT4_RO_COMPAT };
enum { /* EXT4_COMPAT */
	EXT4_IMAGIC_INODES = 0x2,
	EXT4_HAS_JOURNAL = 0x4, EXT4_EXT_ATTR = 0x8, EXT4_RESIZE = 0x10, EXT4_DIR_INDEX = 0x20, EXT4_SPARSE_SUPER2 = 0x200, EXT4_ORPHAN_FILE = 0x1000,
};
enum { /* EXT4_INCOMPAT */
	EXT4_FILETYPE = 0x2, EXT4_RECOVER = 0x4, EXT4_JOURNAL_DEV = 0x8, EXT4_META_BG = 0x10, EXT4_EXTENTS = 0x40, EXT4_64BIT = 0x80,
	EXT4_FLEX_BG = 0x200, EXT4_EA_INODE = 0x400, EXT4_CSUM_SEED = 0x2000, EXT4_INLINE = 0x8000,
};
enum { /* EXT4_RO_COMPAT */
	EXT4_SPARSE_SUPER = 0x1, EXT4_LARGE_FILE = 0x2, EXT4_HUGE_FILE = 0x8, EXT4_GDT_CSUM = 0x10, EXT4_DIR_NLINK = 0x20,
	EXT4_EXTRA_ISIZE = 0x40, EXT4_BIGALLOC = 0x200, EXT4_METADATA_CSUM = 0x400, EXT4_ORPHAN_PRESENT = 0x10000,
};
enum { /* of inodes */
	EXT4_INDEX_FLAG = 0x1000, EXT4_ENCRYPT_FLAG = 0x800, EXT4_IMAGIC_FLAG = 0x2000, EXT4_HUGE_FLAG = 0x40000, EXT4_EXTENTS_FLAG = 0x80000,
	EXT4_EA_INODE_FLAG = 0x200000, EXT4_INLINE_FLAG = 0x10000000, EXT4_CASEFOLD_FLAG = 0x40000000,
};
enum { /* of groups */
	EXT4_INODE_UNINIT = 1, EXT4_BLOCK_UNINIT = 2, EXT4_INODE_ZEROED = 4,
};

struct ext4_super {
	uint32_t inodes, blocks, reserved_blocks, free_blocks, free_inodes, first_block, log_block_size, log_cluster_size;
	uint32_t blocks_per_group, clusters_per_group, inodes_per_group, mount_time, write_time;
	uint16_t mounts, max_mounts, magic, state, errors, minor_revision;
	uint32_t last_check, check_interval, creator, revision;
	uint16_t reserved_uid, reserved_gid;
	uint32_t first_inode;
	uint16_t inode_size, group;
	uint32_t compat, incompat, ro_compat;
	unsigned char uuid[16];
	char label[16], last_mounted[64];
	uint32_t compression;
	uint8_t preallocate, preallocate_directories;
	uint16_t reserved_descriptor_blocks;
	unsigned char journal_uuid[16];
	uint32_t journal_inode, journal_device, last_orphan, hash_seed[4];
	uint8_t hash_version, journal_backup_type;
	uint16_t descriptor_size;
	uint32_t mount_options, first_meta_group, made_time, journal_backup[17], blocks_high, reserved_blocks_high, free_blocks_high;
	uint16_t min_extra, want_extra;
	uint32_t flags;
	uint16_t raid_stride, mmp_interval;
	uint64_t mmp_block;
	uint32_t raid_stripe_width;
	uint8_t log_groups_per_flex, checksum_type, encryption_level, pad;
	uint64_t kbytes_written;
	uint32_t snapshot_inode, snapshot_id;
	uint64_t snapshot_reserved;
	uint32_t snapshot_list, error_count, first_error_time, first_error_inode;
	uint64_t first_error_block;
	char first_error_function[32];
	uint32_t first_error_line, last_error_time, last_error_inode, last_error_line;
	uint64_t last_error_block;
	char last_error_function[32], mount_option_text[64];
	uint32_t user_quota_inode, group_quota_inode, overhead_clusters, backup_groups[2];
	uint8_t encryption[4];
	unsigned char encryption_salt[16];
	uint32_t lost_found_inode, project_quota_inode, checksum_seed;
	uint8_t high_times[8];
	uint16_t encoding, encoding_flags;
	uint32_t orphan_file_inode;
	uint32_t unused[94];
	uint32_t checksum;
};
static_assert(sizeof(struct ext4_super) == 1024, "the superblock has 1024 bytes");

struct ext4_inode {
	uint16_t mode, uid;
	uint32_t size, access_time, change_time, modify_time, delete_time;
	uint16_t gid, links;
	uint32_t sectors, flags, version;
	union {
		uint32_t block[15];
		unsigned char bytes[60];
	};
	uint32_t generation, acl, size_high, fragment;
	uint16_t sectors_high, acl_high, uid_high, gid_high, checksum, unused;
	/* only where an inode has more than 128 bytes */
	uint16_t extra, checksum_high;
	uint32_t change_extra, modify_extra, access_extra, birth_time, birth_extra, version_high, project;
	unsigned char rest[4096 - 160];
};
static_assert(sizeof(struct ext4_inode) == 4096, "an inode has at most a block");

struct ext4_extent_header {
	uint16_t magic, entries, max, depth;
	uint32_t generation;
};

struct ext4_extent {
	uint32_t logical;
	uint16_t length, high;
	uint32_t low;
};

struct ext4_extent_index {
	uint32_t logical, low;
	uint16_t high, unused;
};

#endif
