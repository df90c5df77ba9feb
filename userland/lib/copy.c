/* Copying files and trees: cp, mv across file systems, install. */
#include "copy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "files.h"
#include "tools.h"

int copy_attributes(const char *to, const struct stat *status)
{
	struct timespec times[2] = {status->st_atim, status->st_mtim};
	int failed = 0;
	mode_t mode = status->st_mode & 07777;
	if (lchown(to, status->st_uid, status->st_gid) && errno != EPERM) {
		warn("failed to preserve ownership for '%s'", to);
		failed = 1;
	}
	if (!S_ISLNK(status->st_mode) && chmod(to, mode)) {
		warn("preserving permissions for '%s'", to);
		failed = 1;
	}
	if (utimensat(AT_FDCWD, to, times, AT_SYMLINK_NOFOLLOW) && !S_ISLNK(status->st_mode)) {
		warn("preserving times for '%s'", to);
		failed = 1;
	}
	return failed;
}

static int open_target(const char *to, mode_t mode, const struct copy_options *options)
{
	int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, mode);
	if (fd < 0 && options->force && !unlink(to))
		fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, mode);
	return fd;
}

/* Both files share their blocks from now on; -1 with a message where they must and cannot, 0 where they do not. */
static int share_blocks(const char *from, const char *to, int in, int out, const struct copy_options *options)
{
	if (options->reflink == 'n')
		return 0;
	if (ioctl(out, FICLONE, in) == 0)
		return 1;
	if (options->reflink != 'a')
		return 0;
	warn("failed to clone '%s' from '%s'", to, from);
	return -1;
}

static int copy_data(const char *from, const char *to, mode_t mode, const struct copy_options *options)
{
	int in = open(from, O_RDONLY);
	if (in < 0) {
		warn("cannot open '%s' for reading", from);
		return 1;
	}
	int out = open_target(to, mode & 0777, options);
	if (out < 0) {
		warn("cannot create regular file '%s'", to);
		close(in);
		return 1;
	}
	int shared = share_blocks(from, to, in, out, options), result = shared ? 0 : copy_stream(in, out);
	if (result == -1)
		warn("error reading '%s'", from);
	if (result == -2)
		warn("error writing '%s'", to);
	close(in);
	if (close(out) && !result) {
		warn("failed to close '%s'", to);
		return 1;
	}
	return result != 0 || shared < 0;
}

static int copy_link(const char *from, const char *to)
{
	char target[4096];
	ssize_t length = readlink(from, target, sizeof target - 1);
	if (length < 0) {
		warn("cannot read symbolic link '%s'", from);
		return 1;
	}
	target[length] = 0;
	if (symlink(target, to) && (errno != EEXIST || unlink(to) || symlink(target, to))) {
		warn("cannot create symbolic link '%s'", to);
		return 1;
	}
	return 0;
}

static int copy_entry(const char *from, const char *to, const struct copy_options *options, bool operand,
	const struct stat *top);

static int copy_folder(const char *from, const char *to, const struct stat *source, bool exists,
	const struct copy_options *options, const struct stat *top)
{
	struct stat made;
	if (!exists && mkdir(to, (source->st_mode & 0777) | 0700)) {
		warn("cannot create directory '%s'", to);
		return 1;
	}
	if (!exists && options->verbose)
		printf("'%s' -> '%s'\n", from, to);
	if (!top && !stat(to, &made))
		top = &made;
	char **names = folder_names(from);
	if (!names) {
		warn("cannot access '%s'", from);
		return 1;
	}
	int failed = 0;
	for (char **name = names; *name; name++) {
		char *inner = path_join(from, *name), *outer = path_join(to, *name);
		failed |= copy_entry(inner, outer, options, false, top);
		free(inner);
		free(outer);
	}
	free_names(names);
	mode_t mask = umask(0);
	umask(mask);
	if (!exists && !options->preserve)
		chmod(to, source->st_mode & 07777 & ~mask);
	return failed;
}

static int copy_special(const char *from, const char *to, const struct stat *source)
{
	unlink(to);
	if (!mknod(to, source->st_mode, source->st_rdev))
		return 0;
	warn("cannot create special file '%s'", to);
	(void)from;
	return 1;
}

/* True if the destination stays as it is. */
static bool is_kept(const char *to, const struct stat *source, const struct stat *target, const struct copy_options *options)
{
	if (options->no_clobber)
		return true;
	if (options->update && source->st_mtim.tv_sec <= target->st_mtim.tv_sec)
		return true;
	return options->ask && !S_ISDIR(source->st_mode) && !confirm("overwrite '%s'?", to);
}

/* Why `from` cannot replace what is at `to`; false after the message. */
static bool can_replace(const char *from, const char *to, const struct stat *source, const struct stat *target)
{
	if (source->st_dev == target->st_dev && source->st_ino == target->st_ino) {
		warnx("'%s' and '%s' are the same file", from, to);
		return false;
	}
	if (S_ISDIR(source->st_mode) && !S_ISDIR(target->st_mode)) {
		warnx("cannot overwrite non-directory '%s' with directory '%s'", to, from);
		return false;
	}
	if (!S_ISDIR(source->st_mode) && S_ISDIR(target->st_mode)) {
		warnx("cannot overwrite directory '%s' with non-directory", to);
		return false;
	}
	return true;
}

static int copy_contents(const char *from, const char *to, const struct stat *source,
	const struct copy_options *options, bool exists, const struct stat *top)
{
	if (S_ISDIR(source->st_mode))
		return copy_folder(from, to, source, exists, options, top);
	if (options->link || options->symbolic) {
		if (exists && options->force)
			unlink(to);
		int failed = options->link ? link(from, to) : symlink(from, to);
		if (failed)
			warn("cannot create %slink '%s' to '%s'", options->link ? "hard " : "symbolic ", to, from);
		return failed != 0;
	}
	if (exists && options->remove_before)
		unlink(to);
	if (S_ISLNK(source->st_mode))
		return copy_link(from, to);
	if (S_ISREG(source->st_mode) || !options->recursive)
		return copy_data(from, to, source->st_mode, options);
	return copy_special(from, to, source);
}

static int copy_entry(const char *from, const char *to, const struct copy_options *options, bool operand,
	const struct stat *top)
{
	struct stat source, target;
	bool follow = options->follow == 'L' || (options->follow == 'H' && operand);
	if (follow ? stat(from, &source) : lstat(from, &source)) {
		warn("cannot stat '%s'", from);
		return 1;
	}
	if (S_ISDIR(source.st_mode) && !options->recursive) {
		warnx("-r not specified; omitting directory '%s'", from);
		return 1;
	}
	if (top && source.st_dev == top->st_dev && source.st_ino == top->st_ino) {
		warnx("cannot copy a directory, '%s', into itself, '%s'", from, to);
		return 1;
	}
	bool exists = !(S_ISLNK(source.st_mode) || options->remove_before ? lstat(to, &target) : stat(to, &target));
	if (exists && !can_replace(from, to, &source, &target))
		return 1;
	if (exists && !S_ISDIR(source.st_mode) && is_kept(to, &source, &target, options))
		return 0;
	int failed = copy_contents(from, to, &source, options, exists, top);
	if (!failed && options->verbose && !S_ISDIR(source.st_mode))
		printf("'%s' -> '%s'\n", from, to);
	if (!failed && options->preserve && !options->link && !options->symbolic)
		failed = copy_attributes(to, &source);
	return failed;
}

int copy_path(const char *from, const char *to, const struct copy_options *options)
{
	return copy_entry(from, to, options, true, NULL);
}

int each_pair(int count, char **operands, const char *folder, bool plain, int (*act)(const char *from, const char *to))
{
	if (count == 0)
		usage_error("missing file operand");
	if (count == 1 && !folder)
		usage_error("missing destination file operand after '%s'", operands[0]);
	if (plain && count > 2)
		usage_error("extra operand '%s'", operands[2]);
	const char *last = folder ? folder : operands[count - 1];
	bool into = folder || (!plain && is_folder(last));
	if (!folder)
		count--;
	if (folder && !is_folder(folder))
		err(1, "target directory '%s'", folder);
	if (!into && count > 1) {
		errno = errno == ENOENT ? ENOENT : ENOTDIR;
		err(1, "target '%s'", last);
	}
	int status = 0;
	for (int i = 0; i < count; i++) {
		char *to = into ? path_into(last, operands[i]) : duplicate(last);
		status |= act(operands[i], to);
		free(to);
	}
	return status;
}
