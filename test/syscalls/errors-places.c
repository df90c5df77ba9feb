/* Calls (names n-z, and their l- and f-forms) that are given a place: chains of links without an end, names that are too long, folders that may
   not be searched, file systems that are full, read-only or of another kind. */
#include "rows.h"
#include <linux/fs.h>
#include <linux/loop.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/xattr.h>

#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#endif
#define SYS_setxattrat 463
#define SYS_removexattrat 466

static const int HERE = AT_FDCWD, NOBODY = 65534;
static char room[70000], longer[5000];
struct { unsigned long long value; unsigned size, flags; } argument;

/* All that take a path, with the same one. */
static void all_of(const char *kind, const char *path) {
  struct timespec times[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
  struct { unsigned bytes; int type; unsigned char value[128]; } handle = {.bytes = 128};
  struct open_how how = {.flags = O_RDONLY};
  int mount;
  TRY(setxattr, path, "user.a", "1", 1, 0);
  TRY(lsetxattr, path, "user.a", "1", 1, 0);
  TRY(setxattrat, HERE, path, 0, "user.a", &argument, sizeof argument);
  TRY(removexattr, path, "user.a");
  TRY(lremovexattr, path, "user.a");
  TRY(removexattrat, HERE, path, 0, "user.a");
  TRY(umount2, path, 0);
  TRY(pivot_root, path, ".");
  TRY(pivot_root, ".", path);
  TRY(unlinkat, HERE, path, 0);
  TRY(renameat2, HERE, path, HERE, "new", 0);
  TRY(renameat2, HERE, "file", HERE, path, 0);
  TRY(symlinkat, "target", HERE, path);
  TRY(readlinkat, HERE, path, room, 10);
  TRY(utimensat, HERE, path, times, 0);
  TRY(name_to_handle_at, HERE, path, &handle, &mount, 0);
  TRY(openat, HERE, path, O_RDONLY);
  TRY(openat2, HERE, path, &how, sizeof how);
  TRY(newfstatat, HERE, path, room, 0);
  TRY(statx, HERE, path, 0, 0, room);
  TRY(statfs, path, room);
  TRY(truncate, path, 0L);
  TRY(open_tree, HERE, path, 0);
  TRY(move_mount, HERE, path, HERE, ".", 0);
  TRY(move_mount, HERE, "m", HERE, path, 0);
  TRY(swapon, path, 0);
  TRY(swapoff, path);
}

static void paths(void) {
  symlink("two", "one");
  symlink("one", "two");
  memset(longer, 'n', sizeof longer - 1);
  all_of("absent", "absent/x");
  all_of("links without an end", "one/x");
  all_of("below a file", "file/x");
  all_of("long path", longer);
  longer[300] = 0;
  all_of("long name", longer);
  longer[300] = 'n';
  all_of("empty", "");
  all_of("bad address", BAD);
}

/* As nobody, below a folder of root's that may not be searched. */
static void denied(void) {
  mkdir("closed", 0700);
  close(open("closed/x", O_CREAT | O_WRONLY, 0600));
  pid_t pid = fork();
  if (pid == 0) {
    if (setgid(NOBODY) || setuid(NOBODY)) _exit(1);
    all_of("denied", "closed/x");
    const char *kind = "an own namespace";
    TRY(unshare, 0x00020000);
    TRY(unshare, 0x02000000);
    TRY(unshare, 0x04000000);
    TRY(unshare, 0x08000000);
    TRY(unshare, 0x20000000);
    TRY(unshare, 0x40000000);
    TRY(unshare, 0x00000080);
    TRY(unshare, 0x00020400);
    TRY(clone, 0x00020011, NULL, NULL, NULL, NULL);
    TRY(clone, 0x40000011, NULL, NULL, NULL, NULL);
    _exit(0);
  }
  reap(pid);
}

static void attributes(const char *kind, int file, const char *name) {
  TRY(setxattr, "file", name, "1", 1, 0);
  TRY(lsetxattr, "file", name, "1", 1, 0);
  TRY(fsetxattr, file, name, "1", 1, 0);
  TRY(setxattrat, HERE, "file", 0, name, &argument, sizeof argument);
  TRY(removexattr, "file", name);
  TRY(lremovexattr, "file", name);
  TRY(fremovexattr, file, name);
  TRY(removexattrat, HERE, "file", 0, name);
}

static void names_of_attributes(void) {
  int file = open("file", O_RDONLY);
  attributes("empty", file, "");
  attributes("long", file, longer);
  attributes("prefix", file, "other.a");
  attributes("bad address", file, BAD);
  attributes("bad descriptor", 99, "user.a");
  attributes("one", file, "user.a");
  attributes("gone", file, "trusted.a");
  const char *kind = "flags";
  TRY(setxattr, "file", "user.a", "1", 1, 8);
  TRY(lsetxattr, "file", "user.a", "1", 1, 8);
  TRY(fsetxattr, file, "user.a", "1", 1, 8);
  TRY(removexattrat, HERE, "file", 1, "user.a");
  TRY(setxattrat, 99, "file", 0, "user.a", &argument, sizeof argument);
  TRY(removexattrat, 99, "file", 0, "user.a");
  int flags = FS_IMMUTABLE_FL, none = 0;
  if (ioctl(file, FS_IOC_SETFLAGS, &flags)) printf("no immutable files\n");
  attributes("immutable", file, "user.a");
  ioctl(file, FS_IOC_SETFLAGS, &none);
  setxattr("file", "user.a", "1", 1, 0);
  chmod("file", 0644);
  pid_t pid = fork();
  if (pid == 0) {
    if (setgid(NOBODY) || setuid(NOBODY)) _exit(1);
    attributes("denied", file, "user.a");
    attributes("denied", file, "trusted.a");
    _exit(0);
  }
  reap(pid);
  close(file);
}

/* Too small for the text of a link, for a name, for an attribute; then only to be read. */
static void full_and_read_only(void) {
  const char *kind = "full";
  mkdir("small", 0700);
  if (mount("none", "small", "tmpfs", 0, "size=8k,nr_inodes=3")) printf("mount: %s\n", strerror(errno));
  chdir("small");
  int file = open("file", O_CREAT | O_RDWR, 0600);
  argument.size = sizeof room / 2;
  argument.value = (unsigned long)room;
  TRY(setxattr, "file", "user.a", room, sizeof room / 2, 0);
  TRY(lsetxattr, "file", "user.a", room, sizeof room / 2, 0);
  TRY(fsetxattr, file, "user.a", room, sizeof room / 2, 0);
  TRY(setxattrat, HERE, "file", 0, "user.a", &argument, sizeof argument);
  argument.size = 1;
  argument.value = (unsigned long)"1";
  mkdir("folder", 0700);
  TRY(symlinkat, "target", HERE, "link");
  TRY(openat, HERE, "new", O_CREAT | O_WRONLY, 0600);
  char piece[4096] = {0};
  while (write(file, piece, sizeof piece) > 0) continue;
  TRY(renameat2, HERE, "file", HERE, "other", RENAME_WHITEOUT);
  mount("none", ".", NULL, MS_REMOUNT | MS_RDONLY, NULL);
  close(file);
  mount("none", ".", NULL, MS_REMOUNT | MS_RDONLY, NULL);
  chdir("..");
  chdir("small");
  file = open("file", O_RDONLY);
  attributes("read-only", file, "user.a");
  close(file);
  chdir("..");
  umount("small");
  file = open("/proc/self/status", O_RDONLY);
  chdir("/proc/self");
  kind = "proc";
  TRY(setxattr, "status", "user.a", "1", 1, 0);
  TRY(setxattrat, HERE, "status", 0, "user.a", &argument, sizeof argument);
  TRY(removexattr, "status", "user.a");
  TRY(removexattrat, HERE, "status", 0, "user.a");
  TRY(fremovexattr, file, "user.a");
  TRY(symlinkat, "target", HERE, "link");
  TRY(openat, HERE, "new", O_CREAT | O_RDWR, 0600);
  TRY(renameat2, HERE, "new", HERE, "other", 0);
  TRY(unlinkat, HERE, "new", 0);
  TRY(openat, HERE, "/proc", O_TMPFILE | O_RDWR, 0600);
  kind = "sys";
  chdir("/sys/kernel");
  TRY(symlinkat, "target", HERE, "link");
  TRY(openat, HERE, "new", O_CREAT | O_RDWR, 0600);
  TRY(openat, HERE, ".", O_TMPFILE | O_RDWR, 0600);
  kind = "devpts";
  chdir("/dev/pts");
  TRY(symlinkat, "target", HERE, "link");
  TRY(openat, HERE, "new", O_CREAT | O_RDWR, 0600);
  TRY(openat, HERE, ".", O_TMPFILE | O_RDWR, 0600);
  chdir("/");
  close(file);
}

/* A disk that somebody has for himself alone. */
static void disk(void) {
  const char *kind = "disk in use";
  char path[32], block[512] = {0};
  int control = open("/dev/loop-control", O_RDWR), backing = open("backing", O_CREAT | O_RDWR, 0600), number, loop;
  for (int i = 0; i < 64; i++) write(backing, block, sizeof block);
  do {
    number = ioctl(control, LOOP_CTL_GET_FREE);
    snprintf(path, sizeof path, "/dev/loop%d", number);
    loop = open(path, O_RDWR);
  } while (ioctl(loop, LOOP_SET_FD, backing) && errno == EBUSY && !close(loop));
  int one = open(path, O_RDONLY | O_EXCL);
  TRY(openat, HERE, path, O_RDONLY | O_EXCL);
  TRY(openat, HERE, path, O_RDWR | O_EXCL);
  TRY(openat, HERE, path, O_RDONLY);
  close(one);
  TRY(openat, HERE, path, O_RDONLY | O_EXCL);
  ioctl(loop, LOOP_CLR_FD, 0);
  close(loop);
  close(backing);
}

static void roots(void) {
  const char *kind = "root";
  mkdir("mount", 0700);
  mkdir("mount/inner", 0700);
  mkdir("beside", 0700);
  TRY(pivot_root, "mount", "mount/inner");
  TRY(pivot_root, "mount", "beside");
  TRY(pivot_root, "beside", "mount/inner");
  TRY(pivot_root, "mount", "file");
  TRY(pivot_root, "file", "mount");
  mkdir("other", 0700);
  if (mount("none", "mount", "tmpfs", 0, NULL) || mount("none", "other", "tmpfs", 0, NULL)) printf("mount: %s\n", strerror(errno));
  mkdir("mount/inner", 0700);
  TRY(pivot_root, "mount", "other");
  TRY(pivot_root, "mount/inner", "mount");
  TRY(pivot_root, "mount", "beside");
  umount("mount");
  umount("other");
  TRY(openat2, 99, "file", (&(struct open_how){0}), sizeof(struct open_how));
}

int main(void) {
  start();
  argument.value = (unsigned long)"1";
  argument.size = 1;
  chmod(".", 0755);
  close(open("file", O_CREAT | O_WRONLY, 0600));
  mkdir("m", 0700);
  paths();
  denied();
  names_of_attributes();
  disk();
  roots();
  full_and_read_only();
}
