/* Credentials, limits, times, names: set*id, groups, prlimit, getrusage, clock_*, nanosleep, uname, sysinfo, getrandom. */
#include "check.h"
#include <grp.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <time.h>

int main(void) {
  start();
  uid_t r, e, s;
  VALUE(getuid());
  gid_t groups[3] = {10, 20, 30};
  CALL(setgroups(3, groups));
  VALUE(getgroups(0, NULL));
  CALL(getgroups(2, groups));
  CALL(setresuid(1, 2, 3));
  getresuid(&r, &e, &s);
  printf("%d %d %d\n", r, e, s);
  CALL(setuid(9));
  CALL(setuid(3));
  getresuid(&r, &e, &s);
  printf("%d %d %d\n", r, e, s);
  CALL(setreuid(3, 1));
  getresuid(&r, &e, &s);
  printf("%d %d %d\n", r, e, s);
  CALL(setgroups(0, NULL));
  CALL(sethostname("x", 1));
  CALL(setpriority(PRIO_PROCESS, 0, -5));
  CALL(setpriority(PRIO_PROCESS, 0, 5));
  VALUE(getpriority(PRIO_PROCESS, 0));
  CALL(nice(-3));
  struct rlimit limit;
  CALL(getrlimit(RLIMIT_NOFILE, &limit));
  limit.rlim_cur = limit.rlim_max + 1;
  CALL(setrlimit(RLIMIT_NOFILE, &limit));
  limit.rlim_cur = 5;
  limit.rlim_max = 4;
  CALL(setrlimit(RLIMIT_CORE, &limit));
  CALL(getrlimit(99, &limit));
  struct timespec time, resolution;
  CALL(clock_gettime(CLOCK_MONOTONIC, &time));
  VALUE(time.tv_nsec >= 0 && time.tv_nsec < 1000000000);
  CALL(clock_gettime(99, &time));
  CALL(clock_getres(CLOCK_REALTIME, &resolution));
  CALL(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time));
  CALL(clock_settime(CLOCK_REALTIME, &time));
  time = (struct timespec){0, -1};
  CALL(nanosleep(&time, NULL));
  time = (struct timespec){0, 1000000};
  CALL(nanosleep(&time, NULL));
  struct timespec before, after;
  clock_gettime(CLOCK_MONOTONIC, &before);
  after = before;
  after.tv_nsec += 30000000;
  if (after.tv_nsec >= 1000000000) { after.tv_sec++; after.tv_nsec -= 1000000000; }
  VALUE(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &after, NULL));
  clock_gettime(CLOCK_MONOTONIC, &before);
  VALUE(before.tv_sec > after.tv_sec || (before.tv_sec == after.tv_sec && before.tv_nsec >= after.tv_nsec));
  struct itimerval timer = {{0, 0}, {100, 0}}, left;
  CALL(setitimer(ITIMER_REAL, &timer, NULL));
  getitimer(ITIMER_REAL, &left);
  VALUE(left.it_value.tv_sec);
  VALUE(alarm(0) > 90);
  struct utsname name;
  uname(&name);
  printf("%s\n", name.sysname);
  struct sysinfo info;
  CALL(sysinfo(&info));
  VALUE(info.totalram > 0 && info.procs > 0);
  unsigned char random[16];
  VALUE(getrandom(random, 16, 0));
  CALL(getrandom(random, 16, 0x77));
  CALL(prctl(PR_SET_NAME, "a-name-that-is-too-long"));
  char comm[17] = "";
  prctl(PR_GET_NAME, comm);
  printf("%s\n", comm);
  CALL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  VALUE(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  CALL(prctl(99999, 0, 0, 0, 0));
  struct rusage usage;
  /* Linux counts whole ticks: as long as one has not met this process, it is to go on. */
  int rounds = 0;
  do {
    for (volatile int i = 0; i < 30000000; i++) ;
    getrusage(RUSAGE_SELF, &usage);
  } while (usage.ru_utime.tv_sec == 0 && usage.ru_utime.tv_usec == 0 && ++rounds < 50);
  VALUE(usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec > 0);
  return 0;
}
