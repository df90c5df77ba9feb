/*
 * dirname: a path without its last component
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/dirname.html
 *
 * Usage: dirname [-z] NAME...
 *   -z, --zero   lines end with NUL
 */
#include <getopt.h>
#include <stdio.h>

#include "files.h"
#include "tools.h"

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"zero", no_argument, NULL, 'z'}, {0}};
	char ending = '\n';
	while (next_long_option(argc, argv, "+z", longs) != -1)
		ending = 0;
	if (!argv[optind])
		usage_error("missing operand");
	for (char **operand = argv + optind; *operand; operand++) {
		const char *path = *operand;
		long length = path_name(path) - path;
		while (length > 1 && path[length - 1] == '/')
			length--;
		if (length > 0 || *path == '/')
			printf("%.*s%c", length ? (int)length : 1, path, ending);
		else
			printf(".%c", ending);
	}
	return 0;
}
