/* Decompression: RFC 1951, 3.2. */
#include <errno.h>
#include <setjmp.h>
#include <string.h>

#include "gzip.h"

/* Codes by length: how many there are of each, and their symbols in order. */
struct code {
	uint16_t counts[GZIP_MAX_BITS + 1], symbols[GZIP_LITERALS];
};

static struct {
	FILE *in, *out;
	struct gzip_sum *sum;
	uint32_t bits;
	unsigned bit_count;
	unsigned char window[GZIP_WINDOW];
	size_t position; /* of the next byte in the window */
	uint64_t total;
	const char *problem;
	jmp_buf failed;
} state;

static _Noreturn void fail(const char *problem)
{
	state.problem = problem;
	longjmp(state.failed, 1);
}

static unsigned take_bits(unsigned count)
{
	while (state.bit_count < count) {
		int byte = getc(state.in);
		if (byte == EOF)
			fail(ferror(state.in) ? strerror(errno) : "unexpected end of file");
		state.bits |= (uint32_t)byte << state.bit_count;
		state.bit_count += 8;
	}
	unsigned value = state.bits & ((1u << count) - 1);
	state.bits >>= count;
	state.bit_count -= count;
	return value;
}

static void flush_window(void)
{
	gzip_sum_add(state.sum, state.window, state.position);
	if (state.out && fwrite(state.window, 1, state.position, state.out) != state.position)
		fail("write error");
	state.position = 0;
}

static void put_byte(unsigned char byte)
{
	state.window[state.position++] = byte;
	state.total++;
	if (state.position == GZIP_WINDOW)
		flush_window();
}

/* False if more codes are given than there are of a length. Incomplete ones are allowed where only one symbol is used. */
static bool build(struct code *code, const uint8_t *lengths, size_t symbols)
{
	uint16_t places[GZIP_MAX_BITS + 2] = {0};
	memset(code->counts, 0, sizeof code->counts);
	for (size_t i = 0; i < symbols; i++)
		code->counts[lengths[i]]++;
	code->counts[0] = 0;
	int left = 1, used = 0;
	for (int bits = 1; bits <= GZIP_MAX_BITS; bits++) {
		left = left * 2 - code->counts[bits];
		used += code->counts[bits];
		if (left < 0)
			return false;
		places[bits + 1] = (uint16_t)(places[bits] + code->counts[bits]);
	}
	for (size_t i = 0; i < symbols; i++)
		if (lengths[i])
			code->symbols[places[lengths[i]]++] = (uint16_t)i;
	return left == 0 || used <= 1;
}

/* Codes of a length follow each other: a code is found by how far it is behind the first of its length. */
static unsigned take_symbol(const struct code *code)
{
	int value = 0, first = 0, index = 0;
	for (int bits = 1; bits <= GZIP_MAX_BITS; bits++) {
		value |= (int)take_bits(1);
		int count = code->counts[bits];
		if (value - count < first)
			return code->symbols[index + (value - first)];
		index += count;
		first = (first + count) << 1;
		value <<= 1;
	}
	fail("invalid compressed data--format violated");
}

static void copy_stored(void)
{
	state.bits = state.bit_count = 0;
	unsigned length = take_bits(16), complement = take_bits(16);
	if (length != (~complement & 0xffff))
		fail("invalid compressed data--format violated");
	for (; length; length--)
		put_byte((unsigned char)take_bits(8));
}

static void copy_match(unsigned length, unsigned distance)
{
	if (distance > state.total)
		fail("invalid compressed data--format violated");
	for (; length; length--)
		put_byte(state.window[(state.position - distance) & (GZIP_WINDOW - 1)]);
}

static void expand_block(const struct code *literals, const struct code *distances)
{
	for (unsigned symbol; (symbol = take_symbol(literals)) != GZIP_END;) {
		if (symbol < GZIP_END) {
			put_byte((unsigned char)symbol);
			continue;
		}
		symbol -= GZIP_END + 1;
		if (symbol >= 29)
			fail("invalid compressed data--format violated");
		unsigned length = gzip_length_base[symbol] + take_bits(gzip_length_extra[symbol]);
		unsigned code = take_symbol(distances);
		if (code >= GZIP_DISTANCES)
			fail("invalid compressed data--format violated");
		copy_match(length, gzip_distance_base[code] + take_bits(gzip_distance_extra[code]));
	}
}

static void read_codes(struct code *literals, struct code *distances)
{
	uint8_t lengths[GZIP_LITERALS + 32] = {0};
	unsigned literal_count = take_bits(5) + 257, distance_count = take_bits(5) + 1, code_count = take_bits(4) + 4;
	for (unsigned i = 0; i < code_count; i++)
		lengths[gzip_code_order[i]] = (uint8_t)take_bits(3);
	struct code code;
	if (literal_count > 286 || distance_count > 30 || !build(&code, lengths, GZIP_LENGTH_CODES))
		fail("invalid compressed data--format violated");
	for (unsigned i = 0; i < literal_count + distance_count;) {
		unsigned symbol = take_symbol(&code), repeat = 1;
		uint8_t length = (uint8_t)symbol;
		if (symbol >= 16) {
			if (symbol == 16 && !i)
				fail("invalid compressed data--format violated");
			length = symbol == 16 ? lengths[i - 1] : 0;
			repeat = symbol == 16 ? 3 + take_bits(2) : symbol == 17 ? 3 + take_bits(3) : 11 + take_bits(7);
		}
		if (i + repeat > literal_count + distance_count)
			fail("invalid compressed data--format violated");
		for (; repeat; repeat--)
			lengths[i++] = length;
	}
	if (!lengths[GZIP_END] || !build(literals, lengths, literal_count) || !build(distances, lengths + literal_count, distance_count))
		fail("invalid compressed data--format violated");
}

static void fixed_codes(struct code *literals, struct code *distances)
{
	uint8_t lengths[GZIP_LITERALS];
	for (int i = 0; i < GZIP_LITERALS; i++)
		lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
	build(literals, lengths, GZIP_LITERALS);
	memset(lengths, 5, 32);
	build(distances, lengths, 32);
}

const char *gzip_inflate(FILE *in, FILE *out, struct gzip_sum *sum)
{
	struct code literals, distances;
	state.in = in;
	state.out = out;
	state.sum = sum;
	state.bits = state.bit_count = 0;
	state.position = state.total = 0;
	if (setjmp(state.failed))
		return state.problem;
	for (bool is_last = false; !is_last;) {
		is_last = take_bits(1);
		switch (take_bits(2)) {
		case 0: copy_stored(); break;
		case 1:
			fixed_codes(&literals, &distances);
			expand_block(&literals, &distances);
			break;
		case 2:
			read_codes(&literals, &distances);
			expand_block(&literals, &distances);
			break;
		default: fail("invalid compressed data--format violated");
		}
	}
	flush_window();
	return NULL;
}
