/* Mounts the file systems of /etc/fstab, fstab(5). */
#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "init.h"
#include "tools.h"

static const struct {
	const char *name;
	unsigned long flag;
} mount_flags[] = {
	{"ro", MS_RDONLY}, {"nosuid", MS_NOSUID}, {"nodev", MS_NODEV}, {"noexec", MS_NOEXEC},
	{"sync", MS_SYNCHRONOUS}, {"noatime", MS_NOATIME}, {"relatime", MS_RELATIME},
};

/* Options of the mount itself; others go to the file system, in `data`. */
static unsigned long parse_options(char *options, char *data, size_t size)
{
	unsigned long flags = 0;
	*data = 0;
	for (char *option = strtok(options, ","); option; option = strtok(NULL, ",")) {
		size_t i = 0, count = sizeof mount_flags / sizeof *mount_flags;
		while (i < count && strcmp(mount_flags[i].name, option))
			i++;
		if (i < count) {
			flags |= mount_flags[i].flag;
		} else if (!strstr("defaults,rw,auto,nofail", option)) {
			size_t used = strlen(data);
			snprintf(data + used, size - used, "%s%s", used ? "," : "", option);
		}
	}
	return flags;
}

static bool is_mounted(const char *folder)
{
	bool found = false;
	FILE *mounts = setmntent("/proc/mounts", "r");
	for (struct mntent *entry; mounts && !found && (entry = getmntent(mounts));)
		found = !strcmp(entry->mnt_dir, folder);
	if (mounts)
		endmntent(mounts);
	return found;
}

static void mount_entry(const struct mntent *entry)
{
	char data[256];
	if (!strcmp(entry->mnt_dir, "/") || !strcmp(entry->mnt_type, "swap") ||
		hasmntopt(entry, "noauto"))
		return;
	bool may_fail = hasmntopt(entry, "nofail");
	unsigned long flags = parse_options(entry->mnt_opts, data, sizeof data);
	if (is_mounted(entry->mnt_dir))
		return; /* by the kernel, at boot */
	if (mount(entry->mnt_fsname, entry->mnt_dir, entry->mnt_type, flags, *data ? data : NULL) == 0)
		return;
	if (errno == ENOENT && mkdir(entry->mnt_dir, 0755) == 0 &&
	    mount(entry->mnt_fsname, entry->mnt_dir, entry->mnt_type, flags, *data ? data : NULL) == 0)
		return;
	if (errno != EBUSY && !(may_fail && (errno == ENODEV || errno == ENOENT)))
		warn("cannot mount %s on %s", entry->mnt_fsname, entry->mnt_dir);
}

void mount_all(void)
{
	FILE *table = setmntent("/etc/fstab", "r");
	if (!table)
		return;
	/* getmntent's own entry is overwritten while mount_entry looks through /proc/mounts. */
	struct mntent entry;
	char line[1024];
	while (getmntent_r(table, &entry, line, sizeof line))
		mount_entry(&entry);
	endmntent(table);
}

void unmount_all(void)
{
	char folders[64][128];
	int count = 0;
	FILE *mounts = setmntent("/proc/mounts", "r");
	for (struct mntent *entry; mounts && count < 64 && (entry = getmntent(mounts));)
		snprintf(folders[count++], sizeof folders[0], "%s", entry->mnt_dir);
	if (mounts)
		endmntent(mounts);
	while (count-- > 0) {
		if (!strcmp(folders[count], "/"))
			mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL);
		else
			umount2(folders[count], MNT_DETACH);
	}
}
