/* What a process's vector registers outlive: switches to others that use them, signal handlers that do, and system calls of
 * others; and that exec clears their state. Prints one line for each. Linux, Documentation/arch/riscv/vector.rst. */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* The assembler knows V here; the rest of the program, and the C library, are made without it. */
#define V(code) ".option push\n .option arch, +v\n" code "\n .option pop\n"

enum { BYTES = 512, CHILDREN = 4, ROUNDS = 150, HWCAP_V = 1 << ('v' - 'a') };

static unsigned char byte_of(int seed, int at) { return (unsigned char)(seed * 31 + at * 7); }

static void fill(int seed) {
  unsigned char b[BYTES];
  for (int i = 0; i < BYTES; i++) b[i] = byte_of(seed, i);
  asm volatile(
      V("vl8re8.v v0,(%0)\n addi t0,%0,128\n vl8re8.v v8,(t0)\n addi t0,t0,128\n vl8re8.v v16,(t0)\n"
        "addi t0,t0,128\n vl8re8.v v24,(t0)")::"r"(b)
      : "t0", "memory");
}

static int kept(int seed) {
  unsigned char b[BYTES];
  asm volatile(
      V("vs8r.v v0,(%0)\n addi t0,%0,128\n vs8r.v v8,(t0)\n addi t0,t0,128\n vs8r.v v16,(t0)\n"
        "addi t0,t0,128\n vs8r.v v24,(t0)")::"r"(b)
      : "t0", "memory");
  for (int i = 0; i < BYTES; i++)
    if (b[i] != byte_of(seed, i)) return 0;
  return 1;
}

/* No system call between fill and kept: that may clobber the registers. */
static int loop(int child) {
  int lost = 0;
  for (int round = 0; round < ROUNDS; round++) {
    fill(child * 50 + round);
    for (volatile int i = 0; i < 3000; i++) {
    }
    lost += !kept(child * 50 + round);
    sched_yield();
  }
  return lost != 0;
}

static volatile sig_atomic_t handled;

static void handler(int signal) {
  (void)signal;
  unsigned long vl;
  asm volatile(V("vsetvli %0, zero, e64, m8, ta, ma") : "=r"(vl));
  fill(99);
  handled = 1;
}

int main(int argc, char **argv) {
  if (argc > 1) {
    unsigned long vl, vtype;
    asm volatile(V("csrr %0, vl\n csrr %1, vtype") : "=r"(vl), "=r"(vtype));
    printf("exec: vl %lu, vill %lu\n", vl, vtype >> 63);
    return 0;
  }
  printf("hwcap: %d\n", (getauxval(AT_HWCAP) & HWCAP_V) != 0);
  for (int child = 0; child < CHILDREN; child++)
    if (fork() == 0) _exit(loop(child));
  int bad = 0;
  for (int child = 0; child < CHILDREN; child++) {
    int status;
    wait(&status);
    bad |= status;
  }
  printf("switches: %s\n", bad ? "lost" : "kept");

  struct sigaction action = {.sa_handler = handler};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval soon = {.it_value = {.tv_usec = 30000}};
  setitimer(ITIMER_REAL, &soon, NULL);
  unsigned long vl, vtype;
  fill(7);
  asm volatile(V("vsetvli %0, %1, e16, m2, ta, ma") : "=r"(vl) : "r"(11L));
  while (!handled) {
  }
  asm volatile(V("csrr %0, vl\n csrr %1, vtype") : "=r"(vl), "=r"(vtype));
  printf("signal: %s, vl %lu, vtype %lx\n", kept(7) ? "kept" : "lost", vl, vtype);
  fflush(stdout);
  execl(argv[0], argv[0], "again", (char *)NULL);
  return 1;
}
