/* Counters of the whole system: /proc/meminfo, stat, uptime, loadavg. */
#ifndef SYSTEM_H
#define SYSTEM_H

#include <stdbool.h>

/* KiB. */
struct memory_counters {
	unsigned long long total, free, available, buffers, cached, reclaimable, shared, active, inactive;
	unsigned long long swap_total, swap_free;
};
void read_memory(struct memory_counters *counters);

/* Ticks since boot, all harts together. */
struct cpu_counters {
	unsigned long long user, nice, system, idle, wait, interrupt, soft_interrupt, stolen;
};
void read_cpu(struct cpu_counters *counters);

/* A number from /proc/stat such as ctxt, intr, processes, btime; 0 if it is absent. */
unsigned long long read_stat(const char *name);

/* Seconds since boot. */
double read_uptime(void);

/* `05:48:40 up 1 day,  3:04,  1 user,  load average: 0.00, 0.01, 0.05` on the heap. */
char *uptime_line(void);

#endif
