/* /proc/<pid>/io: what is read from a disk, made dirty, and given up before it was stored. */
#include "check.h"
#include <sys/vfs.h>

enum { PAGES = 10, TMPFS = 0x01021994 };

static struct {
  long read, write, cancelled;
} io;

/* How much each has grown since the last time, in whole pages of this test's file; metadata of some file systems counts too. */
static void grown(const char *label) {
  long now[3] = {0};
  char line[128];
  FILE *f = fopen("/proc/self/io", "r");
  while (fgets(line, sizeof line, f)) {
    sscanf(line, "read_bytes: %ld", &now[0]);
    sscanf(line, "write_bytes: %ld", &now[1]);
    sscanf(line, "cancelled_write_bytes: %ld", &now[2]);
  }
  fclose(f);
  long r = now[0] - io.read, w = now[1] - io.write, c = now[2] - io.cancelled;
  io.read = now[0], io.write = now[1], io.cancelled = now[2];
  if (label) printf("%s: read %d, written %d, cancelled %d\n", label, r >= PAGES * 4096, w >= PAGES * 4096, c >= PAGES * 4096);
}

int main(void) {
  static char bytes[PAGES * 4096];
  struct statfs where;
  start();
  statfs(".", &where);
  if (where.f_type == TMPFS) {
    printf("tmpfs counts nothing\n");
    return 77;
  }
  int fd = open("f", O_CREAT | O_RDWR | O_TRUNC, 0600);
  grown(NULL);
  write(fd, bytes, sizeof bytes);
  grown("write");
  pwrite(fd, bytes, sizeof bytes, 0);
  grown("the same pages again");
  fsync(fd);
  grown("fsync");
  pread(fd, bytes, sizeof bytes, 0);
  grown("read of what is in memory");
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  pread(fd, bytes, sizeof bytes, 0);
  grown("read from the disk");
  pwrite(fd, bytes, sizeof bytes, 0);
  grown("stored pages made dirty");
  ftruncate(fd, 0);
  grown("cut");
  close(fd);
  unlink("f");
  return 0;
}
