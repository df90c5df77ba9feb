/* Prefix codes of limited length, and the tables of DEFLATE. */
#include <stdlib.h>
#include <string.h>

#include "gzip.h"

const uint16_t gzip_length_base[29] = {3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
const uint8_t gzip_length_extra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
const uint16_t gzip_distance_base[30] = {1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
const uint8_t gzip_distance_extra[30] = {0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};
const uint8_t gzip_code_order[GZIP_LENGTH_CODES] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

struct node {
	uint64_t count;
	int symbol; /* -1: made of two others */
	int parent;
};

static int by_count(const void *a, const void *b)
{
	const struct node *left = a, *right = b;
	if (left->count != right->count)
		return left->count < right->count ? -1 : 1;
	return left->symbol - right->symbol;
}

/* Leaves in order of count and a queue of inner nodes, whose counts only grow: the two smallest are at the heads. */
static void build_tree(struct node *nodes, int leaves)
{
	int leaf = 0, inner = leaves, made = leaves;
	for (; made < 2 * leaves - 1; made++) {
		nodes[made] = (struct node){0, -1, -1};
		for (int i = 0; i < 2; i++) {
			bool takes_leaf = leaf < leaves && (inner >= made || nodes[leaf].count <= nodes[inner].count);
			int child = takes_leaf ? leaf++ : inner++;
			nodes[made].count += nodes[child].count;
			nodes[child].parent = made;
		}
	}
}

/* Codes that are too long become shorter; others longer until the code is a prefix code again (Kraft's sum is at most 1). */
static void limit_lengths(uint8_t *depths, int leaves, unsigned limit)
{
	uint32_t sum = 0, whole = 1u << limit;
	for (int i = 0; i < leaves; i++) {
		if (depths[i] > limit)
			depths[i] = (uint8_t)limit;
		sum += whole >> depths[i];
	}
	/* Rare symbols first: depths fall from the first leaf on. */
	for (int i = 0; sum > whole; i = (i + 1) % leaves) {
		if (depths[i] >= limit)
			continue;
		sum -= whole >> (depths[i] + 1);
		depths[i]++;
		i = -1;
	}
	for (int i = leaves - 1; i >= 0; i--)
		while (depths[i] > 1 && sum + (whole >> depths[i]) <= whole) {
			sum += whole >> depths[i];
			depths[i]--;
		}
}

void gzip_code_lengths(const uint32_t *counts, size_t symbols, unsigned limit, uint8_t *lengths)
{
	struct node nodes[2 * GZIP_LITERALS];
	uint8_t depths[GZIP_LITERALS];
	int leaves = 0;
	memset(lengths, 0, symbols);
	for (size_t i = 0; i < symbols; i++)
		if (counts[i])
			nodes[leaves++] = (struct node){counts[i], (int)i, -1};
	if (leaves <= 1) {
		if (leaves)
			lengths[nodes[0].symbol] = 1;
		return;
	}
	qsort(nodes, (size_t)leaves, sizeof *nodes, by_count);
	build_tree(nodes, leaves);
	for (int i = 0; i < leaves; i++) {
		unsigned depth = 0;
		for (int at = i; nodes[at].parent >= 0; at = nodes[at].parent)
			depth++;
		depths[i] = (uint8_t)(depth < 255 ? depth : 255);
	}
	limit_lengths(depths, leaves, limit);
	for (int i = 0; i < leaves; i++)
		lengths[nodes[i].symbol] = depths[i];
}

void gzip_codes(const uint8_t *lengths, size_t symbols, uint16_t *codes)
{
	uint16_t count[GZIP_MAX_BITS + 1] = {0}, next[GZIP_MAX_BITS + 2] = {0};
	for (size_t i = 0; i < symbols; i++)
		count[lengths[i]]++;
	count[0] = 0;
	for (int bits = 1; bits <= GZIP_MAX_BITS; bits++)
		next[bits + 1] = (uint16_t)((next[bits] + count[bits]) << 1);
	for (size_t i = 0; i < symbols; i++) {
		uint16_t code = lengths[i] ? next[lengths[i]]++ : 0, reversed = 0;
		for (int bit = 0; bit < lengths[i]; bit++)
			reversed = (uint16_t)(reversed << 1 | (code >> bit & 1));
		codes[i] = reversed;
	}
}

/* CRC-32 of RFC 1952; tables[n] is what a byte does with n bytes behind it, so that eight of them go at once. */
void gzip_sum_add(struct gzip_sum *sum, const unsigned char *bytes, size_t length)
{
	static uint32_t tables[8][256];
	if (!tables[0][1]) {
		for (uint32_t i = 0; i < 256; i++) {
			tables[0][i] = i;
			for (int bit = 0; bit < 8; bit++)
				tables[0][i] = tables[0][i] >> 1 ^ (tables[0][i] & 1 ? 0xedb88320u : 0);
		}
		for (uint32_t i = 0; i < 256; i++)
			for (int n = 1; n < 8; n++)
				tables[n][i] = tables[n - 1][i] >> 8 ^ tables[0][tables[n - 1][i] & 255];
	}
	uint32_t crc = ~sum->crc;
	const unsigned char *at = bytes, *end = bytes + length;
	for (; at < end && (uintptr_t)at % 8; at++)
		crc = tables[0][(crc ^ *at) & 255] ^ crc >> 8;
	for (; end - at >= 8; at += 8) {
		uint64_t eight;
		memcpy(&eight, __builtin_assume_aligned(at, 8), sizeof eight);
		eight ^= crc;
		crc = 0;
#pragma GCC unroll 8
		for (int n = 0; n < 8; n++)
			crc ^= tables[7 - n][eight >> 8 * n & 255];
	}
	for (; at < end; at++)
		crc = tables[0][(crc ^ *at) & 255] ^ crc >> 8;
	sum->crc = ~crc;
	sum->length += length;
}
