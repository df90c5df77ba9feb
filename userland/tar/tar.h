/* What the parts of tar share. */
#ifndef TAR_H
#define TAR_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

#include "ustar.h"

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
	bool verbose, keep_owner, numeric, to_stdout, touch, keep_old, absolute, permissions, updates;
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
/* extract.c: the path that a member has here, without leading slashes and the components to strip; null if nothing is left. */
const char *tar_destination(const char *name);
void tar_extract(struct tar_member *member);
void tar_restore_folders(void); /* their times and modes, at the end */
/* compare.c: says in what the file differs from the member. */
void tar_compare(const struct tar_member *member);
/* update.c: each leaves the archive where members may be added. */
void tar_find_end(bool remembers); /* for tar_is_newer() */
void tar_delete(bool (*is_wanted)(const char *name));
bool tar_is_newer(const char *name, long long mtime); /* than the member of that name; true without one */
void tar_cut(void); /* the archive ends here */
void tar_begin_at(long offset); /* format.c: what is written next stands there */
/* Two blocks of zeros, and padding to whole records. */
void tar_finish(void);

#endif
