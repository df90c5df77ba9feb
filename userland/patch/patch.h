/* patch: hunks as they are read, and what applying one gives. */
#ifndef PATCH_H
#define PATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum style { ANY_STYLE, UNIFIED, CONTEXT, NORMAL, ED };

/* A line of a hunk: ' ' in both files, '-' in the old one, '+' in the new one. */
struct patch_line {
	char kind;
	char *text;
	bool no_newline; /* the last one of its file, which does not end in a newline */
};

struct hunk {
	size_t old_start, old_count, new_start, new_count; /* lines from 1 */
	struct patch_line *lines;
	size_t count, room;
};

/* The part of a patch that is about one file. */
struct file_patch {
	enum style style;
	char *old_name, *new_name, *index_name; /* null if it has none */
	bool creates, deletes;                  /* the other side is /dev/null, or its time is the epoch's start */
	struct hunk *hunks;
	size_t count, room;
	char *script; /* of an ed script */
};

struct patch_input {
	FILE *stream;
	char *line; /* the one at hand, null at the end */
	size_t capacity, number;
	bool has_newline;
};

/* Lines of a file. */
struct lines {
	char **items;
	size_t count, room;
	bool no_newline; /* after the last */
};

/* parse.c: the next file's part; false at the end of the patch. Exits with 2 on a malformed patch. */
bool patch_read(struct patch_input *input, enum style style, struct file_patch *patch);
void patch_advance(struct patch_input *input);
void patch_add_line(struct hunk *hunk, char kind, const char *text, bool no_newline);
struct hunk *patch_add_hunk(struct file_patch *patch);
void patch_reverse(struct file_patch *patch);
void patch_free_hunk(struct hunk *hunk); /* its lines */
void patch_free(struct file_patch *patch);

/* context.c: a hunk of a context diff, whose `***************` line is at hand. */
void patch_read_context(struct patch_input *input, struct file_patch *patch);

/*
 * apply.c: looks for the hunk's old lines near `expected` (from 0) and not before `first`, giving up `fuzz` lines of
 * context at each end; true and *at if they are there.
 */
bool patch_find(const struct lines *lines, const struct hunk *hunk, size_t expected, size_t first, size_t fuzz, bool loose_blanks, size_t *at);
/* The hunk as -D applies it: what it takes out stays, and the conditions of the C preprocessor come. On the heap are its lines. */
struct hunk patch_merge(const struct hunk *hunk, const char *name);
/* Replaces them; the index behind the new lines. */
size_t patch_apply(struct lines *lines, const struct hunk *hunk, size_t at, size_t fuzz);
void patch_write_rejects(FILE *out, const struct file_patch *patch, const bool *rejected);
bool patch_load(const char *path, struct lines *lines); /* false with errno */
void patch_store(FILE *out, const struct lines *lines);
void patch_free_lines(struct lines *lines);

#endif
