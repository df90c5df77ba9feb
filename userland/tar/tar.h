/* The ustar interchange format, https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html */
#ifndef TAR_H
#define TAR_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

enum { TAR_BLOCK = 512 };

/* A header block; all numbers are octal text. */
struct tar_header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
	char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], padding[12];
};

struct tar_member {
	char *name, *link;
	char type;               /* 0 file, 1 hard link, 2 symbolic link, 3 c, 4 b, 5 folder, 6 fifo */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	char user[33], group[33];
	long long size, mtime;
	dev_t device;
};

struct tar_options {
	bool verbose, keep_owner, numeric, to_stdout, touch, keep_old, absolute, permissions;
	int strip;
};

extern struct tar_options tar_flag;
extern FILE *tar_archive;
extern int tar_status;

/* Reads the next header (with the long names of GNU and the path records of pax); false at the end. */
bool tar_read_member(struct tar_member *member);
/* Copies the contents of a member to `output` (null: nowhere). */
void tar_copy_contents(long long size, FILE *output);
/* True for what --exclude leaves out. */
bool tar_is_excluded(const char *name);
/* Adds a file or a tree. */
void tar_add(const char *path);
/*
 * filter.c: the archive as `program` ("gzip", or with arguments) packs or unpacks it; null: as it is, and when it is read
 * what its first bytes tell. tar_program_for: by the name's suffix, or null. tar_close waits for the program.
 */
FILE *tar_filter(FILE *archive, bool creating, const char *program);
const char *tar_program_for(const char *archive);
void tar_close(const char *name);
/* Two blocks of zeros, and padding to whole records. */
void tar_finish(void);

#endif
