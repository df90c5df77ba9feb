/* Redirections, POSIX XCU 2.7. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell.h"

enum { FIRST_PRIVATE_FD = 10, PIPE_ROOM = 4096, CLOSED = -1 };

static noreturn void cannot(const char *what, const char *name)
{
	shell_error(2, "cannot %s %s: %s", what, name, strerror(errno));
}

/* > under set -C: an ordinary file must not be there. */
static int create_new(const char *name)
{
	struct stat status;
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd >= 0 || errno != EEXIST)
		return fd;
	fd = open(name, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
		close(fd);
		errno = EEXIST;
		return -1;
	}
	return fd;
}

static int open_target(const struct redirection *redirection, const char *name)
{
	int fd;
	switch (redirection->kind) {
	case REDIRECT_INPUT: fd = open(name, O_RDONLY | O_CLOEXEC); break;
	case REDIRECT_BOTH: fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666); break;
	case REDIRECT_APPEND: fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666); break;
	default:
		fd = redirection->kind == REDIRECT_OUTPUT && option_set['C']
		   ? create_new(name)
		   : open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	}
	if (fd < 0)
		cannot(redirection->kind == REDIRECT_INPUT ? "open" : "create", name);
	return fd;
}

/* A descriptor to read the here-document from: a pipe if it fits, else an unlinked file. */
static int open_document(const char *text)
{
	size_t length = strlen(text);
	int ends[2];
	if (length <= PIPE_ROOM) {
		if (pipe2(ends, O_CLOEXEC) < 0)
			cannot("make", "a pipe");
		if (write(ends[1], text, length) != (ssize_t)length)
			cannot("write", "a here-document");
		close(ends[1]);
		return ends[0];
	}
	char name[] = "/tmp/sh-XXXXXX";
	int fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		cannot("create", name);
	unlink(name);
	while (length) {
		ssize_t count = write(fd, text, length);
		if (count <= 0)
			cannot("write", "a here-document");
		text += count;
		length -= (size_t)count;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* The descriptor that <&word and >&word name; CLOSED for "-". */
static int copied_fd(const char *word)
{
	char *end;
	if (!strcmp(word, "-"))
		return CLOSED;
	long fd = strtol(word, &end, 10);
	if (!*word || *end || fd < 0 || fd > 1 << 20)
		shell_error(2, "bad file descriptor: %s", word);
	if (fcntl((int)fd, F_GETFD) < 0)
		shell_error(2, "%s: %s", word, strerror(errno));
	return (int)fd;
}

static void remember(struct saved_fd **saved, int fd)
{
	for (struct saved_fd *entry = *saved; entry; entry = entry->next)
		if (entry->fd == fd)
			return;
	struct saved_fd *entry = allocate(sizeof *entry);
	entry->fd = fd;
	entry->copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_PRIVATE_FD);
	entry->next = *saved;
	*saved = entry;
}

bool target_expands;

void redirect(struct redirection *redirection, struct saved_fd **saved)
{
	target_expands = false;
	if (redirection)
		fflush(stdout);
	for (; redirection; redirection = redirection->next) {
		target_expands = true;
		const char *target = expand_single(redirection->target, 0);
		target_expands = false;
		bool copies =
			redirection->kind == REDIRECT_COPY || redirection->kind == REDIRECT_COPY_INPUT;
		int source = copies                                  ? copied_fd(target)
		           : redirection->kind == REDIRECT_DOCUMENT ? open_document(target)
		                                                     : open_target(redirection, target);
		if (saved)
			remember(saved, redirection->fd);
		if (source == CLOSED) {
			close(redirection->fd);
		} else if (source == redirection->fd) {
			fcntl(source, F_SETFD, 0);
		} else {
			if (dup2(source, redirection->fd) < 0)
				shell_error(2, "%d: %s", redirection->fd, strerror(errno));
			if (!copies)
				close(source);
		}
	}
}

int saved_copy(const struct saved_fd *saved, int fd)
{
	for (; saved; saved = saved->next)
		if (saved->fd == fd)
			return saved->copy;
	return fd;
}

void restore_fds(struct saved_fd *saved)
{
	while (saved) {
		struct saved_fd *entry = saved;
		saved = entry->next;
		if (entry->copy >= 0) {
			dup2(entry->copy, entry->fd);
			close(entry->copy);
		} else {
			close(entry->fd);
		}
		free(entry);
	}
}

void forget_saved(struct saved_fd *saved)
{
	while (saved) {
		struct saved_fd *entry = saved;
		saved = entry->next;
		if (entry->copy >= 0)
			close(entry->copy);
		free(entry);
	}
}
