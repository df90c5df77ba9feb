/* The check of one directory's index. */
#ifndef E2FSCK_HTREE_H
#define E2FSCK_HTREE_H

#include "e2fsck.h"

struct htree {
	struct check *check;
	uint32_t number, count, depth; /* the directory; its blocks; levels of the index */
	int version;                   /* of the hash */
	bool is_wrong;                 /* and may be repaired */
	bool usable;                   /* its root made sense */
	struct htree_block *blocks;
};

void htree_begin(struct htree *htree, struct check *check, uint32_t number, uint64_t blocks);
/* A block of it, in any order. */
void htree_block(struct htree *htree, uint64_t logical, const unsigned char *block);
/* What only all blocks together tell. */
void htree_end(struct htree *htree);

#endif
