/* Mounted file systems, /proc/self/mounts of proc(5). */
#ifndef MOUNTS_H
#define MOUNTS_H

#include <stdbool.h>
#include <stddef.h>

struct mounted {
	char *source, *folder, *type, *options;
};

/* Null-terminated by an entry with a null source; exits if the file cannot be read. */
struct mounted *read_mounts(void);

/* Whether somebody holds the block device alone: it is mounted, or swap, or part of an array. False for other files. */
bool is_block_device_busy(const char *path);

#endif
