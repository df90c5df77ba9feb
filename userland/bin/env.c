/*
 * env: run a program in a changed environment
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/env.html
 *
 * Usage: env [OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]
 * Without COMMAND prints the environment.
 *   -0, --null                 lines end with NUL
 *   -C, --chdir DIR            change to DIR first
 *   -i, --ignore-environment   start with an empty environment
 *   -u, --unset NAME           remove NAME
 *   -S, --split-string S       split S into arguments (for #! lines)
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools.h"

extern char **environ;

/* Replaces "-S words" in argv by its words. */
static char **split(int *argc, char **argv)
{
	for (int i = 1; i < *argc && argv[i][0] == '-'; i++) {
		if (strncmp(argv[i], "-S", 2))
			continue;
		bool joined = argv[i][2] != 0;
		if (!joined && i + 1 >= *argc)
			return argv;
		char *words = duplicate(joined ? argv[i] + 2 : argv[i + 1]);
		char **result = allocate(sizeof *result * ((size_t)*argc + strlen(words) + 2));
		int count = 0;
		for (; count < i; count++)
			result[count] = argv[count];
		for (char *word = strtok(words, " \t"); word; word = strtok(NULL, " \t"))
			result[count++] = word;
		for (int j = i + (joined ? 1 : 2); j < *argc; j++)
			result[count++] = argv[j];
		result[count] = NULL;
		*argc = count;
		return result;
	}
	return argv;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"null", no_argument, NULL, '0'}, {"chdir", required_argument, NULL, 'C'},
		{"ignore-environment", no_argument, NULL, 'i'}, {"unset", required_argument, NULL, 'u'}, {0}};
	char ending = '\n';
	usage_status = 125;
	argv = split(&argc, argv);
	for (int option; (option = next_long_option(argc, argv, "+0C:iu:", longs)) != -1;) {
		switch (option) {
		case '0': ending = 0; break;
		case 'i': clearenv(); break;
		case 'C':
			if (chdir(optarg))
				err(125, "cannot change directory to '%s'", optarg);
			break;
		default:
			if (unsetenv(optarg))
				err(125, "cannot unset '%s'", optarg);
		}
	}
	if (argv[optind] && !strcmp(argv[optind], "-")) {
		clearenv();
		optind++;
	}
	for (; argv[optind] && strchr(argv[optind], '='); optind++)
		putenv(argv[optind]);
	if (!argv[optind]) {
		for (char **variable = environ; variable && *variable; variable++)
			printf("%s%c", *variable, ending);
		return 0;
	}
	execvp(argv[optind], argv + optind);
	int status = errno == ENOENT ? 127 : 126;
	warn("'%s'", argv[optind]);
	return status;
}
