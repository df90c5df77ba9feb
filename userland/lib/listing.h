/* Formats of ls: long lines, columns, one per line, commas; colours and type marks. */
#ifndef LISTING_H
#define LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

struct entry {
	char *name, *path, *target;
	struct stat status;
	bool broken;    /* a link whose target is absent */
	mode_t aim;     /* mode of what a link points to */
};

struct listing {
	struct entry *entries;
	size_t count, capacity;
};

enum listing_sort { BY_NAME, BY_SIZE, BY_TIME, BY_VERSION, UNSORTED };
enum listing_format { COLUMNS = 'C', ACROSS = 'x', SINGLE = '1', LONG = 'l', COMMAS = 'm' };

struct listing_style {
	bool all, almost, itself, classify, slash, human, inode, follow, numeric, reverse, recursive, blocks;
	bool conceal, follow_operands; /* -q, -H */
	bool hide_owner, hide_group, color, full_time;
	const char *time_format; /* of strftime, or null: Linux's short form */
	char clock;
	enum listing_sort sorting;
	int format;
	int width; /* of -w, or 0: that of the terminal */
};

extern struct listing_style listing_style;

/* The time that -t and -l mean. */
struct timespec listing_time(const struct entry *entry);

/* Prints the entries in the order given; returns how many. */
size_t put_listing(const struct listing *list);

/* `total` of a directory in the blocks of -l and -s. */
void put_total(const struct listing *list);

#endif
