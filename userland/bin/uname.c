/*
 * uname: print what the system is
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/uname.html
 *
 * Aliases: arch
 *
 * Usage: uname [OPTION]...
 *   -a, --all                all of it
 *   -m, --machine            the hardware
 *   -n, --nodename           the name of the host
 *   -o, --operating-system   the operating system
 *   -r, --kernel-release     the release of the kernel
 *   -s, --kernel-name        the name of the kernel (default)
 *   -v, --kernel-version     the version of the kernel
 * arch is uname -m.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "tools.h"

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"all", no_argument, NULL, 'a'}, {"machine", no_argument, NULL, 'm'}, {"nodename", no_argument, NULL, 'n'},
		{"operating-system", no_argument, NULL, 'o'}, {"kernel-release", no_argument, NULL, 'r'},
		{"kernel-name", no_argument, NULL, 's'}, {"kernel-version", no_argument, NULL, 'v'}, {0}};
	struct utsname system;
	char wanted[16] = "";
	bool is_arch = !strcmp(program_name(), "arch");
	for (int option; (option = next_long_option(argc, argv, is_arch ? "" : "amnorsvpi", longs)) != -1;)
		if (strlen(wanted) < sizeof wanted - 1)
			wanted[strlen(wanted)] = (char)option;
	if (argv[optind])
		usage_error("extra operand '%s'", argv[optind]);
	if (uname(&system))
		err(1, "cannot get system name");
	if (strchr(wanted, 'a'))
		strcpy(wanted, "snrvmo");
	if (!*wanted)
		strcpy(wanted, is_arch ? "m" : "s");
	const struct {
		char letter;
		const char *text;
	} fields[] = {{'s', system.sysname}, {'n', system.nodename}, {'r', system.release}, {'v', system.version}, {'m', system.machine}, {'p', "unknown"}, {'i', "unknown"}, {'o', "GNU/Linux"}};
	const char *gap = "";
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		if (!strchr(wanted, fields[i].letter))
			continue;
		printf("%s%s", gap, fields[i].text);
		gap = " ";
	}
	putchar('\n');
	return 0;
}
