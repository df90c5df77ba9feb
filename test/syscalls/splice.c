/* splice, tee, vmsplice, sendfile, copy_file_range; flags of preadv2 and pwritev2. */
#include "check.h"
#include <sys/time.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

static int a[2], b[2], file, other;
static char text[256];

static void show(const char *label, long count) {
  printf("%s: %ld '%.*s'\n", label, count, count > 0 ? (int)count : 0, text);
}

static void reset(void) {
  ftruncate(file, 0);
  pwrite(file, "0123456789", 10, 0);
  lseek(file, 0, SEEK_SET);
}

static void pipes(void) {
  write(a[1], "hello world", 11);
  VALUE(tee(a[0], b[1], 5, 0));
  show("tee", read(b[0], text, 100));
  VALUE(splice(a[0], NULL, b[1], NULL, 6, 0));
  show("moved", read(b[0], text, 100));
  show("left", read(a[0], text, 100));
  CALL(splice(a[0], NULL, b[1], NULL, 5, SPLICE_F_NONBLOCK));
  CALL(tee(a[0], b[1], 5, SPLICE_F_NONBLOCK));
  CALL(splice(a[0], NULL, a[1], NULL, 5, 0));
  CALL(tee(a[0], a[1], 5, 0));
  CALL(splice(a[0], NULL, b[1], NULL, 5, 0x100));
  CALL(tee(a[0], file, 5, 0));
  CALL(tee(a[1], b[1], 5, 0));
  VALUE(splice(a[0], NULL, b[1], NULL, 0, 0));
  CALL(splice(a[1], NULL, b[1], NULL, 1, 0));
  CALL(splice(99, NULL, b[1], NULL, 1, 0));
  int ends[2];
  pipe(ends);
  close(ends[1]);
  VALUE(splice(ends[0], NULL, b[1], NULL, 5, 0));
  close(ends[0]);
}

static void files(void) {
  reset();
  VALUE(splice(file, NULL, a[1], NULL, 4, 0));
  show("from a file", read(a[0], text, 100));
  loff_t at = 6;
  VALUE(splice(file, &at, a[1], NULL, 100, 0));
  printf("offset %ld, position %ld\n", (long)at, (long)lseek(file, 0, SEEK_CUR));
  show("rest", read(a[0], text, 100));
  VALUE(splice(file, &at, a[1], NULL, 100, 0));
  write(a[1], "abc", 3);
  at = 2;
  VALUE(splice(a[0], NULL, file, &at, 100, 0));
  printf("offset %ld\n", (long)at);
  show("file", pread(file, text, 100, 0));
  write(a[1], "xy", 2);
  VALUE(splice(a[0], NULL, file, NULL, 100, 0));
  show("file", pread(file, text, 100, 0));
  CALL(splice(file, NULL, other, NULL, 4, 0));
  CALL(splice(a[0], &at, file, NULL, 4, 0));
  CALL(splice(file, NULL, a[1], &at, 4, 0));
  at = -1;
  CALL(splice(file, &at, a[1], NULL, 4, 0));
  int appending = open("f", O_WRONLY | O_APPEND);
  write(a[1], "q", 1);
  CALL(splice(a[0], NULL, appending, NULL, 4, 0));
  CALL(sendfile(appending, file, NULL, 4));
  read(a[0], text, 1);
  close(appending);
  int pair[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  write(pair[0], "socket", 6);
  VALUE(splice(pair[1], NULL, a[1], NULL, 100, 0));
  VALUE(splice(a[0], NULL, pair[1], NULL, 100, 0));
  show("socket", read(pair[0], text, 100));
  CALL(splice(pair[1], &at, a[1], NULL, 100, 0));
  CALL(splice(pair[1], NULL, a[1], NULL, 100, SPLICE_F_NONBLOCK));
  close(pair[0]);
  VALUE(splice(pair[1], NULL, a[1], NULL, 100, 0));
  close(pair[1]);
}

static void full(void) {
  static char big[65536];
  while (write(a[1], big, 4096) == 4096) {
    struct pollfd one = {a[1], POLLOUT, 0};
    if (poll(&one, 1, 0) == 0) break;
  }
  reset();
  CALL(splice(file, NULL, a[1], NULL, 4, SPLICE_F_NONBLOCK));
  pid_t child = fork();
  if (child == 0) {
    long left = 65536;
    usleep(10000);
    while (left > 0) left -= read(a[0], big, 65536);
    _exit(read(a[0], big, 100) == 4 ? 0 : 1);
  }
  VALUE(splice(file, NULL, a[1], NULL, 4, 0));
  reap(child);
  signal(SIGPIPE, SIG_IGN);
  int ends[2];
  pipe(ends);
  close(ends[0]);
  CALL(splice(file, NULL, ends[1], NULL, 4, 0));
  close(ends[1]);
  child = fork();
  if (child == 0) {
    usleep(10000);
    write(a[1], "late", 4);
    _exit(0);
  }
  VALUE(splice(a[0], NULL, b[1], NULL, 100, 0));
  show("late", read(b[0], text, 100));
  reap(child);
}

static void memory(void) {
  struct iovec parts[2] = {{"one ", 4}, {"two", 3}}, into[2] = {{text, 2}, {text + 2, 98}};
  VALUE(vmsplice(a[1], parts, 2, 0));
  VALUE(vmsplice(a[0], into, 2, 0));
  show("out again", 7);
  CALL(vmsplice(file, parts, 2, 0));
  CALL(vmsplice(a[1], parts, 2, 0x100));
  CALL(vmsplice(a[0], into, 2, SPLICE_F_NONBLOCK));
  VALUE(vmsplice(a[1], parts, 0, 0));
  parts[0].iov_base = (void *)8;
  CALL(vmsplice(a[1], parts, 1, 0));
}

static void sending(void) {
  reset();
  off_t at = 3;
  VALUE(sendfile(a[1], file, &at, 4));
  printf("offset %ld\n", (long)at);
  VALUE(sendfile(a[1], file, NULL, 2));
  show("sent", read(a[0], text, 100));
  VALUE(sendfile(other, file, NULL, 100));
  show("to a file", pread(other, text, 100, 0));
  CALL(sendfile(file, a[0], NULL, 4));
  int counter = eventfd(0, 0), zero = open("/dev/zero", O_RDONLY);
  CALL(sendfile(counter, zero, NULL, (size_t)-1));
  CALL(sendfile(counter, zero, NULL, 0));
  close(counter);
  close(zero);
  CALL(sendfile(99, file, NULL, 4));
  CALL(sendfile(a[1], 99, NULL, 4));
  at = -1;
  CALL(sendfile(a[1], file, &at, 4));
  int pair[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  at = 0;
  VALUE(sendfile(pair[0], file, &at, 100));
  show("to a socket", read(pair[1], text, 100));
  close(pair[0]), close(pair[1]);
  loff_t from = 2, to = 20;
  VALUE(copy_file_range(file, &from, file, &to, 4, 0));
  printf("%ld %ld\n", (long)from, (long)to);
  from = 0, to = 2;
  CALL(copy_file_range(file, &from, file, &to, 4, 0));
  from = 0x7ffffffffffeffff;
  CALL(copy_file_range(file, &from, file, &to, (size_t)10 << 60, 0));
  CALL(copy_file_range(file, NULL, a[1], NULL, 4, 0));
  CALL(copy_file_range(file, NULL, other, NULL, 4, 1));
}

static void flags(void) {
  struct iovec in = {text, 100}, out = {"XY", 2};
  reset();
  VALUE(preadv2(file, &in, 1, 4, 0));
  VALUE(preadv2(file, &in, 1, -1, RWF_HIPRI));
  printf("position %ld\n", (long)lseek(file, 0, SEEK_CUR));
  VALUE(pwritev2(file, &out, 1, 0, RWF_APPEND));
  VALUE(pwritev2(file, &out, 1, 1, RWF_DSYNC));
  VALUE(pwritev2(file, &out, 1, 4, RWF_SYNC));
  show("file", pread(file, text, 100, 0));
  fcntl(file, F_SETFL, O_APPEND);
  VALUE(pwritev2(file, &out, 1, 0, 0));
  VALUE(pwritev2(file, &out, 1, 0, 0x20 /* RWF_NOAPPEND */));
  CALL(pwritev2(file, &out, 1, 0, 0x30));
  fcntl(file, F_SETFL, 0);
  show("file", pread(file, text, 100, 0));
  CALL(preadv2(file, &in, 1, 0, 0x40000000));
  CALL(pwritev2(file, &in, 1, 0, 0x40000000));
  CALL(preadv2(a[0], &in, 1, -1, RWF_NOWAIT));
  CALL(preadv2(a[0], &in, 1, 0, 0));
  CALL(preadv2(file, &in, 1, -2, 0));
  CALL(preadv2(a[1], &in, 1, -1, 0));
}

static void nothing(int signal) { (void)signal; }

/* Long transfers, with signals meanwhile: whatever one call moves, positions follow. */
static void long_ones(void) {
  const long size = 96 << 20;
  int huge = open("huge", O_CREAT | O_RDWR, 0600), copy = open("copy", O_CREAT | O_RDWR, 0600), null = open("/dev/null", O_WRONLY);
  struct sigaction action = {.sa_handler = nothing};
  struct itimerval often = {{0, 3000}, {0, 3000}}, never = {{0, 0}, {0, 0}};
  ftruncate(huge, size);
  pwrite(huge, "mark", 4, 40 << 20);
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &often, NULL);
  long sum = 0, moved, mismatches = 0;
  while ((moved = sendfile(null, huge, NULL, size)) != 0) {
    if (moved < 0 && errno != EINTR) break;
    if (moved > 0) sum += moved;
    mismatches += lseek(huge, 0, SEEK_CUR) != sum;
  }
  printf("sendfile %ld, %ld mismatches\n", sum, mismatches);
  sum = 0, lseek(huge, 0, SEEK_SET);
  ftruncate(huge, 42 << 20);
  while ((moved = copy_file_range(huge, NULL, copy, NULL, size, 0)) != 0) {
    if (moved < 0 && errno != EINTR) break;
    if (moved > 0) sum += moved;
    mismatches += lseek(huge, 0, SEEK_CUR) != sum || lseek(copy, 0, SEEK_CUR) != sum;
  }
  setitimer(ITIMER_REAL, &never, NULL);
  char mark[5] = "";
  pread(copy, mark, 4, 40 << 20);
  printf("copy_file_range %ld, %ld mismatches, %s\n", sum, mismatches, mark);
  close(huge), close(copy), close(null), unlink("huge"), unlink("copy");
}

int main(void) {
  start();
  pipe(a), pipe(b);
  file = open("f", O_CREAT | O_RDWR, 0644), other = open("o", O_CREAT | O_RDWR, 0644);
  pipes();
  files();
  full();
  memory();
  sending();
  flags();
  long_ones();
  return 0;
}
