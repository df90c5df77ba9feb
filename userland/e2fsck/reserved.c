/* What the file system keeps for itself: the journal, the inode of reserved descriptors, the file of orphans. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "e2fsck.h"
#include "ext4-journal.h"
#include "tools.h"

/* The superblock keeps a copy of the journal's map and size. */
static bool restore_journal_inode(struct ext4 *fs, struct ext4_inode *inode)
{
	if (fs->super.journal_backup_type != 1)
		return false;
	*inode = (struct ext4_inode){.mode = S_IFREG | 0600, .links = 1, .generation = inode->generation, .extra = fs->super.inode_size > 128 ? 32 : 0};
	inode->access_time = inode->change_time = inode->modify_time = (uint32_t)time(NULL);
	memcpy(inode->block, fs->super.journal_backup, sizeof inode->block);
	inode->size_high = fs->super.journal_backup[15];
	inode->size = fs->super.journal_backup[16];
	if (((const struct ext4_extent_header *)inode->bytes)->magic == EXT4_EXTENT_MAGIC)
		inode->flags = EXT4_EXTENTS_FLAG;
	return store_inode(fs, fs->super.journal_inode, inode);
}

static bool count_blocks(void *context, const struct ext4_run *run)
{
	*(uint64_t *)context += run->level == 0 ? run->length : 0;
	return true;
}

/* An empty journal where the old one is; what it had to say is lost. */
bool reset_journal(struct ext4 *fs)
{
	static struct ext4_inode inode;
	const char *reason = NULL;
	uint64_t blocks = 0;
	if (!ext4_read_inode(fs, fs->super.journal_inode, &inode))
		return false;
	for (int attempt = 0; attempt < 2; attempt++) {
		blocks = 0;
		if (S_ISREG(inode.mode) && ext4_walk(fs, fs->super.journal_inode, &inode, count_blocks, &blocks, &reason) && blocks > 0 && blocks == ext4_size(&inode) / fs->block_size)
			return ext4_journal_make(fs, ext4_find_block(fs, fs->super.journal_inode, &inode, 0), (uint32_t)blocks);
		if (attempt == 0 && !restore_journal_inode(fs, &inode))
			break;
	}
	return false;
}

void check_journal(struct check *check)
{
	struct ext4 *fs = check->fs;
	struct ext4_journal journal;
	if (!ext4_has(fs, EXT4_COMPAT, EXT4_HAS_JOURNAL) || fs->super.journal_inode == 0)
		return;
	const char *reason = ext4_journal_open(fs, &journal);
	if (!reason) {
		for (uint32_t block = 0; block < journal.length; block++)
			reason = journal.places[block] ? reason : "it has holes";
		ext4_journal_close(&journal);
	}
	if (reason && fixable(check, "Superblock has an invalid journal (inode %u): %s.", fs->super.journal_inode, reason))
	{
		bool done = reset_journal(fs);
		was_repaired(check, done);
		check->is_journal_wrong |= !done;
	}
}

/* As many blocks elsewhere: those that it has are others', or not all there. */
void move_journal(struct check *check)
{
	struct ext4 *fs = check->fs;
	static struct ext4_inode inode;
	bool ok = ext4_read_inode(fs, fs->super.journal_inode, &inode);
	uint64_t count = ext4_size(&inode) / fs->block_size, first = ok && count < fs->blocks ? give_blocks(check, fs->super.journal_inode, count) : 0;
	if (first == 0 || !ext4_journal_make(fs, first, (uint32_t)count) || !ext4_read_inode(fs, fs->super.journal_inode, &inode))
		return;
	memcpy(fs->super.journal_backup, inode.block, sizeof inode.block);
	was_repaired(check, store_super(fs));
}

/* Its blocks of reserved descriptors are the groups' own; only the block that lists them is new. */
void repair_resize_inode(struct check *check)
{
	struct ext4 *fs = check->fs;
	static struct ext4_inode inode;
	uint64_t block = fs->super.reserved_descriptor_blocks ? find_free_block(check) : 0;
	inode = (struct ext4_inode){.extra = fs->super.revision > 0 && fs->super.inode_size > 128 ? 32 : 0};
	inode.access_time = inode.change_time = inode.modify_time = (uint32_t)time(NULL);
	was_repaired(check, (block || !fs->super.reserved_descriptor_blocks) && ext4_make_resize_inode(fs, block, &inode) && store_inode(fs, EXT4_RESIZE_INODE, &inode));
}

static const uint32_t orphan_magic = 0x0b10ca04;
enum { TAIL = 8 };

struct orphan_file {
	struct check *check;
	uint32_t number, seed;
	bool (*function)(struct check *check, uint32_t inode); /* for each that it names; null: they are told and forgotten */
	bool ok, is_changed;
};

/* Of an orphan file's block. */
static uint32_t orphan_checksum(const struct ext4 *fs, uint32_t seed, uint64_t place, const unsigned char *block)
{
	return ext4_crc32c(ext4_crc32c(seed, &place, sizeof place), block, fs->block_size - TAIL);
}

static void visit_block(struct orphan_file *file, uint64_t place)
{
	struct ext4 *fs = file->check->fs;
	unsigned char *block = allocate(fs->block_size);
	uint32_t magic = 0, stored = 0, inode;
	bool named = false, ok = ext4_read(fs, place, block), wrong;
	memcpy(&magic, block + fs->block_size - TAIL, sizeof magic);
	memcpy(&stored, block + fs->block_size - 4, sizeof stored);
	wrong = !ok || magic != orphan_magic || (ext4_has_checksums(fs) && stored != orphan_checksum(fs, file->seed, place, block));
	for (uint32_t at = 0; !wrong && at < fs->block_size - TAIL; at += 4) {
		memcpy(&inode, block + at, sizeof inode);
		named |= inode != 0;
		if (inode != 0 && file->function)
			file->ok &= file->function(file->check, inode);
	}
	bool repair = file->function && named;
	if (wrong)
		repair = fixable(file->check, "Orphan file (inode %u) block %llu is corrupt.", file->number, (unsigned long long)place);
	else if (named && !file->function)
		repair = fixable(file->check, "Orphan file (inode %u) block %llu is not clean.", file->number, (unsigned long long)place);
	if (repair) {
		memset(block, 0, fs->block_size);
		memcpy(block + fs->block_size - TAIL, &orphan_magic, sizeof orphan_magic);
		if (ext4_has_checksums(fs)) {
			stored = orphan_checksum(fs, file->seed, place, block);
			memcpy(block + fs->block_size - 4, &stored, sizeof stored);
		}
		file->is_changed |= ext4_write(fs, place, block);
	}
	free(block);
}

static bool visit_run(void *context, const struct ext4_run *run)
{
	for (uint32_t i = 0; run->level == 0 && i < run->length; i++)
		visit_block(context, run->physical + i);
	return true;
}

static bool walk_orphan_file(struct check *check, bool (*function)(struct check *check, uint32_t inode))
{
	struct ext4 *fs = check->fs;
	static struct ext4_inode inode;
	const char *reason = NULL;
	struct orphan_file file = {.check = check, .number = fs->super.orphan_file_inode, .function = function, .ok = true};
	if (!ext4_read_inode(fs, file.number, &inode) || !S_ISREG(inode.mode) || inode.links == 0) {
		problem(check, "Orphan file (inode %u) is not a regular file.", file.number);
		return false;
	}
	file.seed = ext4_inode_seed(fs, file.number, inode.generation);
	ext4_walk(fs, file.number, &inode, visit_run, &file, &reason);
	if (!function && file.is_changed)
		was_repaired(check, true);
	return file.ok && !reason;
}

void check_orphan_file(struct check *check)
{
	struct ext4 *fs = check->fs;
	if (ext4_has(fs, EXT4_COMPAT, EXT4_ORPHAN_FILE)) {
		if (ext4_has(fs, EXT4_RO_COMPAT, EXT4_ORPHAN_PRESENT)) {
			if (fixable(check, "Feature orphan_present is set: mounting clears what the orphan file names."))
				was_repaired(check, clear_orphan_file(check, NULL));
		} else
			walk_orphan_file(check, NULL);
	} else if (fs->super.orphan_file_inode && fixable(check, "Superblock names an orphan file (inode %u) without feature orphan_file.", fs->super.orphan_file_inode)) {
		fs->super.orphan_file_inode = 0;
		was_repaired(check, store_super(fs));
	}
}

static const char *prefix_of_orphans;

static bool clear_named(struct check *check, uint32_t inode)
{
	return clear_one_orphan(check->fs, prefix_of_orphans, inode);
}

bool clear_orphan_file(struct check *check, const char *prefix)
{
	struct ext4 *fs = check->fs;
	prefix_of_orphans = prefix;
	bool ok = walk_orphan_file(check, clear_named);
	fs->super.ro_compat &= ~(uint32_t)EXT4_ORPHAN_PRESENT;
	return store_descriptors(fs) && store_super(fs) && ok;
}
