/* poll, ppoll, select, pselect, epoll, eventfd: readiness, time-outs, masks. */
#include "check.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <time.h>

static volatile int got;
static void handler(int number) { got = number; }

int main(void) {
  start();
  int fds[2];
  pipe(fds);
  struct pollfd set[3] = {{fds[0], POLLIN, 0}, {fds[1], POLLOUT, 0}, {-1, POLLIN, 7}};
  VALUE(poll(set, 3, 0));
  printf("%x %x %x\n", set[0].revents, set[1].revents, set[2].revents);
  set[2].fd = 99;
  VALUE(poll(set, 3, 0));
  printf("%x %x %x\n", set[0].revents, set[1].revents, set[2].revents);
  VALUE(poll(set, 1, 20));
  VALUE(poll(NULL, 0, 10));
  int file = open("f", O_RDWR | O_CREAT, 0600);
  set[0] = (struct pollfd){file, POLLIN | POLLOUT, 0};
  VALUE(poll(set, 1, 0));
  printf("%x\n", set[0].revents);
  /* Data that arrives while we wait. */
  if (fork() == 0) { usleep(20000); write(fds[1], "x", 1); _exit(0); }
  set[0] = (struct pollfd){fds[0], POLLIN, 0};
  VALUE(poll(set, 1, 5000));
  wait(NULL);
  fd_set readers, writers;
  FD_ZERO(&readers);
  FD_ZERO(&writers);
  FD_SET(fds[0], &readers);
  FD_SET(fds[1], &writers);
  VALUE(select(fds[1] + 1, &readers, &writers, NULL, NULL));
  printf("%d %d\n", !!FD_ISSET(fds[0], &readers), !!FD_ISSET(fds[1], &writers));
  char c;
  read(fds[0], &c, 1);
  struct timeval zero = {0, 1000};
  FD_ZERO(&readers);
  FD_SET(fds[0], &readers);
  VALUE(select(fds[0] + 1, &readers, NULL, NULL, &zero));
  printf("%d\n", !!FD_ISSET(fds[0], &readers));
  FD_SET(50, &readers);
  CALL(select(51, &readers, NULL, NULL, &zero));
  CALL(select(-1, NULL, NULL, NULL, &zero));
  /* The mask of ppoll counts while it waits. */
  sigset_t blocked, none;
  sigemptyset(&none);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigprocmask(SIG_BLOCK, &blocked, NULL);
  signal(SIGUSR1, handler);
  raise(SIGUSR1);
  struct timespec long_time = {5, 0};
  CALL(ppoll(set, 1, &long_time, &none));
  printf("got %d\n", got == SIGUSR1);
  raise(SIGUSR1);
  got = 0;
  CALL(pselect(0, NULL, NULL, NULL, &long_time, &none));
  printf("got %d\n", got == SIGUSR1);

  int epoll = CALL(epoll_create1(EPOLL_CLOEXEC));
  struct epoll_event event = {EPOLLIN, {.u64 = 42}}, out[4];
  CALL(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event));
  CALL(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event));
  CALL(epoll_ctl(epoll, EPOLL_CTL_ADD, file, &event));
  CALL(epoll_ctl(epoll, EPOLL_CTL_ADD, epoll, &event));
  CALL(epoll_ctl(epoll, EPOLL_CTL_DEL, fds[1], &event));
  VALUE(epoll_wait(epoll, out, 4, 0));
  write(fds[1], "ab", 2);
  VALUE(epoll_wait(epoll, out, 4, -1));
  printf("%x %ld\n", out[0].events, (long)out[0].data.u64);
  VALUE(epoll_wait(epoll, out, 4, 0));
  event.events = EPOLLIN | EPOLLET;
  CALL(epoll_ctl(epoll, EPOLL_CTL_MOD, fds[0], &event));
  VALUE(epoll_wait(epoll, out, 4, 0));
  VALUE(epoll_wait(epoll, out, 4, 0));
  write(fds[1], "c", 1);
  VALUE(epoll_wait(epoll, out, 4, 0));
  event.events = EPOLLIN | EPOLLONESHOT;
  epoll_ctl(epoll, EPOLL_CTL_MOD, fds[0], &event);
  VALUE(epoll_wait(epoll, out, 4, 0));
  VALUE(epoll_wait(epoll, out, 4, 0));
  close(fds[0]);
  VALUE(epoll_wait(epoll, out, 4, 0));

  int counter = CALL(eventfd(3, EFD_NONBLOCK));
  unsigned long value = 4;
  VALUE(write(counter, &value, 8));
  VALUE(read(counter, &value, 8));
  printf("%lu\n", value);
  CALL(read(counter, &value, 8));
  CALL(read(counter, &value, 4));
  value = -1UL;
  CALL(write(counter, &value, 8));
  return 0;
}
