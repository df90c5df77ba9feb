/* Changing /etc/passwd and the like: under a lock, by a new file in the place of the old one. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accounts.h"
#include "files.h"
#include "tools.h"

#define LOCK_FILE "/etc/.pwd.lock"

/* lckpwdf(3): the lock that all who change these files take. */
static int take_lock(void)
{
	int fd = open(LOCK_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	while (fd >= 0 && fcntl(fd, F_SETLKW, &whole) < 0) {
		if (errno == EINTR)
			continue;
		close(fd);
		return -1;
	}
	return fd;
}

static bool begins_with(const char *line, const char *name)
{
	size_t length = strlen(name);
	return !strncmp(line, name, length) && line[length] == ':';
}

static bool replace(const char *file, const char *content, size_t length, const struct stat *old)
{
	char *next = format_text("%s+", file);
	int fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool is_done = fd >= 0 && write_all(fd, content, length) == 0 && fchown(fd, old->st_uid, old->st_gid) == 0 && fchmod(fd, old->st_mode & 07777) == 0 && fsync(fd) == 0;
	int error = errno;
	if (fd >= 0)
		close(fd);
	if (is_done && rename(next, file) < 0) {
		error = errno;
		is_done = false;
	}
	if (!is_done)
		unlink(next);
	free(next);
	errno = error;
	return is_done;
}

bool change_record(const char *file, const char *name, const char *line)
{
	struct stat old;
	int lock = take_lock();
	char *content = lock < 0 || stat(file, &old) < 0 ? NULL : read_file(file, NULL);
	bool is_done = false, is_placed = false;
	if (content) {
		struct text text = {0};
		text_string(&text, "");
		for (char *at = content, *end; *at; at = end) {
			end = at + strcspn(at, "\n");
			size_t length = (size_t)(end - at);
			end += *end == '\n';
			if (!begins_with(at, name)) {
				text_add(&text, at, length);
				text_char(&text, '\n');
			} else if (line && !is_placed) {
				text_format(&text, "%s\n", line);
				is_placed = true;
			}
		}
		if (line && !is_placed)
			text_format(&text, "%s\n", line);
		is_done = replace(file, text.data, text.length, &old);
		text_free(&text);
	}
	int error = errno;
	free(content);
	if (lock >= 0)
		close(lock);
	errno = error;
	return is_done;
}
