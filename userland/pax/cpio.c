/* Members in the cpio formats; written in that of POSIX (odc). */
#include "cpio-header.h"

#include <stdlib.h>
#include <string.h>

#include "pax.h"
#include "tools.h"

/* What a header can hold (octal digits of odc). */
enum { LIMIT_6 = 0777777 };
#define LIMIT_11 077777777777L

/* The first name of each file with several, by device and inode; those come with every name. */
static struct known {
	unsigned long device, inode;
	char *name;
} *known;
static size_t known_count;

static const char *earlier_name(const struct entry_header *entry)
{
	for (size_t i = 0; i < known_count; i++)
		if (known[i].inode == entry->inode && known[i].device == entry->device)
			return known[i].name;
	known = reallocate(known, (known_count + 1) * sizeof *known);
	known[known_count++] = (struct known){entry->device, entry->inode, duplicate(entry->name)};
	return NULL;
}

bool pax_read_cpio(struct pax_member *member)
{
	enum { TARGET_LIMIT = 1 << 16 };
	struct entry_header entry;
	cpio_archive = pax_archive;
	if (!cpio_get_header(&entry)) {
		free(entry.name);
		return false;
	}
	*member = (struct pax_member){.name = entry.name, .content = S_ISREG(entry.mode) ? (long long)entry.size : 0};
	member->status = (struct stat){.st_mode = (mode_t)entry.mode, .st_uid = (uid_t)entry.uid, .st_gid = (gid_t)entry.gid, .st_nlink = entry.links, .st_size = (off_t)entry.size,
		.st_mtim.tv_sec = (time_t)entry.mtime, .st_atim.tv_sec = (time_t)entry.mtime, .st_rdev = entry.rdevice, .st_dev = entry.device, .st_ino = entry.inode};
	if (S_ISLNK(entry.mode)) {
		if (entry.size > TARGET_LIMIT)
			errx(1, "%s: the target of the link is longer than any", entry.name);
		member->link = allocate(entry.size + 1);
		pax_get(member->link, entry.size);
		member->link[entry.size] = 0;
		/* What follows is padding only. */
		pax_skip(cpio_format == 'o' ? 0 : (long long)(-entry.size & 3));
	}
	const char *earlier = S_ISREG(entry.mode) && entry.links > 1 ? earlier_name(&entry) : NULL;
	if (earlier) {
		member->is_hard_link = true;
		member->link = duplicate(earlier);
	}
	return true;
}

/*
 * Devices and inodes of today do not fit 18 bits: files with several names get a number of their own in turn, others
 * one that is never a link's.
 */
static void number_file(const struct pax_member *member, struct entry_header *entry)
{
	static struct known *numbered;
	static size_t count;
	entry->inode = 0;
	entry->device = 0;
	if (member->status.st_nlink < 2 || S_ISDIR(member->status.st_mode))
		return;
	size_t i = 0;
	while (i < count && (numbered[i].inode != member->status.st_ino || numbered[i].device != member->status.st_dev))
		i++;
	if (i == count) {
		numbered = reallocate(numbered, (count + 1) * sizeof *numbered);
		numbered[count++] = (struct known){member->status.st_dev, member->status.st_ino, NULL};
	}
	entry->inode = (i + 1) % LIMIT_6;
	entry->device = 1 + (i + 1) / LIMIT_6;
}

int pax_write_cpio(const struct pax_member *member)
{
	const struct stat *status = &member->status;
	size_t target = S_ISLNK(status->st_mode) && member->link ? strlen(member->link) : 0;
	struct entry_header entry = {.mode = status->st_mode, .uid = status->st_uid, .gid = status->st_gid, .links = status->st_nlink, .mtime = (unsigned long)status->st_mtim.tv_sec,
		.size = target ? target : (unsigned long)member->content, .rdevice = S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode) ? status->st_rdev : 0, .name = member->name};
	if (entry.size > LIMIT_11 || entry.uid > LIMIT_6 || entry.gid > LIMIT_6 || strlen(entry.name) >= LIMIT_6 || entry.rdevice > LIMIT_6) {
		pax_failx("%s: does not fit the cpio format", member->name);
		return -1;
	}
	number_file(member, &entry);
	cpio_archive = pax_archive;
	cpio_format = 'o';
	entry.mtime &= LIMIT_11;
	cpio_put_header(&entry);
	pax_put(member->link, target);
	return 0;
}
