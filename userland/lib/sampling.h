/* Reports at intervals, as iostat, pidstat and their kind print them. */
#ifndef SAMPLING_H
#define SAMPLING_H

#include <stdbool.h>

struct sampling {
	long interval; /* seconds; 0: one report since the start */
	long count;    /* of reports; 0: without end */
};

/* `[INTERVAL [COUNT]]` at argv[0]; exits with a usage error for other words. */
struct sampling sampling_parse(char **words);
/* "Linux 6.12 (host) 	date 	_riscv64_	(N CPU)" and an empty line. */
void print_system_line(void);
/* Seconds since some moment, for differences. */
double sampling_now(void);
/* Sleeps until the next report; false if that was the last. `done`: how many there were. */
bool sampling_wait(const struct sampling *sampling, long done);

#endif
