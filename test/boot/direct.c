/* Reads a page of a disk or file past the cache, and prints the physical address of its buffer, and whether `Cached` grew. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096, PIECE = 16 * PAGE };

static long cached(void)
{
	FILE *info = fopen("/proc/meminfo", "r");
	char line[128];
	long kilobytes = -1;
	while (info && fgets(line, sizeof line, info))
		if (sscanf(line, "Cached: %ld", &kilobytes) == 1)
			break;
	if (info)
		fclose(info);
	return kilobytes;
}

int main(int argc, char **argv)
{
	char *buffer = aligned_alloc(PAGE, PIECE);
	int fd = open(argv[1], O_RDONLY | O_DIRECT), map = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry = 0;
	if (argc < 2 || !buffer || fd < 0 || map < 0)
		return 1;
	memset(buffer, 1, PIECE);
	long before = cached();
	if (pread(fd, buffer, PIECE, 0) != PIECE)
		return 2;
	long after = cached();
	if (pread(map, &entry, sizeof entry, (off_t)((uintptr_t)buffer / PAGE * sizeof entry)) != sizeof entry)
		return 3;
	printf("0x%llx %ld\n", (unsigned long long)(entry & ((1ULL << 55) - 1)) * PAGE, after - before);
	return pread(fd, buffer + 1, 512, 0) < 0 ? 0 : 4;
}
