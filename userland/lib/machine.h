/* Regular expressions as machines that read bytes; line-filter.c runs them. */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum node_kind { NODE_EMPTY, NODE_SPLIT, NODE_BYTES, NODE_BEGIN, NODE_END, NODE_MATCH };

/* Where to go on is a number of a node, -1: nowhere yet. */
struct node {
	enum node_kind kind;
	int next, other; /* `other` of a split */
	uint64_t bytes[4];
};

/*
 * It matches each line that the pattern matches. If it is exact, it matches no other line of ASCII: what it does not know
 * (edges of words, characters of several bytes, long repetitions) it takes for more than it is.
 */
struct machine {
	struct node *nodes;
	int count, start;
	bool is_exact;
};

/* Adds an alternative; `kind` is G (basic), E (extended) or F (a string). False: nothing can be said, back references and the like. */
bool machine_add(struct machine *machine, const char *pattern, char kind, bool ignore_case);

#endif
