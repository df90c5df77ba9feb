/* /run/sudo/ts: a file per user with a line per terminal, "device session seconds": until when nobody is asked again. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sudo.h"
#include "tools.h"

#define FOLDER "/run/sudo/ts"

static char *file_of(const struct passwd *caller)
{
	return format_text("%s/%s", FOLDER, caller->pw_name);
}

/* The terminal and the session, so that another login on it is asked again. */
static char *place(void)
{
	struct stat terminal;
	unsigned long long device = 0;
	if (isatty(0) && fstat(0, &terminal) == 0)
		device = terminal.st_rdev;
	return format_text("%llx %d ", device, getsid(0));
}

static long long now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_BOOTTIME, &time);
	return time.tv_sec;
}

bool sudo_is_fresh(const struct passwd *caller)
{
	char *path = file_of(caller), *start = place(), line[128];
	bool is_fresh = false;
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		if (!strncmp(line, start, strlen(start)))
			is_fresh = now() - strtoll(line + strlen(start), NULL, 10) < sudo_timeout();
	if (file)
		fclose(file);
	free(path);
	free(start);
	return is_fresh;
}

void sudo_remember(const struct passwd *caller)
{
	char *path = file_of(caller), *start = place();
	mkdir("/run/sudo", 0711);
	mkdir(FOLDER, 0700);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0) {
		dprintf(fd, "%s%lld\n", start, now());
		close(fd);
	}
	free(path);
	free(start);
}

void sudo_forget(const struct passwd *caller)
{
	char *path = file_of(caller);
	if (unlink(path) < 0 && errno != ENOENT)
		warn("%s", path);
	free(path);
}
