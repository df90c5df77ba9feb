/* Kernel AIO: contexts, reads, writes, syncs, polls, eventfd, cancelling, errors. */
#include "check.h"
#include <linux/aio_abi.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#define io_setup(count, context) syscall(SYS_io_setup, count, context)
#define io_destroy(context) syscall(SYS_io_destroy, context)
#define io_submit(context, count, list) syscall(SYS_io_submit, context, count, list)
#define io_cancel(context, iocb, event) syscall(SYS_io_cancel, context, iocb, event)
#define io_getevents(context, least, most, events, timeout) syscall(SYS_io_getevents, context, least, most, events, timeout)

static aio_context_t context;
static struct iocb requests[8], *list[8];
static struct io_event events[16];
static char text[4096];

static struct iocb *request(int i, int opcode, int fd, const void *buffer, unsigned long count, long long offset) {
  memset(&requests[i], 0, sizeof requests[i]);
  requests[i].aio_data = 0x100000000ULL * (i + 1) + i;
  requests[i].aio_lio_opcode = opcode;
  requests[i].aio_fildes = fd;
  requests[i].aio_buf = (unsigned long)buffer;
  requests[i].aio_nbytes = count;
  requests[i].aio_offset = offset;
  return list[i] = &requests[i];
}

/* Linux syncs in the background: the order is nobody's promise. */
static int by_request(const void *a, const void *b) {
  const struct io_event *first = a, *second = b;
  return (first->obj > second->obj) - (first->obj < second->obj);
}

static void take_within(const char *label, int least, struct timespec timeout) {
  long count = io_getevents(context, least, 16, events, &timeout);
  printf("%s: %ld", label, count);
  if (count > 1) qsort(events, count, sizeof *events, by_request);
  for (long i = 0; i < count; i++) {
    int which = (struct iocb *)(unsigned long)events[i].obj - requests;
    printf(" %d:%lld/%lld%s", which, (long long)events[i].res, (long long)events[i].res2, events[i].data == requests[which].aio_data ? "" : " data!");
  }
  printf("\n");
}

/* However long a sync takes. */
static void take(const char *label, int least) { take_within(label, least, (struct timespec){20, 0}); }

static void contexts(void) {
  aio_context_t other = 0;
  CALL(io_setup(0, &other));
  CALL(io_setup(10, NULL));
  CALL(io_setup(10, &other));
  CALL(io_setup(10, &other));
  CALL(io_destroy(other));
  CALL(io_destroy(other));
  CALL(io_destroy(0));
  other = 0;
  CALL(io_setup(0x7fffffff, &other));
  CALL(io_submit(4096, 1, list));
  CALL(io_getevents(4096, 0, 1, events, NULL));
}

static void transfers(void) {
  int fd = open("f", O_CREAT | O_RDWR, 0644);
  request(0, IOCB_CMD_PWRITE, fd, "hello world", 11, 0);
  VALUE(io_submit(context, 1, list));
  take("write", 1);
  request(0, IOCB_CMD_PREAD, fd, text, 5, 6);
  request(1, IOCB_CMD_FSYNC, fd, NULL, 0, 0);
  request(2, IOCB_CMD_FDSYNC, fd, NULL, 0, 0);
  VALUE(io_submit(context, 3, list));
  take("read", 3);
  printf("%.5s\n", text);
  struct iovec parts[2] = {{text, 3}, {text + 100, 100}};
  request(0, IOCB_CMD_PREADV, fd, parts, 2, 2);
  VALUE(io_submit(context, 1, list));
  take("vector", 1);
  printf("%.3s %.6s\n", text, text + 100);
  parts[0].iov_base = "XY", parts[0].iov_len = 2, parts[1].iov_len = 0;
  request(0, IOCB_CMD_PWRITEV, fd, parts, 2, 0);
  request(1, IOCB_CMD_PREAD, fd, text, 100, 100);
  request(2, IOCB_CMD_PREAD, fd, (void *)8, 100, 0);
  VALUE(io_submit(context, 3, list));
  take("mixed", 3);
  VALUE(pread(fd, text, 100, 0));
  printf("%.11s, position %ld\n", text, (long)lseek(fd, 0, SEEK_CUR));
  VALUE(io_submit(context, 0, list));
  CALL(io_submit(context, -1L, list));
  CALL(io_submit(context, 1, NULL));
  list[0] = NULL;
  CALL(io_submit(context, 1, list));
  request(0, 99, fd, text, 1, 0);
  CALL(io_submit(context, 1, list));
  request(0, IOCB_CMD_PREAD, 99, text, 1, 0);
  CALL(io_submit(context, 1, list));
  int one_way = open("f", O_WRONLY);
  request(0, IOCB_CMD_PREAD, one_way, text, 1, 0);
  CALL(io_submit(context, 1, list));
  request(0, IOCB_CMD_PREAD, fd, text, 1, 0)->aio_reserved2 = 1;
  CALL(io_submit(context, 1, list));
  request(0, IOCB_CMD_PREAD, fd, text, 1, 0);
  request(1, IOCB_CMD_PREAD, 99, text, 1, 0);
  VALUE(io_submit(context, 2, list));
  take("only the first", 1);
  take_within("nothing", 1, (struct timespec){0, 20000000});
  VALUE(io_getevents(context, 0, 16, events, NULL));
  CALL(io_getevents(context, 3, 2, events, NULL));
  CALL(io_getevents(context, -1, 2, events, NULL));
  close(one_way), close(fd);
}

static void notified(void) {
  int fd = open("f", O_RDWR), counter = eventfd(0, EFD_NONBLOCK);
  eventfd_t value = 0;
  for (int i = 0; i < 3; i++) request(i, IOCB_CMD_PREAD, fd, text, 1, i)->aio_flags = IOCB_FLAG_RESFD, requests[i].aio_resfd = counter;
  VALUE(io_submit(context, 3, list));
  take("three", 3);
  CALL(eventfd_read(counter, &value));
  printf("counted %d\n", (int)value);
  request(0, IOCB_CMD_PREAD, fd, text, 1, 0)->aio_flags = IOCB_FLAG_RESFD;
  requests[0].aio_resfd = fd;
  CALL(io_submit(context, 1, list));
  requests[0].aio_resfd = 99;
  CALL(io_submit(context, 1, list));
  close(fd), close(counter);
}

static void polls(void) {
  int ends[2];
  pipe(ends);
  request(0, IOCB_CMD_POLL, ends[0], (void *)POLLIN, 0, 0);
  request(1, IOCB_CMD_POLL, ends[1], (void *)POLLOUT, 0, 0);
  VALUE(io_submit(context, 2, list));
  take("writable now", 1);
  write(ends[1], "x", 1);
  take("readable", 1);
  read(ends[0], text, 1);
  request(0, IOCB_CMD_POLL, ends[0], (void *)POLLIN, 0, 0);
  VALUE(io_submit(context, 1, list));
  pid_t child = fork();
  if (child == 0) {
    CALL(io_getevents(context, 0, 1, events, NULL));
    usleep(10000);
    write(ends[1], "y", 1);
    _exit(0);
  }
  VALUE(io_getevents(context, 1, 1, events, NULL));
  printf("%lld\n", (long long)events[0].res);
  reap(child);
  read(ends[0], text, 1);
  request(0, IOCB_CMD_POLL, ends[0], (void *)POLLIN, 0, 0);
  io_submit(context, 1, list);
  CALL(io_cancel(context, &requests[0], &events[0]));
  take("cancelled", 1);
  CALL(io_cancel(context, &requests[0], &events[0]));
  request(0, IOCB_CMD_POLL, ends[0], (void *)POLLIN, 1, 0);
  CALL(io_submit(context, 1, list));
  request(0, IOCB_CMD_POLL, ends[0], (void *)POLLIN, 0, 0);
  io_submit(context, 1, list);
  CALL(io_destroy(context));
  CALL(io_getevents(context, 0, 1, events, NULL));
  close(ends[0]), close(ends[1]);
}

static void ignore(int signal) { (void)signal; }

/* What has no pages is waited for in io_submit itself; what interrupts it is the request's end, not the call's. */
static void streams(void) {
  int ends[2], pair[2], counter = eventfd(0, 0);
  uint64_t one = 1;
  pipe(ends);
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  request(0, IOCB_CMD_PWRITE, ends[1], "abc", 3, 77);
  request(1, IOCB_CMD_PREAD, ends[0], text, 10, 0);
  request(2, IOCB_CMD_PWRITE, pair[0], "defg", 4, 0);
  request(3, IOCB_CMD_PREAD, pair[1], text + 10, 10, -1);
  request(4, IOCB_CMD_PWRITE, counter, &one, 8, 0);
  request(5, IOCB_CMD_PREAD, counter, text + 20, 8, 0);
  request(6, IOCB_CMD_FSYNC, ends[0], NULL, 0, 0);
  VALUE(io_submit(context, 6, list));
  take("streams", 3);
  printf("%.3s %.4s %d\n", text, text + 10, text[20]);
  CALL(io_submit(context, 1, list + 6));
  pid_t child = fork();
  if (child == 0) {
    usleep(20000);
    write(ends[1], "later", 5);
    _exit(0);
  }
  request(0, IOCB_CMD_PREAD, ends[0], text, 10, 0);
  request(1, IOCB_CMD_PREAD, 99, text, 10, 0);
  VALUE(io_submit(context, 2, list));
  take("waited for", 1);
  reap(child);
  for (int restarts = 0; restarts < 2; restarts++) {
    struct sigaction action = {.sa_handler = ignore, .sa_flags = restarts ? SA_RESTART : 0};
    sigaction(SIGALRM, &action, NULL);
    request(0, IOCB_CMD_PREAD, ends[0], text, 10, 0);
    request(1, IOCB_CMD_PWRITE, ends[1], "x", 1, 0);
    pid_t self = getpid(), alarm = fork();
    if (alarm == 0) {
      await_sleep(self);
      kill(self, SIGALRM);
      _exit(0);
    }
    VALUE(io_submit(context, 2, list));
    waitpid(alarm, NULL, 0);
    take("interrupted", 2);
    VALUE(read(ends[0], text, 10));
  }
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  request(0, IOCB_CMD_PREAD, ends[0], text, 10, 0);
  VALUE(io_submit(context, 1, list));
  take("empty", 1);
  signal(SIGPIPE, SIG_IGN);
  close(ends[0]);
  request(0, IOCB_CMD_PWRITE, ends[1], "x", 1, 0);
  VALUE(io_submit(context, 1, list));
  take("no reader", 1);
  close(ends[1]), close(pair[0]), close(pair[1]), close(counter);
}

int main(void) {
  start();
  if (io_setup(8, &context) < 0) {
    printf("io_setup: %s\n", strerror(errno));
    return 0;
  }
  contexts();
  transfers();
  notified();
  streams();
  polls();
  return 0;
}
