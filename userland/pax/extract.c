/* Making files. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "owner.h"
#include "pax.h"
#include "tools.h"

/* Folders get their modes and times at the end, when nothing is made in them any more. */
static struct made {
	char *path;
	struct pax_member member;
} *folders;
static size_t folder_count;

static mode_t mask_of_process(void)
{
	mode_t mask = umask(0);
	umask(mask);
	return mask;
}

static int set_owner(const struct pax_member *member, const char *path)
{
	uid_t uid = member->status.st_uid;
	gid_t gid = member->status.st_gid;
	if (member->user && *member->user)
		user_number(member->user, &uid);
	if (member->group && *member->group)
		group_number(member->group, &gid);
	return lchown(path, uid, gid);
}

static void set_attributes(const struct pax_member *member, const char *path)
{
	mode_t mode = member->status.st_mode & 07777;
	bool owns = false;
	if (pax.keeps_owner) {
		owns = set_owner(member, path) == 0;
		if (!owns)
			pax_fail("%s: its owner cannot be kept", path);
	}
	/* Whoever gets the file is not to run as who it was. */
	if (pax.keeps_mode ? pax.keeps_owner && !owns : true)
		mode &= ~(mode_t)(S_ISUID | S_ISGID);
	if (!pax.keeps_mode)
		mode &= ~mask_of_process() & 0777;
	if (!S_ISLNK(member->status.st_mode) && chmod(path, mode))
		pax_fail("%s: its mode cannot be set", path);
	struct timespec times[2] = {member->status.st_atim, member->status.st_mtim};
	times[0].tv_nsec = pax.no_access_time ? UTIME_OMIT : times[0].tv_nsec;
	times[1].tv_nsec = pax.no_modification_time ? UTIME_OMIT : times[1].tv_nsec;
	if (utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW))
		pax_fail("%s: its times cannot be set", path);
}

void pax_finish_folders(void)
{
	while (folder_count-- > 0) {
		set_attributes(&folders[folder_count].member, folders[folder_count].path);
		free(folders[folder_count].path);
	}
	folder_count = 0;
}

/* Whether what is there stays. What goes is removed, so that a new file is made: no link is written through. */
static bool must_stay(const struct pax_member *member)
{
	struct stat there;
	if (lstat(member->name, &there))
		return false;
	if (S_ISDIR(there.st_mode) && S_ISDIR(member->status.st_mode))
		return false;
	const struct timespec *new = &member->status.st_mtim, *old = &there.st_mtim;
	if (pax.keeps_old || (pax.only_newer && (old->tv_sec > new->tv_sec || (old->tv_sec == new->tv_sec && old->tv_nsec >= new->tv_nsec))))
		return true;
	if ((S_ISDIR(there.st_mode) ? rmdir(member->name) : unlink(member->name)) == 0)
		return false;
	pax_fail("%s", member->name);
	return true;
}

static int make_folder(const struct pax_member *member)
{
	if (mkdir(member->name, 0700) && errno != EEXIST)
		return -1;
	folders = reallocate(folders, (folder_count + 1) * sizeof *folders);
	folders[folder_count] = (struct made){duplicate(member->name), *member};
	struct pax_member *kept = &folders[folder_count++].member;
	kept->user = member->user ? duplicate(member->user) : NULL;
	kept->group = member->group ? duplicate(member->group) : NULL;
	return chmod(member->name, (member->status.st_mode & 0777) | 0700);
}

/* Makes what the member is; a descriptor of a regular file that waits for its content, -1 with errno, or -2. */
static int make(const struct pax_member *member)
{
	enum { WITHOUT_CONTENT = -2 };
	mode_t mode = member->status.st_mode;
	if (member->is_hard_link) {
		if (link(member->link, member->name))
			return -1;
		/* Formats that have the content with each name, or with the last alone. */
		return member->content ? open(member->name, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC) : WITHOUT_CONTENT;
	}
	if (S_ISREG(mode))
		return open(member->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int failed = S_ISDIR(mode) ? make_folder(member) : S_ISLNK(mode) ? symlink(member->link, member->name) : mknod(member->name, mode & (S_IFMT | 0600), member->status.st_rdev);
	return failed ? -1 : WITHOUT_CONTENT;
}

/* -l links where it can, and copies where it cannot: to another file system. */
static int make_or_copy(const struct pax_member *member, int *source)
{
	int fd = make(member);
	if (fd != -1 || !pax.links || !member->is_hard_link || (errno != EXDEV && errno != EPERM))
		return fd;
	struct pax_member copied = *member;
	char target[4096];
	copied.is_hard_link = false;
	if (S_ISREG(copied.status.st_mode))
		*source = open(member->link, O_RDONLY | O_CLOEXEC);
	ssize_t length = S_ISLNK(copied.status.st_mode) ? readlink(member->link, target, sizeof target - 1) : 0;
	if (length < 0)
		return -1;
	target[length] = 0;
	copied.link = target;
	return make(&copied);
}

void pax_extract(const struct pax_member *member, int source)
{
	int opened = source;
	if (must_stay(member)) {
		if (!pax.writes)
			pax_take_content(member, -1);
		return;
	}
	if (make_folders(member->name, false, 0777, false))
		pax_fail("%s: the folder cannot be made", member->name);
	int fd = make_or_copy(member, &opened);
	if (fd == -1)
		pax_fail("%s: cannot be made", member->name);
	int failed = !pax.writes ? pax_take_content(member, fd) : fd >= 0 ? copy_stream(opened, fd) : 0;
	if (fd >= 0 && close(fd))
		failed = -1;
	if (failed)
		pax_fail("%s", member->name);
	if (opened >= 0 && opened != source)
		close(opened);
	if (fd == -1)
		return;
	bool is_touched = !member->is_hard_link || opened != source || member->content > 0;
	if (!S_ISDIR(member->status.st_mode) && is_touched)
		set_attributes(member, member->name);
	pax_tell(member->name);
}
