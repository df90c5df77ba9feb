/*
 * The first look of grep at a block of text: where the next line is that may match. Strings are looked for by their last
 * byte (Horspool); all else by a machine whose states (sets of nodes) are made as the text asks for them, one step a byte.
 */
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "nodes.h"
#include "tools.h"

enum { MOST_STATES = 300, SHORT_STRING = 1 };

struct state {
	struct state *next[256]; /* null: not made yet; &matched: the line matches */
	uint64_t nodes[];        /* those that read bytes, and ends of lines */
};

static struct {
	struct machine machine;
	size_t words; /* of a set of nodes */
	struct state *states[MOST_STATES], *begin;
	int count;
	bool is_machine;
	char *string;
	size_t length, shift[256];
	int *stack;
} filter;

static struct state matched;

void filter_set_string(const char *string, size_t length)
{
	filter.string = duplicate_range(string, length);
	filter.length = length;
	for (int byte = 0; byte < 256; byte++)
		filter.shift[byte] = length;
	for (size_t at = 0; at + 1 < length; at++)
		filter.shift[(unsigned char)string[at]] = length - 1 - at;
}

static bool contains(const uint64_t *set, int node)
{
	return set[node >> 6] >> (node & 63) & 1;
}

/* Adds what can be reached without a byte. True: a match. */
static bool add_closure(uint64_t *set, int from, bool at_begin, bool at_end)
{
	int depth = 0;
	bool is_match = false;
	filter.stack[depth++] = from;
	while (depth) {
		int number = filter.stack[--depth];
		if (number < 0 || contains(set, number))
			continue;
		set[number >> 6] |= 1ull << (number & 63);
		const struct node *node = &filter.machine.nodes[number];
		is_match |= node->kind == NODE_MATCH;
		bool passes = node->kind == NODE_EMPTY || node->kind == NODE_SPLIT || (node->kind == NODE_BEGIN && at_begin) || (node->kind == NODE_END && at_end);
		if (passes) {
			filter.stack[depth++] = node->next;
			if (node->kind == NODE_SPLIT)
				filter.stack[depth++] = node->other;
		}
	}
	return is_match;
}

static void forget_states(void)
{
	while (filter.count)
		free(filter.states[--filter.count]);
	filter.begin = NULL;
}

/* The state of that set; the others may be gone afterwards. */
static struct state *state_of(const uint64_t *set)
{
	size_t size = filter.words * sizeof *set;
	for (int i = 0; i < filter.count; i++)
		if (!memcmp(filter.states[i]->nodes, set, size))
			return filter.states[i];
	if (filter.count == MOST_STATES)
		forget_states();
	struct state *state = allocate(sizeof *state + size);
	memset(state->next, 0, sizeof state->next);
	memcpy(state->nodes, set, size);
	return filter.states[filter.count++] = state;
}

static struct state *first_state(void)
{
	uint64_t set[filter.words];
	if (filter.begin)
		return filter.begin;
	memset(set, 0, sizeof set);
	filter.begin = add_closure(set, filter.machine.start, true, false) ? &matched : state_of(set);
	return filter.begin;
}

/* What `byte` leads to from the state, remembered there. */
static struct state *make_step(struct state *state, unsigned char byte)
{
	uint64_t set[filter.words], from[filter.words];
	bool is_match = false;
	memset(set, 0, sizeof set);
	memcpy(from, state->nodes, sizeof from);
	for (int number = 0; number < filter.machine.count && !is_match; number++) {
		const struct node *node = contains(from, number) ? &filter.machine.nodes[number] : NULL;
		if (node && byte == '\n' && node->kind == NODE_END)
			is_match = add_closure(set, node->next, false, true);
		if (node && byte != '\n' && node->kind == NODE_BYTES && node->bytes[byte >> 6] >> (byte & 63) & 1)
			is_match = add_closure(set, node->next, false, false);
	}
	struct state *next;
	int before = filter.count;
	if (is_match)
		next = &matched;
	else if (byte == '\n')
		next = first_state();
	else
		next = add_closure(set, filter.machine.start, false, false) ? &matched : state_of(set);
	if (filter.count >= before)
		state->next[byte] = next;
	return next;
}

static const char *find_by_machine(const char *at, const char *end)
{
	struct state *state = first_state();
	if (state == &matched)
		return at;
	while (at < end) {
		struct state *next = state->next[(unsigned char)*at];
		if (!next)
			next = make_step(state, (unsigned char)*at);
		if (next == &matched)
			return at;
		state = next;
		at++;
	}
	return NULL;
}

static const char *find_string(const char *at, const char *end)
{
	size_t length = filter.length, last = length - 1;
	const char *string = filter.string;
	if (length <= SHORT_STRING)
		return length ? memchr(at, *string, (size_t)(end - at)) : at;
	unsigned char final = (unsigned char)string[last];
	while ((size_t)(end - at) >= length) {
		unsigned char byte = (unsigned char)at[last];
		if (byte == final && !memcmp(at, string, last))
			return at;
		at += filter.shift[byte];
	}
	return NULL;
}

const char *filter_find(const char *at, const char *end)
{
	if (at == end)
		return NULL;
	return filter.is_machine ? find_by_machine(at, end) : find_string(at, end);
}

static bool is_ascii(const char *line, size_t length)
{
	uint64_t word;
	unsigned char rest = 0;
	for (; length >= sizeof word; line += sizeof word, length -= sizeof word) {
		memcpy(&word, line, sizeof word);
		if (word & 0x8080808080808080u)
			return false;
	}
	while (length)
		rest |= (unsigned char)line[--length];
	return rest < 128;
}

bool filter_is_sure(const char *line, size_t length)
{
	return !filter.is_machine || (filter.machine.is_exact && is_ascii(line, length));
}

bool filter_add(const char *pattern, char kind, bool ignore_case)
{
	return machine_add(&filter.machine, pattern, kind, ignore_case);
}

void filter_finish(void)
{
	filter.is_machine = true;
	filter.words = ((size_t)filter.machine.count + 63) / 64;
	filter.stack = allocate(((size_t)filter.machine.count * 2 + 2) * sizeof *filter.stack);
}
