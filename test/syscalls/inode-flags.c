/* chattr's flags: FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, and what immutable and append-only files refuse. */
#include "check.h"
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>

enum { KEPT = FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NODUMP_FL | FS_NOATIME_FL };

static int flags_of(const char *path) {
  int fd = open(path, O_RDONLY | O_NONBLOCK), flags = -1;
  if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags)) return -1;
  close(fd);
  return flags & KEPT;
}

/* Those that the file system has of itself stay. */
static int set_flags(const char *path, int wanted) {
  int fd = open(path, O_RDONLY), flags = 0, result;
  if (fd < 0) return -1;
  if (ioctl(fd, FS_IOC_GETFLAGS, &flags)) return -1;
  flags = (flags & ~KEPT) | wanted;
  result = ioctl(fd, FS_IOC_SETFLAGS, &flags);
  int error = errno;
  close(fd);
  errno = error;
  return result;
}

static void try_all(const char *path) {
  struct timespec fixed[2] = {{1, 0}, {2, 0}};
  int fd;
  if ((fd = CALL(open(path, O_WRONLY))) >= 0) close(fd);
  if ((fd = CALL(open(path, O_WRONLY | O_APPEND))) >= 0) {
    CALL(write(fd, "more", 4));
    CALL(fcntl(fd, F_SETFL, 0));
    CALL(ftruncate(fd, 1));
    CALL(fallocate(fd, 0, 0, 100));
    CALL(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
    close(fd);
  }
  if ((fd = CALL(open(path, O_RDONLY | O_TRUNC))) >= 0) close(fd);
  if ((fd = CALL(open(path, O_RDONLY))) >= 0) close(fd);
  CALL(truncate(path, 1));
  CALL(access(path, W_OK));
  CALL(access(path, R_OK));
  CALL(syscall(439 /* faccessat2 */, AT_FDCWD, path, W_OK, 0));
  CALL(chmod(path, 0644));
  CALL(chown(path, 1, 1));
  CALL(utimensat(AT_FDCWD, path, fixed, 0));
  CALL(utimensat(AT_FDCWD, path, NULL, 0));
  CALL(setxattr(path, "user.name", "x", 1, 0));
  CALL(removexattr(path, "user.none"));
  CALL(link(path, "link"));
  CALL(rename(path, "renamed"));
  CALL(rename("other", path));
  CALL(unlink(path));
  VALUE(flags_of(path));
}

static void make(const char *path) {
  int fd = open(path, O_CREAT | O_RDWR, 0600);
  if (write(fd, "text", 4) != 4) printf("no text\n");
  close(fd);
}

static void files(void) {
  make("file");
  make("other");
  VALUE(flags_of("file"));
  printf("-- immutable\n");
  CALL(set_flags("file", FS_IMMUTABLE_FL));
  try_all("file");
  printf("-- append-only\n");
  CALL(set_flags("file", FS_APPEND_FL));
  try_all("file");
  struct statx info;
  CALL(syscall(SYS_statx, AT_FDCWD, "file", 0, STATX_BASIC_STATS, &info));
  VALUE(info.stx_attributes & 0x70);
  VALUE(info.stx_attributes_mask & 0x30);
  CALL(set_flags("file", 0));
  CALL(rename("file", "renamed"));
}

static void directories(void) {
  printf("-- directories\n");
  CALL(mkdir("directory", 0700));
  make("directory/old");
  CALL(set_flags("directory", FS_APPEND_FL));
  int fd = CALL(open("directory/new", O_CREAT | O_WRONLY, 0600));
  close(fd);
  CALL(mkdir("directory/sub", 0700));
  CALL(unlink("directory/old"));
  CALL(rename("directory/old", "directory/moved"));
  CALL(rmdir("directory/sub"));
  CALL(set_flags("directory", FS_IMMUTABLE_FL));
  CALL(open("directory/newer", O_CREAT | O_WRONLY, 0600));
  CALL(mkdir("directory/another", 0700));
  CALL(symlink("x", "directory/symlink"));
  CALL(link("renamed", "directory/link"));
  CALL(unlink("directory/old"));
  CALL(rename("renamed", "directory/renamed"));
  CALL(rmdir("directory"));
  fd = CALL(open("directory/old", O_WRONLY));
  CALL(write(fd, "what is in it may change", 10));
  close(fd);
  CALL(set_flags("directory", FS_NODUMP_FL | FS_NOATIME_FL));
  make("directory/heir");
  VALUE(flags_of("directory/heir"));
  CALL(mkdir("directory/heir.d", 0700));
  VALUE(flags_of("directory/heir.d"));
  VALUE(flags_of("directory/old"));
}

static void refusals(void) {
  printf("-- who may, and what cannot be\n");
  int flags = FS_IMMUTABLE_FL, fd;
  chmod(".", 0777);
  pid_t pid = fork();
  if (pid == 0) {
    if (setgid(1000) || setuid(1000)) _exit(1);
    make("own");
    CALL(set_flags("own", FS_NODUMP_FL));
    VALUE(flags_of("own"));
    CALL(set_flags("own", FS_IMMUTABLE_FL));
    CALL(set_flags("own", FS_APPEND_FL | FS_NODUMP_FL));
    VALUE(flags_of("own"));
    _exit(0);
  }
  chmod("renamed", 0644);
  reap(pid);
  pid = fork();
  if (pid == 0) {
    if (setgid(1000) || setuid(1000)) _exit(1);
    CALL(set_flags("renamed", FS_NODUMP_FL));
    _exit(0);
  }
  reap(pid);
  fd = open("renamed", O_RDONLY);
  CALL(ioctl(fd, FS_IOC_GETFLAGS, NULL));
  CALL(ioctl(fd, FS_IOC_SETFLAGS, NULL));
  flags = 0x40000000;
  CALL(ioctl(fd, FS_IOC_SETFLAGS, &flags));
  close(fd);
  fd = open("renamed", O_PATH);
  CALL(ioctl(fd, FS_IOC_GETFLAGS, &flags));
  close(fd);
  int ends[2];
  CALL(pipe(ends));
  CALL(ioctl(ends[0], FS_IOC_GETFLAGS, &flags));
  fd = open("/dev/null", O_RDWR);
  CALL(ioctl(fd, FS_IOC_GETFLAGS, &flags));
  fd = open("/proc/self/status", O_RDONLY);
  CALL(ioctl(fd, FS_IOC_GETFLAGS, &flags));
  CALL(ioctl(99, FS_IOC_GETFLAGS, &flags));
}

/* What was opened before loses its right, too, but for a mapping's pages that were written to already. */
static void opened(void) {
  printf("-- opened before\n");
  struct iovec part = {"v", 1};
  char text[8] = "";
  make("opened");
  int fd = open("opened", O_RDWR), other = open("renamed", O_RDONLY);
  CALL(set_flags("opened", FS_IMMUTABLE_FL));
  CALL(write(fd, "x", 1));
  CALL(pwrite(fd, "x", 1, 0));
  CALL(writev(fd, &part, 1));
  CALL(write(fd, "x", 0));
  CALL(ftruncate(fd, 0));
  CALL(fallocate(fd, 0, 0, 100));
  CALL(sendfile(fd, other, NULL, 1));
  CALL(copy_file_range(other, NULL, fd, NULL, 1, 0));
  CALL(fchmod(fd, 0644));
  CALL(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
  VALUE(pread(fd, text, 8, 0));
  CALL(set_flags("opened", FS_APPEND_FL));
  CALL(pwrite(fd, "x", 1, 0));
  CALL(ftruncate(fd, 0));
  CALL(set_flags("opened", 0));
  CALL(pwrite(fd, "x", 1, 0));
  close(fd), close(other);
}

static void show_xflags(int fd) {
  struct fsxattr attributes;
  memset(&attributes, 0x55, sizeof attributes);
  if (ioctl(fd, FS_IOC_FSGETXATTR, &attributes)) puts(strerror(errno));
  else
    printf("xflags %x, extsize %u, extents %u, project %u, cowextsize %u, pad %d\n", attributes.fsx_xflags, attributes.fsx_extsize, attributes.fsx_nextents, attributes.fsx_projid, attributes.fsx_cowextsize, attributes.fsx_pad[7]);
}

static void set_xflags(int fd, unsigned xflags) {
  struct fsxattr attributes = {.fsx_xflags = xflags};
  printf("set %x\n", xflags);
  CALL(ioctl(fd, FS_IOC_FSSETXATTR, &attributes));
  show_xflags(fd);
}

/* The same flags in the way of XFS, which xfs_io asks for. */
static void xflags(void) {
  printf("-- FS_IOC_FSGETXATTR\n");
  make("flags");
  int fd = open("flags", O_RDWR);
  show_xflags(fd);
  set_flags("flags", FS_NODUMP_FL | FS_NOATIME_FL);
  show_xflags(fd);
  set_xflags(fd, FS_XFLAG_APPEND | FS_XFLAG_NODUMP);
  VALUE(flags_of("flags"));
  set_xflags(fd, FS_XFLAG_IMMUTABLE);
  VALUE(flags_of("flags"));
  if (fork() == 0) {
    if (setgid(1000) || setuid(1000)) _exit(1);
    show_xflags(fd);
    set_xflags(fd, 0);
    _exit(0);
  }
  wait(NULL);
  set_xflags(fd, 0);
  VALUE(flags_of("flags"));
  CALL(ioctl(fd, FS_IOC_FSGETXATTR, NULL));
  CALL(ioctl(fd, FS_IOC_FSSETXATTR, NULL));
  close(fd);
  int null = open("/dev/null", O_RDWR);
  show_xflags(null);
  close(null);
}

int main(void) {
  start();
  make("probe");
  if (set_flags("probe", FS_IMMUTABLE_FL)) {
    printf("this file system or container has no inode flags: %s\n", strerror(errno));
    return 77;
  }
  set_flags("probe", 0);
  files();
  directories();
  refusals();
  opened();
  xflags();
  return 0;
}
