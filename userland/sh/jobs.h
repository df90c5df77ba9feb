/* The table of jobs, shared by jobs.c and the builtins on it. */
#ifndef SH_JOBS_H
#define SH_JOBS_H

#include "shell.h"

enum state { RUNNING, STOPPED, DONE };

struct process {
	pid_t pid;
	enum state state;
	int status; /* of waitpid */
};

struct job {
	struct job *next;
	int number;   /* 0 until it is in the background or stopped */
	int sequence; /* the greatest one is %+ */
	pid_t group;
	int gate[2]; /* a pipe whose end its processes wait for, or -1: see pass_gate() */
	struct process *processes;
	int count;
	bool background;
	bool changed; /* since it was last told */
	char *text;
};

extern struct job *jobs; /* the newest first */
enum state job_state(const struct job *job);
int job_status(const struct job *job);
void remove_job(struct job *job);
void number_job(struct job *job);
int continue_job(struct job *job, bool foreground);
/* Records one change of a child. False if there is none (errno ECHILD: no child at all). */
bool reap_one(bool blocks);
void print_job(const struct job *job, FILE *file, bool with_pids);

#endif
