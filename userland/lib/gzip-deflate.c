/* Compression: matches by chains of places with the same three bytes, one byte of lazy look-ahead, blocks of the smallest of the three kinds. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gzip.h"
#include "tools.h"

enum { HASH_BITS = 15, HASH_SIZE = 1 << HASH_BITS, MIN_MATCH = 3, MAX_MATCH = 258, BLOCK_SYMBOLS = 32768, BUFFER = 4 * GZIP_WINDOW, NONE = -1 };

/* A literal (distance 0), or a match. */
struct symbol {
	uint16_t length, distance;
};

static struct {
	FILE *in, *out;
	struct gzip_sum *sum;
	unsigned char *bytes; /* BUFFER of them: the window before `position`, what is ahead behind it */
	size_t position, end;
	bool at_end;
	int32_t heads[HASH_SIZE], previous[BUFFER];
	struct symbol *symbols;
	size_t symbol_count, block_start; /* of the block's first byte in `bytes` */
	uint64_t bits;
	unsigned bit_count;
	int chain, good; /* how many places are tried; a match of this length is taken without a look ahead */
} state;

static void put_bits(unsigned value, unsigned count)
{
	state.bits |= (uint64_t)value << state.bit_count;
	for (state.bit_count += count; state.bit_count >= 8; state.bit_count -= 8) {
		putc((int)(state.bits & 255), state.out);
		state.bits >>= 8;
	}
}

static void align(void)
{
	if (state.bit_count)
		put_bits(0, 8 - state.bit_count);
}

static unsigned length_symbol(unsigned length)
{
	unsigned symbol = 28;
	while (gzip_length_base[symbol] > length)
		symbol--;
	return symbol;
}

static unsigned distance_symbol(unsigned distance)
{
	unsigned low = 0, high = GZIP_DISTANCES - 1;
	while (low < high) {
		unsigned middle = (low + high + 1) / 2;
		if (gzip_distance_base[middle] <= distance)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

struct codes {
	uint8_t literal_lengths[GZIP_LITERALS], distance_lengths[32];
	uint16_t literals[GZIP_LITERALS], distances[32];
};

static void write_symbols(const struct codes *codes)
{
	for (size_t i = 0; i < state.symbol_count; i++) {
		struct symbol symbol = state.symbols[i];
		if (!symbol.distance) {
			put_bits(codes->literals[symbol.length], codes->literal_lengths[symbol.length]);
			continue;
		}
		unsigned length = length_symbol(symbol.length), distance = distance_symbol(symbol.distance);
		put_bits(codes->literals[GZIP_END + 1 + length], codes->literal_lengths[GZIP_END + 1 + length]);
		put_bits(symbol.length - gzip_length_base[length], gzip_length_extra[length]);
		put_bits(codes->distances[distance], codes->distance_lengths[distance]);
		put_bits(symbol.distance - gzip_distance_base[distance], gzip_distance_extra[distance]);
	}
	put_bits(codes->literals[GZIP_END], codes->literal_lengths[GZIP_END]);
}

/* The lengths of both codes as runs: symbol, and what is in its extra bits. */
struct run {
	uint8_t symbol, extra;
};

static size_t make_runs(const uint8_t *lengths, size_t count, struct run *runs)
{
	size_t made = 0;
	for (size_t i = 0; i < count;) {
		size_t same = 1;
		while (i + same < count && lengths[i + same] == lengths[i])
			same++;
		if (!lengths[i] && same >= 3) {
			size_t taken = same > 138 ? 138 : same;
			runs[made++] = taken < 11 ? (struct run){17, (uint8_t)(taken - 3)} : (struct run){18, (uint8_t)(taken - 11)};
			i += taken;
		} else if (same >= 4) {
			size_t taken = same - 1 > 6 ? 6 : same - 1;
			runs[made++] = (struct run){lengths[i], 0};
			runs[made++] = (struct run){16, (uint8_t)(taken - 3)};
			i += taken + 1;
		} else {
			runs[made++] = (struct run){lengths[i++], 0};
		}
	}
	return made;
}

static const uint8_t RUN_BITS[GZIP_LENGTH_CODES] = {[16] = 2, [17] = 3, [18] = 7};

struct header {
	struct run runs[GZIP_LITERALS + 32];
	size_t run_count, literal_count, distance_count, code_count;
	uint8_t lengths[GZIP_LENGTH_CODES];
};

/* Bits that the codes take in front of a dynamic block. */
static uint64_t make_header(const struct codes *codes, struct header *header)
{
	uint8_t lengths[GZIP_LITERALS + 32];
	uint32_t counts[GZIP_LENGTH_CODES] = {0};
	header->literal_count = 286;
	while (header->literal_count > 257 && !codes->literal_lengths[header->literal_count - 1])
		header->literal_count--;
	header->distance_count = 30;
	while (header->distance_count > 1 && !codes->distance_lengths[header->distance_count - 1])
		header->distance_count--;
	memcpy(lengths, codes->literal_lengths, header->literal_count);
	memcpy(lengths + header->literal_count, codes->distance_lengths, header->distance_count);
	header->run_count = make_runs(lengths, header->literal_count + header->distance_count, header->runs);
	for (size_t i = 0; i < header->run_count; i++)
		counts[header->runs[i].symbol]++;
	gzip_code_lengths(counts, GZIP_LENGTH_CODES, 7, header->lengths);
	header->code_count = GZIP_LENGTH_CODES;
	while (header->code_count > 4 && !header->lengths[gzip_code_order[header->code_count - 1]])
		header->code_count--;
	uint64_t bits = 14 + 3 * header->code_count;
	for (size_t i = 0; i < GZIP_LENGTH_CODES; i++)
		bits += (uint64_t)counts[i] * (header->lengths[i] + RUN_BITS[i]);
	return bits;
}

static void write_header(const struct header *header)
{
	uint16_t codes[GZIP_LENGTH_CODES];
	gzip_codes(header->lengths, GZIP_LENGTH_CODES, codes);
	put_bits((unsigned)header->literal_count - 257, 5);
	put_bits((unsigned)header->distance_count - 1, 5);
	put_bits((unsigned)header->code_count - 4, 4);
	for (size_t i = 0; i < header->code_count; i++)
		put_bits(header->lengths[gzip_code_order[i]], 3);
	for (size_t i = 0; i < header->run_count; i++) {
		struct run run = header->runs[i];
		put_bits(codes[run.symbol], header->lengths[run.symbol]);
		put_bits(run.extra, RUN_BITS[run.symbol]);
	}
}

static void write_stored(bool is_last)
{
	size_t at = state.block_start, left = state.position - at;
	do {
		size_t part = left < 65535 ? left : 65535;
		put_bits(is_last && part == left, 1);
		put_bits(0, 2);
		align();
		put_bits((unsigned)part, 16);
		put_bits(~(unsigned)part & 0xffff, 16);
		for (size_t i = 0; i < part; i++)
			put_bits(state.bytes[at + i], 8);
		at += part;
		left -= part;
	} while (left);
}

static void fixed_codes(struct codes *codes)
{
	for (int i = 0; i < GZIP_LITERALS; i++)
		codes->literal_lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
	memset(codes->distance_lengths, 5, 32);
	gzip_codes(codes->literal_lengths, GZIP_LITERALS, codes->literals);
	gzip_codes(codes->distance_lengths, 32, codes->distances);
}

/* Bits of the symbols with their counts, extra bits left out: those are the same in both kinds of codes. */
static uint64_t size_with(const struct codes *codes, const uint32_t *literals, const uint32_t *distances)
{
	uint64_t bits = 0;
	for (int i = 0; i < GZIP_LITERALS; i++)
		bits += (uint64_t)literals[i] * codes->literal_lengths[i];
	for (int i = 0; i < GZIP_DISTANCES; i++)
		bits += (uint64_t)distances[i] * codes->distance_lengths[i];
	return bits;
}

static void write_block(bool is_last)
{
	uint32_t literals[GZIP_LITERALS] = {0}, distances[32] = {0};
	uint64_t extra = 0;
	literals[GZIP_END] = 1;
	for (size_t i = 0; i < state.symbol_count; i++) {
		struct symbol symbol = state.symbols[i];
		if (!symbol.distance) {
			literals[symbol.length]++;
			continue;
		}
		unsigned length = length_symbol(symbol.length), distance = distance_symbol(symbol.distance);
		literals[GZIP_END + 1 + length]++;
		distances[distance]++;
		extra += gzip_length_extra[length] + gzip_distance_extra[distance];
	}
	struct codes dynamic = {0}, fixed;
	struct header header;
	gzip_code_lengths(literals, GZIP_LITERALS, GZIP_MAX_BITS, dynamic.literal_lengths);
	gzip_code_lengths(distances, GZIP_DISTANCES, GZIP_MAX_BITS, dynamic.distance_lengths);
	gzip_codes(dynamic.literal_lengths, GZIP_LITERALS, dynamic.literals);
	gzip_codes(dynamic.distance_lengths, GZIP_DISTANCES, dynamic.distances);
	fixed_codes(&fixed);
	uint64_t dynamic_bits = make_header(&dynamic, &header) + size_with(&dynamic, literals, distances) + extra;
	uint64_t fixed_bits = size_with(&fixed, literals, distances) + extra;
	uint64_t stored_bits = 8 * (uint64_t)(state.position - state.block_start) + 40;
	if (stored_bits < dynamic_bits && stored_bits < fixed_bits) {
		write_stored(is_last);
	} else {
		bool is_fixed = fixed_bits <= dynamic_bits;
		put_bits(is_last, 1);
		put_bits(is_fixed ? 1 : 2, 2);
		if (!is_fixed)
			write_header(&header);
		write_symbols(is_fixed ? &fixed : &dynamic);
	}
	state.symbol_count = 0;
	state.block_start = state.position;
}

static unsigned hash_at(size_t at)
{
	uint32_t three = (uint32_t)state.bytes[at] | (uint32_t)state.bytes[at + 1] << 8 | (uint32_t)state.bytes[at + 2] << 16;
	return three * 2654435761u >> (32 - HASH_BITS);
}

static void enter(size_t at)
{
	if (at + MIN_MATCH > state.end)
		return;
	unsigned hash = hash_at(at);
	state.previous[at] = state.heads[hash];
	state.heads[hash] = (int32_t)at;
}

/* How many are the same; two are. Eight at a time look only once whether there are more. */
static unsigned equal_bytes(const unsigned char *old, const unsigned char *new, size_t room)
{
	size_t length = 2;
	for (; length + 8 <= room; length += 8)
#pragma GCC unroll 8
		for (unsigned i = 0; i < 8; i++)
			if (old[length + i] != new[length + i])
				return (unsigned)length + i;
	while (length < room && old[length] == new[length])
		length++;
	return (unsigned)length;
}

/* The longest earlier place with the same bytes that is longer than `longest`. */
static struct symbol find_match(size_t at, unsigned longest)
{
	struct symbol best = {0, 0};
	size_t room = state.end - at < MAX_MATCH ? state.end - at : MAX_MATCH;
	if (room < MIN_MATCH || longest >= room)
		return best;
	int32_t place = state.heads[hash_at(at)];
	for (int tries = state.chain; tries && place != NONE && at - (size_t)place <= GZIP_WINDOW; tries--, place = state.previous[place]) {
		const unsigned char *old = state.bytes + place, *new = state.bytes + at;
		if (old[longest] != new[longest] || old[0] != new[0] || old[1] != new[1])
			continue;
		unsigned length = equal_bytes(old, new, room);
		if (length <= longest || length < MIN_MATCH)
			continue;
		best = (struct symbol){(uint16_t)length, (uint16_t)(at - (size_t)place)};
		longest = length;
		if (length == room)
			break;
	}
	return best;
}

/* Moves the last window of bytes to the start of the buffer and fills what is behind it. The block must be written. */
static void slide(void)
{
	size_t kept = state.position < GZIP_WINDOW ? state.position : GZIP_WINDOW, shift = state.position - kept;
	memmove(state.bytes, state.bytes + shift, state.end - shift);
	memmove(state.previous, state.previous + shift, (state.end - shift) * sizeof *state.previous);
	for (size_t i = 0; i < HASH_SIZE; i++)
		state.heads[i] = state.heads[i] >= (int32_t)shift ? state.heads[i] - (int32_t)shift : NONE;
	for (size_t i = 0; i < state.end - shift; i++)
		state.previous[i] = state.previous[i] >= (int32_t)shift ? state.previous[i] - (int32_t)shift : NONE;
	state.position = state.block_start = kept;
	state.end -= shift;
	size_t got = fread(state.bytes + state.end, 1, BUFFER - state.end, state.in);
	gzip_sum_add(state.sum, state.bytes + state.end, got);
	state.end += got;
	state.at_end = state.end < BUFFER;
}

static void add_symbol(struct symbol symbol)
{
	state.symbols[state.symbol_count++] = symbol;
}

static void advance(size_t count)
{
	for (; count; count--)
		enter(state.position++);
}

/* One literal or match; a match waits if the next byte begins a longer one. */
static void compress_step(void)
{
	struct symbol match = find_match(state.position, MIN_MATCH - 1);
	struct symbol literal = {state.bytes[state.position], 0};
	enter(state.position++);
	if (!match.distance) {
		add_symbol(literal);
		return;
	}
	while (match.length < state.good) {
		struct symbol next = find_match(state.position, match.length);
		if (!next.distance)
			break;
		add_symbol(literal);
		literal.length = state.bytes[state.position];
		enter(state.position++);
		match = next;
	}
	add_symbol(match);
	advance(match.length - 1u);
}

bool gzip_deflate(FILE *in, FILE *out, int level, struct gzip_sum *sum)
{
	static const struct {
		int chain, good;
	} LEVELS[10] = {[1] = {4, 0}, {8, 0}, {16, 8}, {16, 16}, {32, 32}, {128, 64}, {256, 128}, {1024, 258}, {4096, 258}};
	state.in = in;
	state.out = out;
	state.sum = sum;
	state.chain = LEVELS[level].chain;
	state.good = LEVELS[level].good;
	state.bits = state.bit_count = 0;
	state.position = state.end = state.symbol_count = state.block_start = 0;
	if (!state.bytes) {
		state.bytes = allocate(BUFFER);
		state.symbols = allocate((BLOCK_SYMBOLS + MAX_MATCH) * sizeof *state.symbols);
	}
	for (size_t i = 0; i < HASH_SIZE; i++)
		state.heads[i] = NONE;
	errno = 0;
	slide();
	for (;;) {
		/* Matches look MAX_MATCH ahead, and the lazy ones a little farther. */
		while (state.symbol_count < BLOCK_SYMBOLS && (state.at_end ? state.position < state.end : state.position + 2 * MAX_MATCH < state.end))
			compress_step();
		bool is_last = state.at_end && state.position == state.end;
		write_block(is_last);
		if (is_last)
			break;
		if (!state.at_end && state.position + 2 * MAX_MATCH >= state.end)
			slide();
	}
	align();
	return !ferror(in) && !ferror(out);
}
