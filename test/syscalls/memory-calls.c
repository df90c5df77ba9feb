/* Calls on memory that few programs make: process_madvise, process_mrelease, cachestat, remap_file_pages. */
#include "check.h"
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#define PAGE 4096UL
#define SYS_pidfd_open_ 434
#define SYS_process_madvise_ 440
#define SYS_process_mrelease_ 448
#define SYS_cachestat_ 451

static struct { unsigned long cache, dirty, writeback, evicted, recently; } cs;

static void stat_of(int fd, unsigned long offset, unsigned long length) {
  unsigned long range[2] = {offset, length};
  if (syscall(SYS_cachestat_, fd, range, &cs, 0) < 0) printf("cachestat: %s\n", strerror(errno));
  else printf("cached %lu\n", cs.cache);
}

int main(void) {
  start();
  char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(p, 1, 4 * PAGE);
  pid_t pid = fork();
  if (pid == 0) {
    pause();
    _exit(0);
  }
  int pidfd = syscall(SYS_pidfd_open_, pid, 0);
  struct iovec ranges[2] = {{p, PAGE}, {p + 2 * PAGE, 2 * PAGE}};
  VALUE(syscall(SYS_process_madvise_, pidfd, ranges, 2, 20, 0)); /* MADV_COLD */
  VALUE(syscall(SYS_process_madvise_, pidfd, ranges, 2, 21, 0)); /* MADV_PAGEOUT */
  CALL(syscall(SYS_process_madvise_, pidfd, ranges, 2, 4, 0));   /* MADV_DONTNEED */
  CALL(syscall(SYS_process_madvise_, pidfd, ranges, 2, 20, 1));
  CALL(syscall(SYS_process_madvise_, pidfd, ranges, 1025, 20, 0));
  CALL(syscall(SYS_process_madvise_, pidfd, NULL, 2, 20, 0));
  CALL(syscall(SYS_process_madvise_, 0, ranges, 2, 20, 0));
  ranges[1].iov_base = p + 1;
  VALUE(syscall(SYS_process_madvise_, pidfd, ranges, 2, 20, 0));
  CALL(syscall(SYS_process_mrelease_, pidfd, 1));
  CALL(syscall(SYS_process_mrelease_, pidfd, 0));
  CALL(syscall(SYS_process_mrelease_, 0, 0));
  kill(pid, SIGKILL);
  reap(pid);
  CALL(syscall(SYS_process_madvise_, pidfd, ranges, 1, 20, 0));
  CALL(syscall(SYS_process_mrelease_, pidfd, 0));

  int fd = syscall(SYS_memfd_create, "cache", 0);
  ftruncate(fd, 8 * PAGE);
  stat_of(fd, 0, 0);
  pwrite(fd, p, 3 * PAGE, PAGE);
  stat_of(fd, 0, 0);
  stat_of(fd, 0, 2 * PAGE);
  stat_of(fd, 2 * PAGE, 1);
  stat_of(fd, 4 * PAGE, 0);
  stat_of(-1, 0, 0);
  CALL(syscall(SYS_cachestat_, fd, NULL, &cs, 0));
  unsigned long all[2] = {0, 0};
  CALL(syscall(SYS_cachestat_, fd, all, NULL, 0));
  CALL(syscall(SYS_cachestat_, fd, all, &cs, 1));

  for (int i = 0; i < 8; i++) pwrite(fd, &"01234567"[i], 1, i * PAGE);
  char *m = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  CALL(syscall(SYS_remap_file_pages, m + PAGE, PAGE, 0, 6, 0));
  printf("%c%c%c%c\n", m[0], m[PAGE], m[2 * PAGE], m[3 * PAGE]);
  CALL(syscall(SYS_remap_file_pages, m, 4 * PAGE, 0, 2, 0));
  printf("%c%c%c%c\n", m[0], m[PAGE], m[2 * PAGE], m[3 * PAGE]);
  CALL(syscall(SYS_remap_file_pages, m, PAGE, PROT_READ, 2, 0));
  CALL(syscall(SYS_remap_file_pages, m, 0, 0, 2, 0));
  CALL(syscall(SYS_remap_file_pages, p, PAGE, 0, 2, 0));
  CALL(syscall(SYS_remap_file_pages, m, 64 * PAGE, 0, 2, 0));

  /* the last mapping of a file without a name takes its own place */
  munmap(m, 4 * PAGE);
  m = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 3 * PAGE);
  close(fd);
  CALL(syscall(SYS_remap_file_pages, m, 2 * PAGE, 0, 5, 0));
  printf("%c%c\n", m[0], m[PAGE]);
  char *shared = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  shared[0] = 'a', shared[PAGE] = 'b';
  CALL(syscall(SYS_remap_file_pages, shared, PAGE, 0, 1, 0));
  printf("%c%c\n", shared[0], shared[PAGE]);
  CALL(syscall(SYS_remap_file_pages, shared, 2 * PAGE, 0, 0, 0));
  printf("%c%c\n", shared[0], shared[PAGE]);
  return 0;
}
