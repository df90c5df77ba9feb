/*
 * basename: the last component of a path
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/basename.html
 *
 * Usage: basename NAME [SUFFIX]
 *        basename OPTION... NAME...
 *   -a, --multiple        several NAMEs
 *   -s, --suffix SUFFIX   remove SUFFIX (implies -a)
 *   -z, --zero            lines end with NUL
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "files.h"
#include "tools.h"

static void put(const char *path, const char *suffix, char ending)
{
	const char *name = path_name(path);
	size_t length = strcspn(name, "/"), cut = suffix ? strlen(suffix) : 0;
	if (!length && *name == '/')
		length = 1;
	if (cut && cut < length && !strncmp(name + length - cut, suffix, cut))
		length -= cut;
	printf("%.*s%c", (int)length, name, ending);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"multiple", no_argument, NULL, 'a'}, {"suffix", required_argument, NULL, 's'}, {"zero", no_argument, NULL, 'z'}, {0}};
	const char *suffix = NULL;
	bool several = false;
	char ending = '\n';
	for (int option; (option = next_long_option(argc, argv, "+as:z", longs)) != -1;) {
		several |= option != 'z';
		if (option == 's')
			suffix = optarg;
		if (option == 'z')
			ending = 0;
	}
	if (!argv[optind])
		usage_error("missing operand");
	if (!several && argc - optind > 2)
		usage_error("extra operand '%s'", argv[optind + 2]);
	if (!several && argc - optind == 2)
		suffix = argv[--argc];
	for (int i = optind; i < argc; i++)
		put(argv[i], suffix, ending);
	return 0;
}
