/* Processes as /proc shows them, see proc(5). */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct process {
	pid_t pid, parent, group, session, terminal_group, thread; /* thread: id of the task, pid of its group */
	char name[64];
	char state;
	int terminal;                              /* device number, 0 without one */
	unsigned flags;
	unsigned long long minor_faults, major_faults;
	unsigned long long user_ticks, system_ticks; /* of sysconf(_SC_CLK_TCK) */
	unsigned long long start_ticks;              /* since boot */
	long priority, nice, threads;
	unsigned long long virtual_bytes;
	unsigned long long resident, shared;         /* KiB */
	unsigned long long locked;                   /* KiB */
	int processor;
	int real_time_priority, policy; /* 1 to 99, 0 for others; SCHED_ of sched(7) */
	uid_t user, effective_user;
	gid_t group_id, effective_group;
	char *arguments;                           /* separated by spaces; null if there are none */
	char *wait_channel;                        /* null unless it was asked for */
};

struct process_list {
	struct process *items;
	size_t count;
};

/* Reads one; false if it is gone. To be freed with process_free. */
bool process_read(pid_t pid, struct process *process);
/* Reads one thread of it. */
bool process_read_thread(pid_t pid, pid_t thread, struct process *process);
void process_free(struct process *process);

/* All processes in the order of their numbers, with `threads` all threads of each. */
struct process_list process_list(bool threads);
void process_list_free(struct process_list *list);

/* Arguments, or [name] without them, as ps shows a command. On the heap. */
char *process_command(const struct process *process);

/* Name of a terminal: pts/0, tty1, or ?. Valid until the next call. */
const char *process_terminal(int device);

/* A small file of /proc, NUL-terminated, on the heap; null if it cannot be read. */
char *proc_file(pid_t pid, const char *name, size_t *length);

#endif
