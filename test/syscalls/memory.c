/* mmap, munmap, mprotect, mremap, brk, madvise, msync, mincore: semantics and errors. */
#include "check.h"
#include <sys/mman.h>
#include <sys/resource.h>

static int faults_of(volatile char *address, int writes) {
  pid_t pid = fork();
  if (pid == 0) {
    if (writes) *address = 1;
    else (void)*address;
    _exit(0);
  }
  int status;
  waitpid(pid, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

int main(void) {
  start();
  CALL(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  CALL(mmap(NULL, 4096, PROT_READ, MAP_ANONYMOUS, -1, 0));
  CALL(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 99, 0));
  CALL(mmap((void *)1, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
  CALL(mmap(NULL, 1UL << 62, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  char *map = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  VALUE(map[5000]);
  memset(map, 7, 4 * 4096);
  CALL(munmap(map + 1, 4096));
  CALL(munmap(map + 4096, 4096));
  VALUE(faults_of(map + 4096, 0));
  VALUE(faults_of(map + 8192, 1));
  CALL(mprotect(map, 4096, PROT_READ));
  VALUE(faults_of(map, 1));
  VALUE(faults_of(map, 0));
  CALL(mprotect(map, 3 * 4096, PROT_READ)); /* crosses the hole */
  CALL(mprotect(map, 4096, PROT_NONE));
  VALUE(faults_of(map, 0));
  CALL(mprotect(map + 3 * 4096, 4096, PROT_READ | PROT_WRITE));
  VALUE(map[3 * 4096]);
  CALL(mmap(map, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
  VALUE(mmap(map + 4096, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == map + 4096);
  VALUE(map[4096]);

  /* Copy on write over fork, shared memory over fork. */
  char *private = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  *private = *shared = 1;
  pid_t pid = fork();
  if (pid == 0) { *private = 2; *shared = 2; _exit(0); }
  reap(pid);
  printf("private %d shared %d\n", *private, *shared);

  /* Files. */
  int fd = open("file", O_RDWR | O_CREAT, 0600);
  ftruncate(fd, 6000);
  pwrite(fd, "hello", 5, 4096);
  char *file = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  printf("%.5s %d\n", file + 4096, file[6000]);
  memcpy(file + 10, "world", 5);
  char buffer[8] = "";
  pread(fd, buffer, 5, 10);
  printf("%s\n", buffer);
  char *copy = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 4096);
  copy[0] = 'J';
  pread(fd, buffer, 5, 4096);
  printf("%.5s %s\n", copy, buffer);
  pwrite(fd, "X", 1, 4097 + 8); /* not yet copied? the page is already private */
  CALL(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 100));
  CALL(msync(file, 8192, MS_SYNC));
  CALL(msync(file + 1, 4096, MS_SYNC));
  CALL(msync(file, 4096, MS_SYNC | MS_ASYNC));
  int readonly = open("file", O_RDONLY);
  CALL(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, readonly, 0));
  char *limited = mmap(NULL, 4096, PROT_READ, MAP_SHARED, readonly, 0);
  CALL(mprotect(limited, 4096, PROT_READ | PROT_WRITE));
  CALL(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, readonly, 0));
  ftruncate(fd, 100);
  VALUE(faults_of(file + 4096, 0));
  VALUE(faults_of(file + 200, 0));
  close(fd);
  printf("%.5s\n", file + 10);

  /* mremap keeps the content. */
  char *small = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  strcpy(small, "moved");
  char *big = mremap(small, 4096, 64 * 4096, MREMAP_MAYMOVE);
  printf("%s %d\n", big, big[63 * 4096]);
  CALL(mremap(big, 64 * 4096, 4096, 0));
  VALUE(faults_of(big + 4096, 0));
  CALL(mremap((void *)0x1000, 4096, 8192, MREMAP_MAYMOVE));
  CALL(madvise(shared, 4096, 12345));
  strcpy(private, "x");
  CALL(madvise(private, 4096, MADV_DONTNEED));
  VALUE(*private);
  unsigned char resident[2];
  char *lazy = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  lazy[4096] = 1;
  CALL(mincore(lazy, 8192, resident));
  printf("resident %d %d\n", resident[0] & 1, resident[1] & 1);

  struct rlimit limit = {64 << 20, 64 << 20};
  CALL(setrlimit(RLIMIT_AS, &limit));
  CALL(mmap(NULL, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  return 0;
}
