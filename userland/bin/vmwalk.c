/*
 * vmwalk: walk the page tables of a process
 * hartix(7)
 *
 * Usage: vmwalk PID ADDRESS...
 * Prints what the MMU meets on its way to each address (hexadecimal with 0x): level, index, physical
 * address of the entry, its value and bits, and the physical address that the leaf leads to. Needs root.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools.h"

/* A record of /proc/PID/page_walk. */
enum { STEPS = 3 };
struct walk {
	uint64_t count;
	struct {
		uint64_t address, entry;
	} steps[STEPS];
	uint64_t unused;
};

/* Privileged architecture, section 10.3.1: bit 0 on. */
static const char BITS[] = "VRWXUGAD";
enum { VALID = 1, LEAF = 2 | 4 | 8, PAGE_SHIFT = 12, LEVEL_SHIFT = 9, PPN_SHIFT = 10 };
#define PPN_MASK 0xfffffffffffull

static const char *bits_of(uint64_t entry)
{
	static char text[sizeof BITS];
	for (int i = 0; BITS[i]; i++)
		text[i] = entry >> i & 1 ? BITS[i] : '-';
	return text;
}

static void print_walk(const struct walk *walk, uint64_t address)
{
	printf("0x%llx\n", (unsigned long long)address);
	for (unsigned i = 0; i < walk->count && i < STEPS; i++) {
		unsigned level = STEPS - 1 - i, shift = PAGE_SHIFT + LEVEL_SHIFT * level;
		uint64_t entry = walk->steps[i].entry, target = (entry >> PPN_SHIFT & PPN_MASK) << PAGE_SHIFT;
		printf("  level %u  index %3u  entry at 0x%09llx  0x%016llx  %s", level,
		       (unsigned)(address >> shift & 511), (unsigned long long)walk->steps[i].address,
		       (unsigned long long)entry, bits_of(entry));
		if (!(entry & VALID))
			puts("  not valid");
		else if (!(entry & LEAF))
			printf("  table at 0x%09llx\n", (unsigned long long)target);
		else
			printf("  %s page, physical 0x%09llx\n", level == 0 ? "4 KiB" : level == 1 ? "2 MiB" : "1 GiB",
			       (unsigned long long)(target | (address & ((1ull << shift) - 1))));
	}
}

int main(int argc, char **argv)
{
	if (next_option(argc, argv, "") != -1 || argc - optind < 2)
		usage_error("PID and ADDRESS are needed");
	char *path = format_text("/proc/%s/page_walk", argv[optind]);
	int file = open(path, O_RDONLY);
	if (file < 0)
		err(1, "%s", path);
	int status = 0;
	for (int i = optind + 1; i < argc; i++) {
		char *end;
		errno = 0;
		uint64_t address = strtoull(argv[i], &end, 0);
		struct walk walk;
		if (errno || end == argv[i] || *end)
			usage_error("'%s' is no address", argv[i]);
		ssize_t count = pread(file, &walk, sizeof walk, (off_t)((address >> PAGE_SHIFT) * sizeof walk));
		if (count == (ssize_t)sizeof walk)
			print_walk(&walk, address);
		else if (count < 0)
			err(1, "%s", path);
		else {
			warnx("%s: outside of the address space", argv[i]);
			status = 1;
		}
	}
	return status;
}
