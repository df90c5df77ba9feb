/*
 * debugfs: look at the inside of an ext2, ext3 or ext4
 * https://man7.org/linux/man-pages/man8/debugfs.8.html
 *
 * Usage: debugfs [-f FILE] [-R REQUEST] [DEVICE]
 *   -f FILE     requests are in FILE, one a line
 *   -R REQUEST  one request, then the end
 * Requests, files by path or <number>: blocks FILE, cat FILE, cd FOLDER, dump FILE TO, icheck BLOCK...,
 * imap FILE, ls [-l|-p] [FOLDER], ncheck INODE..., pwd, quit, show_super_stats (stats), stat FILE,
 * testb BLOCK [COUNT], testi FILE. The file system is never changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "debugfs.h"
#include "tools.h"

enum { MAX_WORDS = 64 };

static struct ext4 *fs;
static uint32_t folder = EXT4_ROOT_INODE;

/* The inode of a path, read; 0 with a message: there is none. */
static uint32_t find(const char *path, struct ext4_inode *inode)
{
	uint32_t number = ext4_lookup(fs, folder, path);
	if (number == 0 || !ext4_read_inode(fs, number, inode)) {
		fprintf(stderr, "%s: File not found by ext2_lookup \n", path);
		return 0;
	}
	return number;
}

static bool print_block(void *context, const struct ext4_run *run)
{
	(void)context;
	for (uint32_t i = 0; i < run->length; i++)
		printf("%llu ", (unsigned long long)run->physical + i);
	return true;
}

static void run_blocks(int count, char **words)
{
	static struct ext4_inode inode;
	const char *problem = NULL;
	uint32_t number = find(words[1], &inode);
	(void)count;
	if (!number)
		return;
	if (ext4_is_mapped(fs, &inode))
		ext4_walk(fs, number, &inode, print_block, NULL, &problem);
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
	memset(output->block, 0, fs->block_size);
	for (end = end < output->size ? end : output->size; output->at < end;) {
		uint64_t step = end - output->at < fs->block_size ? end - output->at : fs->block_size;
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
	if (!fill_to(output, run->logical * fs->block_size))
		return false;
	for (uint32_t i = 0; i < run->length && output->at < output->size; i++) {
		uint64_t left = output->size - output->at, step = left < fs->block_size ? left : fs->block_size;
		if (!ext4_read(fs, run->physical + i, output->block) || !write_bytes(output->fd, output->block, step))
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
		long length = ext4_inline_data(fs, inode, &output.block);
		ok = length >= 0 && write_bytes(fd, output.block, length);
	} else {
		output.block = allocate(fs->block_size);
		ok = ext4_walk(fs, number, inode, write_run, &output, &problem) && fill_to(&output, output.size);
	}
	if (!ok)
		fprintf(stderr, "%s: %s\n", name, problem);
	free(output.block);
}

static void run_cat(int count, char **words)
{
	static struct ext4_inode inode;
	uint32_t number = find(words[1], &inode);
	(void)count;
	fflush(stdout);
	if (number)
		copy_out(number, &inode, STDOUT_FILENO, words[1]);
}

static void run_dump(int count, char **words)
{
	static struct ext4_inode inode;
	uint32_t number = find(words[1], &inode);
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

static void run_cd(int count, char **words)
{
	static struct ext4_inode inode;
	uint32_t number = find(words[1], &inode);
	(void)count;
	if (number && !S_ISDIR(inode.mode))
		fprintf(stderr, "%s: Ext2 inode is not a directory \n", words[1]);
	else if (number)
		folder = number;
}

static void run_imap(int count, char **words)
{
	static struct ext4_inode inode;
	uint32_t number = find(words[1], &inode);
	(void)count;
	if (!number)
		return;
	uint32_t group = (number - 1) / fs->super.inodes_per_group, index = (number - 1) % fs->super.inodes_per_group;
	uint64_t block = ext4_get_group(fs, group).inode_table + index / fs->inodes_per_block;
	printf("Inode %u is part of block group %u\n\tlocated at block %llu, offset 0x%04x\n", number, group, (unsigned long long)block, index % fs->inodes_per_block * (fs->block_size / fs->inodes_per_block));
}

/* A bit of a group's bitmap; what was never written is free. */
static bool is_used(uint64_t bitmap_at, bool is_blank, uint64_t bit)
{
	unsigned char *bitmap = allocate(fs->block_size);
	bool used = !is_blank && ext4_read(fs, bitmap_at, bitmap) && ext4_bit(bitmap, bit);
	free(bitmap);
	return used;
}

static void run_testi(int count, char **words)
{
	uint32_t number = ext4_lookup(fs, folder, words[1]);
	(void)count;
	if (!number) {
		fprintf(stderr, "%s: File not found by ext2_lookup \n", words[1]);
		return;
	}
	uint32_t group = (number - 1) / fs->super.inodes_per_group;
	struct ext4_group values = ext4_get_group(fs, group);
	bool used = is_used(values.inode_bitmap, values.flags & EXT4_INODE_UNINIT, (number - 1) % fs->super.inodes_per_group);
	printf("Inode %u is %s\n", number, used ? "marked in use" : "not in use");
}

static void run_testb(int count, char **words)
{
	uint64_t block = strtoull(words[1], NULL, 0), many = count > 2 ? strtoull(words[2], NULL, 0) : 1;
	for (; many > 0; block++, many--) {
		if (block < fs->super.first_block || block >= fs->blocks) {
			fprintf(stderr, "Illegal block number passed to ext2fs_test_block_bitmap #%llu\n", (unsigned long long)block);
			return;
		}
		uint64_t at = block - fs->super.first_block, ratio = fs->super.blocks_per_group / (fs->super.clusters_per_group ? fs->super.clusters_per_group : 1);
		struct ext4_group values = ext4_get_group(fs, (uint32_t)(at / fs->super.blocks_per_group));
		bool used = is_used(values.block_bitmap, values.flags & EXT4_BLOCK_UNINIT, at % fs->super.blocks_per_group / (ratio ? ratio : 1));
		printf("Block %llu %s\n", (unsigned long long)block, used ? "marked in use" : "not in use");
	}
}

struct listing {
	char form; /* 'l', 'p' or 0 */
	size_t column;
};

static void list_long(const struct ext4_entry *entry, const struct ext4_inode *inode)
{
	char date[32];
	time_t time = ext4_seconds(inode->modify_time, fs->super.inode_size > 128 && inode->extra >= 12 ? inode->modify_extra : 0);
	strftime(date, sizeof date, "%e-%b-%Y %H:%M", localtime(&time));
	printf(" %6u  %6o (%u)  %5u  %5u   %5llu %s %.*s\n", entry->inode, inode->mode, entry->type, inode->uid | (uint32_t)inode->uid_high << 16, inode->gid | (uint32_t)inode->gid_high << 16, (unsigned long long)ext4_size(inode), date, entry->name_length, entry->name);
}

static bool list_entry(void *context, const struct ext4_entry *entry)
{
	struct listing *listing = context;
	static struct ext4_inode inode;
	if (listing->form && !ext4_read_inode(fs, entry->inode, &inode))
		memset(&inode, 0, sizeof inode);
	if (listing->form == 'l') {
		list_long(entry, &inode);
		return true;
	}
	if (listing->form == 'p') {
		printf("/%u/%06o/%u/%u/%.*s/", entry->inode, inode.mode, inode.uid | (uint32_t)inode.uid_high << 16, inode.gid | (uint32_t)inode.gid_high << 16, entry->name_length, entry->name);
		if (S_ISDIR(inode.mode))
			printf("/\n");
		else
			printf("%llu/\n", (unsigned long long)ext4_size(&inode));
		return true;
	}
	char text[300];
	size_t length = (size_t)snprintf(text, sizeof text, " %u  (%u) %.*s   ", entry->inode, entry->record, entry->name_length, entry->name);
	if (listing->column + length > 80) {
		putchar('\n');
		listing->column = 0;
	}
	fputs(text, stdout);
	listing->column += length;
	return true;
}

static void run_ls(int count, char **words)
{
	static struct ext4_inode inode;
	struct listing listing = {0, 0};
	int at = 1;
	for (; at < count && words[at][0] == '-'; at++)
		listing.form = words[at][1];
	const char *path = at < count ? words[at] : ".";
	uint32_t number = find(path, &inode);
	if (!number)
		return;
	if (!S_ISDIR(inode.mode)) {
		fprintf(stderr, "%s: Ext2 inode is not a directory \n", path);
		putchar('\n');
		return;
	}
	if (!ext4_list(fs, number, &inode, list_entry, &listing))
		fprintf(stderr, "%s: Directory block is broken\n", path);
	putchar('\n');
}

static void run_stat(int count, char **words)
{
	static struct ext4_inode inode;
	uint32_t number = find(words[1], &inode);
	(void)count;
	if (number)
		show_inode(fs, number, &inode);
}

static void run_stats(int count, char **words)
{
	(void)count;
	(void)words;
	ext4_print_super(fs);
	unsigned directories = 0;
	for (uint32_t group = 0; group < fs->group_count; group++)
		directories += ext4_get_group(fs, group).directories;
	printf("Directories:              %u\n", directories);
}

struct search {
	uint32_t inode;
	char *name;
};

static bool name_entry(void *context, const struct ext4_entry *entry)
{
	struct search *search = context;
	if (entry->inode != search->inode || (entry->name[0] == '.' && (entry->name_length == 1 || (entry->name_length == 2 && entry->name[1] == '.'))))
		return true;
	search->name = duplicate_range(entry->name, entry->name_length);
	return false;
}

/* Path of a directory: names looked for upwards. */
static char *path_of(uint32_t number)
{
	static struct ext4_inode inode;
	char *path = duplicate("");
	for (int depth = 0; number != EXT4_ROOT_INODE && depth < 100; depth++) {
		uint32_t parent = ext4_lookup(fs, number, "..");
		struct search search = {number, NULL};
		if (parent == 0 || !ext4_read_inode(fs, parent, &inode))
			break;
		ext4_list(fs, parent, &inode, name_entry, &search);
		char *longer = format_text("/%s%s", search.name ? search.name : "???", path);
		free(search.name);
		free(path);
		path = longer;
		number = parent;
	}
	return path;
}

static void run_pwd(int count, char **words)
{
	(void)count;
	(void)words;
	char *path = path_of(folder);
	printf("[pwd]   INODE: %6u  PATH: %s\n[root]  INODE: %6u  PATH: /\n", folder, *path ? path : "/", EXT4_ROOT_INODE);
	free(path);
}

static void run_icheck(int count, char **words)
{
	check_blocks(fs, count - 1, words + 1);
}

static void run_ncheck(int count, char **words)
{
	check_names(fs, count - 1, words + 1);
}

static const struct {
	const char *name;
	void (*run)(int count, char **words);
	int operands;
	const char *usage;
} requests[] = {
	{"blocks", run_blocks, 1, "blocks <file>"}, {"cat", run_cat, 1, "cat <file>"}, {"cd", run_cd, 1, "cd <file>"}, {"dump", run_dump, 2, "dump <file> <output_file>"},
	{"icheck", run_icheck, 1, "icheck <block number> ..."}, {"imap", run_imap, 1, "imap <file>"}, {"ls", run_ls, 0, ""}, {"ncheck", run_ncheck, 1, "ncheck <inode number> ..."},
	{"pwd", run_pwd, 0, ""}, {"show_super_stats", run_stats, 0, ""}, {"stat", run_stat, 1, "stat <file>"}, {"stats", run_stats, 0, ""},
	{"testb", run_testb, 1, "testb <block> [count]"}, {"testi", run_testi, 1, "testi <file>"},
};

/* False: the end was asked for. */
static bool run_line(char *line)
{
	char *words[MAX_WORDS], *save;
	int count = 0;
	for (char *word = strtok_r(line, " \t\n", &save); word && count < MAX_WORDS; word = strtok_r(NULL, " \t\n", &save))
		words[count++] = word;
	if (count == 0 || *words[0] == '#')
		return true;
	if (strcmp(words[0], "quit") == 0 || strcmp(words[0], "q") == 0)
		return false;
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		if (strcmp(words[0], requests[i].name) != 0)
			continue;
		if (!fs)
			fprintf(stderr, "%s: Filesystem not open\n", words[0]);
		else if (count - 1 < requests[i].operands)
			fprintf(stderr, "%s: Usage: %s\n", words[0], requests[i].usage);
		else
			requests[i].run(count, words);
		fflush(stdout);
		return true;
	}
	fprintf(stderr, "debugfs: Command not found %s\n", words[0]);
	return true;
}

static void run_lines(FILE *input, bool prompt)
{
	char *line = NULL;
	size_t capacity = 0;
	for (;;) {
		if (prompt) {
			printf("debugfs:  ");
			fflush(stdout);
		}
		if (getline(&line, &capacity, input) < 0 || !run_line(line))
			break;
	}
	free(line);
}

int main(int argc, char **argv)
{
	const char *file = NULL, *reason;
	char *request = NULL;
	for (int option; (option = next_option(argc, argv, "f:R:")) != -1;) {
		if (option == 'f')
			file = optarg;
		if (option == 'R')
			request = optarg;
	}
	if (argc - optind > 1)
		usage_error("at most one device");
	fprintf(stderr, "debugfs of Hartix\n");
	if (optind < argc && !(fs = ext4_open(argv[optind], false, &reason)))
		fprintf(stderr, "%s: %s while opening filesystem\n", argv[optind], reason);
	if (request) {
		run_line(request);
		return 0;
	}
	FILE *input = file && strcmp(file, "-") ? fopen(file, "r") : stdin;
	if (!input)
		err(1, "%s", file);
	run_lines(input, !file && isatty(STDIN_FILENO));
	return 0;
}
