/*
 * mv: move or rename files
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/mv.html
 *
 * Usage: mv [OPTION]... [-T] SOURCE DEST
 *        mv [OPTION]... SOURCE... DIRECTORY
 *        mv [OPTION]... -t DIRECTORY SOURCE...
 *   -f, --force         do not ask before overwriting
 *   -i, --interactive   ask before overwriting
 *   -n, --no-clobber    do not overwrite
 *   -t DIRECTORY        move into DIRECTORY
 *   -T                  treat DEST as a file
 *   -u, --update        only if SOURCE is newer or DEST is absent
 *   -v, --verbose       say what is done
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copy.h"
#include "files.h"
#include "remove.h"
#include "tools.h"

static bool force, ask, no_clobber, update, verbose;

static bool is_kept(const char *to, const struct stat *source)
{
	struct stat target;
	if (lstat(to, &target))
		return false;
	if (no_clobber || (update && source->st_mtim.tv_sec <= target.st_mtim.tv_sec))
		return true;
	bool locked = !force && !S_ISLNK(target.st_mode) && isatty(STDIN_FILENO) && access(to, W_OK);
	return (ask || locked) && !confirm("%soverwrite '%s'?", locked ? "replace write-protected file, " : "", to);
}

static int move_across(const char *from, const char *to)
{
	static const struct copy_options copying = {.recursive = true, .preserve = true, .follow = 'P', .remove_before = true};
	static const struct remove_options removing = {.recursive = true, .force = true};
	return copy_path(from, to, &copying) || remove_path(from, &removing);
}

static int move(const char *from, const char *to)
{
	struct stat source, target;
	if (lstat(from, &source)) {
		warn("cannot stat '%s'", from);
		return 1;
	}
	if (!lstat(to, &target)) {
		bool same = source.st_dev == target.st_dev && source.st_ino == target.st_ino;
		if (same && source.st_nlink < 2) {
			warnx("'%s' and '%s' are the same file", from, to);
			return 1;
		}
		if (S_ISDIR(target.st_mode) && !S_ISDIR(source.st_mode)) {
			warnx("cannot overwrite directory '%s' with non-directory", to);
			return 1;
		}
		if (S_ISDIR(source.st_mode) && !S_ISDIR(target.st_mode)) {
			warnx("cannot overwrite non-directory '%s' with directory '%s'", to, from);
			return 1;
		}
	}
	if (is_kept(to, &source))
		return 0;
	if (rename(from, to)) {
		if (errno == EXDEV)
			return move_across(from, to);
		if (errno == EINVAL)
			warnx("cannot move '%s' to a subdirectory of itself, '%s'", from, to);
		else
			warn("cannot move '%s' to '%s'", from, to);
		return 1;
	}
	if (verbose)
		printf("renamed '%s' -> '%s'\n", from, to);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"force", no_argument, NULL, 'f'}, {"interactive", no_argument, NULL, 'i'},
		{"no-clobber", no_argument, NULL, 'n'}, {"target-directory", required_argument, NULL, 't'},
		{"no-target-directory", no_argument, NULL, 'T'}, {"update", no_argument, NULL, 'u'},
		{"verbose", no_argument, NULL, 'v'}, {0}};
	const char *folder = NULL;
	bool plain = false;
	for (int option; (option = next_long_option(argc, argv, "fint:Tuv", longs)) != -1;) {
		switch (option) {
		case 'f': force = true, ask = no_clobber = false; break;
		case 'i': ask = true, force = no_clobber = false; break;
		case 'n': no_clobber = true, force = ask = false; break;
		case 't': folder = optarg; break;
		case 'T': plain = true; break;
		case 'u': update = true; break;
		default: verbose = true;
		}
	}
	return each_pair(argc - optind, argv + optind, folder, plain, move);
}
