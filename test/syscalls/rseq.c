/* rseq, membarrier: registration, the hart's number, a critical section that a signal aborts. */
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/time.h>

#if defined(__riscv)
#define NR_RSEQ 293
#elif defined(__aarch64__)
#define NR_RSEQ 293
#else
#define NR_RSEQ 334
#endif
#define SIGNATURE 0x12345678u

struct area {
  unsigned cpu_id_start, cpu_id;
  unsigned long long section;
  unsigned flags, node_id, mm_cid, pad;
} __attribute__((aligned(32)));
struct section {
  unsigned version, flags;
  unsigned long long start, length, abort;
} __attribute__((aligned(32)));

static struct area area = {.cpu_id = -1}, other;
static long rseq(void *address, unsigned size, int flags, unsigned signature) {
  return syscall(NR_RSEQ, address, size, flags, signature);
}
static volatile int signals;
static void on_alarm(int number) { (void)number, signals++; }

/* Endless unless it is aborted: returns 1 from the abort handler. */
static int stay(struct section *section) {
  int aborted = 0;
#if defined(__riscv)
  __asm__ volatile(
      "la t0, 1f\n sd t0, 8(%1)\n la t1, 2f\n sub t1, t1, t0\n sd t1, 16(%1)\n la t0, 3f\n sd t0, 24(%1)\n"
      "sd %1, 8(%2)\n"
      "1: j 1b\n"
      "2: j 4f\n"
      ".balign 4\n .word 0x12345678\n"
      "3: li %0, 1\n"
      "4:\n"
      : "+r"(aborted) : "r"(section), "r"(&area) : "t0", "t1", "memory");
#elif defined(__x86_64__)
  __asm__ volatile(
      "lea 1f(%%rip), %%rax\n mov %%rax, 8(%1)\n lea 2f(%%rip), %%rcx\n sub %%rax, %%rcx\n mov %%rcx, 16(%1)\n"
      "lea 3f(%%rip), %%rax\n mov %%rax, 24(%1)\n"
      "mov %1, 8(%2)\n"
      "1: jmp 1b\n"
      "2: jmp 4f\n"
      ".long 0x12345678\n"
      "3: mov $1, %0\n"
      "4:\n"
      : "+r"(aborted) : "r"(section), "r"(&area) : "rax", "rcx", "memory");
#else
  (void)section;
  aborted = 1, area.section = 0, signals++;
#endif
  return aborted;
}

static void *in_thread(void *argument) {
  (void)argument;
  CALL(rseq(&other, 32, 1, SIGNATURE));
  CALL(rseq(&other, 32, 0, SIGNATURE));
  VALUE(other.cpu_id == other.cpu_id_start);
  VALUE(other.cpu_id < 1024);
  return NULL;
}

static void barriers(void) {
  long commands = syscall(SYS_membarrier, 0, 0, 0);
  VALUE(commands & 1023);
  CALL(syscall(SYS_membarrier, 8, 0, 0));
  CALL(syscall(SYS_membarrier, 32, 0, 0));
  CALL(syscall(SYS_membarrier, 128, 0, 0));
  CALL(syscall(SYS_membarrier, 1, 0, 0));
  CALL(syscall(SYS_membarrier, 2, 0, 0));
  CALL(syscall(SYS_membarrier, 16, 0, 0));
  CALL(syscall(SYS_membarrier, 8, 0, 0));
  CALL(syscall(SYS_membarrier, 64, 0, 0));
  CALL(syscall(SYS_membarrier, 32, 0, 0));
  CALL(syscall(SYS_membarrier, 256, 0, 0));
  CALL(syscall(SYS_membarrier, 128, 0, 0));
  CALL(syscall(SYS_membarrier, 4, 0, 0));
  CALL(syscall(SYS_membarrier, 8, 1, 0));
  CALL(syscall(SYS_membarrier, 3, 0, 0));
  CALL(syscall(SYS_membarrier, 1 << 20, 0, 0));
}

int main(void) {
  start();
  CALL(rseq((char *)&area + 4, 32, 0, SIGNATURE));
  CALL(rseq(&area, 16, 0, SIGNATURE));
  CALL(rseq(&area, 32, 4, SIGNATURE));
  CALL(rseq(&area, 32, 1, SIGNATURE));
  CALL(rseq(&area, 32, 0, SIGNATURE));
  VALUE(area.cpu_id == area.cpu_id_start && area.cpu_id < 1024);
  CALL(rseq(&area, 32, 0, SIGNATURE));
  CALL(rseq(&area, 32, 0, 1));
  CALL(rseq(&other, 32, 0, SIGNATURE));
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(0, &set);
  sched_setaffinity(0, sizeof set, &set);
  VALUE(area.cpu_id);
  pthread_t thread;
  pthread_create(&thread, NULL, in_thread, NULL);
  pthread_join(thread, NULL);
  signal(SIGALRM, on_alarm);
  struct itimerval timer = {.it_value = {0, 5000}};
  struct section section = {0};
  setitimer(ITIMER_REAL, &timer, NULL);
  int aborted = stay(&section);
  while (!signals) continue;
  printf("aborted %d, section %llu\n", aborted, area.section);
  /* Preempted by another of its kind, on the one hart: aborted too. */
  pid_t pid = fork();
  if (pid == 0) for (;;) continue;
  aborted = stay(&section);
  printf("preempted %d, section %llu\n", aborted, area.section);
  kill(pid, SIGKILL);
  reap(pid);
  CALL(rseq(&area, 32, 1, 1));
  CALL(rseq(&area, 32, 1, SIGNATURE));
  VALUE((int)area.cpu_id);
  barriers();
  return 0;
}
