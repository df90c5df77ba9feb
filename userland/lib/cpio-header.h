/* Archives of cpio: headers in the forms newc, crc and odc, and what lies between them. */
#ifndef CPIO_HEADER_H
#define CPIO_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CPIO_TRAILER "TRAILER!!!"

/* What a header says of a file. */
struct entry_header {
	unsigned long inode, mode, uid, gid, links, mtime, size, device, rdevice, check;
	char *name;
};

/* The archive that is read or written, how many bytes of it have been, and its form: o for odc, n for newc, c for crc. */
extern FILE *cpio_archive;
extern unsigned long long cpio_moved;
extern char cpio_format;

/* These end the program with a message where the archive cannot be written, or ends early, or is malformed. */
void cpio_put(const void *bytes, size_t length);
void cpio_get(void *bytes, size_t length);
void cpio_skip(unsigned long long length);
/* Zeros up to a multiple of `unit`; reading: passes over them. */
void cpio_pad(size_t unit);
void cpio_align(size_t unit);
void cpio_put_header(const struct entry_header *entry);
/* The next header, its name on the heap; false at the trailer. */
bool cpio_get_header(struct entry_header *entry);

#endif
