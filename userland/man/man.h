/* The parts of man: where pages are, what they say in one line, and how they look. */
#ifndef MAN_H
#define MAN_H

#include <stdio.h>

#include "tools.h"

/* store.c: the pages of a manual path. */
struct man_page {
	const char *name;	 /* "ls" */
	const char *section; /* "1", "3p" */
	const char *where;	 /* of a file its path, of an archive's member "archive(member)" */
	char *source;		 /* null until man_load() */
	size_t size;
	bool is_compressed;
};
/* Of the folders in `path`, separated by colons; they live until the program ends. */
void man_find_pages(const char *path, struct man_page **pages, int *count);
/* Its source, references (.so) followed; null after a message. */
const char *man_load(struct man_page *page, size_t *length);

/* summary.c: the line of the section NAME. Null if there is none; the caller's. */
char *man_summary(const char *source, size_t length);

/* How text is set apart. */
enum man_look { MAN_PLAIN, MAN_COLOURS };

/* render.c: man(7) to text, as groff -man -Tutf8 sets it, unjustified and unhyphenated. */
void man_render(const char *source, size_t length, int columns, enum man_look look, FILE *out);

/* escape.c: what one escape sequence behind a backslash means. */
struct man_escape {
	const char *text; /* what it prints, UTF-8; "" for nothing */
	char font;		  /* 'R', 'B', 'I', 'P' (the one before), or 0: no change */
	bool continues;	  /* \c: the next line goes on without a space */
	bool is_fixed;	  /* a space that is no place to break */
	bool is_comment;  /* the rest of the line is none of the text */
};
/* Of the sequence at `at` (behind the backslash); returns what follows it. */
const char *man_read_escape(const char *at, const char *end, struct man_escape *escape);

#endif
