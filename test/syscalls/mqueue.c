/* POSIX message queues: mq_open and its family, notification, poll. */
#define _GNU_SOURCE
#include "check.h"
#include <mqueue.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

static char name[32], buffer[8192];
static mqd_t q;

static void get(mqd_t mq) {
  unsigned priority = 99;
  memset(buffer, 0, sizeof buffer);
  ssize_t got = mq_receive(mq, buffer, sizeof buffer, &priority);
  if (got < 0) printf("receive: %s\n", strerror(errno));
  else printf("received %zd bytes of priority %u: %.20s\n", got, priority, buffer);
}

static void attributes(mqd_t mq) {
  struct mq_attr a;
  if (mq_getattr(mq, &a) < 0) printf("mq_getattr: %s\n", strerror(errno));
  else printf("flags %lo max %ld of %ld bytes, %ld there\n", a.mq_flags, a.mq_maxmsg, a.mq_msgsize, a.mq_curmsgs);
}

static void ready(mqd_t mq) {
  struct pollfd p = {mq, POLLIN | POLLOUT, 0};
  poll(&p, 1, 0);
  printf("poll %x\n", p.revents);
}

static void state(mqd_t mq) {
  char text[128] = "";
  lseek(mq, 0, SEEK_SET);
  ssize_t got = read(mq, text, sizeof text);
  char *pid = strstr(text, "NOTIFY_PID:");
  if (pid) pid[11] = 0;
  printf("%zd %s\n", got, text);
}

static volatile int signals, value, code, from;
static void on_message(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  signals++;
  value = info->si_value.sival_int;
  code = info->si_code;
  from = info->si_pid == getpid();
}
static void on_signal(int signal) { (void)signal; }

static void await(pid_t pid) {
  char path[64], text[256];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  for (int i = 0; i < 5000; i++) {
    int fd = open(path, O_RDONLY);
    text[read(fd, text, sizeof text - 1)] = 0;
    close(fd);
    char *at = strrchr(text, ')');
    if (at && at[2] == 'S') return;
    usleep(1000);
  }
}

int main(void) {
  start();
  snprintf(name, sizeof name, "/check-%d", getpid());
  struct mq_attr small = {.mq_maxmsg = 3, .mq_msgsize = 64}, bad = {.mq_maxmsg = 0, .mq_msgsize = 64};
  struct mq_attr huge = {.mq_maxmsg = 65537, .mq_msgsize = 64};
  CALL(mq_open(name, O_RDWR));
  CALL(mq_unlink(name));
  CALL(mq_open("/a/b", O_RDWR | O_CREAT, 0600, NULL));
  CALL(syscall(SYS_mq_open, "", O_RDWR | O_CREAT, 0600, NULL));
  memset(buffer, 'n', 300);
  CALL(syscall(SYS_mq_open, buffer, O_RDWR | O_CREAT, 0600, NULL));
  CALL(mq_open(name, O_RDWR | O_CREAT, 0600, &bad));
  CALL(mq_open(name, O_RDWR | O_CREAT, 0600, &huge));
  q = CALL(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0640, &small));
  CALL(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0640, &small));
  VALUE(fcntl(q, F_GETFD));
  struct stat st;
  fstat(q, &st);
  printf("mode %o size %ld nlink %d\n", st.st_mode, (long)st.st_size, (int)st.st_nlink);
  attributes(q);
  state(q);
  ready(q);
  CALL(mq_send(q, buffer, 65, 0));
  CALL(mq_send(q, buffer, 1, 32768));
  CALL(mq_send(q, (char *)8, 1, 1));
  CALL(mq_send(99, buffer, 1, 1));
  CALL(mq_send(0, buffer, 1, 1));
  CALL(mq_send(q, "low", 3, 1));
  CALL(mq_send(q, "high", 4, 7));
  CALL(mq_send(q, "low again", 9, 1));
  ready(q);
  state(q);
  attributes(q);
  mqd_t nonblock = mq_open(name, O_WRONLY | O_NONBLOCK);
  attributes(nonblock);
  CALL(mq_send(nonblock, "x", 1, 0));
  get(nonblock);
  struct timespec past = {1, 0}, bad_time = {1, 1000000000};
  CALL(mq_timedsend(q, "x", 1, 0, &past));
  CALL(mq_timedsend(q, "x", 1, 0, &bad_time));
  CALL(mq_receive(q, buffer, 63, NULL));
  get(q);
  get(q);
  get(q);
  struct timespec soon;
  clock_gettime(CLOCK_REALTIME, &soon);
  soon.tv_nsec += 20000000;
  if (soon.tv_nsec >= 1000000000) soon.tv_sec++, soon.tv_nsec -= 1000000000;
  CALL(mq_timedreceive(q, buffer, sizeof buffer, NULL, &soon));
  CALL(mq_timedreceive(q, buffer, sizeof buffer, NULL, &past));
  struct mq_attr set = {.mq_flags = O_NONBLOCK}, odd = {.mq_flags = 1}, old;
  CALL(mq_setattr(q, &odd, NULL));
  CALL(mq_setattr(q, &set, &old));
  VALUE(old.mq_flags);
  attributes(q);
  get(q);
  set.mq_flags = 0;
  mq_setattr(q, &set, NULL);

  /* a receiver, then a sender, is woken; a signal ends the wait */
  pid_t pid = fork();
  if (pid == 0) {
    get(q);
    _exit(0);
  }
  await(pid);
  mq_send(q, "to a waiter", 11, 3);
  reap(pid);
  for (int i = 0; i < 3; i++) mq_send(q, "full", 4, 0);
  pid = fork();
  if (pid == 0) {
    CALL(mq_send(q, "fourth", 6, 5));
    _exit(0);
  }
  await(pid);
  mq_receive(q, buffer, sizeof buffer, NULL);
  reap(pid);
  get(q);
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &action, NULL);
  pid = fork();
  if (pid == 0) {
    while (mq_receive(q, buffer, sizeof buffer, NULL) >= 0) continue;
    printf("interrupted: %s\n", strerror(errno));
    _exit(0);
  }
  usleep(20000);
  await(pid);
  kill(pid, SIGUSR1);
  reap(pid);

  /* notification: once, when the queue was empty and nobody waits */
  struct sigaction taken = {.sa_sigaction = on_message, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGUSR2, &taken, NULL);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2, .sigev_value.sival_int = 4711};
  CALL(mq_notify(q, &event));
  CALL(mq_notify(q, &event));
  state(q);
  pid = fork();
  if (pid == 0) {
    CALL(mq_notify(q, &event));
    CALL(mq_notify(q, NULL));
    mq_send(q, "ping", 4, 0);
    _exit(0);
  }
  reap(pid);
  printf("signals %d value %d code %d from me %d\n", signals, value, code, from);
  state(q);
  mq_send(q, "more", 4, 0);
  printf("signals %d\n", signals);
  get(q);
  get(q);
  CALL(mq_notify(q, &event));
  CALL(mq_notify(q, NULL));
  mq_send(q, "silent", 6, 0);
  printf("signals %d\n", signals);
  get(q);
  event.sigev_notify = SIGEV_NONE;
  CALL(mq_notify(q, &event));
  CALL(mq_notify(q, &event));
  mq_close(nonblock); /* any descriptor of the queue */
  state(q);
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = 65;
  CALL(mq_notify(q, &event));
  event.sigev_notify = 77;
  CALL(mq_notify(q, &event));
  CALL(mq_notify(99, NULL));

  /* permissions, and the name goes before the queue */
  pid = fork();
  if (pid == 0) {
    struct rlimit limit = {4096, 4096};
    setrlimit(RLIMIT_MSGQUEUE, &limit);
    setresuid(1000, 1000, 1000);
    CALL(mq_open(name, O_RDONLY));
    CALL(mq_unlink(name));
    struct mq_attr many = {.mq_maxmsg = 11, .mq_msgsize = 64}, long_ = {.mq_maxmsg = 1, .mq_msgsize = 8193};
    strcat(name, "-own");
    CALL(mq_open(name, O_RDWR | O_CREAT, 0600, &many));
    CALL(mq_open(name, O_RDWR | O_CREAT, 0600, &long_));
    CALL(mq_open(name, O_RDWR | O_CREAT, 0600, NULL));
    many.mq_maxmsg = 10;
    mqd_t own = CALL(mq_open(name, O_RDWR | O_CREAT, 0600, &many));
    CALL(mq_unlink(name));
    CALL(mq_close(own));
    _exit(0);
  }
  reap(pid);
  CALL(mq_unlink(name));
  CALL(mq_open(name, O_RDONLY));
  CALL(mq_send(q, "still", 5, 0));
  get(q);
  CALL(mq_close(q));
  CALL(mq_close(q));
  return 0;
}
