/* What the parts of top share. */
#ifndef TOP_H
#define TOP_H

#include <stdbool.h>

#include "process.h"
#include "system.h"
#include "tools.h"

struct top_row {
	struct process process;
	double cpu;    /* percent of one hart since the last picture */
	double memory; /* percent */
};

struct top_options {
	char order;          /* P cpu, M memory, T time, N pid */
	bool reverse, commands, no_idle, threads;
	const char *user;    /* only this one's, or null */
	const char *pids;    /* only these, with commas, or null */
	int scroll;          /* rows left out at the top */
	int limit;           /* most rows, 0: as many as fit */
};

extern struct top_options top_flag;

/* Reads /proc again and computes what was used since the last time. */
void top_sample(void);

/* The picture: `columns` wide, `rows` high (0: all), with escape sequences if `screen`. */
struct text top_draw(int columns, int rows, bool screen, const char *message);

#endif
