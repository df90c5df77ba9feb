/* What a thousand turns of two threads, and of two processes, cost of writes of satp and of flushes: /proc/tlbstat. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TURNS = 1000 };
static int there[2], back[2];

static double counter(const char *name) {
  char line[128];
  double value = -1;
  FILE *file = fopen("/proc/tlbstat", "r");
  while (fgets(line, sizeof line, file))
    if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':') value = atof(strchr(line, ':') + 1);
  fclose(file);
  return value;
}

static void *answer(void *unused) {
  char byte;
  for (int i = 0; i < TURNS; i++)
    if (read(there[0], &byte, 1) != 1 || write(back[1], &byte, 1) != 1) exit(1);
  return unused;
}

static void ask(void) {
  char byte = 'x';
  for (int i = 0; i < TURNS; i++)
    if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1) exit(1);
}

int main(void) {
  pthread_t thread;
  if (pipe(there) || pipe(back)) return 1;
  double writes = counter("satpWrites"), flushes = counter("spaceFlushes");
  pthread_create(&thread, NULL, answer, NULL);
  ask();
  pthread_join(thread, NULL);
  printf("threads: %.0f %.0f\n", counter("satpWrites") - writes, counter("spaceFlushes") - flushes);
  writes = counter("satpWrites"), flushes = counter("spaceFlushes");
  pid_t pid = fork();
  if (pid == 0) {
    answer(NULL);
    _exit(0);
  }
  ask();
  waitpid(pid, NULL, 0);
  printf("processes: %.0f %.0f\n", counter("satpWrites") - writes, counter("spaceFlushes") - flushes);
  return 0;
}
