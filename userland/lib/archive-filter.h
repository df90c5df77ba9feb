/* Archives that another program packs and unpacks (gzip, bzip2, xz, zstd). */
#ifndef ARCHIVE_FILTER_H
#define ARCHIVE_FILTER_H

#include <stdbool.h>
#include <stdio.h>

/*
 * The archive as `program` ("gzip", or with arguments) packs or unpacks it; null: as it is, and when it is read
 * what its first bytes tell. One at a time; exits with `usage_status` where no program can be started.
 */
FILE *filter_open(FILE *archive, bool creating, const char *program);
/* The program that belongs to the archive's suffix, or null. */
const char *filter_for(const char *archive);
/* Closes what filter_open gave and waits for the program; exits with a message that tells `name` where something failed. */
void filter_close(FILE *archive, const char *name);

#endif
