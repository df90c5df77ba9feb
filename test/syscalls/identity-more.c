/*
 * Groups, file-system ids, names, limits and times by the calls' own numbers, as no C library asks for them: setregid, getresgid,
 * setfsgid, setfsuid, getgid, setdomainname, getrlimit, setrlimit, times, gettimeofday, settimeofday, sched_setparam, tgkill.
 */
#include "check.h"
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>

#define BAD ((void *)8)

static void groups(void) {
  gid_t real, effective, saved;
  CALL(syscall(SYS_setresgid, 10, 20, 30));
  CALL(syscall(SYS_getresgid, &real, &effective, &saved));
  printf("%d %d %d\n", real, effective, saved);
  VALUE(syscall(SYS_getgid));
  VALUE(syscall(SYS_getegid));
  CALL(syscall(SYS_getresgid, BAD, &effective, &saved));
  CALL(syscall(SYS_getresgid, &real, BAD, &saved));
  CALL(syscall(SYS_getresgid, &real, &effective, BAD));
  /* The saved one follows the effective one when the real one is set. */
  CALL(syscall(SYS_setregid, 40, -1));
  CALL(syscall(SYS_getresgid, &real, &effective, &saved));
  printf("%d %d %d\n", real, effective, saved);
  CALL(syscall(SYS_setregid, -1, 50));
  CALL(syscall(SYS_getresgid, &real, &effective, &saved));
  printf("%d %d %d\n", real, effective, saved);
  /* What it was is returned, whether it changed or not. */
  VALUE(syscall(SYS_setfsgid, 60));
  VALUE(syscall(SYS_setfsgid, -1));
  VALUE(syscall(SYS_setfsuid, 70));
  VALUE(syscall(SYS_setfsuid, -1));
  int fd = open("by-another", O_CREAT | O_WRONLY, 0600);
  struct stat st;
  /* The directory is root's: with another fsuid the capabilities for files are gone. */
  printf("created: %d\n", fd >= 0);
  VALUE(syscall(SYS_setfsuid, 0));
  fd = open("by-group", O_CREAT | O_WRONLY, 0600);
  CALL(fstat(fd, &st));
  printf("%d %d\n", st.st_uid, st.st_gid);
  CALL(syscall(SYS_setresuid, 5, 5, 5));
  CALL(syscall(SYS_setregid, 41, -1));
  CALL(syscall(SYS_setregid, -1, 40));
  CALL(syscall(SYS_setregid, 50, -1));
  CALL(syscall(SYS_setresgid, 40, 50, 60));
  VALUE(syscall(SYS_setfsgid, 99));
  VALUE(syscall(SYS_setfsgid, 40));
  VALUE(syscall(SYS_setfsuid, 99));
  VALUE(syscall(SYS_setfsuid, 5));
}

static void names(void) {
  struct utsname name;
  char text[66] = "";
  uname(&name);
  size_t length = strlen(name.domainname);
  CALL(syscall(SYS_setdomainname, name.domainname, length));
  CALL(syscall(SYS_setdomainname, text, 65));
  CALL(syscall(SYS_setdomainname, text, -1));
  CALL(syscall(SYS_setdomainname, BAD, 3));
  pid_t pid = fork();
  if (pid == 0) {
    if (setresuid(1, 1, 1)) _exit(1);
    CALL(syscall(SYS_setdomainname, name.domainname, length));
    CALL(syscall(SYS_setdomainname, text, 65));
    _exit(0);
  }
  reap(pid);
}

static void limits(void) {
  struct rlimit limit = {0, 0};
  CALL(syscall(SYS_getrlimit, RLIMIT_CORE, BAD));
  CALL(syscall(SYS_getrlimit, 16, &limit));
  CALL(syscall(SYS_setrlimit, RLIMIT_CORE, BAD));
  CALL(syscall(SYS_setrlimit, 16, &limit));
  limit = (struct rlimit){100, 200};
  CALL(syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit));
  CALL(syscall(SYS_getrlimit, RLIMIT_NOFILE, &limit));
  printf("%ld %ld\n", (long)limit.rlim_cur, (long)limit.rlim_max);
  limit = (struct rlimit){101, 100};
  CALL(syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit));
  limit = (struct rlimit){1, 1l << 40};
  CALL(syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit));
  pid_t pid = fork();
  if (pid == 0) {
    if (setresuid(1, 1, 1)) _exit(1);
    limit = (struct rlimit){100, 201};
    CALL(syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit));
    limit = (struct rlimit){5, 6};
    CALL(syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit));
    _exit(0);
  }
  reap(pid);
}

static void clocks(void) {
  struct tms used;
  struct timeval now, other;
  struct timezone zone;
  VALUE(syscall(SYS_times, &used) > 0);
  printf("%d %d\n", used.tms_utime >= 0 && used.tms_utime < 1000, used.tms_cutime >= 0);
  VALUE(syscall(SYS_times, NULL) > 0);
  CALL(syscall(SYS_times, BAD));
  CALL(syscall(SYS_gettimeofday, &now, &zone));
  printf("%d %d %d\n", now.tv_usec >= 0 && now.tv_usec < 1000000, zone.tz_minuteswest, zone.tz_dsttime);
  gettimeofday(&other, NULL);
  printf("%d\n", other.tv_sec - now.tv_sec < 60);
  CALL(syscall(SYS_gettimeofday, NULL, NULL));
  CALL(syscall(SYS_gettimeofday, BAD, NULL));
  CALL(syscall(SYS_gettimeofday, NULL, BAD));
  /* Nothing is set: the clock is the host's too. */
  CALL(syscall(SYS_settimeofday, NULL, NULL));
  CALL(syscall(SYS_settimeofday, BAD, NULL));
  CALL(syscall(SYS_settimeofday, NULL, BAD));
  now.tv_usec = 1000000;
  CALL(syscall(SYS_settimeofday, &now, NULL));
  now.tv_usec = -1;
  CALL(syscall(SYS_settimeofday, &now, NULL));
  now = (struct timeval){-1, 0};
  CALL(syscall(SYS_settimeofday, &now, NULL));
  zone.tz_minuteswest = 16 * 60;
  CALL(syscall(SYS_settimeofday, NULL, &zone));
  pid_t pid = fork();
  if (pid == 0) {
    if (setresuid(1, 1, 1)) _exit(1);
    gettimeofday(&now, NULL);
    CALL(syscall(SYS_settimeofday, &now, NULL));
    CALL(syscall(SYS_settimeofday, NULL, NULL));
    CALL(syscall(SYS_settimeofday, NULL, BAD));
    CALL(syscall(SYS_settimeofday, NULL, &zone));
    CALL(syscall(SYS_settimeofday, BAD, NULL));
    _exit(0);
  }
  reap(pid);
}

static void others(void) {
  struct sched_param parameter = {0};
  CALL(syscall(SYS_sched_setparam, 0, &parameter));
  parameter.sched_priority = 1;
  CALL(syscall(SYS_sched_setparam, 0, &parameter));
  CALL(syscall(SYS_sched_setparam, 0, NULL));
  CALL(syscall(SYS_sched_setparam, 0, BAD));
  CALL(syscall(SYS_sched_setparam, -1, &parameter));
  parameter.sched_priority = 0;
  CALL(syscall(SYS_sched_setparam, 99999999, &parameter));
  pid_t pid = getpid();
  CALL(syscall(SYS_tgkill, pid, pid, 0));
  CALL(syscall(SYS_tgkill, pid, pid, 65));
  CALL(syscall(SYS_tgkill, pid, 0, 0));
  CALL(syscall(SYS_tgkill, 0, pid, 0));
  CALL(syscall(SYS_tgkill, 1, pid, 0));
  CALL(syscall(SYS_tkill, pid, 0));
  CALL(syscall(SYS_tkill, 0, 0));
  CALL(syscall(SYS_tkill, 99999999, 0));
}

int main(void) {
  start();
  names();
  limits();
  clocks();
  others();
  groups();
  return 0;
}
