/* get_mempolicy(2), set_mempolicy(2), mbind(2), migrate_pages(2), move_pages(2) on a system of one node; packets of pipe(2). */
#include "check.h"
#include <sys/mman.h>
#include <sys/syscall.h>
#define PAGE 4096UL
static long get(int *mode, unsigned long *nodes, unsigned long max, void *at, unsigned long flags) { return syscall(SYS_get_mempolicy, mode, nodes, max, at, flags); }
static long set(int mode, unsigned long *nodes, unsigned long max) { return syscall(SYS_set_mempolicy, mode, nodes, max); }
static long bind(void *at, unsigned long length, int mode, unsigned long *nodes, unsigned long max, unsigned flags) { return syscall(SYS_mbind, at, length, mode, nodes, max, flags); }
static long move(int pid, unsigned long count, void **pages, int *nodes, int *status, int flags) { return syscall(SYS_move_pages, pid, count, pages, nodes, status, flags); }

static void maps(void *at) {
  FILE *file = fopen("/proc/self/numa_maps", "r");
  char line[512];
  unsigned long start;
  char policy[64];
  while (file && fgets(line, sizeof line, file))
    if (sscanf(line, "%lx %63s", &start, policy) == 2 && start == (unsigned long)at) {
      char *anon = strstr(line, "anon=");
      printf("numa_maps %s %.7s\n", policy, anon ? anon : "-");
    }
  if (file) fclose(file);
}

static void packets(void) {
  int p[2];
  char text[8192] = "";
  VALUE(pipe2(p, O_DIRECT | O_NONBLOCK));
  VALUE(write(p[1], "abc", 3));
  VALUE(write(p[1], "defgh", 5));
  VALUE(read(p[0], text, 2));
  printf("%.2s\n", text);
  VALUE(read(p[0], text, 100));
  printf("%.5s\n", text);
  CALL(read(p[0], text, 100));
  int count = 0;
  while (write(p[1], "x", 1) == 1) count++;
  VALUE(count);
  VALUE(fcntl(p[1], F_SETFL, O_NONBLOCK));
  for (int i = 0; i < 16; i++)
    if (read(p[0], text, 100) != 1) printf("packet %d joined\n", i);
  VALUE(write(p[1], "one", 3));
  VALUE(write(p[1], "two", 3));
  VALUE(read(p[0], text, 100));
  VALUE(fcntl(p[1], F_SETFL, O_NONBLOCK | O_DIRECT));
  VALUE(write(p[1], text, 5000));
  VALUE(read(p[0], text, 8192));
  VALUE(read(p[0], text, 8192));
  VALUE(write(p[1], text, 0));
  CALL(read(p[0], text, 100));
  close(p[0]);
  VALUE(write(p[1], "a", 1) == -1);
}

int main(void) {
  start();
  signal(SIGPIPE, SIG_IGN);
  int mode = -1;
  /* room for MAX_NUMNODES of any configuration */
  unsigned long set1024[33] = {0}, one = 1, two = 2, none = 0, many[33] = {1};
  many[32] = 1;
#define nodes set1024[0]
  CALL(get(&mode, &nodes, 64, NULL, 0));
  printf("mode %d nodes %lx\n", mode, nodes);
  CALL(get(NULL, &nodes, 1025, NULL, 4));
  CALL(get(&mode, NULL, 0, NULL, 1));
  CALL(get(&mode, NULL, 0, &mode, 0));
  CALL(get(&mode, NULL, 0, NULL, 8));
  CALL(get(&mode, NULL, 0, &mode, 3));
  printf("node %d\n", mode);
  CALL(get(&mode, NULL, 0, (void *)16, 3));
  CALL(get(&mode, NULL, 0, NULL, 5));
  for (int i = -1; i < 6; i++) {
    printf("mode %d: ", i);
    CALL(set(i, &one, 64));
    CALL(set(i, &none, 64));
    CALL(set(i, NULL, 0));
    CALL(set(i, &two, 64));
    if (get(&mode, &nodes, 64, NULL, 0) == 0) printf("now %d nodes %lx\n", mode, nodes);
  }
  CALL(set(99, &one, 64));
  CALL(set(2 | 0x8000 | 0x4000, &one, 64));
  CALL(set(2 | 0x8000, &one, 64));
  CALL(get(&mode, &nodes, 64, NULL, 0));
  printf("mode %x nodes %lx\n", mode, nodes);
  CALL(set(2, many, 33 * 64));
  CALL(set(2, (unsigned long *)16, 64));
  CALL(set(3, &one, 64));
  CALL(get(&mode, NULL, 0, NULL, 1));
  printf("next %d\n", mode);
  CALL(set(0, NULL, 0));
  /* Between pages that nothing merges with: libc may map something beside it. */
  char *p = mmap(NULL, 10 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  p += PAGE;
  mprotect(p, 8 * PAGE, PROT_READ | PROT_WRITE);
  p[0] = p[PAGE] = 1;
  CALL(bind(p, 4 * PAGE, 2, &one, 64, 0));
  maps(p);
  CALL(get(&mode, &nodes, 64, p, 2));
  printf("mode %d nodes %lx\n", mode, nodes);
  CALL(get(&mode, &nodes, 64, p + 5 * PAGE, 2));
  printf("mode %d nodes %lx\n", mode, nodes);
  CALL(bind(p + 1, PAGE, 2, &one, 64, 0));
  CALL(bind(p, PAGE, 2, &one, 64, 64));
  CALL(bind(p, PAGE, 2, &two, 64, 0));
  CALL(bind(p, 4 * PAGE, 3, &one, 64, 1 | 2 | 4));
  maps(p);
  munmap(p + 2 * PAGE, PAGE);
  CALL(bind(p, 4 * PAGE, 2, &one, 64, 0));
  CALL(bind(p, 0, 2, &one, 64, 0));
  CALL(bind(p, PAGE, 0, NULL, 0, 0));
  maps(p);
  void *pages[4] = {p, p + PAGE, p + 3 * PAGE, p + 2 * PAGE};
  int status[4] = {9, 9, 9, 9}, where[4] = {0, 0, 0, 0};
  VALUE(move(0, 4, pages, NULL, status, 0));
  printf("%d %d %d %d\n", status[0], status[1], status[2], status[3]);
  VALUE(move(0, 2, pages, where, status, 2));
  printf("%d %d\n", status[0], status[1]);
  where[1] = 1;
  CALL(move(0, 2, pages, where, status, 2));
  CALL(move(0, 1, pages, NULL, status, 9));
  CALL(move(0x7ffffffe, 1, pages, NULL, status, 0));
  VALUE(syscall(SYS_migrate_pages, 0, 64, &one, &one));
  CALL(syscall(SYS_migrate_pages, 0x7ffffffe, 64, &one, &one));
  packets();
  return 0;
}
