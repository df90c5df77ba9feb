/* A file of attacks: one is chosen by name. What an attack returns is the status; most go on until they are killed or may not go on. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct attack {
  const char *name;
  int (*run)(void);
};

static int choose(const struct attack *attacks, size_t count, int argc, char **argv) {
  for (size_t i = 0; i < count; i++)
    if (argc > 1 && strcmp(attacks[i].name, argv[1]) == 0) return attacks[i].run();
  for (size_t i = 0; i < count; i++) puts(attacks[i].name);
  return 2;
}

#define MAIN(attacks) \
  int main(int argc, char **argv) { return choose(attacks, sizeof attacks / sizeof *attacks, argc, argv); }

/* The system said no: what the attack is expected to come to. */
static int refused(const char *what, long count) {
  printf("%s: refused after %ld: %s\n", what, count, strerror(errno));
  return 0;
}
