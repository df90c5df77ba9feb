/*
 * readlink: print what symbolic links point to
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/readlink.html
 *
 * Aliases: realpath
 *
 * Usage: readlink [-efmnqsvz] FILE...
 *        realpath [-emqsz] FILE...
 *   -e            the absolute path without links; all of it must exist
 *   -f            the same, but the last part may be absent (realpath)
 *   -m            the same, and any part may be absent
 *   -n            no newline
 *   -q, -s        no messages
 *   -v            messages (realpath always has them)
 *   -z            NUL instead of a newline
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "tools.h"

enum { LINK_LIMIT = 40 };

/* Follows all links; parts may be absent as `mode` allows: e none, f the last, m any. */
static char *canonical(const char *path, char mode)
{
	struct text done = {0};
	char *todo = NULL, here[PATH_MAX], target[PATH_MAX];
	struct stat status;
	int links = 0;
	if (*path != '/' && !getcwd(here, sizeof here))
		return NULL;
	todo = *path == '/' ? duplicate(path) : path_join(here, path);
	text_string(&done, "");
	while (*todo) {
		size_t skip = strspn(todo, "/"), length = strcspn(todo + skip, "/");
		char *rest = duplicate(todo + skip + length), *part = duplicate_range(todo + skip, length);
		free(todo);
		todo = rest;
		if (!strcmp(part, "..")) {
			char *slash = strrchr(done.data, '/');
			done.length = slash ? (size_t)(slash - done.data) : 0;
			done.data[done.length] = 0;
			continue;
		}
		if (!*part || !strcmp(part, "."))
			continue;
		size_t before = done.length;
		text_format(&done, "/%s", part);
		bool last = !rest[strspn(rest, "/")];
		if (lstat(done.data, &status)) {
			if (mode == 'm' || (mode == 'f' && last && errno == ENOENT))
				continue;
			return NULL;
		}
		if (!S_ISLNK(status.st_mode)) {
			if (!last && !S_ISDIR(status.st_mode) && mode != 'm') {
				errno = ENOTDIR;
				return NULL;
			}
			continue;
		}
		ssize_t size = readlink(done.data, target, sizeof target - 1);
		if (size < 0 || ++links > LINK_LIMIT) {
			errno = size < 0 ? errno : ELOOP;
			return NULL;
		}
		target[size] = 0;
		todo = format_text("%s/%s", target, rest);
		done.length = *target == '/' ? 0 : before;
		done.data[done.length] = 0;
	}
	if (!done.length)
		text_char(&done, '/');
	return done.data;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"canonicalize", no_argument, NULL, 'f'}, {"canonicalize-existing", no_argument, NULL, 'e'}, {"canonicalize-missing", no_argument, NULL, 'm'},
		{"no-newline", no_argument, NULL, 'n'}, {"quiet", no_argument, NULL, 'q'}, {"silent", no_argument, NULL, 's'},
		{"verbose", no_argument, NULL, 'v'}, {"zero", no_argument, NULL, 'z'}, {0}};
	bool real = program_name()[2] == 'a' && program_name()[3] == 'l', quiet = !real, no_newline = false;
	char mode = real ? 'f' : 0, ending = '\n';
	for (int option; (option = next_long_option(argc, argv, real ? "eEfmnqsvz" : "efmnqsvz", longs)) != -1;) {
		switch (option) {
		case 'n': no_newline = true; break;
		case 'q':
		case 's': quiet = true; break;
		case 'v': quiet = false; break;
		case 'z': ending = 0; break;
		case 'E': mode = 'f'; break;
		default: mode = (char)option;
		}
	}
	if (!argv[optind])
		usage_error("missing operand");
	int status = 0;
	for (char **path = argv + optind; *path; path++) {
		char target[PATH_MAX], *text = NULL;
		ssize_t length = mode ? -1 : readlink(*path, target, sizeof target);
		if (mode)
			text = canonical(*path, mode);
		else if (length >= 0)
			text = duplicate_range(target, (size_t)length);
		if (!text) {
			if (!quiet)
				warn("%s", *path);
			status = 1;
			continue;
		}
		fputs(text, stdout);
		if (!no_newline || path[1])
			putchar(ending);
		free(text);
	}
	return status;
}
