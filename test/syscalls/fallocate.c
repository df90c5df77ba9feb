/* fallocate: allocation, holes, zeros; on the file system of the working directory and on tmpfs. pivot_root's errors. */
#include "check.h"
#include <sys/syscall.h>

enum { KEEP = 1, PUNCH = 2, COLLAPSE = 8, ZERO = 16, INSERT = 32 };

static char bytes[65536];

static void show(int fd, const char *label) {
  struct stat status;
  fstat(fd, &status);
  long data = 0;
  memset(bytes, 0, sizeof bytes);
  pread(fd, bytes, sizeof bytes, 0);
  for (unsigned i = 0; i < sizeof bytes; i++) data += bytes[i] == 'x';
  printf("%s: size %ld, %ld bytes of data, first hole %ld, data from 4096 at %ld\n", label, (long)status.st_size, data, (long)lseek(fd, 0, SEEK_HOLE), (long)lseek(fd, 4096, SEEK_DATA));
}

static void full(int fd) {
  ftruncate(fd, 0);
  memset(bytes, 'x', 40000);
  pwrite(fd, bytes, 40000, 0);
}

static void holes(void) {
  int fd = open("f", O_CREAT | O_RDWR, 0644);
  full(fd);
  CALL(fallocate(fd, PUNCH | KEEP, 4096, 8192));
  show(fd, "pages");
  CALL(fallocate(fd, PUNCH | KEEP, 100, 50));
  show(fd, "part of a page");
  CALL(fallocate(fd, PUNCH | KEEP, 15000, 10000));
  show(fd, "over edges");
  CALL(fallocate(fd, PUNCH | KEEP, 30000, 100000));
  show(fd, "over the end");
  CALL(fallocate(fd, PUNCH | KEEP, 500000, 4096));
  show(fd, "behind the end");
  CALL(fallocate(fd, PUNCH, 0, 4096));
  CALL(fallocate(fd, PUNCH | KEEP | ZERO, 0, 4096));
  CALL(fallocate(fd, ZERO, 0, 4096));
  CALL(fallocate(fd, ZERO | KEEP, 0, 4096));
  CALL(fallocate(fd, COLLAPSE, 0, 4096));
  CALL(fallocate(fd, INSERT, 0, 4096));
  CALL(fallocate(fd, 0x1000, 0, 4096));
  CALL(fallocate(fd, 0, 0, 0));
  CALL(fallocate(fd, 0, -1, 10));
  CALL(fallocate(fd, 0, 10, -10));
  CALL(fallocate(99, 0, 0, 10));
  int reading = open("f", O_RDONLY);
  CALL(fallocate(reading, 0, 0, 10));
  int ends[2];
  pipe(ends);
  CALL(fallocate(ends[1], 0, 0, 10));
  int directory = open(".", O_RDONLY);
  CALL(fallocate(directory, 0, 0, 10));
  int null = open("/dev/null", O_RDWR);
  CALL(fallocate(null, 0, 0, 10));
  close(reading), close(ends[0]), close(ends[1]), close(directory), close(null), close(fd);
  unlink("f");
}

static void allocation(void) {
  struct stat status;
  int fd = open("f", O_CREAT | O_RDWR, 0644);
  CALL(fallocate(fd, 0, 0, 20000));
  fstat(fd, &status);
  printf("size %ld, has blocks %d\n", (long)status.st_size, status.st_blocks * 512 >= 20000);
  CALL(fallocate(fd, KEEP, 0, 50000));
  fstat(fd, &status);
  printf("size %ld\n", (long)status.st_size);
  pwrite(fd, "xyz", 3, 10);
  CALL(fallocate(fd, 0, 0, 30000));
  fstat(fd, &status);
  printf("size %ld, kept %ld\n", (long)status.st_size, (long)pread(fd, bytes, 13, 0));
  printf("%.3s\n", bytes + 10);
  close(fd);
  unlink("f");
}

/* What a hole leaves of pages becomes zeros where it is, however the file was opened. */
static void howOpened(const char *name, int flags) {
  int fd = open("f", O_CREAT | O_RDWR, 0644);
  full(fd);
  int other = open("f", O_RDWR | flags);
  if (other < 0) {
    printf("%s: %s\n", name, strerror(errno));
    exit(77);
  }
  CALL(fallocate(other, PUNCH | KEEP, 100, 10000));
  show(fd, name);
  printf("%d%d%d%d\n", bytes[99], bytes[100], bytes[10099], bytes[10100]);
  close(other), close(fd);
  unlink("f");
}

int main(void) {
  start();
  howOpened("O_APPEND", O_APPEND);
  howOpened("O_SYNC", O_SYNC);
  howOpened("O_DIRECT", O_DIRECT);
  if (chdir("/dev/shm") < 0) return 1;
  mkdir("check-fallocate", 0755), chdir("check-fallocate");
  holes();
  allocation();
  chdir(".."), rmdir("check-fallocate");
  chdir("/root"), mkdir("check-pivot", 0755);
  CALL(syscall(SYS_pivot_root, "/", "/"));
  CALL(syscall(SYS_pivot_root, "/none", "/"));
  CALL(syscall(SYS_pivot_root, "/dev/null", "/"));
  CALL(syscall(SYS_pivot_root, "check-pivot", "check-pivot"));
  rmdir("check-pivot");
  if (fork() == 0) {
    setuid(5);
    CALL(syscall(SYS_pivot_root, "/", "/"));
    _exit(0);
  }
  wait(NULL);
  return 0;
}
