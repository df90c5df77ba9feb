/* For a debugger to look at: calls, data that changes, system calls, a child, a thread, and an end that its argument says. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Two instructions, the first of which is a system call; and a store to a page that was never touched. */
void exact_getpid(void);
void exact_store(char *to);
__asm__(".globl exact_getpid\nexact_getpid:\n\tli a7, 172\n\tecall\n\tret\n"
        ".globl exact_store\nexact_store:\n\tsb a0, 0(a0)\n\tret\n");

int total;
double ratio;
char page[3 * 4096];
volatile int done;

__attribute__((noinline)) int leaf(int value) {
  total += value;
  return value * 2;
}

__attribute__((noinline)) int middle(int value) { return leaf(value + 2) + 1; }

static void *worker(void *argument) {
  for (int i = 0; i < 100; i++) __atomic_add_fetch((int *)argument, 1, __ATOMIC_RELAXED);
  return NULL;
}

int main(int argc, char **argv) {
  for (int i = 0; i < 12; i++) middle(i);
  ratio = total / 4.0;
  exact_getpid();
  exact_store(page + 4096);
  int child = fork();
  if (child == 0) {
    leaf(1000);
    _exit(3);
  }
  int status;
  waitpid(child, &status, 0);
  pthread_t thread;
  int count = 0;
  pthread_create(&thread, NULL, worker, &count);
  pthread_join(thread, NULL);
  printf("total %d child %d count %d\n", total, WEXITSTATUS(status), count);
  fflush(stdout);
  if (argc > 1 && !strcmp(argv[1], "abort")) abort();
  if (argc > 1 && !strcmp(argv[1], "fault")) *(volatile int *)8 = 1;
  if (argc > 1 && !strcmp(argv[1], "spin"))
    while (!done) leaf(0);
  return 7;
}
