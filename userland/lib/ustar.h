/* The ustar interchange format, https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html */
#ifndef USTAR_H
#define USTAR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

enum { TAR_BLOCK = 512, TAR_RECORD = 20 * TAR_BLOCK };

/* A header block; all numbers are octal text. */
struct tar_header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
	char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], padding[12];
};

/* A field of a header: octal text, or GNU's base 256 if the first bit is set. */
long long ustar_number(const char *field, size_t size);
/* True if the checksum is right. */
bool ustar_is_header(const struct tar_header *header);
/* The name with its prefix, on the heap. */
char *ustar_name(const struct tar_header *header);
/* Splits the name at a slash so that both parts fit; false if there is no such slash: its beginning is in the header then. */
bool ustar_put_name(struct tar_header *header, const char *name);
/* Mode, owner, device, size and time of a file; what does not fit loses its highest digits. The type is the header's. */
void ustar_put_status(struct tar_header *header, const struct stat *status, long long size);
/* Magic, version, checksum: the last thing. */
void ustar_seal(struct tar_header *header);
/* The type flag of a file of this mode: 0 file, 2 symbolic link, 3 c, 4 b, 5 folder, 6 fifo. */
char ustar_type(mode_t mode);

#endif
