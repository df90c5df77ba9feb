/* The index of a directory: its nodes, and whether each name is where its hash says. Linux: fs/ext4/namei.c, "htree". */
#include <stdlib.h>
#include <string.h>

#include "e2fsck.h"
#include "htree.h"
#include "tools.h"

enum { ROOT_AT = 32, NODE_AT = 8, INFO_AT = 24, INFO_BYTES = 8, MAX_LEVELS = 3, ENTRY_BYTES = 8, NAME_AT = 8, BLOCK_MASK = 0x0fffffff };

struct htree_block {
	enum { MISSING, LEAF, NODE } kind;
	uint32_t from, to;   /* what the index says of its hashes, both inclusive */
	uint32_t least, most; /* which it has */
	uint32_t references, parent;
};

void htree_begin(struct htree *htree, struct check *check, uint32_t number, uint64_t blocks)
{
	*htree = (struct htree){.check = check, .number = number, .count = (uint32_t)(blocks < BLOCK_MASK ? blocks : BLOCK_MASK)};
	htree->blocks = allocate(((size_t)htree->count + 1) * sizeof *htree->blocks);
	memset(htree->blocks, 0, ((size_t)htree->count + 1) * sizeof *htree->blocks);
}

static void wrong(struct htree *htree, const char *what)
{
	htree->is_wrong |= fixable(htree->check, "Problem in HTREE directory inode %u: %s.", htree->number, what);
}

/* The entries of an index, from `at` on. */
static void read_index(struct htree *htree, uint32_t self, const unsigned char *block, uint32_t at)
{
	const struct ext4 *fs = htree->check->fs;
	uint16_t limit, count;
	uint32_t room = (fs->block_size - at - (ext4_has_checksums(fs) ? 8 : 0)) / ENTRY_BYTES, previous = 0;
	memcpy(&limit, block + at, sizeof limit);
	memcpy(&count, block + at + 2, sizeof count);
	if (limit != room || count == 0 || count > limit) {
		wrong(htree, "a node is invalid");
		return;
	}
	struct htree_block *last = NULL;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t hash = 0, child;
		if (i > 0)
			memcpy(&hash, block + at + i * ENTRY_BYTES, sizeof hash);
		hash &= ~1u;
		memcpy(&child, block + at + i * ENTRY_BYTES + 4, sizeof child);
		child &= BLOCK_MASK;
		if (child >= htree->count || child == 0 || hash < previous) {
			wrong(htree, "a node is invalid");
			return;
		}
		if (last)
			last->to = hash;
		last = &htree->blocks[child];
		last->from = hash;
		last->to = ~1u;
		last->references++;
		last->parent = self;
		previous = hash;
	}
	struct htree_block *own = &htree->blocks[self];
	uint32_t second = 0;
	if (count > 1)
		memcpy(&second, block + at + ENTRY_BYTES, sizeof second);
	own->least = count > 1 ? second & ~1u : ~0u;
	own->most = previous;
}

static void read_leaf(struct htree *htree, struct htree_block *leaf, const unsigned char *block)
{
	const struct ext4 *fs = htree->check->fs;
	leaf->kind = LEAF;
	leaf->least = ~0u;
	for (uint32_t at = 0; at + NAME_AT <= fs->block_size;) {
		uint32_t inode, hash;
		uint16_t record;
		memcpy(&inode, block + at, sizeof inode);
		memcpy(&record, block + at + 4, sizeof record);
		uint32_t step = record == 0 || record == 0xffff ? fs->block_size : record, length = block[at + 6];
		if (step < NAME_AT || at + step > fs->block_size || NAME_AT + length > step)
			return;
		if (inode != 0 && ext4_name_hash(fs, htree->version, (const char *)block + at + NAME_AT, length, &hash)) {
			leaf->least = hash < leaf->least ? hash : leaf->least;
			leaf->most = hash > leaf->most ? hash : leaf->most;
		}
		at += step;
	}
}

void htree_block(struct htree *htree, uint64_t logical, const unsigned char *block)
{
	enum { UNSIGNED_NAMES = 2, TEA = 2, UNSIGNED = 3 };
	const struct ext4 *fs = htree->check->fs;
	uint32_t first_inode;
	uint16_t first_record, limit;
	memcpy(&first_inode, block, sizeof first_inode);
	memcpy(&first_record, block + 4, sizeof first_record);
	memcpy(&limit, block + NODE_AT, sizeof limit);
	if (logical >= htree->count)
		return;
	struct htree_block *at = &htree->blocks[logical];
	if (logical == 0) {
		if (block[INFO_AT + 5] != INFO_BYTES || block[INFO_AT + 4] > 6 || block[INFO_AT + 6] > MAX_LEVELS || memcmp(block + INFO_AT, "\0\0\0\0", 4) != 0) {
			wrong(htree, "its root is invalid");
			return;
		}
		htree->version = block[INFO_AT + 4];
		if (htree->version <= TEA && fs->super.flags & UNSIGNED_NAMES)
			htree->version += UNSIGNED;
		htree->depth = block[INFO_AT + 6] + 1;
		htree->usable = true;
		*at = (struct htree_block){.kind = NODE, .references = 1, .to = ~1u};
		read_index(htree, 0, block, ROOT_AT);
	} else if (first_inode == 0 && first_record == fs->block_size && block[6] == 0 && limit == (fs->block_size - NODE_AT - (ext4_has_checksums(fs) ? 8 : 0)) / ENTRY_BYTES) {
		at->kind = NODE;
		read_index(htree, (uint32_t)logical, block, NODE_AT);
	} else
		read_leaf(htree, at, block);
}

static uint32_t depth_of(const struct htree *htree, uint32_t number)
{
	uint32_t depth = 0;
	for (; number != 0 && depth <= MAX_LEVELS + 1; depth++)
		number = htree->blocks[number].parent;
	return depth;
}

void htree_end(struct htree *htree)
{
	for (uint32_t number = 1; htree->usable && number < htree->count; number++) {
		const struct htree_block *at = &htree->blocks[number];
		if (at->references != 1)
			wrong(htree, at->references ? "a block is referenced twice" : "a block is not referenced");
		else if (at->kind == LEAF && depth_of(htree, number) != htree->depth)
			wrong(htree, "a block has an invalid depth");
		else if (at->least < at->from)
			wrong(htree, "a block has an invalid minimum hash");
		else if (at->most > at->to)
			wrong(htree, "a block has an invalid maximum hash");
	}
	free(htree->blocks);
}
