/* Calls (names n-z) that are given a number, an option or a structure: no room, no right, too much, gone. */
#include "rows.h"
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>

#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif
#define SYS_process_mrelease 448
enum { KEY_SETPERM = 5, KEY_READ = 11, KEY_SET_TIMEOUT = 15, KEY_JOIN = 1, KEY_ID = 0, PROCESS_RING = -2, SESSION_RING = -3, THREAD_RING = -1 };

static const int NOBODY = 65534;
static char room[70000];

/* In an IPC namespace of its own, where that can be: the limits are this program's only. */
static void set(const char *path, const char *text) {
  int fd = open(path, O_WRONLY);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) printf("%s: %s\n", path, strerror(errno));
  close(fd);
}

static void get(const char *path, char *text, size_t size) {
  int fd = open(path, O_RDONLY);
  long length = read(fd, text, size - 1);
  text[length < 0 ? 0 : length] = 0;
  close(fd);
}

static void system_v(void) {
  const char *kind = "full";
  char sem[100], most[100], all[100];
  syscall(SYS_unshare, 0x08000000);
  get("/proc/sys/kernel/sem", sem, sizeof sem);
  get("/proc/sys/kernel/shmmni", most, sizeof most);
  get("/proc/sys/kernel/shmall", all, sizeof all);
  set("/proc/sys/kernel/sem", "250 10 20 2");
  set("/proc/sys/kernel/shmmni", "1");
  int first = semget(IPC_PRIVATE, 5, 0600);
  TRY(semget, IPC_PRIVATE, 6, 0600);
  int second = semget(IPC_PRIVATE, 5, 0600);
  TRY(semget, IPC_PRIVATE, 1, 0600);
  semctl(first, 0, IPC_RMID);
  semctl(second, 0, IPC_RMID);
  int segment = shmget(IPC_PRIVATE, 65536, 0600);
  TRY(shmget, IPC_PRIVATE, 4096, 0600);
  set("/proc/sys/kernel/shmmni", most);
  set("/proc/sys/kernel/shmall", "17");
  TRY(shmget, IPC_PRIVATE, 8192, 0600);
  set("/proc/sys/kernel/shmall", all);
  set("/proc/sys/kernel/sem", sem);
  kind = "memory";
  pid_t pid = fork();
  if (pid == 0) {
    setrlimit(RLIMIT_AS, &(struct rlimit){4096, 4096});
    TRY(shmat, segment, NULL, 0);
    setrlimit(RLIMIT_AS, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
    setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){4096, 4096});
    shmctl(segment, IPC_SET, &(struct shmid_ds){.shm_perm = {.uid = NOBODY, .mode = 0600}});
    if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY)) _exit(1);
    TRY(shmctl, segment, SHM_LOCK, NULL);
    setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){0, 0});
    TRY(shmctl, segment, SHM_LOCK, NULL);
    TRY(shmget, IPC_PRIVATE, 4 << 20, SHM_HUGETLB | 0600);
    _exit(0);
  }
  reap(pid);
  shmctl(segment, IPC_RMID, NULL);
}

static void processes(void) {
  const char *kind = "process";
  TRY(wait4, (int)0x80000000, NULL, 0, NULL);
  char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct iovec hole = {pages, 4096};
  munmap(pages, 4096);
  int self = syscall(SYS_pidfd_open, getpid(), 0);
  TRY(process_madvise, self, &hole, 1L, 20L, 0L);
  TRY(process_madvise, self, BAD, 1L, 20L, 0L);
  TRY(process_madvise, self, &hole, 1L, 20L, 1L);
  TRY(process_mrelease, self, 1);
  TRY(process_mrelease, 99, 0);
  TRY(pidfd_send_signal, self, SIGUSR1, BAD, 0);
  TRY(pidfd_send_signal, self, SIGUSR1, NULL, 77);
  TRY(pidfd_getfd, self, 0, 1);
  TRY(pidfd_getfd, 99, 0, 0);
  struct { unsigned type, size; unsigned long long rest[14]; } count = {1, 64, {2}};
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  kind = "no descriptors";
  setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, limit.rlim_max});
  TRY(pidfd_getfd, self, 0, 0);
  TRY(pidfd_open, getpid(), 0);
  TRY(perf_event_open, &count, 0, -1, -1, 0L);
  setrlimit(RLIMIT_NOFILE, &limit);
  kind = "rseq";
  TRY(rseq, (void *)-4096L, 32, 0, 0x1234);
  TRY(rseq, BAD, 32, 0, 0x1234);
  kind = "prctl";
  TRY(prctl, PR_SET_NAME, BAD, 0L, 0L, 0L);
  pid_t pid = fork();
  if (pid == 0) {
    kind = "as nobody";
    if (setuid(NOBODY)) _exit(1);
    struct sock_filter filter[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    TRY(prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &(struct sock_fprog){1, filter}, 0L, 0L);
    TRY(prctl, PR_SET_MM, 1L, 0L, 0L, 0L);
    setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){0, 0});
    unsigned long queued = 1ul << 39;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &queued, NULL, 8);
    TRY(tgkill, getpid(), getpid(), 40);
    TRY(timerfd_create, 8, 0);
    TRY(timerfd_create, 9, 0);
    TRY(timerfd_create, 10, 0);
    _exit(0);
  }
  reap(pid);
}

/* The clock is set to what it is, which Linux tells of when that moves it. */
static void clocks(void) {
  const char *kind = "clock";
  struct timespec now;
  struct itimerspec far = {{0, 0}, {0, 0}}, old;
  clock_gettime(CLOCK_REALTIME, &now);
  far.it_value.tv_sec = now.tv_sec + 1000;
  int timer = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK), alarm = timerfd_create(8, TFD_NONBLOCK), plain = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
  TRY(timerfd_settime, timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL);
  TRY(timerfd_settime, alarm, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL);
  TRY(timerfd_settime, plain, TFD_TIMER_ABSTIME, &far, NULL);
  clock_gettime(CLOCK_REALTIME, &now);
  clock_settime(CLOCK_REALTIME, &now);
  TRY(timerfd_settime, timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, &old);
  timerfd_gettime(timer, &old);
  printf("armed %d\n", old.it_value.tv_sec > 900);
  TRY(timerfd_settime, timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, &old);
  TRY(timerfd_settime, plain, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, &old);
  TRY(read, alarm, room, 8);
  TRY(read, plain, room, 8);
  TRY(timerfd_settime, alarm, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL);
  close(timer);
  close(alarm);
  close(plain);
}

static void handler(int number) { (void)number; }

/* When nothing is left of the log, a reader waits. */
static void kernel_log(void) {
  const char *kind = "log";
  struct sigaction action = {.sa_handler = handler};
  struct itimerval tick = {{0, 10000}, {0, 10000}}, none = {{0, 0}, {0, 0}};
  TRY(syslog, 3, BAD, 60000);
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &tick, NULL);
  while (syscall(SYS_syslog, 2, room, sizeof room) > 0) continue;
  say("syslog", kind, -1);
  setitimer(ITIMER_REAL, &none, NULL);
}

#define ADD(name, bytes, ring) syscall(SYS_add_key, "user", name, room, (long)(bytes), ring)
static void keys(const char *kind) {
  long root = syscall(SYS_keyctl, KEY_JOIN, NULL, 0, 0, 0);
  TRY(request_key, "", "a", NULL, 0);
  TRY(request_key, ".user", "a", NULL, 0);
  TRY(request_key, "user", "a", NULL, -100);
  long found = ADD("found", 1, SESSION_RING), mortal = syscall(SYS_add_key, "keyring", "mortal", NULL, 0L, SESSION_RING);
  syscall(SYS_keyctl, KEY_SET_TIMEOUT, mortal, 1, 0, 0);
  pid_t pid = fork();
  if (pid == 0) {
    /* Linux collects what an earlier run left when it likes. */
    uid_t user = 100000 + getpid();
    if (setgid(user) || setuid(user)) _exit(1);
    kind = "keys of a user";
    syscall(SYS_keyctl, KEY_JOIN, NULL, 0, 0, 0);
    ADD("found", 1, SESSION_RING);
    TRY(request_key, "user", "found", NULL, root);
    long ring = syscall(SYS_add_key, "keyring", "ring", NULL, 0L, SESSION_RING);
    syscall(SYS_keyctl, KEY_ID, PROCESS_RING, 1, 0, 0);
    syscall(SYS_keyctl, KEY_ID, THREAD_RING, 1, 0, 0);
    for (int size = 8192, number = 0; size > 0; number++) {
      char name[8];
      snprintf(name, sizeof name, "k%d", number);
      if (ADD(name, size, SESSION_RING) < 0) size /= 2;
    }
    /* A link takes four bytes, another key more than that. */
    syscall(SYS_request_key, "user", "found", NULL, PROCESS_RING);
    syscall(SYS_request_key, "user", "found", NULL, THREAD_RING);
    TRY(request_key, "user", "found", NULL, ring);
    _exit(0);
  }
  reap(pid);
  /* A second, and then it is over. */
  while (syscall(SYS_keyctl, KEY_READ, mortal, NULL, 0, 0) >= 0) usleep(20000);
  printf("found %d\n", syscall(SYS_request_key, "user", "found", NULL, 0) == found);
  TRY(request_key, "user", "found", NULL, mortal);
}

int main(void) {
  start();
  memset(room, 'x', sizeof room);
  keys("keys");
  processes();
  clocks();
  kernel_log();
  system_v();
}
