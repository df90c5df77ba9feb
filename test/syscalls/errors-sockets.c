/* Calls on sockets (names a-m) and calls that wait: what refuses, and what a signal ends (EINTR). */
#include "rows.h"
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

static struct sockaddr_un named(const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, name, sizeof address.sun_path - 1);
  return address;
}

static void local(void) {
  const char *kind = "local";
  int fd = socket(AF_UNIX, SOCK_STREAM, 0), datagrams = socket(AF_UNIX, SOCK_DGRAM, 0), size = sizeof(struct sockaddr_un);
  close(open("plain", O_CREAT | O_WRONLY, 0600));
  symlink("loop", "loop");
  struct sockaddr_un address;
  const char *names[] = {"plain/x", "loop/x", "absent/x", "plain"};
  for (int i = 0; i < 4; i++) {
    address = named(names[i]);
    TRY(bind, fd, &address, size);
    TRY(connect, fd, &address, size);
  }
  TRY(bind, fd, BAD, size);
  TRY(bind, fd, &address, 1);
  TRY(bind, fd, &address, 200);
  TRY(connect, fd, BAD, size);
  TRY(connect, fd, &address, 1);
  TRY(connect, fd, &address, 200);
  TRY(listen, fd, 1);
  TRY(accept, fd, NULL, NULL);
  TRY(accept, datagrams, NULL, NULL);
  TRY(accept4, datagrams, NULL, NULL, 0);
  TRY(accept4, fd, NULL, NULL, 1);
  TRY(listen, datagrams, 1);
  TRY(getpeername, fd, &address, &size);
  TRY(getsockname, fd, BAD, &size);
  TRY(getsockname, fd, &address, BAD);
  size = -1;
  TRY(getsockname, fd, &address, &size);
  address = named("s");
  size = sizeof address;
  TRY(bind, fd, &address, size);
  TRY(bind, fd, &address, size);
  int second = socket(AF_UNIX, SOCK_STREAM, 0);
  TRY(bind, second, &address, size);
  TRY(connect, second, &address, size);
  TRY(connect, datagrams, &address, size);
  TRY(listen, fd, 1);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  TRY(accept, fd, NULL, NULL);
  TRY(accept4, fd, NULL, NULL, 0);
  TRY(connect, second, &address, size);
  TRY(connect, second, &address, size);
  TRY(getpeername, second, BAD, &size);
  TRY(getpeername, second, &address, BAD);
  TRY(accept, fd, BAD, &size);
  TRY(getsockopt, second, 999, 1, &address, &size);
  TRY(getsockopt, second, SOL_SOCKET, 999, &address, &size);
  TRY(getsockopt, second, SOL_SOCKET, SO_TYPE, BAD, &size);
  TRY(getsockopt, second, SOL_SOCKET, SO_TYPE, &address, BAD);
  size = -1;
  TRY(getsockopt, second, SOL_SOCKET, SO_TYPE, &address, &size);
}

static void handled(int signal) { (void)signal; }

static void interrupted(void) {
  const char *kind = "signal";
  struct sigaction action = {.sa_handler = handled};
  sigaction(SIGALRM, &action, NULL);
  /* Again and again: one that comes before the call waits is not the last. */
  setitimer(ITIMER_REAL, &(struct itimerval){{0, 20000}, {0, 20000}}, NULL);
  int epoll = epoll_create1(0), held = open("plain", O_RDWR), wanted = open("plain", O_RDWR), value = 0;
  struct epoll_event event;
  flock(held, LOCK_EX);
  TRY(flock, wanted, LOCK_SH | LOCK_NB);
  TRY(flock, wanted, LOCK_SH);
  TRY(epoll_pwait, epoll, &event, 1, -1, NULL, 8);
  TRY(epoll_pwait2, epoll, &event, 1, NULL, NULL, 8);
  TRY(clock_nanosleep, CLOCK_MONOTONIC, 0, (&(struct timespec){100, 0}), NULL);
  TRY(clock_nanosleep, CLOCK_MONOTONIC, 0, (&(struct timespec){0, -1}), NULL);
  TRY(clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, (&(struct timespec){1, 0}), NULL);
  TRY(futex, &value, FUTEX_WAIT, 0, NULL);
  TRY(futex, &value, FUTEX_WAIT, 1, NULL);
  int queue = msgget(IPC_PRIVATE, 0600);
  struct { long type; char text[8]; } message;
  TRY(msgrcv, queue, &message, 8, 0, 0);
  msgctl(queue, IPC_RMID, NULL);
  struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 8};
  int posix = syscall(SYS_mq_open, "errors-sockets", O_RDWR | O_CREAT, 0600, &attributes);
  syscall(SYS_mq_unlink, "errors-sockets");
  char bytes[8] = "";
  TRY(mq_timedreceive, posix, bytes, 8, NULL, NULL);
  TRY(mq_timedsend, posix, bytes, 1, 0, NULL);
  TRY(mq_timedsend, posix, bytes, 1, 0, NULL);
  int listening = socket(AF_UNIX, SOCK_STREAM, 0), client;
  struct sockaddr_un address = named("t");
  bind(listening, (void *)&address, sizeof address);
  listen(listening, 0);
  TRY(accept, listening, NULL, NULL);
  TRY(accept4, listening, NULL, NULL, 0);
  client = socket(AF_UNIX, SOCK_STREAM, 0);
  TRY(connect, client, &address, sizeof address);
  client = socket(AF_UNIX, SOCK_STREAM, 0);
  TRY(connect, client, &address, sizeof address);
  struct flock lock = {.l_type = F_WRLCK};
  pid_t child = fork();
  if (child == 0) {
    fcntl(held, F_SETLKW, &lock);
    kill(getppid(), SIGUSR1);
    for (;;) pause();
  }
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  while (sigwaitinfo(&set, NULL) < 0) continue;
  TRY(fcntl, wanted, F_SETLK, &lock);
  TRY(fcntl, wanted, F_SETLKW, &lock);
  kill(child, SIGKILL);
  reap(child);
}

int main(void) {
  start();
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  local();
  interrupted();
}
