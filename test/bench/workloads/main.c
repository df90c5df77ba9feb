/* The workloads of `hartix bench`: workloads [MILLISECONDS=300 [FILTER]]. Each runs untimed for as long as then timed, for
 * translators warm up; a line says `name rate unit (check X n PASSES seconds S instructions I)`, the last from the counter
 * instret where that counts: on Hartix; 0 elsewhere. */
#include "workload.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct row {
  const char *name, *unit;
  struct pass (*run)(void);
} rows[] = {
    {"core", "iter/s", core},
    {"records", "iter/s", records},
    {"sieve1M", "iter/s", sieve},
    {"fib27", "iter/s", fibonacci},
    {"qsort100k", "iter/s", quicksort},
    {"matmul128", "MFLOP/s", matrix},
    {"sha256", "MB/s", sha256},
    {"memcpy1M", "MB/s", copy},
    {"bytecopy", "MB/s", byte_copy},
    {"ptrchase4M", "Mhops/s", pointer_chase},
    {"interp", "Mops/s", byte_code},
    {"int64mix1M", "iter/s", integers},
    {"mandel", "Miter/s", mandelbrot},
    {"malloc", "Mops/s", heap},
};

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static uint64_t instructions(void) {
#ifdef __riscv
  /* Linux keeps the counter to itself, and programs that read it get SIGILL. */
  if (getenv("HARTIX_INSTRET") != NULL) {
    uint64_t count;
    __asm__ volatile("rdinstret %0" : "=r"(count));
    return count;
  }
#endif
  return 0;
}

static void measure(const struct row *row, double least) {
  double work = 0, start = seconds(), taken;
  do row->run();
  while (seconds() - start < least);
  start = seconds();
  uint64_t counted = instructions(), check = 0;
  int passes = 0;
  do {
    struct pass pass = row->run();
    work += pass.work;
    check = pass.check;
    passes++;
    taken = seconds() - start;
  } while (taken < least);
  counted = instructions() - counted;
  printf("%s %.5g %s (check %016llx n %d seconds %.4f instructions %llu)\n", row->name, work / taken, row->unit,
         (unsigned long long)check, passes, taken, (unsigned long long)counted);
}

int main(int argc, char **argv) {
  double least = (argc > 1 ? atof(argv[1]) : 300) / 1000;
  setvbuf(stdout, NULL, _IONBF, 0);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (argc <= 2 || strstr(rows[i].name, argv[2]) != NULL) measure(&rows[i], least);
  return 0;
}
