/* How long a loop takes alone, and beside a process whose pages come back from swap; and what that process reads. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAGES = 48, WORDS = 4096 / sizeof(uint64_t), STEP = 29 };

static long now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000L + time.tv_nsec / 1000;
}

static long compute(void)
{
	long start = now();
	for (volatile int i = 0; i < 20000000; i++)
		continue;
	return now() - start;
}

/* Every page, far from the one before. */
static long touch(volatile uint64_t *data)
{
	long start = now(), wrong = 0;
	for (size_t i = 0, page = 0; i < PAGES; i++, page = (page + STEP) % PAGES)
		wrong += data[page * WORDS + 7] != page * 3;
	printf("wrong %ld\n", wrong);
	return now() - start;
}

int main(void)
{
	uint64_t *data = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (size_t page = 0; page < PAGES; page++)
		data[page * WORDS + 7] = page * 3;
	madvise(data, PAGES * 4096, MADV_PAGEOUT);
	printf("cold %ld\n", touch(data));
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	printf("major %ld\nalone %ld\n", usage.ru_majflt, compute());
	fflush(stdout);
	for (size_t page = 0; page < PAGES; page++)
		data[page * WORDS + 8] = 1;
	madvise(data, PAGES * 4096, MADV_PAGEOUT);
	if (!fork()) {
		touch(data);
		return 0;
	}
	long beside = compute();
	wait(NULL);
	printf("beside %ld\n", beside);
	return 0;
}
