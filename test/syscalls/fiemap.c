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
  return 0;
}
