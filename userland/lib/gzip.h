/* DEFLATE compressed data, RFC 1951, and the gzip format around it, RFC 1952. */
#ifndef GZIP_H
#define GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { GZIP_WINDOW = 32768, GZIP_MAX_BITS = 15, GZIP_LITERALS = 288, GZIP_DISTANCES = 30, GZIP_LENGTH_CODES = 19, GZIP_END = 256 };

/* Of length symbols 257 to 285 and distance symbols 0 to 29: the smallest value, and how many bits are added to it. */
extern const uint16_t gzip_length_base[29], gzip_distance_base[30];
extern const uint8_t gzip_length_extra[29], gzip_distance_extra[30];
/* The order in which lengths of code length codes are stored. */
extern const uint8_t gzip_code_order[GZIP_LENGTH_CODES];

/* gzip-huffman.c: code lengths of at most `limit` bits for the symbols with these counts. */
void gzip_code_lengths(const uint32_t *counts, size_t symbols, unsigned limit, uint8_t *lengths);
/* Canonical codes of these lengths, first bit lowest. */
void gzip_codes(const uint8_t *lengths, size_t symbols, uint16_t *codes);

/* CRC-32 of the uncompressed data and its length, as it goes on. */
struct gzip_sum {
	uint32_t crc;
	uint64_t length;
};
void gzip_sum_add(struct gzip_sum *sum, const unsigned char *bytes, size_t length);

/* gzip-deflate.c: compresses all of `in`; level 1 (quick) to 9 (small). False with errno of reading or writing. */
bool gzip_deflate(FILE *in, FILE *out, int level, struct gzip_sum *sum);

struct gzip_header {
	uint32_t time;
	char name[256];
};

/* gzip-format.c: a member; `name` may be null. False with errno. */
bool gzip_compress(FILE *in, FILE *out, const char *name, uint32_t time, int level, struct gzip_sum *sum);
/* Null: a member follows. Else what is wrong; "" at the end of the file. */
const char *gzip_read_header(FILE *in, struct gzip_header *header);
/* All members of a file. A header whose time is UINT32_MAX was read before. Null, or what is wrong. */
const char *gzip_expand(FILE *in, FILE *out, struct gzip_header *header, struct gzip_sum *sum);

/* gzip-inflate.c: one DEFLATE stream; stops right behind it. Null, or what is wrong. `out` may be null. */
const char *gzip_inflate(FILE *in, FILE *out, struct gzip_sum *sum);

#endif
