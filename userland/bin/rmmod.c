/*
 * rmmod: remove modules from the kernel
 * https://man7.org/linux/man-pages/man8/rmmod.8.html
 *
 * Usage: rmmod MODULE...
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools.h"

int main(int argc, char **argv)
{
	int status = 0;
	next_option(argc, argv, "");
	if (optind >= argc)
		usage_error("missing module name");
	for (int i = optind; i < argc; i++) {
		size_t length = strlen(argv[i]);
		char *name = duplicate_range(argv[i], length > 3 && !strcmp(argv[i] + length - 3, ".ko") ? length - 3 : length);
		if (!syscall(SYS_delete_module, name, O_NONBLOCK))
			continue;
		status = 1;
		if (errno == ENOENT)
			warnx("Module %s is not currently loaded", name);
		else if (errno == EWOULDBLOCK)
			warnx("Module %s is in use", name);
		else
			warn("can't unload '%s'", name);
	}
	return status;
}
