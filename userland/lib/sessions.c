/* utmp(5): a record per terminal, written over by the next session there; wtmp only grows. */
#include "sessions.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "files.h"
#include "tools.h"

static void put_name(char *field, size_t size, const char *text)
{
	size_t length = strnlen(text, size);
	memset(field, 0, size);
	memcpy(field, text, length);
}

/* The terminal's own record, or behind the last one. */
static off_t place_of(int fd, const struct session_record *record)
{
	struct session_record old;
	off_t at = 0;
	while (pread(fd, &old, sizeof old, at) == sizeof old && memcmp(old.line, record->line, sizeof old.line))
		at += (off_t)sizeof old;
	return at;
}

static void write_record(const char *file, const struct session_record *record, bool is_log)
{
	int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | (is_log ? O_APPEND : 0), 0644);
	if (fd < 0)
		return;
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	while (fcntl(fd, F_SETLKW, &whole) < 0 && errno == EINTR)
		;
	ssize_t written = is_log ? write(fd, record, sizeof *record) : pwrite(fd, record, sizeof *record, place_of(fd, record));
	if (written != sizeof *record)
		warn("%s", file);
	close(fd);
}

void session_begin(const char *user, const char *terminal)
{
	struct session_record record = {.type = SESSION_USER, .pid = getpid(), .session = getsid(0)};
	const char *line = !terminal ? "?" : !strncmp(terminal, "/dev/", 5) ? terminal + 5 : terminal;
	size_t length = strlen(line);
	struct timeval now;
	gettimeofday(&now, NULL);
	record.time.seconds = now.tv_sec;
	record.time.microseconds = now.tv_usec;
	put_name(record.line, sizeof record.line, line);
	put_name(record.id, sizeof record.id, length > 4 ? line + length - 4 : line);
	put_name(record.user, sizeof record.user, user);
	write_record(UTMP_FILE, &record, false);
	write_record(WTMP_FILE, &record, true);
}

static void begin_now(const char *file, const struct timeval *now)
{
	struct session_record record;
	int fd = open(file, O_RDWR | O_CLOEXEC);
	for (off_t at = 0; fd >= 0 && pread(fd, &record, sizeof record, at) == sizeof record; at += (off_t)sizeof record) {
		record.time.seconds = now->tv_sec;
		record.time.microseconds = now->tv_usec;
		if (pwrite(fd, &record, sizeof record, at) != sizeof record)
			warn("%s", file);
	}
	if (fd >= 0)
		close(fd);
}

void sessions_begin_now(void)
{
	struct timeval now;
	gettimeofday(&now, NULL);
	begin_now(UTMP_FILE, &now);
	begin_now(WTMP_FILE, &now);
}

struct session_record *session_records(const char *file, size_t *count)
{
	size_t length = 0;
	char *content = read_file(file, &length);
	*count = content ? length / sizeof(struct session_record) : 0;
	return (struct session_record *)content;
}
