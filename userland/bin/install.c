/*
 * install: copy files and set their attributes
 * https://man7.org/linux/man-pages/man1/install.1.html
 *
 * Usage: install [OPTION]... SOURCE DEST
 *        install [OPTION]... SOURCE... FOLDER
 *        install -d [OPTION]... FOLDER...
 *   -d         make the FOLDERs
 *   -D         make the parents of DEST
 *   -g GROUP   the group
 *   -m MODE    the mode instead of rwxr-xr-x
 *   -o OWNER   the owner
 *   -t FOLDER  copy into FOLDER
 *   -v         say what is done
 *   -T                  treat DEST as a file
 *   -c                  ignored, as in other systems
 *   -p                  keep the times of the files
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copy.h"
#include "files.h"
#include "mode.h"
#include "owner.h"
#include "tools.h"

static mode_t mode = 0755;
static uid_t owner = (uid_t)-1;
static gid_t group = (gid_t)-1;
static bool parents, verbose, keeps_times;

static int finish(const char *path)
{
	if (chmod(path, mode)) {
		warn("cannot change permissions of '%s'", path);
		return 1;
	}
	if ((owner != (uid_t)-1 || group != (gid_t)-1) && chown(path, owner, group)) {
		warn("cannot change ownership of '%s'", path);
		return 1;
	}
	return 0;
}

static int keep_times(const char *from, const char *to)
{
	struct stat status;
	if (stat(from, &status) == 0 && utimensat(AT_FDCWD, to, (struct timespec[2]){status.st_atim, status.st_mtim}, 0) == 0)
		return 0;
	warn("setting times of '%s'", to);
	return 1;
}

static int install(const char *from, const char *to)
{
	static const struct copy_options options = {.follow = 'L', .remove_before = true};
	if (parents && make_folders(to, false, 0755, false)) {
		warn("cannot create directory for '%s'", to);
		return 1;
	}
	if (copy_path(from, to, &options))
		return 1;
	if (verbose)
		printf("'%s' -> '%s'\n", from, to);
	return finish(to) | (keeps_times && keep_times(from, to));
}

int main(int argc, char **argv)
{
	const char *folder = NULL;
	bool folders = false, plain = false;
	int status = 0;
	for (int option; (option = next_option(argc, argv, "cdDg:m:o:pt:Tv")) != -1;) {
		switch (option) {
		case 'd': folders = true; break;
		case 'D': parents = true; break;
		case 'g':
			if (group_number(optarg, &group))
				errx(1, "invalid group '%s'", optarg);
			break;
		case 'm':
			if (!mode_valid(optarg))
				errx(1, "invalid mode '%s'", optarg);
			mode = mode_apply(optarg, 0, 0, 0);
			break;
		case 'o':
			if (user_number(optarg, &owner))
				errx(1, "invalid user '%s'", optarg);
			break;
		case 'p': keeps_times = true; break;
		case 't': folder = optarg; break;
		case 'T': plain = true; break;
		case 'v': verbose = true; break;
		default: break;
		}
	}
	if (!folders)
		return each_pair(argc - optind, argv + optind, folder, plain || (parents && !folder), install);
	for (char **path = argv + optind; *path; path++) {
		if (make_folders(*path, true, 0755, verbose)) {
			warn("cannot create directory '%s'", *path);
			status = 1;
		} else {
			status |= finish(*path);
		}
	}
	return status;
}
