/*
 * mkfs: make a file system
 * https://man7.org/linux/man-pages/man8/mkfs.8.html
 *
 * Usage: mkfs [-V] [-t TYPE] [OPTION]... DEVICE [SIZE]
 *   -t TYPE  run mkfs.TYPE (ext2)
 *   -V       print the command first; twice: only print it
 * From the first other option on, everything is for mkfs.TYPE.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools.h"

int main(int argc, char **argv)
{
	const char *type = "ext2";
	int verbosity = 0, at = 1;
	if (argc < 2)
		usage_error("no device specified");
	if (!strcmp(argv[1], "--help"))
		next_option(argc, argv, "+");
	for (; argv[at]; at++) {
		const char *word = argv[at];
		if (!strcmp(word, "-V") || !strcmp(word, "--verbose"))
			verbosity++;
		else if (!strcmp(word, "-t") || !strcmp(word, "--type"))
			type = argv[++at] ? argv[at] : (usage_error("option requires an argument -- 't'"), NULL);
		else if (!strncmp(word, "-t", 2))
			type = word + 2;
		else if (!strncmp(word, "--type=", 7))
			type = word + 7;
		else
			break;
	}
	if (!argv[at])
		usage_error("no device specified");
	char *program = format_text("mkfs.%s", type);
	argv[--at] = program;
	if (verbosity) {
		for (int i = at; argv[i]; i++)
			printf(i == at ? "%s" : " %s", argv[i]);
		putchar('\n');
		fflush(stdout);
	}
	if (verbosity > 1)
		return 0;
	execvp(program, argv + at);
	int reason = errno;
	warn("failed to execute %s", program);
	return reason == ENOENT ? 127 : 126;
}
