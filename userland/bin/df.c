/*
 * df: free space of file systems
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/df.html
 *
 * Usage: df [OPTION]... [FILE]...
 * Shows the file systems that hold the FILEs, or all of them.
 *   -a, --all              file systems without blocks, too
 *   -h, --human-readable   sizes like 1K 234M 2G
 *   -H, --si               the same in powers of 1000
 *   -i, --inodes           inodes instead of blocks
 *   -k                     blocks of 1024 bytes (default)
 *   -m                     blocks of 1048576 bytes
 *   -P, --portability      POSIX's titles
 *   -T, --print-type       the type of each
 *   -t, --type TYPE        only this type
 *       --total            a line with the sum
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "mounts.h"
#include "numbers.h"
#include "tools.h"

enum { COLUMNS = 7 };

static struct {
	bool all, human, inodes, portable, types, total;
	unsigned base;
	unsigned long long unit;
	const char *type;
} flag = {.base = 1024, .unit = 1024};

static char *(*table)[COLUMNS];
static size_t rows;
static unsigned long long sums[3];

static char *amount(unsigned long long value, unsigned long long size)
{
	char text[SIZE_TEXT];
	if (flag.inodes && !flag.human)
		return format_text("%llu", value);
	if (flag.human)
		return duplicate(human_size(text, value * size, flag.base));
	return format_text("%llu", (value * size + flag.unit - 1) / flag.unit);
}

static char *percent(unsigned long long used, unsigned long long available)
{
	unsigned long long all = used + available;
	return all ? format_text("%llu%%", (used * 100 + all - 1) / all) : duplicate("-");
}

static void add_row(const char *source, const char *type, const char *folder, unsigned long long total, unsigned long long used,
	unsigned long long available, unsigned long long size)
{
	table = reallocate(table, (rows + 1) * sizeof *table);
	char **row = table[rows++];
	row[0] = duplicate(source);
	row[1] = duplicate(type);
	row[2] = amount(total, size);
	row[3] = amount(used, size);
	row[4] = amount(available, size);
	row[5] = percent(used, available);
	row[6] = duplicate(folder);
	sums[0] += total * size;
	sums[1] += used * size;
	sums[2] += available * size;
}

static void add_titles(void)
{
	table = reallocate(table, (rows + 1) * sizeof *table);
	char **row = table[rows++];
	row[0] = duplicate("Filesystem");
	row[1] = duplicate("Type");
	row[2] = flag.inodes ? duplicate("Inodes") : flag.human ? duplicate("Size") : flag.portable ? format_text("%llu-blocks", flag.unit) : flag.unit == 1024 ? duplicate("1K-blocks") : duplicate("1M-blocks");
	row[3] = duplicate(flag.inodes ? "IUsed" : "Used");
	row[4] = duplicate(flag.inodes ? "IFree" : flag.human && !flag.portable ? "Avail" : "Available");
	row[5] = duplicate(flag.inodes ? "IUse%" : flag.portable ? "Capacity" : "Use%");
	row[6] = duplicate("Mounted on");
}

static int add_mount(const struct mounted *mount, bool asked)
{
	struct statvfs status;
	if (statvfs(mount->folder, &status)) {
		if (!asked)
			return 0;
		warn("%s", mount->folder);
		return 1;
	}
	if ((!status.f_blocks && !flag.all && !asked) || (flag.type && strcmp(flag.type, mount->type)))
		return 0;
	if (flag.inodes)
		add_row(mount->source, mount->type, mount->folder, status.f_files, status.f_files - status.f_ffree, status.f_ffree, 1);
	else
		add_row(mount->source, mount->type, mount->folder, status.f_blocks, status.f_blocks - status.f_bfree, status.f_bavail, status.f_frsize);
	return 0;
}

/* The last mount on the same device as the file. */
static int add_file(const char *path, const struct mounted *mounts)
{
	struct stat file, folder;
	const struct mounted *found = NULL;
	if (stat(path, &file)) {
		warn("%s", path);
		return 1;
	}
	for (; mounts->source; mounts++)
		if (!stat(mounts->folder, &folder) && folder.st_dev == file.st_dev)
			if (!found || strlen(mounts->folder) >= strlen(found->folder) || !strcmp(mounts->folder, path))
				found = mounts;
	if (found)
		return add_mount(found, true);
	warnx("%s: no mounted file system holds it", path);
	return 1;
}

static void put_table(void)
{
	int widths[COLUMNS] = {14, 4, 5, 5, 5, 4, 0};
	for (size_t i = 0; i < rows; i++)
		for (int c = 0; c < COLUMNS; c++)
			if ((int)strlen(table[i][c]) > widths[c])
				widths[c] = (int)strlen(table[i][c]);
	for (size_t i = 0; i < rows; i++) {
		printf("%-*s", widths[0], table[i][0]);
		if (flag.types)
			printf(" %-*s", widths[1], table[i][1]);
		for (int c = 2; c < 6; c++)
			printf(" %*s", widths[c], table[i][c]);
		printf(" %s\n", table[i][6]);
	}
}

/* Something mounted over the same folder later hides it. */
static bool is_hidden(const struct mounted *mount)
{
	for (const struct mounted *later = mount + 1; later->source; later++)
		if (!strcmp(later->folder, mount->folder))
			return true;
	return false;
}

/* The same device under another, shorter path is enough (bind mounts). */
static bool is_repeated(const struct mounted *mounts, const struct mounted *mount)
{
	struct stat here, there;
	if (stat(mount->folder, &here))
		return false;
	for (const struct mounted *other = mounts; other->source; other++)
		if (other != mount && !is_hidden(other) && !stat(other->folder, &there) && there.st_dev == here.st_dev &&
		    (strlen(other->folder) < strlen(mount->folder) || (strlen(other->folder) == strlen(mount->folder) && other < mount)))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"all", no_argument, NULL, 'a'}, {"human-readable", no_argument, NULL, 'h'}, {"si", no_argument, NULL, 'H'},
		{"inodes", no_argument, NULL, 'i'}, {"portability", no_argument, NULL, 'P'}, {"print-type", no_argument, NULL, 'T'},
		{"type", required_argument, NULL, 't'}, {"total", no_argument, NULL, 'S'}, {0}};
	for (int option; (option = next_long_option(argc, argv, "ahHikmPTt:", longs)) != -1;) {
		switch (option) {
		case 'a': flag.all = true; break;
		case 'h': flag.human = true; break;
		case 'H': flag.human = true, flag.base = 1000; break;
		case 'i': flag.inodes = true; break;
		case 'm': flag.unit = 1048576; break;
		case 'P': flag.portable = true; break;
		case 'T': flag.types = true; break;
		case 't': flag.type = optarg; break;
		case 'S': flag.total = true; break;
		default: flag.unit = 1024;
		}
	}
	int status = 0;
	const struct mounted *mounts = read_mounts();
	add_titles();
	for (char **path = argv + optind; *path; path++)
		status |= add_file(*path, mounts);
	for (const struct mounted *mount = mounts; mount->source && !argv[optind]; mount++)
		if (flag.all || (!is_hidden(mount) && !is_repeated(mounts, mount)))
			add_mount(mount, false);
	if (rows == 1) {
		if (!status)
			errx(1, "no file systems processed");
		return status;
	}
	if (flag.total) {
		unsigned long long size = flag.inodes ? 1 : 1024;
		add_row("total", "-", "-", sums[0] / size, sums[1] / size, sums[2] / size, size);
	}
	put_table();
	return status;
}
