/* Writes from memory of which only the beginning is there: what could be taken counts. */
#include "check.h"
#include <sys/mman.h>
#include <sys/uio.h>

static char *good, *bad;

static void show(int fd) {
  static char bytes[16384];
  long size = pread(fd, bytes, sizeof bytes, 0), taken = 0;
  for (long i = 0; i < size; i++) taken += bytes[i] == 'x';
  printf("size %ld, %ld taken, position %ld\n", size, taken, (long)lseek(fd, 0, SEEK_CUR));
}

static void vectors(int fd, int first, int at) {
  struct iovec ranges[] = {{good, first}, {bad, 64}, {good, 64}};
  ftruncate(fd, 0), ftruncate(fd, 256), lseek(fd, at, SEEK_SET);
  VALUE(writev(fd, ranges, 3));
  show(fd);
}

int main(void) {
  start();
  good = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  bad = good + 8192;
  mprotect(bad, 4096, PROT_NONE);
  memset(good, 'x', 8192);
  int fd = open("f", O_CREAT | O_RDWR, 0600);
  vectors(fd, 64, 0);
  vectors(fd, 64, 65);
  vectors(fd, 5000, 4000);
  vectors(fd, 0, 10);
  ftruncate(fd, 0);
  VALUE(pwrite(fd, bad - 100, 200, 50));
  show(fd);
  VALUE(pwrite(fd, bad - 5000, 6000, 100));
  show(fd);
  VALUE(pwrite(fd, bad, 10, 0));
  struct iovec two[] = {{bad, 64}, {good, 64}};
  VALUE(writev(fd, two, 2));
  show(fd);
  unlink("f");
  return 0;
}
