/*
 * What files cost: `storage PREFIX DIRECTORY disk|memory [TOOLS]` works in DIRECTORY and prints rates; on a disk all is on it when a figure
 * ends, and reads begin with nothing in memory. TOOLS holds busybox, git with its libraries, and tree.tar, a repository called tree.
 * `storage mount DEVICE DIRECTORY` prints mounts per second.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 65536, PAGE = 4096, FILES = 10000, FOLDERS = 100, OPERATIONS = 20000 };
static const long BYTES = 64l << 20;
static const char *prefix;
static int on_disk;
static double started;
static char block[BLOCK];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static void check(int good, const char *what) {
  if (good) return;
  fprintf(stderr, "%s %s: %s\n", prefix, what, strerror(errno));
  exit(1);
}

static void begin(void) { started = now(); }

static void end(const char *name, double amount, const char *unit) {
  printf("%s.%s %.6g %s\n", prefix, name, amount / (now() - started), unit);
}

/* What is in memory is on the disk, and then only there. */
static void forget(void) {
  if (!on_disk) return;
  sync();
  int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
  check(fd >= 0 && write(fd, "3", 1) == 1, "drop_caches");
  close(fd);
}

static void sequential(void) {
  begin();
  int fd = open("data", O_RDWR | O_CREAT | O_TRUNC, 0644);
  for (long at = 0; at < BYTES; at += BLOCK) check(write(fd, block, BLOCK) == BLOCK, "write");
  if (on_disk) fsync(fd);
  end("write", BYTES / 1e6, "MB/s");
  forget();
  for (int pass = 0; pass < (on_disk ? 2 : 1); pass++) {
    lseek(fd, 0, SEEK_SET);
    begin();
    for (long at = 0; at < BYTES; at += BLOCK) check(read(fd, block, BLOCK) == BLOCK, "read");
    end(on_disk && !pass ? "read-cold" : "read", BYTES / 1e6, "MB/s");
  }
  close(fd);
}

static unsigned next_random(void) {
  static unsigned state = 12345;
  state ^= state << 13, state ^= state >> 17, state ^= state << 5;
  return state;
}

static void scattered(void) {
  int fd = open("data", O_RDWR);
  for (int writes = 0; writes < 2; writes++) {
    if (!writes) forget();
    begin();
    for (int i = 0; i < OPERATIONS; i++) {
      long at = next_random() % (BYTES / PAGE) * PAGE;
      check((writes ? pwrite(fd, block, PAGE, at) : pread(fd, block, PAGE, at)) == PAGE, "random");
    }
    if (on_disk && writes) fsync(fd);
    end(writes ? "random-write" : "random-read", OPERATIONS, "1/s");
  }
  close(fd);
  unlink("data");
}

static void name_of(char *name, int i) { sprintf(name, "d%d/file%d", i % FOLDERS, i); }

static void many(void) {
  char name[64];
  struct stat status;
  begin();
  for (int i = 0; i < FOLDERS; i++) sprintf(name, "d%d", i), check(!mkdir(name, 0755), "mkdir");
  for (int i = 0; i < FILES; i++) {
    name_of(name, i);
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0644);
    check(fd >= 0 && write(fd, block, 100) == 100, "create");
    close(fd);
  }
  if (on_disk) sync();
  end("create", FILES, "1/s");
  forget();
  begin();
  for (int i = 0; i < FILES; i++) name_of(name, i), check(!stat(name, &status), "stat");
  end("stat", FILES, "1/s");
  begin();
  for (int i = 0; i < FILES; i++) name_of(name, i), check(!unlink(name), "unlink");
  for (int i = 0; i < FOLDERS; i++) sprintf(name, "d%d", i), check(!rmdir(name), "rmdir");
  if (on_disk) sync();
  end("delete", FILES, "1/s");
}

/* Waits for what `arguments` begin, its output in the file "output". */
static void run(char **arguments) {
  pid_t child = fork();
  if (!child) {
    int fd = open("output", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    dup2(fd, 1);
    execv(arguments[0], arguments);
    _exit(127);
  }
  int status;
  check(waitpid(child, &status, 0) == child && status == 0, arguments[0]);
}

static void extract(const char *tools) {
  char program[64], archive[64];
  sprintf(program, "%s/busybox", tools);
  sprintf(archive, "%s/tree.tar", tools);
  begin();
  run((char *[]){program, "tar", "xf", archive, NULL});
  if (on_disk) sync();
  end("tar-x", 1, "1/s");
}

/* The first time git reads all files, as the index was made elsewhere; then it only looks at them. Nothing has changed. */
static void look_at_repository(const char *tools) {
  char linker[64], program[64], path[64];
  struct stat status;
  sprintf(linker, "%s/ld-linux-riscv64-lp64d.so.1", tools);
  sprintf(program, "%s/git", tools);
  strcpy(path, tools);
  for (int i = 0; i < 3; i++) {
    if (i < 2) forget();
    begin();
    run((char *[]){linker, "--library-path", path, program, "-C", "tree", "status", "--porcelain", NULL});
    end(i == 0 ? "git-status-first" : i == 1 && on_disk ? "git-status-cold" : "git-status", 1, "1/s");
    check(!stat("output", &status) && status.st_size == 0, "git status");
    if (i == 0 && !on_disk) i++;
  }
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  prefix = argv[1];
  if (!strcmp(prefix, "mount")) {
    for (int i = 0; i < 2; i++) {
      begin();
      check(!mount(argv[2], argv[3], "ext4", 0, ""), "mount");
      end(i ? "again" : "first", 1, "1/s");
      check(!umount(argv[3]), "umount");
    }
    return 0;
  }
  on_disk = !strcmp(argv[3], "disk");
  check(!chdir(argv[2]), "chdir");
  memset(block, 'x', sizeof block);
  sequential();
  scattered();
  many();
  if (argc == 5) extract(argv[4]), look_at_repository(argv[4]);
  return 0;
}
