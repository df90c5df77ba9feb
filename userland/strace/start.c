/* The command that is traced from its beginning: -E, -u. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

pid_t start_command(char **command)
{
	int status;
	pid_t child = fork();
	if (child < 0)
		err(1, "cannot fork");
	if (child == 0) {
		raise(SIGSTOP);
		prepare();
		execvp(command[0], command);
		int failure = errno == ENOENT ? 127 : 126;
		warn("Can't stat '%s'", command[0]);
		_exit(failure);
	}
	while (waitpid(child, &status, WUNTRACED) < 0 && errno == EINTR)
		continue;
	if (!WIFSTOPPED(status))
		errx(1, "the command ended before it began");
	return child;
}
