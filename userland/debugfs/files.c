/* Requests about what is in files: blocks, cat, dump. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "debugfs.h"
#include "tools.h"

static bool print_block(void *context, const struct ext4_run *run)
{
	(void)context;
	for (uint32_t i = 0; i < run->length; i++)
		printf("%llu ", (unsigned long long)run->physical + i);
	return true;
}

void run_blocks(int count, char **words)
{
	static struct ext4_inode inode;
	const char *problem = NULL;
	uint32_t number = find_inode(words[1], &inode);
	(void)count;
	if (!number)
		return;
	if (ext4_is_mapped(debugged, &inode))
		ext4_walk(debugged, number, &inode, print_block, NULL, &problem);
	putchar('\n');
	if (problem)
		fprintf(stderr, "%s: %s\n", words[1], problem);
}

struct output {
	int fd;
	uint64_t at, size; /* bytes */
	unsigned char *block;
};

static bool write_bytes(int fd, const unsigned char *bytes, uint64_t length)
{
	while (length > 0) {
		ssize_t count = write(fd, bytes, length);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return false;
		bytes += count;
		length -= count;
	}
	return true;
}

/* What is in the file up to `end`, zeros where there is nothing. */
static bool fill_to(struct output *output, uint64_t end)
{
	memset(output->block, 0, debugged->block_size);
	for (end = end < output->size ? end : output->size; output->at < end;) {
		uint64_t step = end - output->at < debugged->block_size ? end - output->at : debugged->block_size;
		if (!write_bytes(output->fd, output->block, step))
			return false;
		output->at += step;
	}
	return true;
}

static bool write_run(void *context, const struct ext4_run *run)
{
	struct output *output = context;
	if (run->level > 0 || run->unwritten)
		return true;
	if (!fill_to(output, run->logical * debugged->block_size))
		return false;
	for (uint32_t i = 0; i < run->length && output->at < output->size; i++) {
		uint64_t left = output->size - output->at, step = left < debugged->block_size ? left : debugged->block_size;
		if (!ext4_read(debugged, run->physical + i, output->block) || !write_bytes(output->fd, output->block, step))
			return false;
		output->at += step;
	}
	return true;
}

static void copy_out(uint32_t number, const struct ext4_inode *inode, int fd, const char *name)
{
	const char *problem = "cannot be copied";
	struct output output = {fd, 0, ext4_size(inode), NULL};
	bool ok = true;
	if (inode->flags & EXT4_INLINE_FLAG) {
		long length = ext4_inline_data(debugged, inode, &output.block);
		ok = length >= 0 && write_bytes(fd, output.block, length);
	} else {
		output.block = allocate(debugged->block_size);
		ok = ext4_walk(debugged, number, inode, write_run, &output, &problem) && fill_to(&output, output.size);
	}
	if (!ok)
		fprintf(stderr, "%s: %s\n", name, problem);
	free(output.block);
}

void run_cat(int count, char **words)
{
	static struct ext4_inode inode;
	uint32_t number = find_inode(words[1], &inode);
	(void)count;
	fflush(stdout);
	if (number)
		copy_out(number, &inode, STDOUT_FILENO, words[1]);
}

void run_dump(int count, char **words)
{
	static struct ext4_inode inode;
	uint32_t number = find_inode(words[1], &inode);
	(void)count;
	if (!number)
		return;
	int fd = open(words[2], O_CREAT | O_WRONLY | O_TRUNC, 0666);
	if (fd < 0) {
		fprintf(stderr, "dump: %s while opening %s for dump_inode\n", strerror(errno), words[2]);
		return;
	}
	copy_out(number, &inode, fd, words[1]);
	close(fd);
}
