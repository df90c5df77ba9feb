/* inotify: every event, cookies, joining, overflow, limits, errors. */
#include "check.h"
#include <poll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <utime.h>

static int watcher, wds[64], numbered;

/* Numbers of watches by order of appearance. */
static int number(int wd) {
  for (int i = 0; i < numbered; i++)
    if (wds[i] == wd) return i + 1;
  return wd;
}

static int add(const char *path, unsigned mask) {
  errno = 0;
  int wd = inotify_add_watch(watcher, path, mask);
  if (wd < 0) printf("watch %s %x: %s\n", path, mask, strerror(errno));
  else if (number(wd) == wd && !(numbered >= wd && wds[wd - 1] == wd)) wds[numbered++] = wd;
  return wd;
}

static void drain(const char *label) {
  static char buffer[65536];
  unsigned cookie = 0;
  int queued;
  ioctl(watcher, FIONREAD, &queued);
  long count = read(watcher, buffer, sizeof buffer);
  printf("%s (%d):", label, queued);
  if (count < 0) printf(" %s", strerror(errno));
  for (long at = 0; at < count;) {
    struct inotify_event *event = (struct inotify_event *)(buffer + at);
    printf(" %d:%x%s%s/%d", number(event->wd), event->mask, event->len ? "=" : "", event->len ? event->name : "", event->len);
    if (event->cookie) printf("%s", event->cookie == cookie ? "[same]" : "[new]");
    cookie = event->cookie;
    at += sizeof *event + event->len;
  }
  printf("\n");
}

static void touch(const char *path) { close(open(path, O_CREAT | O_WRONLY, 0644)); }

static void directory(void) {
  char byte = 0;
  mkdir("dir", 0755);
  printf("first %d\n", add("dir", IN_ALL_EVENTS));
  drain("nothing");
  int fd = open("dir/file", O_CREAT | O_RDWR, 0644);
  drain("create");
  write(fd, "abc", 3), write(fd, "def", 3);
  drain("write twice");
  lseek(fd, 0, SEEK_SET);
  read(fd, &byte, 1);
  write(fd, "", 0);
  drain("read");
  read(fd, &byte, 1), pread(fd, &byte, 1, 100);
  drain("read, read nothing");
  fchmod(fd, 0600), fchown(fd, 0, 0), ftruncate(fd, 1);
  drain("attributes");
  close(fd);
  drain("close");
  close(open("dir/file", O_RDONLY | O_TRUNC));
  drain("open with truncation");
  close(open("dir/file", O_WRONLY | O_TRUNC));
  drain("and for writing");
  truncate("dir/file", 5);
  drain("truncate");
  utime("dir/file", NULL);
  drain("utime");
  struct timespec times[2] = {{1, 0}, {0, UTIME_OMIT}};
  utimensat(AT_FDCWD, "dir/file", times, 0);
  times[0].tv_nsec = UTIME_OMIT, times[1].tv_nsec = 7;
  utimensat(AT_FDCWD, "dir/file", times, 0);
  drain("one time, the other");
  mkdir("dir/sub", 0755), symlink("x", "dir/link"), link("dir/file", "dir/hard"), mkfifo("dir/fifo", 0644);
  drain("names");
  struct sockaddr_un name = {AF_UNIX, "dir/sock"};
  int s = socket(AF_UNIX, SOCK_DGRAM, 0);
  bind(s, (struct sockaddr *)&name, sizeof name);
  close(s);
  drain("socket");
  rename("dir/file", "dir/renamed-to-something-long");
  drain("rename");
  rename("dir/hard", "dir/sub/hard");
  drain("away");
  rename("dir/sub/hard", "dir/link");
  drain("back over another");
  rename("dir/sub", "dir/sub2");
  drain("directory");
  unlink("dir/link"), unlink("dir/fifo"), unlink("dir/sock"), rmdir("dir/sub2");
  drain("removal");
  close(open("dir", O_RDONLY | O_DIRECTORY));
  drain("itself");
  chmod("dir", 0700);
  drain("its mode");
  unlink("dir/renamed-to-something-long");
  rename("dir", "dir2");
  drain("moved");
  rmdir("dir2");
  drain("removed");
  CALL(inotify_rm_watch(watcher, wds[0]));
}

static void file(void) {
  touch("one");
  int wd = add("one", IN_ALL_EVENTS), fd = open("one", O_RDWR);
  drain("open");
  link("one", "two");
  drain("link");
  unlink("one");
  drain("unlink");
  rename("two", "three");
  drain("rename");
  close(fd);
  drain("close");
  fd = open("three", O_RDWR);
  unlink("three");
  drain("last name, still open");
  write(fd, "x", 1);
  close(fd);
  drain("closed");
  CALL(inotify_rm_watch(watcher, wd));
  touch("replaced"), touch("by");
  add("replaced", IN_ALL_EVENTS);
  rename("by", "replaced");
  drain("replaced");
  unlink("replaced");
}

static void masks(void) {
  mkdir("m", 0755);
  touch("m/f");
  int wd = add("m", IN_OPEN);
  close(open("m/f", O_RDONLY));
  drain("only opens");
  printf("same watch %d\n", add("m", IN_CLOSE_NOWRITE) == wd);
  close(open("m/f", O_RDONLY));
  drain("only closes");
  add("m", IN_OPEN | IN_MASK_ADD);
  close(open("m/f", O_RDONLY));
  drain("both");
  add("m", IN_OPEN | IN_MASK_CREATE);
  add("m", IN_OPEN | IN_MASK_CREATE | IN_MASK_ADD);
  add("m/f", IN_OPEN | IN_ONLYDIR);
  add("m/none", IN_OPEN);
  add("m/f", 0);
  add("m/f", IN_UNMOUNT | 0x10000);
  add("m/f", 0x10000);
  add("m", IN_OPEN | IN_ONESHOT);
  close(open("m/f", O_RDONLY));
  drain("one shot");
  CALL(inotify_rm_watch(watcher, wd));
  wd = add("m", IN_MODIFY | IN_EXCL_UNLINK);
  int fd = open("m/f", O_RDWR);
  write(fd, "x", 1);
  unlink("m/f");
  write(fd, "x", 1);
  close(fd);
  drain("not when unlinked");
  symlink("m", "s");
  add("s", IN_ATTRIB | IN_DONT_FOLLOW);
  add("s", IN_ATTRIB);
  lchown("s", 0, 0);
  drain("link itself");
  CALL(inotify_rm_watch(watcher, wd));
  drain("removed by hand");
  unlink("s"), rmdir("m");
  drain("the rest");
  CALL(inotify_rm_watch(watcher, 4711));
  CALL(inotify_rm_watch(99, 1));
  CALL(inotify_rm_watch(0, 1));
  CALL(inotify_add_watch(99, ".", IN_OPEN));
  int null = open("/dev/null", O_RDONLY);
  CALL(inotify_add_watch(null, ".", IN_OPEN));
  CALL(inotify_add_watch(watcher, NULL, IN_OPEN));
  CALL(inotify_init1(1));
  close(null);
}

static void reading(void) {
  char buffer[64];
  mkdir("r", 0755);
  int wd = add("r", IN_CREATE);
  touch("r/a-name-of-20-letters");
  CALL(read(watcher, buffer, 32));
  CALL(read(watcher, buffer, 0));
  touch("r/b");
  VALUE(read(watcher, buffer, 64));
  struct pollfd one = {watcher, POLLIN | POLLOUT, 0};
  VALUE(poll(&one, 1, 0));
  printf("%x\n", one.revents);
  VALUE(read(watcher, buffer, 64));
  VALUE(poll(&one, 1, 0));
  CALL(write(watcher, buffer, 1));
  VALUE(lseek(watcher, 0, SEEK_SET));
  fcntl(watcher, F_SETFL, 0);
  pid_t child = fork();
  if (child == 0) {
    usleep(10000);
    touch("r/c");
    _exit(0);
  }
  VALUE(read(watcher, buffer, 64));
  printf("%s\n", ((struct inotify_event *)buffer)->name);
  reap(child);
  fcntl(watcher, F_SETFL, O_NONBLOCK);
  inotify_rm_watch(watcher, wd);
  drain("gone");
  unlink("r/a-name-of-20-letters"), unlink("r/b"), unlink("r/c"), rmdir("r");
}

static long setting(const char *name) {
  char path[128];
  long value = -1;
  sprintf(path, "/proc/sys/fs/inotify/%s", name);
  FILE *file = fopen(path, "r");
  if (!file) return -1;
  fscanf(file, "%ld", &value);
  fclose(file);
  return value;
}

static void limits(void) {
  char name[64];
  mkdir("l", 0755);
  int fresh = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  printf("flags %x %x\n", fcntl(fresh, F_GETFD), fcntl(fresh, F_GETFL) & (O_ACCMODE | O_NONBLOCK));
  inotify_add_watch(fresh, "l", IN_CREATE | IN_DELETE);
  long queue = setting("max_queued_events"), extra = 0;
  for (long i = 0; i < queue / 2 + 5; i++) sprintf(name, "l/%ld", i), touch(name), unlink(name);
  static char buffer[1 << 20];
  long count, events = 0, last = 0;
  while ((count = read(fresh, buffer, sizeof buffer)) > 0)
    for (long at = 0; at < count;) {
      struct inotify_event *event = (struct inotify_event *)(buffer + at);
      events++, last = event->mask, extra += event->mask == IN_Q_OVERFLOW;
      if (event->mask == IN_Q_OVERFLOW) printf("overflow of %d\n", event->wd);
      at += sizeof *event + event->len;
    }
  printf("%d events, %ld overflows, last %lx\n", events == queue + 1, extra, last);
  char link[64], target[64] = "";
  sprintf(link, "/proc/self/fd/%d", fresh);
  readlink(link, target, 63);
  printf("%s\n", target);
  close(fresh);
  rmdir("l");
}

static void unmounting(void) {
  mkdir("mnt", 0755);
  if (mount("none", "mnt", "tmpfs", 0, "") < 0) {
    printf("no mounts here\n");
    return;
  }
  touch("mnt/f");
  add("mnt/f", IN_OPEN);
  add("mnt", IN_OPEN);
  CALL(umount("mnt"));
  drain("unmounted");
  rmdir("mnt");
}

int main(void) {
  start();
  watcher = inotify_init1(IN_NONBLOCK);
  directory();
  file();
  masks();
  reading();
  limits();
  unmounting();
  return 0;
}
