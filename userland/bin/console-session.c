/*
 * console-session: a login shell on the console
 * Hartix: the session that /etc/inittab starts; there is no getty and no login
 *
 * Usage: console-session [TERMINAL]
 * Makes TERMINAL (/dev/console) the controlling terminal of a new session, sets the environment
 * of root, prints /etc/motd and becomes a login shell.
 */
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

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

static const char *set_environment(void)
{
	const struct passwd *user = getpwuid(getuid());
	const char *home = user ? user->pw_dir : "/root";
	setenv("HOME", home, 1);
	setenv("USER", user ? user->pw_name : "root", 1);
	setenv("LOGNAME", user ? user->pw_name : "root", 1);
	setenv("SHELL", "/bin/sh", 1);
	setenv("PATH", "/bin:/usr/bin:/sbin:/usr/sbin", 1);
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

int main(int argc, char **argv)
{
	take_terminal(argc > 1 ? argv[1] : "/dev/console");
	const char *home = set_environment();
	if (chdir(home) < 0 && chdir("/") < 0)
		err(1, "%s", home);
	print_welcome();
	execl("/bin/sh", "-sh", (char *)NULL);
	warn("/bin/sh");
	return 127;
}
