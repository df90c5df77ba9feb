/* Inodes: their kind, size, blocks and attributes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "e2fsck.h"
#include "tools.h"

struct blocks {
	struct check *check;
	uint32_t number;
	uint64_t count, end, previous; /* blocks; one past the last of the file; the last one on the disk */
	uint64_t first_place;
	bool shared, fragmented, is_resize;
};

/* The inode of reserved descriptors: its own map is new, what it maps belongs to the groups. */
static bool visit_reserved(struct blocks *blocks, const struct ext4_run *run)
{
	const struct ext4 *fs = blocks->check->fs;
	blocks->count += run->length;
	if (run->level == 2) {
		blocks->shared |= !take_blocks(blocks->check, run->physical, 1);
		return true;
	}
	for (uint32_t i = 0; i < run->length; i++) {
		uint64_t at = run->physical + i - fs->super.first_block, group = at / fs->super.blocks_per_group, offset = at % fs->super.blocks_per_group;
		uint32_t first = 1 + ext4_descriptor_blocks(fs);
		if (!ext4_has_super(fs, (uint32_t)group) || offset < first || offset >= first + fs->super.reserved_descriptor_blocks)
			blocks->shared = true;
	}
	return true;
}

static bool visit(void *context, const struct ext4_run *run)
{
	struct blocks *blocks = context;
	if (blocks->is_resize)
		return visit_reserved(blocks, run);
	blocks->shared |= !take_blocks(blocks->check, run->physical, run->length);
	blocks->count += run->length;
	if (run->level == 0) {
		if (run->logical == 0)
			blocks->first_place = run->physical;
		blocks->fragmented |= blocks->previous && run->physical != blocks->previous + 1;
		blocks->previous = run->physical + run->length - 1;
		if (!run->unwritten && run->logical + run->length > blocks->end)
			blocks->end = run->logical + run->length;
	}
	return true;
}

/* The text of a symbolic link in a block of its own. */
static bool is_target(struct ext4 *fs, const struct blocks *blocks, uint64_t size)
{
	char *text = allocate(fs->block_size);
	bool ok = blocks->end == 1 && size > 0 && size < fs->block_size && ext4_read(fs, blocks->first_place, text) && strnlen(text, fs->block_size) == size;
	free(text);
	return ok;
}

static void check_size(struct check *check, uint32_t number, const struct ext4_inode *inode, const struct blocks *blocks)
{
	const struct ext4 *fs = check->fs;
	uint64_t size = ext4_size(inode), end = blocks->end * fs->block_size;
	if (S_ISDIR(inode->mode)) {
		if ((size != end || size == 0) && fixable(check, "Inode %u, i_size is %llu, should be %llu.", number, (unsigned long long)size, (unsigned long long)end)) {
			if (end > 0 || number != EXT4_ROOT_INODE)
				was_repaired(check, change_inode(check, number, end > 0 ? INODE_SIZE : INODE_CLEAR, end));
			else
				check->is_root_wrong = true;
		}
	} else if (S_ISREG(inode->mode) && end > 0 && size + fs->block_size <= end && number >= fs->super.first_inode) {
		if (fixable(check, "Inode %u, i_size is %llu, should be at least %llu.", number, (unsigned long long)size, (unsigned long long)(end - fs->block_size + 1)))
			was_repaired(check, change_inode(check, number, INODE_SIZE, end));
	} else if (S_ISLNK(inode->mode) && !is_target(check->fs, blocks, size) && fixable(check, "Symlink (inode #%u) is invalid.", number))
		was_repaired(check, change_inode(check, number, INODE_CLEAR, 0));
}

static void check_map(struct check *check, uint32_t number, const struct ext4_inode *inode, uint64_t attributes)
{
	struct ext4 *fs = check->fs;
	struct blocks blocks = {.check = check, .number = number, .count = attributes, .is_resize = number == EXT4_RESIZE_INODE};
	const char *reason = NULL;
	bool mapped = ext4_is_mapped(fs, inode) || number == EXT4_BAD_INODE;
	if (mapped) {
		if (inode->flags & EXT4_EXTENTS_FLAG && !ext4_has(fs, EXT4_INCOMPAT, EXT4_EXTENTS))
			reason = "it has extents, which the file system has not";
		else
			ext4_walk(fs, number, inode, visit, &blocks, &reason);
	}
	bool is_repairable = number >= fs->super.first_inode || number == EXT4_ROOT_INODE;
	if (reason) {
		if (fixable(check, "Inode %u: %s.", number, reason)) {
			if (is_repairable)
				ext4_set_bit(check->broken_maps, number);
			check->is_journal_wrong |= number == check->fs->super.journal_inode;
			check->is_resize_wrong |= number == EXT4_RESIZE_INODE;
		}
		return;
	}
	/* Only resize2fs looks at it: e2fsck tells and counts it as no error. */
	if (blocks.shared && number == EXT4_RESIZE_INODE)
		printf("Resize inode not valid.\n");
	else if (blocks.shared && fixable(check, "Inode %u has multiply-claimed block(s).", number)) {
		if (is_repairable)
			ext4_set_bit(check->broken_maps, number);
		check->is_journal_wrong |= number == fs->super.journal_inode;
	}
	uint64_t sectors = ext4_sectors(fs, inode), found = blocks.count * (fs->block_size / 512);
	if (sectors != found && number != EXT4_BAD_INODE) {
		if (fixable(check, "Inode %u, i_blocks is %llu, should be %llu.", number, (unsigned long long)sectors, (unsigned long long)found))
			was_repaired(check, change_inode(check, number, INODE_SECTORS, found));
	}
	if (mapped && number != EXT4_RESIZE_INODE && number != EXT4_BAD_INODE)
		check_size(check, number, inode, &blocks);
	check->fragmented += blocks.fragmented;
}

/* Takes an inode's block of attributes, which may be shared. Returns how many blocks that makes. */
static uint64_t check_attributes(struct check *check, uint32_t number, const struct ext4_inode *inode)
{
	struct ext4 *fs = check->fs;
	uint64_t place = ext4_file_acl(inode);
	uint32_t stored, magic = 0xea020000, counted[2];
	bool wrong = false;
	if (place == 0)
		return 0;
	unsigned char *block = allocate(fs->block_size);
	if (place <= fs->super.first_block || place >= fs->blocks || !ext4_has(fs, EXT4_COMPAT, EXT4_EXT_ATTR) || !ext4_read(fs, place, block))
		wrong = fixable(check, "Inode %u has an invalid i_file_acl (%llu).", number, (unsigned long long)place);
	else {
		memcpy(counted, block + 4, sizeof counted);
		if (memcmp(block, &magic, sizeof magic) != 0 || counted[1] != 1)
			wrong = fixable(check, "Extended attribute block of inode %u is invalid (%llu).", number, (unsigned long long)place);
		else if (ext4_has_checksums(fs) && ext4_attribute_checksum(fs, place, block, &stored) != stored)
			wrong = fixable(check, "Extended attribute block of inode %u does not match its checksum.", number);
		if (!take_blocks(check, place, 1) && counted[0] < 2)
			wrong = fixable(check, "Inode %u has a multiply-claimed block of attributes.", number);
	}
	free(block);
	if (wrong)
		was_repaired(check, change_inode(check, number, INODE_ATTRIBUTES, 0));
	return 1;
}

static uint8_t entry_type(uint16_t mode)
{
	static const uint8_t types[16] = {[S_IFREG >> 12] = 1, [S_IFDIR >> 12] = 2, [S_IFCHR >> 12] = 3, [S_IFBLK >> 12] = 4, [S_IFIFO >> 12] = 5, [S_IFSOCK >> 12] = 6, [S_IFLNK >> 12] = 7};
	return types[mode >> 12];
}

/* What the words of a special file or a short symbolic link say. */
static void check_words(struct check *check, uint32_t number, const struct ext4_inode *inode)
{
	bool wrong = false;
	if (S_ISLNK(inode->mode)) {
		uint64_t size = ext4_size(inode);
		wrong = size == 0 || size >= sizeof inode->bytes || strnlen((const char *)inode->bytes, sizeof inode->bytes) != size;
	} else
		for (int i = S_ISCHR(inode->mode) || S_ISBLK(inode->mode) ? 3 : 0; i < 15; i++)
			wrong |= inode->block[i] != 0;
	if (!S_ISLNK(inode->mode) && ext4_size(inode) != 0 && fixable(check, "Special (device/socket/fifo) inode %u has non-zero size.", number))
		was_repaired(check, change_inode(check, number, INODE_SIZE, 0));
	if ((wrong || (inode->flags & EXT4_EXTENTS_FLAG)) && fixable(check, "%s (inode #%u) is invalid.", S_ISLNK(inode->mode) ? "Symlink" : "Special (device/socket/fifo) file", number))
		was_repaired(check, change_inode(check, number, INODE_CLEAR, 0));
}

static void check_inline(struct check *check, uint32_t number, const struct ext4_inode *inode)
{
	unsigned char *data;
	if (!ext4_has(check->fs, EXT4_INCOMPAT, EXT4_INLINE) || inode->flags & EXT4_EXTENTS_FLAG || ext4_inline_data(check->fs, inode, &data) < 0)
	{
		if (fixable(check, "Inode %u has broken inline data.", number))
			was_repaired(check, change_inode(check, number, S_ISREG(inode->mode) ? INODE_EMPTY : INODE_CLEAR, 0));
	}
	else
		free(data);
}

/* Flags that only file systems with a feature, or directories, have. */
static void check_flags(struct check *check, uint32_t number, const struct ext4_inode *inode)
{
	static const uint32_t of_features = EXT4_ENCRYPT_FLAG | EXT4_EA_INODE_FLAG | EXT4_CASEFOLD_FLAG;
	uint32_t wrong = inode->flags & of_features;
	if (!ext4_has(check->fs, EXT4_COMPAT, EXT4_IMAGIC_INODES))
		wrong |= inode->flags & EXT4_IMAGIC_FLAG;
	if (!S_ISDIR(inode->mode))
		wrong |= inode->flags & EXT4_INDEX_FLAG;
	if (wrong && fixable(check, "Inode %u has flags that it cannot have: 0x%x.", number, wrong))
		was_repaired(check, change_inode(check, number, INODE_FLAGS, inode->flags & ~wrong));
}

static void check_used(struct check *check, uint32_t number, const struct ext4_inode *inode)
{
	struct ext4 *fs = check->fs;
	bool reserved = number < fs->super.first_inode && number != EXT4_ROOT_INODE;
	ext4_set_bit(check->used_inodes, number);
	check->stored_links[number] = inode->links;
	check->types[number] = entry_type(inode->mode);
	check->files++;
	if (number == EXT4_ROOT_INODE && !S_ISDIR(inode->mode) && fixable(check, "Root inode is not a directory.")) {
		if (is_root_content(fs, inode))
			was_repaired(check, change_inode(check, number, INODE_MODE, S_IFDIR | 0755));
		else
			check->is_root_wrong = true;
	}
	if (!check->types[number] && number != EXT4_BAD_INODE) {
		if (fixable(check, "Inode %u has illegal mode 0%o.", number, inode->mode) && !reserved && number != EXT4_ROOT_INODE)
			was_repaired(check, change_inode(check, number, INODE_CLEAR, 0));
	}
	if (reserved && !S_ISREG(inode->mode) && inode->mode != 0)
		if (fixable(check, "Reserved inode %u has invalid mode 0%o.", number, inode->mode) && number != EXT4_RESIZE_INODE && number != EXT4_JOURNAL_INODE)
			was_repaired(check, change_inode(check, number, INODE_ZERO, 0));
	if (inode->delete_time && !reserved && fixable(check, "Inode %u is in use, but has dtime set.", number))
		was_repaired(check, change_inode(check, number, INODE_DELETED, 0));
	check_flags(check, number, inode);
	if (fs->super.inode_size > 128 && (inode->extra + 128u > fs->super.inode_size || inode->extra % 4))
		if (fixable(check, "Inode %u has an extra size (%u) which is invalid.", number, inode->extra))
			was_repaired(check, change_inode(check, number, INODE_EXTRA, fs->super.want_extra ? fs->super.want_extra : 32));
	if (S_ISDIR(inode->mode))
		ext4_set_bit(check->directories, number);
	uint64_t attributes = check_attributes(check, number, inode);
	check_map(check, number, inode, attributes);
	if (inode->flags & EXT4_INLINE_FLAG)
		check_inline(check, number, inode);
	else if (check->types[number] && !ext4_is_mapped(fs, inode))
		check_words(check, number, inode);
}

static bool is_blank(const unsigned char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i])
			return false;
	return true;
}

/* The inodes of bad blocks, of quotas and of old plans, which have no mode, or are not used. */
static bool is_filled_in_vain(uint32_t number, const struct ext4_inode *inode)
{
	enum { USER_QUOTA = 3, GROUP_QUOTA = 4, BOOT_LOADER = 5, UNDELETE = 6 };
	if (number == EXT4_BAD_INODE)
		return inode->mode || inode->uid || inode->gid || inode->links || inode->flags || ext4_file_acl(inode);
	if (number == BOOT_LOADER || number == UNDELETE)
		return inode->links == 0 && (inode->mode || inode->sectors);
	return (number == USER_QUOTA || number == GROUP_QUOTA) && (inode->mode || inode->links || inode->sectors);
}

static void check_record(struct check *check, uint32_t number, const unsigned char *record)
{
	struct ext4 *fs = check->fs;
	static struct ext4_inode inode;
	uint32_t size = fs->super.revision == 0 ? 128 : fs->super.inode_size;
	bool reserved = number < fs->super.first_inode && number != EXT4_ROOT_INODE;
	memcpy(&inode, record, size);
	if (ext4_has_checksums(fs) && ext4_inode_checksum(fs, number, &inode) != ext4_stored_inode_checksum(fs, &inode) && !is_blank(record, size)) {
		if (fixable(check, "Inode %u does not match its checksum.", number))
			was_repaired(check, change_inode(check, number, INODE_CHECKSUM, 0));
	}
	if (reserved)
		ext4_set_bit(check->used_inodes, number);
	if (is_filled_in_vain(number, &inode) && fixable(check, "Inode %u is not in use, but contains data.", number)) {
		was_repaired(check, change_inode(check, number, INODE_ZERO, 0));
		return;
	}
	if (number == EXT4_RESIZE_INODE && (!S_ISREG(inode.mode) || inode.links == 0) && ext4_has(fs, EXT4_COMPAT, EXT4_RESIZE) && fixable(check, "Inode %u is not that of reserved descriptors.", number)) {
		check->is_resize_wrong = true;
		return;
	}
	/* As a number of the list of orphans has it, which came apart. */
	if (inode.delete_time && inode.delete_time < fs->super.inodes && !reserved && (inode.mode || inode.links) && fixable(check, "Inode %u was part of the orphaned inode list.", number)) {
		was_repaired(check, change_inode(check, number, INODE_DELETED, inode.links ? 0 : (uint64_t)time(NULL)));
		inode.delete_time = inode.links ? 0 : 1;
	}
	if (inode.links > 0)
		check_used(check, number, &inode);
	else if (number == EXT4_ROOT_INODE)
		check->is_root_wrong = fixable(check, "Root inode is not a directory.");
	else if (number == EXT4_BAD_INODE)
		check_map(check, number, &inode, 0);
	else if (inode.mode && inode.delete_time == 0 && !ext4_has(fs, EXT4_INCOMPAT, EXT4_RECOVER) && !reserved && fixable(check, "Deleted inode %u has zero dtime.", number))
		was_repaired(check, change_inode(check, number, INODE_DELETED, (uint64_t)time(NULL)));
}

void check_inodes(struct check *check)
{
	struct ext4 *fs = check->fs;
	bool flags = ext4_has_checksums(fs) || ext4_has(fs, EXT4_RO_COMPAT, EXT4_GDT_CSUM);
	uint32_t size = fs->block_size / fs->inodes_per_block, each = fs->super.inodes_per_group;
	unsigned char *block = allocate(fs->block_size);
	for (uint32_t group = 0; group < fs->group_count; group++) {
		struct ext4_group values = ext4_get_group(fs, group);
		uint32_t used = flags ? (values.flags & EXT4_INODE_UNINIT || values.unused_inodes > each ? 0 : each - values.unused_inodes) : each;
		for (uint32_t index = 0; index < used; index++) {
			uint64_t place = values.inode_table + index / fs->inodes_per_block;
			if (index % fs->inodes_per_block == 0 && !ext4_read(fs, place, block)) {
				problem(check, "Block %llu of group %u's inode table cannot be read.", (unsigned long long)place, group);
				index += fs->inodes_per_block - 1;
				continue;
			}
			check_record(check, group * each + index + 1, block + index % fs->inodes_per_block * size);
		}
	}
	free(block);
}
