/* Loop devices: binding a file, both forms of their status, and BLKROSET, which makes a disk read-only. */
#include "check.h"
#include <linux/fs.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

enum { BYTES = 4 << 20 };
static char path[64];

static int bind_file(int file) {
  for (int attempt = 0; attempt < 20; attempt++) {
    int control = open("/dev/loop-control", O_RDWR);
    int number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
    close(control);
    if (number < 0) return -1;
    snprintf(path, sizeof path, "/dev/loop%d", number);
    int disk = open(path, O_RDWR);
    if (disk < 0) return -1;
    if (!ioctl(disk, LOOP_SET_FD, file)) return disk;
    close(disk);
    if (errno != EBUSY) return -1;
  }
  return -1;
}

static void status(int disk) {
  struct loop_info old;
  struct loop_info64 info;
  memset(&old, 0, sizeof old);
  CALL(ioctl(disk, LOOP_GET_STATUS, &old));
  VALUE(old.lo_offset);
  VALUE(old.lo_flags);
  strcpy(old.lo_name, "backing");
  old.lo_offset = 1 << 20;
  CALL(ioctl(disk, LOOP_SET_STATUS, &old));
  CALL(ioctl(disk, LOOP_GET_STATUS64, &info));
  VALUE(info.lo_offset);
  VALUE(info.lo_sizelimit);
  printf("name %s\n", (char *)info.lo_file_name);
  unsigned long long bytes = 0;
  CALL(ioctl(disk, BLKGETSIZE64, &bytes));
  VALUE(bytes);
  info.lo_offset = 0;
  info.lo_sizelimit = 1 << 20;
  CALL(ioctl(disk, LOOP_SET_STATUS64, &info));
  CALL(ioctl(disk, BLKGETSIZE64, &bytes));
  VALUE(bytes);
  CALL(ioctl(disk, LOOP_GET_STATUS, &old));
  VALUE(old.lo_offset);
  printf("name %s\n", old.lo_name);
  info.lo_offset = 1ULL << 32;
  info.lo_sizelimit = 0;
  CALL(ioctl(disk, LOOP_SET_STATUS64, &info));
  CALL(ioctl(disk, LOOP_GET_STATUS, &old));
  info.lo_offset = 0;
  CALL(ioctl(disk, LOOP_SET_STATUS64, &info));
  CALL(ioctl(disk, LOOP_GET_STATUS, NULL));
  CALL(ioctl(disk, LOOP_SET_STATUS, NULL));
}

static void protection(int disk) {
  int yes = 1, no = 0, is = -1, fd;
  char byte = 'x';
  printf("-- read-only\n");
  CALL(pwrite(disk, &byte, 1, 0));
  CALL(ioctl(disk, BLKROSET, &yes));
  CALL(ioctl(disk, BLKROGET, &is));
  VALUE(is);
  CALL(pwrite(disk, &byte, 1, 0));
  CALL(pread(disk, &byte, 1, 0));
  if ((fd = CALL(open(path, O_RDONLY))) >= 0) close(fd);
  pid_t pid = fork();
  if (pid == 0) {
    if (setgid(1000) || setuid(1000)) _exit(1);
    CALL(ioctl(disk, BLKROSET, &no));
    CALL(ioctl(disk, BLKROGET, &is));
    _exit(0);
  }
  reap(pid);
  CALL(mkdir("place", 0700));
  CALL(mount(path, "place", "ext2", 0, NULL));
  CALL(ioctl(disk, BLKROSET, NULL));
  CALL(ioctl(disk, BLKROSET, &no));
  CALL(ioctl(disk, BLKROGET, &is));
  VALUE(is);
  CALL(pwrite(disk, &byte, 1, 0));
}

/* Opening a number that has no disk makes one. */
static void by_number(void) {
  int control = open("/dev/loop-control", O_RDWR), fd;
  struct loop_info64 info;
  printf("-- by its number\n");
  CALL(mknod("node", S_IFBLK | 0600, makedev(7, 93)));
  if ((fd = CALL(open("node", O_RDONLY))) >= 0) {
    CALL(ioctl(fd, LOOP_GET_STATUS64, &info));
    close(fd);
  }
  CALL(access("/sys/block/loop93", F_OK));
  CALL(ioctl(control, LOOP_CTL_ADD, 93));
  CALL(ioctl(control, LOOP_CTL_REMOVE, 93));
  CALL(access("/sys/block/loop93", F_OK));
  close(control);
}

int main(void) {
  start();
  int file = open("file", O_CREAT | O_RDWR, 0600);
  if (ftruncate(file, BYTES)) return 1;
  int disk = bind_file(file);
  if (disk < 0) {
    printf("no loop device can be had here: %s\n", strerror(errno));
    return 77;
  }
  status(disk);
  protection(disk);
  by_number();
  CALL(ioctl(disk, LOOP_CLR_FD));
  CALL(ioctl(disk, LOOP_GET_STATUS, &(struct loop_info){0}) );
  return 0;
}
