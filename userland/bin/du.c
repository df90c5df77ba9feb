/*
 * du: space that files take
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/du.html
 *
 * Usage: du [OPTION]... [FILE]...
 *   -a, --all              files, too, not only directories
 *       --apparent-size    sizes, not disk usage
 *   -b, --bytes            the same as --apparent-size in bytes
 *   -c, --total            a line with the sum
 *   -d, --max-depth N      only N levels
 *   -h, --human-readable   sizes like 1K 234M 2G
 *   -k, -m                 units of 1024 (default), 1048576 bytes
 *   -P, --no-dereference   follow none (default)
 *   -L, --dereference      follow all symbolic links
 *   -s, --summarize        only a sum for each FILE
 *   -S, --separate-dirs    directories without subdirectories
 *   -x, --one-file-system  stay on one file system
 *   -D, -H, --dereference-args   follow symbolic links that are operands
 */
#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "numbers.h"
#include "tools.h"

static struct {
	bool follow_operands, all, apparent, human, follow, total, separate, same_device;
	unsigned long long unit;
	long depth;
} flag = {.unit = 1024, .depth = 1L << 40};

static int status;

/* Files with several links that have been counted. */
static struct seen {
	dev_t device;
	ino_t inode;
} *seen;
static size_t seen_count;

static bool is_counted(const struct stat *file)
{
	for (size_t i = 0; i < seen_count; i++)
		if (seen[i].device == file->st_dev && seen[i].inode == file->st_ino)
			return true;
	seen = reallocate(seen, (seen_count + 1) * sizeof *seen);
	seen[seen_count++] = (struct seen){file->st_dev, file->st_ino};
	return false;
}

static void put(unsigned long long bytes, const char *path)
{
	char text[SIZE_TEXT];
	if (flag.human)
		printf("%s\t%s\n", human_size(text, bytes, 1024), path);
	else
		printf("%llu\t%s\n", (bytes + flag.unit - 1) / flag.unit, path);
}

/* What is in a folder is looked up from there: the walk along the whole path takes longer. */
static bool read_status(const char *path, int folder, long depth, struct stat *file)
{
	bool follows = flag.follow || (flag.follow_operands && !depth);
	return !fstatat(folder, folder < 0 ? path : path_name(path), file, follows ? 0 : AT_SYMLINK_NOFOLLOW);
}

static unsigned long long visit(const char *path, int parent, long depth, dev_t device)
{
	struct stat file;
	if (!read_status(path, parent, depth, &file)) {
		warn("cannot access '%s'", path);
		status = 1;
		return 0;
	}
	bool folder = S_ISDIR(file.st_mode);
	if (flag.same_device && depth && file.st_dev != device)
		return 0;
	if (((!folder && file.st_nlink > 1) || flag.follow) && is_counted(&file))
		return 0;
	unsigned long long own = flag.apparent ? (folder || S_ISREG(file.st_mode) || S_ISLNK(file.st_mode) ? (unsigned long long)file.st_size : 0) : (unsigned long long)file.st_blocks * 512, below = 0;
	struct folder_entry *entries = folder ? folder_entries(path) : NULL;
	int fd = entries && entries->name ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	if (folder && !entries) {
		warn("cannot read directory '%s'", path);
		status = 1;
	}
	for (const struct folder_entry *entry = entries; entry && entry->name; entry++) {
		char *inner = path_join(path, entry->name);
		bool is_below = flag.separate && (flag.follow || entry->type == DT_UNKNOWN ? is_folder(inner) : entry->type == DT_DIR);
		unsigned long long size = visit(inner, fd < 0 ? AT_FDCWD : fd, depth + 1, file.st_dev);
		if (is_below)
			below += size;
		else
			own += size;
		free(inner);
	}
	if (fd >= 0)
		close(fd);
	if (entries)
		free_entries(entries);
	if ((folder || flag.all || depth == 0) && depth <= flag.depth)
		put(own, path);
	return own + below;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"all", no_argument, NULL, 'a'}, {"apparent-size", no_argument, NULL, 'A'}, {"bytes", no_argument, NULL, 'b'},
		{"total", no_argument, NULL, 'c'}, {"max-depth", required_argument, NULL, 'd'}, {"human-readable", no_argument, NULL, 'h'},
		{"dereference-args", no_argument, NULL, 'D'}, {"no-dereference", no_argument, NULL, 'P'}, {"dereference", no_argument, NULL, 'L'}, {"summarize", no_argument, NULL, 's'}, {"separate-dirs", no_argument, NULL, 'S'},
		{"one-file-system", no_argument, NULL, 'x'}, {0}};
	static char *here[] = {".", NULL};
	bool summarize = false;
	for (int option; (option = next_long_option(argc, argv, "abcd:DhHkLmPsSx", longs)) != -1;) {
		switch (option) {
		case 'a': flag.all = true; break;
		case 'A': flag.apparent = true; break;
		case 'b': flag.apparent = true, flag.unit = 1; break;
		case 'c': flag.total = true; break;
		case 'd': flag.depth = (long)parse_integer(optarg, "maximum depth"); break;
		case 'D':
		case 'H': flag.follow_operands = true, flag.follow = false; break;
		case 'P': flag.follow_operands = flag.follow = false; break;
		case 'h': flag.human = true; break;
		case 'k': flag.unit = 1024; break;
		case 'm': flag.unit = 1048576; break;
		case 'L': flag.follow = true; break;
		case 's': summarize = true; break;
		case 'S': flag.separate = true; break;
		case 'x': flag.same_device = true; break;
		default: break;
		}
	}
	if (summarize && flag.all)
		usage_error("cannot both summarize and show all entries");
	if (summarize)
		flag.depth = 0;
	unsigned long long sum = 0;
	for (char **path = argv[optind] ? argv + optind : here; *path; path++)
		sum += visit(*path, AT_FDCWD, 0, 0);
	if (flag.total)
		put(sum, "total");
	return status;
}
