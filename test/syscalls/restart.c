/* signal(7), "Interruption of system calls": who restarts, who gives EINTR; order and nesting of handlers. */
#include "check.h"
#include <poll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

/* C libraries keep different real-time signals for themselves; these two are free in all. */
#define REALTIME 40
static volatile int count;
static volatile int order[32];

/* In memory that children see, too. */
static volatile int *handled;

static void handler(int signal) {
  order[count++ & 31] = signal;
  ++*handled;
}

static void with_info(int signal, siginfo_t *info, void *context) {
  (void)context;
  printf("signal %d code %d value %d self %d\n", signal, info->si_code, info->si_value.sival_int,
         info->si_pid == getpid());
}

static void set(int signal, int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  sigaction(signal, &action, 0);
}

/* A child that sends SIGALRM as soon as this process waits: neither before the call nor too late for it. */
static pid_t alarm_when_waiting(void) {
  pid_t self = getpid(), pid = fork();
  if (pid) return pid;
  await_sleep(self);
  kill(self, SIGALRM);
  _exit(0);
}

#define INTERRUPT(expression)            \
  do {                                   \
    pid_t alarm_ = alarm_when_waiting(); \
    CALL(expression);                    \
    waitpid(alarm_, 0, 0);               \
  } while (0)

/* A child that does something once a handler has run and this process waits again. */
static pid_t after_the_handler(void (*act)(int), int argument) {
  pid_t self = getpid(), pid = fork();
  if (pid) return pid;
  while (*handled == 0) usleep(1000);
  await_sleep(self);
  act(argument);
  _exit(3);
}

/* A restarted read gets the byte. */
static void put(int fd) {
  if (write(fd, "x", 1) != 1) _exit(1);
}

static void nothing(int argument) { (void)argument; }

static void reads(int flags) {
  int ends[2];
  char byte;
  if (pipe(ends)) return;
  set(SIGALRM, flags);
  count = *handled = 0;
  pid_t writer = after_the_handler(put, ends[1]), alarm = alarm_when_waiting();
  VALUE(read(ends[0], &byte, 1));
  printf("handled %d\n", count);
  waitpid(writer, 0, 0);
  waitpid(alarm, 0, 0);
  close(ends[0]);
  close(ends[1]);
}

static void sleeps(int flags) {
  struct timespec time = {60, 0}, left = {0, 0};
  struct pollfd none = {.fd = -1};
  set(SIGALRM, flags);
  INTERRUPT(nanosleep(&time, &left));
  printf("left %d\n", left.tv_sec > 0 && left.tv_sec <= 60);
  INTERRUPT(poll(&none, 1, 60000));
  INTERRUPT(select(0, 0, 0, 0, &(struct timeval){60, 0}));
  INTERRUPT(pause());
  sigset_t all;
  sigemptyset(&all);
  INTERRUPT(sigsuspend(&all));
}

static void waits(int flags) {
  set(SIGALRM, flags);
  *handled = 0;
  pid_t pid = after_the_handler(nothing, 0);
  int status = 0;
  INTERRUPT(waitpid(pid, &status, 0));
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
    struct timespec time = {1, 0};
    _exit(nanosleep(&time, 0) == 0 ? 7 : 8);
  }
  await_sleep(pid);
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
  handled = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
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
