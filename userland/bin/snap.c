/*
 * snap: snapshots of a mounted cowfs
 * https://docs.ceph.com/en/latest/dev/cephfs-snapshots/
 *
 * Usage: snap create [-k] FOLDER NAME
 *        snap delete FOLDER NAME
 *        snap list FOLDER
 *        snap restore FOLDER NAME
 *   -k  keep to the limit: remove the oldest if there are as many as may be
 * FOLDER is where the file system is mounted; what snapshots hold is in FOLDER/.snapshots/NAME. To restore one,
 * nothing may be in use: the file system is unmounted, and mounted with that version as the live one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "mounts.h"
#include "tools.h"

static char *place(const char *folder, const char *name)
{
	if (strchr(name, '/') || !*name || *name == '.')
		errx(1, "'%s' is no name of a snapshot", name);
	return format_text("%s/.snapshots/%s", folder, name);
}

/* The names in the order in which they were made: that of the listing. Calls `act` until it says that it has enough. */
static bool each_snapshot(const char *folder, bool (*act)(const char *folder, const char *name))
{
	char *path = format_text("%s/.snapshots", folder);
	DIR *listing = opendir(path);
	bool stopped = false;
	if (!listing)
		err(1, "%s", path);
	for (struct dirent *entry; !stopped && (entry = readdir(listing));)
		if (entry->d_name[0] != '.')
			stopped = act(folder, entry->d_name);
	closedir(listing);
	free(path);
	return stopped;
}

static bool print(const char *folder, const char *name)
{
	(void)folder;
	puts(name);
	return false;
}

static bool drop(const char *folder, const char *name)
{
	char *path = place(folder, name);
	if (rmdir(path))
		err(1, "%s", path);
	free(path);
	return true;
}

static int create(const char *folder, const char *name, bool keeps_limit)
{
	char *path = place(folder, name);
	int failed = mkdir(path, 0755);
	if (failed && errno == EDQUOT && keeps_limit && each_snapshot(folder, drop))
		failed = mkdir(path, 0755);
	if (failed)
		err(1, "%s", path);
	free(path);
	return 0;
}

/* Unmounts it and mounts the version. */
static int restore(const char *folder, const char *name)
{
	char *target = realpath(folder, NULL), *device = NULL, *known = place(folder, name), *options = format_text("restore=%s", name);
	struct stat status;
	if (!target || stat(known, &status))
		err(1, "%s", target ? known : folder);
	for (const struct mounted *mount = read_mounts(); mount->source; mount++)
		if (strcmp(mount->folder, target) == 0 && strcmp(mount->type, "cowfs") == 0)
			device = mount->source;
	if (!device)
		errx(1, "%s: no cowfs is mounted there", target);
	/* A loop device goes with its last user: until it is mounted again that is this program. */
	int held = open(device, O_RDONLY);
	if (umount(target))
		err(1, "%s", target);
	if (mount(device, target, "cowfs", 0, options))
		err(1, "%s on %s (an encrypted one: mount -o key=DESCRIPTION,%s)", device, target, options);
	if (held >= 0)
		close(held);
	free(target);
	free(device);
	free(known);
	free(options);
	return 0;
}

int main(int argc, char **argv)
{
	bool keeps_limit = false;
	for (int option; (option = next_option(argc, argv, "k")) != -1;)
		keeps_limit |= option == 'k';
	int count = argc - optind;
	char **words = argv + optind;
	if (count == 2 && strcmp(words[0], "list") == 0)
		return each_snapshot(words[1], print);
	if (count == 3 && strcmp(words[0], "create") == 0)
		return create(words[1], words[2], keeps_limit);
	if (count == 3 && strcmp(words[0], "delete") == 0)
		return !drop(words[1], words[2]);
	if (count == 3 && strcmp(words[0], "restore") == 0)
		return restore(words[1], words[2]);
	usage_error("create, delete, list or restore");
}
