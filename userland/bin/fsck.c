/*
 * fsck: check file systems
 * https://man7.org/linux/man-pages/man8/fsck.8.html
 *
 * Usage: fsck [-MNTV] [-t TYPE] DEVICE... [OPTION]...
 *   -M       pass over what is mounted
 *   -N       only print what would be run
 *   -T       without a title
 *   -V       print what is run
 *   -t TYPE  run fsck.TYPE for all (without it: of what is found on the device, ext2 if nothing is)
 * Other options are for fsck.TYPE. The exit status is the bits of all checks; 8 for one that cannot be run.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mounts.h"
#include "tools.h"

enum { FAILED = 8, USAGE = 16, COWFS_SLOT = 4096 };
enum { EXT_AT = 1024, EXT_MAGIC_AT = 56, EXT_COMPATIBLE_AT = 92, EXT_INCOMPATIBLE_AT = 96, HAS_JOURNAL = 0x4, OF_EXT3 = 0x2 | 0x4 | 0x10 };

static bool skips_mounted, only_shows, is_verbose, has_no_title;
static const char *given_type;

/* What is on the device; ext2 if that is not known, as ever. */
static const char *type_of(const char *device)
{
	unsigned char bytes[2 * COWFS_SLOT] = {0}, *super = bytes + EXT_AT;
	int fd = open(device, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, bytes, sizeof bytes, 0) < 0)
		warn("%s", device);
	if (fd >= 0)
		close(fd);
	if (super[EXT_MAGIC_AT] == 0x53 && super[EXT_MAGIC_AT + 1] == 0xef) {
		/* ext4 has features that ext3 has not: extents, 64-bit block numbers, flexible groups. */
		bool is_ext4 = super[EXT_INCOMPATIBLE_AT] & ~OF_EXT3 || super[EXT_INCOMPATIBLE_AT + 1];
		return is_ext4 ? "ext4" : super[EXT_COMPATIBLE_AT] & HAS_JOURNAL ? "ext3" : "ext2";
	}
	if (bytes[510] == 0x55 && bytes[511] == 0xaa && (!memcmp(bytes + 54, "FAT", 3) || !memcmp(bytes + 82, "FAT32", 5)))
		return "vfat";
	if (!memcmp(bytes, "cowfs\0\0\1", 8) || !memcmp(bytes + COWFS_SLOT, "cowfs\0\0\1", 8))
		return "cowfs";
	return "ext2";
}

static bool is_mounted(const char *device)
{
	for (struct mounted *mount = read_mounts(); mount->source; mount++)
		if (!strcmp(mount->source, device))
			return true;
	return false;
}

/* Where execvp() finds it; a null pointer if nowhere. */
static char *find_program(const char *name)
{
	const char *at = getenv("PATH");
	while (at && *at) {
		size_t length = strcspn(at, ":");
		char *folder = duplicate_range(at, length), *path = format_text("%s/%s", length ? folder : ".", name);
		free(folder);
		if (access(path, X_OK) == 0)
			return path;
		free(path);
		at += length + (at[length] == ':');
	}
	return NULL;
}

static int run(const char *program, char **command)
{
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		execv(program, command);
		err(FAILED, "%s", program);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		err(FAILED, "%s", program);
	return WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

static int check(char *device, char **options, int option_count)
{
	char *name = format_text("fsck.%s", given_type ? given_type : type_of(device)), *program = find_program(name);
	char **command = allocate((size_t)(option_count + 3) * sizeof *command);
	int status = 0, last = option_count + 1;
	command[0] = name;
	memcpy(command + 1, options, (size_t)option_count * sizeof *command);
	command[last] = device;
	command[last + 1] = NULL;
	if (!program) {
		warnx("%s is not there to check %s", name, device);
		status = FAILED;
	} else if (is_verbose || only_shows) {
		printf("[%s (1) -- %s] ", program, device);
		for (char **word = command; *word; word++)
			printf("%s ", *word);
		putchar('\n');
	}
	fflush(stdout);
	if (program && !only_shows)
		status = run(program, command);
	free(program);
	free(name);
	free(command);
	return status;
}

/* Those of our own letters; false if one is the checker's. */
static bool take_letters(const char *letters)
{
	if (!*letters || strspn(letters, "MNTV") != strlen(letters))
		return false;
	for (; *letters; letters++) {
		skips_mounted |= *letters == 'M';
		only_shows |= *letters == 'N';
		has_no_title |= *letters == 'T';
		is_verbose |= *letters == 'V';
	}
	return true;
}

int main(int argc, char **argv)
{
	usage_status = USAGE;
	char **devices = allocate((size_t)argc * sizeof *devices), **options = allocate((size_t)argc * sizeof *options);
	int device_count = 0, option_count = 0, status = 0;
	if (argc > 1 && !strcmp(argv[1], "--help"))
		next_option(argc, argv, "+");
	for (char **word = argv + 1; *word; word++) {
		if (!strcmp(*word, "--")) {
			while (*++word)
				options[option_count++] = *word;
		} else if (!strcmp(*word, "-t"))
			given_type = *++word;
		else if (!strncmp(*word, "-t", 2))
			given_type = *word + 2;
		else if (**word != '-')
			devices[device_count++] = *word;
		else if (!take_letters(*word + 1))
			options[option_count++] = *word;
		if (!*word)
			break;
	}
	if (!device_count)
		usage_error("no device specified");
	if (!has_no_title)
		puts("fsck of Hartix");
	for (int i = 0; i < device_count; i++)
		if (!skips_mounted || !is_mounted(devices[i]))
			status |= check(devices[i], options, option_count);
	free(devices);
	free(options);
	return status;
}
