/* Which error comes first where two arguments are wrong (names a-m): all of some descriptors, paths, addresses and flags with each other. */
#include "rows.h"
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { EMPTY = 0x1000 /* AT_EMPTY_PATH */, UNKNOWN = 0x40000000, NOBODY = 4000000 };

static char buffer[8192];
static int descriptors[] = {99, -1, -1, -1, -1, -1, AT_FDCWD};
static const char *const DESCRIPTORS[] = {"not open", "negative", "file", "folder", "pipe", "place", "here"};
static const char *const PATHS[] = {(char *)8, "", "absent/x", "plain", "plain/x"};
static const char *const PATH_KINDS[] = {"fault", "empty", "absent", "file", "below a file"};
static void *const ADDRESSES[] = {(void *)8, buffer, NULL};
static const char *const ADDRESS_KINDS[] = {"fault", "buffer", "null"};

static void atCalls(const char *kind, int dir, const char *path, int flags) {
  TRY(mkdirat, dir, path, 0700);
  if (path != BAD) TRY(openat, dir, path, O_CREAT | O_DIRECTORY, 0600);
  if (path != BAD) TRY(openat, dir, path, 020000000 /* O_TMPFILE without a directory */ | O_RDWR, 0600);
  TRY(linkat, dir, path, AT_FDCWD, "plain", flags);
  TRY(linkat, AT_FDCWD, "absent", dir, path, flags);
  TRY(linkat, dir, "", dir, path, EMPTY);
  TRY(faccessat, dir, path, flags ? 99 : 0);
  TRY(faccessat2, dir, path, flags ? 99 : 0, 0);
  TRY(faccessat2, dir, path, 0, flags);
  TRY(faccessat2, dir, path, 0, EMPTY);
  TRY(fchmodat2, dir, path, 0644, flags);
  if (dir != descriptors[4]) TRY(fchmodat2, dir, path, 0644, EMPTY);
  TRY(fchownat, dir, path, -1, -1, flags);
  if (dir != descriptors[4]) TRY(fchownat, dir, path, -1, -1, EMPTY);
  TRY(execveat, dir, path, BAD, NULL, flags);
  TRY(execveat, dir, path, NULL, BAD, EMPTY);
  TRY(fanotify_mark, dir, !flags, flags ? 0 : 2, AT_FDCWD, path);
  TRY(inotify_add_watch, dir, path, !flags);
  TRY(fspick, dir, path, flags);
  TRY(mount_setattr, dir, path, flags, BAD, 32);
  TRY(mount_setattr, dir, path, flags, buffer, 8);
  TRY(move_mount, dir, path, dir, path, flags);
  TRY(getxattrat, dir, path, flags, "user.a", BAD, 16);
  TRY(getxattrat, dir, path, flags, "user.a", buffer, 16);
  TRY(getxattrat, dir, path, EMPTY, BAD, buffer, flags ? 8 : 16);
  TRY(getxattrat, dir, path, EMPTY, buffer, buffer, flags ? 8 : 16);
  TRY(listxattrat, dir, path, flags, BAD, 16);
  TRY(listxattrat, dir, path, flags, buffer, 16);
  TRY(mknodat, dir, path, S_IFBLK | S_IFCHR | 0600, 0);
}

static void pathCalls(const char *kind, const char *path, void *address) {
  TRY(getxattr, path, address, buffer, 9);
  TRY(lgetxattr, path, "user.a", address, 9);
  TRY(lsetxattr, path, address, buffer, 9, 0);
  TRY(lsetxattr, path, "user.a", address, 9, 9);
  TRY(lsetxattr, path, "user.a", address, 70000, 0);
  TRY(lsetxattr, path, "other.a", address, 9, 0);
  TRY(lremovexattr, path, address);
  TRY(llistxattr, path, address, 9);
  TRY(mount, address, path, "nosuch", 0, NULL);
  TRY(mount, "none", path, address, 0, NULL);
  TRY(mount, "none", path, "nosuch", 0, address);
  TRY(mount, "absent", path, NULL, MS_BIND, address);
  TRY(mount, "absent", path, NULL, MS_MOVE, address);
  TRY(execve, path, address, BAD);
  TRY(mq_open, path, O_RDWR, 0600, address);
  TRY(mq_open, path, O_RDWR | O_CREAT, 0600, BAD);
  TRY(mq_unlink, path);
  TRY(memfd_create, path, 0x4000);
  TRY(fsopen, path, 99);
  TRY(add_key, address, path, buffer, 4, -99);
  TRY(add_key, "user", path, address, 4, -99);
  TRY(add_key, "nosuch", path, address, 4, -99);
}

static void descriptorCalls(const char *kind, int fd, void *address) {
  int negative = -1;
  TRY(fstat, fd, address ? address : BAD);
  TRY(fstatfs, fd, address);
  TRY(getdents64, fd, address, 0);
  TRY(fgetxattr, fd, address, address, 9);
  TRY(fsetxattr, fd, address, buffer, 9, 9);
  TRY(fremovexattr, fd, address);
  TRY(fcntl, fd, F_SETLK, address);
  TRY(fcntl, fd, F_OFD_GETLK, address);
  TRY(epoll_ctl, fd, 9, fd, address);
  TRY(epoll_ctl, fd, 1, descriptors[4], address);
  TRY(epoll_ctl, fd, 2, 99, address);
  TRY(epoll_pwait, fd, address, 0, 0, NULL, 8);
  TRY(epoll_pwait, fd, address, 1, 0, address, 4);
  TRY(epoll_pwait2, fd, buffer, 1, address, BAD, 8);
  TRY(bind, fd, address, 200);
  TRY(connect, fd, address, 16);
  TRY(accept4, fd, address, address, 1);
  TRY(getsockname, fd, address, address == BAD ? BAD : &negative);
  TRY(getpeername, fd, address, address == BAD ? BAD : &negative);
  TRY(getsockopt, fd, 999, 9, address, address == BAD ? BAD : &negative);
  TRY(mq_timedsend, fd, address, 9, 99999, NULL);
  TRY(mq_timedsend, fd, "x", 1, 0, address ? address : BAD);
  TRY(mq_timedreceive, fd, address, 9, NULL, BAD);
  TRY(mq_notify, fd, address);
  TRY(mq_getsetattr, fd, address, NULL);
  TRY(copy_file_range, fd, address, 99, NULL, 9, 9);
  TRY(copy_file_range, fd, address, descriptors[2], NULL, 9, 0);
  TRY(cachestat, fd, address, buffer, 9);
  TRY(cachestat, fd, buffer, address, 0);
  TRY(fsconfig, fd, 99, address, NULL, 0);
  TRY(fsconfig, fd, 0, address, address, 0);
  TRY(fsconfig, fd, 1, address, address, 0);
  TRY(fsconfig, fd, 6, address, NULL, 1);
  TRY(fsmount, fd, 99, 99);
  TRY(fallocate, fd, 99, -1L, 0L);
  TRY(fallocate, fd, 0, -1L, 0L);
  TRY(fadvise64, fd, -1L, -1L, 99);
  TRY(ftruncate, fd, -1L);
  TRY(flock, fd, 99);
  TRY(dup3, fd, fd, 99);
  TRY(dup3, fd, 1 << 29, 99);
  TRY(ioctl, fd, 0x5421, address);
  TRY(ioctl, fd, 0x541b, address);
  TRY(mmap, (void *)1, 0, 9, 0, fd, 1);
  TRY(mmap, NULL, 4096, 7, 1, fd, 0);
  TRY(mmap, (void *)1, 4096, 1, 0x12, fd, 0);
  TRY(lseek, fd, -1L, 99);
}

static void otherCalls(const char *kind, int isOther, void *address) {
  TRY(clock_gettime, isOther ? 99 : 0, address ? address : BAD);
  TRY(clock_nanosleep, isOther ? 99 : 0, isOther, BAD, NULL);
  TRY(clock_settime, isOther ? 99 : 5, address);
  TRY(clock_adjtime, isOther ? 99 : 5, BAD);
  TRY(capget, address, BAD);
  TRY(getitimer, isOther ? 9 : 0, address ? address : BAD);
  TRY(getrlimit, isOther ? 99 : 0, address ? address : BAD);
  TRY(getrusage, isOther ? 99 : 0, address ? address : BAD);
  TRY(getgroups, isOther ? -1 : 0, address);
  TRY(getrandom, address, 9, isOther ? 99 : 0);
  TRY(get_robust_list, isOther ? NOBODY : 0, address, address);
  TRY(get_mempolicy, address, NULL, 0, NULL, isOther ? 99 : 0);
  TRY(mbind, buffer, 4096, isOther ? 99 : 0, address, 8, 99);
  TRY(mbind, buffer, 4096, 2, address, 8, 0);
  TRY(migrate_pages, isOther ? NOBODY : 0, 8, address, address);
  TRY(move_pages, isOther ? NOBODY : 0, 1, address, address, address, isOther ? 0 : 99);
  TRY(kcmp, isOther ? NOBODY : getpid(), getpid(), 7, 3, address);
  TRY(msgsnd, isOther ? -1 : 12345, address, -1L, 0);
  TRY(msgrcv, isOther ? -1 : 12345, address, -1L, 0L, 0);
  TRY(msgctl, isOther ? -1 : 12345, isOther ? 99 : 1, address);
  TRY(io_setup, isOther ? 0 : 4, BAD);
  TRY(io_submit, 8, isOther ? -1L : 1L, address);
  TRY(io_cancel, 8, address, address);
  TRY(io_getevents, 8, isOther ? -1L : 1L, 0L, address, BAD);
  TRY(futex, address, isOther ? 99 : 0, 9, BAD);
  TRY(futex_waitv, address, isOther ? 0 : 1, isOther ? 0 : 99, BAD, 99);
  TRY(futex_waitv, address, 1, 0, BAD, isOther ? 99 : 0);
  TRY(madvise, buffer + 1, 4096, isOther ? 999 : 0);
  TRY(madvise, (void *)4096, isOther ? 0 : 4096, 999);
  TRY(mincore, (void *)(isOther ? 4096 : 4097), 4096, address);
  TRY(mlock2, (void *)4096, 4096, isOther ? 99 : 0);
  TRY(mprotect, (void *)4097, isOther ? 0 : 4096, 99);
  TRY(mremap, (void *)4097, 4096, isOther ? 0 : 4096, 99, 0);
  TRY(mremap, (void *)4096, 4096, isOther ? 0 : 4096, 0, 0);
  TRY(msync, (void *)4097, 4096, isOther ? 99 : 5);
  TRY(msync, (void *)4096, 4096, isOther ? 5 : 4);
  TRY(keyctl, isOther ? 2 : 11, NOBODY, address, isOther ? 5000 : 9);
  TRY(keyctl, 10, -3, address, BAD, 99);
  TRY(clone3, address, isOther ? 8 : 4097);
  TRY(clone3, BAD, isOther ? 8 : 64);
}

int main(void) {
  start();
  umask(022);
  close(open("plain", O_CREAT | O_RDWR, 0644));
  int ends[2];
  pipe2(ends, O_NONBLOCK);
  descriptors[2] = open("plain", O_RDONLY), descriptors[3] = open(".", O_RDONLY), descriptors[4] = ends[0], descriptors[5] = open("plain", O_PATH);
  char kind[64];
  for (int d = 0; d < 7; d++)
    for (int p = 0; p < 5; p++)
      for (int flags = 0; flags < 2; flags++) {
        snprintf(kind, sizeof kind, "%s, %s%s", DESCRIPTORS[d], PATH_KINDS[p], flags ? ", unknown flags" : "");
        atCalls(kind, descriptors[d], PATHS[p], flags ? UNKNOWN : 0);
      }
  for (int a = 0; a < 3; a++) {
    for (int p = 0; p < 5; p++) {
      snprintf(kind, sizeof kind, "%s, %s", PATH_KINDS[p], ADDRESS_KINDS[a]);
      pathCalls(kind, PATHS[p], ADDRESSES[a]);
    }
    for (int d = 0; d < 6; d++) {
      snprintf(kind, sizeof kind, "%s, %s", DESCRIPTORS[d], ADDRESS_KINDS[a]);
      descriptorCalls(kind, descriptors[d], ADDRESSES[a]);
    }
    otherCalls(ADDRESS_KINDS[a], 0, ADDRESSES[a]);
    otherCalls(ADDRESS_KINDS[a], 1, ADDRESSES[a]);
  }
}
