/* CPU-time clocks and timers on them, clock_nanosleep on every clock, timerfd in full, RLIMIT_RTTIME, ioprio, adjtimex. */
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>

static long raw_sleep(int clock, int flags, long ns) {
  struct timespec time = {ns / 1000000000, ns % 1000000000};
  return syscall(SYS_clock_nanosleep, clock, flags, &time, NULL);
}
static volatile int fired;
static void on_signal(int number) { (void)number, fired++; }
static void *burn(void *argument) {
  while (!*(volatile int *)argument) continue;
  return NULL;
}

static void cpu_clocks(void) {
  clockid_t clock;
  struct timespec time, resolution;
  pid_t child = fork();
  if (child == 0) for (;;) continue;
  CALL(clock_getcpuclockid(child, &clock));
  CALL(clock_gettime(clock, &time));
  CALL(clock_getres(clock, &resolution));
  printf("resolution %ld\n", resolution.tv_nsec);
  /* Until the child has used 30 ms of CPU time, which it does not before 30 ms have passed. */
  CALL(raw_sleep(clock, 0, 30000000));
  clock_gettime(clock, &time);
  VALUE(time.tv_sec > 0 || time.tv_nsec >= 30000000);
  CALL(clock_settime(clock, &time));
  kill(child, SIGKILL);
  reap(child);
  CALL(clock_gettime(clock, &time));
  CALL(raw_sleep(clock, 0, 1000));
  CALL(raw_sleep(CLOCK_THREAD_CPUTIME_ID, 0, 1000));
  CALL(raw_sleep(CLOCK_MONOTONIC_RAW, 0, 1000));
  CALL(raw_sleep(CLOCK_REALTIME_COARSE, 0, 1000));
  CALL(raw_sleep(77, 0, 1000));
  CALL(raw_sleep(CLOCK_TAI, 0, 1000));
  CALL(raw_sleep(CLOCK_BOOTTIME, 0, 1000));
  CALL(raw_sleep(CLOCK_REALTIME, TIMER_ABSTIME, 1000));
  /* Another thread uses the time that this one waits for. */
  int stop = 0;
  pthread_t thread;
  pthread_create(&thread, NULL, burn, &stop);
  CALL(raw_sleep(CLOCK_PROCESS_CPUTIME_ID, 0, 20000000));
  CALL(pthread_getcpuclockid(thread, &clock));
  CALL(clock_gettime(clock, &time));
  stop = 1;
  pthread_join(thread, NULL);
}

static void cpu_timers(void) {
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  struct itimerspec spec = {{0, 20000000}, {0, 20000000}}, left;
  signal(SIGUSR1, on_signal);
  CALL(timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer));
  CALL(timer_settime(timer, 0, &spec, NULL));
  usleep(60000);
  printf("asleep %d\n", fired);
  while (fired < 2) continue;
  CALL(timer_gettime(timer, &left));
  printf("interval %ld, left %d\n", left.it_interval.tv_nsec, left.it_value.tv_nsec > 0 && left.it_value.tv_nsec <= 20000000);
  CALL(timer_delete(timer));
  fired = 0;
  CALL(timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer));
  spec.it_interval.tv_nsec = 0;
  CALL(timer_settime(timer, 0, &spec, NULL));
  while (fired < 1) continue;
  CALL(timer_gettime(timer, &left));
  printf("disarmed %ld\n", left.it_value.tv_nsec);
  CALL(timer_delete(timer));
}

static void descriptors(void) {
  int fd = CALL(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
  uint64_t ticks = 0;
  CALL(timerfd_create(77, 0));
  CALL(timerfd_create(CLOCK_REALTIME, 1));
  CALL(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0));
  CALL(read(fd, &ticks, 8));
  CALL(read(fd, &ticks, 4));
  struct itimerspec spec = {{0, 0}, {0, 1000}};
  CALL(timerfd_settime(fd, 64, &spec, NULL));
  CALL(timerfd_settime(0, 0, &spec, NULL));
  CALL(timerfd_settime(fd, 0, (void *)8, NULL));
  spec.it_value.tv_nsec = 1000000000;
  CALL(timerfd_settime(fd, 0, &spec, NULL));
  uint64_t wanted = 5;
  CALL(ioctl(fd, _IOW('T', 0, uint64_t), &wanted));
  VALUE(read(fd, &ticks, 8));
  VALUE(ticks);
  wanted = 0;
  CALL(ioctl(fd, _IOW('T', 0, uint64_t), &wanted));
  CALL(ioctl(fd, _IOW('T', 9, uint64_t), &wanted));
  spec = (struct itimerspec){{7, 9}, {100, 0}};
  CALL(timerfd_settime(fd, 0, &spec, NULL));
  char path[64], line[128];
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
  FILE *file = fopen(path, "r");
  while (fgets(line, sizeof line, file))
    if (strncmp(line, "it_value", 8) && (strchr(line, ':') - line) > 4 && strncmp(line, "flags", 5) && strncmp(line, "mnt_id", 6))
      printf("%s", line);
  fclose(file);
  /* CANCEL_ON_SET: the clock is set in the guest only; natively the documented error is printed. */
  int wall = CALL(timerfd_create(CLOCK_REALTIME, 0));
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  spec = (struct itimerspec){{0, 0}, {now.tv_sec + 1000, 0}};
  CALL(timerfd_settime(wall, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &spec, NULL));
#ifdef __riscv
  clock_settime(CLOCK_REALTIME, &now);
  int result = read(wall, &ticks, 8);
  printf("cancelled: %s\n", result < 0 ? strerror(errno) : "not");
  /* A sleep until a time of the wall clock ends when that is set beyond it. */
  pid_t pid = fork();
  if (pid == 0) {
    usleep(20000);
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec += 2000;
    clock_settime(CLOCK_REALTIME, &now);
    _exit(0);
  }
  clock_gettime(CLOCK_REALTIME, &now);
  now.tv_sec += 1000;
  printf("slept %d\n", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &now, NULL));
  reap(pid);
  clock_gettime(CLOCK_REALTIME, &now);
  now.tv_sec -= 2000;
  clock_settime(CLOCK_REALTIME, &now);
#else
  printf("cancelled: %s\nslept 0\nchild exited 0\n", strerror(ECANCELED));
#endif
}

static void realtime_limit(void) {
  pid_t pid = fork();
  if (pid == 0) {
    struct rlimit limit = {50000, 200000};
    struct sched_param parameter = {.sched_priority = 1};
    setrlimit(RLIMIT_RTTIME, &limit);
    syscall(SYS_sched_setscheduler, 0, SCHED_RR, &parameter);
    for (;;) continue;
  }
  reap(pid);
}

static void io_priorities(void) {
  VALUE(syscall(SYS_ioprio_get, 1, 0));
  CALL(syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 3));
  VALUE(syscall(SYS_ioprio_get, 1, 0));
  VALUE(syscall(SYS_ioprio_get, 1, getpid()));
  CALL(syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 9));
  CALL(syscall(SYS_ioprio_set, 1, 0, 5 << 13));
  CALL(syscall(SYS_ioprio_set, 9, 0, 2 << 13));
  CALL(syscall(SYS_ioprio_set, 1, 4194000, 2 << 13));
  CALL(syscall(SYS_ioprio_get, 9, 0));
  CALL(syscall(SYS_ioprio_get, 1, 4194000));
  CALL(syscall(SYS_ioprio_set, 1, 0, 3 << 13));
  VALUE(syscall(SYS_ioprio_get, 1, 0));
  if (fork() == 0) {
    VALUE(syscall(SYS_ioprio_get, 1, 0));
    setresuid(1000, 1000, 1000);
    CALL(syscall(SYS_ioprio_set, 1, 0, 1 << 13));
    CALL(syscall(SYS_ioprio_set, 1, getppid(), 2 << 13));
    _exit(0);
  }
  wait(NULL);
}

static void adjusting(void) {
  struct timex timex = {0};
  VALUE(adjtimex(&timex) >= 0);
  VALUE(timex.tick);
  VALUE(timex.time.tv_sec > 1000000000);
  CALL(clock_adjtime(CLOCK_MONOTONIC, &timex));
  CALL(clock_adjtime(77, &timex));
  if (fork() == 0) {
    setresuid(1000, 1000, 1000);
    timex.modes = ADJ_STATUS;
    CALL(adjtimex(&timex));
    timex.modes = 0xa001;
    CALL(adjtimex(&timex) * 0);
    _exit(0);
  }
  wait(NULL);
  timex.modes = ADJ_TICK;
  timex.tick = 1;
  CALL(adjtimex(&timex));
}

int main(void) {
  start();
  cpu_clocks();
  cpu_timers();
  descriptors();
  realtime_limit();
  io_priorities();
  adjusting();
  return 0;
}
