/* Character devices: null, zero, full, urandom, tty, and their numbers. */
#include "check.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

static void number(const char *path) {
  struct stat status;
  if (stat(path, &status) < 0) {
    printf("%s: %s\n", path, strerror(errno));
    return;
  }
  printf("%s: %u:%u %o\n", path, major(status.st_rdev), minor(status.st_rdev), status.st_mode & S_IFMT);
}

int main(void) {
  start();
  number("/dev/null");
  number("/dev/zero");
  number("/dev/full");
  number("/dev/random");
  number("/dev/urandom");
  number("/dev/tty");
  number("/dev/ptmx");
  char buffer[8192];
  int null = CALL(open("/dev/null", O_RDWR));
  VALUE(read(null, buffer, 10));
  VALUE(write(null, buffer, 8192));
  VALUE(lseek(null, 100, SEEK_SET));
  CALL(ftruncate(null, 0));
  CALL(ioctl(null, 0x5401, buffer));
  struct pollfd poll_fd = {null, POLLIN | POLLOUT, 0};
  poll(&poll_fd, 1, 0);
  printf("poll %x\n", poll_fd.revents);
  int zero = CALL(open("/dev/zero", O_RDWR));
  memset(buffer, 1, sizeof buffer);
  VALUE(read(zero, buffer, 8192));
  printf("%d %d\n", buffer[0], buffer[8191]);
  VALUE(write(zero, buffer, 5));
  char *mapped = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
  printf("mapped %d\n", mapped != MAP_FAILED && mapped[5000] == 0);
  CALL(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, null, 0));
  int full = CALL(open("/dev/full", O_RDWR));
  CALL(write(full, buffer, 1));
  VALUE(read(full, buffer, 10));
  int random = CALL(open("/dev/urandom", O_RDONLY));
  VALUE(read(random, buffer, 8192));
  int differ = 0;
  for (int i = 1; i < 8192; i++) differ += buffer[i] != buffer[0];
  printf("random %d\n", differ > 7000);
  setsid();
  CALL(open("/dev/tty", O_RDWR));
  CALL(mknod("node", S_IFCHR | 0600, makedev(1, 3)));
  CALL(open("node", O_RDWR));
  CALL(mknod("nothing", S_IFCHR | 0600, makedev(200, 200)));
  CALL(open("nothing", O_RDWR));
  CALL(mknod("block", S_IFBLK | 0600, makedev(200, 200)));
  CALL(open("block", O_RDWR));
  CALL(mknod("dir", S_IFDIR | 0600, 0));
  CALL(mknod("odd", 0070000 | 0600, 0));
  CALL(mknod("plain", 0600, 0));
  CALL(open("/dev/null/x", O_RDONLY));
  CALL(chdir("/dev/null"));
  CALL(open("/dev/null", O_RDONLY | O_DIRECTORY));
  CALL(open("/dev/null", O_WRONLY | O_TRUNC | O_CREAT, 0600));
  CALL(open("/proc/self/fd/0", O_RDONLY | O_NOFOLLOW));
  return 0;
}
