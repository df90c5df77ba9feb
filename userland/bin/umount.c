/*
 * umount: detach file systems
 * https://man7.org/linux/man-pages/man8/umount.8.html
 *
 * Usage: umount [-flr] FOLDER|SOURCE...
 *        umount -a
 *   -a   all that /proc and the root do not need
 *   -f   by force
 *   -l   now from the tree, later in fact
 *   -r   if it is in use, make it read only
 *   -n       write no table: there is none to write
 *   -v       say what was unmounted
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "mounts.h"
#include "tools.h"

static int flags;
static bool read_only;

static bool is_verbose;

static int detach(const char *folder)
{
	if (!umount2(folder, flags)) {
		if (is_verbose)
			printf("umount: %s unmounted\n", folder);
		return 0;
	}
	if (read_only && errno == EBUSY && !mount("none", folder, NULL, MS_REMOUNT | MS_RDONLY, NULL)) {
		warnx("%s busy - remounted read-only", folder);
		return 0;
	}
	if (errno == EINVAL)
		warnx("%s: not mounted.", folder);
	else if (errno == EBUSY)
		warnx("%s: target is busy.", folder);
	else if (errno == ENOENT)
		warnx("%s: no mount point specified.", folder);
	else
		warn("%s", folder);
	return 32;
}

/* A device stands for where it was mounted last. */
static const char *folder_of(const char *name)
{
	const char *folder = name;
	for (const struct mounted *mount = read_mounts(); mount->source; mount++) {
		if (!strcmp(mount->folder, name))
			return name;
		if (!strcmp(mount->source, name))
			folder = mount->folder;
	}
	return folder;
}

static int detach_all(void)
{
	const struct mounted *mounts = read_mounts(), *last = mounts;
	int status = 0;
	while (last->source)
		last++;
	while (last-- > mounts)
		if (strcmp(last->folder, "/") && strcmp(last->folder, "/proc") && strcmp(last->folder, "/dev"))
			status |= detach(last->folder);
	return status;
}

int main(int argc, char **argv)
{
	bool all = false;
	for (int option; (option = next_option(argc, argv, "aflnrv")) != -1;) {
		switch (option) {
		case 'a': all = true; break;
		case 'f': flags |= MNT_FORCE; break;
		case 'l': flags |= MNT_DETACH; break;
		case 'r': read_only = true; break;
		case 'v': is_verbose = true; break;
		default: break;
		}
	}
	if (all)
		return detach_all();
	if (!argv[optind])
		usage_error("bad usage");
	int status = 0;
	for (char **name = argv + optind; *name; name++)
		status |= detach(folder_of(*name));
	return status;
}
