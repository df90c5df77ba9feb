/* fanotify_init, fanotify_mark: arguments, events of files, directories and mounts, handles and names, ignored events. */
#include "check.h"
#include <limits.h>
#include <stdint.h>
#include <sys/fanotify.h>
#include <sys/syscall.h>

#ifndef FAN_REPORT_TARGET_FID
#define FAN_REPORT_TARGET_FID 0x1000
#endif
#ifndef FAN_REPORT_PIDFD
#define FAN_REPORT_PIDFD 0x80
#endif
#ifndef FAN_RENAME
#define FAN_RENAME 0x10000000
#endif
#ifndef FAN_MARK_EVICTABLE
#define FAN_MARK_EVICTABLE 0x200
#endif
#ifndef FAN_MARK_IGNORE
#define FAN_MARK_IGNORE 0x400
#endif

static int init(unsigned flags, unsigned file_flags) { return syscall(SYS_fanotify_init, flags, file_flags); }
static int mark(int fd, unsigned flags, uint64_t mask, int dirfd, const char *path) {
  return syscall(SYS_fanotify_mark, fd, flags, mask, dirfd, path);
}
#define E(...) CALL(mark(__VA_ARGS__))

static const struct { uint64_t bit; const char *name; } NAMES[] = {
    {1, "ACCESS"}, {2, "MODIFY"}, {4, "ATTRIB"}, {8, "CLOSE_WRITE"}, {0x10, "CLOSE_NOWRITE"}, {0x20, "OPEN"}, {0x40, "MOVED_FROM"},
    {0x80, "MOVED_TO"}, {0x100, "CREATE"}, {0x200, "DELETE"}, {0x400, "DELETE_SELF"}, {0x800, "MOVE_SELF"}, {0x1000, "OPEN_EXEC"},
    {0x4000, "Q_OVERFLOW"}, {0x10000000, "RENAME"}, {0x40000000, "ONDIR"},
};

/* What was made last in the working directory by the handles that the events have. */
static void drain(const char *what, int fd) {
  static char buffer[65536] __attribute__((aligned(8)));
  printf("-- %s\n", what);
  ssize_t length;
  while ((length = read(fd, buffer, sizeof buffer)) > 0) {
    struct fanotify_event_metadata *event = (void *)buffer;
    for (; FAN_EVENT_OK(event, length); event = FAN_EVENT_NEXT(event, length)) {
      for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (event->mask & NAMES[i].bit) printf("%s ", NAMES[i].name);
      printf("version %d, by me %d", event->vers, event->pid == getpid());
      if (event->fd >= 0) {
        char link[64], path[PATH_MAX] = "";
        snprintf(link, sizeof link, "/proc/self/fd/%d", event->fd);
        ssize_t n = readlink(link, path, sizeof path - 1);
        (void)n;
        printf(", %s, flags %x", strrchr(path, '/') + 1, fcntl(event->fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK | O_APPEND));
        close(event->fd);
      } else printf(", fd %d", event->fd);
      char *at = (char *)event + event->metadata_len;
      while (at < (char *)event + event->event_len) {
        struct fanotify_event_info_header *info = (void *)at;
        printf(", info %d", info->info_type);
        if (info->info_type == 2 || info->info_type == 10 || info->info_type == 12) {
          struct file_handle *handle = (void *)(at + 12);
          printf(" '%s'", (char *)handle->f_handle + handle->handle_bytes);
        }
        at += info->len;
      }
      printf("\n");
    }
  }
  if (length < 0 && errno != EAGAIN) printf("read: %s\n", strerror(errno));
}

static void touch(const char *name, const char *text) {
  int fd = open(name, O_CREAT | O_WRONLY, 0600);
  if (text) write(fd, text, strlen(text));
  close(fd);
}
static void look(const char *name) {
  char byte;
  int fd = open(name, O_RDONLY);
  read(fd, &byte, 1);
  close(fd);
}

static void arguments(void) {
  CALL(init(0x80000000, 0));
  CALL(init(FAN_CLASS_CONTENT | FAN_CLASS_PRE_CONTENT, 0));
  CALL(init(FAN_CLASS_NOTIF, 3));
  CALL(init(FAN_CLASS_NOTIF, O_CREAT));
  CALL(init(FAN_REPORT_NAME, 0));
  CALL(init(FAN_REPORT_FID | FAN_REPORT_TARGET_FID, 0));
  CALL(init(FAN_REPORT_PIDFD | FAN_REPORT_TID, 0));
  int fd = CALL(init(FAN_CLASS_NOTIF | FAN_NONBLOCK | FAN_CLOEXEC, O_RDONLY));
  E(-1, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, "f");
  E(0, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, "f");
  E(fd, 0, FAN_OPEN, AT_FDCWD, "f");
  E(fd, FAN_MARK_ADD | FAN_MARK_REMOVE, FAN_OPEN, AT_FDCWD, "f");
  E(fd, FAN_MARK_ADD | 0x80000000, FAN_OPEN, AT_FDCWD, "f");
  E(fd, FAN_MARK_ADD | FAN_MARK_MOUNT | FAN_MARK_FILESYSTEM, FAN_OPEN, AT_FDCWD, "f");
  E(fd, FAN_MARK_ADD, 0, AT_FDCWD, "f");
  E(fd, FAN_MARK_ADD, 1ULL << 40, AT_FDCWD, "f");
  E(fd, FAN_MARK_ADD, FAN_CREATE, AT_FDCWD, "f");
  E(fd, FAN_MARK_FLUSH | FAN_MARK_ONLYDIR, 0, AT_FDCWD, "f");
  E(fd, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, "none");
  E(fd, FAN_MARK_ADD, FAN_OPEN, 99, "f");
  E(fd, FAN_MARK_ADD | FAN_MARK_ONLYDIR, FAN_OPEN, AT_FDCWD, "f");
  E(fd, FAN_MARK_REMOVE, FAN_OPEN, AT_FDCWD, "f");
  E(fd, FAN_MARK_ADD | FAN_MARK_IGNORE | FAN_MARK_IGNORED_MASK, FAN_OPEN, AT_FDCWD, "f");
  E(fd, FAN_MARK_ADD | FAN_MARK_IGNORE, FAN_OPEN, AT_FDCWD, ".");
  E(fd, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, "f");
  E(fd, FAN_MARK_REMOVE, FAN_OPEN, AT_FDCWD, "f");
  E(fd, FAN_MARK_FLUSH, 0, AT_FDCWD, "f");
  char byte;
  CALL(read(fd, &byte, 1));
  E(fd, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, "f");
  look("f");
  CALL(read(fd, &byte, 1));
  close(fd);
}

/* A mark that may go with its inode becomes one that stays, not the other way. */
static void evictable(void) {
  int fd = CALL(init(FAN_CLASS_NOTIF | FAN_NONBLOCK, O_RDONLY));
  E(fd, FAN_MARK_ADD | FAN_MARK_MOUNT | FAN_MARK_EVICTABLE, FAN_OPEN, AT_FDCWD, "f");
  E(fd, FAN_MARK_ADD | FAN_MARK_EVICTABLE, FAN_OPEN, AT_FDCWD, "f");
  E(fd, FAN_MARK_ADD | FAN_MARK_EVICTABLE, FAN_ACCESS, AT_FDCWD, "f");
  look("f");
  drain("evictable", fd);
  E(fd, FAN_MARK_ADD | FAN_MARK_EVICTABLE | FAN_MARK_IGNORED_MASK, FAN_OPEN, AT_FDCWD, "f");
  E(fd, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, "f");
  E(fd, FAN_MARK_ADD | FAN_MARK_EVICTABLE, FAN_ACCESS, AT_FDCWD, "f");
  E(fd, FAN_MARK_ADD | FAN_MARK_EVICTABLE | FAN_MARK_IGNORED_MASK, FAN_OPEN, AT_FDCWD, "f");
  E(fd, FAN_MARK_REMOVE, FAN_OPEN | FAN_ACCESS, AT_FDCWD, "f");
  E(fd, FAN_MARK_REMOVE | FAN_MARK_IGNORED_MASK, FAN_OPEN, AT_FDCWD, "f");
  E(fd, FAN_MARK_REMOVE, FAN_OPEN, AT_FDCWD, "f");
  close(fd);
}

static void descriptors(void) {
  int fd = CALL(init(FAN_CLASS_NOTIF | FAN_NONBLOCK, O_RDONLY));
  E(fd, FAN_MARK_ADD, FAN_OPEN | FAN_ACCESS | FAN_MODIFY | FAN_CLOSE, AT_FDCWD, "f");
  look("f");
  drain("read", fd);
  touch("f", "more");
  drain("written", fd);
  int copy = open("f", O_RDONLY);
  drain("open", fd);
  close(copy);
  drain("closed", fd);
  E(fd, FAN_MARK_ADD | FAN_MARK_IGNORED_MASK, FAN_OPEN, AT_FDCWD, "f");
  look("f");
  drain("opening is ignored", fd);
  touch("f", "x");
  look("f");
  drain("until it is changed", fd);
  E(fd, FAN_MARK_ADD | FAN_MARK_IGNORED_MASK | FAN_MARK_IGNORED_SURV_MODIFY, FAN_OPEN, AT_FDCWD, "f");
  touch("f", "x");
  look("f");
  drain("or for good", fd);
  E(fd, FAN_MARK_FLUSH, 0, AT_FDCWD, ".");
  look("f");
  drain("flushed", fd);
  E(fd, FAN_MARK_ADD, FAN_OPEN | FAN_CLOSE_WRITE, AT_FDCWD, "d");
  look("d/one");
  drain("a directory without its children", fd);
  E(fd, FAN_MARK_ADD, FAN_EVENT_ON_CHILD | FAN_ONDIR, AT_FDCWD, "d");
  touch("d/one", "y");
  close(open("d", O_RDONLY | O_DIRECTORY));
  drain("with them", fd);
  E(fd, FAN_MARK_REMOVE, FAN_OPEN | FAN_CLOSE_WRITE, AT_FDCWD, "d");
  close(fd);
}

static void handles(void) {
  int fd = CALL(init(FAN_CLASS_NOTIF | FAN_NONBLOCK | FAN_REPORT_FID | FAN_REPORT_DIR_FID | FAN_REPORT_NAME, 0));
  uint64_t all = FAN_CREATE | FAN_DELETE | FAN_MOVE | FAN_OPEN | FAN_ATTRIB | FAN_DELETE_SELF | FAN_EVENT_ON_CHILD | FAN_ONDIR;
  if (mark(fd, FAN_MARK_ADD, all, AT_FDCWD, "d") < 0) {
    printf("this file system has no handles\n");
    exit(77);
  }
  touch("d/new", "z");
  drain("made", fd);
  chmod("d/new", 0640);
  rename("d/new", "d/other");
  drain("moved", fd);
  mkdir("d/sub", 0700);
  unlink("d/other");
  rmdir("d/sub");
  drain("removed", fd);
  E(fd, FAN_MARK_FLUSH, 0, AT_FDCWD, ".");
  E(fd, FAN_MARK_ADD, FAN_RENAME, AT_FDCWD, "d");
  rename("d/one", "d/two");
  rename("d/two", "gone");
  drain("renamed", fd);
  rename("gone", "d/one");
  drain("and back", fd);
  close(fd);
  fd = CALL(init(FAN_CLASS_NOTIF | FAN_NONBLOCK | FAN_REPORT_FID, 0));
  E(fd, FAN_MARK_ADD, FAN_CREATE | FAN_DELETE_SELF | FAN_ONDIR, AT_FDCWD, "d");
  touch("d/three", NULL);
  unlink("d/three");
  drain("the directory's handle", fd);
  close(fd);
}

static void answer(int group, const char *what, uint32_t response) {
  struct fanotify_event_metadata event;
  printf("%s: %d bytes, ", what, (int)read(group, &event, sizeof event));
  printf("mask %llx, a descriptor %d, by me %d\n", (unsigned long long)event.mask, event.fd >= 0, event.pid == getpid());
  struct { int fd; uint32_t response; uint32_t more; } answer = {event.fd, 7, 0};
  CALL(write(group, &answer, 8));
  answer.response = response;
  CALL(write(group, &answer, 7));
  answer.fd = -3;
  CALL(write(group, &answer, 8));
  answer.fd = 1000;
  CALL(write(group, &answer, 8));
  answer.fd = event.fd;
  VALUE(write(group, &answer, response == FAN_ALLOW ? 8 : 12));
  CALL(write(group, &answer, 8));
  close(event.fd);
}

/* What the child says goes to a file, so that the order of the lines does not depend on who runs first. */
static pid_t child(int group, const char *path) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  close(group);
  freopen("said", "w", stdout);
  char text[8] = "";
  int fd = CALL(open(path, O_RDONLY));
  VALUE(read(fd, text, 4));
  printf("%s\n", text);
  char *const nobody[] = {(char *)path, NULL};
  CALL(execv(path, nobody));
  fflush(stdout);
  _exit(5);
}

static void said(pid_t pid) {
  char text[512] = "";
  reap(pid);
  int fd = open("said", O_RDONLY);
  write(1, text, read(fd, text, sizeof text));
  close(fd);
}

static void permissions(void) {
  int plain = init(FAN_CLASS_NOTIF, O_RDONLY);
  E(plain, FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD, "f");
  close(plain);
  chmod("f", 0755);
  int group = init(FAN_CLASS_CONTENT, O_RDONLY);
  E(group, FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD, "/proc/self/stat");
  E(group, FAN_MARK_ADD, FAN_OPEN_PERM | FAN_ACCESS_PERM | FAN_OPEN_EXEC_PERM, AT_FDCWD, "f");
  pid_t pid = child(group, "f");
  answer(group, "open", FAN_ALLOW);
  answer(group, "read", FAN_ALLOW);
  answer(group, "exec", FAN_DENY);
  said(pid);
  pid = child(group, "f");
  answer(group, "open", FAN_DENY);
  answer(group, "exec", FAN_DENY);
  said(pid);
  /* nobody answers any more: allowed; neither ELF nor script */
  E(group, FAN_MARK_REMOVE, FAN_ACCESS_PERM | FAN_OPEN_EXEC_PERM, AT_FDCWD, "f");
  pid = child(group, "f");
  answer(group, "open", FAN_ALLOW);
  struct fanotify_event_metadata event;
  VALUE(read(group, &event, sizeof event));
  close(event.fd);
  close(group);
  said(pid);
  /* one who waits can be killed, and its question goes with it */
  group = init(FAN_CLASS_PRE_CONTENT | FAN_NONBLOCK, O_RDONLY);
  E(group, FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD, "f");
  pid = child(group, "f");
  usleep(100000);
  kill(pid, SIGKILL);
  reap(pid);
  CALL(read(group, &event, sizeof event));
  close(group);
  unlink("said");
}

int main(void) {
  start();
  mkdir("d", 0755);
  touch("f", "text"), touch("d/one", "text");
  int fd = init(FAN_CLASS_NOTIF, O_RDONLY);
  if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
    printf("fanotify_init: %s on this Linux\n", strerror(errno));
    return 77;
  }
  close(fd);
  arguments();
  evictable();
  descriptors();
  permissions();
  handles();
  return 0;
}
