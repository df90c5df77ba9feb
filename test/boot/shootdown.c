/* One thread reads a page on its hart while another unmaps it on its own: the next read faults, each time. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ROUNDS = 50 };
static char *volatile page;
static volatile int reads, faults, strangers;
static sigjmp_buf back;

static void on(int hart) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(hart, &set);
  if (sched_setaffinity(0, sizeof set, &set)) exit(1);
}

static void caught(int signal, siginfo_t *info, void *context) {
  if (info->si_addr == page) faults++;
  else strangers++;
  page = NULL;
  siglongjmp(back, 1);
}

static void *reader(void *unused) {
  on(1);
  while (faults + strangers < ROUNDS) {
    if (sigsetjmp(back, 1)) continue;
    while (!page);
    char *here = page;
    for (;;) {
      (void)*(volatile char *)here;
      reads++;
    }
  }
  return unused;
}

static double shootdowns(void) {
  char line[128];
  double value = -1;
  FILE *file = fopen("/proc/tlbstat", "r");
  while (fgets(line, sizeof line, file))
    if (!strncmp(line, "shootdowns:", 11)) value = atof(line + 11);
  fclose(file);
  return value;
}

int main(void) {
  struct sigaction action = {.sa_sigaction = caught, .sa_flags = SA_SIGINFO};
  pthread_t thread;
  on(0);
  sigaction(SIGSEGV, &action, NULL);
  double before = shootdowns();
  pthread_create(&thread, NULL, reader, NULL);
  for (int round = 0; round < ROUNDS; round++) {
    char *mapped = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mapped[0] = 1;
    int seen = reads;
    page = mapped;
    while (reads == seen);
    munmap(mapped, 4096);
    while (page) sched_yield();
  }
  pthread_join(thread, NULL);
  printf("%d faults, %d elsewhere, %s\n", faults, strangers, shootdowns() > before ? "shot down" : "none shot down");
  return 0;
}
