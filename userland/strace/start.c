/* The command that is traced from its beginning: -E, -u. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"
#include "strace.h"
#include "tools.h"

static char **changes;
static size_t change_count;
static const char *user_name;

void change_environment(char *text)
{
	changes = reallocate(changes, (change_count + 1) * sizeof *changes);
	changes[change_count++] = text;
}

void run_as(const char *name)
{
	user_name = name;
}

/* In the child: the environment of -E, the user of -u. */
static void prepare(void)
{
	for (size_t i = 0; i < change_count; i++)
		if (strchr(changes[i], '=') ? putenv(changes[i]) : unsetenv(changes[i]))
			err(1, "%s", changes[i]);
	if (!user_name)
		return;
	struct passwd *user = getpwnam(user_name);
	if (!user)
		errx(1, "Cannot find user '%s'", user_name);
	if (initgroups(user_name, user->pw_gid) || setgid(user->pw_gid) || setuid(user->pw_uid))
		err(1, "%s", user_name);
}

/* As execvp(3) would find it, but that what it tries on the way is not part of the trace; null with errno. */
static char *program_path(const char *name)
{
	const char *at = strchr(name, '/') ? "" : getenv("PATH");
	if (!at || !*at)
		return access(name, F_OK) ? NULL : duplicate(name);
	for (;; at++) {
		size_t length = strcspn(at, ":");
		char *folder = duplicate_range(at, length), *path = path_join(length ? folder : ".", name);
		free(folder);
		if (!access(path, X_OK) && !is_folder(path))
			return path;
		free(path);
		at += length;
		if (!*at)
			break;
	}
	errno = ENOENT;
	return NULL;
}

pid_t start_command(char **command)
{
	int status;
	char *path = program_path(command[0]);
	if (!path)
		err(1, "Can't stat '%s'", command[0]);
	pid_t child = fork();
	if (child < 0)
		err(1, "cannot fork");
	if (child == 0) {
		raise(SIGSTOP);
		prepare();
		execv(path, command);
		warn("exec");
		_exit(1);
	}
	free(path);
	while (waitpid(child, &status, WUNTRACED) < 0 && errno == EINTR)
		continue;
	if (!WIFSTOPPED(status))
		errx(1, "the command ended before it began");
	return child;
}
