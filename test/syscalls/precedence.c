/* Which error comes first, and small rules that only a test suite asks for. */
#include "check.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#define FICLONE_ 0x40049409
#define TCGETA_ 0x5405
#define TCSETA_ 0x5406
#define UNKNOWN_MAP_FLAG 0x200000

struct termio_ {
  unsigned short words[4];
  unsigned char line, characters[8];
};

static void mappings(void) {
  int fd = open("mapped", O_CREAT | O_RDWR, 0600), zero = open("/dev/zero", O_RDONLY);
  ftruncate(fd, 4096);
  CALL(mmap(0, 0, PROT_READ, MAP_SHARED, 99, 0));
  CALL(mmap(0, 4096, PROT_READ, 0, 99, 0));
  CALL(mmap(0, 4096, PROT_READ, MAP_SHARED, 99, 1));
  CALL(mmap(0, 4096, PROT_READ, 3 | UNKNOWN_MAP_FLAG, fd, 0));
  CALL(mmap(0, 4096, PROT_READ, MAP_SHARED | UNKNOWN_MAP_FLAG, fd, 0));
  CALL(mmap(0, 4096, PROT_READ, 3 | MAP_NORESERVE | MAP_POPULATE | MAP_STACK, fd, 0));
  void *zeros = mmap(0, 4096, PROT_READ, MAP_SHARED, zero, 0);
  CALL(mprotect(zeros, 4096, PROT_READ | PROT_WRITE));
  CALL(mmap(0, 4096, PROT_WRITE, MAP_SHARED, zero, 0));
  close(zero);
  close(fd);
}

static void sharing(void) {
  int a = open("a", O_CREAT | O_RDWR, 0600), b = open("b", O_CREAT | O_WRONLY, 0600);
  int directory = open(".", O_RDONLY), other = open("/proc/self/status", O_RDONLY);
  int appending = open("b", O_WRONLY | O_APPEND);
  CALL(ioctl(b, FICLONE_, 99));
  CALL(ioctl(b, FICLONE_, other));
  CALL(ioctl(b, FICLONE_, directory));
  CALL(ioctl(a, FICLONE_, b));
  CALL(ioctl(appending, FICLONE_, a));
}

static void pipes(void) {
  int fds[2];
  pipe(fds);
  CALL(fcntl(fds[0], F_SETPIPE_SZ, 0));
  CALL(fcntl(fds[0], F_SETPIPE_SZ, (1u << 31) + 1));
  VALUE(fcntl(fds[0], F_SETPIPE_SZ, 5000));
  char full[8192] = {0};
  write(fds[1], full, sizeof full);
  CALL(fcntl(fds[0], F_SETPIPE_SZ, 4096));
  pid_t pid = fork();
  if (pid == 0) {
    setuid(65534);
    CALL(fcntl(fds[0], F_SETPIPE_SZ, 1 << 30));
    CALL(fcntl(fds[0], F_SETPIPE_SZ, 0x80000001u));
    _exit(0);
  }
  reap(pid);
}

static void clocks(void) {
  struct timespec t = {0};
  CALL(clock_settime(CLOCK_PROCESS_CPUTIME_ID, &t));
  CALL(clock_settime(CLOCK_THREAD_CPUTIME_ID, &t));
  CALL(clock_settime(-6, &t));
}

static void modes(void) {
  mkdir("group", 0777);
  chown("group", 65534, 12345);
  chmod("group", 02777);
  pid_t pid = fork();
  if (pid == 0) {
    struct stat s;
    setgid(65534);
    setuid(65534);
    umask(S_IXGRP);
    close(open("group/x", O_CREAT | O_WRONLY, 02777));
    stat("group/x", &s);
    printf("mode %o, group %d\n", s.st_mode, (int)s.st_gid);
    umask(0);
    close(open("group/y", O_CREAT | O_WRONLY, 02767));
    stat("group/y", &s);
    printf("mode %o, group %d\n", s.st_mode, (int)s.st_gid);
    _exit(0);
  }
  reap(pid);
}

static void old_terminals(void) {
  int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), number = 0, unlock = 0;
  char name[32];
  ioctl(master, TIOCSPTLCK, &unlock);
  ioctl(master, TIOCGPTN, &number);
  sprintf(name, "/dev/pts/%d", number);
  int slave = open(name, O_RDWR | O_NOCTTY);
  struct termio_ t = {0};
  CALL(ioctl(slave, TCGETA_, (void *)-1));
  CALL(ioctl(slave, TCGETA_, &t));
  printf("%x %x %x %x\n", t.words[0], t.words[1], t.words[2], t.words[3]);
  t.words[3] &= ~8;
  t.characters[4] = 7;
  CALL(ioctl(slave, TCSETA_, &t));
  memset(&t, 0, sizeof t);
  CALL(ioctl(slave, TCGETA_, &t));
  printf("%x %d\n", t.words[3], t.characters[4]);
  CALL(ioctl(open("a", O_RDONLY), TCGETA_, &t));
}

static void mounts(void) {
  struct statvfs s;
  char path[64];
  mkdir("m", 0700);
  mount("none", "m", "tmpfs", 256, 0);
  symlink("target", "m/link");
  close(open("m/target", O_CREAT | O_WRONLY, 0600));
  CALL(open("m/link", O_RDONLY));
  CALL(open("m/link", O_PATH | O_NOFOLLOW));
  statvfs("m", &s);
  int writer = open("m/target", O_WRONLY);
  CALL(mount(0, "m", 0, MS_REMOUNT | MS_RDONLY, 0));
  CALL(mount(0, "m", 0, MS_REMOUNT | MS_BIND | MS_RDONLY, 0));
  close(writer);
  CALL(mount(0, "m", 0, MS_REMOUNT | MS_BIND | MS_RDONLY, 0));
  CALL(open("m/link", O_RDONLY));
  CALL(open("m/target", O_WRONLY));
  CALL(umount2("m", MNT_DETACH));
  CALL(mount("m", "m", "ext2", 0, 0));
  CALL(mount("none at all", "m", "ext2", 0, 0));
  CALL(mount(0, "m", "ext2", 0, 0));
  close(open("plain", O_CREAT | O_WRONLY, 0600));
  sprintf(path, "/proc/self/fd/%d", open("plain", O_RDONLY));
  sprintf(path, "/proc/self/fd/%d", open(path, O_PATH | O_NOFOLLOW));
  CALL(mount("a", path, 0, MS_BIND, 0));
}

static void times(void) {
  struct stat before, after;
  mkdir("t", 0700);
  mount("none", "t", "tmpfs", MS_STRICTATIME, 0);
  int fd = open("t/file", O_CREAT | O_RDWR, 0600);
  char byte;
  fstat(fd, &before);
  usleep(20000);
  VALUE(read(fd, &byte, 1));
  fstat(fd, &after);
  printf("read at the end moved the access time: %d\n", memcmp(&before.st_atim, &after.st_atim, sizeof before.st_atim) != 0);
  close(fd);
  umount("t");
}

static void flags(void) {
  /* An int with the sign bit becomes a long: the upper half does not count. */
  long child = syscall(SYS_clone, (long)(int)0x80000000 | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) _exit(3);
  reap(child);
}

static void ranges(void) {
  int fd = open("range", O_CREAT | O_RDWR, 0600), directory = open(".", O_RDONLY), fds[2];
  pipe(fds);
  CALL(syscall(SYS_sync_file_range, fd, -1L, 1L, 1));
  CALL(syscall(SYS_sync_file_range, fd, 0L, -1L, 2));
  CALL(syscall(SYS_sync_file_range, fd, 0L, 1L, 8));
  CALL(syscall(SYS_sync_file_range, fds[0], 0L, 1L, 0));
  CALL(syscall(SYS_sync_file_range, fd, 0L, 0L, 7));
  CALL(copy_file_range(fd, 0, directory, 0, 1, 0));
  CALL(copy_file_range(fds[0], 0, fd, 0, 1, 0));
  char byte = 0;
  struct iovec one = {&byte, 1};
  CALL(pwrite(fds[0], &byte, 1, 0));
  CALL(pread(fds[1], &byte, 1, 0));
  CALL(pwritev(fds[0], &one, 1, 0));
  int memory = syscall(SYS_memfd_create, "m", 2);
  ftruncate(memory, 16384);
  fcntl(memory, 1033, 8);
  CALL(fallocate(memory, 3, 0, 8192));
  CALL(fallocate(memory, 0, 0, 8192));
  char text[128] = "text", before[256], after[256] = {0};
  memset(before, 0xff, sizeof before);
  pwrite(fd, before, sizeof before, 0);
  struct iovec bad[] = {{(void *)-4096, 64}, {text, 64}};
  CALL(writev(fd, bad, 2));
  pread(fd, after, sizeof after, 0);
  printf("untouched: %d\n", !memcmp(before, after, sizeof before));
  CALL(syscall(SYS_utimensat, AT_FDCWD, 0, 0, 0));
  CALL(syscall(SYS_utimensat, fd, 0, 0, AT_SYMLINK_NOFOLLOW));
  CALL(syscall(SYS_utimensat, fd, 0, 0, 0));
}

static volatile int has_siginfo;
static void handler(int signal, siginfo_t *info, void *context) {
  struct sigaction now;
  sigaction(signal, 0, &now);
  has_siginfo = (now.sa_flags & SA_SIGINFO) != 0;
}

static void signals(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_RESETHAND | SA_SIGINFO};
  sigaction(SIGUSR1, &action, 0);
  raise(SIGUSR1);
  printf("SA_SIGINFO stays: %d\n", has_siginfo);
  int timer;
  struct sigevent event = {.sigev_notify = 2, .sigev_signo = SIGALRM};
  CALL(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer));
  CALL(syscall(SYS_timer_settime, timer, 0, 0, 0));
  CALL(syscall(SYS_timer_settime, 12345, 0, 0, 0));
  CALL(syscall(SYS_timer_settime, timer, 0, (void *)-1, 0));
}

static void processes(void) {
  int word = 0, other = 0;
  CALL(syscall(SYS_futex, &word, FUTEX_REQUEUE, -1, 1L, &other, 0));
  CALL(syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE, 1, -1L, &other, 0));
  CALL(syscall(SYS_unshare, -1L));
  CALL(syscall(SYS_syslog, 100, &word, 0));
  CALL(syscall(SYS_syslog, 2, 0, 0));
  CALL(syscall(SYS_syslog, 3, &word, -1));
  CALL(syscall(SYS_syslog, 8, &word, 0));
  CALL(syscall(SYS_syslog, 8, &word, 9));
  CALL(syscall(SYS_syslog, 2, &word, 0));
  prctl(PR_SET_TIMERSLACK, 70000);
  pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_TIMERSLACK, 1);
    prctl(PR_SET_TIMERSLACK, 0);
    VALUE(prctl(PR_GET_TIMERSLACK));
    personality(0x4000000);
    struct timeval t = {0, 10};
    select(0, 0, 0, 0, &t);
    printf("left: %ld\n", (long)t.tv_usec);
    setuid(65534);
    CALL(syscall(SYS_vhangup));
    _exit(0);
  }
  reap(pid);
  struct sched_param parameter = {0};
  pid = fork();
  if (pid == 0) _exit(0);
  siginfo_t info;
  waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
  VALUE(syscall(SYS_sched_getscheduler, pid));
  CALL(syscall(SYS_sched_getparam, pid, &parameter));
  reap(pid);
}

static void expiry(void) {
  mkdir("e", 0700);
  mount("none", "e", "tmpfs", 0, 0);
  CALL(umount2("e", MNT_EXPIRE | MNT_FORCE));
  CALL(umount2("e", MNT_EXPIRE | MNT_DETACH));
  CALL(umount2("e", MNT_EXPIRE));
  access("e/x", F_OK);
  CALL(umount2("e", MNT_EXPIRE));
  CALL(umount2("e", MNT_EXPIRE));
  CALL(umount2("e", MNT_EXPIRE));
}

int main(void) {
  start();
  mappings();
  sharing();
  pipes();
  clocks();
  modes();
  old_terminals();
  mounts();
  times();
  flags();
  ranges();
  signals();
  processes();
  expiry();
  return 0;
}
