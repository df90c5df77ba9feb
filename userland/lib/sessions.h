/* Who is logged in: /run/utmp and /var/log/wtmp in the form of glibc's 64-bit utmpx (bits/utmpx.h). */
#ifndef SESSIONS_H
#define SESSIONS_H

#include <stddef.h>
#include <stdint.h>

#define UTMP_FILE "/run/utmp"
#define WTMP_FILE "/var/log/wtmp"

enum session_type { SESSION_BOOT = 2, SESSION_USER = 7, SESSION_DEAD = 8 };

struct session_record {
	int16_t type;
	int32_t pid;
	char line[32]; /* of the terminal, without /dev/ */
	char id[4];
	char user[32];
	char host[256];
	int16_t termination, exit;
	int64_t session;
	struct {
		int64_t seconds, microseconds;
	} time;
	int32_t address[4];
	char reserved[20];
};

/* The calling process begins a session of that user on that terminal (/dev/...; null: none is known). */
void session_begin(const char *user, const char *terminal);
/* All sessions of both files begin now: the system goes on from a state that is older than they are. */
void sessions_begin_now(void);
/* All records of a file, on the heap; *count is 0 where there is none. */
struct session_record *session_records(const char *file, size_t *count);

#endif
