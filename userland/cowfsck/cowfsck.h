/* The parts of cowfsck. Layout: src/fs/cowfs. */
#ifndef COWFSCK_H
#define COWFSCK_H

#include <stdbool.h>
#include <stdint.h>

enum { BLOCK = 4096, SECTOR = 512, BLOCK_SECTORS = 8, MAGIC_BYTES = 8, SLOTS = 2, POINTER = 32, POINTERS = BLOCK / POINTER, RECORD = 256, RECORDS = BLOCK / RECORD };
enum { MAX_HEIGHT = 5, MAX_SNAPSHOTS = 30, ENCRYPTED = 1, COMPRESSED = 1, ROOT = 1, ENTRY = 6, CHECKSUM_AT = 4092, LIVE_AT = 64, COUNT_AT = 112, SNAPSHOTS_AT = 128, SNAPSHOT = 128 };
enum { BACK = 1, DAMAGED = 4, FAILED = 8 };

struct pointer {
	uint32_t sector, checksum;
	unsigned bytes, flags;
};

/* What is known of a run of sectors, by its first one. */
struct run {
	uint8_t sectors, height; /* 0: none begins here */
	uint8_t version;         /* in whose tree of inodes it is */
	bool is_inside;          /* another run's */
	uint32_t below;          /* sectors of data under a node */
};

/* What is looked at. */
struct cowfsck_subject {
	int disk;
	const char *name;
	uint64_t sectors;
	struct run *runs;
	const char *version; /* its name */
	unsigned long problems;
};

extern struct cowfsck_subject cowfsck;

static inline uint32_t u32(const unsigned char *at) { return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24; }
static inline uint64_t u64(const unsigned char *at) { return u32(at) | (uint64_t)u32(at + 4) << 32; }

/* Told with the names of the disk and the version, and counted. */
void cowfsck_problem(const char *format, ...) __attribute__((format(printf, 1, 2)));
struct pointer cowfsck_pointer(const unsigned char *at);
unsigned cowfsck_length(struct pointer pointer);
/* The block that it stands for; false, and told, where that cannot be read. */
bool cowfsck_load(struct pointer pointer, unsigned char *block, const char *what);
/* The run is claimed. Null, and told, where it cannot be; is_new: nobody had it. */
struct run *cowfsck_claim(struct pointer pointer, unsigned height, const char *what, bool *is_new);

#endif
