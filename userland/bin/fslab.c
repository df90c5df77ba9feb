/*
 * fslab: how file systems allocate the blocks of files, on a disk of 32 blocks
 *
 * Usage: fslab contiguous|linked|fat|indexed [--grow FILE:BLOCKS]... [--delete FILE]...
 *        fslab multilevel [--block BYTES] [--pointer BYTES]
 *   -g, --grow FILE:BLOCKS  more blocks at the end of FILE, which is made if there is none
 *   -d, --delete FILE       its blocks become free
 *   -b, --block BYTES       of a block (1024)
 *   -p, --pointer BYTES     of a block's number (4)
 * The table of the directory, the blocks of each file and the bitmap are printed; multilevel prints what 12 direct, a single, a
 * double and a triple indirect pointer reach. Linked files keep the next block's number in the block, a FAT in a table, indexed ones all in
 * a block of their own.
 * Status: 1 when a file could not grow.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "numbers.h"
#include "tools.h"

enum { BLOCKS = 32, FILES = 16, NAME_BYTES = 16, NONE = -1 };
enum method { CONTIGUOUS, LINKED, FAT, INDEXED, MULTILEVEL, METHOD_COUNT };

static const char *const METHODS[METHOD_COUNT] = {"contiguous", "linked", "fat", "indexed", "multilevel"};

struct file {
	char name[NAME_BYTES];
	int blocks[BLOCKS], count, index; /* in order; the block of numbers, where there is one */
};

static struct file files[FILES];
static int file_count;
static const struct file *owners[BLOCKS];

static struct file *find(const char *name)
{
	for (int i = 0; i < file_count; i++)
		if (strcmp(files[i].name, name) == 0)
			return &files[i];
	return NULL;
}

static struct file *make(const char *name)
{
	if (file_count == FILES || strlen(name) >= NAME_BYTES || *name == 0)
		errx(1, "%s: too many files, or a name of no or more than %d characters", name, NAME_BYTES - 1);
	struct file *file = &files[file_count++];
	*file = (struct file){.index = NONE};
	strcpy(file->name, name);
	return file;
}

static void take(struct file *file, int block)
{
	owners[block] = file;
	file->blocks[file->count++] = block;
}

/* The directories of the textbook's figures. */
static void fill(enum method method)
{
	static const struct {
		const char *name;
		int start, length;
	} extents[] = {{"count", 0, 2}, {"tr", 14, 3}, {"mail", 19, 6}, {"list", 28, 4}, {"f", 6, 2}};
	static const int chain[] = {9, 16, 1, 10, 25};
	if (method == CONTIGUOUS) {
		for (size_t i = 0; i < sizeof extents / sizeof *extents; i++) {
			struct file *file = make(extents[i].name);
			for (int block = extents[i].start; block < extents[i].start + extents[i].length; block++)
				take(file, block);
		}
		return;
	}
	struct file *file = make("jeep");
	for (size_t i = 0; i < sizeof chain / sizeof *chain; i++)
		take(file, chain[i]);
	if (method == INDEXED) {
		file->index = 19;
		owners[file->index] = file;
	}
}

static int free_block(void)
{
	for (int block = 0; block < BLOCKS; block++)
		if (!owners[block])
			return block;
	return NONE;
}

/* The start of the first hole that is long enough; NONE: there is none. */
static int free_run(int length)
{
	for (int start = 0, run = 0; start + run < BLOCKS;) {
		run = owners[start + run] ? 0 : run + 1;
		if (run == length)
			return start;
		if (run == 0) {
			do
				start++;
			while (start < BLOCKS && owners[start]);
		}
	}
	return NONE;
}

/* One block more; false: there is none for it, which is told. */
static bool grow(struct file *file, enum method method, int wanted)
{
	int block = free_block();
	if (method == INDEXED && file->index == NONE) {
		if (block == NONE)
			return printf("%s: no free block for its index\n", file->name), false;
		file->index = block;
		owners[block] = file;
		block = free_block();
	}
	if (method == CONTIGUOUS) {
		block = file->count ? file->blocks[file->count - 1] + 1 : free_run(wanted);
		if (block == BLOCKS)
			return printf("%s cannot grow: the disk ends\n", file->name), false;
		if (block != NONE && owners[block])
			return printf("%s cannot grow: block %d is of %s\n", file->name, block, owners[block]->name), false;
	}
	if (block == NONE)
		return printf("%s: no %s\n", file->name, method == CONTIGUOUS ? "hole is long enough" : "free block"), false;
	take(file, block);
	printf("%s grows: block %d\n", file->name, block);
	return true;
}

static bool grow_by(char *argument, enum method method)
{
	char *colon = strrchr(argument, ':');
	if (!colon)
		errx(2, "%s: FILE:BLOCKS", argument);
	*colon = 0;
	long long count = parse_integer(colon + 1, "count of blocks");
	struct file *file = find(argument);
	if (!file)
		file = make(argument);
	for (; count > 0; count--)
		if (!grow(file, method, (int)(count < BLOCKS ? count : BLOCKS)))
			return false;
	return true;
}

static void remove_file(const char *name)
{
	struct file *file = find(name);
	if (!file)
		errx(1, "%s: no such file", name);
	for (int block = 0; block < BLOCKS; block++)
		if (owners[block] == file)
			owners[block] = NULL;
	file->count = 0;
	file->index = NONE;
	file->name[0] = 0;
}

static void print_blocks(const struct file *file, const char *between)
{
	for (int i = 0; i < file->count; i++)
		printf("%s%d", i ? between : "", file->blocks[i]);
}

static void print_table(enum method method)
{
	static const char *const heads[] = {"file       start  length", "file       start  end  chain", "file       start  chain", "file       index  blocks"};
	puts(heads[method]);
	for (const struct file *file = files; file < files + file_count; file++) {
		if (file->name[0] == 0)
			continue;
		int start = file->count ? file->blocks[0] : NONE;
		printf("%-10s %5d  ", file->name, method == INDEXED ? file->index : start);
		if (method == CONTIGUOUS)
			printf("%6d", file->count);
		if (method == LINKED)
			printf("%3d  ", file->count ? file->blocks[file->count - 1] : NONE);
		if (method == INDEXED)
			print_blocks(file, " ");
		else if (method != CONTIGUOUS) {
			print_blocks(file, " -> ");
			printf("%sEOC", file->count ? " -> " : "");
		}
		putchar('\n');
	}
}

/* The table of the FAT: of each block that is in use, the next. */
static void print_fat(void)
{
	for (const struct file *file = files; file < files + file_count; file++)
		for (int i = 0; i < file->count; i++)
			if (i + 1 < file->count)
				printf("FAT[%d] = %d\n", file->blocks[i], file->blocks[i + 1]);
			else
				printf("FAT[%d] = EOC\n", file->blocks[i]);
}

static void print_bitmap(void)
{
	printf("bitmap     ");
	for (int block = 0; block < BLOCKS; block++)
		printf("%s%d", block && block % 8 == 0 ? " " : "", owners[block] != NULL);
	putchar('\n');
}

static void print_levels(long long block, long long pointer)
{
	static const char *const names[] = {"single", "double", "triple"};
	if (pointer <= 0 || block < pointer || block % pointer)
		errx(1, "a block of %lld bytes has no whole number of pointers of %lld", block, pointer);
	unsigned long long each = (unsigned long long)(block / pointer), reach = 1, total = 12;
	printf("%-8s %20s %20s\n%-8s %20d %20llu\n", "pointers", "blocks", "bytes", "direct", 12, 12ULL * (unsigned long long)block);
	for (int level = 0; level < 3; level++) {
		if (__builtin_mul_overflow(reach, each, &reach) || __builtin_add_overflow(total, reach, &total) || total > ~0ULL / (unsigned long long)block)
			errx(1, "such a file has more than 2^64 bytes");
		printf("%-8s %20llu %20llu\n", names[level], reach, reach * (unsigned long long)block);
	}
	printf("%-8s %20llu %20llu\n", "all", total, total * (unsigned long long)block);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"grow", required_argument, NULL, 'g'}, {"delete", required_argument, NULL, 'd'}, {"block", required_argument, NULL, 'b'}, {"pointer", required_argument, NULL, 'p'}, {NULL, 0, NULL, 0}};
	int method = 0;
	long long block = 1024, pointer = 4;
	bool ok = true;
	if (argc < 2)
		usage_error("a method");
	while (method < METHOD_COUNT && strcmp(argv[1], METHODS[method]) != 0)
		method++;
	if (method == METHOD_COUNT && argv[1][0] != '-')
		usage_error("%s: no method of allocation", argv[1]);
	if (method < MULTILEVEL)
		fill((enum method)method);
	for (int option; (option = getopt_long(argc - 1, argv + 1, "g:d:b:p:", options, NULL)) != -1;) {
		if (option == '?' || method == METHOD_COUNT || (method == MULTILEVEL) != (option == 'b' || option == 'p'))
			usage_error("this option is not for that method");
		if (option == 'g')
			ok &= grow_by(optarg, (enum method)method);
		else if (option == 'd')
			remove_file(optarg);
		else if (option == 'b')
			block = parse_integer(optarg, "size of a block");
		else
			pointer = parse_integer(optarg, "size of a pointer");
	}
	if (method == METHOD_COUNT)
		usage_error("a method");
	if (method == MULTILEVEL) {
		print_levels(block, pointer);
		return 0;
	}
	print_table((enum method)method);
	if (method == FAT)
		print_fat();
	print_bitmap();
	return !ok;
}
