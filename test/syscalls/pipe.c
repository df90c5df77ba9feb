/* pipe2: atomicity, EOF, EPIPE and SIGPIPE, non-blocking ends, capacity. */
#include "check.h"
#include <sys/resource.h>
#include <poll.h>
#include <sys/ioctl.h>

static int signals;
static void count(int number) { (void)number; signals++; }

/* The pipes of one user: those beyond fs.pipe-user-pages-soft get two pages, and none may grow. */
static void user_limit(void) {
  enum { MOST = 1100 };
  static int many[MOST][2];
  struct rlimit limit = {4000, 4000};
  CALL(setrlimit(RLIMIT_NOFILE, &limit));
  pid_t pid = fork();
  if (pid == 0) {
    int last = 0, small = -1;
    if (setgid(31234) || setuid(31234)) _exit(1);
    for (; last < MOST && !pipe(many[last]); last++)
      if (small < 0 && fcntl(many[last][0], F_GETPIPE_SZ) < 65536) small = last;
    VALUE(last);
    VALUE(small);
    VALUE(fcntl(many[small][0], F_GETPIPE_SZ));
    VALUE(fcntl(many[small][0], F_SETPIPE_SZ, 65536));
    VALUE(fcntl(many[0][0], F_SETPIPE_SZ, 131072));
    VALUE(fcntl(many[0][0], F_SETPIPE_SZ, 4096));
    for (int i = 1; i < last; i++) {
      close(many[i][0]);
      close(many[i][1]);
    }
    pipe(many[1]);
    VALUE(fcntl(many[1][0], F_GETPIPE_SZ));
    VALUE(fcntl(many[0][0], F_SETPIPE_SZ, 131072));
    VALUE(fcntl(many[0][0], F_SETPIPE_SZ, 2097152));
    _exit(0);
  }
  reap(pid);
}

int main(void) {
  start();
  int fds[2];
  CALL(pipe2(fds, 0x40000000));
  CALL(pipe2(fds, O_NONBLOCK | O_CLOEXEC));
  VALUE(fcntl(fds[0], F_GETFD));
  VALUE(fcntl(fds[0], F_GETFL) & (O_ACCMODE | O_NONBLOCK));
  VALUE(fcntl(fds[1], F_GETPIPE_SZ));
  char buffer[4096], c;
  memset(buffer, 'x', sizeof buffer);
  CALL(read(fds[0], &c, 1));
  long total = 0, n;
  while ((n = write(fds[1], buffer, sizeof buffer)) > 0) total += n;
  printf("filled %ld: %s\n", total, strerror(errno));
  int available;
  CALL(ioctl(fds[0], FIONREAD, &available));
  printf("FIONREAD %d\n", available);
  read(fds[0], buffer, 100);
  CALL(write(fds[1], buffer, sizeof buffer)); /* all of PIPE_BUF or nothing */
  struct pollfd poll_fd = {fds[1], POLLOUT, 0};
  VALUE(poll(&poll_fd, 1, 0));
  read(fds[0], buffer, sizeof buffer);
  VALUE(poll(&poll_fd, 1, 0));
  CALL(read(fds[1], &c, 1));
  CALL(write(fds[0], &c, 1));
  CALL(lseek(fds[0], 0, SEEK_SET));
  CALL(pread(fds[0], &c, 1, 0));
  close(fds[1]);
  while (read(fds[0], buffer, sizeof buffer) > 0) ;
  VALUE(read(fds[0], &c, 1));
  poll_fd = (struct pollfd){fds[0], POLLIN, 0};
  VALUE(poll(&poll_fd, 1, 0));
  printf("revents %x\n", poll_fd.revents);
  close(fds[0]);

  signal(SIGPIPE, count);
  pipe(fds);
  close(fds[0]);
  CALL(write(fds[1], "x", 1));
  printf("SIGPIPE %d\n", signals);
  poll_fd = (struct pollfd){fds[1], POLLOUT, 0};
  poll(&poll_fd, 1, 0);
  printf("revents %x\n", poll_fd.revents);
  close(fds[1]);

  /* Two writers of PIPE_BUF records never mix. */
  pipe(fds);
  for (int writer = 0; writer < 2; writer++)
    if (fork() == 0) {
      char record[512];
      memset(record, 'a' + writer, sizeof record);
      for (int i = 0; i < 200; i++) write(fds[1], record, sizeof record);
      _exit(0);
    }
  close(fds[1]);
  char record[512];
  int mixed = 0, records = 0;
  while (1) {
    size_t got = 0;
    while (got < sizeof record && (n = read(fds[0], record + got, sizeof record - got)) > 0) got += n;
    if (got == 0) break;
    records++;
    for (int i = 1; i < 512; i++) mixed += record[i] != record[0];
  }
  printf("%d records, %d mixed\n", records, mixed);
  user_limit();
  return 0;
}
