/* Requests about directories: cd, ls, pwd. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "debugfs.h"
#include "tools.h"

void run_cd(int count, char **words)
{
	static struct ext4_inode inode;
	uint32_t number = find_inode(words[1], &inode);
	(void)count;
	if (number && !S_ISDIR(inode.mode))
		fprintf(stderr, "%s: Ext2 inode is not a directory \n", words[1]);
	else if (number)
		debugged_folder = number;
}

struct listing {
	char form; /* 'l', 'p' or 0 */
	size_t column;
};

static void list_long(const struct ext4_entry *entry, const struct ext4_inode *inode)
{
	char date[32];
	time_t time = ext4_seconds(inode->modify_time, debugged->super.inode_size > 128 && inode->extra >= 12 ? inode->modify_extra : 0);
	strftime(date, sizeof date, "%e-%b-%Y %H:%M", localtime(&time));
	printf(" %6u  %6o (%u)  %5u  %5u   %5llu %s %.*s\n", entry->inode, inode->mode, entry->type, inode->uid | (uint32_t)inode->uid_high << 16, inode->gid | (uint32_t)inode->gid_high << 16, (unsigned long long)ext4_size(inode), date, entry->name_length, entry->name);
}

static bool list_entry(void *context, const struct ext4_entry *entry)
{
	struct listing *listing = context;
	static struct ext4_inode inode;
	if (listing->form && !ext4_read_inode(debugged, entry->inode, &inode))
		memset(&inode, 0, sizeof inode);
	if (listing->form == 'l') {
		list_long(entry, &inode);
		return true;
	}
	if (listing->form == 'p') {
		printf("/%u/%06o/%u/%u/%.*s/", entry->inode, inode.mode, inode.uid | (uint32_t)inode.uid_high << 16, inode.gid | (uint32_t)inode.gid_high << 16, entry->name_length, entry->name);
		if (S_ISDIR(inode.mode))
			printf("/\n");
		else
			printf("%llu/\n", (unsigned long long)ext4_size(&inode));
		return true;
	}
	char text[300];
	size_t length = (size_t)snprintf(text, sizeof text, " %u  (%u) %.*s   ", entry->inode, entry->record, entry->name_length, entry->name);
	if (listing->column + length > 80) {
		putchar('\n');
		listing->column = 0;
	}
	fputs(text, stdout);
	listing->column += length;
	return true;
}

void run_ls(int count, char **words)
{
	static struct ext4_inode inode;
	struct listing listing = {0, 0};
	int at = 1;
	for (; at < count && words[at][0] == '-'; at++)
		listing.form = words[at][1];
	const char *path = at < count ? words[at] : ".";
	uint32_t number = find_inode(path, &inode);
	if (!number)
		return;
	if (!S_ISDIR(inode.mode)) {
		fprintf(stderr, "%s: Ext2 inode is not a directory \n", path);
		putchar('\n');
		return;
	}
	if (!ext4_list(debugged, number, &inode, list_entry, &listing))
		fprintf(stderr, "%s: Directory block is broken\n", path);
	putchar('\n');
}

struct search {
	uint32_t inode;
	char *name;
};

static bool name_entry(void *context, const struct ext4_entry *entry)
{
	struct search *search = context;
	if (entry->inode != search->inode || (entry->name[0] == '.' && (entry->name_length == 1 || (entry->name_length == 2 && entry->name[1] == '.'))))
		return true;
	search->name = duplicate_range(entry->name, entry->name_length);
	return false;
}

/* Path of a directory: names looked for upwards. */
static char *path_of(uint32_t number)
{
	static struct ext4_inode inode;
	char *path = duplicate("");
	for (int depth = 0; number != EXT4_ROOT_INODE && depth < 100; depth++) {
		uint32_t parent = ext4_lookup(debugged, number, "..");
		struct search search = {number, NULL};
		if (parent == 0 || !ext4_read_inode(debugged, parent, &inode))
			break;
		ext4_list(debugged, parent, &inode, name_entry, &search);
		char *longer = format_text("/%s%s", search.name ? search.name : "???", path);
		free(search.name);
		free(path);
		path = longer;
		number = parent;
	}
	return path;
}

void run_pwd(int count, char **words)
{
	(void)count;
	(void)words;
	char *path = path_of(debugged_folder);
	printf("[pwd]   INODE: %6u  PATH: %s\n[root]  INODE: %6u  PATH: /\n", debugged_folder, *path ? path : "/", EXT4_ROOT_INODE);
	free(path);
}
