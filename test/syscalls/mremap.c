/* mremap(2): in place, moved, to a fixed place, leaving the old mapping; and its errors. */
#include "check.h"
#include <sys/mman.h>
#include <sys/resource.h>
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#define PAGE 4096UL
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static char *map(size_t pages, int flags) {
  return mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);
}

static void fill(char *at, int pages) {
  for (int i = 0; i < pages; i++) at[i * PAGE] = 'a' + i;
}

static void show(const char *name, char *at, int pages) {
  printf("%s:", name);
  for (int i = 0; i < pages; i++) printf(" %c", at[i * PAGE] ? at[i * PAGE] : '.');
  printf("\n");
}

static int is_mapped(char *at) {
  unsigned char vec;
  return mincore(at, PAGE, &vec) == 0;
}

int main(void) {
  start();
  char *area = map(64, ANON | MAP_NORESERVE);
  munmap(area, 64 * PAGE); /* a place that is free, for fixed targets */

  char *p = mmap(area, 4 * PAGE, PROT_READ | PROT_WRITE, ANON | MAP_FIXED, -1, 0);
  fill(p, 4);
  VALUE((char *)mremap(p, 4 * PAGE, 8 * PAGE, 0) - p);
  show("grown in place", p, 8);
  VALUE((char *)mremap(p, 8 * PAGE, 2 * PAGE, 0) - p);
  VALUE(is_mapped(p + PAGE));
  VALUE(is_mapped(p + 2 * PAGE));
  /* something in the way */
  mmap(p + 2 * PAGE, PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0);
  CALL(mremap(p, 2 * PAGE, 3 * PAGE, 0));
  char *moved = mremap(p, 2 * PAGE, 5 * PAGE, MREMAP_MAYMOVE);
  VALUE(moved != p && moved != MAP_FAILED);
  show("moved", moved, 5);
  VALUE(is_mapped(p));
  /* to a fixed place, over what is there, and smaller */
  char *target = area + 32 * PAGE;
  mmap(target, 4 * PAGE, PROT_READ | PROT_WRITE, ANON | MAP_FIXED, -1, 0);
  fill(target, 4);
  VALUE((char *)mremap(moved, 5 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target) - target);
  show("fixed", target, 4);
  VALUE(is_mapped(moved));
  VALUE(is_mapped(moved + PAGE));

  CALL(mremap(target, PAGE, PAGE, 8));
  CALL(mremap(target, PAGE, PAGE, MREMAP_FIXED, area));
  CALL(mremap(target + 1, PAGE, PAGE, MREMAP_MAYMOVE));
  CALL(mremap(target, PAGE, 0, MREMAP_MAYMOVE));
  CALL(mremap(area, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
  CALL(mremap(target, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target + 2 * PAGE));
  CALL(mremap(target, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, area + 1));
  CALL(mremap(target, 9 * PAGE, 10 * PAGE, MREMAP_MAYMOVE));
  CALL(mremap(target, 0, PAGE, MREMAP_MAYMOVE));
  CALL(mremap(target, PAGE, 2 * PAGE, MREMAP_DONTUNMAP));
  CALL(mremap(target, PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP));
  CALL(mremap(target, PAGE, 1UL << 60, MREMAP_MAYMOVE));

  /* the pages go, the mapping stays */
  char *kept = map(3, ANON);
  fill(kept, 3);
  char *taken = mremap(kept, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
  show("kept", kept, 3);
  show("taken", taken, 3);
  kept[0] = 'z';
  show("taken", taken, 3);

  /* shared memory stays shared; length 0 makes another mapping of it */
  char *shared = map(2, MAP_SHARED | MAP_ANONYMOUS);
  fill(shared, 2);
  char *again = mremap(shared, 0, 2 * PAGE, MREMAP_MAYMOVE);
  VALUE(again != MAP_FAILED && again != shared);
  again[PAGE] = 'Q';
  show("shared", shared, 2);
  shared = mremap(shared, 2 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, area + 8 * PAGE);
  again[0] = 'R';
  show("moved shared", shared, 1);

  /* a file's offset goes along */
  int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
  for (int i = 0; i < 8; i++) pwrite(fd, &"01234567"[i], 1, i * PAGE);
  char *file = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 2 * PAGE);
  show("file", file, 4);
  char *other = mremap(file + PAGE, 2 * PAGE, 5 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, area + 16 * PAGE);
  show("file moved", other, 5);
  other[0] = 'X';
  char byte = 0;
  pread(fd, &byte, 1, 3 * PAGE);
  printf("file has %c\n", byte);

  /* the child has what was moved */
  pid_t pid = fork();
  if (pid == 0) {
    taken[0] = '!';
    _exit(taken[PAGE] == 'b' && other[0] == 'X' ? 0 : 1);
  }
  reap(pid);
  show("taken", taken, 3);

  struct rlimit limit = {1UL << 30, 1UL << 30};
  setrlimit(RLIMIT_AS, &limit);
  CALL(mremap(taken, 3 * PAGE, 2UL << 30, MREMAP_MAYMOVE));
  return 0;
}
