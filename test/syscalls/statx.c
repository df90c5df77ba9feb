/* statx(2), STATX_DIOALIGN: what O_DIRECT wants of a file, if that is asked for. */
#include "check.h"
#include <sys/syscall.h>

/* struct statx in words: a C library's need not know the last two. */
enum { MASK = 0, DIO_MEM_ALIGN = 38, DIO_OFFSET_ALIGN = 39 };
enum { BASIC_STATS = 0x7ff, DIOALIGN = 0x2000 };
static unsigned x[64];
static int ask(const char *path, unsigned mask) {
  memset(x, 0xff, sizeof x);
  return syscall(SYS_statx, AT_FDCWD, path, 0, mask, x);
}

int main(void) {
  start();
  static char buffer[16384] __attribute__((aligned(4096)));
  int fd = open("direct", O_RDWR | O_CREAT | O_DIRECT, 0600);
  CALL(ask("direct", BASIC_STATS));
  VALUE(x[MASK] & DIOALIGN);
  CALL(ask("direct", DIOALIGN));
  VALUE((x[MASK] & DIOALIGN) != 0);
  unsigned memory = x[DIO_MEM_ALIGN], offset = x[DIO_OFFSET_ALIGN];
  VALUE(memory > 0 && memory <= 4096 && (memory & (memory - 1)) == 0);
  VALUE(offset >= 512 && offset <= 4096 && (offset & (offset - 1)) == 0);
  CALL(pwrite(fd, buffer + memory, 4096, offset));
  CALL(pread(fd, buffer + memory, 4096, offset));
  VALUE(pread(fd, buffer + memory, 4096, offset / 2));
  CALL(ask(".", DIOALIGN));
  VALUE(x[MASK] & DIOALIGN);
  CALL(ask("/proc/version", DIOALIGN));
  VALUE(x[MASK] & DIOALIGN);
  return 0;
}
