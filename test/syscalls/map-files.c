/* /proc/<pid>/map_files: a link for each mapping of a file, named by its addresses. */
#include "check.h"
#include <dirent.h>
#include <sys/mman.h>
#define PAGE 4096UL

static char name[64];

static char *linkOf(const char *at, unsigned long length) {
  snprintf(name, sizeof name, "/proc/self/map_files/%lx-%lx", (unsigned long)at, (unsigned long)at + length);
  return name;
}

static void show(const char *path) {
  char target[256];
  struct stat link, file;
  ssize_t length = readlink(path, target, sizeof target - 1);
  if (length < 0) {
    printf("readlink: %s\n", strerror(errno));
    return;
  }
  target[length] = 0;
  printf("%s", strrchr(target, '/'));
  if (lstat(path, &link) == 0) printf(" %o", link.st_mode);
  if (stat(path, &file) == 0) printf(" %ld bytes\n", (long)file.st_size);
  else printf(" stat: %s\n", strerror(errno));
}

int main(void) {
  start();
  struct stat directory;
  stat("/proc/self/map_files", &directory);
  printf("%o\n", directory.st_mode);
  VALUE(access("/proc/thread-self/map_files", F_OK));

  int fd = open("mapped", O_RDWR | O_CREAT | O_TRUNC, 0644);
  ftruncate(fd, 3 * PAGE);
  char *both = mmap(0, 3 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
  show(linkOf(both, 3 * PAGE));
  int reader = open("mapped", O_RDONLY);
  char *readOnly = mmap(0, PAGE, PROT_READ, MAP_PRIVATE, reader, PAGE);
  show(linkOf(readOnly, PAGE));
  char *anonymous = mmap(0, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  show(linkOf(anonymous, PAGE));

  /* Only the exact bounds, written as the kernel writes them. */
  show(linkOf(both, 2 * PAGE));
  snprintf(name, sizeof name, "/proc/self/map_files/0%lx-%lx", (unsigned long)both, (unsigned long)both + 3 * PAGE);
  show(name);
  show("/proc/self/map_files/x-y");
  show("/proc/self/map_files/1000");
  mprotect(both, PAGE, PROT_NONE);
  show(linkOf(both, 3 * PAGE));
  show(linkOf(both, PAGE));

  /* The link leads to the file even when its name is gone. */
  unlink("mapped");
  struct stat file;
  fstat(fd, &file);
  int again = open(linkOf(readOnly, PAGE), O_RDONLY);
  struct stat opened;
  fstat(again, &opened);
  printf("same file: %d\n", opened.st_ino == file.st_ino && opened.st_size == file.st_size);
  munmap(readOnly, PAGE);
  show(linkOf(readOnly, PAGE));

  /* It is listed; another user does not see it. */
  char wanted[64];
  snprintf(wanted, sizeof wanted, "%lx-%lx", (unsigned long)both, (unsigned long)both + PAGE);
  int isListed = 0;
  DIR *list = opendir("/proc/self/map_files");
  for (struct dirent *entry; (entry = readdir(list));) isListed |= strcmp(entry->d_name, wanted) == 0 && entry->d_type == DT_LNK;
  closedir(list);
  printf("listed: %d\n", isListed);
  pid_t child = fork();
  if (child == 0) {
    setuid(65534);
    snprintf(name, sizeof name, "/proc/%d/map_files/%s", getppid(), wanted);
    show(name);
    _exit(0);
  }
  reap(child);
  return 0;
}
