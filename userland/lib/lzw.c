/*
 * Lempel-Ziv-Welch coding as compress(1) writes it: 1f 9d, a byte with the longest code's bits and 0x80 ("codes may be cleared"), then codes
 * of 9 bits and more, lowest bit first. Codes come in groups of eight: where their length changes, or the table is cleared, the rest of the
 * group is padding.
 */
#include "lzw.h"

#include <stdlib.h>
#include <string.h>

enum { MAGIC_BYTES = 3, BLOCK_MODE = 0x80, BITS_MASK = 0x1f, CLEAR = 256, FIRST_FREE = 257, CODES = 1 << LZW_MOST_BITS, SLOTS = 1 << 18, CHECK_EVERY = 10000 };

bool lzw_is_compressed(const char *data, size_t length)
{
	return length >= MAGIC_BYTES && (unsigned char)data[0] == 0x1f && (unsigned char)data[1] == 0x9d;
}

/* Codes on their way out; `group` counts those since their length changed. */
struct writer {
	struct text *out;
	unsigned long pending;
	int pending_bits, width;
	unsigned group;
};

static void put_code(struct writer *writer, unsigned code)
{
	writer->pending |= (unsigned long)code << writer->pending_bits;
	writer->pending_bits += writer->width;
	for (; writer->pending_bits >= 8; writer->pending_bits -= 8, writer->pending >>= 8)
		text_char(writer->out, (char)(writer->pending & 0xff));
	writer->group = (writer->group + 1) % 8;
}

/* Fills the group: no code begins there. */
static void end_group(struct writer *writer)
{
	while (writer->group)
		put_code(writer, 0);
}

static void flush_bits(struct writer *writer)
{
	if (writer->pending_bits > 0)
		text_char(writer->out, (char)(writer->pending & 0xff));
}

/* Prefix and byte to code: open addressing. An entry is the key (prefix * 256 + byte) + 1, or 0 for none. */
struct table {
	unsigned keys[SLOTS];
	unsigned short codes[SLOTS];
};

static unsigned slot_of(const struct table *table, unsigned key)
{
	unsigned slot = (key * 2654435761u) >> 14;
	while (table->keys[slot] && table->keys[slot] != key + 1)
		slot = (slot + 1) % SLOTS;
	return slot;
}

void lzw_compress(const char *data, size_t length, int bits, struct text *result)
{
	const unsigned char *bytes = (const unsigned char *)data;
	const unsigned limit = 1u << bits;
	struct writer writer = {.out = result, .width = LZW_LEAST_BITS};
	text_char(result, (char)0x1f);
	text_char(result, (char)0x9d);
	text_char(result, (char)(BLOCK_MODE | bits));
	if (!length)
		return;
	struct table *table = allocate(sizeof *table);
	memset(table, 0, sizeof *table);
	unsigned next = FIRST_FREE, prefix = bytes[0];
	size_t since = 0, start = result->length;
	double best = 0;
	for (size_t at = 1; at < length; at++) {
		unsigned key = prefix << 8 | bytes[at], slot = slot_of(table, key);
		if (table->keys[slot]) {
			prefix = table->codes[slot];
			continue;
		}
		put_code(&writer, prefix);
		prefix = bytes[at];
		if (next < limit) {
			table->keys[slot] = key + 1;
			table->codes[slot] = (unsigned short)next++;
			/* the reader knows one code less: it changes the length one code later */
			if (next > 1u << writer.width && writer.width < bits) {
				end_group(&writer);
				writer.width++;
			}
		} else if (at - since >= CHECK_EVERY) {
			/* a full table that fits the data less and less is given up */
			double ratio = (double)at / (double)(result->length - start + 1);
			since = at;
			if (ratio >= best) {
				best = ratio;
				continue;
			}
			best = 0;
			put_code(&writer, CLEAR);
			end_group(&writer);
			writer.width = LZW_LEAST_BITS;
			memset(table, 0, sizeof *table);
			next = FIRST_FREE;
		}
	}
	put_code(&writer, prefix);
	flush_bits(&writer);
	free(table);
}

/* Codes on their way in. */
struct reader {
	const unsigned char *bytes;
	size_t bits, at; /* in bits */
	int width;
	size_t group_start;
};

/* -1: there is none any more. */
static long get_code(struct reader *reader)
{
	if (reader->at + (size_t)reader->width > reader->bits)
		return -1;
	unsigned long code = 0;
	for (int i = 0; i < reader->width; i++, reader->at++)
		code |= (unsigned long)(reader->bytes[reader->at / 8] >> (reader->at % 8) & 1) << i;
	return (long)code;
}

/* To the end of the group of eight codes. */
static void skip_group(struct reader *reader)
{
	size_t group = (size_t)reader->width * 8, done = (reader->at - reader->group_start) % group;
	if (done)
		reader->at += group - done;
	reader->group_start = reader->at;
}

const char *lzw_expand(const char *data, size_t length, struct text *result)
{
	static unsigned short prefixes[CODES];
	static unsigned char suffixes[CODES], stack[CODES];
	if (!lzw_is_compressed(data, length))
		return "not in compressed format";
	int bits = data[2] & BITS_MASK;
	bool is_block = data[2] & BLOCK_MODE;
	if (bits < LZW_LEAST_BITS || bits > LZW_MOST_BITS)
		return "compressed with more bits than can be handled";
	struct reader reader = {.bytes = (const unsigned char *)data + MAGIC_BYTES, .bits = (length - MAGIC_BYTES) * 8, .width = LZW_LEAST_BITS};
	unsigned next = is_block ? FIRST_FREE : CLEAR;
	long before = -1;
	unsigned char first = 0;
	for (long code; (code = get_code(&reader)) >= 0;) {
		if (code == CLEAR && is_block) {
			skip_group(&reader);
			reader.width = LZW_LEAST_BITS;
			next = FIRST_FREE;
			before = -1;
			continue;
		}
		if (before < 0 ? code > 255 : code > (long)next || (code == (long)next && next == 1u << bits))
			return "corrupt input";
		size_t depth = 0;
		unsigned at = (unsigned)code;
		if (before >= 0 && code == (long)next) {
			stack[depth++] = first;
			at = (unsigned)before;
		}
		for (; at > 255; at = prefixes[at])
			stack[depth++] = suffixes[at];
		first = (unsigned char)at;
		text_char(result, (char)first);
		while (depth)
			text_char(result, (char)stack[--depth]);
		if (before >= 0 && next < 1u << bits) {
			prefixes[next] = (unsigned short)before;
			suffixes[next++] = first;
		}
		/* the writer makes its next code before the reader can */
		if (next > (1u << reader.width) - 1 && reader.width < bits) {
			skip_group(&reader);
			reader.width++;
		}
		before = code;
	}
	return NULL;
}
