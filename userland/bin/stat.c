/*
 * stat: show what is known about files
 * https://man7.org/linux/man-pages/man1/stat.1.html
 *
 * Usage: stat [-L] [-f] [-t] [-c FORMAT] FILE...
 *   -L, --dereference     follow links
 *   -f, --file-system     the file system instead of the file
 *   -c, --format FORMAT   FORMAT and a newline for each file
 *       --printf FORMAT   the same with backslash escapes and no newline
 *   -t, --terse           all on one line
 * For files: %a %A mode; %b %B blocks; %d %D device; %f raw mode; %F type; %g %G group; %h links;
 * %i inode; %m mount point; %n %N name; %o best transfer size; %s size; %t %T device type;
 * %u %U owner; %w %x %y %z times (capitals: seconds since the epoch).
 * For file systems: %a %b %c %d %f %i %l %n %s %S %t %T.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "mode.h"
#include "owner.h"
#include "tools.h"

static bool follow, file_system, escapes;

static const char *time_text(struct timespec when)
{
	static char text[64];
	char zone[8];
	struct tm local;
	localtime_r(&when.tv_sec, &local);
	size_t length = strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
	strftime(zone, sizeof zone, "%z", &local);
	snprintf(text + length, sizeof text - length, ".%09ld %s", (long)when.tv_nsec, zone);
	return text;
}

static char *quoted(const char *path, const struct stat *status)
{
	char target[4096];
	if (!S_ISLNK(status->st_mode))
		return format_text("'%s'", path);
	ssize_t length = readlink(path, target, sizeof target);
	return format_text("'%s' -> '%.*s'", path, length < 0 ? 0 : (int)length, target);
}

/* The name without quotes, as the long form begins: %& in its format. */
static char *titled(const char *path, const struct stat *status)
{
	char *text = S_ISLNK(status->st_mode) ? quoted(path, status) : duplicate(path), *to = text;
	for (const char *at = text; S_ISLNK(status->st_mode) && *at; at++)
		if (*at != '\'')
			*to++ = *at;
	if (S_ISLNK(status->st_mode))
		*to = 0;
	return text;
}

static struct timespec birth_of(const char *path)
{
	struct statx more;
	int flags = follow ? 0 : AT_SYMLINK_NOFOLLOW;
	if (statx(AT_FDCWD, path, flags, STATX_BTIME, &more) || !(more.stx_mask & STATX_BTIME))
		return (struct timespec){0};
	return (struct timespec){.tv_sec = more.stx_btime.tv_sec, .tv_nsec = more.stx_btime.tv_nsec};
}

static char *mount_point(const char *path)
{
	char resolved[4096];
	struct stat here, parent;
	if (!realpath(path, resolved) || stat(resolved, &here))
		return duplicate("?");
	for (char *slash; (slash = strrchr(resolved, '/')); here = parent) {
		char *folder = slash == resolved ? duplicate("/") : duplicate_range(resolved, (size_t)(slash - resolved));
		bool top = stat(folder, &parent) || parent.st_dev != here.st_dev || !resolved[1];
		if (!top)
			strcpy(resolved, folder);
		free(folder);
		if (top)
			break;
	}
	return duplicate(resolved);
}

/* Prints one directive: spec is "%-10" and the like, without the letter. */
static void put_number(const char *spec, unsigned long long value, const char *conversion)
{
	char format[64];
	snprintf(format, sizeof format, "%s%s", spec, conversion);
	printf(format, value);
}

static void put_string(const char *spec, const char *value)
{
	char format[64];
	snprintf(format, sizeof format, "%ss", spec);
	printf(format, value);
}

static void put_owned(const char *spec, char *value)
{
	put_string(spec, value);
	free(value);
}

static void put_file_field(char letter, const char *spec, const char *path, const struct stat *status)
{
	char text[32];
	struct timespec birth = letter == 'w' || letter == 'W' ? birth_of(path) : (struct timespec){0};
	switch (letter) {
	case 'a': put_number(spec, status->st_mode & 07777, "llo"); break;
	case 'A': put_string(spec, mode_string(status->st_mode, text)); break;
	case 'b': put_number(spec, (unsigned long long)status->st_blocks, "llu"); break;
	case 'B': put_number(spec, 512, "llu"); break;
	case 'd': put_number(spec, status->st_dev, "llu"); break;
	case 'D': put_number(spec, status->st_dev, "llx"); break;
	case 'f': put_number(spec, status->st_mode, "llx"); break;
	case 'F': put_string(spec, mode_type(status->st_mode, status->st_size)); break;
	case 'g': put_number(spec, status->st_gid, "llu"); break;
	case 'G': put_string(spec, group_name(status->st_gid)); break;
	case '&': put_owned(spec, titled(path, status)); break;
	case 'h': put_number(spec, status->st_nlink, "llu"); break;
	case 'i': put_number(spec, status->st_ino, "llu"); break;
	case 'm': put_owned(spec, mount_point(path)); break;
	case 'n': put_string(spec, path); break;
	case 'N': put_owned(spec, quoted(path, status)); break;
	case 'o': put_number(spec, (unsigned long long)status->st_blksize, "llu"); break;
	case 's': put_number(spec, (unsigned long long)status->st_size, "llu"); break;
	case 't': put_number(spec, major(status->st_rdev), "llx"); break;
	case 'T': put_number(spec, minor(status->st_rdev), "llx"); break;
	case 'u': put_number(spec, status->st_uid, "llu"); break;
	case 'U': put_string(spec, user_name(status->st_uid)); break;
	case 'w': put_string(spec, birth.tv_sec ? time_text(birth) : "-"); break;
	case 'W': put_number(spec, (unsigned long long)birth.tv_sec, "llu"); break;
	case 'x': put_string(spec, time_text(status->st_atim)); break;
	case 'X': put_number(spec, (unsigned long long)status->st_atim.tv_sec, "lld"); break;
	case 'y': put_string(spec, time_text(status->st_mtim)); break;
	case 'Y': put_number(spec, (unsigned long long)status->st_mtim.tv_sec, "lld"); break;
	case 'z': put_string(spec, time_text(status->st_ctim)); break;
	case 'Z': put_number(spec, (unsigned long long)status->st_ctim.tv_sec, "lld"); break;
	default: putchar('?');
	}
}

static const char *file_system_name(long type)
{
	static const struct {
		long magic;
		const char *name;
	} known[] = {{0xef53, "ext2/ext3"}, {0x01021994, "tmpfs"}, {0x9fa0, "proc"}, {0x62656572, "sysfs"},
		{0x01021997, "v9fs"}, {0x1cd1, "devpts"}, {0x9123683e, "btrfs"}, {0x58465342, "xfs"}, {0x794c7630, "overlayfs"}};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].magic == type)
			return known[i].name;
	return "UNKNOWN";
}

static void put_system_field(char letter, const char *spec, const char *path, const struct statfs *status)
{
	unsigned long long id = 0;
	memcpy(&id, &status->f_fsid, sizeof id);
	id = id << 32 | id >> 32;
	switch (letter) {
	case 'a': put_number(spec, status->f_bavail, "llu"); break;
	case 'b': put_number(spec, status->f_blocks, "llu"); break;
	case 'c': put_number(spec, status->f_files, "llu"); break;
	case 'd': put_number(spec, status->f_ffree, "llu"); break;
	case 'f': put_number(spec, status->f_bfree, "llu"); break;
	case 'i': put_number(spec, id, "llx"); break;
	case 'l': put_number(spec, (unsigned long long)status->f_namelen, "llu"); break;
	case 'n': put_string(spec, path); break;
	case 's': put_number(spec, (unsigned long long)status->f_bsize, "llu"); break;
	case 'S': put_number(spec, (unsigned long long)status->f_frsize, "llu"); break;
	case 't': put_number(spec, (unsigned long long)status->f_type, "llx"); break;
	case 'T': put_string(spec, file_system_name((long)status->f_type)); break;
	default: putchar('?');
	}
}

static int put_escape(const char **at)
{
	static const char letters[] = "abefnrtv\\\"", values[] = "\a\b\033\f\n\r\t\v\\\"";
	const char *found = **at ? strchr(letters, **at) : NULL;
	if (found)
		return ++*at, values[found - letters];
	int value = 0, count = 0;
	for (; count < 3 && **at >= '0' && **at <= '7'; count++)
		value = value * 8 + *(*at)++ - '0';
	return count ? value : '\\';
}

static void put_format(const char *format, const char *path, const struct stat *file, const struct statfs *system)
{
	for (const char *at = format; *at;) {
		if (*at == '\\' && escapes) {
			at++;
			putchar(put_escape(&at));
			continue;
		}
		if (*at != '%') {
			putchar(*at++);
			continue;
		}
		char spec[32];
		size_t length = 1 + strspn(at + 1, "-+ #0123456789.");
		if (at[length] == '%' || !at[length] || length >= sizeof spec) {
			putchar('%');
			at += length + (at[length] == '%');
			continue;
		}
		memcpy(spec, at, length);
		spec[length] = 0;
		if (system)
			put_system_field(at[length], spec, path, system);
		else
			put_file_field(at[length], spec, path, file);
		at += length + 1;
	}
}

static const char *default_format(const struct stat *status)
{
	if (file_system)
		return "  File: \"%n\"\n    ID: %-8i Namelen: %-7l Type: %T\n"
		       "Block size: %-10s Fundamental block size: %S\n"
		       "Blocks: Total: %-10b Free: %-10f Available: %a\n"
		       "Inodes: Total: %-10c Free: %d\n";
	if (S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode))
		return "  File: %&\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\n"
		       "Device: @\tInode: %-11i Links: %-5h Device type: %t,%T\n"
		       "Access: (%04a/%10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\n"
		       "Access: %x\nModify: %y\nChange: %z\n Birth: %w\n";
	return "  File: %&\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\n"
	       "Device: @\tInode: %-11i Links: %h\n"
	       "Access: (%04a/%10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\n"
	       "Access: %x\nModify: %y\nChange: %z\n Birth: %w\n";
}

static int show(const char *path, const char *format)
{
	struct stat file = {0};
	struct statfs system;
	if (file_system ? statfs(path, &system) : follow ? stat(path, &file) : lstat(path, &file)) {
		if (file_system)
			warn("cannot read file system information for '%s'", path);
		else
			warn("cannot statx '%s'", path);
		return 1;
	}
	if (format) {
		put_format(format, path, &file, file_system ? &system : NULL);
		if (!escapes)
			putchar('\n');
		return 0;
	}
	/* The @ stands for the device as major,minor. */
	const char *parts = default_format(&file), *device = strchr(parts, '@');
	char *filled = device ? format_text("%.*s%u,%u%s", (int)(device - parts), parts, major(file.st_dev), minor(file.st_dev), device + 1) : duplicate(parts);
	put_format(filled, path, &file, file_system ? &system : NULL);
	free(filled);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"dereference", no_argument, NULL, 'L'}, {"file-system", no_argument, NULL, 'f'},
		{"format", required_argument, NULL, 'c'}, {"printf", required_argument, NULL, 'p'},
		{"terse", no_argument, NULL, 't'}, {0}};
	const char *format = NULL;
	bool terse = false;
	for (int option; (option = next_long_option(argc, argv, "Lfc:t", longs)) != -1;) {
		switch (option) {
		case 'L': follow = true; break;
		case 'f': file_system = true; break;
		case 't': terse = true; break;
		default: format = optarg, escapes = option == 'p';
		}
	}
	if (!argv[optind])
		usage_error("missing operand");
	if (terse && !format)
		format = file_system ? "%n %i %l %t %s %S %b %f %a %c %d" : "%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %W %o";
	int status = 0;
	for (char **path = argv + optind; *path; path++)
		status |= show(*path, format);
	return status;
}
