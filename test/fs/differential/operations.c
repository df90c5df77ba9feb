/*
 * An interpreter of file operations: a line of standard input is an operation, and one line of standard output its result. What it
 * prints is what POSIX and Linux promise of any file system, so that two systems can be compared line by line.
 * usage: operations FOLDER
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/falloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SLOTS 4
#define MOST (1 << 17)
/* Times that an operation set are small; any other is "now". */
#define LAST_SET_TIME 2000000

static int slots[SLOTS];
static unsigned char bytes[MOST];
static char *words[12];
static int count;

static long number(int i) { return i < count ? strtol(words[i], NULL, 0) : 0; }
static const char *word(int i) { return i < count ? words[i] : ""; }
/* A path: "-" stands for the empty one. */
static const char *path(int i) { return strcmp(word(i), "-") == 0 ? "" : word(i); }
static int slot(int i) { return slots[number(i) & (SLOTS - 1)]; }

static void tell(long result) {
  if (result < 0) printf("%s\n", strerror(errno));
  else printf("%ld\n", result);
}

static void tellDone(long result) { tell(result < 0 ? -1 : 0); }

static void fill(unsigned char *to, long at, long length) {
  for (long i = 0; i < length; i++) to[i] = (unsigned char)(at + i * 7 + 1);
}

static uint32_t hash(const unsigned char *from, long length) {
  uint32_t sum = 2166136261u;
  for (long i = 0; i < length; i++) sum = (sum ^ from[i]) * 16777619u;
  return sum;
}

static void tellRead(long result, const unsigned char *from) {
  if (result < 0) tell(-1);
  else printf("%ld %08x\n", result, hash(from, result));
}

static void showTime(struct timespec time) {
  if (time.tv_sec > LAST_SET_TIME) printf(" now");
  else printf(" %ld.%09ld", (long)time.tv_sec, time.tv_nsec);
}

/* The size of a directory is the file system's own business. */
static void tellStat(int result, const struct stat *st, int hasLinks) {
  if (result < 0) {
    tell(-1);
    return;
  }
  int isFolder = S_ISDIR(st->st_mode);
  printf("%o %ld %ld %d %d", st->st_mode, isFolder ? 0 : (long)st->st_size, hasLinks || !isFolder ? (long)st->st_nlink : 0,
         st->st_uid, st->st_gid);
  showTime(st->st_mtim);
  printf("\n");
}

static int byName(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* Sorted "name:type", or -1. */
static int listFolder(const char *name, char **found, int most) {
  DIR *folder = opendir(name);
  if (!folder) return -1;
  int n = 0;
  for (struct dirent *entry; n < most && (entry = readdir(folder));) {
    char text[300];
    snprintf(text, sizeof text, "%s:%d", entry->d_name, entry->d_type);
    found[n++] = strdup(text);
  }
  closedir(folder);
  qsort(found, n, sizeof *found, byName);
  return n;
}

static void list(const char *name) {
  char *found[200];
  int n = listFolder(name, found, 200);
  if (n < 0) {
    tell(-1);
    return;
  }
  for (int i = 0; i < n; i++) {
    printf("%s ", found[i]);
    free(found[i]);
  }
  printf("\n");
}

static void listAttributes(const char *name) {
  char buffer[4096], *found[100];
  ssize_t length = llistxattr(name, buffer, sizeof buffer);
  if (length < 0) {
    tell(-1);
    return;
  }
  int n = 0;
  for (char *at = buffer; at < buffer + length && n < 100; at += strlen(at) + 1) found[n++] = at;
  qsort(found, n, sizeof *found, byName);
  printf("%d", n);
  for (int i = 0; i < n; i++) printf(" %s", found[i]);
  printf("\n");
}

static void openSlot(int at, int fd) {
  if (fd < 0) {
    tell(-1);
    return;
  }
  if (slots[at] >= 0) close(slots[at]);
  slots[at] = fd;
  printf("ok\n");
}

/* Where a directory ends is the file system's own business. */
static void seek(int fd, long at, int whence) {
  struct stat st;
  if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) printf("folder\n");
  else tell(lseek(fd, at, whence));
}

/* The pattern through a mapping, and what the mapping shows then; whether it is inside of a directory is the file system's own business. */
static void mapped(int fd, long at, long length, int isWrite) {
  struct stat st;
  int result = fstat(fd, &st);
  if (result == 0 && S_ISDIR(st.st_mode)) {
    printf("folder\n");
    return;
  }
  if (result < 0 || at + length > st.st_size || length == 0) {
    printf("outside\n");
    return;
  }
  long first = at & ~4095L;
  unsigned char *map = mmap(NULL, at + length - first, isWrite ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, first);
  if (map == MAP_FAILED) {
    tell(-1);
    return;
  }
  if (isWrite) fill(map + (at - first), at, length);
  printf("%08x\n", hash(map + (at - first), length));
  munmap(map, at + length - first);
}

/* Everything below, with its attributes and content; then it goes. */
static void show(int parent, const char *name, int depth) {
  struct stat st;
  if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0) return;
  printf("|%*s%s %o %ld %d %d", depth, "", name, st.st_mode, S_ISDIR(st.st_mode) ? 0L : (long)st.st_nlink, st.st_uid, st.st_gid);
  if (S_ISREG(st.st_mode)) {
    int fd = openat(parent, name, O_RDONLY);
    long length = fd < 0 ? 0 : pread(fd, bytes, MOST, 0);
    printf(" %ld %08x", (long)st.st_size, hash(bytes, length));
    if (fd >= 0) close(fd);
  }
  if (!S_ISDIR(st.st_mode)) {
    unlinkat(parent, name, 0);
    return;
  }
  int folder = openat(parent, name, O_RDONLY | O_DIRECTORY);
  if (folder < 0) return;
  char here[64], *found[200];
  snprintf(here, sizeof here, "/proc/self/fd/%d", folder);
  int n = listFolder(here, found, 200);
  for (int i = 0; i < n; i++) {
    *strrchr(found[i], ':') = 0;
    if (strcmp(found[i], ".") && strcmp(found[i], "..")) show(folder, found[i], depth + 1);
    free(found[i]);
  }
  close(folder);
  unlinkat(parent, name, AT_REMOVEDIR);
}

static void start(const char *folder) {
  mkdir("top", 0755);
  mkdir("top/run", 0755);
  if (chdir("top/run") < 0) exit(3);
  mkdir("d", 0755);
  mkdir("e", 0755);
  mkdir("d/e", 0755);
  printf("%s\n", folder);
}

static void finish(const char *folder) {
  for (int i = 0; i < SLOTS; i++) {
    if (slots[i] >= 0) close(slots[i]);
    slots[i] = -1;
  }
  if (setresuid(0, 0, 0) < 0 || setresgid(0, 0, 0) < 0 || chdir(folder) < 0) exit(4);
  show(AT_FDCWD, "top", 0);
  printf("\n");
}

static void become(int user) {
  int failed = user ? setresgid(user, user, 0) < 0 || setresuid(user, user, 0) < 0
                    : setresuid(0, 0, 0) < 0 || setresgid(0, 0, 0) < 0;
  tellDone(-failed);
}

static void setTimes(const char *name, long access, long modified) {
  struct timespec times[2] = {{access, 5}, {modified, access < 0 ? UTIME_OMIT : 7}};
  if (access < 0) times[0].tv_nsec = UTIME_OMIT;
  tellDone(utimensat(AT_FDCWD, name, times, AT_SYMLINK_NOFOLLOW));
}

static void linkSlot(int fd, const char *to) {
  char name[64];
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  tellDone(linkat(AT_FDCWD, name, AT_FDCWD, to, AT_SYMLINK_FOLLOW));
}

static void copyRange(void) {
  off_t from = number(2), to = number(4);
  tell(copy_file_range(slot(1), &from, slot(3), &to, number(5), 0));
}

static void describe(const char *name) {
  struct stat st;
  tellStat(lstat(name, &st), &st, 0);
}

static int attributes(const char *operation) {
  if (!strcmp(operation, "setxattr")) {
    fill(bytes, number(3), number(3));
    tellDone(lsetxattr(path(1), word(2), bytes, number(3), (int)number(4)));
  } else if (!strcmp(operation, "getxattr")) {
    tellRead(lgetxattr(path(1), word(2), bytes, number(3)), bytes);
  } else if (!strcmp(operation, "removexattr")) tellDone(lremovexattr(path(1), word(2)));
  else if (!strcmp(operation, "listxattr")) listAttributes(path(1));
  else if (!strcmp(operation, "chmod")) tellDone(chmod(path(1), number(2)));
  else if (!strcmp(operation, "chown")) tellDone(lchown(path(1), number(2), number(3)));
  else if (!strcmp(operation, "utimens")) setTimes(path(1), number(2), number(3));
  else if (!strcmp(operation, "stat")) describe(path(1));
  else if (!strcmp(operation, "access")) tellDone(access(path(1), (int)number(2)));
  else return 0;
  return 1;
}

static int names(const char *operation) {
  char target[4096];
  if (!strcmp(operation, "mkdir")) tellDone(mkdir(path(1), number(2)));
  else if (!strcmp(operation, "mkfifo")) tellDone(mknod(path(1), S_IFIFO | 0640, 0));
  else if (!strcmp(operation, "rmdir")) tellDone(rmdir(path(1)));
  else if (!strcmp(operation, "unlink")) tellDone(unlink(path(1)));
  else if (!strcmp(operation, "rename")) tellDone(syscall(SYS_renameat2, AT_FDCWD, path(1), AT_FDCWD, path(2), number(3)));
  else if (!strncmp(operation, "link", 4) && geteuid() != 0) printf("protected_hardlinks may forbid it\n");
  else if (!strcmp(operation, "link")) tellDone(link(path(1), path(2)));
  else if (!strcmp(operation, "linkslot")) linkSlot(slot(1), path(2));
  else if (!strcmp(operation, "symlink")) tellDone(symlink(path(1), path(2)));
  else if (!strcmp(operation, "readlink")) tellRead(readlink(path(1), target, number(2)), (unsigned char *)target);
  else if (!strcmp(operation, "truncate")) tellDone(truncate(path(1), number(2)));
  else if (!strcmp(operation, "list")) list(path(1));
  else return 0;
  return 1;
}

static int descriptors(const char *operation) {
  struct stat st;
  if (!strcmp(operation, "open")) openSlot(number(1) & (SLOTS - 1), open(path(2), (int)number(3) | O_NONBLOCK, number(4)));
  else if (!strcmp(operation, "close")) {
    int at = number(1) & (SLOTS - 1);
    tellDone(close(slots[at]));
    slots[at] = -1;
  } else if (!strcmp(operation, "write")) {
    fill(bytes, number(2), number(2));
    tell(write(slot(1), bytes, number(2)));
  } else if (!strcmp(operation, "pwrite")) {
    fill(bytes, number(2), number(3));
    tell(pwrite(slot(1), bytes, number(3), number(2)));
  } else if (!strcmp(operation, "read")) tellRead(read(slot(1), bytes, number(2)), bytes);
  else if (!strcmp(operation, "pread")) tellRead(pread(slot(1), bytes, number(3), number(2)), bytes);
  else if (!strcmp(operation, "lseek")) seek(slot(1), number(2), (int)number(3));
  else if (!strcmp(operation, "ftruncate")) tellDone(ftruncate(slot(1), number(2)));
  else if (!strcmp(operation, "fallocate")) tellDone(fallocate(slot(1), (int)number(2), number(3), number(4)));
  else if (!strcmp(operation, "copy")) copyRange();
  else if (!strcmp(operation, "mapread")) mapped(slot(1), number(2), number(3), 0);
  else if (!strcmp(operation, "mapwrite")) mapped(slot(1), number(2), number(3), 1);
  else if (!strcmp(operation, "fsync")) tellDone(fsync(slot(1)));
  else if (!strcmp(operation, "fstat")) tellStat(fstat(slot(1), &st), &st, 0);
  else return 0;
  return 1;
}

int main(int argc, char **argv) {
  char line[8192];
  if (argc != 2 || chdir(argv[1]) < 0 || setgroups(0, NULL) < 0) return 2;
  umask(022);
  for (int i = 0; i < SLOTS; i++) slots[i] = -1;
  while (fgets(line, sizeof line, stdin)) {
    count = 0;
    for (char *next = strtok(line, " \n"); next && count < 12; next = strtok(NULL, " \n")) words[count++] = next;
    const char *operation = word(0);
    if (!strcmp(operation, "start")) start("started");
    else if (!strcmp(operation, "finish")) finish(argv[1]);
    else if (!strcmp(operation, "user")) become((int)number(1));
    else if (!attributes(operation) && !names(operation) && !descriptors(operation)) printf("what is %s?\n", operation);
    fflush(stdout);
  }
  return 0;
}
