/* riscv_hwprobe, riscv_flush_icache: what they refuse. On other processors there is nothing to compare with, so the program itself knows what
   is right: Linux, arch/riscv/kernel/sys_hwprobe.c and sys_riscv.c. */
#include "check.h"
#include <sys/syscall.h>

#define BAD ((void *)8)

#ifdef __riscv
static int wrong;
/* The call fails with `expected`; 0: it does not fail. */
#define GIVES(expected, ...)                                                              \
  do {                                                                                    \
    errno = 0;                                                                            \
    if (syscall(__VA_ARGS__) == -1 ? errno != (expected) : (expected) != 0) {             \
      printf("%s: %s\n", #__VA_ARGS__, strerror(errno));                                  \
      wrong = 1;                                                                          \
    }                                                                                     \
  } while (0)

int main(void) {
  start();
  const int probe = 258, flush = 259;
  struct { long key; unsigned long value; } pair = {4, 0};
  unsigned long harts = 1, none = 0;
  GIVES(0, probe, &pair, 1L, 0L, NULL, 0);
  GIVES(0, probe, &pair, 1L, sizeof harts, &harts, 0);
  GIVES(EINVAL, probe, &pair, 1L, 0L, NULL, 2);
  GIVES(EINVAL, probe, &pair, 1L, 0L, &harts, 0);
  GIVES(EINVAL, probe, &pair, 1L, sizeof none, &none, 0);
  GIVES(EINVAL, probe, &pair, 1L, 0L, NULL, 1);
  GIVES(EFAULT, probe, BAD, 1L, 0L, NULL, 0);
  GIVES(EFAULT, probe, &pair, 1L, sizeof harts, BAD, 0);
  GIVES(0, flush, 0L, 0L, 0L);
  GIVES(0, flush, 0L, 0L, 1L);
  GIVES(EINVAL, flush, 0L, 0L, 2L);
  if (!wrong) printf("all as they should\n");
  return wrong;
}
#else
int main(void) {
  printf("this is no RISC-V\n");
  return 77;
}
#endif
