/*
 * insmod: load a module into the kernel
 * https://man7.org/linux/man-pages/man8/insmod.8.html
 *
 * Usage: insmod FILE [NAME=VALUE...]
 * A name that is no file here is looked for in /lib/modules.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modules.h"
#include "tools.h"

int main(int argc, char **argv)
{
	next_option(argc, argv, "+");
	if (optind >= argc)
		usage_error("missing module name");
	const char *name = argv[optind];
	char *found = NULL;
	if (access(name, F_OK) && !strchr(name, '/'))
		found = find_module(name);
	if (load_module(found ? found : name, argv + optind + 1))
		errx(1, "can't insert '%s': %s", name, errno == ENOENT && !found && access(name, F_OK) ? strerror(ENOENT) : module_error(errno));
	free(found);
	return 0;
}
