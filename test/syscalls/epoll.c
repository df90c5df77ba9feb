/* epoll, eventfd, timerfd: levels, edges, one-shots, nesting, errors. */
#include "check.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>

static int epoll;

static void wait_for(const char *label, int limit) {
  struct epoll_event events[8];
  int count = epoll_wait(epoll, events, limit, 0);
  printf("%s: %d", label, count);
  for (int i = 0; i < count; i++) printf(" %x/%llx", events[i].events, (unsigned long long)events[i].data.u64);
  printf("\n");
}

static int control(int operation, int fd, unsigned bits, unsigned long long data) {
  struct epoll_event event = {.events = bits, .data.u64 = data};
  return epoll_ctl(epoll, operation, fd, &event);
}

static void levels(void) {
  int ends[2];
  pipe(ends);
  CALL(control(EPOLL_CTL_ADD, ends[0], EPOLLIN, 0x1122334455667788ULL));
  CALL(control(EPOLL_CTL_ADD, ends[0], EPOLLIN, 1));
  CALL(control(EPOLL_CTL_MOD, ends[1], EPOLLIN, 1));
  CALL(control(EPOLL_CTL_DEL, ends[1], 0, 0));
  wait_for("empty", 8);
  write(ends[1], "ab", 2);
  wait_for("level", 8);
  wait_for("level again", 8);
  CALL(control(EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLET, 2));
  wait_for("edge after change", 8);
  wait_for("edge is used up", 8);
  write(ends[1], "c", 1);
  wait_for("new edge", 8);
  char byte;
  read(ends[0], &byte, 1);
  wait_for("no edge by reading", 8);
  CALL(control(EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLONESHOT, 3));
  wait_for("one shot", 8);
  write(ends[1], "d", 1);
  wait_for("shot", 8);
  CALL(control(EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLONESHOT, 4));
  wait_for("armed again", 8);
  CALL(control(EPOLL_CTL_MOD, ends[0], EPOLLIN, 5));
  close(ends[1]);
  wait_for("hang-up", 8);
  CALL(control(EPOLL_CTL_MOD, ends[0], 0, 6));
  wait_for("hang-up unasked", 8);
  int copy = dup(ends[0]);
  close(ends[0]);
  wait_for("closed, a copy is open", 8);
  close(copy);
  wait_for("all closed", 8);
}

static void order(void) {
  int a = eventfd(1, 0), b = eventfd(1, 0), c = eventfd(1, 0);
  control(EPOLL_CTL_ADD, a, EPOLLIN, 1);
  control(EPOLL_CTL_ADD, b, EPOLLIN, 2);
  control(EPOLL_CTL_ADD, c, EPOLLIN, 3);
  wait_for("first two", 2);
  wait_for("then the third", 2);
  close(a), close(b), close(c);
}

static void errors(void) {
  int file = open("plain", O_RDWR | O_CREAT, 0600);
  struct epoll_event event = {0};
  CALL(control(EPOLL_CTL_ADD, file, EPOLLIN, 0));
  CALL(control(EPOLL_CTL_ADD, 99, EPOLLIN, 0));
  CALL(control(EPOLL_CTL_ADD, epoll, EPOLLIN, 0));
  CALL(epoll_ctl(file, EPOLL_CTL_ADD, 0, &event));
  CALL(epoll_ctl(epoll, 9, 0, &event));
  CALL(epoll_wait(epoll, &event, 0, 0));
  CALL(epoll_wait(file, &event, 1, 0));
  CALL(epoll_create1(1));
  CALL(epoll_create(0));
  int inner = epoll_create1(0), number = eventfd(0, 0);
  struct epoll_event in = {.events = EPOLLIN, .data.u32 = 9};
  CALL(epoll_ctl(inner, EPOLL_CTL_ADD, number, &in));
  CALL(control(EPOLL_CTL_ADD, inner, EPOLLIN, 7));
  CALL(epoll_ctl(inner, EPOLL_CTL_ADD, epoll, &in));
  wait_for("inner quiet", 8);
  eventfd_write(number, 1);
  wait_for("inner has one", 8);
  eventfd_t value;
  eventfd_read(number, &value);
  wait_for("inner quiet again", 8);
  close(inner), close(number), close(file);
}

static void blocking(void) {
  int number = eventfd(0, 0);
  control(EPOLL_CTL_ADD, number, EPOLLIN, 8);
  pid_t child = fork();
  if (child == 0) {
    usleep(20000);
    eventfd_write(number, 5);
    _exit(0);
  }
  struct epoll_event event;
  VALUE(epoll_wait(epoll, &event, 1, 5000));
  printf("%x %u\n", event.events, event.data.u32);
  reap(child);
  eventfd_t value;
  CALL(eventfd_read(number, &value));
  printf("value %llu\n", (unsigned long long)value);
  VALUE(epoll_wait(epoll, &event, 1, 20));
  close(number);
}

static void counters(void) {
  int fd = eventfd(3, EFD_NONBLOCK | EFD_SEMAPHORE);
  unsigned long long value = 0;
  VALUE(read(fd, &value, 8));
  printf("%llu\n", value);
  CALL(read(fd, &value, 4));
  read(fd, &value, 8), read(fd, &value, 8);
  CALL(read(fd, &value, 8));
  value = ~0ULL;
  CALL(write(fd, &value, 8));
  value = ~0ULL - 1;
  CALL(write(fd, &value, 8));
  value = 1;
  CALL(write(fd, &value, 8));
  struct pollfd poll_fd = {fd, POLLIN | POLLOUT, 0};
  poll(&poll_fd, 1, 0);
  printf("poll %x\n", poll_fd.revents);
  VALUE(read(fd, &value, 16));
  CALL(eventfd(0, 0x40000000));
  CALL(lseek(fd, 0, SEEK_SET));
  close(fd);
}

static void timers(void) {
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  unsigned long long value = 0;
  CALL(read(fd, &value, 8));
  struct itimerspec spec = {{0, 0}, {0, 20000000}}, old;
  CALL(timerfd_settime(fd, 0, &spec, &old));
  CALL(timerfd_gettime(fd, &old));
  printf("armed %d\n", old.it_value.tv_nsec > 0);
  struct pollfd poll_fd = {fd, POLLIN, 0};
  VALUE(poll(&poll_fd, 1, 5000));
  VALUE(read(fd, &value, 8));
  printf("expirations %llu\n", value);
  CALL(read(fd, &value, 8));
  struct itimerspec periodic = {{0, 10000000}, {0, 10000000}};
  timerfd_settime(fd, 0, &periodic, NULL);
  usleep(55000);
  VALUE(read(fd, &value, 8));
  printf("many %d\n", value >= 5);
  spec.it_value.tv_nsec = 2000000000;
  CALL(timerfd_settime(fd, 0, &spec, NULL));
  CALL(timerfd_create(77, 0));
  CALL(timerfd_settime(0, 0, &periodic, NULL));
  close(fd);
}

int main(void) {
  start();
  epoll = epoll_create1(EPOLL_CLOEXEC);
  levels();
  order();
  errors();
  blocking();
  counters();
  timers();
  return 0;
}
