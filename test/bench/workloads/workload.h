/* One workload of the benchmark: a row of the table in main.c. */
#ifndef WORKLOAD_H
#define WORKLOAD_H
#include <stdint.h>

#define NOINLINE __attribute__((noinline))

/* What one pass of a workload did. */
struct pass {
  /* In units of the row. */
  double work;
  /* Depends on every result: equal on all machines. */
  uint64_t check;
};

struct pass sieve(void), fibonacci(void), quicksort(void), matrix(void), sha256(void), copy(void), byte_copy(void);
struct pass pointer_chase(void), byte_code(void), integers(void), mandelbrot(void), heap(void);
struct pass core(void), records(void);

/* Numbers that compilers cannot foresee: the same sequence everywhere. */
static inline uint32_t next_random(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}
#endif
