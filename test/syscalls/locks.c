/* fcntl record locks, open-file locks and flock: conflicts, splitting, release on close, deadlock. */
#include "check.h"
#include <sys/file.h>

static int lock(int fd, int command, int type, long start, long length) {
  struct flock f = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
  int result = fcntl(fd, command, &f);
  if (command == F_GETLK || command == F_OFD_GETLK)
    printf("%s %ld+%ld %d\n", f.l_type == F_UNLCK ? "free" : f.l_type == F_RDLCK ? "read" : "write", (long)f.l_start,
           (long)f.l_len, f.l_type == F_UNLCK ? 0 : f.l_pid > 0 ? 1 : f.l_pid);
  return result;
}

static int in_child(int (*body)(int), int fd) {
  int status;
  pid_t pid = fork();
  if (pid == 0) _exit(body(fd));
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

static int probe(int fd) {
  CALL(lock(fd, F_SETLK, F_WRLCK, 5, 1));
  CALL(lock(fd, F_SETLK, F_RDLCK, 0, 1));
  CALL(lock(fd, F_SETLK, F_WRLCK, 200, 10));
  lock(fd, F_GETLK, F_WRLCK, 0, 0);
  lock(fd, F_GETLK, F_RDLCK, 50, 10);
  return 0;
}

int main(void) {
  start();
  int fd = open("f", O_RDWR | O_CREAT, 0600);
  write(fd, "0123456789", 10);
  CALL(lock(fd, F_SETLK, F_WRLCK, 0, 100));
  in_child(probe, fd);
  CALL(lock(fd, F_SETLK, F_UNLCK, 40, 20));
  in_child(probe, fd);
  CALL(lock(fd, F_SETLK, F_RDLCK, 0, 10));
  in_child(probe, fd);
  /* Closing any descriptor of the file drops the process's locks. */
  int other = open("f", O_RDONLY);
  close(other);
  in_child(probe, fd);
  int readonly = open("f", O_RDONLY);
  CALL(lock(readonly, F_SETLK, F_WRLCK, 0, 1));
  CALL(lock(fd, F_SETLK, 7, 0, 1));
  CALL(lock(fd, F_SETLK, F_WRLCK, -5, 1));
  CALL(lock(99, F_SETLK, F_WRLCK, 0, 1));
  /* Deadlock is found. */
  int a[2], b[2];
  char c;
  pipe(a);
  pipe(b);
  lock(fd, F_SETLK, F_WRLCK, 0, 1);
  pid_t pid = fork();
  if (pid == 0) {
    lock(fd, F_SETLK, F_WRLCK, 1, 1);
    write(a[1], "x", 1);
    int result = lock(fd, F_SETLKW, F_WRLCK, 0, 1);
    _exit(result == 0 ? 0 : 1);
  }
  read(a[0], &c, 1);
  usleep(50000);
  CALL(lock(fd, F_SETLKW, F_WRLCK, 1, 1));
  lock(fd, F_SETLK, F_UNLCK, 0, 1);
  reap(pid);
  /* flock belongs to the open file. */
  int one = open("f", O_RDWR), two = open("f", O_RDWR);
  CALL(flock(one, LOCK_EX));
  CALL(flock(two, LOCK_EX | LOCK_NB));
  CALL(flock(two, LOCK_SH | LOCK_NB));
  CALL(flock(one, LOCK_SH));
  CALL(flock(two, LOCK_SH | LOCK_NB));
  CALL(flock(one, LOCK_EX | LOCK_NB));
  close(two);
  CALL(flock(one, LOCK_EX | LOCK_NB));
  CALL(flock(one, 16));
  CALL(lock(one, F_OFD_SETLK, F_WRLCK, 0, 5));
  two = open("f", O_RDWR);
  CALL(lock(two, F_OFD_SETLK, F_WRLCK, 0, 5));
  lock(two, F_OFD_GETLK, F_WRLCK, 0, 5);
  return 0;
}
