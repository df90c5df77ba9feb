/* logdump and block: the journal's log, and where the copies of a block are. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "debugfs.h"
#include "ext4-journal.h"
#include "tools.h"

struct dump {
	bool all;         /* what records hold, too */
	bool one;         /* only this block of the file system */
	uint64_t block;
	uint32_t expected; /* the transaction that should come next */
};

static const char *type_name(uint32_t type)
{
	return type == JBD2_DESCRIPTOR ? "descriptor block" : type == JBD2_COMMIT ? "commit block" : "revoke table";
}

static void dump_header(struct dump *dump, const struct ext4_log_event *event)
{
	dump->expected = event->sequence + (event->type == JBD2_COMMIT);
	if (dump->one)
		return;
	printf("Found expected sequence %u, type %u (%s) at block %u\n", event->sequence, event->type, type_name(event->type), event->at);
	if (dump->all && event->type != JBD2_COMMIT)
		printf("Dumping %s block, sequence %u, at block %u:\n", event->type == JBD2_DESCRIPTOR ? "descriptor" : "revoke", event->sequence, event->at);
}

static void dump_event(void *context, const struct ext4_log_event *event)
{
	struct dump *dump = context;
	switch (event->kind) {
	case LOG_HEADER:
		dump_header(dump, event);
		break;
	case LOG_DATA:
		if (dump->one && event->block == dump->block)
			printf("  FS block %llu logged at sequence %u, journal block %u (flags 0x%x)\n", (unsigned long long)event->block, event->sequence, event->at, event->flags);
		else if (dump->all && !dump->one)
			printf("  FS block %llu logged at journal block %u (flags 0x%x)\n", (unsigned long long)event->block, event->at, event->flags);
		break;
	case LOG_REVOKED:
		if (dump->one ? event->block == dump->block : dump->all)
			printf(dump->one ? "  Revoke FS block %llu at sequence %u, journal block %u\n" : "  Revoke FS block %llu\n", (unsigned long long)event->block, event->sequence, event->at);
		break;
	case LOG_BAD_MAGIC:
		printf("No magic number at block %u: end of journal.\n", event->at);
		break;
	case LOG_BAD_SEQUENCE:
		printf("Found sequence %u (not %u) at block %u: end of journal.\n", event->sequence, dump->expected, event->at);
		break;
	case LOG_BAD_CHECKSUM:
		printf("Wrong checksum at block %u: end of journal.\n", event->at);
		break;
	}
}

static bool open_journal(const char *request, struct ext4_journal *journal)
{
	const char *problem = ext4_journal_open(debugged, journal);
	if (problem)
		fprintf(stderr, "%s: %s\n", request, problem);
	return !problem;
}

void run_logdump(int count, char **words)
{
	struct ext4_journal journal;
	struct dump dump = {false, false, 0, 0};
	for (int at = 1; at < count; at++)
		if (strcmp(words[at], "-a") == 0)
			dump.all = true;
		else if (strcmp(words[at], "-b") == 0 && at + 1 < count) {
			dump.one = true;
			dump.block = strtoull(words[++at], NULL, 0);
		} else {
			fprintf(stderr, "logdump: Usage: logdump [-a] [-b<block>]\n");
			return;
		}
	if (!open_journal("logdump", &journal))
		return;
	dump.expected = journal.sequence;
	printf("Journal starts at block %u, transaction %u\n", journal.start, journal.sequence);
	if (journal.start)
		ext4_journal_walk(&journal, 0, dump_event, &dump);
	ext4_journal_close(&journal);
}

struct copies {
	uint64_t block;
	uint32_t last, at, revoked; /* the youngest transaction with it (0: none), where; the youngest that revoked it */
};

static void note_copy(void *context, const struct ext4_log_event *event)
{
	struct copies *copies = context;
	if (event->block != copies->block)
		return;
	if (event->kind == LOG_DATA) {
		copies->last = event->sequence;
		copies->at = event->at;
	} else if (event->kind == LOG_REVOKED)
		copies->revoked = event->sequence;
}

/* Which bytes a copy begins with, and a sum over all of them. */
static void show_copy(const char *where, const unsigned char *bytes)
{
	enum { SHOWN = 16 };
	printf("%-6s crc32c 0x%08x ", where, ext4_crc32c(~0u, bytes, debugged->block_size));
	for (int i = 0; i < SHOWN; i++)
		printf(" %02x", bytes[i]);
	putchar('\n');
}

/* The line of the mounted file system's cache about the block: /proc/fs/ext4/DEVICE/blocks. */
static void show_cached(uint64_t block)
{
	struct stat status;
	char line[160], *device = strrchr(debugged->path, '/');
	char *path = format_text("/proc/fs/ext4/%s/blocks", device ? device + 1 : debugged->path);
	FILE *file = stat(debugged->path, &status) == 0 && S_ISBLK(status.st_mode) ? fopen(path, "r") : NULL;
	bool found = false;
	while (file && fgets(line, sizeof line, file))
		if (isdigit((unsigned char)*line) && strtoull(line, NULL, 10) == block) {
			printf("cache  %s", line + strcspn(line, " ") + 1);
			found = true;
		}
	if (!found)
		printf("cache  none%s\n", file ? "" : " (not mounted)");
	if (file)
		fclose(file);
	free(path);
}

void run_block(int count, char **words)
{
	struct ext4_journal journal;
	uint64_t block = strtoull(words[1], NULL, 0);
	unsigned char *bytes = allocate(debugged->block_size);
	(void)count;
	show_cached(block);
	if (ext4_has(debugged, EXT4_COMPAT, EXT4_HAS_JOURNAL) && open_journal("block", &journal)) {
		struct copies copies = {.block = block};
		uint32_t end = journal.start ? ext4_journal_walk(&journal, 0, note_copy, &copies) : 0;
		if (copies.last && copies.last != end && ext4_read(debugged, journal.places[copies.at], bytes)) {
			show_copy("log", bytes);
			printf("       journal block %u, transaction %u%s\n", copies.at, copies.last, copies.revoked && (int32_t)(copies.revoked - copies.last) >= 0 ? ", revoked" : "");
		} else
			printf("log    none\n");
		ext4_journal_close(&journal);
	} else
		printf("log    none (no journal)\n");
	if (ext4_read(debugged, block, bytes))
		show_copy("home", bytes);
	else
		fprintf(stderr, "block: %llu is beyond the file system\n", (unsigned long long)block);
	free(bytes);
}
