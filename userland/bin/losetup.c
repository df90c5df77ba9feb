/*
 * losetup: block devices that are files
 * https://man7.org/linux/man-pages/man8/losetup.8.html
 *
 * Usage: losetup [-a] | losetup -f | losetup [-Pr] [-o OFFSET] [--sizelimit SIZE] -f [--show] FILE
 *        losetup [-Pr] [-o OFFSET] [--sizelimit SIZE] DEVICE FILE
 *        losetup DEVICE | losetup -j FILE | losetup -d DEVICE... | losetup -D | losetup -c DEVICE
 *   -a, --all            the devices in use
 *   -c, --set-capacity   the device gets the size that its file has now
 *   -d, --detach         let go of the file; once nobody uses the device
 *   -D, --detach-all     all of them
 *   -f, --find           the first free device
 *   -j, --associated     the devices of FILE
 *   -o, --offset N       the device begins so many bytes into the file
 *   -P, --partscan       look for partitions
 *   -r, --read-only
 *       --show           say which device it became
 *       --sizelimit N    the device ends after so many bytes
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "numbers.h"
#include "tools.h"

enum { SHOW = 256, SIZE_LIMIT };

static const char *associated; /* -j */

/* The name that the kernel keeps is cut at 64 bytes; the whole one is in sysfs. */
static char *file_name(const char *device, const struct loop_info64 *info)
{
	char name[4096] = "", *path = format_text("/sys/block/%s/loop/backing_file", strrchr(device, '/') + 1);
	FILE *file = fopen(path, "re");
	bool has_name = file && fgets(name, sizeof name, file);
	name[strcspn(name, "\n")] = 0;
	if (file)
		fclose(file);
	free(path);
	return duplicate(has_name ? name : (const char *)info->lo_file_name);
}

/* One line about a device in use. False if it is not, with errno. */
static bool print_device(const char *device)
{
	struct loop_info64 info;
	struct stat wanted;
	int fd = open(device, O_RDONLY | O_CLOEXEC);
	int error = fd < 0 || ioctl(fd, LOOP_GET_STATUS64, &info) < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	errno = error;
	if (error)
		return false;
	if (associated && (stat(associated, &wanted) < 0 || wanted.st_ino != info.lo_inode || wanted.st_dev != info.lo_device))
		return true;
	char *name = file_name(device, &info);
	printf("%s: [%04llu]:%llu (%s)", device, (unsigned long long)info.lo_device, (unsigned long long)info.lo_inode, name);
	free(name);
	if (info.lo_offset)
		printf(", offset %llu", (unsigned long long)info.lo_offset);
	if (info.lo_sizelimit)
		printf(", sizelimit %llu", (unsigned long long)info.lo_sizelimit);
	putchar('\n');
	return true;
}

static int detach(const char *device)
{
	int fd = open(device, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, LOOP_CLR_FD, 0) < 0) {
		warn("%s: detach failed", device);
		return 1;
	}
	close(fd);
	return 0;
}

/* Prints or detaches all devices in use. */
static int each_device(bool detaches)
{
	struct dirent **entries;
	int status = 0, count = scandir("/dev", &entries, NULL, versionsort);
	for (int i = 0; i < count; i++) {
		struct loop_info64 info;
		char *device = format_text("/dev/%s", entries[i]->d_name);
		bool is_loop = !strncmp(entries[i]->d_name, "loop", 4) && strspn(device + 9, "0123456789") == strlen(device + 9) && device[9];
		int fd = is_loop && detaches ? open(device, O_RDONLY | O_CLOEXEC) : -1;
		if (fd >= 0) {
			bool is_used = ioctl(fd, LOOP_GET_STATUS64, &info) == 0;
			close(fd);
			if (is_used)
				status |= detach(device);
		} else if (is_loop && !detaches) {
			print_device(device);
		}
		free(device);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return status;
}

/* The first free device, on the heap. */
static char *find_free(void)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
	if (number < 0)
		err(1, "cannot find an unused loop device");
	close(control);
	return format_text("/dev/loop%d", number);
}

/* A device that is named before it is there. */
static void make_device(const char *device)
{
	unsigned number;
	char rest;
	if (access(device, F_OK) == 0 || sscanf(device, "/dev/loop%u%c", &number, &rest) != 1)
		return;
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (control < 0 || ioctl(control, LOOP_CTL_ADD, number) < 0)
		err(1, "%s: failed to set up loop device", device);
	close(control);
}

static void attach(const char *device, const char *file, struct loop_config *config)
{
	bool reads = config->info.lo_flags & LO_FLAGS_READ_ONLY;
	int back = reads ? -1 : open(file, O_RDWR | O_CLOEXEC);
	if (back < 0) {
		back = open(file, O_RDONLY | O_CLOEXEC);
		config->info.lo_flags |= LO_FLAGS_READ_ONLY;
	}
	if (back < 0)
		err(1, "%s: failed to set up loop device", file);
	char *whole = realpath(file, NULL);
	snprintf((char *)config->info.lo_file_name, LO_NAME_SIZE, "%s", whole ? whole : file);
	free(whole);
	config->fd = back;
	int fd = open(device, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s: failed to set up loop device", device);
	if (ioctl(fd, LOOP_CONFIGURE, config) < 0)
		err(1, "%s: failed to set up loop device", file);
	close(fd);
	close(back);
}

static int set_capacity(const char *device)
{
	int fd = open(device, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, LOOP_SET_CAPACITY, 0) < 0)
		err(1, "%s: set capacity failed", device);
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"all", no_argument, NULL, 'a'}, {"set-capacity", no_argument, NULL, 'c'}, {"detach", no_argument, NULL, 'd'},
		{"detach-all", no_argument, NULL, 'D'}, {"find", no_argument, NULL, 'f'}, {"associated", required_argument, NULL, 'j'},
		{"offset", required_argument, NULL, 'o'}, {"partscan", no_argument, NULL, 'P'}, {"read-only", no_argument, NULL, 'r'},
		{"show", no_argument, NULL, SHOW}, {"sizelimit", required_argument, NULL, SIZE_LIMIT}, {0}};
	struct loop_config config = {0};
	bool finds = false, detaches = false, shows = false, sets_capacity = false;
	for (int option; (option = next_long_option(argc, argv, "acdDfj:o:Pr", longs)) != -1;) {
		switch (option) {
		case 'a': return each_device(false);
		case 'c': sets_capacity = true; break;
		case 'd': detaches = true; break;
		case 'D': return each_device(true);
		case 'f': finds = true; break;
		case 'j': associated = optarg; break;
		case 'o': config.info.lo_offset = (uint64_t)parse_size(optarg, "offset"); break;
		case 'P': config.info.lo_flags |= LO_FLAGS_PARTSCAN; break;
		case 'r': config.info.lo_flags |= LO_FLAGS_READ_ONLY; break;
		case SHOW: shows = true; break;
		default: config.info.lo_sizelimit = (uint64_t)parse_size(optarg, "size limit");
		}
	}
	char **operands = argv + optind;
	int count = argc - optind, status = 0;
	if (detaches && count) {
		for (; *operands; operands++)
			status |= detach(*operands);
		return status;
	}
	if (sets_capacity && count == 1)
		return set_capacity(*operands);
	if (finds && count <= 1) {
		char *device = find_free();
		if (count)
			attach(device, *operands, &config);
		if (!count || shows)
			puts(device);
		free(device);
		return 0;
	}
	if (!count && !detaches && !sets_capacity)
		return each_device(false);
	if (count == 2) {
		make_device(operands[0]);
		attach(operands[0], operands[1], &config);
		return 0;
	}
	if (count != 1)
		usage_error("a device or a file is missing");
	if (!print_device(*operands))
		err(1, "%s", *operands);
	return 0;
}
