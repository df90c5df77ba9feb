/* -d: what the files are now, against what the archive says; the lines are GNU's. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "owner.h"
#include "tar.h"
#include "tools.h"

/* The contents are compared as they come out of the archive. */
struct comparison {
	FILE *file;
	bool differs;
};

static void differs(const struct tar_member *member, const char *format, ...)
{
	size_t length = strlen(member->name);
	while (length > 1 && member->name[length - 1] == '/')
		length--;
	va_list arguments;
	va_start(arguments, format);
	printf("%.*s: ", (int)length, member->name);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	tar_status = tar_status ? tar_status : 1;
}

static ssize_t compare_block(void *cookie, const char *data, size_t length)
{
	struct comparison *comparison = cookie;
	char block[4096];
	for (size_t done = 0, part; done < length; done += part) {
		part = length - done < sizeof block ? length - done : sizeof block;
		if (fread(block, 1, part, comparison->file) != part || memcmp(block, data + done, part))
			comparison->differs = true;
	}
	return (ssize_t)length;
}

static void compare_contents(const struct tar_member *member, const char *path)
{
	struct comparison comparison = {fopen(path, "r"), false};
	FILE *sink = comparison.file ? fopencookie(&comparison, "w", (cookie_io_functions_t){.write = compare_block}) : NULL;
	if (!sink) {
		warn("%s: Cannot open", path);
		tar_status = 2;
	}
	tar_copy_contents(member->size, sink);
	if (sink)
		fclose(sink);
	if (comparison.differs)
		differs(member, "Contents differ");
	if (comparison.file)
		fclose(comparison.file);
}

static void compare_file(const struct tar_member *member, const char *path, const struct stat *status)
{
	uid_t uid = member->uid;
	gid_t gid = member->gid;
	if (!tar_flag.numeric && *member->user)
		user_number(member->user, &uid);
	if (!tar_flag.numeric && *member->group)
		group_number(member->group, &gid);
	if (status->st_uid != uid)
		differs(member, "Uid differs");
	if (status->st_gid != gid)
		differs(member, "Gid differs");
	if (status->st_mtime != (time_t)member->mtime)
		differs(member, "Mod time differs");
	if (status->st_size == member->size) {
		compare_contents(member, path);
		return;
	}
	differs(member, "Size differs");
	tar_copy_contents(member->size, NULL);
}

static void compare_links(const struct tar_member *member, const char *path, const struct stat *status)
{
	char target[4096];
	struct stat other;
	if (member->type == '1') {
		const char *link = tar_destination(member->link);
		if (!link || lstat(link, &other) || other.st_ino != status->st_ino || other.st_dev != status->st_dev)
			differs(member, "Not linked to %s", member->link);
		return;
	}
	ssize_t length = readlink(path, target, sizeof target);
	if (length < 0) {
		warn("%s: Cannot readlink", path);
		tar_status = 2;
	} else if ((size_t)length != strlen(member->link) || memcmp(target, member->link, (size_t)length)) {
		differs(member, "Symlink differs");
	}
}

void tar_compare(const struct tar_member *member)
{
	static const mode_t types[] = {['0'] = S_IFREG, ['3'] = S_IFCHR, ['4'] = S_IFBLK, ['5'] = S_IFDIR, ['6'] = S_IFIFO, ['7'] = S_IFREG};
	const char *path = tar_destination(member->name);
	struct stat status;
	bool is_link = member->type == '1' || member->type == '2', is_file = member->type == '0' || member->type == '7';
	if (!path || lstat(path, &status)) {
		if (path)
			warnx("%s: Warning: Cannot stat: %s", path, strerror(errno));
		tar_status = tar_status ? tar_status : 1;
		tar_copy_contents(member->size, NULL);
		return;
	}
	if (is_link) {
		compare_links(member, path, &status);
	} else if (member->type < '0' || member->type > '7' || (status.st_mode & S_IFMT) != types[(int)member->type]) {
		differs(member, "File type differs");
	} else {
		if ((member->type == '3' || member->type == '4') && status.st_rdev != member->device)
			differs(member, "Device number differs");
		if ((status.st_mode & 07777) != (member->mode & 07777))
			differs(member, "Mode differs");
		if (is_file) {
			compare_file(member, path, &status);
			return;
		}
	}
	tar_copy_contents(member->size, NULL);
}
