/* mtime and ctime of a file that is written through a mapping: with the first write to a page since it was stored. */
#include "check.h"
#include <sys/mman.h>
#define PAGE 4096
#define OLD 1000

static int fd;

static void age(void) {
  struct timespec times[2] = {{OLD, 0}, {OLD, 0}};
  futimens(fd, times);
}

/* ctime cannot be set back: it is looked at by what mtime does, and must not be older. */
static void show(const char *what) {
  struct stat st;
  fstat(fd, &st);
  int isNew = st.st_mtime != OLD;
  printf("%s: %s%s\n", what, isNew ? "new" : "old", isNew && st.st_ctime < st.st_mtime ? ", ctime is older" : "");
}

int main(void) {
  start();
  fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0644);
  int source = open("source", O_RDWR | O_CREAT | O_TRUNC, 0644);
  ftruncate(fd, 8 * PAGE);
  write(source, "text", 4);
  fsync(fd);
  volatile char *map = mmap(0, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  age();
  map[0] = 'a';
  show("written");
  age();
  map[1] = 'b';
  show("written again");
  CALL(msync((void *)map, 8 * PAGE, MS_SYNC));
  show("stored");
  map[2] = 'c';
  show("written after it was stored");
  age();
  (void)map[PAGE];
  show("read");
  map[PAGE] = 'd';
  show("written after it was read");
  age();
  CALL(pread(source, (void *)(map + 2 * PAGE), 4, 0));
  show("written by the kernel");
  CALL(mprotect((void *)map, 8 * PAGE, PROT_READ));
  age();
  (void)map[3 * PAGE];
  CALL(mprotect((void *)map, 8 * PAGE, PROT_READ | PROT_WRITE));
  show("made writable");
  map[3 * PAGE] = 'e';
  show("written then");
  volatile char *own = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 4 * PAGE);
  age();
  own[0] = 'f';
  show("written to a private mapping");
  return 0;
}
