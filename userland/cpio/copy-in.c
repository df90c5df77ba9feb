/* cpio -i: files out of an archive. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cpio.h"
#include "files.h"
#include "mode.h"
#include "owner.h"
#include "tools.h"

enum { BLOCK = 512 };

static bool is_wanted(const char *name, char **patterns)
{
	if (!*patterns)
		return true;
	while (*patterns && fnmatch(*patterns, name, 0))
		patterns++;
	return *patterns != NULL;
}

static void print_entry(const struct entry_header *entry, const char *target)
{
	char mode[11], date[32];
	if (!cpio.is_verbose) {
		puts(entry->name);
		return;
	}
	time_t time = (time_t)entry->mtime;
	strftime(date, sizeof date, "%b %e %Y", localtime(&time));
	printf("%s %3lu %-8s %-8s %8lu %s %s", mode_string((mode_t)entry->mode, mode), entry->links, user_name((uid_t)entry->uid), group_name((gid_t)entry->gid), entry->size, date, entry->name);
	printf(target ? " -> %s\n" : "\n", target);
}

/* Absolute names are taken as names below the folder. */
const char *cpio_safe_name(const char *name)
{
	while (*name == '/')
		name++;
	return *name ? name : ".";
}

int cpio_create(const struct entry_header *entry, const char *path, const char *target)
{
	switch (entry->mode & S_IFMT) {
	case S_IFDIR: return mkdir(path, 0700) < 0 && errno != EEXIST ? -1 : 0;
	case S_IFLNK: return symlink(target, path);
	case S_IFREG: return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	default: return mknod(path, (mode_t)entry->mode, entry->rdevice);
	}
}

int cpio_set_attributes(const struct entry_header *entry, const char *path)
{
	bool is_link = S_ISLNK(entry->mode);
	if (geteuid() == 0 && lchown(path, (uid_t)entry->uid, (gid_t)entry->gid) < 0)
		return -1;
	if (!is_link && chmod(path, entry->mode & 07777) < 0)
		return -1;
	struct timespec times[2] = {{.tv_sec = (time_t)entry->mtime}, {.tv_sec = (time_t)entry->mtime}};
	return cpio.keeps_times ? utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) : 0;
}

static void take_content(int fd, unsigned long size, const char *path)
{
	char bytes[BLOCK * 16];
	for (unsigned long left = size; left;) {
		size_t count = left < sizeof bytes ? left : sizeof bytes;
		cpio_get(bytes, count);
		if (fd >= 0 && write_all(fd, bytes, count) < 0)
			err(2, "%s", path);
		left -= count;
	}
}

/* The links of one file that has come already, by its device and inode. */
static struct known {
	unsigned long device, inode;
	char *path;
} *known;
static size_t known_count;

static const char *earlier_link(const struct entry_header *entry)
{
	if (entry->links < 2 || S_ISDIR(entry->mode))
		return NULL;
	for (size_t i = 0; i < known_count; i++)
		if (known[i].inode == entry->inode && known[i].device == entry->device)
			return known[i].path;
	return NULL;
}

static void remember(const struct entry_header *entry, const char *path)
{
	if (entry->links < 2 || S_ISDIR(entry->mode))
		return;
	known = reallocate(known, (known_count + 1) * sizeof *known);
	known[known_count++] = (struct known){entry->device, entry->inode, duplicate(path)};
}

bool cpio_is_newer(const struct entry_header *entry, const char *path)
{
	struct stat old;
	if (cpio.overwrites || S_ISDIR(entry->mode) || lstat(path, &old) < 0 || (unsigned long)old.st_mtime < entry->mtime)
		return false;
	warnx("%s not created: newer or same age version exists", path);
	return true;
}

static int extract(const struct entry_header *entry)
{
	char target[4096] = "";
	const char *path = cpio_safe_name(entry->name), *earlier = earlier_link(entry);
	if (S_ISLNK(entry->mode) && entry->size < sizeof target)
		cpio_get(target, entry->size);
	bool has_content = S_ISREG(entry->mode);
	if (cpio_is_newer(entry, path)) {
		cpio_skip(has_content ? entry->size : 0);
		return 0;
	}
	if (cpio.makes_folders && make_folders(path, false, 0777, false) < 0)
		warn("%s", path);
	if (!S_ISDIR(entry->mode) && unlink(path) < 0 && errno != ENOENT)
		warn("%s", path);
	int made = earlier ? link(earlier, path) : cpio_create(entry, path, target);
	/* newc has the content with the last of a file's names only. */
	int fd = has_content && earlier && made >= 0 && entry->size ? open(path, O_WRONLY | O_CLOEXEC) : has_content && !earlier ? made : -1;
	if (made < 0)
		warn("%s: Cannot create", path);
	take_content(fd, has_content ? entry->size : 0, path);
	if (fd >= 0)
		close(fd);
	if (made < 0)
		return 2;
	remember(entry, path);
	if (cpio_set_attributes(entry, path) < 0)
		warn("%s", path);
	if (cpio.is_verbose)
		fprintf(stderr, "%s\n", entry->name);
	return 0;
}

int cpio_copy_in(char **patterns)
{
	struct entry_header entry;
	int status = 0;
	while (cpio_get_header(&entry)) {
		if (!is_wanted(entry.name, patterns)) {
			cpio_skip(entry.size);
		} else if (cpio.lists) {
			char target[4096] = "";
			bool is_link = S_ISLNK(entry.mode) && entry.size < sizeof target;
			if (is_link)
				cpio_get(target, entry.size);
			else
				cpio_skip(entry.size);
			print_entry(&entry, is_link ? target : NULL);
		} else {
			status |= extract(&entry);
		}
		if (cpio_format == 'n')
			cpio_align(4);
		free(entry.name);
	}
	free(entry.name);
	cpio_print_blocks();
	return status;
}
