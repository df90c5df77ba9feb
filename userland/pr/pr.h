/* pr: its options, and the pages that it makes of files. */
#ifndef PR_H
#define PR_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

enum { HEADER_LINES = 5, TRAILER_LINES = 5 };

struct pr_options {
	long first, last;
	int columns, page_length, width, margin;
	bool across, is_double, form_feed, merges, numbers, pauses, is_silent, separates, is_bare, keeps_form_feeds, has_width;
	bool expands, tabs_out;
	char expand_char, tab_char, number_char, separator;
	int expand_gap, tab_gap, number_width;
	const char *header;
};
extern struct pr_options pr_flag;

/* A file that is read; a form feed ends a page of it early. */
struct source {
	const char *name;
	FILE *file; /* null at its end */
	time_t time;
	bool page_ended;
};

/* pages.c: prints the pages of one file, or of files beside each other; true if all could be read. */
bool pr_put_pages(struct source *sources, int count);
int pr_column_width(void); /* columns of the screen that a number and the text behind it may fill */

#endif
