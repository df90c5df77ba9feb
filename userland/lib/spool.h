/*
 * What waits to be run: jobs of at(1) and crontabs, in /var/spool/cron. The commands are set-user-ID root and act as
 * their user but between spool_enter() and spool_leave(). CRON_SPOOL names another folder, for who runs them without that.
 */
#ifndef SPOOL_H
#define SPOOL_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

enum { FIRST_BATCH_QUEUE = 'b', RUNNING_QUEUE = '=' };

/* A path in the spool, on the heap. */
char *spool_path(const char *name);
/* Where mail for the user is kept, on the heap. */
char *spool_mailbox(const char *user);
/* Exits unless the lists NAME.allow and NAME.deny of /etc let the calling user in (root always). */
void spool_check_user(const char *name);
/* Makes the folders, and the rights of the spool's owner the effective ones. */
void spool_enter(void);
void spool_leave(void);

/* The one daemon holds the lock; false if there is another. spool_release: it may end, or another may start. */
bool spool_lock(void);
void spool_release(void);
/* Tells the daemon that something has changed, or starts it. */
void spool_notify(void);

/* A job of at(1): its file is QUEUE NUMBER(5 hexadecimal digits) MINUTE(8). */
struct spool_job {
	unsigned number;
	char queue; /* RUNNING_QUEUE while it runs */
	time_t when;
	uid_t owner;
	char *path;
};

/* All jobs by time, on the heap. */
struct spool_job *spool_jobs(size_t *count);
void spool_free_jobs(struct spool_job *jobs, size_t count);
/* A new job's file, not yet a job: its number and path. spool_submit() makes it one. */
FILE *spool_create_job(char queue, time_t when, struct spool_job *job);
void spool_submit(FILE *file, struct spool_job *job);

#endif
