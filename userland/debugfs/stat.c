/* What debugfs shows of an inode. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "debugfs.h"
#include "tools.h"

static const char *type_name(uint16_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return "regular";
	case S_IFDIR: return "directory";
	case S_IFCHR: return "character special";
	case S_IFBLK: return "block special";
	case S_IFLNK: return "symlink";
	case S_IFSOCK: return "socket";
	case S_IFIFO: return "FIFO";
	default: return "bad type";
	}
}

static void show_time(const char *name, uint32_t seconds, uint32_t extra, bool has_extra)
{
	char date[32];
	time_t time = ext4_seconds(seconds, has_extra ? extra : 0);
	strftime(date, sizeof date, "%a %b %e %H:%M:%S %Y", localtime(&time));
	if (has_extra)
		printf("%s: 0x%08x:%08x -- %s\n", name, seconds, extra, date);
	else
		printf("%s: 0x%08x -- %s\n", name + (*name == ' '), seconds, date);
}

static void show_times(const struct ext4_inode *inode, bool is_large)
{
	show_time(" ctime", inode->change_time, inode->change_extra, is_large);
	show_time(" atime", inode->access_time, inode->access_extra, is_large);
	show_time(" mtime", inode->modify_time, inode->modify_extra, is_large);
	if (is_large)
		show_time("crtime", inode->birth_time, inode->birth_extra, true);
	if (inode->delete_time)
		show_time(" dtime", inode->delete_time, 0, false);
}

struct picture {
	const char *separator;
	struct ext4_run pending; /* data that its neighbour may make longer; length 0: none */
	uint64_t total;
	bool extents;
};

static void flush(struct picture *picture)
{
	const struct ext4_run *run = &picture->pending;
	if (run->length == 0)
		return;
	const char *mark = run->unwritten ? "[u]" : "";
	unsigned long long logical = run->logical, physical = run->physical;
	if (run->length == 1)
		printf("%s(%llu%s):%llu", picture->separator, logical, mark, physical);
	else
		printf("%s(%llu-%llu%s):%llu-%llu", picture->separator, logical, logical + run->length - 1, mark, physical, physical + run->length - 1);
	picture->separator = ", ";
	picture->pending.length = 0;
}

static bool draw(void *context, const struct ext4_run *run)
{
	static const char *const levels[] = {"", "IND", "DIND", "TIND"};
	struct picture *picture = context;
	struct ext4_run *pending = &picture->pending;
	picture->total += run->length;
	if (!picture->extents && run->level == 0 && pending->length && run->logical == pending->logical + pending->length && run->physical == pending->physical + pending->length) {
		pending->length += run->length;
		return true;
	}
	flush(picture);
	if (run->level == 0) {
		*pending = *run;
		return true;
	}
	if (picture->extents)
		printf("%s(ETB%d):%llu", picture->separator, run->level - 1, (unsigned long long)run->physical);
	else
		printf("%s(%s):%llu", picture->separator, levels[run->level], (unsigned long long)run->physical);
	picture->separator = ", ";
	return true;
}

static void show_map(struct ext4 *fs, uint32_t number, const struct ext4_inode *inode)
{
	const char *problem = NULL;
	struct picture picture = {"", {0}, 0, inode->flags & EXT4_EXTENTS_FLAG};
	printf(picture.extents ? "EXTENTS:\n" : "BLOCKS:\n");
	ext4_walk(fs, number, inode, draw, &picture, &problem);
	flush(&picture);
	if (*picture.separator || !picture.extents)
		putchar('\n');
	if (!picture.extents && *picture.separator)
		printf("TOTAL: %llu\n\n", (unsigned long long)picture.total);
	fflush(stdout);
	if (problem)
		fprintf(stderr, "<%u>: %s\n", number, problem);
}

static void show_device(const struct ext4_inode *inode)
{
	uint32_t device = inode->block[1];
	if (inode->block[0])
		printf("Device major/minor number: %02u:%02u (hex %02x:%02x)\n", inode->block[0] >> 8 & 255, inode->block[0] & 255, inode->block[0] >> 8 & 255, inode->block[0] & 255);
	else {
		unsigned major = (device & 0xfff00) >> 8, minor = (device & 0xff) | (device >> 12 & 0xfff00);
		printf("(New-style) Device major/minor number: %02u:%02u (hex %02x:%02x)\n", major, minor, major, minor);
	}
}

void show_inode(struct ext4 *fs, uint32_t number, const struct ext4_inode *inode)
{
	bool has_extra = fs->super.inode_size > 128, is_large = has_extra && inode->extra >= 24;
	printf("Inode: %u   Type: %s    Mode:  %04o   Flags: 0x%x\n", number, type_name(inode->mode), inode->mode & 07777, inode->flags);
	printf("Generation: %u    Version: 0x", inode->generation);
	if (is_large)
		printf("%08x:", inode->version_high);
	printf("%08x\nUser: %5u   Group: %5u", inode->version, inode->uid | (uint32_t)inode->uid_high << 16, inode->gid | (uint32_t)inode->gid_high << 16);
	if (is_large)
		printf("   Project: %5u", inode->extra >= 32 ? inode->project : 0);
	printf("   Size: %llu\n", (unsigned long long)ext4_size(inode));
	printf("File ACL: %llu\n", (unsigned long long)ext4_file_acl(inode));
	uint64_t sectors = ext4_has(fs, EXT4_RO_COMPAT, EXT4_HUGE_FILE) ? inode->sectors | (uint64_t)inode->sectors_high << 32 : inode->sectors;
	printf("Links: %u   Blockcount: %llu\n", inode->links, (unsigned long long)sectors);
	printf("Fragment:  Address: %u    Number: 0    Size: 0\n", inode->fragment);
	show_times(inode, is_large);
	if (has_extra)
		printf("Size of extra inode fields: %u\n", inode->extra);
	show_attributes(fs, inode);
	if (ext4_has_checksums(fs))
		printf("Inode checksum: 0x%08x\n", ext4_stored_inode_checksum(fs, inode));
	unsigned char *data;
	if (S_ISLNK(inode->mode) && !ext4_is_mapped(fs, inode) && !(inode->flags & EXT4_INLINE_FLAG))
		printf("Fast link dest: \"%.*s\"\n", (int)(ext4_size(inode) < sizeof inode->bytes ? ext4_size(inode) : sizeof inode->bytes), (const char *)inode->bytes);
	else if (S_ISCHR(inode->mode) || S_ISBLK(inode->mode))
		show_device(inode);
	else if (inode->flags & EXT4_INLINE_FLAG) {
		long length = ext4_inline_data(fs, inode, &data);
		printf("Size of inline data: %ld\n", length);
		free(data);
	} else
		show_map(fs, number, inode);
}
