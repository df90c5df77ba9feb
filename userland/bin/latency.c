/*
 * latency: the ladder of storage, from memory to tape
 *
 * Usage: latency [DEVICE]...
 * For memory, and each disk (all, or those that are named): how long 4 KiB take from somewhere else than the last time, and a
 * MiB in one piece behind it; read past the cache. In virtual time disks with a model take what theirs take (hartix run
 * --deterministic --disk ssd).
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools.h"

enum { PIECE = 4096, MEBIBYTE = 1 << 20, ROUNDS = 4, WARM_ROUNDS = 32 };

static double now_us(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void print_row(const char *name, double access_us, double mebibyte_us)
{
	printf("%-10s %12.1f %12.1f %10.1f\n", name, access_us, mebibyte_us, 1e6 / mebibyte_us);
}

/* Eight words at a time, so that the loop does not count. */
static void read_memory(const volatile uint64_t *words, size_t size)
{
	for (const volatile uint64_t *end = words + size / sizeof *words; words < end; words += 8)
		(void)words[0], (void)words[1], (void)words[2], (void)words[3], (void)words[4], (void)words[5], (void)words[6], (void)words[7];
}

static void measure_memory(const char *buffer)
{
	/* The first times measure how the machine learns the loop. */
	for (int i = 0; i < WARM_ROUNDS; i++)
		read_memory((const volatile uint64_t *)(const void *)buffer, MEBIBYTE);
	double access = 0, mebibyte = 0;
	for (int i = 0; i < ROUNDS; i++) {
		double start = now_us();
		read_memory((const volatile uint64_t *)(const void *)(buffer + i * 5 * PIECE), PIECE);
		double middle = now_us();
		read_memory((const volatile uint64_t *)(const void *)buffer, MEBIBYTE);
		double end = now_us();
		/* The best: in the others somebody else had the processor. */
		access = i && access < middle - start ? access : middle - start;
		mebibyte = i && mebibyte < end - middle ? mebibyte : end - middle;
	}
	print_row("memory", access, mebibyte);
}

static void read_at(int fd, char *buffer, size_t size, off_t at, const char *name)
{
	if (pread(fd, buffer, size, at) != (ssize_t)size)
		err(1, "%s", name);
}

static void measure_disk(const char *name, char *buffer)
{
	char *path = strncmp(name, "/dev/", 5) ? format_text("/dev/%s", name) : format_text("%s", name);
	int fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	free(path);
	if (fd < 0 || size < 4 * (off_t)MEBIBYTE) {
		if (fd >= 0)
			close(fd);
		return;
	}
	off_t middle = size / 2 / MEBIBYTE * MEBIBYTE;
	double start = now_us();
	for (int i = 0; i < ROUNDS; i++)
		read_at(fd, buffer, PIECE, i % 2 ? 0 : middle, name);
	double access = (now_us() - start) / ROUNDS;
	read_at(fd, buffer, PIECE, 0, name);
	start = now_us();
	read_at(fd, buffer, MEBIBYTE, PIECE, name);
	print_row(name, access, now_us() - start);
	close(fd);
}

static void measure_all(char *buffer)
{
	struct dirent **entries;
	int count = scandir("/sys/block", &entries, NULL, alphasort);
	if (count < 0)
		err(1, "/sys/block");
	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.')
			measure_disk(entries[i]->d_name, buffer);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	while (next_option(argc, argv, "") != -1)
		continue;
	char *buffer = aligned_alloc(PIECE, MEBIBYTE);
	if (!buffer)
		err(1, "memory");
	memset(buffer, 0, MEBIBYTE);
	printf("%-10s %12s %12s %10s\n", "", "access us", "MiB us", "MiB/s");
	measure_memory(buffer);
	for (int i = optind; i < argc; i++)
		measure_disk(argv[i], buffer);
	if (!argv[optind])
		measure_all(buffer);
	free(buffer);
	return 0;
}
