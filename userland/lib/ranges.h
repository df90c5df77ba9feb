/* Lists of ranges such as 1,3-5,7- of cut, and other commands that number things from 1. */
#ifndef RANGES_H
#define RANGES_H

#include <stdbool.h>
#include <stddef.h>

struct ranges {
	struct {
		size_t first, last;
	} *items;
	size_t count;
};

/* Parses a list; false if it is malformed. */
bool ranges_parse(struct ranges *ranges, const char *list);
bool ranges_contain(const struct ranges *ranges, size_t number);

#endif
