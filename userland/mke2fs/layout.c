/* Where everything of a new file system is: its superblock, the groups' bitmaps and tables, free blocks. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "mke2fs.h"
#include "tools.h"

static uint32_t log_of(uint32_t value)
{
	uint32_t log = 0;
	while (1u << log < value)
		log++;
	return log;
}

static void plan_features(struct ext4_super *super, const struct order *order)
{
	super->compat = order->features[EXT4_COMPAT];
	super->incompat = order->features[EXT4_INCOMPAT];
	super->ro_compat = order->features[EXT4_RO_COMPAT];
	if (super->ro_compat & EXT4_METADATA_CSUM) {
		super->ro_compat &= ~EXT4_GDT_CSUM;
		super->checksum_type = 1;
	}
	if (super->incompat & EXT4_CSUM_SEED) {
		if (!(super->ro_compat & EXT4_METADATA_CSUM))
			errx(1, "metadata_csum_seed needs metadata_csum");
		super->checksum_seed = ext4_crc32c(~0u, super->uuid, sizeof super->uuid);
	}
	if (super->compat & EXT4_RESIZE && !(super->ro_compat & EXT4_SPARSE_SUPER))
		errx(1, "reserved online resize blocks not supported on non-sparse filesystem");
	if (super->incompat & EXT4_64BIT && !(super->incompat & EXT4_EXTENTS))
		warnx("64bit without extents: big files and disks cannot be reached by block maps");
}

/* Blocks of descriptors kept free so that the file system can grow to 1,024 times its size. */
static uint32_t reserved_descriptors(const struct ext4 *fs)
{
	uint64_t goal = fs->blocks > UINT32_MAX / 1024 ? UINT32_MAX : fs->blocks * 1024;
	uint64_t groups = (goal - fs->super.first_block + fs->super.blocks_per_group - 1) / fs->super.blocks_per_group;
	uint32_t in_block = fs->block_size / fs->descriptor_bytes, most = fs->block_size / 4;
	uint32_t blocks = (uint32_t)((groups + in_block - 1) / in_block) - ext4_descriptor_blocks(fs);
	return blocks < most ? blocks : most;
}

static void plan_inodes(struct making *making, const struct order *order)
{
	struct ext4 *fs = &making->fs;
	struct ext4_super *super = &fs->super;
	uint32_t in_block = order->block_size / super->inode_size;
	uint64_t groups = (order->blocks - super->first_block + super->blocks_per_group - 1) / super->blocks_per_group;
	uint64_t wanted = order->inodes ? order->inodes : order->blocks * order->block_size / order->bytes_per_inode;
	uint64_t each = (wanted + groups - 1) / groups;
	if (each * groups < super->first_inode + 1)
		each = (super->first_inode + 1 + groups - 1) / groups;
	each = (each + in_block - 1) / in_block * in_block;
	bool too_few = each / 8 * 8 * groups < super->first_inode + 1;
	each = (too_few ? each + 7 : each) / 8 * 8;
	if (each > order->block_size * 8 || each * groups > UINT32_MAX)
		errx(1, "too many inodes (%llu), raise inode ratio?", (unsigned long long)wanted);
	super->inodes_per_group = (uint32_t)each;
	super->inodes = (uint32_t)(each * groups);
	making->table_blocks = (super->inodes_per_group + in_block - 1) / in_block;
}

/* Whether the last group has room for its own tables and 50 blocks more; else it is left out. */
static bool last_group_fits(const struct making *making)
{
	const struct ext4 *fs = &making->fs;
	uint32_t last = fs->group_count - 1;
	return fs->group_count == 1 || ext4_group_blocks(fs, last) >= ext4_base_blocks(fs, last) + 2 + making->table_blocks + 50;
}

void plan(struct making *making, const struct order *order)
{
	struct ext4 *fs = &making->fs;
	struct ext4_super *super = &fs->super;
	struct order smaller = *order;
	if (order->block_size & (order->block_size - 1) || (order->inode_size && order->inode_size & (order->inode_size - 1)) || order->inode_size > order->block_size)
		errx(1, "sizes of blocks and inodes are powers of two, and an inode is no bigger than a block");
	making->now = (uint32_t)time(NULL);
	*super = (struct ext4_super){.magic = EXT4_MAGIC, .state = 1, .errors = 1, .revision = 1, .max_mounts = 0xffff, .first_inode = 11, .hash_version = 1, .mount_options = 0xc, .flags = 1};
	memcpy(super->uuid, order->uuid, sizeof super->uuid);
	if (order->label)
		memcpy(super->label, order->label, strnlen(order->label, sizeof super->label));
	if (order->last_mounted)
		memcpy(super->last_mounted, order->last_mounted, strnlen(order->last_mounted, sizeof super->last_mounted));
	if (getrandom(super->hash_seed, sizeof super->hash_seed, 0) != sizeof super->hash_seed)
		err(1, "getrandom");
	super->made_time = super->write_time = super->last_check = making->now;
	super->log_block_size = super->log_cluster_size = log_of(order->block_size) - 10;
	super->first_block = order->block_size == 1024;
	super->blocks_per_group = super->clusters_per_group = order->blocks_per_group ? order->blocks_per_group / 8 * 8 : order->block_size * 8;
	if (super->blocks_per_group > order->block_size * 8)
		errx(1, "blocks per group count out of range");
	super->inode_size = (uint16_t)(order->inode_size ? order->inode_size : 256);
	if (super->inode_size > 128)
		super->min_extra = super->want_extra = 32;
	plan_features(super, order);
	super->descriptor_size = super->incompat & EXT4_64BIT ? 64 : 0;
	if (super->incompat & EXT4_FLEX_BG)
		super->log_groups_per_flex = (uint8_t)log_of(order->groups_per_flex ? order->groups_per_flex : 16);
	if (!(super->incompat & EXT4_64BIT) && order->blocks > UINT32_MAX)
		errx(1, "size of device is too big to be expressed in 32 bits: use the feature 64bit");
	if (order->blocks < 60)
		errx(1, "%s: it is too small", order->path);
	for (;;) {
		super->blocks = (uint32_t)smaller.blocks;
		super->blocks_high = (uint32_t)(smaller.blocks >> 32);
		plan_inodes(making, &smaller);
		super->reserved_descriptor_blocks = 0;
		const char *problem = ext4_geometry(fs);
		if (problem)
			errx(1, "%s: %s", order->path, problem);
		if (super->compat & EXT4_RESIZE)
			super->reserved_descriptor_blocks = (uint16_t)reserved_descriptors(fs);
		if (last_group_fits(making))
			break;
		smaller.blocks = ext4_group_first(fs, fs->group_count - 1);
	}
	uint64_t reserved = (uint64_t)((double)fs->blocks * order->reserved_percent / 100);
	super->reserved_blocks = (uint32_t)reserved;
	super->reserved_blocks_high = (uint32_t)(reserved >> 32);
}

void take(struct making *making, uint64_t block, uint32_t count)
{
	const struct ext4_super *super = &making->fs.super;
	for (; count > 0; block++, count--) {
		uint64_t group = (block - super->first_block) / super->blocks_per_group, bit = (block - super->first_block) % super->blocks_per_group;
		if (block >= making->fs.blocks || ext4_bit(making->bitmaps[group], bit))
			errx(1, "the tables of inodes do not fit: ask for fewer inodes");
		ext4_set_bit(making->bitmaps[group], bit);
	}
}

static bool is_free(const struct making *making, uint64_t block)
{
	const struct ext4_super *super = &making->fs.super;
	uint64_t at = block - super->first_block;
	return !ext4_bit(making->bitmaps[at / super->blocks_per_group], at % super->blocks_per_group);
}

/* `count` neighbours from `from` on, wherever they begin. */
static uint64_t take_run(struct making *making, uint64_t from, uint32_t count)
{
	uint32_t length = 0;
	for (uint64_t block = from; block < making->fs.blocks; block++) {
		length = is_free(making, block) ? length + 1 : 0;
		if (length == count) {
			take(making, block - count + 1, count);
			return block - count + 1;
		}
	}
	errx(1, "the tables of inodes do not fit: ask for fewer inodes");
}

void place_tables(struct making *making)
{
	struct ext4 *fs = &making->fs;
	uint32_t flex = ext4_has(fs, EXT4_INCOMPAT, EXT4_FLEX_BG) ? 1u << fs->super.log_groups_per_flex : 1;
	fs->descriptors = allocate((size_t)ext4_descriptor_blocks(fs) * fs->block_size);
	memset(fs->descriptors, 0, (size_t)ext4_descriptor_blocks(fs) * fs->block_size);
	making->bitmaps = allocate(fs->group_count * sizeof *making->bitmaps);
	for (uint32_t group = 0; group < fs->group_count; group++) {
		making->bitmaps[group] = allocate(fs->block_size);
		memset(making->bitmaps[group], 0, fs->block_size);
	}
	for (uint32_t group = 0; group < fs->group_count; group++)
		take(making, ext4_group_first(fs, group), ext4_base_blocks(fs, group));
	for (uint32_t first = 0; first < fs->group_count; first += flex) {
		uint32_t count = fs->group_count - first < flex ? fs->group_count - first : flex;
		uint64_t start = ext4_group_first(fs, first);
		for (int kind = 0; kind < 3; kind++)
			for (uint32_t group = first; group < first + count; group++) {
				struct ext4_group values = ext4_get_group(fs, group);
				uint64_t place = take_run(making, start, kind == 2 ? making->table_blocks : 1);
				*(kind == 0 ? &values.block_bitmap : kind == 1 ? &values.inode_bitmap : &values.inode_table) = place;
				ext4_put_group(fs, group, &values);
			}
	}
	making->next = fs->super.first_block;
	for (uint32_t group = 0; group < fs->group_count; group++)
		clear_blocks(making, ext4_get_group(fs, group).inode_table, making->table_blocks);
}

void allocate_blocks(struct making *making, uint64_t count, void (*found)(void *context, uint64_t block, uint32_t length), void *context)
{
	uint64_t block = making->next;
	while (count > 0) {
		uint32_t length = 0;
		while (block < making->fs.blocks && !is_free(making, block))
			block++;
		while (length < count && length < EXT4_MAX_UNWRITTEN && block + length < making->fs.blocks && is_free(making, block + length))
			length++;
		if (length == 0)
			errx(1, "%s: it is too small", making->fs.path);
		take(making, block, length);
		found(context, block, length);
		block += length;
		count -= length;
	}
	making->next = block;
}

void clear_blocks(struct making *making, uint64_t block, uint64_t count)
{
	enum { STEP = 64 };
	struct ext4 *fs = &making->fs;
	static unsigned char zeros[STEP * 4096];
	if (fallocate(fs->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)(block * fs->block_size), (off_t)(count * fs->block_size)) == 0)
		return;
	while (count > 0) {
		uint64_t step = count < STEP ? count : STEP;
		if (pwrite(fs->fd, zeros, step * fs->block_size, (off_t)(block * fs->block_size)) != (ssize_t)(step * fs->block_size))
			err(1, "%s", fs->path);
		block += step;
		count -= step;
	}
}

static void write_or_die(struct ext4 *fs, uint64_t block, const void *buffer)
{
	if (!ext4_write(fs, block, buffer))
		err(1, "%s", fs->path);
}

static uint32_t count_free(const unsigned char *bitmap, uint32_t bits)
{
	uint32_t free_bits = 0;
	for (uint32_t bit = 0; bit < bits; bit++)
		free_bits += !ext4_bit(bitmap, bit);
	return free_bits;
}

/* Bits beyond what there is are set. */
static void pad(const struct ext4 *fs, unsigned char *bitmap, uint32_t bits)
{
	for (uint32_t bit = bits; bit < fs->block_size * 8; bit++)
		ext4_set_bit(bitmap, bit);
}

static void finish_group(struct making *making, uint32_t group, uint32_t used_inodes)
{
	struct ext4 *fs = &making->fs;
	struct ext4_group values = ext4_get_group(fs, group);
	uint32_t size = ext4_group_blocks(fs, group), inodes = fs->super.inodes_per_group;
	bool has_flags = ext4_has_checksums(fs) || ext4_has(fs, EXT4_RO_COMPAT, EXT4_GDT_CSUM);
	unsigned char *bitmap = allocate(fs->block_size);
	values.free_blocks = count_free(making->bitmaps[group], size);
	pad(fs, making->bitmaps[group], size);
	write_or_die(fs, values.block_bitmap, making->bitmaps[group]);
	memset(bitmap, 0, fs->block_size);
	for (uint32_t i = 0; i < used_inodes; i++)
		ext4_set_bit(bitmap, i);
	pad(fs, bitmap, inodes);
	write_or_die(fs, values.inode_bitmap, bitmap);
	values.free_inodes = inodes - used_inodes;
	if (ext4_has_checksums(fs)) {
		values.block_bitmap_checksum = ext4_bitmap_checksum(fs, making->bitmaps[group], fs->super.clusters_per_group);
		values.inode_bitmap_checksum = ext4_bitmap_checksum(fs, bitmap, inodes);
	}
	if (has_flags) {
		values.unused_inodes = inodes - used_inodes;
		values.flags = EXT4_INODE_ZEROED;
	}
	ext4_put_group(fs, group, &values);
	fs->super.free_inodes += values.free_inodes;
	uint64_t free_blocks = (fs->super.free_blocks | (uint64_t)fs->super.free_blocks_high << 32) + values.free_blocks;
	fs->super.free_blocks = (uint32_t)free_blocks;
	fs->super.free_blocks_high = (uint32_t)(free_blocks >> 32);
	free(bitmap);
}

void finish(struct making *making)
{
	struct ext4 *fs = &making->fs;
	uint32_t blocks = ext4_descriptor_blocks(fs);
	for (uint32_t group = 0; group < fs->group_count; group++) {
		uint32_t first = group * fs->super.inodes_per_group, used = fs->super.first_inode;
		finish_group(making, group, used <= first ? 0 : used - first < fs->super.inodes_per_group ? used - first : fs->super.inodes_per_group);
	}
	unsigned char *block = allocate(fs->block_size);
	for (uint32_t group = fs->group_count; group-- > 0;) {
		if (!ext4_has_super(fs, group))
			continue;
		uint64_t first = ext4_group_first(fs, group);
		for (uint32_t i = 0; i < blocks; i++)
			write_or_die(fs, first + 1 + i, fs->descriptors + (size_t)i * fs->block_size);
		fs->super.group = (uint16_t)group;
		fs->super.checksum = ext4_has_checksums(fs) ? ext4_super_checksum(&fs->super) : 0;
		memset(block, 0, fs->block_size);
		memcpy(block + (first == 0 ? EXT4_SUPER_AT : 0), &fs->super, sizeof fs->super);
		write_or_die(fs, first, block);
	}
	if (fs->super.first_block == 1) {
		memset(block, 0, fs->block_size);
		if (pwrite(fs->fd, block, fs->block_size, 0) != (ssize_t)fs->block_size)
			err(1, "%s", fs->path);
	}
	free(block);
}
