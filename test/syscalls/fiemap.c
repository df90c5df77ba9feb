/* FS_IOC_FIEMAP where files have no place on a disk, and with descriptors and pointers that are none. */
#include "check.h"
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

int main(void) {
  struct fiemap map = {.fm_length = FIEMAP_MAX_OFFSET};
  int file = memfd_create("f", 0), null = open("/dev/null", O_RDONLY), ends[2];
  pipe(ends);
  write(file, "content", 7);
  CALL(ioctl(file, FS_IOC_FIEMAP, &map));
  CALL(ioctl(null, FS_IOC_FIEMAP, &map));
  CALL(ioctl(ends[0], FS_IOC_FIEMAP, &map));
  CALL(ioctl(file, FS_IOC_FIEMAP, (void *)8));
  CALL(ioctl(99, FS_IOC_FIEMAP, &map));
  int block = 0, size[3] = {0};
  CALL(ioctl(file, FIBMAP, &block));
  block = -1;
  CALL(ioctl(file, FIBMAP, &block));
  CALL(ioctl(null, FIBMAP, &block));
  CALL(ioctl(ends[0], FIBMAP, &block));
  CALL(ioctl(file, FIBMAP, (void *)8));
  CALL(ioctl(file, FIGETBSZ, (void *)8));
  CALL(ioctl(file, FIGETBSZ, size));
  CALL(ioctl(null, FIGETBSZ, size + 1));
  CALL(ioctl(ends[0], FIGETBSZ, size + 2));
  printf("%d %d %d\n", size[0], size[1], size[2]);
  pid_t user = fork();
  if (!user) {
    setresuid(1000, 1000, 1000);
    CALL(ioctl(file, FIBMAP, &block));
    exit(0);
  }
  reap(user);
  return 0;
}
