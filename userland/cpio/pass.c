/* cpio -p: files from one folder to another. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpio.h"
#include "files.h"
#include "tools.h"

int cpio_pass(const char *folder)
{
	char *name = NULL;
	size_t capacity = 0;
	int status = 0;
	while (cpio_next_name(&name, &capacity) >= 0) {
		struct stat about;
		if (lstat(name, &about) < 0) {
			warn("%s: Cannot stat", name);
			status = 2;
			continue;
		}
		char *path = path_join(folder, cpio_safe_name(name)), target[4096] = "";
		struct entry_header entry = {.mode = about.st_mode, .uid = about.st_uid, .gid = about.st_gid, .mtime = (unsigned long)about.st_mtime, .size = (unsigned long)about.st_size, .rdevice = about.st_rdev};
		if (S_ISLNK(about.st_mode) && readlink(name, target, sizeof target - 1) < 0)
			warn("%s", name);
		if (cpio.makes_folders && make_folders(path, false, 0777, false) < 0)
			warn("%s", path);
		if (!cpio_is_newer(&entry, path)) {
			if (!S_ISDIR(about.st_mode) && unlink(path) < 0 && errno != ENOENT)
				warn("%s", path);
			bool is_linked = cpio.links_files && !S_ISDIR(about.st_mode) && link(name, path) == 0;
			int made = is_linked ? 0 : cpio_create(&entry, path, target), from = !is_linked && S_ISREG(about.st_mode) ? open(name, O_RDONLY | O_CLOEXEC) : -1;
			if (made < 0 || (from >= 0 && copy_stream(from, made) < 0)) {
				warn("%s: Cannot create", path);
				status = 2;
			} else if (!is_linked && cpio_set_attributes(&entry, path) < 0) {
				warn("%s", path);
			}
			cpio_moved += S_ISREG(about.st_mode) && !is_linked ? entry.size : 0;
			if (from >= 0)
				close(from);
			if (S_ISREG(about.st_mode) && !is_linked && made >= 0)
				close(made);
			if (cpio.is_verbose)
				fprintf(stderr, "%s\n", path);
		}
		free(path);
	}
	free(name);
	cpio_print_blocks();
	return status;
}
