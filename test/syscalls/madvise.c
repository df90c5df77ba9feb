/* madvise(2), mincore(2), msync(2): every advice that Linux has in every configuration, and the errors. */
#include "check.h"
#include <sys/mman.h>
#define PAGE 4096UL
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW (PROT_READ | PROT_WRITE)
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23

static char *map(size_t pages, int flags) { return mmap(NULL, pages * PAGE, RW, flags, -1, 0); }

static void resident(const char *name, char *at, int pages) {
  unsigned char vec[64] = {0};
  if (mincore(at, pages * PAGE, vec) < 0) printf("%s: %s\n", name, strerror(errno));
  else {
    printf("%s:", name);
    for (int i = 0; i < pages; i++) printf(" %d", vec[i] & 1);
    printf("\n");
  }
}

int main(void) {
  start();
  char *p = map(4, ANON);
  memset(p, 7, 4 * PAGE);
  for (int advice = 0; advice < 3; advice++) CALL(madvise(p, 4 * PAGE, advice));
  CALL(madvise(p, 4 * PAGE, 5));
  CALL(madvise(p, 4 * PAGE, 7));
  CALL(madvise(p, 4 * PAGE, 26));
  CALL(madvise(p, 4 * PAGE, -1));
  CALL(madvise(p + 1, PAGE, MADV_NORMAL));
  CALL(madvise(p, 0, MADV_NORMAL));
  CALL(madvise(p, 0, 26));
  CALL(madvise(p, 1, MADV_DONTNEED));
  resident("one dropped", p, 4);
  VALUE(p[0]);
  VALUE(p[PAGE]);
  CALL(madvise(p, 4 * PAGE, MADV_FREE));
  p[PAGE] = 9;
  VALUE(p[PAGE]);

  /* a gap: what lies on both sides is done, and ENOMEM says that there was one */
  char *gap = map(3, ANON);
  memset(gap, 5, 3 * PAGE);
  munmap(gap + PAGE, PAGE);
  CALL(madvise(gap, 3 * PAGE, MADV_DONTNEED));
  VALUE(gap[0]);
  VALUE(gap[2 * PAGE]);
  CALL(madvise(gap + PAGE, PAGE, MADV_DONTNEED));
  resident("gap", gap, 3);
  CALL(msync(gap, 3 * PAGE, MS_SYNC));
  CALL(msync(gap, PAGE, MS_SYNC | MS_INVALIDATE));
  CALL(msync(gap, 0, MS_SYNC));
  CALL(msync(gap, PAGE, 8));
  CALL(msync(gap, PAGE, 0));

  /* populate */
  char *q = map(4, ANON);
  resident("untouched", q, 4);
  CALL(madvise(q, 2 * PAGE, MADV_POPULATE_READ));
  CALL(madvise(q + 2 * PAGE, PAGE, MADV_POPULATE_WRITE));
  resident("populated", q, 4);
  CALL(mprotect(q, PAGE, PROT_READ));
  CALL(madvise(q, PAGE, MADV_POPULATE_WRITE));
  CALL(mprotect(q, PAGE, PROT_NONE));
  CALL(madvise(q, PAGE, MADV_POPULATE_READ));
  CALL(madvise(gap + PAGE, PAGE, MADV_POPULATE_READ));

  /* over fork */
  char *f = map(4, ANON);
  memset(f, 3, 4 * PAGE);
  CALL(madvise(f, PAGE, MADV_DONTFORK));
  CALL(madvise(f + PAGE, PAGE, MADV_WIPEONFORK));
  CALL(madvise(f + 2 * PAGE, PAGE, MADV_WIPEONFORK));
  CALL(madvise(f + 2 * PAGE, PAGE, MADV_KEEPONFORK));
  pid_t pid = fork();
  if (pid == 0) {
    unsigned char vec;
    int isThere = mincore(f, PAGE, &vec) == 0;
    _exit(isThere * 64 + f[PAGE] * 16 + f[2 * PAGE] * 4 + f[3 * PAGE]);
  }
  reap(pid);
  CALL(madvise(f, PAGE, MADV_DOFORK));
  CALL(madvise(f, PAGE, MADV_DONTDUMP));
  CALL(madvise(f, PAGE, MADV_DODUMP));
  CALL(madvise(f, 4 * PAGE, MADV_COLD));
  CALL(madvise(f, 4 * PAGE, MADV_PAGEOUT));
  VALUE(f[3 * PAGE]);

  /* shared memory and files */
  char *s = map(4, MAP_SHARED | MAP_ANONYMOUS);
  memset(s, 4, 4 * PAGE);
  CALL(madvise(s, PAGE, MADV_WIPEONFORK));
  CALL(madvise(s, PAGE, MADV_FREE));
  CALL(madvise(s, PAGE, MADV_DONTNEED));
  VALUE(s[0]);
  CALL(madvise(s + PAGE, 2 * PAGE, MADV_REMOVE));
  VALUE(s[0]);
  VALUE(s[PAGE]);
  VALUE(s[3 * PAGE]);
  CALL(madvise(p, PAGE, MADV_REMOVE));
  int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
  ftruncate(fd, 4 * PAGE);
  pwrite(fd, "abc", 3, 0);
  char *m = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE, fd, 0);
  CALL(madvise(m, 4 * PAGE, MADV_WILLNEED));
  m[0] = 'z';
  CALL(madvise(m, 4 * PAGE, MADV_FREE));
  CALL(madvise(m, 4 * PAGE, MADV_DONTNEED));
  printf("%.3s\n", m);
  CALL(madvise(m, 4 * PAGE, MADV_REMOVE));

  /* locked memory is kept */
  CALL(mlock(p, PAGE));
  CALL(madvise(p, PAGE, MADV_DONTNEED));
  CALL(madvise(p, PAGE, MADV_FREE));
  CALL(madvise(p, PAGE, MADV_COLD));
  CALL(madvise(p, PAGE, MADV_PAGEOUT));
  CALL(madvise(p, PAGE, 24)); /* MADV_DONTNEED_LOCKED */
  CALL(msync(p, PAGE, MS_INVALIDATE));

  CALL(mincore(p + 1, PAGE, (unsigned char *)p));
  CALL(mincore(p, PAGE, (unsigned char *)8));
  CALL(mincore(p, 1UL << 50, (unsigned char *)p));
  CALL(mincore(p, 0, NULL));
  return 0;
}
