/*
 * setsid: run a command in a new session
 * https://man7.org/linux/man-pages/man1/setsid.1.html
 *
 * Usage: setsid [-cfw] COMMAND [ARG]...
 *   -c   make the terminal the controlling one
 *   -f   always fork
 *   -w   wait for the command and exit with its status
 */
#include <errno.h>
#include <getopt.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools.h"

int main(int argc, char **argv)
{
	bool terminal = false, always = false, waiting = false;
	for (int option; (option = next_option(argc, argv, "+cfw")) != -1;) {
		terminal |= option == 'c';
		always |= option == 'f';
		waiting |= option == 'w';
	}
	if (!argv[optind])
		usage_error("no command specified");
	if (always || getpgrp() == getpid()) {
		int status;
		pid_t child = fork();
		if (child < 0)
			err(1, "fork");
		if (child > 0) {
			if (!waiting)
				return 0;
			if (waitpid(child, &status, 0) < 0)
				err(1, "wait");
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		}
	}
	if (setsid() < 0)
		err(1, "setsid failed");
	if (terminal && ioctl(STDIN_FILENO, TIOCSCTTY, 1))
		err(1, "failed to set the controlling terminal");
	execvp(argv[optind], argv + optind);
	int status = errno == ENOENT ? 127 : 126;
	warn("failed to execute %s", argv[optind]);
	return status;
}
