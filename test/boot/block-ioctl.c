/* Block devices' ioctls on a blank disk of 16 MiB: prints what each gave. */
#include <errno.h>
#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <linux/loop.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

static const char *name(int result) { return result < 0 ? strerror(errno) : "ok"; }

static int partition(int fd, int op, int number, long long start, long long length)
{
	struct blkpg_partition wanted = {.pno = number, .start = start, .length = length};
	struct blkpg_ioctl_arg argument = {.op = op, .datalen = sizeof wanted, .data = &wanted};
	return ioctl(fd, BLKPG, &argument);
}

int main(int argc, char **argv)
{
	const char *disk = argc > 1 ? argv[1] : "/dev/vdb";
	int fd = open(disk, O_RDWR);
	if (fd < 0)
		return perror(disk), 1;
	uint64_t bytes;
	unsigned long sectors;
	int size;
	struct hd_geometry geometry;
	ioctl(fd, BLKGETSIZE64, &bytes);
	ioctl(fd, BLKGETSIZE, &sectors);
	ioctl(fd, BLKSSZGET, &size);
	ioctl(fd, HDIO_GETGEO, &geometry);
	printf("size %llu %lu, sector %d, start %lu\n", (unsigned long long)bytes, sectors, size, geometry.start);

	printf("reread: %s\n", name(ioctl(fd, BLKRRPART)));
	printf("add 1: %s\n", name(partition(fd, BLKPG_ADD_PARTITION, 1, 1 << 20, 4 << 20)));
	printf("add 1 again: %s\n", name(partition(fd, BLKPG_ADD_PARTITION, 1, 8 << 20, 1 << 20)));
	printf("add 2 over 1: %s\n", name(partition(fd, BLKPG_ADD_PARTITION, 2, 2 << 20, 1 << 20)));
	printf("add 2 beyond: %s\n", name(partition(fd, BLKPG_ADD_PARTITION, 2, 15 << 20, 2 << 20)));
	printf("add 20: %s\n", name(partition(fd, BLKPG_ADD_PARTITION, 20, 5 << 20, 1 << 20)));
	printf("grow 1 over 20: %s\n", name(partition(fd, BLKPG_RESIZE_PARTITION, 1, 1 << 20, 5 << 20)));
	printf("shrink 1: %s\n", name(partition(fd, BLKPG_RESIZE_PARTITION, 1, 1 << 20, 2 << 20)));
	printf("delete 3: %s\n", name(partition(fd, BLKPG_DEL_PARTITION, 3, 0, 0)));
	printf("op 9: %s\n", name(partition(fd, 9, 1, 0, 0)));

	char path[64];
	snprintf(path, sizeof path, "%s1", disk);
	int part = open(path, O_RDWR | O_EXCL);
	ioctl(part, BLKGETSIZE64, &bytes);
	ioctl(part, HDIO_GETGEO, &geometry);
	printf("%s: %llu from %lu\n", strrchr(path, '/') + 1, (unsigned long long)bytes, geometry.start);
	printf("exclusive again: %s\n", name(open(path, O_RDONLY | O_EXCL)));
	printf("the whole, exclusive: %s\n", name(open(disk, O_RDONLY | O_EXCL)));
	printf("mount: %s\n", name(mount(path, "/mnt", "ext2", 0, NULL)));
	printf("delete 1: %s\n", name(partition(fd, BLKPG_DEL_PARTITION, 1, 0, 0)));
	printf("reread: %s\n", name(ioctl(fd, BLKRRPART)));
	pwrite(part, "partition", 9, 512);
	uint64_t range[2] = {512, 512};
	char data[10] = {0};
	pread(fd, data, 9, (1 << 20) + 512);
	printf("on the disk: %s\n", data);
	printf("zero: %s\n", name(ioctl(part, BLKZEROOUT, range)));
	pread(fd, data, 9, (1 << 20) + 512);
	printf("on the disk: '%s'\n", data);
	range[0] = 1;
	printf("zero from 1: %s\n", name(ioctl(part, BLKZEROOUT, range)));
	printf("write at the end: %s\n", name(pwrite(part, "x", 1, 2 << 20)));
	close(part);
	printf("delete 1: %s\n", name(partition(fd, BLKPG_DEL_PARTITION, 1, 0, 0)));
	printf("open it: %s\n", name(open(path, O_RDONLY)));
	printf("reread: %s\n", name(ioctl(fd, BLKRRPART)));
	printf("unknown: %s\n", name(ioctl(fd, 0x12ff, 0)));
	close(fd);

	int control = open("/dev/loop-control", O_RDWR);
	int number = ioctl(control, LOOP_CTL_GET_FREE);
	snprintf(path, sizeof path, "/dev/loop%d", number);
	int loop = open(path, O_RDWR), file = open("/tmp/back", O_RDWR | O_CREAT, 0600);
	ftruncate(file, 3 << 20);
	struct loop_config config = {.fd = loop};
	printf("status of none: %s\n", name(ioctl(loop, LOOP_GET_STATUS64, &config.info)));
	printf("loop of itself: %s\n", name(ioctl(loop, LOOP_CONFIGURE, &config)));
	config.fd = file;
	config.info.lo_offset = 1 << 20;
	config.info.lo_sizelimit = 1 << 20;
	printf("configure: %s\n", name(ioctl(loop, LOOP_CONFIGURE, &config)));
	printf("again: %s\n", name(ioctl(loop, LOOP_CONFIGURE, &config)));
	ioctl(loop, BLKGETSIZE64, &bytes);
	pwrite(loop, "loop", 4, 512);
	pread(file, data, 4, (1 << 20) + 512);
	printf("%llu bytes, '%.4s'\n", (unsigned long long)bytes, data);
	config.info.lo_sizelimit = 0;
	printf("set status: %s\n", name(ioctl(loop, LOOP_SET_STATUS64, &config.info)));
	ioctl(loop, BLKGETSIZE64, &bytes);
	struct loop_info64 info;
	printf("%llu bytes, ", (unsigned long long)bytes);
	printf("status: %s", name(ioctl(loop, LOOP_GET_STATUS64, &info)));
	printf(", offset %llu, number %d\n", (unsigned long long)info.lo_offset, (int)info.lo_number - number);
	printf("remove while bound: %s\n", name(ioctl(control, LOOP_CTL_REMOVE, number)));
	printf("clear: %s\n", name(ioctl(loop, LOOP_CLR_FD)));
	printf("clear again: %s\n", name(ioctl(loop, LOOP_CLR_FD)));
	close(loop);
	printf("remove: %s\n", name(ioctl(control, LOOP_CTL_REMOVE, number)));
	printf("remove 77: %s\n", name(ioctl(control, LOOP_CTL_REMOVE, 77)));
	return 0;
}
