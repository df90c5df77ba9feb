/* The journal (JBD2) of an ext3 or ext4 as it lies on a disk. Layout: https://docs.kernel.org/filesystems/ext4/journal.html */
#ifndef EXT4_JOURNAL_H
#define EXT4_JOURNAL_H

#include "ext4.h"

enum { JBD2_DESCRIPTOR = 1, JBD2_COMMIT = 2, JBD2_SUPER_V1 = 3, JBD2_SUPER_V2 = 4, JBD2_REVOKE = 5 };
enum { JBD2_ESCAPED = 1, JBD2_SAME_UUID = 2, JBD2_LAST_TAG = 8 };

struct ext4_journal {
	struct ext4 *fs;
	uint32_t length, first;     /* blocks of the journal; the first of its log */
	uint32_t start, sequence;   /* where the log begins (0: it is empty) and with which transaction */
	uint32_t seed, incompat;
	uint64_t *places;           /* of its blocks in the file system */
	unsigned char *super;       /* its block 0 */
};

/* Null, or what is wrong with it. */
const char *ext4_journal_open(struct ext4 *fs, struct ext4_journal *journal);
/* Writes the superblock of an empty journal of `blocks` blocks, the first of which is at `place`. */
bool ext4_journal_make(struct ext4 *fs, uint64_t place, uint32_t blocks);
void ext4_journal_close(struct ext4_journal *journal);
/* The log is empty from now on, and begins with `sequence`. */
bool ext4_journal_empty(struct ext4_journal *journal, uint32_t sequence);

/* What a walk over the log tells. */
struct ext4_log_event {
	enum { LOG_HEADER, LOG_DATA, LOG_REVOKED, LOG_BAD_MAGIC, LOG_BAD_SEQUENCE, LOG_BAD_CHECKSUM } kind;
	uint32_t at, sequence, type; /* its block of the journal; the transaction (of LOG_BAD_SEQUENCE: the one found); of a header */
	uint64_t block;              /* of the file system: of LOG_DATA and LOG_REVOKED */
	uint32_t flags, checksum;    /* of LOG_DATA's tag */
};
typedef void (*ext4_log_function)(void *context, const struct ext4_log_event *event);
/* From the log's start up to the transaction `end` (0: as far as there are any). Returns the first transaction without a commit. */
uint32_t ext4_journal_walk(struct ext4_journal *journal, uint32_t end, ext4_log_function function, void *context);

/* Writes what is committed to its places and empties the log. Null, or what is wrong. */
const char *ext4_journal_replay(struct ext4_journal *journal);

#endif
