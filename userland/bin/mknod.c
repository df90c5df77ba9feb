/*
 * mknod: make device files and pipes
 * https://man7.org/linux/man-pages/man1/mknod.1.html
 *
 * Usage: mknod [-m MODE] NAME b|c|u MAJOR MINOR
 *        mknod [-m MODE] NAME p
 *   -m, --mode MODE   the mode, as in chmod
 */
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "mode.h"
#include "numbers.h"
#include "tools.h"

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"mode", required_argument, NULL, 'm'}, {0}};
	const char *mode = NULL;
	while (next_long_option(argc, argv, "m:", longs) != -1)
		mode = optarg;
	char **operands = argv + optind;
	int count = argc - optind;
	if (count < 2)
		usage_error(count ? "missing operand after '%s'" : "missing operand", operands[0]);
	bool pipe = !strcmp(operands[1], "p");
	if (!pipe && (strlen(operands[1]) != 1 || !strchr("bcu", *operands[1])))
		usage_error("invalid device type '%s'", operands[1]);
	if (count != (pipe ? 2 : 4))
		usage_error(pipe ? "Fifos do not have major and minor device numbers." : "Special files require major and minor device numbers.");
	mode_t type = pipe ? S_IFIFO : *operands[1] == 'b' ? S_IFBLK : S_IFCHR;
	dev_t device = pipe ? 0 : makedev((unsigned)parse_integer(operands[2], "major device number"), (unsigned)parse_integer(operands[3], "minor device number"));
	if (mknod(operands[0], type | 0666, device))
		err(1, "%s", operands[0]);
	if (mode && chmod(operands[0], mode_apply(mode, 0666, 0, 0)))
		err(1, "cannot set permissions of '%s'", operands[0]);
	return 0;
}
