/* What changes an archive that is there: -r and -u add to it, --delete takes members out. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tar.h"
#include "tools.h"

static struct known {
	char *name;
	long long mtime;
} *known;
static size_t known_count;

/* -u: the latest time of a member of each name. */
static void remember(const struct tar_member *member)
{
	for (size_t i = 0; i < known_count; i++)
		if (!strcmp(known[i].name, member->name)) {
			known[i].mtime = member->mtime;
			return;
		}
	known = reallocate(known, (known_count + 1) * sizeof *known);
	known[known_count++] = (struct known){duplicate(member->name), member->mtime};
}

bool tar_is_newer(const char *name, long long mtime)
{
	for (size_t i = 0; i < known_count; i++)
		if (!strcmp(known[i].name, name))
			return mtime > known[i].mtime;
	return true;
}

/* Behind the last member, where the blocks of zeros begin. */
void tar_find_end(bool remembers)
{
	struct tar_member member;
	long end = 0;
	while (tar_read_member(&member)) {
		tar_copy_contents(member.size, NULL);
		end = ftell(tar_archive);
		if (remembers)
			remember(&member);
	}
	if (fseek(tar_archive, end, SEEK_SET) < 0)
		err(2, "Cannot seek");
	tar_begin_at(end);
}

void tar_delete(bool (*is_wanted)(const char *name))
{
	struct tar_member member;
	long from = 0, kept = 0;
	char block[TAR_BLOCK];
	while (tar_read_member(&member)) {
		tar_copy_contents(member.size, NULL);
		long behind = ftell(tar_archive);
		bool goes = is_wanted(member.name);
		for (long at = from; !goes && at < behind; at += TAR_BLOCK, kept += TAR_BLOCK) {
			if (at == kept)
				continue;
			if (fseek(tar_archive, at, SEEK_SET) < 0 || fread(block, 1, TAR_BLOCK, tar_archive) != TAR_BLOCK)
				err(2, "Cannot read");
			if (fseek(tar_archive, kept, SEEK_SET) < 0 || fwrite(block, 1, TAR_BLOCK, tar_archive) != TAR_BLOCK)
				err(2, "Cannot write");
		}
		if (fseek(tar_archive, behind, SEEK_SET) < 0)
			err(2, "Cannot seek");
		from = behind;
	}
	if (fseek(tar_archive, kept, SEEK_SET) < 0)
		err(2, "Cannot seek");
	tar_begin_at(kept);
}

void tar_cut(void)
{
	if (fflush(tar_archive) || ftruncate(fileno(tar_archive), ftell(tar_archive)) < 0)
		err(2, "Cannot truncate");
}
