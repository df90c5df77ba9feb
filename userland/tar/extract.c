/* -x: members become files. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "owner.h"
#include "tar.h"
#include "tools.h"

const char *tar_destination(const char *name)
{
	while (!tar_flag.absolute && *name == '/')
		name++;
	for (int i = 0; i < tar_flag.strip; i++) {
		name = strchr(name, '/');
		if (!name)
			return NULL;
		name += strspn(name, "/");
	}
	for (const char *at = name; !tar_flag.absolute && at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL) {
		if (strncmp(at, "..", 2) || (at[2] && at[2] != '/'))
			continue;
		warnx("%s: Member name contains '..'; left out", name);
		tar_status = 2;
		return NULL;
	}
	return *name ? name : NULL;
}

static int make(const struct tar_member *member, const char *path)
{
	const char *target = member->link;
	switch (member->type) {
	case '1': return link(tar_flag.strip ? tar_destination(target) ? tar_destination(target) : target : target, path);
	case '2': return symlink(target, path);
	case '3': return mknod(path, S_IFCHR | member->mode, member->device);
	case '4': return mknod(path, S_IFBLK | member->mode, member->device);
	case '6': return mkfifo(path, member->mode);
	default: return make_folders(path, true, member->mode | 0700, false);
	}
}

static void restore(const struct tar_member *member, const char *path)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_sec = (time_t)member->mtime}};
	uid_t uid = member->uid;
	gid_t gid = member->gid;
	if (member->type == '1')
		return;
	if (geteuid() == 0) {
		if (!tar_flag.numeric && *member->user)
			user_number(member->user, &uid);
		if (!tar_flag.numeric && *member->group)
			group_number(member->group, &gid);
		if (lchown(path, uid, gid))
			warn("%s: Cannot change ownership", path);
	}
	mode_t mask = umask(0);
	umask(mask);
	if (member->type != '2')
		chmod(path, tar_flag.permissions || geteuid() == 0 ? member->mode : member->mode & ~mask);
	if (!tar_flag.touch)
		utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
}

/* Folders get their times and modes at the end, when nothing is written into them any more. */
static struct tar_member *folders;
static size_t folder_count;

void tar_extract(struct tar_member *member)
{
	const char *path = tar_destination(member->name);
	struct stat status;
	if (!path) {
		tar_copy_contents(member->size, NULL);
		return;
	}
	if (tar_flag.to_stdout) {
		tar_copy_contents(member->size, stdout);
		return;
	}
	make_folders(path, false, 0777, false);
	bool file = member->type == '0' || member->type == '7', exists = !lstat(path, &status);
	if (exists && tar_flag.keep_old && member->type != '5') {
		warnx("%s: Cannot open: File exists", path);
		tar_status = 2;
		tar_copy_contents(member->size, NULL);
		return;
	}
	if (exists && (member->type != '5' || !S_ISDIR(status.st_mode)))
		unlink(path);
	FILE *output = NULL;
	if (file) {
		int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
		output = fd < 0 ? NULL : fdopen(fd, "w");
	}
	if (file ? !output : make(member, path)) {
		warn("%s: Cannot open", path);
		tar_status = 2;
	}
	tar_copy_contents(member->size, output);
	if (output && fclose(output)) {
		warn("%s: Cannot write", path);
		tar_status = 2;
	}
	if (member->type == '5') {
		folders = reallocate(folders, (folder_count + 1) * sizeof *folders);
		folders[folder_count++] = *member;
	} else if (!file || output) {
		restore(member, path);
	}
}

void tar_restore_folders(void)
{
	while (folder_count > 0) {
		folder_count--;
		restore(&folders[folder_count], tar_destination(folders[folder_count].name));
	}
}
