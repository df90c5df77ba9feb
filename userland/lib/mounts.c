/* Mounted file systems, /proc/self/mounts of proc(5). */
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools.h"

/*
 * The next field; `\040` and the like become what they stand for. Only a blank ends one: getmntent(3) takes any white space for a blank, so that a
 * source of a form feed moved all fields, and the folder of a mount was another's.
 */
static char *next_field(char **rest)
{
	char *field = strsep(rest, " \n"), *to = field;
	for (char *from = field; from && *from; to++) {
		bool is_octal = from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' && from[2] <= '7' && from[3] >= '0' && from[3] <= '7';
		*to = is_octal ? (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0')) : *from;
		from += is_octal ? 4 : 1;
	}
	if (to)
		*to = '\0';
	return duplicate(field ? field : "");
}

struct mounted *read_mounts(void)
{
	FILE *file = fopen("/proc/self/mounts", "re");
	if (!file)
		err(1, "/proc/self/mounts");
	struct mounted *mounts = allocate(sizeof *mounts);
	size_t count = 0, size = 0;
	char *line = NULL;
	while (getline(&line, &size, file) > 0) {
		char *rest = line;
		mounts = reallocate(mounts, (count + 2) * sizeof *mounts);
		struct mounted *mount = &mounts[count++];
		mount->source = next_field(&rest);
		mount->folder = next_field(&rest);
		mount->type = next_field(&rest);
		mount->options = next_field(&rest);
	}
	free(line);
	fclose(file);
	mounts[count] = (struct mounted){0};
	return mounts;
}

bool is_block_device_busy(const char *path)
{
	struct stat status;
	if (stat(path, &status) || !S_ISBLK(status.st_mode))
		return false;
	int fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);
	if (fd < 0)
		return errno == EBUSY;
	close(fd);
	return false;
}
