/* Message digests: MD5 (RFC 1321), SHA-1 and SHA-2 (FIPS 180-4). */
#include "digest.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* floor(2^32 |sin(i + 1)|) */
static const uint32_t sines[64] = {
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
	0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
	0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
	0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
	0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
	0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
	0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
	0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

/* Fractions of the cube roots of the first 80 primes; SHA-256 uses their upper halves. */
static const uint64_t roots[80] = {
	0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
	0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
	0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
	0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
	0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
	0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
	0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
	0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
	0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
	0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
	0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
	0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
	0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
	0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
	0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
	0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
	0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
	0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
	0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
	0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};

static uint32_t turn_left(uint32_t value, int count)
{
	return value << count | value >> (32 - count);
}

static uint32_t turn_right(uint32_t value, int count)
{
	return value >> count | value << (32 - count);
}

static uint64_t turn_right_long(uint64_t value, int count)
{
	return value >> count | value << (64 - count);
}

static uint32_t big_word(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void md5_begin(struct digest *digest)
{
	static const uint64_t start[] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
	memcpy(digest->state, start, sizeof start);
}

/* The new value of a, by one of the four functions of RFC 1321, 3.4. */
INLINE uint32_t md5_round(int i, uint32_t a, uint32_t b, uint32_t c, uint32_t d, const uint32_t *word)
{
	static const unsigned char turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
	uint32_t mix;
	int which;
	switch (i / 16) {
	case 0: mix = d ^ (b & (c ^ d)), which = i; break;
	case 1: mix = c ^ (d & (b ^ c)), which = (5 * i + 1) % 16; break;
	case 2: mix = b ^ c ^ d, which = (3 * i + 5) % 16; break;
	default: mix = c ^ (b | ~d), which = 7 * i % 16;
	}
	return b + turn_left(a + mix + sines[i] + word[which], turns[i / 16][i % 4]);
}

static void md5_add(struct digest *digest, const unsigned char *block)
{
	uint32_t word[16], a = (uint32_t)digest->state[0], b = (uint32_t)digest->state[1], c = (uint32_t)digest->state[2], d = (uint32_t)digest->state[3];
	for (int i = 0; i < 16; i++)
		word[i] = __builtin_bswap32(big_word(block + 4 * i));
	for (int i = 0; i < 64; i += 4) {
		a = md5_round(i, a, b, c, d, word);
		d = md5_round(i + 1, d, a, b, c, word);
		c = md5_round(i + 2, c, d, a, b, word);
		b = md5_round(i + 3, b, c, d, a, word);
	}
	digest->state[0] = (uint32_t)(digest->state[0] + a);
	digest->state[1] = (uint32_t)(digest->state[1] + b);
	digest->state[2] = (uint32_t)(digest->state[2] + c);
	digest->state[3] = (uint32_t)(digest->state[3] + d);
}

static void sha1_begin(struct digest *digest)
{
	static const uint64_t start[] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
	memcpy(digest->state, start, sizeof start);
}

/* Of five variables, whose names move on by one; `kind`: which of the four functions of FIPS 180-4, 4.1.1. */
INLINE void sha1_round(uint32_t *v, int turn, int kind, uint32_t input)
{
	uint32_t a = v[(5 - turn) % 5], *b = &v[(6 - turn) % 5], c = v[(7 - turn) % 5], d = v[(8 - turn) % 5], *e = &v[(9 - turn) % 5];
	uint32_t mix = kind == 0 ? d ^ (*b & (c ^ d)) : kind == 2 ? (*b & c) | (d & (*b | c)) : *b ^ c ^ d;
	*e += turn_left(a, 5) + mix + input;
	*b = turn_left(*b, 30);
}

/* Twenty rounds with one function, which is known where this is compiled. */
INLINE void sha1_rounds(uint32_t *v, int kind, uint32_t constant, const uint32_t *word)
{
	for (int i = 0; i < 20; i += 5) {
		sha1_round(v, 0, kind, constant + word[i]);
		sha1_round(v, 1, kind, constant + word[i + 1]);
		sha1_round(v, 2, kind, constant + word[i + 2]);
		sha1_round(v, 3, kind, constant + word[i + 3]);
		sha1_round(v, 4, kind, constant + word[i + 4]);
	}
}

static void sha1_add(struct digest *digest, const unsigned char *block)
{
	uint32_t word[80], v[5];
	for (int i = 0; i < 16; i++)
		word[i] = big_word(block + 4 * i);
	for (int i = 16; i < 80; i++)
		word[i] = turn_left(word[i - 3] ^ word[i - 8] ^ word[i - 14] ^ word[i - 16], 1);
#pragma GCC unroll 5
	for (int i = 0; i < 5; i++)
		v[i] = (uint32_t)digest->state[i];
	sha1_rounds(v, 0, 0x5a827999, word);
	sha1_rounds(v, 1, 0x6ed9eba1, word + 20);
	sha1_rounds(v, 2, 0x8f1bbcdc, word + 40);
	sha1_rounds(v, 3, 0xca62c1d6, word + 60);
#pragma GCC unroll 5
	for (int i = 0; i < 5; i++)
		digest->state[i] = (uint32_t)(digest->state[i] + v[i]);
}

/*
 * The eight working variables stay where they are, and in each round their names move on by one: after eight rounds they
 * are the old ones. The indices are constants, so that they can be registers.
 */
#define EIGHT_ROUNDS(round, v, i, word) \
	round(v, 0, i, word), round(v, 1, i, word), round(v, 2, i, word), round(v, 3, i, word), round(v, 4, i, word), round(v, 5, i, word), round(v, 6, i, word), round(v, 7, i, word)
#define NAMED(v, name, turn) v[(8 + (name) - (turn)) & 7]

INLINE void sha256_round(uint32_t *v, int turn, int at, const uint32_t *word)
{
	uint32_t a = NAMED(v, 0, turn), b = NAMED(v, 1, turn), c = NAMED(v, 2, turn), e = NAMED(v, 4, turn), f = NAMED(v, 5, turn), g = NAMED(v, 6, turn);
	uint32_t s1 = turn_right(e, 6) ^ turn_right(e, 11) ^ turn_right(e, 25), s0 = turn_right(a, 2) ^ turn_right(a, 13) ^ turn_right(a, 22);
	uint32_t first = NAMED(v, 7, turn) + s1 + (g ^ (e & (f ^ g))) + (uint32_t)(roots[at + turn] >> 32) + word[at + turn];
	NAMED(v, 3, turn) += first;
	NAMED(v, 7, turn) = first + s0 + ((a & b) | (c & (a | b)));
}

INLINE void sha512_round(uint64_t *v, int turn, int at, const uint64_t *word)
{
	uint64_t a = NAMED(v, 0, turn), b = NAMED(v, 1, turn), c = NAMED(v, 2, turn), e = NAMED(v, 4, turn), f = NAMED(v, 5, turn), g = NAMED(v, 6, turn);
	uint64_t s1 = turn_right_long(e, 14) ^ turn_right_long(e, 18) ^ turn_right_long(e, 41), s0 = turn_right_long(a, 28) ^ turn_right_long(a, 34) ^ turn_right_long(a, 39);
	uint64_t first = NAMED(v, 7, turn) + s1 + (g ^ (e & (f ^ g))) + roots[at + turn] + word[at + turn];
	NAMED(v, 3, turn) += first;
	NAMED(v, 7, turn) = first + s0 + ((a & b) | (c & (a | b)));
}

static void sha256_begin(struct digest *digest)
{
	static const uint64_t start[] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};
	memcpy(digest->state, start, sizeof start);
}

static void sha224_begin(struct digest *digest)
{
	static const uint64_t start[] = {
		0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4,
	};
	memcpy(digest->state, start, sizeof start);
}

static void sha256_add(struct digest *digest, const unsigned char *block)
{
	uint32_t word[64], v[8];
	for (int i = 0; i < 64; i++) {
		if (i < 16) {
			word[i] = big_word(block + 4 * i);
			continue;
		}
		uint32_t x = word[i - 15], y = word[i - 2];
		word[i] = word[i - 16] + word[i - 7] + (turn_right(x, 7) ^ turn_right(x, 18) ^ x >> 3) + (turn_right(y, 17) ^ turn_right(y, 19) ^ y >> 10);
	}
#pragma GCC unroll 8
	for (int i = 0; i < 8; i++)
		v[i] = (uint32_t)digest->state[i];
	for (int i = 0; i < 64; i += 8)
		EIGHT_ROUNDS(sha256_round, v, i, word);
#pragma GCC unroll 8
	for (int i = 0; i < 8; i++)
		digest->state[i] = (uint32_t)(digest->state[i] + v[i]);
}

static void sha512_begin(struct digest *digest)
{
	static const uint64_t start[] = {
		0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
	0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
	};
	memcpy(digest->state, start, sizeof start);
}

static void sha384_begin(struct digest *digest)
{
	static const uint64_t start[] = {
		0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
	0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4,
	};
	memcpy(digest->state, start, sizeof start);
}

static void sha512_add(struct digest *digest, const unsigned char *block)
{
	uint64_t word[80], v[8];
	for (int i = 0; i < 80; i++) {
		if (i < 16) {
			word[i] = (uint64_t)big_word(block + 8 * i) << 32 | big_word(block + 8 * i + 4);
			continue;
		}
		uint64_t x = word[i - 15], y = word[i - 2];
		word[i] = word[i - 16] + word[i - 7] + (turn_right_long(x, 1) ^ turn_right_long(x, 8) ^ x >> 7) + (turn_right_long(y, 19) ^ turn_right_long(y, 61) ^ y >> 6);
	}
	memcpy(v, digest->state, sizeof v);
	for (int i = 0; i < 80; i += 8)
		EIGHT_ROUNDS(sha512_round, v, i, word);
#pragma GCC unroll 8
	for (int i = 0; i < 8; i++)
		digest->state[i] += v[i];
}

static const struct digest_kind kinds[] = {
	{"md5", "MD5", 64, 16, md5_begin, md5_add}, {"sha1", "SHA1", 64, 20, sha1_begin, sha1_add}, {"sha224", "SHA224", 64, 28, sha224_begin, sha256_add},
	{"sha256", "SHA256", 64, 32, sha256_begin, sha256_add}, {"sha384", "SHA384", 128, 48, sha384_begin, sha512_add}, {"sha512", "SHA512", 128, 64, sha512_begin, sha512_add}};

const struct digest_kind *digest_find(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strncmp(kinds[i].name, name, strlen(kinds[i].name)))
			return &kinds[i];
	return NULL;
}

void digest_begin(struct digest *digest, const struct digest_kind *kind)
{
	*digest = (struct digest){.kind = kind};
	kind->begin(digest);
}

void digest_add(struct digest *digest, const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	size_t size = digest->kind->block, used = digest->length % size;
	digest->length += length;
	while (length) {
		size_t part = size - used < length ? size - used : length;
		memcpy(digest->block + used, at, part);
		at += part;
		length -= part;
		used += part;
		if (used < size)
			return;
		digest->kind->add(digest, digest->block);
		used = 0;
	}
}

void digest_end(struct digest *digest, unsigned char *result)
{
	const struct digest_kind *kind = digest->kind;
	int little = kind->add == md5_add;
	size_t tail = kind->block == 128 ? 16 : 8;
	unsigned char bits[16] = {0}, padding[128] = {0x80};
	for (size_t i = 0; i < 8; i++)
		bits[little ? i : tail - 1 - i] = (unsigned char)(digest->length * 8 >> 8 * i);
	size_t used = digest->length % kind->block, room = kind->block - tail;
	digest_add(digest, padding, used < room ? room - used : kind->block + room - used);
	digest_add(digest, bits, tail);
	size_t width = kind->block == 128 ? 8 : 4;
	for (size_t i = 0; i < kind->size; i++) {
		size_t byte = little ? i % width : width - 1 - i % width;
		result[i] = (unsigned char)(digest->state[i / width] >> 8 * byte);
	}
}
