/*
 * pwd: print the working directory
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pwd.html
 *
 * Usage: pwd [-LP]
 *   -L, --logical    PWD from the environment if it is right, even with symbolic links
 *   -P, --physical   without symbolic links (default)
 */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools.h"

static bool is_here(const char *path)
{
	struct stat named, here;
	if (!path || *path != '/' || strstr(path, "/./") || strstr(path, "/../"))
		return false;
	return !stat(path, &named) && !stat(".", &here) && named.st_ino == here.st_ino && named.st_dev == here.st_dev;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"logical", no_argument, NULL, 'L'}, {"physical", no_argument, NULL, 'P'}, {0}};
	bool logical = false;
	char path[PATH_MAX];
	for (int option; (option = next_long_option(argc, argv, "LP", longs)) != -1;)
		logical = option == 'L';
	if (logical && is_here(getenv("PWD"))) {
		puts(getenv("PWD"));
		return 0;
	}
	if (!getcwd(path, sizeof path))
		err(1, "cannot get the working directory");
	puts(path);
	return 0;
}
