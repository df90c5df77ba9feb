/*
 * mount: attach a file system
 * https://man7.org/linux/man-pages/man8/mount.8.html
 *
 * Usage: mount [-t TYPE] [-o OPTIONS] [-rw] SOURCE FOLDER
 *        mount -a | mount -o remount,... FOLDER | mount --bind OLD NEW
 * Without arguments lists what is mounted.
 *   -a            all of /etc/fstab
 *   -B, --bind    the folder OLD is seen at NEW, too
 *   -M, --move    from OLD to NEW
 *   -o OPTIONS    ro rw nosuid nodev noexec sync noatime remount bind loop, others go to the file system;
 *                 loop: SOURCE is a file (understood where it is one), through a loop device that goes with the mount
 *   -r, -w        read only, read and write
 *   -t TYPE       type of file system (tried from /proc/filesystems without it)
 *   -R   the same as --rbind
 *   -n       write no table: there is none to write, /proc/mounts is the kernel's
 *   -v       say what was mounted
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/loop.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mounts.h"
#include "tools.h"

static const struct {
	const char *name;
	unsigned long set, clear;
} known[] = {
	{"ro", MS_RDONLY, 0}, {"rw", 0, MS_RDONLY}, {"nosuid", MS_NOSUID, 0}, {"suid", 0, MS_NOSUID}, {"nodev", MS_NODEV, 0},
	{"dev", 0, MS_NODEV}, {"noexec", MS_NOEXEC, 0}, {"exec", 0, MS_NOEXEC}, {"sync", MS_SYNCHRONOUS, 0}, {"async", 0, MS_SYNCHRONOUS},
	{"lazytime", MS_LAZYTIME, 0}, {"nolazytime", 0, MS_LAZYTIME}, {"noatime", MS_NOATIME, 0}, {"relatime", MS_RELATIME, 0}, {"remount", MS_REMOUNT, 0}, {"bind", MS_BIND, 0}, {"rbind", MS_BIND | MS_REC, 0},
	{"move", MS_MOVE, 0}, {"defaults", 0, 0}, {"auto", 0, 0}, {"noauto", 0, 0}, {"user", 0, 0}, {"nofail", 0, 0},
};

static unsigned long flags;
static bool wants_loop;
static struct text data;

static void parse_options(const char *list)
{
	char *copy = duplicate(list), *next = copy;
	for (char *word; (word = strsep(&next, ","));) {
		size_t i = 0, count = sizeof known / sizeof *known;
		while (i < count && strcmp(known[i].name, word))
			i++;
		if (i < count) {
			flags = (flags | known[i].set) & ~known[i].clear;
		} else if (!strcmp(word, "loop")) {
			wants_loop = true;
		} else if (*word) {
			if (data.length)
				text_char(&data, ',');
			text_string(&data, word);
		}
	}
	free(copy);
}

static void list(const char *type)
{
	for (const struct mounted *mount = read_mounts(); mount->source; mount++)
		if (!type || !strcmp(type, mount->type))
			printf("%s on %s type %s (%s)\n", mount->source, mount->folder, mount->type, mount->options);
}

/* Without a type: each that the kernel has for block devices. */
static int mount_any(const char *source, const char *folder)
{
	FILE *types = fopen("/proc/filesystems", "r");
	char line[128], name[64];
	int error = ENODEV;
	while (types && fgets(line, sizeof line, types)) {
		if (!strncmp(line, "nodev", 5) || sscanf(line, "%63s", name) != 1)
			continue;
		if (!mount(source, folder, name, flags, data.data)) {
			fclose(types);
			return 0;
		}
		error = errno == EINVAL ? error : errno;
	}
	if (types)
		fclose(types);
	errno = error;
	return -1;
}

/* Whether the kernel has that type, for block devices. */
static bool needs_device(const char *type)
{
	FILE *types = fopen("/proc/filesystems", "r");
	char line[128], name[64];
	bool found = false;
	while (types && !found && fgets(line, sizeof line, types))
		found = strncmp(line, "nodev", 5) && sscanf(line, "%63s", name) == 1 && !strcmp(name, type);
	if (types)
		fclose(types);
	return found;
}

/* A loop device on the file: its name, and a descriptor that holds it until it is mounted; -1 and errno. */
static int open_loop(const char *file, char *device, size_t size)
{
	struct loop_config config = {.info.lo_flags = LO_FLAGS_AUTOCLEAR};
	int back = flags & MS_RDONLY ? -1 : open(file, O_RDWR | O_CLOEXEC);
	if (back < 0) {
		back = open(file, O_RDONLY | O_CLOEXEC);
		config.info.lo_flags |= LO_FLAGS_READ_ONLY;
		flags |= MS_RDONLY;
	}
	int control = back < 0 ? -1 : open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
	int loop = -1;
	if (number >= 0) {
		snprintf(device, size, "/dev/loop%d", number);
		loop = open(device, (flags & MS_RDONLY ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	}
	config.fd = back;
	snprintf((char *)config.info.lo_file_name, LO_NAME_SIZE, "%s", file);
	if (loop >= 0 && ioctl(loop, LOOP_CONFIGURE, &config)) {
		int error = errno;
		close(loop);
		errno = error;
		loop = -1;
	}
	int error = errno;
	if (control >= 0)
		close(control);
	if (back >= 0)
		close(back);
	errno = error;
	return loop;
}

/* The first folder that a source is mounted on, or null. */
static const char *folder_of(const char *source)
{
	for (const struct mounted *mount = read_mounts(); mount->source; mount++)
		if (!strcmp(mount->source, source))
			return mount->folder;
	return NULL;
}

/* As util-linux words it. */
static void warn_busy(const char *source, const char *folder)
{
	const char *place = folder_of(source);
	if (place)
		warnx("%s: %s already mounted on %s.", folder, source, place);
	else
		warnx("%s: %s already mounted or mount point busy.", folder, source);
}

static int attach_plain(const char *source, const char *folder, const char *type);

static bool is_verbose;

static int told(const char *source, const char *folder)
{
	if (is_verbose)
		printf("mount: %s mounted on %s.\n", source, folder);
	return 0;
}

static int attach(const char *source, const char *folder, const char *type)
{
	struct stat status;
	bool is_file = !stat(source, &status) && S_ISREG(status.st_mode);
	bool takes_file = !(flags & (MS_REMOUNT | MS_BIND | MS_MOVE)) && (!type || needs_device(type));
	if (!wants_loop && !(is_file && takes_file))
		return attach_plain(source, folder, type);
	char device[32];
	int loop = open_loop(source, device, sizeof device);
	if (loop < 0) {
		warnx("%s: cannot set up a loop device: %s", source, strerror(errno));
		return 32;
	}
	int result = attach_plain(device, folder, type);
	close(loop);
	return result;
}

static bool is_mounted(const char *folder)
{
	for (const struct mounted *mount = read_mounts(); mount->source; mount++)
		if (!strcmp(mount->folder, folder))
			return true;
	return false;
}

static int attach_plain(const char *source, const char *folder, const char *type)
{
	bool typeless = flags & (MS_REMOUNT | MS_BIND | MS_MOVE);
	if (type || typeless ? !mount(source, folder, type, flags, data.data) : !mount_any(source, folder))
		return told(source, folder);
	struct stat status;
	int error = errno;
	if (error == ENODEV && type)
		warnx("%s: unknown filesystem type '%s'.", folder, type);
	else if (error == EPERM)
		warnx("%s: permission denied.", folder);
	else if (stat(folder, &status))
		warnx("%s: mount point does not exist.", folder);
	else if (error == ENOENT)
		warnx("%s: special device %s does not exist.", folder, source);
	else if (error == EBUSY)
		warn_busy(source, folder);
	else if (error == EINVAL || error == ENODEV)
		warnx("%s: wrong fs type, bad option, or bad superblock on %s.", folder, source);
	else
		warnx("mounting %s on %s failed: %s", source, folder, strerror(error));
	return 32;
}

/* An entry of /etc/fstab by its folder or source; all of them if `wanted` is null. */
static int attach_from_table(const char *wanted)
{
	FILE *table = setmntent("/etc/fstab", "r");
	int status = 0;
	bool found = false;
	for (struct mntent *entry; table && (entry = getmntent(table));) {
		if (wanted && strcmp(wanted, entry->mnt_dir) && strcmp(wanted, entry->mnt_fsname))
			continue;
		if (!wanted && (hasmntopt(entry, "noauto") || !strcmp(entry->mnt_type, "swap") || is_mounted(entry->mnt_dir)))
			continue;
		unsigned long kept = flags;
		text_clear(&data);
		parse_options(entry->mnt_opts);
		status |= attach(entry->mnt_fsname, entry->mnt_dir, entry->mnt_type);
		flags = kept;
		found = true;
	}
	if (table)
		endmntent(table);
	if (wanted && !found) {
		warnx("%s: can't find in /etc/fstab.", wanted);
		return 1;
	}
	return status;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"all", no_argument, NULL, 'a'}, {"bind", no_argument, NULL, 'B'}, {"move", no_argument, NULL, 'M'}, {"rbind", no_argument, NULL, 'R'},
		{"options", required_argument, NULL, 'o'}, {"read-only", no_argument, NULL, 'r'}, {"rw", no_argument, NULL, 'w'},
		{"verbose", no_argument, NULL, 'v'}, {"types", required_argument, NULL, 't'}, {0}};
	const char *type = NULL;
	bool all = false;
	for (int option; (option = next_long_option(argc, argv, "aBMno:rRt:vw", longs)) != -1;) {
		switch (option) {
		case 'a': all = true; break;
		case 'B': flags |= MS_BIND; break;
		case 'M': flags |= MS_MOVE; break;
		case 'R': flags |= MS_BIND | MS_REC; break;
		case 'o': parse_options(optarg); break;
		case 'r': flags |= MS_RDONLY; break;
		case 'v': is_verbose = true; break;
		case 'w': flags &= ~(unsigned long)MS_RDONLY; break;
		case 't': type = strcmp(optarg, "auto") ? optarg : NULL; break;
		default: break;
		}
	}
	char **operands = argv + optind;
	switch (argc - optind) {
	case 0:
		if (all)
			return attach_from_table(NULL);
		list(type);
		return 0;
	case 1:
		if (flags & MS_REMOUNT)
			return attach("none", operands[0], NULL);
		return attach_from_table(operands[0]);
	case 2: return attach(operands[0], operands[1], type);
	default: usage_error("bad usage");
	}
}
