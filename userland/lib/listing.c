/* Formats of ls, https://pubs.opengroup.org/onlinepubs/9799919799/utilities/ls.html STDOUT. */
#include "listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "mode.h"
#include "numbers.h"
#include "owner.h"
#include "tools.h"

struct listing_style listing_style = {.clock = 'm'};

struct timespec listing_time(const struct entry *entry)
{
	return listing_style.clock == 'u' ? entry->status.st_atim : listing_style.clock == 'c' ? entry->status.st_ctim : entry->status.st_mtim;
}

/* Colours of dircolors' default. */
static const char *color_of(mode_t mode, bool broken)
{
	if (broken)
		return "01;31";
	switch (mode & S_IFMT) {
	case S_IFDIR: return (mode & 01002) == 01002 ? "30;42" : mode & 02 ? "34;42" : mode & 01000 ? "37;44" : "01;34";
	case S_IFLNK: return "01;36";
	case S_IFCHR:
	case S_IFBLK: return "40;33;01";
	case S_IFIFO: return "40;33";
	case S_IFSOCK: return "01;35";
	default: return mode & S_ISUID ? "37;41" : mode & S_ISGID ? "30;43" : mode & 0111 ? "01;32" : NULL;
	}
}

static char indicator(mode_t mode)
{
	if (S_ISDIR(mode) && (listing_style.classify || listing_style.slash))
		return '/';
	if (!listing_style.classify)
		return 0;
	if (S_ISLNK(mode))
		return listing_style.format == LONG ? 0 : '@';
	return S_ISFIFO(mode) ? '|' : S_ISSOCK(mode) ? '=' : S_ISREG(mode) && mode & 0111 ? '*' : 0;
}

static void put_name(const char *name, mode_t mode, bool broken)
{
	static bool begun;
	const char *color = listing_style.color ? color_of(mode, broken) : NULL;
	if (color && !begun)
		fputs("\033[0m", stdout);
	begun |= color != NULL;
	if (color)
		printf("\033[%sm%s\033[0m", color, name);
	else
		fputs(name, stdout);
}

static int columns_of(const char *name)
{
	int columns = 0;
	size_t length = strlen(name), size;
	for (size_t at = 0; at < length; at += size)
		columns += utf8_columns(utf8_decode(name + at, length - at, &size));
	return columns;
}

struct widths {
	int inode, blocks, links, user, group, size, major, minor;
};

static void widen(int *width, int value)
{
	if (*width < value)
		*width = value;
}

static const char *user_of(const struct stat *file)
{
	static char number[16];
	snprintf(number, sizeof number, "%u", file->st_uid);
	return listing_style.numeric ? number : user_name(file->st_uid);
}

static const char *group_of(const struct stat *file)
{
	static char number[16];
	snprintf(number, sizeof number, "%u", file->st_gid);
	return listing_style.numeric ? number : group_name(file->st_gid);
}

static char *blocks_of(char text[SIZE_TEXT], uint64_t blocks)
{
	if (listing_style.human)
		return human_size(text, blocks * 512, 1024);
	snprintf(text, SIZE_TEXT, "%llu", (unsigned long long)(blocks + 1) / 2);
	return text;
}

static char *size_of(char text[SIZE_TEXT], uint64_t size)
{
	if (listing_style.human)
		return human_size(text, size, 1024);
	snprintf(text, SIZE_TEXT, "%llu", (unsigned long long)size);
	return text;
}

static bool is_device(const struct stat *file)
{
	return S_ISCHR(file->st_mode) || S_ISBLK(file->st_mode);
}

static struct widths measure(const struct listing *list)
{
	struct widths width = {0};
	char text[SIZE_TEXT];
	for (size_t i = 0; i < list->count; i++) {
		const struct stat *file = &list->entries[i].status;
		widen(&width.inode, digits(file->st_ino));
		widen(&width.blocks, (int)strlen(blocks_of(text, (uint64_t)file->st_blocks)));
		widen(&width.links, digits(file->st_nlink));
		widen(&width.user, (int)strlen(user_of(file)));
		widen(&width.group, (int)strlen(group_of(file)));
		if (is_device(file)) {
			widen(&width.major, digits(major(file->st_rdev)));
			widen(&width.minor, digits(minor(file->st_rdev)));
		} else {
			widen(&width.size, (int)strlen(size_of(text, (uint64_t)file->st_size)));
		}
	}
	if (width.major)
		widen(&width.size, width.major + 2 + width.minor);
	return width;
}

static void put_time(const struct entry *entry)
{
	struct timespec when = listing_time(entry), now;
	char text[64];
	struct tm local;
	localtime_r(&when.tv_sec, &local);
	clock_gettime(CLOCK_REALTIME, &now);
	bool recent = when.tv_sec <= now.tv_sec && when.tv_sec > now.tv_sec - 31556952 / 2;
	if (listing_style.full_time) {
		strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
		printf(" %s.%09ld", text, (long)when.tv_nsec);
		strftime(text, sizeof text, "%z", &local);
	} else {
		const char *form = recent ? "%b %e %H:%M" : "%b %e  %Y";
		if (listing_style.time_format)
			form = listing_style.time_format;
		text[strftime(text, sizeof text, form, &local)] = 0;
	}
	printf(" %s ", text);
}

static void put_prefix(const struct entry *entry, const struct widths *width)
{
	char text[SIZE_TEXT];
	if (listing_style.inode)
		printf("%*llu ", width->inode, (unsigned long long)entry->status.st_ino);
	if (listing_style.blocks)
		printf("%*s ", width->blocks, blocks_of(text, (uint64_t)entry->status.st_blocks));
}

static void put_long(const struct entry *entry, const struct widths *width)
{
	const struct stat *file = &entry->status;
	char mode[11], text[SIZE_TEXT];
	put_prefix(entry, width);
	printf("%s %*lu", mode_string(file->st_mode, mode), width->links, (unsigned long)file->st_nlink);
	if (!listing_style.hide_owner)
		printf(listing_style.numeric ? " %*s" : " %-*s", width->user, user_of(file));
	if (!listing_style.hide_group)
		printf(listing_style.numeric ? " %*s" : " %-*s", width->group, group_of(file));
	if (is_device(file))
		printf(" %*u, %*u", width->size - 2 - width->minor, major(file->st_rdev), width->minor, minor(file->st_rdev));
	else
		printf(" %*s", width->size, size_of(text, (uint64_t)file->st_size));
	put_time(entry);
	put_name(entry->name, file->st_mode, entry->broken);
	if (entry->target) {
		fputs(" -> ", stdout);
		put_name(entry->target, entry->aim, entry->broken);
	}
	char mark = indicator(entry->target ? entry->aim : file->st_mode);
	if (mark)
		putchar(mark);
	putchar('\n');
}

static int short_width(const struct entry *entry, const struct widths *width)
{
	int prefix = (listing_style.inode ? width->inode + 1 : 0) + (listing_style.blocks ? width->blocks + 1 : 0);
	return prefix + columns_of(entry->name) + (indicator(entry->status.st_mode) != 0);
}

static void put_short(const struct entry *entry, const struct widths *width)
{
	put_prefix(entry, width);
	put_name(entry->name, entry->status.st_mode, entry->broken);
	char mark = indicator(entry->status.st_mode);
	if (mark)
		putchar(mark);
}

/* The most columns that fit, each as wide as its longest entry and two spaces. */
static void put_columns(const struct listing *list, const struct widths *width, int line)
{
	int count = (int)list->count, columns = count, rows = 1;
	int *column_width = allocate(sizeof(int) * (size_t)(count + 1));
	for (; columns > 1; columns--) {
		int total = 0;
		rows = (count + columns - 1) / columns;
		for (int c = 0; c < columns; c++)
			column_width[c] = 0;
		for (int i = 0; i < count; i++) {
			int c = listing_style.format == ACROSS ? i % columns : i / rows;
			widen(&column_width[c], short_width(&list->entries[i], width) + (c < columns - 1 ? 2 : 0));
		}
		for (int c = 0; c < columns; c++)
			total += column_width[c];
		if (total < line && (listing_style.format == ACROSS || (count + rows - 1) / rows == columns))
			break;
	}
	rows = columns > 1 ? (count + columns - 1) / columns : count;
	for (int row = 0; row < rows; row++) {
		for (int c = 0; c < columns; c++) {
			int i = listing_style.format == ACROSS ? row * columns + c : c * rows + row;
			if (i >= count)
				continue;
			put_short(&list->entries[i], width);
			bool last = listing_style.format == ACROSS ? c == columns - 1 || i == count - 1 : i + rows >= count;
			if (!last)
				printf("%*s", column_width[c] - short_width(&list->entries[i], width), "");
		}
		putchar('\n');
	}
	free(column_width);
}

static void put_commas(const struct listing *list, const struct widths *width, int line)
{
	int at = 0;
	for (size_t i = 0; i < list->count; i++) {
		int need = short_width(&list->entries[i], width) + (i + 1 < list->count ? 1 : 0);
		if (at && at + 1 + need > line) {
			putchar('\n');
			at = 0;
		} else if (at) {
			putchar(' ');
			at++;
		}
		put_short(&list->entries[i], width);
		if (i + 1 < list->count)
			putchar(',');
		at += need;
	}
	if (list->count)
		putchar('\n');
}

size_t put_listing(const struct listing *list)
{
	int columns, rows;
	struct widths width = measure(list);
	terminal_size(STDOUT_FILENO, &columns, &rows);
	if (listing_style.width)
		columns = listing_style.width;
	if (listing_style.format == COLUMNS || listing_style.format == ACROSS) {
		if (list->count)
			put_columns(list, &width, columns);
		return list->count;
	}
	if (listing_style.format == COMMAS) {
		put_commas(list, &width, columns);
		return list->count;
	}
	for (size_t i = 0; i < list->count; i++) {
		if (listing_style.format == LONG) {
			put_long(&list->entries[i], &width);
		} else {
			put_short(&list->entries[i], &width);
			putchar('\n');
		}
	}
	return list->count;
}

void put_total(const struct listing *list)
{
	char text[SIZE_TEXT];
	uint64_t blocks = 0;
	for (size_t i = 0; i < list->count; i++)
		blocks += (uint64_t)list->entries[i].status.st_blocks;
	printf("total %s\n", blocks_of(text, blocks));
}
