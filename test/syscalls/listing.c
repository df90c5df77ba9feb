/* Who removes what a directory lists while it lists it, by a small buffer, misses nothing: descriptors, processes, queues. */
#include "check.h"
#include <dirent.h>
#include <mqueue.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#define COUNT 60
#define BUFFER 280

static pid_t children[COUNT];
static int first, directory, removed;

static void close_it(int number) {
  if (number < first || number >= first + COUNT) return;
  close(number);
  removed++;
}
static void end_it(int number) {
  for (int i = 0; i < COUNT; i++) {
    if (children[i] != number) continue;
    kill(number, SIGKILL);
    waitpid(number, NULL, 0);
    removed++;
  }
}
static void keep_it(int number) {
  if (number >= first && number < first + COUNT) removed++;
}

static void each(const char *path, void (*body)(int), int by) {
  char buffer[BUFFER];
  long got, previous = -1, rises = 1;
  removed = 0;
  directory = open(path, O_RDONLY | O_DIRECTORY);
  while ((got = syscall(SYS_getdents64, directory, buffer, by)) > 0) {
    for (long at = 0; at < got; at += ((struct dirent *)(buffer + at))->d_reclen) {
      struct dirent *entry = (struct dirent *)(buffer + at);
      if ((long)entry->d_off <= previous) rises = 0;
      previous = entry->d_off;
      if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') body(atoi(entry->d_name));
    }
  }
  printf("%s: %d removed, %s, end %ld\n", path, removed, rises ? "rises" : "falls", got);
  close(directory);
}

static void open_all(void) {
  int at = open("/dev/null", O_RDONLY);
  first = fcntl(at, F_DUPFD, 100);
  for (int i = 1; i < COUNT; i++) fcntl(at, F_DUPFD, first + i);
  close(at);
}

static void queues(void) {
  if (mkdir("queues", 0755) != 0 || mount("none", "queues", "mqueue", 0, NULL) != 0) {
    printf("no queues to be mounted: %s\n", strerror(errno));
    exit(77);
  }
  char name[16];
  for (int i = 0; i < COUNT; i++) {
    sprintf(name, "/q%02d", i);
    struct mq_attr little = {.mq_maxmsg = 1, .mq_msgsize = 8};
    mqd_t queue = mq_open(name, O_CREAT | O_RDWR, 0600, &little);
    if (queue == -1) printf("%s: %s\n", name, strerror(errno));
    else mq_close(queue);
  }
  char buffer[BUFFER];
  long got, unlinked = 0;
  int folder = open("queues", O_RDONLY | O_DIRECTORY);
  while ((got = syscall(SYS_getdents64, folder, buffer, BUFFER)) > 0)
    for (long at = 0; at < got; at += ((struct dirent *)(buffer + at))->d_reclen)
      unlinked += ((struct dirent *)(buffer + at))->d_name[0] == 'q' && unlinkat(folder, ((struct dirent *)(buffer + at))->d_name, 0) == 0;
  printf("%ld queues unlinked\n", unlinked);
  close(folder);
  umount("queues");
}

int main(void) {
  start();
  open_all();
  each("/proc/self/fd", keep_it, BUFFER);
  each("/proc/self/fd", close_it, BUFFER);
  each("/proc/self/fd", keep_it, BUFFER);
  open_all();
  each("/proc/self/fdinfo", close_it, 100);
  for (int i = 0; i < COUNT; i++) {
    children[i] = fork();
    if (children[i] == 0) for (;;) pause();
  }
  each("/proc", end_it, BUFFER);
  queues();
  return 0;
}
