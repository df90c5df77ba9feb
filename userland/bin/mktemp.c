/*
 * mktemp: make a temporary file or directory
 * https://man7.org/linux/man-pages/man1/mktemp.1.html
 *
 * Usage: mktemp [-dqu] [-p DIR | -t] [TEMPLATE]
 * TEMPLATE ends in at least three X (tmp.XXXXXXXXXX); prints the name.
 *   -d, --directory    a directory
 *   -p, --tmpdir DIR   in DIR instead of TMPDIR or /tmp
 *   -q, --quiet        no messages
 *   -t                 TEMPLATE is a name in that folder
 *   -u, --dry-run      make nothing
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "tools.h"

static void fill(char *at, size_t count)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	for (size_t i = 0; i < count; i++) {
		unsigned char byte = 0;
		if (getrandom(&byte, 1, 0) != 1)
			err(1, "getrandom");
		at[i] = letters[byte % (sizeof letters - 1)];
	}
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"directory", no_argument, NULL, 'd'}, {"tmpdir", optional_argument, NULL, 'p'}, {"quiet", no_argument, NULL, 'q'}, {"dry-run", no_argument, NULL, 'u'}, {0}};
	const char *folder = NULL;
	bool directory = false, quiet = false, dry = false, inside = false;
	for (int option; (option = next_long_option(argc, argv, "dp:qtu", longs)) != -1;) {
		switch (option) {
		case 'd': directory = true; break;
		case 'p': folder = optarg, inside = true; break;
		case 'q': quiet = true; break;
		case 't': inside = true; break;
		default: dry = true;
		}
	}
	const char *template = argv[optind];
	inside |= !template;
	if (!template)
		template = "tmp.XXXXXXXXXX";
	if (inside && (!folder || !*folder))
		folder = getenv("TMPDIR");
	if (inside && (!folder || !*folder))
		folder = "/tmp";
	char *path = inside ? path_join(folder, template) : duplicate(template), *last = strrchr(path, 'X');
	size_t end = last ? (size_t)(last - path) + 1 : 0, start = end;
	while (start > 0 && path[start - 1] == 'X')
		start--;
	if (end - start < 3)
		errx(1, "too few X's in template '%s'", template);
	for (int attempt = 0; attempt < 100; attempt++) {
		fill(path + start, end - start);
		struct stat status;
		int fd = -1;
		bool made = dry ? lstat(path, &status) != 0 : directory ? !mkdir(path, 0700) : (fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600)) >= 0;
		if (made) {
			puts(path);
			return 0;
		}
		if (errno != EEXIST)
			break;
	}
	if (!quiet)
		warn("failed to create %s via template '%s'", directory ? "directory" : "file", path);
	return 1;
}
