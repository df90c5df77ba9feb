/* Copying files and trees: cp, mv across file systems, install. */
#ifndef COPY_H
#define COPY_H

#include <stdbool.h>
#include <sys/stat.h>

struct copy_options {
	bool recursive, force, ask, verbose, update, no_clobber, link, symbolic;
	bool preserve;      /* mode, owner, times */
	char follow;        /* 'L' all links, 'H' those of operands, 'P' none */
	bool remove_before; /* unlink the destination first */
	char reflink;       /* 'a' only by sharing blocks, 't' (or 0: where that can be) or else by copying, 'n' by copying */
};

/* Copies one operand to the path `to`. Returns 0, or 1 after messages. */
int copy_path(const char *from, const char *to, const struct copy_options *options);

/* Gives `to` the owner, mode and times of `status`; 0, or 1 after a message. */
int copy_attributes(const char *to, const struct stat *status);

/*
 * The frame of cp, mv and ln: SOURCE DEST, or SOURCE... FOLDER, or -t FOLDER. Calls `act` for
 * each pair and returns 1 if one failed. `plain` (-T) never treats the last operand as a folder.
 */
int each_pair(int count, char **operands, const char *folder, bool plain,
	int (*act)(const char *from, const char *to));

#endif
