/* mlock(2) and its family: what is locked, what the limit says, what /proc shows. */
#include "check.h"
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#define PAGE 4096UL
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW (PROT_READ | PROT_WRITE)

static char *map(size_t pages, int flags) { return mmap(NULL, pages * PAGE, RW, ANON | flags, -1, 0); }

static long locked(void) {
  char line[256];
  long kb = -1;
  FILE *f = fopen("/proc/self/status", "r");
  while (fgets(line, sizeof line, f)) sscanf(line, "VmLck: %ld", &kb);
  fclose(f);
  return kb;
}

/* Lines of maps that begin in [from, from + pages). */
static int mappings(char *from, int pages) {
  char line[256];
  int found = 0;
  FILE *f = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, f)) {
    unsigned long at = strtoul(line, 0, 16);
    found += at >= (unsigned long)from && at < (unsigned long)from + pages * PAGE;
  }
  fclose(f);
  return found;
}

static int count(char *at, int pages) {
  unsigned char vec[64] = {0};
  int sum = 0;
  mincore(at, pages * PAGE, vec);
  for (int i = 0; i < pages; i++) sum += vec[i] & 1;
  return sum;
}

int main(void) {
  start();
  char *p = map(8, 0);
  VALUE(locked());
  CALL(mlock(p + 1, PAGE));
  VALUE(locked());
  VALUE(count(p, 8));
  CALL(mlock(p, 4 * PAGE));
  VALUE(locked());
  CALL(munlock(p + PAGE, PAGE));
  VALUE(locked());
  CALL(syscall(SYS_mlock2, p + 4 * PAGE, 4 * PAGE, 1)); /* MLOCK_ONFAULT */
  VALUE(locked());
  VALUE(count(p + 4 * PAGE, 4));
  p[5 * PAGE] = 1;
  VALUE(count(p + 4 * PAGE, 4));
  CALL(syscall(SYS_mlock2, p, PAGE, 2));
  CALL(mlock(p, 0));
  munmap(p + 2 * PAGE, PAGE);
  VALUE(locked());
  CALL(mlock(p, 4 * PAGE));
  CALL(munlock(p, 4 * PAGE));
  CALL(mlock((void *)PAGE, PAGE));
  CALL(munlockall());
  VALUE(locked());

  /* Nothing at all, in the middle of a mapping. */
  char *whole = mmap((void *)0x3000000000, 4 * PAGE, RW, ANON | MAP_FIXED, -1, 0);
  whole[2 * PAGE] = 7;
  CALL(mlock(whole + 2 * PAGE, 0));
  CALL(syscall(SYS_mlock2, whole + 2 * PAGE, 0, 1));
  CALL(munlock(whole + 2 * PAGE, 0));
  VALUE(mappings(whole, 4));
  VALUE(whole[2 * PAGE]);

  /* What the child has is not locked. */
  CALL(mlock(p, PAGE));
  pid_t pid = fork();
  if (pid == 0) _exit(locked());
  reap(pid);
  CALL(mlockall(0));
  CALL(mlockall(4));
  CALL(mlockall(8));
  CALL(mlockall(MCL_FUTURE));
  long before = locked();
  char *q = map(4, 0);
  VALUE(locked() - before);
  VALUE(count(q, 4));
  CALL(mlockall(MCL_FUTURE | 4)); /* MCL_ONFAULT */
  q = map(4, 0);
  VALUE(count(q, 4));
  CALL(munlockall());
  VALUE(locked());
  q = map(4, MAP_LOCKED);
  VALUE(locked());
  VALUE(count(q, 4));

  /* Without privilege: the limit. */
  struct rlimit limit = {8 * PAGE, 8 * PAGE};
  setrlimit(RLIMIT_MEMLOCK, &limit);
  pid = fork();
  if (pid == 0) {
    setuid(1000);
    char *r = map(16, 0);
    CALL(mlock(r, 8 * PAGE));
    CALL(mlock(r, 8 * PAGE));
    CALL(mlock(r + PAGE, 8 * PAGE));
    CALL(mlock(r + 8 * PAGE, PAGE));
    CALL(map(1, MAP_LOCKED));
    CALL(mlockall(MCL_CURRENT));
    CALL(munlock(r, PAGE));
    CALL(mremap(r + 4 * PAGE, 4 * PAGE, 16 * PAGE, MREMAP_MAYMOVE));
    CALL(mlock(r + 8 * PAGE, PAGE));
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_MEMLOCK, &none);
    CALL(mlock(r, PAGE));
    CALL(mlockall(MCL_FUTURE));
    CALL(map(1, MAP_LOCKED));
    CALL(munlock(r, PAGE));
    _exit(0);
  }
  reap(pid);
  return 0;
}
