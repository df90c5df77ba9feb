/* timer_create(2), setitimer(2), sched(7), prlimit(2): values and errors. */
#include "check.h"
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

static volatile int ticks, virtuals;
static void on_tick(int signal) { (void)signal, ticks++; }
static void on_virtual(int signal) { (void)signal, virtuals++; }

static void posix_timers(void) {
  timer_t timer;
  struct itimerspec spec = {{0, 5000000}, {0, 5000000}}, now;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  signal(SIGUSR1, on_tick);
  CALL(timer_create(CLOCK_MONOTONIC, &event, &timer));
  CALL(timer_settime(timer, 0, &spec, 0));
  while (ticks < 3) pause();
  CALL(timer_gettime(timer, &now));
  printf("interval %ld left %d\n", now.it_interval.tv_nsec, now.it_value.tv_nsec <= 5000000);
  CALL(timer_settime(timer, 0, &(struct itimerspec){0}, &now));
  CALL(timer_gettime(timer, &now));
  printf("disarmed %ld\n", now.it_value.tv_nsec);
  CALL(timer_delete(timer));
  CALL(syscall(SYS_timer_delete, 12345));
  CALL(timer_create(77, &event, &timer));
  event.sigev_signo = 99;
  CALL(timer_create(CLOCK_REALTIME, &event, &timer));
}

static void interval_timers(void) {
  struct itimerval timer = {{0, 0}, {0, 20000}}, old;
  signal(SIGVTALRM, on_virtual);
  CALL(setitimer(ITIMER_VIRTUAL, &timer, 0));
  usleep(50000);
  printf("asleep: %d\n", virtuals);
  while (!virtuals) continue;
  printf("busy: %d\n", virtuals);
  CALL(getitimer(ITIMER_VIRTUAL, &old));
  printf("left %ld\n", (long)old.it_value.tv_usec);
  timer.it_value.tv_usec = 1000000;
  CALL(setitimer(ITIMER_REAL, &timer, 0));
  CALL(setitimer(7, &timer, 0));
}

static void scheduling(void) {
  struct sched_param parameter = {0};
  struct timespec slice;
  cpu_set_t set;
  VALUE(syscall(SYS_sched_getscheduler, 0));
  VALUE(sched_get_priority_max(SCHED_FIFO));
  VALUE(sched_get_priority_min(SCHED_FIFO));
  VALUE(sched_get_priority_max(SCHED_OTHER));
  CALL(sched_get_priority_max(42));
  parameter.sched_priority = 100;
  CALL(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &parameter));
  parameter.sched_priority = 0;
  CALL(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &parameter));
  CALL(syscall(SYS_sched_setscheduler, 0, SCHED_BATCH, &parameter));
  VALUE(syscall(SYS_sched_getscheduler, 0));
  CALL(syscall(SYS_sched_setscheduler, 99999999, SCHED_OTHER, &parameter));
  CALL(sched_rr_get_interval(0, &slice));
  CPU_ZERO(&set);
  CALL(sched_setaffinity(0, sizeof set, &set));
  CALL(sched_getaffinity(0, sizeof set, &set));
  printf("own hart allowed %d\n", CPU_ISSET(sched_getcpu(), &set) != 0);
  CALL(sched_yield());
}

static void limits(void) {
  struct rlimit old, now = {100, 50};
  CALL(getrlimit(99, &old));
  CALL(setrlimit(RLIMIT_NOFILE, &now));
  now = (struct rlimit){20, 4000};
  CALL(setrlimit(RLIMIT_NOFILE, &now));
  CALL(prlimit(0, RLIMIT_NOFILE, 0, &old));
  printf("%ld %ld\n", (long)old.rlim_cur, (long)old.rlim_max);
  CALL(dup2(0, 20));
  CALL(dup2(0, 19));
  pid_t pid = fork();
  if (pid == 0) {
    setrlimit(RLIMIT_CPU, &(struct rlimit){1, 2});
    for (;;) continue;
  }
  reap(pid);
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  posix_timers();
  interval_timers();
  scheduling();
  limits();
  return 0;
}
