/*
 * A directory whose blocks or index are wrong is written anew, into the blocks that it has: with an index where it had one (leaves by the
 * order of the hashes, nodes above them), else as a plain list. Linux: fs/ext4/namei.c, "htree".
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "e2fsck.h"
#include "tools.h"

enum { HEADER = 8, TAIL_BYTES = 12, TAIL_TYPE = 0xde, DOT_BYTES = 12, TYPE_DIRECTORY = 2, UNSIGNED_NAMES = 2, TEA = 2, UNSIGNED = 3 };
enum { ROOT_AT = 32, NODE_AT = 8, INFO_AT = 24, INFO_BYTES = 8, INDEX_ENTRY = 8 };

struct name {
	uint32_t inode, hash;
	uint8_t length, type;
	size_t order;
	char text[255];
};

struct folder {
	struct check *check;
	struct ext4 *fs;
	struct ext4_inode inode;
	uint32_t number, parent, seed;
	size_t end; /* of the entries of a leaf */
	struct name *names;
	size_t count, room;
	uint64_t *places; /* of its blocks */
	uint32_t blocks;
};

static size_t entry_bytes(size_t length)
{
	return (HEADER + length + 3) & ~(size_t)3;
}

static bool is_name(const struct check *check, const unsigned char *entry, size_t left)
{
	uint32_t inode;
	memcpy(&inode, entry, sizeof inode);
	size_t length = left > HEADER ? entry[6] : 0;
	return length > 0 && HEADER + length <= left && inode > 0 && inode <= check->fs->super.inodes && ext4_bit(check->used_inodes, inode) && !memchr(entry + HEADER, 0, length) && !memchr(entry + HEADER, '/', length);
}

static void add_name(struct folder *folder, const unsigned char *entry)
{
	struct name name = {.length = entry[6], .order = folder->count};
	memcpy(&name.inode, entry, sizeof name.inode);
	memcpy(name.text, entry + HEADER, name.length);
	name.type = ext4_has(folder->fs, EXT4_INCOMPAT, EXT4_FILETYPE) ? folder->check->types[name.inode] : 0;
	if (name.length <= 2 && memcmp(name.text, "..", name.length) == 0) {
		if (name.length == 2 && folder->parent == 0)
			folder->parent = name.inode;
		return;
	}
	if (folder->count == folder->room) {
		folder->room = folder->room ? folder->room * 2 : 64;
		folder->names = reallocate(folder->names, folder->room * sizeof *folder->names);
	}
	folder->names[folder->count++] = name;
}

/* A record with an impossible length ends where its name ends, if a whole one follows there. */
static void salvage(struct folder *folder, const unsigned char *block)
{
	size_t size = folder->fs->block_size;
	bool is_sure = true;
	for (size_t at = 0; at + HEADER <= size;) {
		uint32_t inode;
		uint16_t record;
		memcpy(&inode, block + at, sizeof inode);
		memcpy(&record, block + at + 4, sizeof record);
		size_t step = size == 65536 && (record == 0 || record == 0xffff) ? size : record;
		bool is_whole = step >= HEADER && step % 4 == 0 && at + step <= size && HEADER + (size_t)block[at + 6] <= step;
		if (!is_whole && !is_sure)
			return;
		bool named = inode != 0 && is_name(folder->check, block + at, size - at);
		if (named)
			add_name(folder, block + at);
		if (!is_whole && !named)
			return;
		is_sure = is_whole;
		at += is_whole ? step : entry_bytes(block[at + 6]);
	}
}

static bool read_run(void *context, const struct ext4_run *run)
{
	struct folder *folder = context;
	if (run->level > 0)
		return true;
	unsigned char *block = allocate(folder->fs->block_size);
	for (uint32_t i = 0; i < run->length; i++) {
		folder->places = reallocate(folder->places, (folder->blocks + 1) * sizeof *folder->places);
		folder->places[folder->blocks++] = run->physical + i;
		if (ext4_read(folder->fs, run->physical + i, block))
			salvage(folder, block);
	}
	free(block);
	return true;
}

static int by_text(const void *left, const void *right)
{
	const struct name *a = left, *b = right;
	int order = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);
	if (order == 0)
		order = (a->length > b->length) - (a->length < b->length);
	return order ? order : (a->order > b->order) - (a->order < b->order);
}

static int by_order(const void *left, const void *right)
{
	const struct name *a = left, *b = right;
	return (a->order > b->order) - (a->order < b->order);
}

static int by_hash(const void *left, const void *right)
{
	const struct name *a = left, *b = right;
	return a->hash == b->hash ? by_order(left, right) : a->hash > b->hash ? 1 : -1;
}

/* Of two with one name the first stays. */
static void drop_doubles(struct folder *folder)
{
	size_t kept = 0;
	if (folder->count == 0)
		return;
	qsort(folder->names, folder->count, sizeof *folder->names, by_text);
	for (size_t i = 0; i < folder->count; i++) {
		const struct name *name = &folder->names[i], *last = kept ? &folder->names[kept - 1] : NULL;
		if (!last || last->length != name->length || memcmp(last->text, name->text, name->length) != 0)
			folder->names[kept++] = *name;
	}
	folder->count = kept;
	qsort(folder->names, folder->count, sizeof *folder->names, by_order);
}

static void put_entry(unsigned char *at, uint32_t inode, size_t record, const char *text, uint8_t length, uint8_t type)
{
	uint16_t bytes = (uint16_t)record;
	memcpy(at, &inode, sizeof inode);
	memcpy(at + 4, &bytes, sizeof bytes);
	at[6] = length;
	at[7] = type;
	memcpy(at + HEADER, text, length);
}

static bool put_block(struct folder *folder, uint32_t logical, unsigned char *block, bool is_leaf)
{
	if (is_leaf && ext4_has_checksums(folder->fs))
		put_entry(block + folder->end, 0, TAIL_BYTES, "", 0, TAIL_TYPE);
	return seal_block(folder->fs, folder->seed, block, logical) && ext4_write(folder->fs, folder->places[logical], block);
}

static void put_dots(const struct folder *folder, unsigned char *block, size_t rest)
{
	uint8_t type = ext4_has(folder->fs, EXT4_INCOMPAT, EXT4_FILETYPE) ? TYPE_DIRECTORY : 0;
	put_entry(block, folder->number, DOT_BYTES, ".", 1, type);
	put_entry(block + DOT_BYTES, folder->parent ? folder->parent : EXT4_ROOT_INODE, rest, "..", 2, type);
}

/* Writes names [first, first + count) as a leaf whose first `at` bytes are taken; `last` is where the entry before them begins. */
static bool put_leaf(struct folder *folder, uint32_t logical, unsigned char *block, size_t at, size_t last, size_t first, size_t count)
{
	for (size_t i = first; i < first + count; i++) {
		const struct name *name = &folder->names[i];
		last = at;
		put_entry(block + at, name->inode, entry_bytes(name->length), name->text, name->length, name->type);
		at += entry_bytes(name->length);
	}
	uint16_t record = (uint16_t)(folder->end - last);
	memcpy(block + last + 4, &record, sizeof record);
	return put_block(folder, logical, block, true);
}

static bool write_list(struct folder *folder)
{
	size_t next = 0;
	bool ok = folder->blocks > 0;
	unsigned char *block = allocate(folder->fs->block_size);
	for (uint32_t logical = 0; ok && logical < folder->blocks; logical++) {
		size_t at = logical == 0 ? 2 * DOT_BYTES : 0, first = next, bytes = at;
		memset(block, 0, folder->fs->block_size);
		if (logical == 0)
			put_dots(folder, block, DOT_BYTES);
		for (; next < folder->count && bytes + entry_bytes(folder->names[next].length) <= folder->end; next++)
			bytes += entry_bytes(folder->names[next].length);
		ok = put_leaf(folder, logical, block, at, logical == 0 ? DOT_BYTES : 0, first, next - first);
	}
	free(block);
	return ok && next == folder->count;
}

struct branch {
	uint32_t hash, block;
};

/* An index of `count` branches at byte `at` of a block; what is before them is there. */
static bool put_index(struct folder *folder, uint32_t logical, unsigned char *block, size_t at, const struct branch *branches, size_t count)
{
	uint16_t words[2] = {(uint16_t)((folder->fs->block_size - at - (ext4_has_checksums(folder->fs) ? 8 : 0)) / INDEX_ENTRY), (uint16_t)count};
	for (size_t i = 0; i < count; i++) {
		memcpy(block + at + i * INDEX_ENTRY, &branches[i].hash, sizeof branches[i].hash);
		memcpy(block + at + i * INDEX_ENTRY + 4, &branches[i].block, sizeof branches[i].block);
	}
	memcpy(block + at, words, sizeof words);
	return put_block(folder, logical, block, false);
}

/* Deals the names, which are in the order of their hashes, to `leaves` blocks from `from` on; false: one of them would be too full, or empty. */
static bool deal(const struct folder *folder, struct branch *branches, size_t *starts, uint32_t leaves, uint32_t from)
{
	size_t total = 0, dealt = 0, next = 0;
	for (size_t i = 0; i < folder->count; i++)
		total += entry_bytes(folder->names[i].length);
	for (uint32_t leaf = 0; leaf < leaves; leaf++) {
		size_t bytes = 0, aim = total / leaves * (leaf + 1) + total % leaves * (leaf + 1) / leaves, first = next;
		for (; next < folder->count && (next == first || dealt + bytes + entry_bytes(folder->names[next].length) <= aim || leaf + 1 == leaves); next++)
			bytes += entry_bytes(folder->names[next].length);
		if (next == first || bytes > folder->end)
			return false;
		dealt += bytes;
		starts[leaf] = first;
		uint32_t hash = folder->names[first].hash;
		branches[leaf] = (struct branch){hash | (leaf > 0 && folder->names[first - 1].hash == hash), from + leaf};
	}
	starts[leaves] = next;
	return next == folder->count;
}

static bool write_index(struct folder *folder)
{
	const struct ext4 *fs = folder->fs;
	uint32_t tail = ext4_has_checksums(fs) ? 8 : 0, in_root = (fs->block_size - ROOT_AT - tail) / INDEX_ENTRY, in_node = (fs->block_size - NODE_AT - tail) / INDEX_ENTRY;
	uint32_t rest = folder->blocks - 1, nodes = rest <= in_root ? 0 : (rest + in_node) / (in_node + 1), leaves = rest - nodes;
	int version = fs->super.hash_version;
	if (leaves == 0 || nodes > in_root || version > TEA)
		return false;
	for (size_t i = 0; i < folder->count; i++)
		ext4_name_hash(fs, version + (fs->super.flags & UNSIGNED_NAMES ? UNSIGNED : 0), folder->names[i].text, folder->names[i].length, &folder->names[i].hash);
	qsort(folder->names, folder->count, sizeof *folder->names, by_hash);
	struct branch *branches = allocate((leaves + 1) * sizeof *branches), *top = allocate((nodes + 1) * sizeof *top);
	size_t *starts = allocate((leaves + 1) * sizeof *starts);
	unsigned char *block = allocate(fs->block_size);
	bool ok = deal(folder, branches, starts, leaves, 1 + nodes);
	for (uint32_t leaf = 0; ok && leaf < leaves; leaf++) {
		memset(block, 0, fs->block_size);
		ok = put_leaf(folder, 1 + nodes + leaf, block, 0, 0, starts[leaf], starts[leaf + 1] - starts[leaf]);
	}
	for (uint32_t node = 0; ok && node < nodes; node++) {
		uint32_t first = (uint32_t)((uint64_t)leaves * node / nodes), end = (uint32_t)((uint64_t)leaves * (node + 1) / nodes);
		memset(block, 0, fs->block_size);
		put_entry(block, 0, fs->block_size, "", 0, 0);
		top[node] = (struct branch){branches[first].hash, 1 + node};
		ok = put_index(folder, 1 + node, block, NODE_AT, branches + first, end - first);
	}
	if (ok) {
		memset(block, 0, fs->block_size);
		put_dots(folder, block, fs->block_size - DOT_BYTES);
		block[INFO_AT + 4] = (unsigned char)version;
		block[INFO_AT + 5] = INFO_BYTES;
		block[INFO_AT + 6] = nodes > 0;
		ok = put_index(folder, 0, block, ROOT_AT, nodes ? top : branches, nodes ? nodes : leaves);
	}
	free(branches);
	free(top);
	free(starts);
	free(block);
	return ok;
}

bool rebuild_directory(struct check *check, uint32_t number)
{
	struct ext4 *fs = check->fs;
	static struct folder folder;
	const char *reason;
	folder = (struct folder){.check = check, .fs = fs, .number = number, .end = fs->block_size - (ext4_has_checksums(fs) ? TAIL_BYTES : 0)};
	bool ok = ext4_read_inode(fs, number, &folder.inode) && !(folder.inode.flags & EXT4_INLINE_FLAG) && ext4_walk(fs, number, &folder.inode, read_run, &folder, &reason);
	if (ok) {
		folder.seed = ext4_inode_seed(fs, number, folder.inode.generation);
		drop_doubles(&folder);
		bool is_indexed = folder.inode.flags & EXT4_INDEX_FLAG && ext4_has(fs, EXT4_COMPAT, EXT4_DIR_INDEX) && write_index(&folder);
		if (!is_indexed) {
			folder.inode.flags &= ~(uint32_t)EXT4_INDEX_FLAG;
			if (folder.count)
				qsort(folder.names, folder.count, sizeof *folder.names, by_order);
			ok = write_list(&folder) && store_inode(fs, number, &folder.inode);
		}
	}
	free(folder.names);
	free(folder.places);
	return ok;
}
