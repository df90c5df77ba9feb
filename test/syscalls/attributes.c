/* stat, chmod, chown, utimensat, access, umask, truncate, statx: what changes which time, and who may. */
#include "check.h"
#include <grp.h>
#include <sys/syscall.h>
#include <sys/time.h>

static void show(const char *path) {
  struct stat st;
  if (lstat(path, &st)) { printf("%s: %s\n", path, strerror(errno)); return; }
  printf("%s: mode %o links %ld uid %d gid %d size %ld blksize %ld blocks %ld\n", path, st.st_mode, (long)st.st_nlink,
         st.st_uid, st.st_gid, (long)st.st_size, (long)st.st_blksize, (long)(st.st_size ? st.st_blocks : 0));
}

int main(void) {
  start();
  umask(022);
  int fd = open("f", O_RDWR | O_CREAT, 0666);
  show("f");
  write(fd, "hello", 5);
  CALL(ftruncate(fd, 3));
  CALL(truncate("f", -1));
  CALL(truncate("missing", 1));
  CALL(ftruncate(0, 1) == -1 ? -1 : 0);
  CALL(chmod("f", 06755));
  show("f");
  CALL(chown("f", 1000, 1001)); /* clears set-user-id */
  show("f");
  CALL(chmod("f", 06755));
  CALL(write(fd, "x", 1)); /* root keeps the bits */
  show("f");
  CALL(fchmod(fd, 0600));
  CALL(chmod("missing", 0600));
  CALL(symlink("f", "s"));
  CALL(chmod("s", 0640));
  CALL(lchown("s", 5, 6));
  show("f");
  struct timespec times[2] = {{100, 5}, {200, 7}};
  CALL(utimensat(AT_FDCWD, "f", times, 0));
  struct stat st;
  stat("f", &st);
  printf("%ld.%ld %ld.%ld\n", (long)st.st_atim.tv_sec, st.st_atim.tv_nsec, (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
  times[0].tv_nsec = UTIME_OMIT;
  times[1].tv_nsec = UTIME_NOW;
  CALL(utimensat(AT_FDCWD, "f", times, 0));
  stat("f", &st);
  printf("%ld %d\n", (long)st.st_atim.tv_sec, st.st_mtim.tv_sec > 1000000);
  times[0].tv_nsec = 2000000000;
  CALL(utimensat(AT_FDCWD, "f", times, 0));
  CALL(futimens(fd, NULL));
  struct statx x;
  CALL(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &x));
  printf("statx mode %o size %ld mask %x\n", x.stx_mode, (long)x.stx_size, x.stx_mask & STATX_BASIC_STATS);
  CALL(statx(fd, "", AT_EMPTY_PATH, STATX_SIZE, &x));
  CALL(statx(fd, "", 0, STATX_SIZE, &x));
  CALL(fstatat(fd, "", &st, AT_EMPTY_PATH));
  CALL(fstatat(AT_FDCWD, "f", &st, 0x8000));
  mkdir("dir", 0755);
  chmod("dir", 02775);
  chown("dir", 0, 77);
  close(creat("dir/inherits", 0644));
  mkdir("dir/sub", 0755);
  stat("dir/inherits", &st);
  printf("gid %d\n", st.st_gid);
  stat("dir/sub", &st);
  printf("gid %d mode %o\n", st.st_gid, st.st_mode);
  pid_t pid = fork();
  if (pid == 0) {
    chmod(".", 0755);
    chmod("f", 0640);
    chown("f", 0, 0);
    setgroups(0, NULL);
    setgid(1001);
    setuid(1000);
    CALL(open("f", O_RDONLY));
    CALL(chmod("f", 0666));
    CALL(chown("f", 1000, 1000));
    CALL(access("f", R_OK));
    CALL(unlink("f"));
    CALL(mkdir("mine", 0700));
    CALL(setuid(0));
    CALL(utimensat(AT_FDCWD, "f", NULL, 0));
    CALL(mknod("dev", S_IFCHR | 0600, 0x103));
    _exit(0);
  }
  reap(pid);
  CALL(access("f", R_OK | W_OK));
  CALL(access("f", X_OK));
  CALL(access("f", 8));
  CALL(mknod("null", S_IFCHR | 0600, 0x103));
  int null = CALL(open("null", O_RDWR));
  VALUE(write(null, "x", 1));
  CALL(mkfifo("fifo", 0600));
  CALL(open("fifo", O_WRONLY | O_NONBLOCK));
  int reader = CALL(open("fifo", O_RDONLY | O_NONBLOCK));
  CALL(open("fifo", O_WRONLY | O_NONBLOCK));
  close(reader);
  show("fifo");
  return 0;
}
