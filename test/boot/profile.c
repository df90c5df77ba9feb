/* A program whose time is known: three parts in `often`, called by `work`, and one in `seldom`. */
#include <stdio.h>

#define NOINLINE __attribute__((noinline))

NOINLINE static unsigned often(unsigned value) {
  for (int i = 0; i < 30000; i++) value = value * 1664525u + 1013904223u;
  return value;
}
NOINLINE static unsigned seldom(unsigned value) {
  for (int i = 0; i < 10000; i++) value = value * 22695477u + 1u;
  return value;
}
NOINLINE static unsigned work(unsigned value) { return often(value) ^ 1; }

int main(void) {
  unsigned value = 1;
  for (int i = 0; i < 4000; i++) value = seldom(work(value));
  printf("%u\n", value);
  return 0;
}
