/* Columns of ps: what may be printed about a process. */
#ifndef PS_H
#define PS_H

#include <stdbool.h>
#include <stdio.h>

#include "process.h"

enum { PS_TEXT = 64 }; /* room for what a column prints, but for commands */

struct ps_format {
	const char *name, *header;
	int width;
	char align;                                     /* L, R or U: left, unlimited */
	long long (*number)(const struct process *);    /* printed, or only sorted by */
	const char *(*text)(const struct process *, char *buffer);
};

struct ps_column {
	const struct ps_format *format;
	char *header;
	int width;
	struct ps_column *next;
};

/* What columns need to know about the system; filled in by ps_prepare. */
extern struct ps_context {
	double uptime;
	long long boot;            /* seconds since 1970 */
	unsigned long long memory; /* KiB */
	long ticks;                /* per second */
} ps_context;

void ps_prepare(void);

/* Adds the columns of a list such as "pid,user=WHO,args"; exits on an unknown name. */
void ps_add_columns(struct ps_column **columns, const char *list);
void ps_put_header(const struct ps_column *columns);
/* Prints one line of at most `width` characters (0: no limit). */
void ps_put_line(const struct ps_column *columns, const struct process *process, int width);

/* Order of two processes by the column of that name; exits if there is no such column. */
int ps_compare(const char *name, const struct process *a, const struct process *b);
/* Exits unless a column has that name. */
void ps_check_name(const char *name);

#endif
