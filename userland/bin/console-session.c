/*
 * console-session: a login shell on the console
 * Hartix: the session that /etc/inittab starts; there is no getty and no login
 *
 * Usage: console-session [TERMINAL]
 * Makes TERMINAL (/dev/console) the controlling terminal of a new session, sets the environment
 * of root, prints /etc/motd and becomes the login shell that passwd(5) names.
 */
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sessions.h"
#include "tools.h"

static void take_terminal(const char *name)
{
	if (getpid() != getsid(0))
		setsid();
	int fd = open(name, O_RDWR | O_NOCTTY);
	if (fd < 0)
		err(1, "%s", name);
	if (ioctl(fd, TIOCSCTTY, 1) < 0)
		warn("%s: no controlling terminal", name);
	for (int target = 0; target < 3; target++)
		dup2(fd, target);
	if (fd > 2)
		close(fd);
	tcsetpgrp(0, getpgrp());
}

static const char *set_environment(const struct passwd *user, const char *shell)
{
	const char *home = user ? user->pw_dir : "/root";
	setenv("HOME", home, 1);
	setenv("USER", user ? user->pw_name : "root", 1);
	setenv("LOGNAME", user ? user->pw_name : "root", 1);
	setenv("SHELL", shell, 1);
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin", 1);
	setenv("TERM", "xterm-256color", 0);
	setenv("LANG", "C.UTF-8", 0);
	return home;
}

static void print_welcome(void)
{
	char line[512];
	FILE *file = access(".hushlogin", F_OK) == 0 ? NULL : fopen("/etc/motd", "re");
	while (file && fgets(line, sizeof line, file))
		fputs(line, stdout);
	if (file)
		fclose(file);
	fflush(stdout);
}

/* The user's, or /bin/sh where that cannot be run. */
static const char *shell_of(const struct passwd *user)
{
	bool usable = user && *user->pw_shell && access(user->pw_shell, X_OK) == 0;
	return usable ? user->pw_shell : "/bin/sh";
}

int main(int argc, char **argv)
{
	const struct passwd *user = getpwuid(getuid());
	const char *shell = shell_of(user);
	const char *name = strrchr(shell, '/');
	char login_name[64];
	snprintf(login_name, sizeof login_name, "-%s", name ? name + 1 : shell);
	take_terminal(argc > 1 ? argv[1] : "/dev/console");
	const char *home = set_environment(user, shell);
	if (chdir(home) < 0 && chdir("/") < 0)
		err(1, "%s", home);
	session_begin(user ? user->pw_name : "root", argc > 1 ? argv[1] : "/dev/console");
	print_welcome();
	execl(shell, login_name, (char *)NULL);
	warn("%s", shell);
	return 127;
}
