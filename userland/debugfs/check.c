/* icheck and ncheck: from blocks to inodes, from inodes to names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "debugfs.h"
#include "tools.h"

struct owners {
	int count;
	uint64_t *blocks;
	uint32_t *inodes, current;
};

static void note(struct owners *owners, uint64_t first, uint64_t length)
{
	for (int i = 0; i < owners->count; i++)
		if (owners->blocks[i] >= first && owners->blocks[i] < first + length)
			owners->inodes[i] = owners->current;
}

static bool note_run(void *context, const struct ext4_run *run)
{
	note(context, run->physical, run->length);
	return true;
}

/* Calls `function` for each inode with a name or a reserved number. */
static void each_inode(struct ext4 *fs, void (*function)(struct ext4 *fs, uint32_t number, const struct ext4_inode *inode, void *context), void *context)
{
	static struct ext4_inode inode;
	for (uint32_t number = 1; number <= fs->super.inodes; number++) {
		struct ext4_group values = ext4_get_group(fs, (number - 1) / fs->super.inodes_per_group);
		if (values.flags & EXT4_INODE_UNINIT) {
			number += fs->super.inodes_per_group - 1 - (number - 1) % fs->super.inodes_per_group;
			continue;
		}
		if (ext4_read_inode(fs, number, &inode) && inode.links > 0)
			function(fs, number, &inode, context);
	}
}

static void note_inode(struct ext4 *fs, uint32_t number, const struct ext4_inode *inode, void *context)
{
	struct owners *owners = context;
	const char *problem;
	owners->current = number;
	if (ext4_file_acl(inode))
		note(owners, ext4_file_acl(inode), 1);
	if (ext4_is_mapped(fs, inode))
		ext4_walk(fs, number, inode, note_run, owners, &problem);
}

void check_blocks(struct ext4 *fs, int count, char **numbers)
{
	struct owners owners = {count, allocate((size_t)count * sizeof(uint64_t)), allocate((size_t)count * sizeof(uint32_t)), 0};
	for (int i = 0; i < count; i++) {
		owners.blocks[i] = strtoull(numbers[i], NULL, 0);
		owners.inodes[i] = 0;
	}
	each_inode(fs, note_inode, &owners);
	printf("Block\tInode number\n");
	for (int i = 0; i < count; i++)
		if (owners.inodes[i])
			printf("%llu\t%u\n", (unsigned long long)owners.blocks[i], owners.inodes[i]);
		else
			printf("%llu\t<block not found>\n", (unsigned long long)owners.blocks[i]);
	free(owners.blocks);
	free(owners.inodes);
}

/* Names by directory: the path of one is found when its parent was read. */
struct names {
	int count;
	char **numbers;
	struct ext4 *fs;
	const char *path;
	int depth;
};

static bool is_dot(const struct ext4_entry *entry)
{
	return entry->name[0] == '.' && (entry->name_length == 1 || (entry->name_length == 2 && entry->name[1] == '.'));
}

static bool name_entry(void *context, const struct ext4_entry *entry)
{
	const struct names *names = context;
	for (int i = 0; i < names->count && !is_dot(entry); i++)
		if (strtoul(names->numbers[i], NULL, 0) == entry->inode)
			printf("%u\t%s/%.*s\n", entry->inode, *names->path ? names->path : "/", entry->name_length, entry->name);
	return true;
}

static void name_folder(struct names *names, uint32_t number);

static bool descend(void *context, const struct ext4_entry *entry)
{
	struct names *names = context, below = *names;
	static struct ext4_inode inode;
	if (is_dot(entry) || !ext4_read_inode(names->fs, entry->inode, &inode) || !S_ISDIR(inode.mode))
		return true;
	char *path = format_text("%s/%.*s", names->path, entry->name_length, entry->name);
	below.path = path;
	below.depth++;
	name_folder(&below, entry->inode);
	free(path);
	return true;
}

static void name_folder(struct names *names, uint32_t number)
{
	enum { MAX_DEPTH = 100 };
	struct ext4_inode *inode = allocate(sizeof *inode);
	if (names->depth < MAX_DEPTH && ext4_read_inode(names->fs, number, inode)) {
		ext4_list(names->fs, number, inode, name_entry, names);
		ext4_list(names->fs, number, inode, descend, names);
	}
	free(inode);
}

void check_names(struct ext4 *fs, int count, char **numbers)
{
	struct names names = {count, numbers, fs, "", 0};
	printf("Inode\tPathname\n");
	name_folder(&names, EXT4_ROOT_INODE);
}
