/*
 * cpio: copy files to and from archives
 * https://pubs.opengroup.org/onlinepubs/7990989775/xcu/cpio.html
 *
 * Usage: cpio -o [-0v] [-H FORMAT] < NAMES > ARCHIVE
 *        cpio -i [-dmtuv] [PATTERN]... < ARCHIVE
 *        cpio -p [-0dlmuv] FOLDER < NAMES
 *   -0         names end with a null byte
 *   -d         make folders that are missing
 *   -F FILE    the archive, instead of standard input or output
 *   -H FORMAT  newc (the kernel's initramfs), crc or odc (POSIX, the default of -o); -c: newc
 *   -l         links instead of copies
 *   -m         times as they were
 *   -t         list only
 *   -u         write over newer files
 *   -v         say each name
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpio.h"
#include "tools.h"

enum { BLOCK = 512, QUIET = 256 };

struct cpio_options cpio;

/* The status: 0, or 2 where it cannot be read. */
static int put_content(int fd, const char *name, unsigned long size)
{
	char bytes[BLOCK * 16];
	int status = 0;
	while (size) {
		ssize_t count = read(fd, bytes, size < sizeof bytes ? size : sizeof bytes);
		if (count < 0 && errno == EINTR)
			continue;
		/* A file that shrinks is filled up: its size has been told. */
		if (count < 0) {
			warn("%s: Read error, padding with zeros", name);
			status = 2;
		}
		if (count == 0)
			warnx("File %s shrunk by %lu bytes, padding with zeros", name, size);
		if (count <= 0) {
			memset(bytes, 0, sizeof bytes);
			count = (ssize_t)(size < sizeof bytes ? size : sizeof bytes);
		}
		cpio_put(bytes, (size_t)count);
		size -= (unsigned long)count;
	}
	return status;
}

static unsigned long checksum(int fd)
{
	unsigned char bytes[BLOCK * 16];
	uint32_t sum = 0;
	for (ssize_t count; (count = read(fd, bytes, sizeof bytes)) > 0;)
		for (ssize_t i = 0; i < count; i++)
			sum += bytes[i];
	lseek(fd, 0, SEEK_SET);
	return sum;
}

static int write_file(const char *name)
{
	struct stat about;
	char target[4096];
	if (lstat(name, &about) < 0) {
		warn("%s: Cannot stat", name);
		return 2;
	}
	bool is_link = S_ISLNK(about.st_mode), is_regular = S_ISREG(about.st_mode);
	int fd = is_regular ? open(name, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t length = is_link ? readlink(name, target, sizeof target) : 0;
	if ((is_regular && fd < 0) || length < 0) {
		warn("%s: Cannot open", name);
		return 2;
	}
	struct entry_header entry = {about.st_ino, about.st_mode, about.st_uid, about.st_gid, about.st_nlink, (unsigned long)about.st_mtime, is_regular ? (unsigned long)about.st_size : (unsigned long)length,
		about.st_dev, S_ISCHR(about.st_mode) || S_ISBLK(about.st_mode) ? about.st_rdev : 0, cpio_format == 'c' && is_regular ? checksum(fd) : 0, (char *)name};
	cpio_put_header(&entry);
	int status = is_regular ? put_content(fd, name, entry.size) : 0;
	if (is_link)
		cpio_put(target, (size_t)length);
	if (cpio_format != 'o')
		cpio_pad(4);
	if (fd >= 0)
		close(fd);
	if (cpio.is_verbose)
		fprintf(stderr, "%s\n", name);
	return status;
}

long cpio_next_name(char **name, size_t *capacity)
{
	long length = getdelim(name, capacity, cpio.has_null_names ? 0 : '\n', stdin);
	if (length < 0 && ferror(stdin))
		err(2, "standard input");
	if (length > 0 && (*name)[length - 1] == (cpio.has_null_names ? 0 : '\n'))
		(*name)[--length] = 0;
	return length;
}

void cpio_print_blocks(void)
{
	if (!cpio.is_quiet)
		fprintf(stderr, "%llu block%s\n", (cpio_moved + BLOCK - 1) / BLOCK, (cpio_moved + BLOCK - 1) / BLOCK == 1 ? "" : "s");
}

static int copy_out(void)
{
	char *name = NULL;
	size_t capacity = 0;
	int status = 0;
	while (cpio_next_name(&name, &capacity) >= 0) {
		const char *plain = name;
		while (plain[0] == '.' && plain[1] == '/' && plain[2])
			plain += 2;
		status |= *plain ? write_file(plain) : 0;
	}
	cpio_put_header(&(struct entry_header){.links = 1, .name = (char *)CPIO_TRAILER});
	cpio_pad(BLOCK);
	if (fflush(cpio_archive))
		err(2, "write error");
	cpio_print_blocks();
	free(name);
	return status;
}

static void parse_format(const char *name)
{
	static const struct {
		const char *name;
		char format;
	} formats[] = {{"odc", 'o'}, {"newc", 'n'}, {"crc", 'c'}};
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		if (strcmp(name, formats[i].name))
			continue;
		cpio_format = formats[i].format;
		return;
	}
	errx(2, "invalid archive format '%s'; valid ones are newc, crc and odc", name);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"create", no_argument, NULL, 'o'}, {"extract", no_argument, NULL, 'i'}, {"pass-through", no_argument, NULL, 'p'}, {"null", no_argument, NULL, '0'},
		{"make-directories", no_argument, NULL, 'd'}, {"format", required_argument, NULL, 'H'}, {"file", required_argument, NULL, 'F'}, {"link", no_argument, NULL, 'l'},
		{"preserve-modification-time", no_argument, NULL, 'm'}, {"list", no_argument, NULL, 't'}, {"unconditional", no_argument, NULL, 'u'}, {"verbose", no_argument, NULL, 'v'},
		{"quiet", no_argument, NULL, QUIET}, {0}};
	char operation = 0;
	const char *file = NULL;
	usage_status = 2;
	for (int option; (option = next_long_option(argc, argv, "0F:H:cdilmoptuv", longs)) != -1;) {
		switch (option) {
		case 'i':
		case 'o':
		case 'p': operation = (char)option; break;
		case '0': cpio.has_null_names = true; break;
		case 'c': cpio_format = 'n'; break;
		case 'd': cpio.makes_folders = true; break;
		case 'F': file = optarg; break;
		case 'H': parse_format(optarg); break;
		case 'l': cpio.links_files = true; break;
		case 'm': cpio.keeps_times = true; break;
		case 't': cpio.lists = true; break;
		case 'u': cpio.overwrites = true; break;
		case 'v': cpio.is_verbose = true; break;
		default: cpio.is_quiet = true;
		}
	}
	operation = operation || !cpio.lists ? operation : 'i';
	if (!operation || (operation == 'p' && !argv[optind]))
		usage_error(operation ? "-p wants a folder" : "one of -o, -i and -p is expected");
	if (operation == 'p')
		return cpio_pass(argv[optind]);
	cpio_archive = file ? fopen(file, operation == 'o' ? "we" : "re") : operation == 'o' ? stdout : stdin;
	if (!cpio_archive)
		err(2, "%s", file);
	return operation == 'o' ? copy_out() : cpio_copy_in(argv + optind);
}
