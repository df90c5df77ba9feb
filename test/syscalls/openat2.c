/* openat2: every RESOLVE_ flag, checks of the structure; O_TMPFILE and its first name; close_range; O_PATH. */
#include "check.h"
#include <stdint.h>
#include <sys/mount.h>
#include <sys/syscall.h>

struct how { uint64_t flags, mode, resolve; };
enum { NO_XDEV = 1, NO_MAGICLINKS = 2, NO_SYMLINKS = 4, BENEATH = 8, IN_ROOT = 16, CACHED = 32 };

static int directory;

static long open2(const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  struct how how = {flags, mode, resolve};
  long fd = syscall(SYS_openat2, directory, path, &how, sizeof how);
  if (fd >= 0) close(fd);
  return fd < 0 ? -1 : 0;
}

static void restrictions(void) {
  mkdir("root", 0755), mkdir("root/d", 0755), mkdir("root/etc", 0755);
  close(open("root/f", O_CREAT | O_RDWR, 0644)), close(open("root/etc/passwd", O_CREAT | O_RDWR, 0644));
  close(open("outside", O_CREAT | O_RDWR, 0644));
  symlink("f", "root/link"), symlink("/etc/passwd", "root/absolute"), symlink("../outside", "root/up"), symlink("d/../f", "root/around");
  symlink("/", "root/top"), symlink("/proc/self/cwd", "root/magic");
  directory = open("root", O_RDONLY | O_DIRECTORY);
  const char *paths[] = {"f", "d/../f", "../root/f", "/etc/passwd", "link", "absolute", "up", "around", "top/f", "d/../../outside", "..", ".", "../../../../../f", "magic", "magic/root"};
  for (int resolve = 0; resolve <= 32; resolve = resolve ? resolve * 2 : 1)
    for (int i = 0; i < 15; i++) {
      /* What is cached is the system's own. */
      if (resolve == CACHED && i > 0) continue;
      printf("%d %s ", resolve, paths[i]);
      CALL(open2(paths[i], O_RDONLY, 0, resolve));
    }
  CALL(open2("link", O_PATH | O_NOFOLLOW, 0, NO_SYMLINKS));
  CALL(open2("new", O_CREAT | O_RDWR, 0644, BENEATH));
  CALL(open2("up", O_CREAT | O_RDWR, 0644, BENEATH));
  CALL(open2("/rooted", O_CREAT | O_RDWR, 0644, IN_ROOT));
  CALL(access("root/rooted", F_OK));
  CALL(open2("/proc/self/exe", O_RDONLY, 0, NO_MAGICLINKS));
  CALL(open2("/proc/self", O_RDONLY, 0, NO_XDEV));
  CALL(open2("/proc/self/exe", O_RDONLY, 0, 0));
  close(directory);
  directory = open("/", O_RDONLY);
  CALL(open2("proc", O_RDONLY, 0, NO_XDEV));
  CALL(open2("proc", O_RDONLY, 0, BENEATH));
  close(directory);
  directory = AT_FDCWD;
}

static void structure(void) {
  struct { struct how how; uint64_t more; } large = {{O_RDONLY, 0, 0}, 0};
  CALL(close(syscall(SYS_openat2, AT_FDCWD, "outside", &large, 32)));
  large.more = 1;
  CALL(syscall(SYS_openat2, AT_FDCWD, "outside", &large, 32));
  CALL(syscall(SYS_openat2, AT_FDCWD, "outside", &large, 16));
  CALL(syscall(SYS_openat2, AT_FDCWD, "outside", &large, 5000));
  CALL(syscall(SYS_openat2, AT_FDCWD, "outside", NULL, 24));
  CALL(open2("outside", O_RDONLY, 0644, 0));
  CALL(open2("outside", O_CREAT | O_RDWR, 0x10000, 0));
  CALL(open2("outside", 0x80000000, 0, 0));
  CALL(open2("outside", 0x100000000, 0, 0));
  CALL(open2("outside", O_RDONLY, 0, 0x40));
  CALL(open2("outside", O_RDONLY, 0, BENEATH | IN_ROOT));
  CALL(open2("outside", O_PATH | O_RDWR, 0, 0));
  CALL(open2("outside", O_PATH | O_CLOEXEC, 0, 0));
  CALL(open2("outside", O_RDWR | O_TRUNC, 0, CACHED));
  CALL(open2("", O_RDONLY, 0, 0));
}

static void temporary(void) {
  struct stat status;
  char link[64];
  mkdir("t", 0755);
  int fd = open("t", O_TMPFILE | O_RDWR, 0640);
  fstat(fd, &status);
  printf("mode %o links %d\n", status.st_mode, (int)status.st_nlink);
  write(fd, "kept", 4);
  sprintf(link, "/proc/self/fd/%d", fd);
  CALL(linkat(AT_FDCWD, link, AT_FDCWD, "t/named", AT_SYMLINK_FOLLOW));
  fstat(fd, &status);
  printf("links %d, size %d\n", (int)status.st_nlink, (int)status.st_size);
  close(fd);
  CALL(unlink("t/named"));
  fd = open("t", O_TMPFILE | O_RDWR, 0640);
  CALL(linkat(fd, "", AT_FDCWD, "t/named", AT_EMPTY_PATH));
  close(fd), unlink("t/named");
  fd = open("t", O_TMPFILE | O_RDWR | O_EXCL, 0640);
  sprintf(link, "/proc/self/fd/%d", fd);
  CALL(linkat(AT_FDCWD, link, AT_FDCWD, "t/never", AT_SYMLINK_FOLLOW));
  close(fd);
  fd = open("t/file", O_CREAT | O_RDWR, 0644);
  unlink("t/file");
  sprintf(link, "/proc/self/fd/%d", fd);
  CALL(linkat(AT_FDCWD, link, AT_FDCWD, "t/again", AT_SYMLINK_FOLLOW));
  close(fd);
  CALL(open("t", O_TMPFILE | O_RDONLY, 0640));
  CALL(open("outside", O_TMPFILE | O_RDWR, 0640));
  CALL(open("t/none", O_TMPFILE | O_RDWR, 0640));
  CALL(rmdir("t"));
}

static void ranges(void) {
  int first = dup(0);
  for (int i = 1; i < 6; i++) dup(0);
  CALL(syscall(SYS_close_range, first + 1, first + 2, 0));
  printf("%d %d %d %d\n", fcntl(first, F_GETFD), fcntl(first + 1, F_GETFD), fcntl(first + 2, F_GETFD), fcntl(first + 3, F_GETFD));
  CALL(syscall(SYS_close_range, first + 3, ~0U, 4));
  printf("%d %d\n", fcntl(first, F_GETFD), fcntl(first + 3, F_GETFD));
  CALL(syscall(SYS_close_range, 5, 4, 0));
  CALL(syscall(SYS_close_range, first, ~0U, 1));
  CALL(syscall(SYS_close_range, first, ~0U, 2));
  printf("%d\n", fcntl(first, F_GETFD));
}

static void places(void) {
  char text[16];
  struct stat status;
  int fd = open("outside", O_PATH);
  CALL(read(fd, text, 1));
  CALL(write(fd, text, 1));
  CALL(fchmod(fd, 0600));
  CALL(ftruncate(fd, 0));
  CALL(fsync(fd));
  CALL(lseek(fd, 0, SEEK_SET));
  CALL(fstat(fd, &status));
  CALL(fcntl(fd, F_SETFL, O_NONBLOCK));
  VALUE(fcntl(fd, F_GETFL) & ~0100000);
  CALL(close(dup(fd)));
  CALL(fchdir(fd));
  CALL(openat(fd, "", O_RDONLY));
  close(fd);
  symlink("outside", "s");
  fd = open("s", O_PATH | O_NOFOLLOW);
  fstat(fd, &status);
  printf("%o\n", status.st_mode & S_IFMT);
  VALUE(readlinkat(fd, "", text, 16));
  close(fd);
  fd = open("root", O_PATH | O_DIRECTORY);
  CALL(close(openat(fd, "f", O_RDONLY)));
  CALL(fchdir(fd));
  close(fd);
}

int main(void) {
  start();
  directory = AT_FDCWD;
  restrictions();
  structure();
  temporary();
  ranges();
  places();
  return 0;
}
