/* Mappings over fork: the child has them all, with their contents, and what one side changes the other does not see. */
#include "check.h"
#include <sys/mman.h>

enum { MANY = 1000, PAGE = 4096 };
static char *area;

static void make(void) {
  area = mmap(0, MANY * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < MANY; i += 3) memset(area + i * PAGE, i & 0x7f, 16);
  /* Neighbours differ: a mapping each. */
  for (int i = 0; i < MANY; i += 2) mprotect(area + i * PAGE, PAGE, PROT_READ);
}

/* How many mappings lie in the area, and their bytes. */
static void show(const char *who) {
  FILE *maps = fopen("/proc/self/maps", "r");
  unsigned long start, end, bytes = 0;
  int count = 0, writable = 0;
  char mode[8], line[512];
  while (fgets(line, sizeof line, maps)) {
    if (sscanf(line, "%lx-%lx %7s", &start, &end, mode) != 3) continue;
    if (start < (unsigned long)area || end > (unsigned long)area + MANY * PAGE) continue;
    count++;
    bytes += end - start;
    writable += mode[1] == 'w';
  }
  fclose(maps);
  printf("%s: %d mappings, %d writable, %lu bytes\n", who, count, writable, bytes);
}

static int is_there(int page) {
  unsigned char vector;
  return mincore(area + page * PAGE, PAGE, &vector) == 0;
}

static int faults(int page) {
  pid_t pid = fork();
  if (pid == 0) {
    signal(SIGSEGV, SIG_DFL);
    area[page * PAGE] = 1;
    _exit(0);
  }
  int status;
  waitpid(pid, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* Every other page, so that none becomes like its neighbours: whether those are joined after a fork is Linux's own affair. */
static void forbid(int from, int to) {
  for (int i = from; i < to; i += 2) mprotect(area + i * PAGE, PAGE, PROT_NONE);
}

static void child(void) {
  show("child");
  VALUE(area[300 * PAGE]);
  CALL(munmap(area + 10 * PAGE, 30 * PAGE));
  forbid(100, 200);
  area[203 * PAGE] = 77;
  area[501 * PAGE] = 78;
  show("child");
  CALL(madvise(area + 600 * PAGE, 6 * PAGE, MADV_DONTNEED));
  VALUE(area[600 * PAGE] + area[603 * PAGE]);
  char *moved = mremap(area + 701 * PAGE, PAGE, 3 * PAGE, MREMAP_MAYMOVE);
  VALUE(moved != MAP_FAILED && moved != area + 701 * PAGE);
  VALUE(is_there(701));
  CALL(mlock(area + 800 * PAGE, 4 * PAGE));
  pid_t pid = fork();
  if (pid == 0) {
    show("grandchild");
    CALL(munmap(area, 500 * PAGE));
    area[501 * PAGE] = 79;
    show("grandchild");
    _exit(0);
  }
  reap(pid);
  VALUE(area[501 * PAGE]);
  VALUE(is_there(300));
}

int main(void) {
  start();
  make();
  show("parent");
  int go[2];
  char byte;
  CALL(pipe(go));
  pid_t pid = fork();
  if (pid == 0) {
    child();
    _exit(5);
  }
  reap(pid);
  printf("-- the parent has what it had\n");
  show("parent");
  VALUE(is_there(10));
  VALUE(is_there(701));
  VALUE(area[203 * PAGE]);
  VALUE(area[501 * PAGE]);
  VALUE(area[600 * PAGE]);
  VALUE(faults(102));
  VALUE(faults(103));
  VALUE(faults(500));

  printf("-- the parent changes what it shares with a living child\n");
  pid = fork();
  if (pid == 0) {
    close(go[1]);
    if (read(go[0], &byte, 1) != 0) printf("no end\n");
    show("child");
    VALUE(area[303 * PAGE]);
    VALUE(is_there(303));
    _exit(0);
  }
  CALL(munmap(area + 300 * PAGE, 20 * PAGE));
  forbid(400, 450);
  CALL(mmap(area + 900 * PAGE, 10 * PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED);
  close(go[0]);
  close(go[1]);
  reap(pid);
  show("parent");

  printf("-- what a child does not get, or gets empty\n");
  CALL(madvise(area + 3 * PAGE, PAGE, MADV_DONTFORK));
  CALL(madvise(area + 6 * PAGE, PAGE, MADV_WIPEONFORK));
  pid = fork();
  if (pid == 0) {
    show("child");
    VALUE(is_there(3));
    VALUE(area[6 * PAGE]);
    VALUE(area[9 * PAGE]);
    _exit(0);
  }
  reap(pid);
  VALUE(area[6 * PAGE]);
  CALL(munmap(area, MANY * PAGE));
  show("parent");
  return 0;
}
