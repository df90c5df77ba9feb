/*
 * modprobe: load a module by its name and what it depends on, or remove it
 * https://man7.org/linux/man-pages/man8/modprobe.8.html
 *
 * Usage: modprobe [-q] MODULE [NAME=VALUE...]
 *        modprobe -r MODULE...
 *       -q  say nothing when there is no such module
 *       -r  remove
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "modules.h"
#include "tools.h"

static void insert(const char *name, const char *path, char **parameters)
{
	if (load_module(path, parameters) && errno != EEXIST)
		errx(1, "ERROR: could not insert '%s': %s", name, module_error(errno));
}

int main(int argc, char **argv)
{
	bool removes = false, is_quiet = false;
	for (int option; (option = next_option(argc, argv, "+qr")) != -1;) {
		removes |= option == 'r';
		is_quiet |= option == 'q';
	}
	if (optind >= argc)
		usage_error("missing parameters. See -h.");
	if (removes) {
		for (int i = optind; i < argc; i++)
			if (syscall(SYS_delete_module, argv[i], O_NONBLOCK) && errno != ENOENT)
				errx(1, "FATAL: Module %s is in use.", argv[i]);
		return 0;
	}
	const char *name = argv[optind];
	char *path = find_module(name), *none[] = {NULL};
	if (!path) {
		if (!is_quiet)
			warnx("FATAL: Module %s not found in directory /lib/modules", name);
		return 1;
	}
	char *needed = module_dependencies(path);
	for (char *word = strtok(needed, " "); word; word = strtok(NULL, " "))
		insert(name, word, none);
	insert(name, path, argv + optind + 1);
	free(needed);
	free(path);
	return 0;
}
