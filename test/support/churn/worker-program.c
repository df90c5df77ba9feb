/* A program of which many different ones are made: each lui below gets an immediate of its own. Prints what its loops computed. */
#include <stdio.h>

#define PASSES 3000
#define CONSTANT(n)                                                            \
  ({                                                                           \
    unsigned long k;                                                           \
    __asm__ volatile("lui %0, %1" : "=r"(k) : "i"(0x5eed0 + (n)));             \
    (unsigned)k;                                                               \
  })
/* Each on its own quarter of a page: the translator knows code by the bytes of its page. */
#define WORK(n)                                                                \
  __attribute__((noinline, aligned(1024))) static unsigned work##n(unsigned x) \
  {                                                                            \
    for (int i = 0; i < PASSES; i++)                                           \
      x = x * 1664525u + (CONSTANT(n) ^ (x >> 7));                             \
    return x;                                                                  \
  }

WORK(0)
WORK(1)
WORK(2)
WORK(3)
WORK(4)
WORK(5)
WORK(6)
WORK(7)
WORK(8)
WORK(9)
WORK(10)
WORK(11)

int main(void)
{
  unsigned x = 1;
  x = work3(work2(work1(work0(x))));
  x = work7(work6(work5(work4(x))));
  x = work11(work10(work9(work8(x))));
  printf("%08x\n", x);
  return 0;
}
