/* The errors of the calls on files and folders that the programs of these areas do not meet. */
#include "check.h"
#include <dirent.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>

static void *const BAD = (void *)8;
static const int NOBODY = 65534;
static const int HERE = AT_FDCWD;
static char long_name[300], long_path[5000];

/* What every call that takes a path says of a wrong one. */
#define PATH_ERRORS(call_of)   \
  do {                         \
    CALL(call_of(BAD));        \
    CALL(call_of(""));         \
    CALL(call_of("none"));     \
    CALL(call_of("none/x"));   \
    CALL(call_of("file/x"));   \
    CALL(call_of("loop"));     \
    CALL(call_of(long_name));  \
    CALL(call_of(long_path));  \
  } while (0)

static struct stat status;
static struct statfs system_status;
static char buffer[4096];
static int null = -1;
#define open_of(path) syscall(SYS_openat, HERE, path, O_RDWR, 0)
#define stat_of(path) syscall(SYS_newfstatat, HERE, path, &status, 0)
#define statfs_of(path) syscall(SYS_statfs, path, &system_status)
#define statx_of(path) syscall(SYS_statx, HERE, path, 0, 0, buffer)
#define truncate_of(path) syscall(SYS_truncate, path, 0L)
#define readlink_of(path) syscall(SYS_readlinkat, HERE, path, buffer, 10)
#define rename_of(path) syscall(SYS_renameat2, HERE, path, HERE, "none", 0)
#define rename_to(path) syscall(SYS_renameat2, HERE, "file", HERE, path, 0)
#define unlink_of(path) syscall(SYS_unlinkat, HERE, path, 0)
#define rmdir_of(path) syscall(SYS_unlinkat, HERE, path, AT_REMOVEDIR)
#define symlink_of(path) syscall(SYS_symlinkat, "file", HERE, path)
#define symlink_to(target) syscall(SYS_symlinkat, target, HERE, "link")
#define times_of(path) syscall(SYS_utimensat, HERE, path, NULL, 0)
#define setxattr_of(path) syscall(SYS_setxattr, path, "user.a", "1", 1L, 0L)
#define removexattr_of(path) syscall(SYS_removexattr, path, "user.a")
#define handle_of(path) syscall(SYS_name_to_handle_at, HERE, path, buffer, &null, 0)
#define open_tree_of(path) syscall(SYS_open_tree, HERE, path, 0)
#define umount_of(path) syscall(SYS_umount2, path, 0)

static void paths(void) {
  PATH_ERRORS(open_of);
  PATH_ERRORS(stat_of);
  PATH_ERRORS(statfs_of);
  PATH_ERRORS(statx_of);
  PATH_ERRORS(truncate_of);
  PATH_ERRORS(readlink_of);
  PATH_ERRORS(rename_of);
  PATH_ERRORS(unlink_of);
  PATH_ERRORS(rmdir_of);
  PATH_ERRORS(times_of);
  PATH_ERRORS(setxattr_of);
  PATH_ERRORS(removexattr_of);
  PATH_ERRORS(handle_of);
  PATH_ERRORS(open_tree_of);
  PATH_ERRORS(umount_of);
  CALL(symlink_of(BAD));
  CALL(symlink_of(""));
  CALL(symlink_of("none/x"));
  CALL(symlink_of("file/x"));
  CALL(symlink_of("file"));
  CALL(symlink_of(long_name));
  CALL(symlink_of(long_path));
  CALL(symlink_to(BAD));
  CALL(symlink_to(""));
  CALL(symlink_to(long_path));
  CALL(rename_to(BAD));
  CALL(rename_to(""));
  CALL(rename_to("none/x"));
  CALL(rename_to("file/x"));
  CALL(rename_to("folder"));
  CALL(rename_to(long_name));
}

static void descriptors(void) {
  int file = open("file", O_RDWR), folder = open("folder", O_RDONLY);
  CALL(syscall(SYS_openat, 99, "x", O_RDONLY));
  CALL(syscall(SYS_openat, file, "x", O_RDONLY));
  CALL(syscall(SYS_newfstatat, 99, "x", &status, 0));
  CALL(syscall(SYS_newfstatat, file, "x", &status, 0));
  CALL(syscall(SYS_newfstatat, HERE, "file", BAD, 0));
  CALL(syscall(SYS_newfstatat, HERE, "file", &status, 1));
  CALL(syscall(SYS_statx, 99, "x", 0, 0, buffer));
  CALL(syscall(SYS_statx, HERE, "file", 1, 0, buffer));
  CALL(syscall(SYS_statx, HERE, "file", 0, 0x80000000u, buffer));
  CALL(syscall(SYS_statx, HERE, "file", 0, 0, BAD));
  CALL(syscall(SYS_statfs, "file", BAD));
  CALL(syscall(SYS_fstatfs, 99, &system_status));
  CALL(syscall(SYS_fstatfs, file, BAD));
  CALL(syscall(SYS_readlinkat, 99, "x", buffer, 10));
  CALL(syscall(SYS_readlinkat, HERE, "loop", BAD, 10));
  CALL(syscall(SYS_readlinkat, HERE, "loop", buffer, 0));
  CALL(syscall(SYS_readlinkat, HERE, "file", buffer, 10));
  CALL(syscall(SYS_renameat2, 99, "x", HERE, "y", 0));
  CALL(syscall(SYS_renameat2, HERE, "file", 99, "y", 0));
  CALL(syscall(SYS_renameat2, HERE, "file", HERE, "file2", 1));
  CALL(syscall(SYS_renameat2, HERE, "file", HERE, "none", 2));
  CALL(syscall(SYS_renameat2, HERE, "file", HERE, "none", 3));
  CALL(syscall(SYS_renameat2, HERE, "file", HERE, "/proc/none", 0));
  CALL(syscall(SYS_renameat2, HERE, "folder", HERE, "folder/in/x", 0));
  CALL(syscall(SYS_renameat2, HERE, "folder/in", HERE, "folder", 0));
  CALL(syscall(SYS_renameat2, HERE, "folder", HERE, "file", 0));
  CALL(syscall(SYS_unlinkat, 99, "x", 0));
  CALL(syscall(SYS_unlinkat, HERE, "file", 1));
  CALL(syscall(SYS_unlinkat, HERE, "folder", 0));
  CALL(syscall(SYS_unlinkat, HERE, "file", AT_REMOVEDIR));
  CALL(syscall(SYS_unlinkat, HERE, "folder", AT_REMOVEDIR));
  CALL(syscall(SYS_unlinkat, HERE, ".", AT_REMOVEDIR));
  CALL(syscall(SYS_unlinkat, HERE, "folder/..", AT_REMOVEDIR));
  CALL(syscall(SYS_symlinkat, "x", 99, "y"));
  CALL(syscall(SYS_utimensat, 99, "x", NULL, 0));
  CALL(syscall(SYS_utimensat, 99, NULL, NULL, 0));
  CALL(syscall(SYS_utimensat, HERE, NULL, NULL, 0));
  CALL(syscall(SYS_utimensat, HERE, "file", BAD, 0));
  CALL(syscall(SYS_utimensat, HERE, "file", NULL, 1));
  CALL(truncate("folder", 0));
  CALL(truncate("file", -1));
  CALL(ftruncate(folder, 0));
  CALL(ftruncate(99, 0));
  CALL(syscall(SYS_sync_file_range, 99, 0L, 0L, 0L));
  CALL(syscall(SYS_sync_file_range, file, -1L, 0L, 0L));
  CALL(syscall(SYS_sync_file_range, file, 0L, 0L, 64L));
  CALL(syscall(SYS_syncfs, 99));
  CALL(syscall(SYS_readahead, folder, 0L, 1L));
  CALL(syscall(SYS_readahead, 99, 0L, 1L));
  CALL(open("/dev/tty_none", O_RDONLY));
  CALL(open("folder", O_WRONLY));
  CALL(open("file", O_DIRECTORY));
  CALL(open("loop", O_RDONLY | O_NOFOLLOW));
  CALL(open("file", O_CREAT | O_EXCL, 0600));
  CALL(syscall(SYS_openat2, 99, "x", buffer, 24L));
  CALL(syscall(SYS_open_tree, 99, "x", 0));
  CALL(syscall(SYS_open_tree, HERE, "file", 2));
  CALL(syscall(SYS_pipe2, BAD, 0));
  CALL(syscall(SYS_pipe2, buffer, 1));
  close(file);
  close(folder);
}

static void data(void) {
  int file = open("file", O_RDWR), folder = open("folder", O_RDONLY), ends[2], other[2], only = open("file", O_RDONLY), full = open("open", O_RDONLY);
  int write_only = open("file", O_WRONLY), path = open("file", O_PATH);
  struct iovec one = {buffer, 1}, bad = {BAD, 1}, huge[2] = {{buffer, 0x7fffffffffffffff}, {buffer, 1}};
  long offset = 0;
  pipe2(ends, O_NONBLOCK);
  pipe2(other, O_NONBLOCK);
  CALL(read(folder, buffer, 1));
  CALL(read(write_only, buffer, 1));
  CALL(read(path, buffer, 1));
  CALL(write(only, buffer, 1));
  CALL(readv(99, &one, 1));
  CALL(readv(file, &one, 1025));
  CALL(readv(file, &one, -1));
  CALL(readv(file, BAD, 1));
  CALL(readv(file, huge, 2));
  CALL(readv(folder, &one, 1));
  CALL(writev(99, &one, 1));
  CALL(writev(only, &one, 1));
  CALL(writev(file, &one, 1025));
  CALL(writev(file, BAD, 1));
  CALL(writev(file, huge, 2));
  CALL(writev(file, &bad, 1));
  CALL(pread(99, buffer, 1, 0));
  CALL(pread(folder, buffer, 1, 0));
  CALL(pread(file, buffer, 1, -1));
  CALL(pread(ends[0], buffer, 1, 0));
  CALL(pwrite(99, buffer, 1, 0));
  CALL(pwrite(only, buffer, 1, 0));
  CALL(pwrite(file, buffer, 1, -1));
  CALL(preadv(99, &one, 1, 0));
  CALL(preadv(file, BAD, 1, 0));
  CALL(preadv(file, &one, 1, -1));
  CALL(pwritev(99, &one, 1, 0));
  CALL(pwritev(only, &one, 1, 0));
  CALL(pwritev(file, BAD, 1, 0));
  CALL(syscall(SYS_preadv2, ends[0], &one, 1L, 0L, 0L, 0L));
  CALL(syscall(SYS_pwritev2, ends[1], &one, 1L, 0L, 0L, 0L));
  CALL(syscall(SYS_preadv2, file, &one, 1L, 0L, 0L, 0x10000L));
  CALL(syscall(SYS_pwritev2, file, &one, 1L, 0L, 0L, 0x10000L));
  CALL(syscall(SYS_preadv2, 99, &one, 1L, 0L, 0L, 0L));
  CALL(syscall(SYS_pwritev2, 99, &one, 1L, 0L, 0L, 0L));
  CALL(syscall(SYS_sendfile, ends[1], file, BAD, 1L));
  CALL(syscall(SYS_sendfile, ends[1], write_only, NULL, 1L));
  CALL(syscall(SYS_sendfile, only, file, NULL, 1L));
  CALL(syscall(SYS_sendfile, ends[1], 99, NULL, 1L));
  CALL(syscall(SYS_sendfile, ends[1], other[0], &offset, 1L));
  while (write(ends[1], buffer, sizeof buffer) > 0) continue;
  CALL(syscall(SYS_sendfile, ends[1], full, NULL, 1L));
  CALL(syscall(SYS_sendfile, ends[1], file, NULL, 1L));
  CALL(syscall(SYS_splice, ends[0], &offset, file, NULL, 1L, 0L));
  CALL(syscall(SYS_splice, file, BAD, other[1], NULL, 1L, 0L));
  CALL(syscall(SYS_splice, file, NULL, file, NULL, 1L, 0L));
  CALL(syscall(SYS_splice, 99, NULL, other[1], NULL, 1L, 0L));
  CALL(syscall(SYS_splice, other[0], NULL, only, NULL, 1L, 0L));
  CALL(syscall(SYS_splice, file, NULL, other[1], NULL, 1L, 64L));
  CALL(syscall(SYS_tee, file, other[1], 1L, 0L));
  CALL(syscall(SYS_tee, ends[0], ends[1], 1L, 0L));
  CALL(syscall(SYS_tee, ends[0], 99, 1L, 0L));
  CALL(syscall(SYS_tee, ends[1], other[0], 1L, 0L));
  CALL(syscall(SYS_vmsplice, file, &one, 1L, 0L));
  CALL(syscall(SYS_vmsplice, other[1], &one, 1025L, 0L));
  CALL(syscall(SYS_vmsplice, other[1], BAD, 1L, 0L));
  CALL(syscall(SYS_vmsplice, other[1], &one, 1L, 64L));
  struct rlimit limit = {10, 10}, files = {0, 0};
  pid_t child = fork();
  if (!child) {
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    CALL(truncate("file", 11));
    CALL(ftruncate(file, 11));
    CALL(pwrite(file, buffer, 1, 10));
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = 0;
    setrlimit(RLIMIT_NOFILE, &files);
    CALL(open("file", O_RDONLY));
    CALL(syscall(SYS_pipe2, ends, 0));
    CALL(syscall(SYS_timerfd_create, 0, 0));
    CALL(syscall(SYS_pidfd_open, getpid(), 0));
    CALL(syscall(SYS_open_tree, HERE, "file", 0));
    CALL(syscall(SYS_socket, 1, 1, 0));
    CALL(syscall(SYS_socketpair, 1, 1, 0, ends));
    CALL(syscall(SYS_signalfd4, -1, &offset, 8L, 0));
    _exit(0);
  }
  reap(child);
  int all[] = {file, folder, only, write_only, path, ends[0], ends[1], other[0], other[1], full};
  for (int i = 0; i < 10; i++) close(all[i]);
}

static void attributes(void) {
  int file = open("file", O_RDWR);
  struct { unsigned long value; unsigned size, flags; } argument = {(unsigned long)"1", 1, XATTR_REPLACE};
  struct { unsigned bytes; int type; char handle[128]; } handle = {0};
  int mount;
  char name[300] = "user.";
  memset(name + 5, 'n', 260);
  CALL(setxattr("file", "other.a", "1", 1, 0));
  CALL(setxattr("file", name, "1", 1, 0));
  CALL(setxattr("file", "user.a", "1", 1, 4));
  CALL(setxattr("file", "user.a", "1", 70000, 0));
  CALL(setxattr("file", "user.a", BAD, 1, 0));
  CALL(setxattr("file", BAD, "1", 1, 0));
  CALL(removexattr("file", "other.a"));
  CALL(removexattr("file", name));
  CALL(removexattr("file", BAD));
  CALL(fsetxattr(99, "user.a", "1", 1, 0));
  CALL(fremovexattr(99, "user.a"));
  CALL(syscall(463, HERE, "file", 0L, "user.none", &argument, sizeof argument)); /* setxattrat */
  CALL(syscall(463, HERE, "file", 0L, name, &argument, sizeof argument));
  argument.flags = 0;
  CALL(syscall(463, HERE, "file", 0L, "other.a", &argument, sizeof argument));
  CALL(syscall(466, HERE, "file", 0L, name)); /* removexattrat */
  CALL(syscall(SYS_name_to_handle_at, HERE, "file", &handle, &mount, 0));
  CALL(syscall(SYS_name_to_handle_at, 99, "file", &handle, &mount, 0));
  CALL(syscall(SYS_name_to_handle_at, HERE, "file", BAD, &mount, 0));
  CALL(syscall(SYS_name_to_handle_at, HERE, "file", &handle, &mount, 4));
  handle.bytes = 129;
  CALL(syscall(SYS_name_to_handle_at, HERE, "file", &handle, &mount, 0));
  CALL(syscall(SYS_open_by_handle_at, HERE, &handle, O_RDONLY));
  CALL(syscall(SYS_open_by_handle_at, 99, &handle, O_RDONLY));
  handle.bytes = 128;
  CALL(syscall(SYS_name_to_handle_at, HERE, "/proc/version", &handle, &mount, 0));
  CALL(syscall(SYS_pivot_root, "folder", "folder/in"));
  CALL(syscall(SYS_pivot_root, "file", "folder"));
  close(file);
}

static void rights(void) {
  if (setgid(NOBODY) || setuid(NOBODY)) _exit(1);
  CALL(open_of("closed/x"));
  CALL(open_of("file"));
  CALL(stat_of("closed/x"));
  CALL(statx_of("closed/x"));
  CALL(statfs_of("closed/x"));
  CALL(truncate_of("closed/x"));
  CALL(truncate_of("file"));
  CALL(readlink_of("closed/x"));
  CALL(rename_of("file"));
  CALL(rename_to("closed/x"));
  CALL(unlink_of("file"));
  CALL(rmdir_of("folder"));
  CALL(symlink_of("mine"));
  CALL(times_of("file"));
  CALL(syscall(SYS_utimensat, HERE, "file", &(struct timespec[2]){0}, 0));
  CALL(setxattr_of("file"));
  CALL(removexattr_of("file"));
  CALL(setxattr("file", "trusted.a", "1", 1, 0));
  CALL(setxattr("file", "security.a", "1", 1, 0));
  CALL(syscall(463, HERE, "file", 0L, "user.a", &(long[2]){(long)"1", 1}, 16L));
  CALL(syscall(466, HERE, "file", 0L, "user.a"));
  CALL(syscall(466, HERE, "file", 0L, "trusted.a"));
  CALL(syscall(466, HERE, "file", 0L, "security.a"));
  CALL(syscall(SYS_open_tree, HERE, "file", 1));
  int handle[] = {8, 1, 0, 0};
  CALL(syscall(SYS_open_by_handle_at, HERE, handle, O_RDONLY));
  CALL(unlink("sticky/file"));
  CALL(rename("sticky/file", "sticky/mine"));
  CALL(rmdir("sticky/folder"));
  CALL(open("open", O_RDONLY | O_NOATIME));
}

static void mounts(void) {
  CALL(mkdir("mount", 0755));
  if (mount("none", "mount", "tmpfs", 0, NULL)) {
    printf("no mount: %s\n", strerror(errno));
    return;
  }
  close(open("mount/file", O_CREAT | O_WRONLY, 0644));
  CALL(rmdir("mount"));
  CALL(rename("mount", "other"));
  CALL(rename("file", "mount/other"));
  CALL(mount(NULL, "mount", NULL, MS_REMOUNT | MS_RDONLY, NULL));
  CALL(truncate("mount/file", 0));
  CALL(open("mount/file", O_RDWR));
  CALL(unlink("mount/file"));
  CALL(rename("mount/file", "mount/other"));
  CALL(symlink("x", "mount/link"));
  CALL(syscall(SYS_utimensat, HERE, "mount/file", NULL, 0));
  CALL(setxattr("mount/file", "trusted.a", "1", 1, 0));
  CALL(removexattr("mount/file", "trusted.a"));
  CALL(umount2("mount", 64));
  CALL(umount2("mount", MNT_EXPIRE | MNT_FORCE));
  CALL(umount2("mount", 0));
  CALL(rmdir("mount"));
}

int main(void) {
  start();
  memset(long_name, 'n', sizeof long_name - 1);
  memset(long_path, '/', sizeof long_path - 1);
  umask(0);
  chmod(".", 0755);
  close(open("file", O_CREAT | O_WRONLY, 0644));
  close(open("file2", O_CREAT | O_WRONLY, 0644));
  int content = open("open", O_CREAT | O_WRONLY, 0666);
  write(content, "x", 1);
  close(content);
  mkdir("folder", 0755);
  mkdir("folder/in", 0755);
  mkdir("closed", 0700);
  mkdir("sticky", 01777);
  mkdir("sticky/folder", 0755);
  close(open("sticky/file", O_CREAT | O_WRONLY, 0644));
  symlink("loop", "loop");
  paths();
  descriptors();
  data();
  attributes();
  mounts();
  pid_t child = fork();
  if (!child) {
    rights();
    _exit(0);
  }
  reap(child);
  const char *folders[] = {"sticky/folder", "sticky", "closed", "folder/in", "folder"};
  const char *files[] = {"sticky/file", "file", "file2", "open", "loop"};
  for (int i = 0; i < 5; i++) unlink(files[i]);
  for (int i = 0; i < 5; i++) rmdir(folders[i]);
}
