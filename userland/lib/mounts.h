/* Mounted file systems, /proc/self/mounts of proc(5). */
#ifndef MOUNTS_H
#define MOUNTS_H

#include <stddef.h>

struct mounted {
	char *source, *folder, *type, *options;
};

/* Null-terminated by an entry with a null source; exits if the file cannot be read. */
struct mounted *read_mounts(void);

#endif
