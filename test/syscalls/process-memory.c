/* /proc/<pid>/mem: offsets that are no addresses of a process, read-only pages, a pipe's end between two pages. */
#include "check.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
	static char buffer[8192];
	int fd = open("/proc/self/mem", O_RDWR);
	long size = sysconf(_SC_PAGESIZE);

	/* Below 2^56, where no address space of a process is that large; and as signed numbers beyond 2^62. */
	static const uint64_t offsets[] = {0, 0x3fffffff000, 0x7ffffffff000, 0x1234567890000, 0xfffffffffff000, 0x3ffffffffffff000, 0x7ffffffffffff000};
	for (unsigned i = 0; i < sizeof offsets / sizeof *offsets; i++) {
		CALL(pread(fd, buffer, 16, (off_t)offsets[i]));
		CALL(pwrite(fd, buffer, 16, (off_t)offsets[i]));
	}

	char *pages = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(pages, 'a', size);
	munmap(pages + size, size);
	CALL(pread(fd, buffer, 100, (off_t)(uintptr_t)(pages + size - 10)));
	CALL(pread(fd, buffer, 100, (off_t)(uintptr_t)(pages + size)));
	mprotect(pages, size, PROT_READ);
	CALL(pwrite(fd, "bb", 2, (off_t)(uintptr_t)pages));
	printf("%.4s\n", pages);
	return 0;
}
