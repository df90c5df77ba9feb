/* signal(7), "Interruption of system calls": who restarts, who gives EINTR; order and nesting of handlers. */
#include "check.h"
#include <poll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

/* C libraries keep different real-time signals for themselves; these two are free in all. */
#define REALTIME 40
static volatile int count;
static volatile int order[32];

static void handler(int signal) { order[count++ & 31] = signal; }

static void with_info(int signal, siginfo_t *info, void *context) {
  (void)context;
  printf("signal %d code %d value %d self %d\n", signal, info->si_code, info->si_value.sival_int,
         info->si_pid == getpid());
}

static void set(int signal, int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  sigaction(signal, &action, 0);
}

static void alarm_ms(long ms) {
  struct itimerval timer = {.it_value = {ms / 1000, ms % 1000 * 1000}};
  setitimer(ITIMER_REAL, &timer, 0);
}

/* A child writes one byte after the alarm: a restarted read gets it. */
static pid_t writer(int fd) {
  pid_t pid = fork();
  if (pid == 0) {
    usleep(300000);
    if (write(fd, "x", 1) != 1) _exit(1);
    _exit(0);
  }
  return pid;
}

static void reads(int flags) {
  int ends[2];
  char byte;
  if (pipe(ends)) return;
  set(SIGALRM, flags);
  pid_t pid = writer(ends[1]);
  count = 0;
  alarm_ms(20);
  VALUE(read(ends[0], &byte, 1));
  printf("handled %d\n", count);
  waitpid(pid, 0, 0);
  close(ends[0]);
  close(ends[1]);
}

static void sleeps(int flags) {
  struct timespec time = {0, 600000000}, left = {0, 0};
  struct pollfd none = {.fd = -1};
  set(SIGALRM, flags);
  alarm_ms(20);
  CALL(nanosleep(&time, &left));
  printf("left %d\n", left.tv_nsec > 10000000 && left.tv_nsec < 600000000);
  alarm_ms(20);
  CALL(poll(&none, 1, 600));
  alarm_ms(20);
  CALL(select(0, 0, 0, 0, &(struct timeval){0, 600000}));
  alarm_ms(20);
  CALL(pause());
  sigset_t all;
  sigemptyset(&all);
  alarm_ms(20);
  CALL(sigsuspend(&all));
}

static void waits(int flags) {
  set(SIGALRM, flags);
  pid_t pid = fork();
  if (pid == 0) {
    usleep(60000);
    _exit(3);
  }
  int status = 0;
  alarm_ms(20);
  CALL(waitpid(pid, &status, 0));
  while (waitpid(pid, &status, 0) == -1 && errno == EINTR) continue;
  printf("status %x\n", status);
}

static void ordering(void) {
  sigset_t all, old;
  sigfillset(&all);
  int signals[] = {REALTIME + 2, SIGUSR2, REALTIME, SIGTERM, REALTIME, SIGUSR1};
  for (int i = 0; i < 6; i++) set(signals[i], 0);
  sigprocmask(SIG_SETMASK, &all, &old);
  for (int i = 0; i < 6; i++) kill(getpid(), signals[i]);
  count = 0;
  sigprocmask(SIG_SETMASK, &old, 0);
  /* Frames are stacked: the one delivered last runs first. */
  printf("handled %d:", count);
  for (int i = 0; i < count; i++) printf(" %d", order[i]);
  printf("\n");
}

static void queued(void) {
  struct sigaction action = {.sa_sigaction = with_info, .sa_flags = SA_SIGINFO};
  sigset_t set_, old;
  sigaction(REALTIME + 1, &action, 0);
  sigaction(SIGUSR1, &action, 0);
  sigemptyset(&set_);
  sigaddset(&set_, REALTIME + 1);
  sigaddset(&set_, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set_, &old);
  for (int i = 0; i < 3; i++) sigqueue(getpid(), REALTIME + 1, (union sigval){.sival_int = i});
  for (int i = 0; i < 3; i++) sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = i});
  siginfo_t info;
  VALUE(sigwaitinfo(&set_, &info));
  printf("value %d code %d\n", info.si_value.sival_int, info.si_code);
  sigprocmask(SIG_SETMASK, &old, 0);
  raise(SIGUSR1);
}

static volatile int depth;
static void nesting(int signal) {
  if (depth++ < 3) raise(signal);
  printf("depth %d\n", depth--);
}

static void flags(void) {
  struct sigaction now;
  sigaction(SIGUSR2, &(struct sigaction){.sa_handler = nesting, .sa_flags = SA_NODEFER}, 0);
  raise(SIGUSR2);
  sigaction(SIGUSR2, &(struct sigaction){.sa_handler = handler, .sa_flags = SA_RESETHAND}, 0);
  raise(SIGUSR2);
  sigaction(SIGUSR2, 0, &now);
  printf("default again %d\n", now.sa_handler == SIG_DFL);
}

/* A stop and a continue without handlers do not end a sleep. */
static void stopped(void) {
  pid_t pid = fork();
  int status;
  if (pid == 0) {
    struct timespec time = {0, 300000000};
    _exit(nanosleep(&time, 0) == 0 ? 7 : 8);
  }
  usleep(20000);
  kill(pid, SIGSTOP);
  waitpid(pid, &status, WUNTRACED);
  printf("stopped %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
  siginfo_t info = {0};
  VALUE(waitid(P_PID, pid, &info, WSTOPPED | WNOHANG));
  kill(pid, SIGCONT);
  waitpid(pid, &status, WCONTINUED);
  printf("continued %d\n", WIFCONTINUED(status));
  waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
  printf("code %d status %d\n", info.si_code, info.si_status);
  reap(pid);
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  reads(0);
  reads(SA_RESTART);
  sleeps(0);
  sleeps(SA_RESTART);
  waits(0);
  waits(SA_RESTART);
  ordering();
  queued();
  flags();
  stopped();
  return 0;
}
