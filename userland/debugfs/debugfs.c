/*
 * debugfs: look at the inside of an ext2, ext3 or ext4
 * https://man7.org/linux/man-pages/man8/debugfs.8.html
 *
 * Usage: debugfs [-f FILE] [-R REQUEST] [DEVICE]
 *   -f FILE     requests are in FILE, one a line
 *   -R REQUEST  one request, then the end
 * Requests, files by path or <number>: block NUMBER (its copies in cache, log and at home), blocks FILE, cat FILE, cd FOLDER, dump FILE TO, icheck BLOCK...,
 * imap FILE, logdump [-a] [-b BLOCK], ls [-l|-p] [FOLDER], ncheck INODE..., pwd, quit, show_super_stats (stats), stat FILE,
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

struct ext4 *debugged;
uint32_t debugged_folder = EXT4_ROOT_INODE;

uint32_t find_inode(const char *path, struct ext4_inode *inode)
{
	uint32_t number = ext4_lookup(debugged, debugged_folder, path);
	if (number == 0 || !ext4_read_inode(debugged, number, inode)) {
		fprintf(stderr, "%s: File not found by ext2_lookup \n", path);
		return 0;
	}
	return number;
}

static void run_stat(int count, char **words)
{
	static struct ext4_inode inode;
	uint32_t number = find_inode(words[1], &inode);
	(void)count;
	if (number)
		show_inode(debugged, number, &inode);
}

static void run_stats(int count, char **words)
{
	(void)count;
	(void)words;
	ext4_print_super(debugged);
	unsigned directories = 0;
	for (uint32_t group = 0; group < debugged->group_count; group++)
		directories += ext4_get_group(debugged, group).directories;
	printf("Directories:              %u\n", directories);
}

static void run_icheck(int count, char **words)
{
	check_blocks(debugged, count - 1, words + 1);
}

static void run_ncheck(int count, char **words)
{
	check_names(debugged, count - 1, words + 1);
}

static const struct {
	const char *name;
	void (*run)(int count, char **words);
	int operands;
	const char *usage;
} requests[] = {
	{"block", run_block, 1, "block <block>"}, {"blocks", run_blocks, 1, "blocks <file>"}, {"cat", run_cat, 1, "cat <file>"}, {"cd", run_cd, 1, "cd <file>"}, {"dump", run_dump, 2, "dump <file> <output_file>"},
	{"icheck", run_icheck, 1, "icheck <block number> ..."}, {"imap", run_imap, 1, "imap <file>"}, {"logdump", run_logdump, 0, ""}, {"ls", run_ls, 0, ""}, {"ncheck", run_ncheck, 1, "ncheck <inode number> ..."},
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
		if (!debugged)
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
	if (optind < argc && !(debugged = ext4_open(argv[optind], false, &reason)))
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
