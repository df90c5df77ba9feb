/* swapon(2), swapoff(2): areas, priorities, and what they refuse. */
#include "check.h"
#include <stdint.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/swap.h>
#include <sys/syscall.h>

#define PAGE 4096
#define PAGES 16

static void make(const char *name, uint32_t version, uint32_t last, const char *magic) {
  static char page[PAGE];
  int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
  memset(page, 0, PAGE);
  for (int i = 0; i < PAGES; i++) write(fd, page, PAGE);
  memcpy(page + 1024, &version, 4);
  memcpy(page + 1028, &last, 4);
  memcpy(page + PAGE - 10, magic, 10);
  pwrite(fd, page, PAGE, 0);
  fsync(fd);
  close(fd);
}

static void show(void) {
  char line[256], name[128], kind[32];
  int size, used, priority;
  FILE *table = fopen("/proc/swaps", "r");
  while (fgets(line, sizeof line, table))
    if (sscanf(line, "%127s %31s %d %d %d", name, kind, &size, &used, &priority) == 5)
      printf("%s %s %d %d %d\n", strrchr(name, '/') + 1, kind, size, used, priority);
  fclose(table);
}

static int other_end(void) { return open("plain", O_RDONLY); }

/* As many areas as there may be: 32 less what the kernel's configuration keeps for itself (up to 9). */
static void many(void) {
  char name[8];
  int count = 0;
  for (; count < 40; count++) {
    snprintf(name, sizeof name, "a%d", count);
    make(name, 1, PAGES - 1, "SWAPSPACE2");
    if (swapon(name, 0)) break;
  }
  printf("the last of many: %s, number %s\n", strerror(errno), count >= 23 && count < 32 ? "as Linux has" : "another");
  CALL(swapon("missing", 0));
  for (int i = 0; i <= count; i++) {
    snprintf(name, sizeof name, "a%d", i);
    swapoff(name);
    unlink(name);
  }
}

int main(void) {
  start();
  if (swapon("missing", 0) && errno == ENOSYS) {
    puts("no swapon(2) here");
    return 77;
  }
  make("good", 1, PAGES - 1, "SWAPSPACE2");
  make("long", 1, PAGES, "SWAPSPACE2");
  make("old", 2, PAGES - 1, "SWAPSPACE2");
  make("plain", 1, PAGES - 1, "SWAPSPACE9");
  int holes = open("holes", O_RDWR | O_CREAT, 0600);
  int good = open("good", O_RDONLY);
  static char header[PAGE];
  pread(good, header, PAGE, 0);
  pwrite(holes, header, PAGE, 0);
  ftruncate(holes, PAGES * PAGE);
  fsync(holes);
  CALL(swapon("missing", 0));
  CALL(swapon("plain", 0));
  CALL(swapon("old", 0));
  CALL(swapon("holes", 0));
  CALL(swapon(".", 0));
  CALL(swapon("good", 0x100000));
  CALL(swapon((char *)8, 0));
  CALL(swapoff("good"));
  CALL(swapoff("missing"));
  CALL(swapoff((char *)8));
  int early = open("good", O_RDWR);
  volatile char *map = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, early, 0);
  volatile char *copy = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, early, 0);
  map[0] = 'm';
  if (CALL(swapon("good", SWAP_FLAG_PREFER | 7))) return 77;
  /* What was mapped before may be read, and written in copies. */
  VALUE(map[0]);
  copy[1] = 'c';
  for (int page = 0; page < 2; page++) {
    pid_t writer = fork();
    if (!writer) {
      map[page * PAGE] = 'n';
      exit(0);
    }
    reap(writer);
  }
  CALL(pread(other_end(), (char *)map, 1, 0));
  CALL(write(early, "x", 1));
  CALL(fsync(early));
  show();
  CALL(swapon("good", 0));
  CALL(unlink("good"));
  CALL(rename("plain", "good"));
  CALL(rename("good", "other"));
  CALL(truncate("good", 0));
  CALL(open("good", O_WRONLY | O_TRUNC));
  int fd = open("good", O_RDWR);
  CALL(write(fd, "x", 1));
  CALL(fallocate(fd, 0, 0, 100));
  int other = open("other", O_RDWR | O_CREAT, 0600);
  write(other, header, PAGE);
  off_t from = 0, to = 0;
  CALL(copy_file_range(other, &from, fd, &to, 100, 0));
  CALL(copy_file_range(fd, &from, other, &to, 100, 0));
  CALL(sendfile(fd, other, &from, 100));
  CALL(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
  CALL(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
  close(other);
  unlink("other");
  close(fd);
  CALL(swapoff("good"));
  map[0] = 'o';
  VALUE(pread(early, header, 1, 0) == 1 && header[0] == 'o');
  close(early);
  show();
  pid_t user = fork();
  if (!user) {
    setresuid(1000, 1000, 1000);
    CALL(swapon("good", 0));
    CALL(swapoff("good"));
    exit(0);
  }
  reap(user);
  CALL(unlink("good"));
  many();
  return 0;
}
