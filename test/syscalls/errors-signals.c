/* The errors of the calls about signals, timers and waiting that the programs of these areas do not meet. */
#include "check.h"
#include <poll.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>

/* An address nothing is mapped at, and the size of the kernel's signal set. */
static void *const BAD = (void *)8;
static const long SET = 8;
static const int NOBODY = 65534;

static void handler(int number) { (void)number; }

/* SIGALRM every 10 ms: one of them is sure to meet the call, however late it is. */
static void tick(int milliseconds) {
  struct timeval time = {0, milliseconds * 1000};
  struct itimerval timer = {time, time};
  setitimer(ITIMER_REAL, &timer, NULL);
}

static void interrupted_calls(void) {
  struct sigaction action = {.sa_handler = handler};
  sigaction(SIGALRM, &action, NULL);
  unsigned long none = 0, usr1 = 1ul << (SIGUSR1 - 1);
  int ends[2], full[2];
  char page[4096] = {0};
  struct iovec piece = {page, 1};
  struct timespec five = {5, 0};
  pipe2(ends, 0);
  pipe2(full, O_NONBLOCK);
  while (write(full[1], page, sizeof page) > 0) continue;
  fcntl(full[1], F_SETFL, 0);
  struct pollfd entry = {ends[0], POLLIN, 0};
  int set = semget(IPC_PRIVATE, 1, 0600), queue = msgget(IPC_PRIVATE, 0600);
  struct sembuf down = {0, -1, 0};
  struct { long type; char text[8]; } message;
  mkfifo("fifo", 0600);
  tick(10);
  CALL(syscall(SYS_nanosleep, &five, NULL));
  CALL(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &five, NULL) ? -1 : 0);
  CALL(syscall(SYS_ppoll, &entry, 1, NULL, NULL, SET));
  CALL(syscall(SYS_pselect6, 0, NULL, NULL, NULL, NULL, NULL));
  CALL(read(ends[0], page, 1));
  CALL(readv(ends[0], &piece, 1));
  CALL(write(full[1], page, 1));
  CALL(writev(full[1], &piece, 1));
  CALL(open("fifo", O_RDONLY));
  CALL(open("fifo", O_WRONLY));
  CALL(syscall(SYS_rt_sigsuspend, &none, SET));
  CALL(syscall(SYS_rt_sigtimedwait, &usr1, NULL, &five, SET));
  CALL(syscall(SYS_rt_sigtimedwait, &usr1, NULL, NULL, SET));
  CALL(syscall(SYS_semtimedop, set, &down, 1, &five));
  CALL(msgrcv(queue, &message, 8, 0, 0));
  pid_t child = fork();
  if (!child) for (;;) pause();
  CALL(syscall(SYS_wait4, child, NULL, 0, NULL));
  CALL(syscall(SYS_waitid, P_PID, child, NULL, WEXITED, NULL));
  CALL(tee(ends[0], full[1], 1, 0));
  CALL(splice(ends[0], NULL, full[1], NULL, 1, 0));
  CALL(vmsplice(full[1], &piece, 1, 0));
  tick(0);
  kill(child, SIGKILL);
  reap(child);
  child = fork();
  if (!child) {
    CALL(syscall(SYS_semtimedop, set, &down, 1, NULL));
    _exit(0);
  }
  while (semctl(set, 0, GETNCNT) == 0) usleep(1000);
  semctl(set, 0, IPC_RMID);
  reap(child);
  msgctl(queue, IPC_RMID, NULL);
  unlink("fifo");
  for (int i = 0; i < 2; i++) close(ends[i]), close(full[i]);
}

static void bad_arguments(void) {
  unsigned long set = 0;
  long action[8] = {0};
  siginfo_t info;
  struct rlimit limit;
  struct pollfd entry = {0};
  struct timespec wrong = {0, 1000000000}, zero = {0, 0};
  getrlimit(RLIMIT_NOFILE, &limit);
  CALL(syscall(SYS_ppoll, &entry, limit.rlim_cur + 1, &zero, NULL, SET));
  CALL(syscall(SYS_ppoll, BAD, 1, &zero, NULL, SET));
  CALL(syscall(SYS_ppoll, &entry, 1, BAD, NULL, SET));
  CALL(syscall(SYS_ppoll, &entry, 1, &wrong, NULL, SET));
  CALL(syscall(SYS_ppoll, &entry, 1, &zero, BAD, SET));
  CALL(syscall(SYS_ppoll, &entry, 1, &zero, &set, 4));
  CALL(syscall(SYS_pselect6, 1, BAD, NULL, NULL, &zero, NULL));
  CALL(syscall(SYS_pselect6, 0, NULL, NULL, NULL, BAD, NULL));
  CALL(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &zero, BAD));
  CALL(syscall(SYS_pselect6, -1, NULL, NULL, NULL, &zero, NULL));
  CALL(syscall(SYS_nanosleep, BAD, NULL));
  CALL(syscall(SYS_rt_sigaction, SIGUSR1, BAD, NULL, SET));
  CALL(syscall(SYS_rt_sigaction, SIGUSR1, NULL, BAD, SET));
  CALL(syscall(SYS_rt_sigaction, SIGUSR1, NULL, action, 4));
  CALL(syscall(SYS_rt_sigaction, SIGKILL, action, NULL, SET));
  CALL(syscall(SYS_rt_sigaction, 65, NULL, action, SET));
  CALL(syscall(SYS_rt_sigpending, BAD, SET));
  CALL(syscall(SYS_rt_sigpending, &set, 16));
  CALL(syscall(SYS_rt_sigprocmask, 7, &set, NULL, SET));
  CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, BAD, NULL, SET));
  CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, BAD, SET));
  CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &set, 4));
  CALL(syscall(SYS_rt_sigsuspend, BAD, SET));
  CALL(syscall(SYS_rt_sigsuspend, &set, 4));
  CALL(syscall(SYS_rt_sigtimedwait, BAD, NULL, &zero, SET));
  CALL(syscall(SYS_rt_sigtimedwait, &set, NULL, BAD, SET));
  CALL(syscall(SYS_rt_sigtimedwait, &set, NULL, &wrong, SET));
  CALL(syscall(SYS_rt_sigtimedwait, &set, NULL, &zero, 4));
  CALL(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, BAD));
  CALL(syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGUSR1, BAD));
  CALL(syscall(SYS_signalfd4, -1, BAD, SET, 0));
  CALL(syscall(SYS_signalfd4, 99, &set, SET, 0));
  CALL(syscall(SYS_wait4, -1, NULL, 0, NULL));
  CALL(syscall(SYS_waitid, P_PID, 0, &info, WEXITED, NULL));
  CALL(syscall(SYS_waitid, 9, 1, &info, WEXITED, NULL));
  CALL(syscall(SYS_waitid, P_PIDFD, 99, &info, WEXITED, NULL));
  pid_t child = fork();
  if (!child) _exit(0);
  CALL(syscall(SYS_waitid, P_PID, child, BAD, WEXITED | WNOWAIT, NULL));
  CALL(syscall(SYS_wait4, child, BAD, 0, NULL));
  CALL(syscall(SYS_wait4, child, NULL, 0, NULL));
  CALL(syscall(SYS_pidfd_send_signal, 99, 0, NULL, 0));
}

static void timers(void) {
  struct itimerspec setting = {{0, 0}, {0, 0}}, wrong = {{0, 0}, {0, -1}};
  struct itimerval value;
  long bad[4] = {0, 1000000, 0, 0};
  int timer = -1, fd = timerfd_create(CLOCK_MONOTONIC, 0), other = open("/dev/null", O_RDWR);
  CALL(syscall(SYS_timer_create, CLOCK_REALTIME, NULL, BAD));
  CALL(syscall(SYS_timer_create, 77, NULL, &timer));
  CALL(syscall(SYS_timer_create, CLOCK_REALTIME, NULL, &timer));
  CALL(syscall(SYS_timer_gettime, timer, BAD));
  CALL(syscall(SYS_timer_gettime, timer + 9, &setting));
  CALL(syscall(SYS_timer_settime, timer, 0, BAD, NULL));
  CALL(syscall(SYS_timer_settime, timer, 0, &wrong, NULL));
  CALL(syscall(SYS_timer_settime, timer, 0, &setting, BAD));
  CALL(syscall(SYS_timer_settime, timer, 0, NULL, NULL));
  CALL(syscall(SYS_timer_settime, timer + 9, 0, &setting, NULL));
  CALL(syscall(SYS_timer_getoverrun, timer + 9));
  CALL(syscall(SYS_timer_delete, timer + 9));
  CALL(syscall(SYS_timer_delete, timer));
  CALL(syscall(SYS_timerfd_create, 77, 0));
  CALL(syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 1));
  CALL(syscall(SYS_timerfd_gettime, other, &setting));
  CALL(syscall(SYS_timerfd_gettime, 99, &setting));
  CALL(syscall(SYS_timerfd_gettime, fd, BAD));
  CALL(syscall(SYS_timerfd_settime, other, 0, &setting, NULL));
  CALL(syscall(SYS_timerfd_settime, 99, 0, &setting, NULL));
  CALL(syscall(SYS_timerfd_settime, fd, 0, BAD, NULL));
  CALL(syscall(SYS_timerfd_settime, fd, 64, &setting, NULL));
  CALL(syscall(SYS_timerfd_settime, fd, 0, &wrong, NULL));
  CALL(read(fd, &timer, 4));
  CALL(syscall(SYS_setitimer, ITIMER_REAL, BAD, NULL));
  CALL(syscall(SYS_setitimer, ITIMER_REAL, bad, NULL));
  CALL(syscall(SYS_setitimer, 5, &value, NULL));
  CALL(syscall(SYS_getitimer, ITIMER_REAL, BAD));
  CALL(syscall(SYS_getitimer, 5, &value));
  CALL(syscall(SYS_settimeofday, BAD, NULL));
  CALL(syscall(SYS_times, BAD));
  close(fd);
  close(other);
}

static stack_t alternate;
static void on_alternate(int number) {
  (void)number;
  CALL(syscall(SYS_sigaltstack, &alternate, NULL));
}

static void alternate_stacks(void) {
  static char room[65536];
  stack_t small = {room, 0, 100}, flags = {room, 77, sizeof room};
  CALL(syscall(SYS_sigaltstack, &small, NULL));
  CALL(syscall(SYS_sigaltstack, &flags, NULL));
  CALL(syscall(SYS_sigaltstack, BAD, NULL));
  CALL(syscall(SYS_sigaltstack, NULL, BAD));
  alternate = (stack_t){room, 0, sizeof room};
  sigaltstack(&alternate, NULL);
  struct sigaction action = {.sa_handler = on_alternate, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR2, &action, NULL);
  raise(SIGUSR2);
}

/* From another user to this process, and with no room for one more signal. */
static void rights(void) {
  pid_t root = getpid(), child = fork();
  siginfo_t info = {.si_code = SI_QUEUE};
  if (!child) {
    if (setuid(NOBODY)) _exit(1);
    CALL(kill(root, 0));
    CALL(syscall(SYS_tkill, root, SIGUSR1));
    CALL(syscall(SYS_tgkill, root, root, SIGUSR1));
    CALL(syscall(SYS_rt_sigqueueinfo, root, SIGUSR1, &info));
    CALL(syscall(SYS_rt_tgsigqueueinfo, root, root, SIGUSR1, &info));
    int fd = syscall(SYS_pidfd_open, root, 0);
    CALL(syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0));
    struct rlimit limit = {0, 0};
    setrlimit(RLIMIT_SIGPENDING, &limit);
    unsigned long queued = 1ul << 39;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &queued, NULL, SET);
    pid_t self = getpid();
    CALL(syscall(SYS_rt_sigqueueinfo, self, 40, &info));
    CALL(syscall(SYS_rt_tgsigqueueinfo, self, self, 40, &info));
    CALL(syscall(SYS_tkill, self, 40));
    int timer;
    CALL(syscall(SYS_timer_create, CLOCK_REALTIME, NULL, &timer));
    struct timeval now = {1, 0};
    CALL(syscall(SYS_settimeofday, &now, NULL));
    _exit(0);
  }
  reap(child);
}

int main(void) {
  start();
  interrupted_calls();
  bad_arguments();
  timers();
  alternate_stacks();
  rights();
}
