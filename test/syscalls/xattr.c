/* Extended attributes: names, values, sizes, flags, spaces, permissions; on the root's file system and on tmpfs. */
#include "check.h"
#include <sys/inotify.h>
#include <sys/xattr.h>

static char buffer[70000];

static int by_name(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }

/* Names of the file, sorted, without those that the host's security modules add. */
static void names(const char *path) {
  long length = listxattr(path, buffer, sizeof buffer);
  char *found[64];
  int count = 0;
  for (long at = 0; at < length; at += strlen(buffer + at) + 1)
    if (strcmp(buffer + at, "security.selinux")) found[count++] = buffer + at;
  qsort(found, count, sizeof *found, by_name);
  printf("%s:", path);
  for (int i = 0; i < count; i++) printf(" %s", found[i]);
  printf("\n");
}

static void value(const char *path, const char *name) {
  memset(buffer, 0, 64);
  long length = getxattr(path, name, buffer, sizeof buffer);
  if (length < 0) printf("%s: %s\n", name, strerror(errno));
  else printf("%s = %ld '%.20s'\n", name, length, buffer);
}

static void everything(void) {
  int fd = open("f", O_CREAT | O_RDWR, 0644);
  names("f");
  CALL(setxattr("f", "user.one", "1", 1, 0));
  if (errno == EOPNOTSUPP) return;
  CALL(setxattr("f", "user.two", "second", 6, XATTR_CREATE));
  CALL(setxattr("f", "user.two", "again", 5, XATTR_CREATE));
  CALL(setxattr("f", "user.two", "again", 5, XATTR_REPLACE));
  CALL(setxattr("f", "user.three", "x", 1, XATTR_REPLACE));
  CALL(setxattr("f", "user.empty", "", 0, 0));
  CALL(setxattr("f", "trusted.t", "secret", 6, 0));
  CALL(setxattr("f", "security.mine", "s", 1, 0));
  CALL(fsetxattr(fd, "user.fd", "by fd", 5, 0));
  names("f");
  value("f", "user.one"), value("f", "user.two"), value("f", "user.empty"), value("f", "trusted.t"), value("f", "user.none"), value("f", "security.mine");
  VALUE(getxattr("f", "user.two", NULL, 0));
  CALL(getxattr("f", "user.two", buffer, 4));
  VALUE(getxattr("f", "user.two", buffer, 5));
  VALUE(fgetxattr(fd, "user.fd", buffer, 100));
  CALL(listxattr("f", buffer, 3));
  CALL(setxattr("f", "user.one", "x", 1, 4));
  CALL(setxattr("f", "user.one", "x", 1, 3));
  CALL(setxattr("f", "", "x", 1, 0));
  CALL(setxattr("f", "nospace", "x", 1, 0));
  CALL(setxattr("f", "what.ever", "x", 1, 0));
  CALL(setxattr("f", "user.", "x", 1, 0));
  CALL(getxattr("f", "user.", buffer, 1));
  CALL(getxattr("f", "nospace", buffer, 1));
  CALL(setxattr("f", "user.big", buffer, 65537, 0));
  CALL(setxattr("f", "user.bad", (void *)8, 10, 0));
  CALL(setxattr("none", "user.x", "x", 1, 0));
  CALL(fsetxattr(99, "user.x", "x", 1, 0));
  char longest[300] = "user.";
  memset(longest + 5, 'n', 251);
  CALL(setxattr("f", longest, "x", 1, 0));
  longest[255] = 0;
  CALL(setxattr("f", longest, "x", 1, 0));
  CALL(removexattr("f", longest));
  memset(buffer, 'v', 3000);
  CALL(setxattr("f", "user.large", buffer, 2000, 0));
  value("f", "user.large");
  CALL(removexattr("f", "user.one"));
  CALL(removexattr("f", "user.one"));
  CALL(removexattr("f", "user.large"));
  CALL(fremovexattr(fd, "user.fd"));
  CALL(removexattr("f", "security.mine"));
  names("f");
  symlink("f", "l");
  CALL(lsetxattr("l", "user.x", "x", 1, 0));
  CALL(lsetxattr("l", "trusted.x", "x", 1, 0));
  CALL(lgetxattr("l", "user.two", buffer, 10));
  VALUE(getxattr("l", "user.two", buffer, 10));
  VALUE(llistxattr("l", buffer, 100));
  mkdir("d", 01777);
  chmod("d", 01777);
  CALL(setxattr("d", "user.x", "x", 1, 0));
  mkfifo("p", 0666);
  CALL(setxattr("p", "user.x", "x", 1, 0));
  CALL(getxattr("p", "user.x", buffer, 1));
  link("f", "f2");
  value("f2", "user.two");
  rename("f2", "f3");
  value("f3", "trusted.t");
  int watch = inotify_init1(IN_NONBLOCK);
  inotify_add_watch(watch, "f", IN_ATTRIB);
  setxattr("f", "user.w", "w", 1, 0);
  VALUE(read(watch, buffer, 100));
  close(watch);
  chmod("f", 0644);
  pid_t child = fork();
  if (child == 0) {
    setgid(5), setuid(5);
    names("f");
    CALL(setxattr("f", "user.two", "x", 1, 0));
    value("f", "user.two");
    value("f", "trusted.t");
    CALL(setxattr("f", "trusted.t", "x", 1, 0));
    CALL(setxattr("f", "security.mine", "x", 1, 0));
    CALL(removexattr("f", "user.two"));
    CALL(setxattr("d", "user.mine", "x", 1, 0));
    value("d", "user.x");
    _exit(0);
  }
  reap(child);
  chmod("f", 0600);
  child = fork();
  if (child == 0) {
    setgid(5), setuid(5);
    CALL(getxattr("f", "user.two", buffer, 10));
    _exit(0);
  }
  reap(child);
  close(fd);
  unlink("f"), unlink("f3"), unlink("l"), unlink("p"), rmdir("d");
}

int main(void) {
  start();
  chmod(".", 0755);
  everything();
  printf("tmpfs\n");
  mkdir("/tmp/check-xattr", 0755);
  if (chdir("/dev/shm") == 0) {
    mkdir("check-xattr", 0755), chdir("check-xattr");
    everything();
    chdir(".."), rmdir("check-xattr");
  }
  rmdir("/tmp/check-xattr");
  return 0;
}
