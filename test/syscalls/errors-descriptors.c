/* What calls on a descriptor (names a-m) say of a bad one, of a bad buffer, and when no descriptor is free. */
#include "rows.h"
#include <grp.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>

static char buffer[4096];
static int ends[2];

static void calls(const char *kind, int fd) {
  struct epoll_event event = {.events = EPOLLIN};
  int length = 0;
  TRY(fstatfs, fd, buffer);
  TRY(fstatfs, fd, BAD);
  TRY(fstat, fd, buffer);
  TRY(fstat, fd, BAD);
  TRY(getdents64, fd, buffer, 4096);
  TRY(fchdir, fd);
  TRY(fchmod, fd, 0644);
  TRY(fchown, fd, -1, -1);
  TRY(ftruncate, fd, 0);
  TRY(fallocate, fd, 0, 0, 0);
  TRY(lseek, fd, 0, 99);
  TRY(fsync, fd);
  TRY(fdatasync, fd);
  TRY(flock, fd, 99);
  TRY(flock, fd, 16);
  TRY(flock, fd, LOCK_UN);
  TRY(fcntl, fd, 9999, 0);
  TRY(fcntl, fd, F_GETLK, BAD);
  TRY(fcntl, fd, F_SETLK, BAD);
  TRY(fcntl, fd, F_GETOWN_EX, BAD);
  TRY(fcntl, fd, F_SETOWN_EX, BAD);
  TRY(ioctl, fd, 0x1234, 0);
  TRY(ioctl, fd, 0x5421 /* FIONBIO */, BAD);
  TRY(fsetxattr, fd, "user.a", "1", 1, 3);
  TRY(fsetxattr, fd, "other.a", "1", 1, 0);
  TRY(fgetxattr, fd, "other.a", buffer, 10);
  TRY(fgetxattr, fd, "user.a", buffer, 10);
  TRY(fremovexattr, fd, "other.a");
  TRY(flistxattr, fd, buffer, 1 << 20);
  TRY(dup, fd);
  TRY(dup3, fd, fd, 0);
  TRY(dup3, fd, 30, 1);
  TRY(dup3, fd, 1 << 30, 0);
  TRY(inotify_rm_watch, fd, 1);
  TRY(inotify_add_watch, fd, ".", 1);
  TRY(epoll_ctl, fd, EPOLL_CTL_ADD, ends[0], &event);
  TRY(epoll_pwait, fd, buffer, 1, 0, NULL, 8);
  TRY(epoll_pwait2, fd, buffer, 1, &(struct timespec){0}, NULL, 8);
  TRY(fadvise64, fd, 0, 0, 99);
  TRY(copy_file_range, fd, NULL, fd, NULL, 0, 0);
  TRY(mmap, NULL, 4096, 1, 2, fd, 0);
  TRY(mq_timedsend, fd, "a", 1, 0, NULL);
  TRY(mq_timedreceive, fd, buffer, 4096, NULL, NULL);
  TRY(mq_getsetattr, fd, NULL, buffer);
  TRY(mq_notify, fd, NULL);
  TRY(bind, fd, buffer, 16);
  TRY(listen, fd, 1);
  TRY(accept, fd, NULL, NULL);
  TRY(accept4, fd, NULL, NULL, 0);
  TRY(connect, fd, buffer, 16);
  TRY(getsockname, fd, buffer, &length);
  TRY(getpeername, fd, buffer, &length);
  TRY(getsockopt, fd, SOL_SOCKET, SO_TYPE, buffer, &length);
  TRY(fsconfig, fd, 6, NULL, NULL, 0);
  TRY(fsmount, fd, 0, 0);
  TRY(fanotify_mark, fd, 1, 2, AT_FDCWD, ".");
  TRY(mount_setattr, fd, "x", 0, (unsigned long[4]){2}, 32);
  TRY(move_mount, fd, "x", AT_FDCWD, "y", 0);
  TRY(fspick, fd, "x", 0);
}

static void addresses(void) {
  const char *kind = "fault";
  char long_name[300];
  memset(long_name, 'x', 299);
  long_name[299] = 0;
  int folder = open(".", O_RDONLY), epoll = epoll_create1(0), pipes[2];
  pipe(pipes);
  write(pipes[1], "a", 1);
  struct epoll_event event = {.events = EPOLLIN};
  epoll_ctl(epoll, EPOLL_CTL_ADD, pipes[0], &event);
  TRY(getdents64, folder, BAD, 4096);
  TRY(getdents64, folder, buffer, 8);
  TRY(epoll_pwait, epoll, BAD, 1, 0, NULL, 8);
  TRY(epoll_pwait, epoll, buffer, 1, 0, BAD, 8);
  TRY(epoll_pwait, epoll, buffer, 1, 0, buffer, 4);
  TRY(epoll_pwait2, epoll, buffer, 1, BAD, NULL, 8);
  TRY(epoll_ctl, epoll, EPOLL_CTL_ADD, pipes[1], BAD);
  TRY(getcwd, BAD, 4096);
  TRY(getcwd, buffer, 0);
  TRY(getgroups, 2, BAD);
  TRY(getitimer, 0, BAD);
  TRY(getitimer, 9, buffer);
  TRY(getresuid, BAD, buffer, buffer);
  TRY(getresgid, buffer, buffer, BAD);
  TRY(getrusage, RUSAGE_SELF, BAD);
  TRY(getrandom, BAD, 10, 0);
  TRY(clock_settime, 0, BAD);
  TRY(clock_getres, 0, BAD);
  TRY(clock_nanosleep, 0, 0, BAD, NULL);
  TRY(clock_adjtime, 0, BAD);
  TRY(capset, BAD, NULL);
  TRY(io_setup, 1, BAD);
  TRY(io_getevents, 1234567, 0, 1, buffer, NULL);
  TRY(io_cancel, 1234567, buffer, buffer);
  TRY(io_submit, 1234567, 1, buffer);
  TRY(memfd_create, BAD, 0);
  TRY(memfd_create, long_name, 0);
  TRY(add_key, BAD, "a", "b", 1, -2);
  TRY(add_key, "user", BAD, "b", 1, -2);
  TRY(add_key, "user", "a", BAD, 1, -2);
  TRY(keyctl, 1, BAD);
  TRY(keyctl, 6 /* describe */, -2, BAD, 400);
  TRY(keyctl, 999);
  TRY(mq_open, BAD, O_RDONLY, 0, NULL);
  TRY(mq_unlink, BAD);
  TRY(mq_unlink, long_name);
  TRY(fanotify_mark, 99, 1, 2, AT_FDCWD, BAD);
  TRY(fanotify_mark, folder, 1, 2, AT_FDCWD, BAD);
  TRY(inotify_add_watch, 99, BAD, 1);
  TRY(inotify_add_watch, folder, BAD, 1);
  TRY(inotify_add_watch, 99, BAD, 0);
  TRY(fspick, AT_FDCWD, BAD, 99);
  TRY(move_mount, AT_FDCWD, BAD, AT_FDCWD, BAD, 0x1000);
  TRY(fanotify_mark, syscall(SYS_fanotify_init, 0, 0), 1, 2, AT_FDCWD, BAD);
  TRY(getpriority, 9, 0);
  TRY(getpriority, PRIO_PROCESS, 4000000);
  TRY(getsid, 4000000);
  TRY(getpgid, -1);
  TRY(ioprio_get, 1, 4000000);
  TRY(ioprio_set, 1, 4000000, 0);
  TRY(get_robust_list, 4000000, buffer, buffer);
  TRY(kcmp, 4000000, 1, 0, 0, 0);
  TRY(kcmp, getpid(), getpid(), 99, 0, 0);
  TRY(kcmp, getpid(), getpid(), 0, 999, 0);
  TRY(kill, 4000000, 0);
  TRY(kill, getpid(), 99);
  TRY(gettimeofday, BAD, NULL);
  TRY(getcpu, BAD, NULL, NULL);
  TRY(membarrier, 1 << 30, 0, 0);
  TRY(close_range, 5, 4, 0);
  TRY(close_range, 500, 501, 99);
}

static void full(void) {
  const char *kind = "full";
  int address[4] = {0}, length = 16;
  int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), other = socket(AF_UNIX, SOCK_STREAM, 0);
  char name[16] = {1, 0, 0, 'e', 'r', 'r', 'o', 'r', 'f', 'u', 'l', 'l'};
  bind(listening, (void *)name, 12);
  listen(listening, 1);
  connect(other, (void *)name, 12);
  setrlimit(RLIMIT_NOFILE, &(struct rlimit){20, 20});
  while (dup(0) >= 0) continue;
  TRY(dup, 0);
  TRY(dup3, 0, 19, 0);
  TRY(dup3, 0, 19, 1);
  TRY(dup3, 0, 20, 0);
  TRY(fcntl, 0, F_DUPFD, 3);
  TRY(fcntl, 0, F_DUPFD, 20);
  TRY(fcntl, 0, F_DUPFD_CLOEXEC, -1);
  TRY(eventfd2, 0, 0);
  TRY(epoll_create1, 0);
  TRY(inotify_init1, 0);
  TRY(memfd_create, "a", 0);
  TRY(mq_open, "errors-full", O_RDWR | O_CREAT, 0600, NULL);
  TRY(mq_unlink, "errors-full");
  TRY(accept, listening, address, &length);
  TRY(accept4, listening, address, &length, 0);
  TRY(fanotify_init, 0, 0);
  TRY(fsopen, "tmpfs", 0);
  TRY(fspick, AT_FDCWD, "/", 0);
}

int main(void) {
  start();
  pipe(ends);
  setgroups(2, (gid_t[]){0, 1});
  calls("not open", 99);
  calls("negative", -1);
  int file = open("plain", O_CREAT | O_RDWR, 0644), path = open("plain", O_PATH);
  calls("path only", path);
  calls("file", file);
  addresses();
  full();
}
