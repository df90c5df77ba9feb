/* Real-time signals with queues, RLIMIT_SIGPENDING, rt_sigqueueinfo, signalfd, timer overruns and threads, SS_AUTODISARM, a thread
 * that waits for the process's signals. */
#include "check.h"
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>

static void show_info(int number, siginfo_t *info, void *context) {
  (void)context;
  printf("signal %d code %d value %d\n", number - SIGRTMIN, info->si_code, info->si_value.sival_int);
}

static void order(void) {
  struct sigaction action = {.sa_sigaction = show_info, .sa_flags = SA_SIGINFO};
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < 3; i++) {
    sigaction(SIGRTMIN + i, &action, NULL);
    sigaddset(&set, SIGRTMIN + i);
  }
  sigprocmask(SIG_BLOCK, &set, NULL);
  for (int i = 0; i < 3; i++) {
    sigqueue(getpid(), SIGRTMIN + 2 - i, (union sigval){.sival_int = 10 + i});
    sigqueue(getpid(), SIGRTMIN + 2 - i, (union sigval){.sival_int = 20 + i});
  }
  kill(getpid(), SIGRTMIN);
  /* With all unblocked at once the lowest number runs last pushed: handlers print from the highest. */
  for (int i = 0; i < 7; i++) {
    siginfo_t info;
    int number = sigwaitinfo(&set, &info);
    printf("%d code %d value %d\n", number - SIGRTMIN, info.si_code, info.si_code == SI_QUEUE ? info.si_value.sival_int : 0);
  }
  struct timespec now = {0, 0};
  CALL(sigtimedwait(&set, NULL, &now));
  raise(SIGRTMIN + 1);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void limits(void) {
  struct rlimit limit = {8, 8};
  setrlimit(RLIMIT_SIGPENDING, &limit);
  setresuid(54321, 54321, 54321);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  int queued = 0;
  while (sigqueue(getpid(), SIGRTMIN, (union sigval){0}) == 0) queued++;
  printf("queued %d: %s\n", queued, strerror(errno));
  CALL(kill(getpid(), SIGUSR1));
  sigset_t pending;
  sigpending(&pending);
  VALUE(sigismember(&pending, SIGUSR1));
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_NONE};
  CALL(timer_create(CLOCK_MONOTONIC, &event, &timer));
  struct timespec now = {0, 0};
  int taken = 0;
  while (sigtimedwait(&set, NULL, &now) > 0) taken++;
  printf("taken %d\n", taken);
  CALL(sigqueue(getpid(), SIGRTMIN, (union sigval){0}));
}

static void errors(void) {
  siginfo_t info = {.si_code = SI_USER};
  CALL(syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &info));
  info.si_code = SI_TKILL;
  CALL(syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &info));
  info.si_code = SI_QUEUE;
  CALL(syscall(SYS_rt_sigqueueinfo, getppid(), 65, &info));
  CALL(syscall(SYS_rt_sigqueueinfo, 4194000, SIGUSR1, &info));
  CALL(syscall(SYS_rt_sigqueueinfo, getppid(), 0, &info));
  CALL(syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, (void *)8));
  CALL(syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), 0, &info));
  CALL(syscall(SYS_rt_tgsigqueueinfo, getpid(), 1, SIGUSR1, &info));
  CALL(syscall(SYS_rt_tgsigqueueinfo, -1, getpid(), SIGUSR1, &info));
  CALL(syscall(SYS_tgkill, getpid(), getpid(), 65));
  CALL(syscall(SYS_tkill, -1, SIGUSR1));
}

static void descriptors(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGRTMIN + 3);
  sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, NULL);
  CALL(signalfd(-1, &set, 1));
  CALL(signalfd(0, &set, 0));
  CALL(signalfd(99, &set, 0));
  CALL(syscall(SYS_signalfd4, -1, &set, 4, 0));
  CALL(syscall(SYS_signalfd4, -1, (void *)8, 8, 0));
  int fd = CALL(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  struct signalfd_siginfo infos[4];
  CALL(read(fd, infos, sizeof infos));
  CALL(read(fd, infos, 64));
  struct pollfd entry = {.fd = fd, .events = POLLIN};
  VALUE(poll(&entry, 1, 0));
  sigqueue(getpid(), SIGRTMIN + 3, (union sigval){.sival_int = 7});
  sigqueue(getpid(), SIGRTMIN + 3, (union sigval){.sival_int = 8});
  raise(SIGUSR1);
  VALUE(poll(&entry, 1, 0));
  VALUE(read(fd, infos, sizeof infos) / sizeof *infos);
  for (int i = 0; i < 3; i++)
    printf("%d code %d pid %d int %d\n", infos[i].ssi_signo == SIGUSR1, infos[i].ssi_code, infos[i].ssi_pid == getpid(), infos[i].ssi_int);
  /* Another mask, and a reader that sleeps until a child has exited. */
  sigdelset(&set, SIGUSR1);
  CALL(signalfd(fd, &set, 0));
  raise(SIGUSR1);
  CALL(read(fd, infos, sizeof infos));
  fcntl(fd, F_SETFL, 0);
  int epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  CALL(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
  pid_t pid = fork();
  if (pid == 0) {
    usleep(10000);
    _exit(6);
  }
  VALUE(epoll_wait(epoll, &event, 1, 5000));
  VALUE(read(fd, infos, sizeof infos));
  printf("child %d status %d code %d\n", infos[0].ssi_pid == pid, infos[0].ssi_status, infos[0].ssi_code);
  reap(pid);
  if ((pid = fork()) == 0) {
    usleep(10000);
    _exit(7);
  }
  VALUE(read(fd, infos, sizeof infos));
  printf("child %d status %d\n", infos[0].ssi_pid == pid, infos[0].ssi_status);
  reap(pid);
  char line[128];
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
  FILE *file = fopen(path, "r");
  while (fgets(line, sizeof line, file))
    if (!strncmp(line, "sigmask", 7)) printf("%s", line);
  fclose(file);
}

static volatile pthread_t ran_in;
static void note_thread(int number) { (void)number, ran_in = pthread_self(); }
static void *take_signals(void *argument) {
  *(pid_t *)argument = gettid();
  while (!ran_in) usleep(1000);
  return NULL;
}

static void timers(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN + 4);
  sigprocmask(SIG_BLOCK, &set, NULL);
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 4, .sigev_value.sival_int = 33};
  struct itimerspec spec = {{0, 1000000}, {0, 1000000}};
  CALL(timer_create(CLOCK_MONOTONIC, &event, &timer));
  CALL(timer_settime(timer, 0, &spec, NULL));
  usleep(50000);
  siginfo_t info;
  sigwaitinfo(&set, &info);
  printf("overrun %d, code %d, value %d\n", info.si_overrun > 5, info.si_code, info.si_value.sival_int);
  VALUE(timer_getoverrun(timer) == info.si_overrun);
  usleep(20000);
  CALL(timer_delete(timer));
  struct timespec now = {0, 0};
  CALL(sigtimedwait(&set, NULL, &now));
  CALL(timer_getoverrun(timer));
  /* One thread is told. */
  volatile pid_t tid = 0;
  pthread_t thread;
  signal(SIGRTMIN + 5, note_thread);
  pthread_create(&thread, NULL, take_signals, (void *)&tid);
  while (!tid) usleep(1000);
  struct { union sigval value; int signal, notify, tid; char pad[48]; } direct = {{0}, SIGRTMIN + 5, 4, tid};
  int id;
  CALL(syscall(SYS_timer_create, CLOCK_REALTIME, &direct, &id));
  spec = (struct itimerspec){{0, 0}, {0, 1000000}};
  CALL(syscall(SYS_timer_settime, id, 0, &spec, NULL));
  pthread_join(thread, NULL);
  VALUE(ran_in == thread);
  direct.tid = 1;
  CALL(syscall(SYS_timer_create, CLOCK_REALTIME, &direct, &id));
  direct.notify = 77;
  CALL(syscall(SYS_timer_create, CLOCK_REALTIME, &direct, &id));
  CALL(syscall(SYS_timer_create, CLOCK_MONOTONIC_COARSE, NULL, &id));
  CALL(syscall(SYS_timer_create, CLOCK_REALTIME, NULL, (void *)8));
}

static char stack[65536];
static void on_stack(int number) {
  stack_t now;
  char local;
  (void)number;
  sigaltstack(NULL, &now);
  printf("on stack %d, flags %d\n", &local >= stack && &local < stack + sizeof stack, now.ss_flags);
}

static void disarming(void) {
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack, .ss_flags = 1U << 31}, now;
  CALL(sigaltstack(&alternate, NULL));
  struct sigaction action = {.sa_handler = on_stack, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR2, &action, NULL);
  raise(SIGUSR2);
  sigaltstack(NULL, &now);
  printf("after: %d\n", now.ss_flags == (int)(1U << 31) && now.ss_sp == stack);
  alternate.ss_flags = 0;
  sigaltstack(&alternate, NULL);
  raise(SIGUSR2);
}

static volatile pid_t waiter;
static void *wait_for_signal(void *set) {
  waiter = gettid();
  int number = 0;
  for (int i = 0; i < 2; i++) {
    int error = sigwait(set, &number);
    printf("sigwait: %d, signal %d\n", error, number);
  }
  return NULL;
}
/* Returns when the thread sleeps. */
static void until_asleep(pid_t tid) {
  char name[64], text[256], state = 0;
  snprintf(name, sizeof name, "/proc/self/task/%d/stat", tid);
  while (state != 'S') {
    int fd = open(name, O_RDONLY);
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    text[length < 0 ? 0 : length] = 0;
    char *end = strrchr(text, ')');
    if (end) state = end[2];
    sched_yield();
  }
}
/* All threads block a signal of the process, and one that is not the first waits for it. */
static void waiting_thread(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGCHLD);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  pthread_t thread;
  pthread_create(&thread, NULL, wait_for_signal, &set);
  while (waiter == 0) sched_yield();
  until_asleep(waiter);
  kill(getpid(), SIGTERM);
  sigset_t pending;
  do sigpending(&pending);
  while (sigismember(&pending, SIGTERM));
  until_asleep(waiter);
  kill(getpid(), SIGCHLD);
  pthread_join(thread, NULL);
}

int main(void) {
  start();
  waiting_thread();
  order();
  if (fork() == 0) {
    limits();
    _exit(0);
  }
  wait(NULL);
  if (fork() == 0) {
    errors();
    _exit(0);
  }
  wait(NULL);
  descriptors();
  timers();
  disarming();
  return 0;
}
