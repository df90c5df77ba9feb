/*
 * chmod: change the mode of files
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/chmod.html
 *
 * Usage: chmod [-cfRv] MODE[,MODE]... FILE...
 *        chmod [-cfRv] --reference=RFILE FILE...
 * A MODE is an octal number or [ugoa]*([-+=]([rwxXst]*|[ugo]))+.
 *   -c, --changes     like -v, but only changes
 *   -f, --silent      no messages about most errors
 *   -R, --recursive   files and directories in it, too
 *   -v, --verbose     say what is done to each file
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "mode.h"
#include "tools.h"

static struct {
	bool changes, silent, recursive, verbose;
} flag;

static mode_t mask;

static void tell(const char *path, mode_t old, mode_t new)
{
	char before[11], after[11];
	if (!flag.verbose && !(flag.changes && old != new))
		return;
	mode_string(old, before);
	mode_string(new, after);
	if (old == new)
		printf("mode of '%s' retained as %04o (%s)\n", path, new, after + 1);
	else
		printf("mode of '%s' changed from %04o (%s) to %04o (%s)\n", path, old, before + 1, new, after + 1);
}

static int change(const char *path, const char *mode, bool operand)
{
	struct stat status;
	if (operand ? stat(path, &status) : lstat(path, &status)) {
		if (!flag.silent)
			warn("cannot access '%s'", path);
		return 1;
	}
	if (S_ISLNK(status.st_mode))
		return 0;
	int failed = 0;
	mode_t old = status.st_mode & 07777, new = mode_apply(mode, old, S_ISDIR(status.st_mode), mask);
	if (chmod(path, new)) {
		if (!flag.silent)
			warn("changing permissions of '%s'", path);
		failed = 1;
	} else {
		tell(path, old, new);
	}
	if (!flag.recursive || !S_ISDIR(status.st_mode))
		return failed;
	char **names = folder_names(path);
	if (!names) {
		if (!flag.silent)
			warn("cannot read directory '%s'", path);
		return 1;
	}
	for (char **name = names; *name; name++) {
		char *inner = path_join(path, *name);
		failed |= change(inner, mode, false);
		free(inner);
	}
	free_names(names);
	return failed;
}

/* A mode such as -w or -rwx looks like options: marks its place and hides it from getopt. */
static char *take_negative_mode(int *argc, char **argv)
{
	for (int i = 1; i < *argc && strcmp(argv[i], "--"); i++) {
		if (argv[i][0] != '-' || !argv[i][1] || !strchr("rwxXstugo", argv[i][1]))
			continue;
		char *mode = argv[i];
		memmove(argv + i, argv + i + 1, sizeof *argv * (size_t)(*argc - i));
		--*argc;
		return mode;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"changes", no_argument, NULL, 'c'}, {"silent", no_argument, NULL, 'f'}, {"quiet", no_argument, NULL, 'f'},
		{"recursive", no_argument, NULL, 'R'}, {"verbose", no_argument, NULL, 'v'},
		{"reference", required_argument, NULL, 'r'}, {0}};
	struct stat reference;
	const char *mode = take_negative_mode(&argc, argv);
	for (int option; (option = next_long_option(argc, argv, "cfRv", longs)) != -1;) {
		switch (option) {
		case 'c': flag.changes = true; break;
		case 'f': flag.silent = true; break;
		case 'R': flag.recursive = true; break;
		case 'v': flag.verbose = true; break;
		default:
			if (stat(optarg, &reference))
				err(1, "failed to get attributes of '%s'", optarg);
			mode = format_text("%o", reference.st_mode & 07777);
		}
	}
	if (!mode && argv[optind])
		mode = argv[optind++];
	if (!mode)
		usage_error("missing operand");
	if (!mode_valid(mode))
		usage_error("invalid mode: '%s'", mode);
	if (!argv[optind])
		usage_error("missing operand after '%s'", mode);
	mask = umask(0);
	umask(mask);
	int status = 0;
	for (char **path = argv + optind; *path; path++)
		status |= change(*path, mode, true);
	return status;
}
