/* What the parts of pax share. */
#ifndef PAX_H
#define PAX_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

/* A member of an archive, or a file on its way into one or to another place. */
struct pax_member {
	char *name;
	char *link;         /* what a symbolic or a hard link points to; else null */
	bool is_hard_link;
	char *user, *group; /* by name; null or empty: by number only */
	struct stat status; /* mode with the type, owner, size, times, device */
	long long content;  /* bytes that follow in the archive */
};

enum pax_format { PAX_USTAR, PAX_PAX, PAX_CPIO };

struct pax_options {
	bool reads, writes, appends, complements, names_itself, asks, keeps_old, links, first_only, restores_access, only_newer, verbose, one_device, null_names;
	char follow;      /* 'H' links of operands, 'L' all, 0 none */
	enum pax_format format;
	size_t block;     /* bytes that are written at once; 0: what the format has */
	/* -p */
	bool no_access_time, no_modification_time, keeps_owner, keeps_mode;
	/* -o */
	bool times, link_data;
	enum { INVALID_BYPASS, INVALID_RENAME, INVALID_UTF_8, INVALID_WRITE } invalid;
	const char *list_format, *header_name, *global_name;
};
extern struct pax_options pax;
extern int pax_status;

/* A message with the reason of errno, or without; the status becomes 1. */
void pax_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void pax_failx(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* archive.c: bytes of the archive; these end the program where it cannot be read or written, or ends early. */
extern FILE *pax_archive;
void pax_get(void *bytes, size_t length);
void pax_skip(long long length);
void pax_put(const void *bytes, size_t length);
void pax_pad(size_t unit);
/* Reads the next member whatever the format; false at the end. */
bool pax_read_member(struct pax_member *member);
/* Passes the content of a member on to `fd` (below 0: nowhere), padding included; -1 with errno of writing. */
int pax_take_content(const struct pax_member *member, int fd);
/* The header of a member; its content is to follow with pax_put and pax_end_content. -1: it does not fit the format; told. */
int pax_write_member(const struct pax_member *member);
void pax_end_content(const struct pax_member *member);
void pax_write_end(void);
/* Reads to the end, so that the next write goes there; the format becomes that of the archive. `seen` is told of each member. */
void pax_go_to_end(void (*seen)(const struct pax_member *member));
void pax_free_member(struct pax_member *member);

/* ustar.c and cpio.c: the same for one format. */
bool pax_read_ustar(struct pax_member *member);
int pax_write_ustar(const struct pax_member *member);
bool pax_read_cpio(struct pax_member *member);
int pax_write_cpio(const struct pax_member *member);

/* records.c: extended headers and what -o says of them. */
void pax_parse_option(const char *words);
void pax_read_records(const char *text, size_t size, bool is_global);
/* Gives the member what the records say, and forgets those of one member. */
void pax_apply_records(struct pax_member *member);
/* The records that a member needs, on the heap, or null; `is_global`: those of -o keyword=value. */
char *pax_make_records(const struct pax_member *member, bool is_global, size_t *size);

/* select.c: which members, and under which names. */
void pax_add_substitution(const char *text);
/* Whether the patterns want the member. */
bool pax_is_wanted(const char *name, bool is_folder);
void pax_set_patterns(char **patterns);
bool pax_is_done(void);
/* Says which patterns nothing matched. */
void pax_tell_unmatched(void);
/* The name by -s and -i, on the heap, or null where the member is to be left out. */
char *pax_rename(const char *name);
/* By -s alone and without a word, for the targets of hard links. */
char *pax_substitute(const char *name);

/* As -o invalid= says of a name that no folder here can have: gives the member another, or false: it is to be left out; told. */
bool pax_make_valid(struct pax_member *member);

/* list.c */
void pax_list(const struct pax_member *member);
/* The member as -v has it: with the name on standard error. */
void pax_tell(const char *name);

/* extract.c: makes the member under its name; content comes from `open_source` (below 0: from the archive). */
void pax_extract(const struct pax_member *member, int source);
/* Modes and times of the folders that were made. */
void pax_finish_folders(void);

/* walk.c: calls `visit` for each file of the operands, or of standard input where there is none. */
void pax_walk(char **operands, void (*visit)(const char *path, const struct stat *status));
/* The member for a file: with its target, owners' names, and the earlier name of the same file as its link. */
bool pax_describe(const char *path, const struct stat *status, const char *name, struct pax_member *member);

#endif
