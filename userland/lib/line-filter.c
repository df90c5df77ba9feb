/*
 * The first look at text: where the next line is that may match. Strings are looked for by their last
 * byte (Horspool); all else by a machine whose states (sets of nodes) are made as the text asks for them, one step a byte.
 */
#include <stdlib.h>
#include <string.h>

#include "line-filter.h"
#include "machine.h"
#include "tools.h"

enum { MOST_STATES = 300, SHORT_STRING = 1 };

struct state {
	struct state *next[256]; /* null: not made yet; &matched: the line matches */
	uint64_t nodes[];        /* those that read bytes, and ends of lines */
};

struct line_filter {
	struct machine machine;
	size_t words; /* of a set of nodes */
	struct state *states[MOST_STATES], *begin;
	int count;
	char *string; /* null: it is the machine */
	size_t length, shift[256];
	int *stack;
};

static struct state matched;

struct line_filter *string_filter(const char *string, size_t length)
{
	struct line_filter *filter = allocate(sizeof *filter);
	*filter = (struct line_filter){.string = duplicate_range(string, length), .length = length};
	for (int byte = 0; byte < 256; byte++)
		filter->shift[byte] = length;
	for (size_t at = 0; at + 1 < length; at++)
		filter->shift[(unsigned char)string[at]] = length - 1 - at;
	return filter;
}

static bool contains(const uint64_t *set, int node)
{
	return set[node >> 6] >> (node & 63) & 1;
}

/* Adds what can be reached without a byte. True: a match. */
static bool add_closure(struct line_filter *filter, uint64_t *set, int from, bool at_begin, bool at_end)
{
	int depth = 0;
	bool is_match = false;
	filter->stack[depth++] = from;
	while (depth) {
		int number = filter->stack[--depth];
		if (number < 0 || contains(set, number))
			continue;
		set[number >> 6] |= 1ull << (number & 63);
		const struct node *node = &filter->machine.nodes[number];
		is_match |= node->kind == NODE_MATCH;
		bool passes = node->kind == NODE_EMPTY || node->kind == NODE_SPLIT || (node->kind == NODE_BEGIN && at_begin) || (node->kind == NODE_END && at_end);
		if (passes) {
			filter->stack[depth++] = node->next;
			if (node->kind == NODE_SPLIT)
				filter->stack[depth++] = node->other;
		}
	}
	return is_match;
}

static void forget_states(struct line_filter *filter)
{
	while (filter->count)
		free(filter->states[--filter->count]);
	filter->begin = NULL;
}

/* The state of that set; the others may be gone afterwards. */
static struct state *state_of(struct line_filter *filter, const uint64_t *set)
{
	size_t size = filter->words * sizeof *set;
	for (int i = 0; i < filter->count; i++)
		if (!memcmp(filter->states[i]->nodes, set, size))
			return filter->states[i];
	if (filter->count == MOST_STATES)
		forget_states(filter);
	struct state *state = allocate(sizeof *state + size);
	memset(state->next, 0, sizeof state->next);
	memcpy(state->nodes, set, size);
	return filter->states[filter->count++] = state;
}

static struct state *first_state(struct line_filter *filter)
{
	uint64_t set[filter->words];
	if (filter->begin)
		return filter->begin;
	memset(set, 0, sizeof set);
	filter->begin = add_closure(filter, set, filter->machine.start, true, false) ? &matched : state_of(filter, set);
	return filter->begin;
}

/* What `byte` leads to from the state, remembered there. */
static struct state *make_step(struct line_filter *filter, struct state *state, unsigned char byte)
{
	uint64_t set[filter->words], from[filter->words];
	bool is_match = false;
	memset(set, 0, sizeof set);
	memcpy(from, state->nodes, sizeof from);
	for (int number = 0; number < filter->machine.count && !is_match; number++) {
		const struct node *node = contains(from, number) ? &filter->machine.nodes[number] : NULL;
		if (node && byte == '\n' && node->kind == NODE_END)
			is_match = add_closure(filter, set, node->next, false, true);
		if (node && byte != '\n' && node->kind == NODE_BYTES && node->bytes[byte >> 6] >> (byte & 63) & 1)
			is_match = add_closure(filter, set, node->next, false, false);
	}
	struct state *next;
	int before = filter->count;
	if (is_match)
		next = &matched;
	else if (byte == '\n')
		next = first_state(filter);
	else
		next = add_closure(filter, set, filter->machine.start, false, false) ? &matched : state_of(filter, set);
	if (filter->count >= before)
		state->next[byte] = next;
	return next;
}

static const char *find_by_machine(struct line_filter *filter, const char *at, const char *end)
{
	struct state *state = first_state(filter);
	if (state == &matched)
		return at;
	while (at < end) {
		struct state *next = state->next[(unsigned char)*at];
		if (!next)
			next = make_step(filter, state, (unsigned char)*at);
		if (next == &matched)
			return at;
		state = next;
		at++;
	}
	return NULL;
}

static const char *find_string(const struct line_filter *filter, const char *at, const char *end)
{
	size_t length = filter->length, last = length - 1;
	const char *string = filter->string;
	if (length <= SHORT_STRING)
		return length ? memchr(at, *string, (size_t)(end - at)) : at;
	unsigned char final = (unsigned char)string[last];
	while ((size_t)(end - at) >= length) {
		unsigned char byte = (unsigned char)at[last];
		if (byte == final && !memcmp(at, string, last))
			return at;
		at += filter->shift[byte];
	}
	return NULL;
}

const char *filter_find(struct line_filter *filter, const char *at, const char *end)
{
	if (at == end)
		return NULL;
	return filter->string ? find_string(filter, at, end) : find_by_machine(filter, at, end);
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

bool filter_is_sure(const struct line_filter *filter, const char *line, size_t length)
{
	return filter->string || (filter->machine.is_exact && is_ascii(line, length));
}

int filter_match(struct line_filter *filter, const char *line, size_t length)
{
	if (filter->string)
		return find_string(filter, line, line + length) != NULL;
	struct state *state = first_state(filter);
	for (size_t at = 0; state != &matched && at <= length; at++) {
		/* The end of the line is a newline to the machine, so that others are not its matter. */
		unsigned char byte = at < length ? (unsigned char)line[at] : '\n';
		if (byte == '\n' && at < length)
			return -1;
		struct state *next = state->next[byte];
		state = next ? next : make_step(filter, state, byte);
	}
	return state == &matched ? (filter_is_sure(filter, line, length) && !memchr(line, '\n', length) ? 1 : -1) : 0;
}

struct line_filter *pattern_filter(char *const *patterns, size_t count, char kind, bool ignore_case)
{
	struct line_filter *filter = allocate(sizeof *filter);
	*filter = (struct line_filter){0};
	for (size_t i = 0; i < count; i++) {
		if (machine_add(&filter->machine, patterns[i], kind, ignore_case))
			continue;
		free(filter->machine.nodes);
		free(filter);
		return NULL;
	}
	filter->words = ((size_t)filter->machine.count + 63) / 64;
	filter->stack = allocate(((size_t)filter->machine.count * 2 + 2) * sizeof *filter->stack);
	return filter;
}
