/*
 * ls: list directory contents
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/ls.html
 *
 * Usage: ls [OPTION]... [FILE]...
 * Lists information about the FILEs (the current directory by default), sorted by name.
 *   -a, --all            do not ignore entries starting with .
 *   -A, --almost-all     the same, but not . and ..
 *   -C                   in columns (default on a terminal)
 *       --color[=WHEN]   colours: always, never, auto
 *   -d, --directory      directories themselves, not their contents
 *   -F, --classify       append one of * / = @ | to entries
 *   -p                   append / to directories
 *   -g, -o               long format without owner, without group
 *   -H                   follow symbolic links that are operands
 *   -h, --human-readable sizes like 1K 234M 2G
 *   -i, --inode          print the index number of each file
 *   -l                   long format
 *   -L, --dereference    show what symbolic links point to
 *   -m                   fill the width with a comma-separated list
 *   -n                   like -l, with numeric user and group
 *   -q                   a ? for each character of a name that is not printable (default on a terminal)
 *   -r, --reverse        reverse the order
 *   -R, --recursive      list subdirectories recursively
 *   -s, --size           print the allocated size of each file, in blocks
 *   -S                   sort by size, largest first
 *   -t                   sort by modification time, newest first
 *   -u, -c               with -t and -l: access time, change time
 *   -U, -f               do not sort; -f also shows all
 *   -v                   sort numbers in names by their value
 *   -w COLUMNS           width of a line
 *   -x                   columns filled line by line
 *   -1                   one file per line
 *       --full-time      like -l, with the whole time
 *       --time-style S   iso, long-iso or +FORMAT of date
 *   -k                   blocks of 1024 bytes (default)
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "listing.h"
#include "numbers.h"
#include "tools.h"

enum { COLOR = 256, FULL_TIME, TIME_STYLE };

static int status;
static bool printed_something;

static int compare_time(const struct entry *a, const struct entry *b)
{
	struct timespec first = listing_time(a), second = listing_time(b);
	if (first.tv_sec != second.tv_sec)
		return first.tv_sec < second.tv_sec ? 1 : -1;
	return first.tv_nsec < second.tv_nsec ? 1 : first.tv_nsec > second.tv_nsec ? -1 : 0;
}

static int compare(const void *left, const void *right)
{
	const struct entry *a = *(const struct entry *const *)left, *b = *(const struct entry *const *)right;
	int order = 0;
	if (listing_style.sorting == BY_SIZE)
		order = a->status.st_size < b->status.st_size ? 1 : a->status.st_size > b->status.st_size ? -1 : 0;
	if (listing_style.sorting == BY_TIME)
		order = compare_time(a, b);
	if (listing_style.sorting == BY_VERSION)
		order = strverscmp(a->name, b->name);
	if (!order)
		order = strcmp(a->name, b->name);
	return listing_style.reverse ? -order : order;
}

/* By pointers: the entries are large. */
static void put_in_order(struct listing *list)
{
	struct entry **order = allocate((list->count + 1) * sizeof *order), *entries = allocate((list->count + 1) * sizeof *entries);
	for (size_t i = 0; i < list->count; i++)
		order[i] = &list->entries[i];
	qsort(order, list->count, sizeof *order, compare);
	for (size_t i = 0; i < list->count; i++)
		entries[i] = *order[i];
	free(order);
	free(list->entries);
	list->entries = entries;
	list->capacity = list->count + 1;
}

/* Puts the entries into the order asked for, their names then into the form that is shown. */
static void sort(struct listing *list)
{
	if (listing_style.sorting != UNSORTED)
		put_in_order(list);
	for (size_t i = 0; listing_style.conceal && i < list->count; i++)
		for (char *c = list->entries[i].name; *c; c++)
			*c = iscntrl((unsigned char)*c) ? '?' : *c;
}

static void append(struct listing *list, struct entry entry)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity * 2 + 16;
		list->entries = reallocate(list->entries, list->capacity * sizeof entry);
	}
	list->entries[list->count++] = entry;
}

/* Reads the metadata of one file and adds it; name is what is shown. */
static void add(struct listing *list, const char *path, const char *name, bool operand)
{
	struct entry entry = {0};
	bool follow = listing_style.follow || (operand && listing_style.follow_operands) || (operand && listing_style.format != LONG && !listing_style.itself && !listing_style.classify);
	int failed = follow ? stat(path, &entry.status) : -1;
	bool asked = operand && (listing_style.follow || listing_style.follow_operands);
	if (failed && (asked || lstat(path, &entry.status))) {
		warn("cannot access '%s'", path);
		status = operand ? 2 : status ? status : 1;
		return;
	}
	if (S_ISLNK(entry.status.st_mode)) {
		char target[4096];
		ssize_t length = readlink(path, target, sizeof target);
		struct stat aim;
		entry.target = duplicate_range(target, length < 0 ? 0 : (size_t)length);
		entry.broken = stat(path, &aim) != 0;
		entry.aim = entry.broken ? 0 : aim.st_mode;
	}
	entry.name = duplicate(name);
	entry.path = duplicate(path);
	append(list, entry);
}

/* Whether names and types are all that is shown, so that no file's metadata need be read. */
static bool needs_types_only(void)
{
	bool is_sorted = listing_style.sorting == BY_SIZE || listing_style.sorting == BY_TIME;
	return listing_style.format != LONG && !is_sorted && !listing_style.blocks && !listing_style.inode && !listing_style.classify && !listing_style.slash && !listing_style.color && !listing_style.follow;
}

static void discard(struct listing *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->entries[i].name);
		free(list->entries[i].path);
		free(list->entries[i].target);
	}
	free(list->entries);
	*list = (struct listing){0};
}

static void list_folder(const char *path, bool title);

/* What -R descends into: the directories of a listing. */
static void list_folders_of(const struct listing *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct entry *entry = &list->entries[i];
		if (S_ISDIR(entry->status.st_mode) && strcmp(entry->name, ".") && strcmp(entry->name, ".."))
			list_folder(entry->path, true);
	}
}

static void list_folder(const char *path, bool title)
{
	struct listing list = {0};
	bool names_only = needs_types_only();
	DIR *folder = opendir(path);
	if (!folder) {
		warn("cannot open directory '%s'", path);
		status = status ? status : 1;
		return;
	}
	if (title)
		printf("%s%s:\n", printed_something ? "\n" : "", path);
	printed_something = true;
	for (struct dirent *found; (found = readdir(folder));) {
		const char *name = found->d_name;
		bool dots = !strcmp(name, ".") || !strcmp(name, "..");
		if (name[0] == '.' && !listing_style.all && (dots || !listing_style.almost))
			continue;
		char *full = path_join(path, name);
		if (names_only && found->d_type != DT_UNKNOWN)
			append(&list, (struct entry){.name = duplicate(name), .path = duplicate(full), .status.st_mode = DTTOIF(found->d_type)});
		else
			add(&list, full, name, false);
		free(full);
	}
	closedir(folder);
	sort(&list);
	if (listing_style.format == LONG || listing_style.blocks)
		put_total(&list);
	put_listing(&list);
	if (listing_style.recursive)
		list_folders_of(&list);
	discard(&list);
}

static void choose_color(const char *when)
{
	if (!when || !strcmp(when, "always") || !strcmp(when, "yes"))
		listing_style.color = true;
	else if (!strcmp(when, "auto") || !strcmp(when, "tty"))
		listing_style.color = isatty(STDOUT_FILENO);
	else if (strcmp(when, "never") && strcmp(when, "no"))
		usage_error("invalid argument '%s' for '--color'", when);
}

static void choose_time_style(const char *style)
{
	if (*style == '+')
		listing_style.time_format = style + 1;
	else if (!strcmp(style, "long-iso"))
		listing_style.time_format = "%Y-%m-%d %H:%M";
	else if (!strcmp(style, "iso"))
		listing_style.time_format = "%m-%d %H:%M";
	else if (!strcmp(style, "full-iso"))
		listing_style.full_time = true;
	else if (strcmp(style, "locale"))
		usage_error("invalid argument '%s' for 'time style'", style);
}

static void apply_option(int option)
{
	struct listing_style *style = &listing_style;
	switch (option) {
	case 'a': style->all = true; break;
	case 'A': style->almost = true; break;
	case 'd': style->itself = true; break;
	case 'F': style->classify = true; break;
	case 'p': style->slash = true; break;
	case 'h': style->human = true; break;
	case 'H': style->follow_operands = true; break;
	case 'i': style->inode = true; break;
	case 'L': style->follow = true; break;
	case 'q': style->conceal = true; break;
	case 'r': style->reverse = true; break;
	case 'R': style->recursive = true; break;
	case 's': style->blocks = true; break;
	case 'S': style->sorting = BY_SIZE; break;
	case 't': style->sorting = BY_TIME; break;
	case 'v': style->sorting = BY_VERSION; break;
	case 'U': style->sorting = UNSORTED; break;
	case 'f': style->sorting = UNSORTED, style->all = true; break;
	case 'u':
	case 'c': style->clock = (char)option; break;
	case 'n': style->numeric = true, style->format = LONG; break;
	case 'g': style->hide_owner = true, style->format = LONG; break;
	case 'o': style->hide_group = true, style->format = LONG; break;
	case 'w': style->width = (int)parse_integer(optarg, "line width"); break;
	case COLOR: choose_color(optarg); break;
	case TIME_STYLE: choose_time_style(optarg); break;
	case FULL_TIME: style->full_time = true, style->format = LONG; break;
	default: style->format = option;
	}
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"all", no_argument, NULL, 'a'}, {"almost-all", no_argument, NULL, 'A'},
		{"color", optional_argument, NULL, COLOR}, {"directory", no_argument, NULL, 'd'},
		{"classify", no_argument, NULL, 'F'}, {"human-readable", no_argument, NULL, 'h'},
		{"inode", no_argument, NULL, 'i'}, {"dereference", no_argument, NULL, 'L'},
		{"reverse", no_argument, NULL, 'r'}, {"recursive", no_argument, NULL, 'R'},
		{"size", no_argument, NULL, 's'}, {"full-time", no_argument, NULL, FULL_TIME}, {"time-style", required_argument, NULL, TIME_STYLE},
		{"numeric-uid-gid", no_argument, NULL, 'n'}, {"no-group", no_argument, NULL, 'o'}, {0}};
	usage_status = 2;
	listing_style.conceal = isatty(STDOUT_FILENO);
	listing_style.format = listing_style.conceal ? COLUMNS : SINGLE;
	for (int option; (option = next_long_option(argc, argv, "aACdFpgHhiklLmnoqrRsStucUfvw:x1", longs)) != -1;)
		if (option != 'k')
			apply_option(option);
	struct listing files = {0}, folders = {0};
	int count = argc - optind;
	static char *here[] = {".", NULL};
	for (char **operand = count ? argv + optind : here; *operand; operand++) {
		bool folder = !listing_style.itself && is_folder(*operand);
		struct stat itself;
		bool link = !lstat(*operand, &itself) && S_ISLNK(itself.st_mode);
		if (folder && link && (listing_style.format == LONG || listing_style.classify) && !listing_style.follow && !listing_style.follow_operands)
			folder = (*operand)[strlen(*operand) - 1] == '/';
		add(folder ? &folders : &files, *operand, *operand, true);
	}
	sort(&files);
	sort(&folders);
	printed_something = put_listing(&files) > 0;
	for (size_t i = 0; i < folders.count; i++)
		list_folder(folders.entries[i].path, count > 1 || listing_style.recursive);
	return status;
}
