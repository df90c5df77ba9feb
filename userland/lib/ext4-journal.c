/* Reading and replaying the journal of ext3 and ext4. Linux: fs/jbd2/recovery.c. */
#include "ext4-journal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools.h"

static const uint32_t magic = 0xc03b3998;
enum { HEADER = 12, UUID_BYTES = 16, TAIL = 4, COMMIT_CHECKSUM_AT = 16 };
enum { WIDE = 2, CHECKSUMS_V2 = 8, CHECKSUMS_V3 = 16, KNOWN_INCOMPAT = 1 | WIDE | 4 | CHECKSUMS_V2 | CHECKSUMS_V3 };
/* Fields of its superblock. */
enum { BLOCK_SIZE_AT = 12, LENGTH_AT = 16, FIRST_AT = 20, SEQUENCE_AT = 24, START_AT = 28, ERRNO_AT = 32, INCOMPAT_AT = 40, UUID_AT = 48, USERS_AT = 64, CHECKSUM_AT = 252, SUPER_BYTES = 1024 };

static uint32_t get(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void put(unsigned char *bytes, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (unsigned char)(value >> (24 - 8 * i));
}

static bool has_checksums(const struct ext4_journal *journal)
{
	return journal->incompat & (CHECKSUMS_V2 | CHECKSUMS_V3);
}

/* Of `length` bytes in which the word at `at` counts as zero. */
static uint32_t checksum_without(uint32_t seed, const unsigned char *bytes, size_t length, size_t at)
{
	static const unsigned char zero[4];
	uint32_t sum = ext4_crc32c(ext4_crc32c(seed, bytes, at), zero, sizeof zero);
	return ext4_crc32c(sum, bytes + at + 4, length - at - 4);
}

static bool note_place(void *context, const struct ext4_run *run)
{
	struct ext4_journal *journal = context;
	for (uint32_t i = 0; run->level == 0 && i < run->length && run->logical + i < journal->length; i++)
		journal->places[run->logical + i] = run->physical + i;
	return true;
}

static bool read_block(struct ext4_journal *journal, uint32_t block, unsigned char *bytes)
{
	return block < journal->length && journal->places[block] != 0 && ext4_read(journal->fs, journal->places[block], bytes);
}

static const char *read_super(struct ext4_journal *journal)
{
	const unsigned char *super = journal->super;
	uint32_t file_blocks = journal->length;
	if (!read_block(journal, 0, journal->super))
		return "its journal cannot be read";
	uint32_t type = get(super + 4);
	if (get(super) != magic || (type != JBD2_SUPER_V1 && type != JBD2_SUPER_V2))
		return "its journal has no superblock";
	journal->length = get(super + LENGTH_AT);
	journal->first = get(super + FIRST_AT);
	journal->sequence = get(super + SEQUENCE_AT);
	journal->start = get(super + START_AT);
	journal->incompat = type == JBD2_SUPER_V2 ? get(super + INCOMPAT_AT) : 0;
	if (get(super + BLOCK_SIZE_AT) != journal->fs->block_size || journal->length > file_blocks || journal->first == 0 || journal->first >= journal->length ||
	    (journal->start && (journal->start < journal->first || journal->start >= journal->length)))
		return "its journal has an impossible geometry";
	if (type == JBD2_SUPER_V2 && get(super + USERS_AT) > 1)
		return "its journal is that of several file systems";
	if (journal->incompat & ~(uint32_t)KNOWN_INCOMPAT)
		return "its journal has a feature that is not known here";
	if (has_checksums(journal) && checksum_without(~0u, super, SUPER_BYTES, CHECKSUM_AT) != get(super + CHECKSUM_AT))
		return "its journal's superblock does not match its checksum";
	journal->seed = ext4_crc32c(~0u, super + UUID_AT, UUID_BYTES);
	return NULL;
}

const char *ext4_journal_open(struct ext4 *fs, struct ext4_journal *journal)
{
	struct ext4_inode *inode = allocate(sizeof *inode);
	const char *problem = NULL;
	memset(journal, 0, sizeof *journal);
	journal->fs = fs;
	if (!ext4_has(fs, EXT4_COMPAT, EXT4_HAS_JOURNAL) || fs->super.journal_inode == 0 || !ext4_read_inode(fs, fs->super.journal_inode, inode))
		problem = "it has no journal of its own";
	else if (ext4_size(inode) / fs->block_size > fs->blocks)
		problem = "its journal is larger than it";
	if (!problem) {
		journal->length = (uint32_t)(ext4_size(inode) / fs->block_size);
		journal->places = allocate(((size_t)journal->length + 1) * sizeof *journal->places);
		memset(journal->places, 0, ((size_t)journal->length + 1) * sizeof *journal->places);
		journal->super = allocate(fs->block_size);
		ext4_walk(fs, fs->super.journal_inode, inode, note_place, journal, &problem);
	}
	free(inode);
	if (!problem)
		problem = read_super(journal);
	if (problem)
		ext4_journal_close(journal);
	return problem;
}

bool ext4_journal_make(struct ext4 *fs, uint64_t place, uint32_t blocks)
{
	unsigned char *super = allocate(fs->block_size);
	memset(super, 0, fs->block_size);
	put(super, magic);
	put(super + 4, JBD2_SUPER_V2);
	put(super + BLOCK_SIZE_AT, fs->block_size);
	put(super + LENGTH_AT, blocks);
	put(super + FIRST_AT, 1);
	put(super + SEQUENCE_AT, 1);
	memcpy(super + UUID_AT, fs->super.uuid, UUID_BYTES);
	put(super + USERS_AT, 1);
	bool ok = ext4_write(fs, place, super);
	free(super);
	return ok;
}

void ext4_journal_close(struct ext4_journal *journal)
{
	free(journal->places);
	free(journal->super);
	journal->places = NULL;
	journal->super = NULL;
}

bool ext4_journal_empty(struct ext4_journal *journal, uint32_t sequence)
{
	put(journal->super + START_AT, 0);
	put(journal->super + SEQUENCE_AT, sequence);
	put(journal->super + ERRNO_AT, 0);
	if (has_checksums(journal))
		put(journal->super + CHECKSUM_AT, checksum_without(~0u, journal->super, SUPER_BYTES, CHECKSUM_AT));
	return ext4_write(journal->fs, journal->places[0], journal->super);
}

static uint32_t tag_bytes(const struct ext4_journal *journal)
{
	if (journal->incompat & CHECKSUMS_V3)
		return 16;
	return 8 + (journal->incompat & CHECKSUMS_V2 ? 2 : 0) + (journal->incompat & WIDE ? 4 : 0);
}

static uint32_t after(const struct ext4_journal *journal, uint32_t block)
{
	return block + 1 < journal->length ? block + 1 : journal->first;
}

static struct ext4_log_event read_tag(const struct ext4_journal *journal, const unsigned char *tag)
{
	struct ext4_log_event event = {.kind = LOG_DATA, .block = get(tag)};
	if (journal->incompat & CHECKSUMS_V3) {
		event.flags = get(tag + 4);
		event.checksum = get(tag + 12);
	} else {
		event.checksum = (uint32_t)tag[4] << 8 | tag[5];
		event.flags = (uint32_t)tag[6] << 8 | tag[7];
	}
	if (journal->incompat & WIDE || journal->incompat & CHECKSUMS_V3)
		event.block |= (uint64_t)get(tag + 8) << 32;
	return event;
}

struct log_walk {
	struct ext4_journal *journal;
	ext4_log_function function;
	void *context;
	unsigned char *bytes;
	uint32_t block, sequence, seen; /* where it is; blocks that were seen: no more than there are */
};

/* The data blocks of a descriptor; `block` is behind them then. */
static void walk_tags(struct log_walk *walk)
{
	const struct ext4_journal *journal = walk->journal;
	uint32_t size = tag_bytes(journal), room = journal->fs->block_size - (has_checksums(journal) ? TAIL : 0);
	for (uint32_t at = HEADER; at + size <= room;) {
		struct ext4_log_event event = read_tag(journal, walk->bytes + at);
		event.at = walk->block;
		event.sequence = walk->sequence;
		walk->function(walk->context, &event);
		walk->block = after(journal, walk->block);
		walk->seen++;
		at += size + (event.flags & JBD2_SAME_UUID ? 0 : UUID_BYTES);
		if (event.flags & JBD2_LAST_TAG)
			break;
	}
}

static void walk_revoked(struct log_walk *walk, uint32_t block)
{
	const struct ext4_journal *journal = walk->journal;
	uint32_t size = journal->incompat & WIDE ? 8 : 4, end = get(walk->bytes + HEADER), room = journal->fs->block_size - (has_checksums(journal) ? TAIL : 0);
	for (uint32_t at = HEADER + 4; at + size <= end && at + size <= room; at += size) {
		uint64_t revoked = size == 8 ? (uint64_t)get(walk->bytes + at) << 32 | get(walk->bytes + at + 4) : get(walk->bytes + at);
		walk->function(walk->context, &(struct ext4_log_event){.kind = LOG_REVOKED, .at = block, .sequence = walk->sequence, .block = revoked});
	}
}

static bool is_sound(const struct log_walk *walk, uint32_t type)
{
	const struct ext4_journal *journal = walk->journal;
	uint32_t size = journal->fs->block_size, at = type == JBD2_COMMIT ? COMMIT_CHECKSUM_AT : size - TAIL;
	return !has_checksums(journal) || checksum_without(journal->seed, walk->bytes, size, at) == get(walk->bytes + at);
}

/* One block with a header and what belongs to it; false: the log ends here. */
static bool walk_block(struct log_walk *walk)
{
	struct ext4_log_event event = {.kind = LOG_HEADER, .at = walk->block, .sequence = walk->sequence};
	bool readable = read_block(walk->journal, walk->block, walk->bytes);
	event.type = get(walk->bytes + 4);
	if (!readable || get(walk->bytes) != magic)
		event.kind = LOG_BAD_MAGIC;
	else if (get(walk->bytes + 8) != walk->sequence) {
		event.kind = LOG_BAD_SEQUENCE;
		event.sequence = get(walk->bytes + 8);
	} else if (event.type != JBD2_DESCRIPTOR && event.type != JBD2_COMMIT && event.type != JBD2_REVOKE)
		event.kind = LOG_BAD_MAGIC;
	else if (!is_sound(walk, event.type))
		event.kind = LOG_BAD_CHECKSUM;
	walk->function(walk->context, &event);
	if (event.kind != LOG_HEADER)
		return false;
	walk->block = after(walk->journal, walk->block);
	if (event.type == JBD2_DESCRIPTOR)
		walk_tags(walk);
	else if (event.type == JBD2_REVOKE)
		walk_revoked(walk, event.at);
	else
		walk->sequence++;
	return true;
}

uint32_t ext4_journal_walk(struct ext4_journal *journal, uint32_t end, ext4_log_function function, void *context)
{
	struct log_walk walk = {journal, function, context, allocate(journal->fs->block_size), journal->start, journal->sequence, 0};
	while (walk.seen++ < journal->length && (end == 0 || walk.sequence != end) && walk_block(&walk))
		continue;
	free(walk.bytes);
	return walk.sequence;
}

/* Which transaction revoked a block last: a table by block number, open addressing. */
struct revoked {
	uint64_t block;
	uint32_t sequence;
	bool used;
};

struct replay {
	struct ext4_journal *journal;
	struct revoked *table;
	uint32_t slots, count;
	unsigned char *bytes;
	const char *problem;
};

static void count_revoked(void *context, const struct ext4_log_event *event)
{
	struct replay *replay = context;
	replay->count += event->kind == LOG_REVOKED;
}

static struct revoked *slot_of(const struct replay *replay, uint64_t block)
{
	uint32_t at = (uint32_t)(block * 2654435761u) % replay->slots;
	while (replay->table[at].used && replay->table[at].block != block)
		at = (at + 1) % replay->slots;
	return &replay->table[at];
}

static void note_revoked(void *context, const struct ext4_log_event *event)
{
	struct replay *replay = context;
	if (event->kind == LOG_REVOKED)
		*slot_of(replay, event->block) = (struct revoked){event->block, event->sequence, true};
}

static void restore(void *context, const struct ext4_log_event *event)
{
	struct replay *replay = context;
	struct ext4_journal *journal = replay->journal;
	unsigned char number[4];
	if (event->kind != LOG_DATA || replay->problem)
		return;
	const struct revoked *revoked = slot_of(replay, event->block);
	if (revoked->used && (int32_t)(event->sequence - revoked->sequence) <= 0)
		return;
	if (!read_block(journal, event->at, replay->bytes)) {
		replay->problem = "its journal cannot be read";
		return;
	}
	put(number, event->sequence);
	uint32_t sum = ext4_crc32c(ext4_crc32c(journal->seed, number, sizeof number), replay->bytes, journal->fs->block_size);
	if (has_checksums(journal) && (journal->incompat & CHECKSUMS_V3 ? sum : sum & 0xffff) != event->checksum) {
		replay->problem = "a block of its journal does not match its checksum";
		return;
	}
	if (event->flags & JBD2_ESCAPED)
		put(replay->bytes, magic);
	if (!ext4_write(journal->fs, event->block, replay->bytes))
		replay->problem = "what its journal holds cannot be written";
}

const char *ext4_journal_replay(struct ext4_journal *journal)
{
	struct replay replay = {journal, NULL, 0, 0, NULL, NULL};
	if (journal->start == 0)
		return ext4_journal_empty(journal, journal->sequence) ? NULL : "its journal cannot be written";
	uint32_t end = ext4_journal_walk(journal, 0, count_revoked, &replay);
	replay.slots = replay.count * 2 + 1;
	replay.table = allocate(replay.slots * sizeof *replay.table);
	memset(replay.table, 0, replay.slots * sizeof *replay.table);
	replay.bytes = allocate(journal->fs->block_size);
	if (end != journal->sequence) {
		ext4_journal_walk(journal, end, note_revoked, &replay);
		ext4_journal_walk(journal, end, restore, &replay);
	}
	free(replay.table);
	free(replay.bytes);
	if (replay.problem)
		return replay.problem;
	if (fsync(journal->fs->fd) || !ext4_journal_empty(journal, end + 1))
		return "its journal cannot be written";
	return NULL;
}
