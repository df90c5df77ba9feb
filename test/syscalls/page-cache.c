/* The page cache from outside: O_DIRECT, sync_file_range(2), posix_fadvise(2), readahead(2), cachestat(2), msync(2). */
#include "check.h"
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif
#define PAGE 4096
#define PAGES 64
#define CANNOT_BE_HAD 77

static int fd;

static long advise(int file, long offset, long length, int advice) {
  return syscall(SYS_fadvise64, file, offset, length, advice);
}

/* Pages of the file in the cache, and those of them that are dirty. */
static void show(const char *when) {
  uint64_t range[2] = {0, 0}, result[5] = {0};
  if (syscall(SYS_cachestat, fd, range, result, 0)) printf("cachestat: %s\n", strerror(errno));
  else printf("%s: %d cached, %d dirty\n", when, (int)result[0], (int)result[1]);
}

static void ranges(int other, int directory) {
  puts("sync_file_range");
  CALL(sync_file_range(fd, 0, 0, 0));
  CALL(sync_file_range(fd, 0, 0, 8));
  CALL(sync_file_range(fd, -1, 10, 2));
  CALL(sync_file_range(fd, 0, -1, 2));
  CALL(sync_file_range(fd, INT64_MAX, INT64_MAX, 2));
  CALL(sync_file_range(other, 0, 0, 2));
  CALL(sync_file_range(directory, 0, 0, 7));
  CALL(sync_file_range(-1, 0, 0, 2));
  CALL(pwrite(fd, "x", 1, 0));
  CALL(pwrite(fd, "y", 1, 5 * PAGE));
  show("two pages written");
  CALL(sync_file_range(fd, PAGE, 0, 7));
  show("the second stored");
  CALL(sync_file_range(fd, 0, PAGE, 7));
  show("both stored");
  puts("fsync");
  CALL(fsync(other));
  CALL(fdatasync(other));
  CALL(fsync(directory));
  CALL(syncfs(other));
  CALL(syncfs(-1));
}

static void advices(int other, int directory, int writer) {
  puts("fadvise");
  VALUE(advise(fd, 0, 0, 6));
  VALUE(advise(fd, 0, 0, -1));
  VALUE(advise(fd, 0, -1, POSIX_FADV_NORMAL));
  VALUE(advise(other, 0, 0, POSIX_FADV_NORMAL));
  VALUE(advise(-1, 0, 0, POSIX_FADV_NORMAL));
  VALUE(advise(directory, 0, 0, POSIX_FADV_WILLNEED));
  for (int advice = POSIX_FADV_NORMAL; advice <= POSIX_FADV_NOREUSE; advice++)
    VALUE(advise(fd, PAGE, PAGE, advice));
  VALUE(advise(fd, 0, 0, POSIX_FADV_DONTNEED));
  show("given up");
  VALUE(advise(fd, 0, 0, POSIX_FADV_RANDOM));
  char byte;
  VALUE(pread(fd, &byte, 1, 20 * PAGE));
  VALUE(pread(fd, &byte, 1, 40 * PAGE));
  show("two read at random");
  VALUE(advise(fd, 0, 0, POSIX_FADV_NORMAL));
  VALUE(readahead(fd, 0, 4 * PAGE));
  show("four read ahead");
  VALUE(advise(fd, 10, PAGE, POSIX_FADV_DONTNEED));
  show("no page lies within the range as a whole");
  /* One does; Linux may keep pages that were read together as one. */
  VALUE(advise(fd, 10, 2 * PAGE, POSIX_FADV_DONTNEED));
  CALL(pwrite(fd, "z", 1, 0));
  VALUE(advise(fd, 0, 0, POSIX_FADV_DONTNEED));
  CALL(fsync(fd));
  VALUE(advise(fd, 0, 0, POSIX_FADV_DONTNEED));
  show("stored and given up");
  puts("readahead");
  CALL(readahead(other, 0, PAGE));
  CALL(readahead(directory, 0, PAGE));
  CALL(readahead(writer, 0, PAGE));
  CALL(readahead(-1, 0, PAGE));
}

static void direct(void) {
  static char memory[5 * PAGE] __attribute__((aligned(PAGE)));
  int raw = open("file", O_RDWR | O_DIRECT);
  if (raw < 0) {
    printf("O_DIRECT: %s\n", strerror(errno));
    exit(CANNOT_BE_HAD);
  }
  puts("O_DIRECT");
  VALUE(pread(raw, memory, 100, 0));
  VALUE(pread(raw, memory, 512, 100));
  VALUE(pread(raw, memory, 0, 0));
  VALUE(pwrite(raw, memory, 100, 0));
  VALUE(pwrite(raw, memory, 512, 100));
  /* Which addresses a disk takes is its own affair. */
  struct iovec { void *base; size_t length; } parts[2] = {{memory, 512}, {memory + 512, 100}};
  VALUE(syscall(SYS_preadv, raw, parts, 2, 0, 0));
  parts[1].length = 512;
  VALUE(syscall(SYS_preadv, raw, parts, 2, 0, 0));
  VALUE(advise(fd, 0, 0, POSIX_FADV_DONTNEED));
  VALUE(pread(raw, memory, PAGE, 2 * PAGE));
  printf("%c%c\n", memory[0], memory[PAGE - 1]);
  show("read past the cache");
  memset(memory, 'D', sizeof memory);
  VALUE(pwrite(raw, memory, 512, 512));
  VALUE(pwrite(raw, memory, 2 * PAGE, 3 * PAGE));
  show("written past the cache");
  char back[3];
  pread(fd, back, 3, 511);
  printf("%.3s\n", back);
  CALL(pwrite(fd, "B", 1, 7 * PAGE));
  VALUE(pread(raw, memory, PAGE, 7 * PAGE));
  printf("buffered writes are seen: %c\n", memory[0]);
  char *map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  map[8 * PAGE] = 'M';
  VALUE(pread(raw, memory, PAGE, 8 * PAGE));
  printf("and mapped ones: %c\n", memory[0]);
  memory[0] = 'N';
  VALUE(pwrite(raw, memory, PAGE, 8 * PAGE));
  printf("a mapping sees: %c\n", map[8 * PAGE]);
  map[9 * PAGE] = 'A';
  CALL(msync(map, PAGES * PAGE, MS_ASYNC));
  CALL(msync(map, PAGES * PAGE, MS_SYNC));
  /* How much a fault reads around it, too. */
  uint64_t whole[2] = {0, 0}, result[5];
  syscall(SYS_cachestat, fd, whole, result, 0);
  printf("synchronized: %d dirty\n", (int)result[1]);
  CALL(msync(map, PAGE, MS_SYNC | MS_ASYNC));
  CALL(msync(map, PAGE, 8));
  CALL(msync(map + 1, PAGE, MS_SYNC));
  CALL(mlock(map, PAGE));
  CALL(msync(map, PAGE, MS_INVALIDATE));
  CALL(munlock(map, PAGE));
  CALL(msync(map, PAGE, MS_INVALIDATE));
  munmap(map, PAGES * PAGE);
  CALL(msync(map, PAGE, MS_SYNC));
  CALL(ftruncate(fd, 5000));
  VALUE(pread(raw, memory, 2 * PAGE, PAGE));
  VALUE(pread(raw, memory, PAGE, 2 * PAGE));
  VALUE(pwrite(raw, memory, 512, 9 * PAGE));
  printf("size %ld\n", (long)lseek(fd, 0, SEEK_END));
  close(raw);
}

static void synchronous(void) {
  puts("O_SYNC");
  int flags[] = {O_DSYNC, O_SYNC};
  for (int i = 0; i < 2; i++) {
    int file = open("file", O_WRONLY | flags[i]);
    CALL(pwrite(file, "s", 1, 0));
    show("written through");
    printf("%d\n", (fcntl(file, F_GETFL) & O_SYNC) == flags[i]);
    close(file);
  }
}

int main(void) {
  start();
  uint64_t probe[5];
  fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (syscall(SYS_cachestat, fd, (uint64_t[2]){0, 0}, probe, 0) && errno == ENOSYS) {
    puts("no cachestat(2) here");
    return CANNOT_BE_HAD;
  }
  int ends[2];
  pipe(ends);
  int directory = open(".", O_RDONLY | O_DIRECTORY);
  int writer = open("file", O_WRONLY);
  for (int i = 0; i < PAGES; i++) {
    char page[PAGE];
    memset(page, 'a' + i % 26, PAGE);
    write(fd, page, PAGE);
  }
  show("written");
  CALL(fsync(fd));
  show("stored");
  ranges(ends[0], directory);
  advices(ends[0], directory, writer);
  direct();
  synchronous();
  return 0;
}
