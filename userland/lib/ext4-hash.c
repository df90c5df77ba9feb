/* Hashes of names in the index of a directory: the legacy one, half MD4 and TEA. Linux: fs/ext4/hash.c. */
#include "ext4.h"

#include <string.h>

enum { LEGACY, HALF_MD4, TEA, UNSIGNED };

static int character(const unsigned char *name, size_t at, bool is_unsigned)
{
	return is_unsigned ? name[at] : (signed char)name[at];
}

static uint32_t legacy(const unsigned char *name, size_t length, bool is_unsigned)
{
	uint32_t previous = 0x37abe8f9, hash = 0x12a3fe2d;
	for (size_t at = 0; at < length; at++) {
		uint32_t next = previous + (hash ^ (uint32_t)(character(name, at, is_unsigned) * 7152373));
		if (next & 0x80000000)
			next -= 0x7fffffff;
		previous = hash;
		hash = next;
	}
	return hash << 1;
}

/* `count` words of the name, big-endian; what is missing is filled up with its length. */
static void words_of(const unsigned char *name, size_t length, uint32_t *words, int count, bool is_unsigned)
{
	uint32_t pad = (uint32_t)length | (uint32_t)length << 8, value;
	pad |= pad << 16;
	size_t used = length < (size_t)count * 4 ? length : (size_t)count * 4;
	value = pad;
	for (int i = 0; i < count; i++)
		words[i] = pad;
	for (size_t at = 0; at < used; at++) {
		value = (uint32_t)character(name, at, is_unsigned) + (value << 8);
		words[at / 4] = value;
		if (at % 4 == 3)
			value = pad;
	}
}

static void tea(uint32_t state[4], const uint32_t key[4])
{
	uint32_t left = state[0], right = state[1], sum = 0;
	for (int round = 0; round < 16; round++) {
		sum += 0x9e3779b9;
		left += ((right << 4) + key[0]) ^ (right + sum) ^ ((right >> 5) + key[1]);
		right += ((left << 4) + key[2]) ^ (left + sum) ^ ((left >> 5) + key[3]);
	}
	state[0] += left;
	state[1] += right;
}

static uint32_t mix(int round, uint32_t x, uint32_t y, uint32_t z)
{
	if (round == 0)
		return z ^ (x & (y ^ z));
	return round == 1 ? (x & y) + ((x ^ y) & z) : x ^ y ^ z;
}

static void half_md4(uint32_t state[4], const uint32_t words[8])
{
	static const uint8_t order[3][8] = {{0, 1, 2, 3, 4, 5, 6, 7}, {1, 3, 5, 7, 0, 2, 4, 6}, {3, 7, 2, 6, 1, 5, 0, 4}};
	static const uint8_t shifts[3][4] = {{3, 7, 11, 19}, {3, 5, 9, 13}, {3, 9, 11, 15}};
	static const uint32_t constants[3] = {0, 0x5a827999, 0x6ed9eba1};
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 8; i++) {
			uint32_t sum = a + mix(round, b, c, d) + words[order[round][i]] + constants[round], shift = shifts[round][i % 4];
			/* The four take turns: what was d is computed next. */
			a = d;
			d = c;
			c = b;
			b = sum << shift | sum >> (32 - shift);
		}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

bool ext4_name_hash(const struct ext4 *fs, int version, const char *name, size_t length, uint32_t *hash)
{
	static const uint32_t initial[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}, none[4];
	const unsigned char *bytes = (const unsigned char *)name;
	bool is_unsigned = version >= UNSIGNED;
	uint32_t state[4], words[8];
	memcpy(state, memcmp(fs->super.hash_seed, none, sizeof none) ? fs->super.hash_seed : initial, sizeof state);
	switch (version % UNSIGNED) {
	case LEGACY:
		*hash = legacy(bytes, length, is_unsigned);
		break;
	case HALF_MD4:
		for (size_t at = 0; at < length; at += 32) {
			words_of(bytes + at, length - at, words, 8, is_unsigned);
			half_md4(state, words);
		}
		*hash = state[1];
		break;
	default:
		for (size_t at = 0; at < length; at += 16) {
			words_of(bytes + at, length - at, words, 4, is_unsigned);
			tea(state, words);
		}
		*hash = state[0];
	}
	*hash &= ~1u;
	if (*hash == 0xfffffffe)
		*hash -= 2;
	return version <= TEA + UNSIGNED;
}
