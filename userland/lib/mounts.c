/* Mounted file systems, /proc/self/mounts of proc(5). */
#include "mounts.h"

#include <mntent.h>
#include <stdio.h>

#include "tools.h"

struct mounted *read_mounts(void)
{
	FILE *file = setmntent("/proc/self/mounts", "r");
	if (!file)
		err(1, "/proc/self/mounts");
	struct mounted *mounts = NULL;
	size_t count = 0;
	for (struct mntent *entry; (entry = getmntent(file));) {
		mounts = reallocate(mounts, (count + 2) * sizeof *mounts);
		mounts[count++] = (struct mounted){duplicate(entry->mnt_fsname), duplicate(entry->mnt_dir), duplicate(entry->mnt_type), duplicate(entry->mnt_opts)};
	}
	endmntent(file);
	if (!mounts)
		mounts = allocate(sizeof *mounts);
	mounts[count] = (struct mounted){0};
	return mounts;
}
