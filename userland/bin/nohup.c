/*
 * nohup: run a command that a hangup does not end
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/nohup.html
 *
 * Usage: nohup COMMAND [ARG]...
 * Output that would go to a terminal is appended to nohup.out, or to $HOME/nohup.out.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "files.h"
#include "tools.h"

static void redirect_output(void)
{
	const char *name = "nohup.out", *home = getenv("HOME");
	int fd = open(name, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 && home) {
		name = path_join(home, "nohup.out");
		fd = open(name, O_WRONLY | O_CREAT | O_APPEND, 0600);
	}
	if (fd < 0)
		err(127, "failed to open '%s'", name);
	warnx("ignoring input and appending output to '%s'", name);
	dup2(fd, STDOUT_FILENO);
	close(fd);
}

int main(int argc, char **argv)
{
	usage_status = 125;
	next_option(argc, argv, "+");
	if (!argv[optind])
		usage_error("missing operand");
	if (isatty(STDIN_FILENO)) {
		int null = open("/dev/null", O_WRONLY);
		dup2(null, STDIN_FILENO);
		close(null);
	}
	if (isatty(STDOUT_FILENO))
		redirect_output();
	if (isatty(STDERR_FILENO))
		dup2(STDOUT_FILENO, STDERR_FILENO);
	signal(SIGHUP, SIG_IGN);
	execvp(argv[optind], argv + optind);
	int status = errno == ENOENT ? 127 : 126;
	warn("failed to run command '%s'", argv[optind]);
	return status;
}
