/* read, write, readv, writev, pread, lseek, dup, fcntl, sendfile, copy_file_range, fallocate, RLIMIT_FSIZE. */
#include "check.h"
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

static volatile int got;
static void handler(int number) { got = number; }

int main(void) {
  start();
  char buffer[64];
  int fd = open("f", O_RDWR | O_CREAT, 0600);
  struct iovec out[3] = {{"abc", 3}, {"", 0}, {"defg", 4}}, in[2] = {{buffer, 2}, {buffer + 10, 20}};
  VALUE(writev(fd, out, 3));
  VALUE(lseek(fd, 0, SEEK_CUR));
  VALUE(preadv(fd, in, 2, 1));
  printf("%.2s %.4s\n", buffer, buffer + 10);
  VALUE(lseek(fd, -2, SEEK_END));
  VALUE(read(fd, buffer, 10));
  VALUE(read(fd, buffer, 10));
  CALL(lseek(fd, -100, SEEK_CUR));
  CALL(lseek(fd, 0, 9));
  VALUE(lseek(fd, 10000, SEEK_SET));
  VALUE(write(fd, "end", 3));
  VALUE(pread(fd, buffer, 4, 9998));
  printf("%d %d %c%c\n", buffer[0], buffer[1], buffer[2], buffer[3]);
  CALL(read(fd, (void *)8, 10));
  lseek(fd, 0, SEEK_SET);
  CALL(read(fd, (void *)8, 10));
  CALL(write(fd, (void *)8, 10));
  CALL(readv(fd, in, -1));
  CALL(readv(fd, in, 2000));
  CALL(pread(fd, buffer, 1, -1));
  VALUE(read(fd, buffer, 0));
  CALL(write(99, "x", 1));
  int copy = CALL(dup(fd));
  lseek(copy, 5, SEEK_SET);
  VALUE(lseek(fd, 0, SEEK_CUR));
  VALUE(fcntl(fd, F_DUPFD, 20));
  VALUE(fcntl(fd, F_DUPFD_CLOEXEC, 20));
  VALUE(fcntl(21, F_GETFD));
  VALUE(dup2(fd, fd) == fd);
  CALL(dup2(99, 5));
  CALL(dup3(fd, fd, 0));
  CALL(dup2(fd, -1));
  CALL(fcntl(fd, 12345));
  CALL(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK));
  VALUE(fcntl(copy, F_GETFL) & (O_APPEND | O_NONBLOCK | O_ACCMODE));
  int target = open("g", O_RDWR | O_CREAT, 0600);
  off_t offset = 2;
  VALUE(sendfile(target, fd, &offset, 4));
  printf("offset %ld\n", (long)offset);
  VALUE(pread(target, buffer, 10, 0));
  printf("%.4s\n", buffer);
  off_t from = 0, to = 100;
  VALUE(copy_file_range(fd, &from, target, &to, 3, 0));
  VALUE(lseek(target, 0, SEEK_END));
  CALL(fallocate(target, 0, 0, 500));
  VALUE(lseek(target, 0, SEEK_END));
  CALL(posix_fallocate(target, 0, -1));
  CALL(fsync(target));
  CALL(fdatasync(99));
  int pending;
  lseek(fd, 0, SEEK_SET);
  CALL(ioctl(fd, FIONREAD, &pending));
  printf("pending %d\n", pending);
  CALL(ioctl(fd, 0x5401, buffer));
  struct rlimit limit = {600, RLIM_INFINITY};
  signal(SIGXFSZ, handler);
  CALL(setrlimit(RLIMIT_FSIZE, &limit));
  lseek(target, 590, SEEK_SET);
  VALUE(write(target, buffer, 20));
  CALL(write(target, buffer, 20));
  printf("XFSZ %d\n", got == SIGXFSZ);
  limit.rlim_cur = 10;
  limit.rlim_max = 30;
  CALL(setrlimit(RLIMIT_NOFILE, &limit));
  CALL(dup2(fd, 15));
  while (dup(fd) >= 0) ;
  printf("%s\n", strerror(errno));
  CALL(open("f", O_RDONLY));
  limit.rlim_cur = 40;
  CALL(setrlimit(RLIMIT_NOFILE, &limit));
  return 0;
}
