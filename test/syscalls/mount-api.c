/* fsopen(2), fsconfig(2), fsmount(2), fspick(2), move_mount(2), open_tree(2), mount_setattr(2). */
#include "check.h"

#include <stdint.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

enum { FLAG, STRING, BINARY, PATH, PATH_EMPTY, FD, CREATE, RECONFIGURE };
struct attributes {
  uint64_t set, clear, propagation, userns;
};

static int fsopen_(const char *type, int flags) { return syscall(430, type, flags); }
static int config(int fd, int command, const char *key, const char *value, int extra) {
  return syscall(431, fd, command, key, value, extra);
}
static int fsmount_(int fd, int flags, int attributes) { return syscall(432, fd, flags, attributes); }
static int pick(int at, const char *path, int flags) { return syscall(433, at, path, flags); }
static int move(int from, const char *path, int to, const char *target, int flags) {
  return syscall(429, from, path, to, target, flags);
}
static int tree(int at, const char *path, unsigned flags) { return syscall(428, at, path, flags); }
static int setattr(int at, const char *path, int flags, struct attributes *a, long size) {
  return syscall(442, at, path, flags, a, size);
}
static void touch(const char *path) { close(open(path, O_CREAT | O_WRONLY, 0600)); }

/* What statvfs says of the mount, without the bits that only some libraries know. */
static void show(const char *path) {
  struct statvfs s;
  if (statvfs(path, &s)) printf("%s: %s\n", path, strerror(errno));
  else printf("%s: flags %lx\n", path, s.f_flag & 0xcfUL);
}

static void errors(int fd) {
  CALL(fsopen_("no such type", 0));
  CALL(fsopen_("tmpfs", 2));
  CALL(fsopen_((void *)-1, 0));
  CALL(config(-1, FLAG, "ro", 0, 0));
  CALL(config(99, FLAG, "ro", 0, 0));
  CALL(config(1, FLAG, "ro", 0, 0));
  CALL(config(fd, 100, "ro", 0, 0));
  CALL(config(fd, FLAG, 0, 0, 0));
  CALL(config(fd, FLAG, "ro", "x", 0));
  CALL(config(fd, FLAG, "ro", 0, 1));
  CALL(config(fd, STRING, "source", 0, 0));
  CALL(config(fd, STRING, "source", "x", 1));
  CALL(config(fd, BINARY, "sync", "x", 0));
  CALL(config(fd, PATH, "sync", 0, 0));
  CALL(config(fd, PATH, "sync", "x", -1));
  CALL(config(fd, FD, "sync", "x", 0));
  CALL(config(fd, CREATE, "x", 0, 0));
  CALL(config(fd, RECONFIGURE, 0, "x", 0));
  CALL(config(fd, RECONFIGURE, 0, 0, 0));
  CALL(fsmount_(99, 0, 0));
  CALL(fsmount_(1, 0, 0));
  CALL(fsmount_(fd, 0, 0));
  CALL(fsmount_(fd, 2, 0));
  CALL(fsmount_(fd, 0, 0x30));
  CALL(fsmount_(fd, 0, 0x100));
}

static int make(const char *source, int attributes) {
  int fd = fsopen_("tmpfs", 1);
  config(fd, STRING, "source", source, 0);
  CALL(config(fd, CREATE, 0, 0, 0));
  int mount = CALL(fsmount_(fd, 1, attributes));
  printf("close on exec: %d\n", fcntl(mount, F_GETFD));
  CALL(config(fd, CREATE, 0, 0, 0));
  CALL(fsmount_(fd, 0, 0));
  close(fd);
  return mount;
}

static void attach(void) {
  int mount = make("one", 2 | 8);
  int file = CALL(openat(mount, "inside", O_CREAT | O_WRONLY, 0600));
  close(file);
  CALL(move(-1, "", AT_FDCWD, "a", 4));
  CALL(move(mount, "", AT_FDCWD, "a", 0));
  CALL(move(mount, "inside", AT_FDCWD, "a", 4));
  CALL(move(mount, "none", AT_FDCWD, "a", 4));
  CALL(move(mount, "", AT_FDCWD, "none", 4));
  CALL(move(mount, "", AT_FDCWD, "file", 4));
  CALL(move(mount, "", AT_FDCWD, "a", 8 | 4));
  CALL(move(mount, "", AT_FDCWD, "a", 4));
  CALL(access("a/inside", F_OK));
  show("a");
  close(mount);
  CALL(move(AT_FDCWD, "a", AT_FDCWD, "b", 0));
  CALL(access("a/inside", F_OK));
  CALL(access("b/inside", F_OK));
  CALL(move(AT_FDCWD, "b/inside", AT_FDCWD, "file", 0));
  mkdir("b/c", 0700);
  CALL(move(AT_FDCWD, "b", AT_FDCWD, "b/c", 0));
  CALL(umount("b"));
  mount = make("never attached", 0);
  close(mount);
}

static void change(void) {
  struct attributes a = {0}, read_only = {.set = 1}, writable = {.clear = 1};
  mount("tmpfs", "a", "tmpfs", 0, 0);
  CALL(setattr(AT_FDCWD, "a", 1, &a, sizeof a));
  CALL(setattr(AT_FDCWD, "a", 0, &a, 8));
  CALL(setattr(AT_FDCWD, "a", 0, &a, 8192));
  CALL(setattr(AT_FDCWD, "a", 0, &a, sizeof a));
  CALL(setattr(AT_FDCWD, "a", 0, (void *)-1, sizeof a));
  CALL(setattr(AT_FDCWD, "none", 0, &read_only, sizeof a));
  CALL(setattr(AT_FDCWD, "b", 0, &read_only, sizeof a));
  a.set = 0x10;
  CALL(setattr(AT_FDCWD, "a", 0, &a, sizeof a));
  a.clear = 0x20;
  CALL(setattr(AT_FDCWD, "a", 0, &a, sizeof a));
  a.set = 1ull << 40;
  CALL(setattr(AT_FDCWD, "a", 0, &a, sizeof a));
  a = (struct attributes){.propagation = 3};
  CALL(setattr(AT_FDCWD, "a", 0, &a, sizeof a));
  int file = open("a/file", O_CREAT | O_WRONLY, 0600);
  CALL(setattr(AT_FDCWD, "a", 0, &read_only, sizeof a));
  close(file);
  CALL(setattr(AT_FDCWD, "a", 0, &read_only, sizeof a));
  CALL(open("a/file", O_WRONLY));
  show("a");
  CALL(setattr(AT_FDCWD, "a", 0, &writable, sizeof a));
  close(CALL(open("a/file", O_WRONLY)));
  a = (struct attributes){.set = 2 | 4};
  CALL(setattr(AT_FDCWD, "a", 0x8000, &a, sizeof a));
  show("a");
  CALL(umount("a"));
}

static void picking(void) {
  mount("tmpfs", "a", "tmpfs", 0, 0);
  CALL(pick(-1, "a", 1));
  CALL(pick(AT_FDCWD, "none", 1));
  CALL(pick(AT_FDCWD, "b", 1));
  CALL(pick(AT_FDCWD, "a", 0x10));
  int fd = CALL(pick(AT_FDCWD, "a", 1));
  CALL(config(fd, FLAG, "ro", 0, 0));
  CALL(config(fd, RECONFIGURE, 0, 0, 0));
  CALL(open("a/file", O_WRONLY | O_CREAT, 0600));
  CALL(config(fd, FLAG, "rw", 0, 0));
  CALL(config(fd, RECONFIGURE, 0, 0, 0));
  close(CALL(open("a/file", O_WRONLY | O_CREAT, 0600)));
  close(fd);
  CALL(umount("a"));
}

static void trees(void) {
  mount("tmpfs", "a", "tmpfs", 0, 0);
  touch("a/first");
  mkdir("a/in", 0700);
  mount("tmpfs", "a/in", "tmpfs", 0, 0);
  touch("a/in/second");
  CALL(tree(AT_FDCWD, "a", 0x10));
  CALL(tree(AT_FDCWD, "a", 0x8000));
  CALL(tree(AT_FDCWD, "none", 0));
  CALL(tree(-1, "a", 0));
  int place = CALL(tree(AT_FDCWD, "a", 0));
  CALL(read(place, &place, 0));
  close(place);
  int copy = CALL(tree(AT_FDCWD, "a", 1));
  CALL(faccessat(copy, "first", F_OK, 0));
  CALL(faccessat(copy, "in/second", F_OK, 0));
  close(copy);
  copy = CALL(tree(AT_FDCWD, "a", 0x8001));
  CALL(faccessat(copy, "in/second", F_OK, 0));
  CALL(move(copy, "in", AT_FDCWD, "b", 0));
  CALL(move(copy, "", AT_FDCWD, "b", 4));
  close(copy);
  CALL(access("b/in/second", F_OK));
  CALL(umount("b"));
  CALL(umount("b/in"));
  CALL(umount("b"));
  mount("tmpfs", "b", "tmpfs", 0, 0);
  touch("b/upper");
  copy = tree(AT_FDCWD, "a", 1);
  int upper = open("b", O_PATH);
  CALL(move(copy, "", upper, "", 0x200 | 4 | 0x40));
  close(copy);
  close(upper);
  CALL(access("b/upper", F_OK));
  CALL(access("b/first", F_OK));
  CALL(umount("b"));
  CALL(access("b/first", F_OK));
  CALL(umount("b"));
  CALL(umount("a/in"));
  CALL(umount("a"));
}

/* Of the lines that name a place: the end of a field, from 0 on. */
static void field(const char *file, const char *place, int number) {
  char line[4096];
  FILE *lines = fopen(file, "r");
  while (fgets(line, sizeof line, lines)) {
    if (!strstr(line, place)) continue;
    char *word = strtok(line, " \n");
    for (int i = 0; i < number; i++) word = strtok(0, " \n");
    size_t length = strlen(word);
    printf("%s %d: %s\n", file, number, length > 20 ? word + length - 20 : word);
  }
  fclose(lines);
}

/* A name that is gone is told of the root of a mount, not of its place. */
static void removed(void) {
  mkdir("a/directory-that-goes", 0700);
  mkdir("a/directory-that-stays", 0700);
  CALL(mount("a/directory-that-goes", "a/directory-that-stays", 0, MS_BIND, 0));
  CALL(rmdir("a/directory-that-goes"));
  field("/proc/self/mounts", "/directory-that-stays", 1);
  field("/proc/self/mountinfo", "/directory-that-stays", 3);
  field("/proc/self/mountinfo", "/directory-that-stays", 4);
  CALL(chdir("a/directory-that-stays"));
  char path[4096], *end;
  long length = readlink("/proc/self/cwd", path, sizeof path - 1);
  path[length] = 0;
  printf("%s\n", (end = strstr(path, "/directory")) ? end : path);
  CALL(chdir("../.."));
  CALL(umount("a/directory-that-stays"));
}

int main(void) {
  start();
  mkdir("a", 0700);
  mkdir("b", 0700);
  touch("file");
  if (mount("none", "a", "tmpfs", 0, "")) {
    printf("no mounts here\n");
    return 1;
  }
  umount("a");
  /* Nothing propagates: what the guest has, and a new namespace on Linux. */
  int fd = CALL(fsopen_("tmpfs", 0));
  errors(fd);
  close(fd);
  attach();
  change();
  picking();
  trees();
  removed();
  return 0;
}
