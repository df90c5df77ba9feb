/* Archives of files (ar(5)): as a list of members in memory, read and written whole. */
#ifndef ARCHIVE_H
#define ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>

struct member {
	char *name;
	unsigned char *data;
	size_t size;
	long long time;
	unsigned uid, gid, mode;
};

struct archive {
	const char *path;
	struct member *members;
	size_t count;
	bool is_new; /* there is no file yet */
};

/* Exits with a message where the file is no archive; a missing one is an empty new one if `may_be_new`. */
void ar_read(struct archive *archive, bool may_be_new);
/* With an index of the symbols unless `has_index` is false; `index_time` is its date. Exits with a message on errors. */
void ar_write(const struct archive *archive, bool has_index, long long index_time);

#endif
