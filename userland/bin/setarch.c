/*
 * setarch: run a program with another personality
 * https://man7.org/linux/man-pages/man8/setarch.8.html
 *
 * Usage: setarch [ARCH] [-BFIRSTXZv3L] [--uname-2.6] [PROGRAM [ARG]...]
 *   -R   addresses are not randomised
 *   -B   addresses below 4 GiB, -3 below 3 GiB, -L the old layout
 *   -X   reading is executing, -Z page 0 can be mapped
 *   -F   descriptors are pointers, -I short inodes, -S whole seconds, -T sticky timeouts
 *   -v   say what is switched on
 *   --list   the architectures
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tools.h"

enum { UNAME26_OPTION = 256, LIST };

static const struct flag {
	char letter;
	unsigned long value;
	const char *name;
} FLAGS[] = {{'R', ADDR_NO_RANDOMIZE, "ADDR_NO_RANDOMIZE"}, {'F', FDPIC_FUNCPTRS, "FDPIC_FUNCPTRS"}, {'Z', MMAP_PAGE_ZERO, "MMAP_PAGE_ZERO"},
	{'L', ADDR_COMPAT_LAYOUT, "ADDR_COMPAT_LAYOUT"}, {'X', READ_IMPLIES_EXEC, "READ_IMPLIES_EXEC"}, {'B', ADDR_LIMIT_32BIT, "ADDR_LIMIT_32BIT"},
	{'I', SHORT_INODE, "SHORT_INODE"}, {'S', WHOLE_SECONDS, "WHOLE_SECONDS"}, {'T', STICKY_TIMEOUTS, "STICKY_TIMEOUTS"}, {'3', ADDR_LIMIT_3GB, "ADDR_LIMIT_3GB"}};

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"addr-no-randomize", no_argument, NULL, 'R'}, {"fdpic-funcptrs", no_argument, NULL, 'F'}, {"mmap-page-zero", no_argument, NULL, 'Z'},
		{"addr-compat-layout", no_argument, NULL, 'L'}, {"read-implies-exec", no_argument, NULL, 'X'}, {"32bit", no_argument, NULL, 'B'}, {"short-inode", no_argument, NULL, 'I'},
		{"whole-seconds", no_argument, NULL, 'S'}, {"sticky-timeouts", no_argument, NULL, 'T'}, {"3gb", no_argument, NULL, '3'}, {"verbose", no_argument, NULL, 'v'},
		{"uname-2.6", no_argument, NULL, UNAME26_OPTION}, {"list", no_argument, NULL, LIST}, {0}};
	unsigned long personality_bits = PER_LINUX;
	bool is_verbose = false;
	struct utsname system;
	uname(&system);
	/* The architecture is the first word, if it is no option. */
	bool has_architecture = argc > 1 && argv[1][0] != '-';
	if (has_architecture && strcmp(argv[1], system.machine) && strcmp(argv[1], "linux64"))
		errx(1, "%s: Unrecognized architecture", argv[1]);
	optind = 1 + has_architecture;
	for (int option; (option = next_long_option(argc, argv, "+3BFILRSTXZv", longs)) != -1;) {
		if (option == LIST) {
			printf("%s\nlinux64\n", system.machine);
			return 0;
		}
		is_verbose |= option == 'v';
		if (option == UNAME26_OPTION)
			personality_bits |= UNAME26;
		for (size_t i = 0; i < sizeof FLAGS / sizeof *FLAGS; i++) {
			if (FLAGS[i].letter != option)
				continue;
			personality_bits |= FLAGS[i].value;
			if (is_verbose)
				printf("Switching on %s.\n", FLAGS[i].name);
		}
	}
	if (personality(personality_bits) < 0)
		err(1, "failed to set personality to %s", has_architecture ? argv[1] : system.machine);
	static char *shell[] = {"/bin/sh", NULL};
	char **words = argv[optind] ? argv + optind : shell;
	if (is_verbose)
		printf("Execute command `%s'.\n", *words);
	fflush(stdout);
	execvp(*words, words);
	err(errno == ENOENT ? 127 : 126, "failed to execute %s", *words);
}
