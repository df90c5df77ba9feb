/* RWF_NOWAIT on a file whose pages are not all in memory, in the file of argv[1], on a disk that takes time. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
#define PAGES 8
#define PAGE 4096

static char data[PAGES * PAGE];

static ssize_t get(int fd, const char *what, off_t offset, int flags) {
  struct iovec in = {data, sizeof data};
  ssize_t count = preadv2(fd, &in, 1, offset, flags);
  if (what) printf("%s: %s %zd\n", what, count < 0 ? strerror(errno) : "read", count);
  return count;
}

/* What is in memory goes: it is on the disk. */
static void forget(int fd) {
  fsync(fd);
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

int main(int argc, char **argv) {
  int fd = open(argv[argc - 1], O_RDWR | O_CREAT | O_TRUNC, 0600);
  for (int i = 0; i < PAGES; i++) memset(data + i * PAGE, 'a' + i, PAGE);
  write(fd, data, sizeof data);
  posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
  get(fd, "in memory", 0, RWF_NOWAIT);
  forget(fd);
  get(fd, "nothing in memory", 0, RWF_NOWAIT);
  while (get(fd, NULL, 0, RWF_NOWAIT) < 0 && errno == EAGAIN) usleep(1000);
  get(fd, "it was on its way", 0, RWF_NOWAIT);
  get(fd, "end of file", sizeof data, RWF_NOWAIT);
  forget(fd);
  pread(fd, data, 2 * PAGE, PAGE);
  get(fd, "two of them", PAGE, RWF_NOWAIT);
  printf("%c%c\n", data[0], data[2 * PAGE - 1]);
  forget(fd);
  get(fd, "it may wait", 0, 0);
  return 0;
}
