/* Finding and starting programs, POSIX XCU 2.9.1.6. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell.h"

const char default_path[] = "/bin:/usr/bin:/sbin:/usr/sbin";

/* The path of `name` in the next folder of *path, which moves on; null at its end. */
static char *next_candidate(const char **path, const char *name)
{
	if (!*path)
		return NULL;
	size_t folder = strcspn(*path, ":"), length = strlen(name);
	char *candidate = arena_allocate(&scratch, folder + length + 2);
	if (folder) {
		memcpy(candidate, *path, folder);
		candidate[folder++] = '/';
	}
	memcpy(candidate + folder, name, length);
	const char *end = *path + strcspn(*path, ":");
	*path = *end ? end + 1 : NULL;
	return candidate;
}

bool is_program(const char *path)
{
	struct stat status;
	return access(path, X_OK) == 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

char *find_program(const char *name, const char *path)
{
	for (char *candidate; (candidate = next_candidate(&path, name));)
		if (is_program(candidate))
			return candidate;
	return NULL;
}

/* Without a "#!" line: the file is a shell script, unless it holds binary data. */
static void execute_script(const char *path, char **argv, char **environment)
{
	char head[128];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, head, sizeof head);
	close(fd);
	if (got < 0 || memchr(head, 0, (size_t)got)) {
		errno = ENOEXEC;
		return;
	}
	int count = 0;
	while (argv[count])
		count++;
	char **words = arena_allocate(&scratch, (size_t)(count + 2) * sizeof *words);
	words[0] = "sh";
	words[1] = (char *)path;
	for (int i = 1; i <= count; i++)
		words[i + 1] = argv[i];
	execve("/bin/sh", words, environment);
}

void try_program(const char *path, char **argv, char **environment)
{
	execve(path, argv, environment);
	if (errno == ENOEXEC)
		execute_script(path, argv, environment);
}

noreturn void execute_program(char **argv, char **environment, const char *path)
{
	const char *name = argv[0];
	int error = ENOENT;
	if (strchr(name, '/')) {
		try_program(name, argv, environment);
		error = errno;
	} else if (*name) {
		for (char *candidate; (candidate = next_candidate(&path, name));) {
			try_program(candidate, argv, environment);
			if (errno != ENOENT && errno != ENOTDIR)
				error = errno;
			if (error == ENOEXEC)
				break;
		}
		if (error == ENOENT) {
			explain_missing(name);
			_exit(127);
		}
	}
	struct stat status;
	if (error == EACCES && stat(name, &status) == 0 && S_ISDIR(status.st_mode))
		error = EISDIR;
	if (error == ENOENT)
		shell_warning("%s: %s", name, *name ? strerror(error) : "command not found");
	else if (error == ENOEXEC)
		shell_warning("%s: cannot execute: not a riscv64 program or a script", name);
	else
		shell_warning("%s: %s", name, strerror(error));
	_exit(error == ENOENT || error == ENOTDIR ? 127 : 126);
}
