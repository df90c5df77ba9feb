/*
 * tee: copy standard input to files and standard output
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/tee.html
 *
 * Usage: tee [-ai] [FILE]...
 *   -a, --append              append to the files
 *   -i, --ignore-interrupts   ignore SIGINT
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <unistd.h>

#include "files.h"
#include "tools.h"

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"append", no_argument, NULL, 'a'}, {"ignore-interrupts", no_argument, NULL, 'i'}, {0}};
	int mode = O_TRUNC, status = 0;
	for (int option; (option = next_long_option(argc, argv, "ai", longs)) != -1;) {
		if (option == 'a')
			mode = O_APPEND;
		else
			signal(SIGINT, SIG_IGN);
	}
	int count = argc - optind;
	int *files = allocate(sizeof *files * (size_t)(count + 1));
	const char **names = allocate(sizeof *names * (size_t)(count + 1));
	files[0] = STDOUT_FILENO;
	names[0] = "standard output";
	for (int i = 1; i <= count; i++) {
		names[i] = argv[optind + i - 1];
		files[i] = open(names[i], O_WRONLY | O_CREAT | mode, 0666);
		if (files[i] >= 0)
			continue;
		warn("%s", names[i]);
		status = 1;
	}
	char buffer[16384];
	for (ssize_t length; (length = read(STDIN_FILENO, buffer, sizeof buffer)) != 0;) {
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			err(1, "read error");
		for (int i = 0; i <= count; i++) {
			if (files[i] < 0 || !write_all(files[i], buffer, (size_t)length))
				continue;
			warn("%s", names[i]);
			files[i] = -1;
			status = 1;
		}
	}
	return status;
}
