/* The last use of a mount that was taken away ends, in whatever way: the file system is gone at once, which its watches are told. umount2(2), inotify(7). */
#include "check.h"
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static char top[512], place[600];
static int watches;

/* A file system at t, watched; returns a file in it. */
static int enter(void) {
  if (chdir(top) || mount("none", "t", "tmpfs", 0, "") || mount(NULL, "t", NULL, MS_PRIVATE, NULL)) return -1;
  int fd = open("t/file", O_CREAT | O_RDWR, 0600);
  write(fd, "content", 7);
  inotify_add_watch(watches, "t/file", IN_UNMOUNT);
  return fd;
}

static void leave(const char *what) {
  printf("%s: umount %d, ", what, umount2(place, MNT_DETACH));
  char events[512];
  printf("gone already: %d\n", read(watches, events, sizeof events) > 0);
}

static void told(const char *what) {
  char events[512] __attribute__((aligned(8)));
  long length = read(watches, events, sizeof events);
  printf("%s:", what);
  for (long at = 0; at < length;) {
    struct inotify_event *event = (struct inotify_event *)(events + at);
    printf(" %x", event->mask);
    at += sizeof *event + event->len;
  }
  printf("\n");
}

int main(int argc, char **argv) {
  if (argc > 1) {
    char byte = 'x';
    write(atoi(argv[1]), &byte, 1);
    read(atoi(argv[2]), &byte, 1);
    return 0;
  }
  start();
  mkdir("t", 0700);
  watches = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  int other = open("/dev/null", O_RDONLY), fd = getcwd(top, sizeof top) ? enter() : -1;
  if (fd < 0) {
    printf("nothing may be mounted here\n");
    return 77;
  }
  snprintf(place, sizeof place, "%s/t", top);
  leave("a file"), close(fd), told("close");
  fd = enter(), leave("a file"), dup2(other, fd), told("dup2"), close(fd);
  fd = enter(), leave("a file"), syscall(SYS_dup3, other, fd, O_CLOEXEC), told("dup3"), close(fd);
  fd = enter(), leave("a file"), syscall(436 /* close_range */, fd, fd, 0), told("close_range");
  /* two descriptors */
  fd = enter();
  int second = dup(fd);
  leave("two"), dup2(other, fd), told("one left"), dup2(other, second), told("none left");
  close(fd), close(second);
  /* a directory that somebody is in */
  close(enter()), chdir("t"), leave("a directory"), chdir("/"), told("chdir");
  close(enter()), chdir("t"), leave("a directory");
  fd = open(top, O_RDONLY | O_DIRECTORY), fchdir(fd), told("fchdir"), close(fd);
  /* a mapping */
  fd = enter();
  char *mapped = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
  close(fd), leave("a mapping"), printf("%.7s\n", mapped), munmap(mapped, 4096), told("munmap");
  fd = enter(), mapped = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0), close(fd), leave("a mapping");
  mmap(mapped, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), told("mmap over it");
  /* what exec closes */
  int up[2], down[2];
  pipe(up), pipe(down);
  close(enter());
  pid_t child = fork();
  char byte = 'x';
  if (child == 0) {
    char to[16], from[16];
    open("t/file", O_RDONLY | O_CLOEXEC);
    write(up[1], &byte, 1), read(down[0], &byte, 1);
    snprintf(to, sizeof to, "%d", up[1]), snprintf(from, sizeof from, "%d", down[0]);
    execl("/proc/self/exe", argv[0], to, from, NULL);
    _exit(1);
  }
  read(up[0], &byte, 1), leave("a child's file"), write(down[1], &byte, 1);
  read(up[0], &byte, 1), told("exec"), write(down[1], &byte, 1);
  waitpid(child, NULL, 0);
  return 0;
}
