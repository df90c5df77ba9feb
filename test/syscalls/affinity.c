/* Threads on several processors: affinity, migration under way, exec, exit, stop and unmapping while others run. */
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define THREADS 4
static cpu_set_t allowed;
static int cpus[CPU_SETSIZE], cpu_count;
static atomic_int stop, ready;
static atomic_long progress;

static int pin(pid_t tid, int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return sched_setaffinity(tid, sizeof set, &set);
}

static void errors(void) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CALL(sched_setaffinity(0, sizeof set, &set));
  CALL(sched_setaffinity(0, sizeof set, &allowed));
  CALL(sched_setaffinity(999999999, sizeof set, &allowed));
  CALL(sched_getaffinity(999999999, sizeof set, &set));
  CALL(syscall(SYS_sched_getaffinity, 0, 3, &set));
  CALL(sched_setaffinity(0, sizeof set, (cpu_set_t *)8));
  unsigned cpu = 77, node = 77;
  CALL(syscall(SYS_getcpu, &cpu, &node, NULL));
  printf("known processor %d\n", cpu < CPU_SETSIZE && CPU_ISSET(cpu, &allowed));
}

/* On every allowed processor in turn, at once. */
static void each(void) {
  int wrong = 0;
  for (int round = 0; round < 50; round++)
    for (int i = 0; i < cpu_count; i++) {
      if (pin(0, cpus[i])) wrong++;
      if (sched_getcpu() != cpus[i]) wrong++;
    }
  sched_setaffinity(0, sizeof allowed, &allowed);
  printf("wrong processor %d times\n", wrong);
}

/* A sum of which every instruction matters, in registers of both kinds. */
static void *hop(void *arg) {
  uint64_t hash = 14695981039346656037u;
  double sum = 0;
  unsigned seed = (unsigned)(long)arg;
  for (int i = 0; i < 200000; i++) {
    hash = (hash ^ (uint64_t)i) * 1099511628211u;
    sum += (double)(hash >> 40) * 0.5;
    if (i % 2000 == 0) pin(0, cpus[(seed = seed * 1103515245 + 12345) / 65536 % (unsigned)cpu_count]);
  }
  return (void *)(hash ^ (uint64_t)sum);
}

static void migrate(void) {
  pthread_t threads[THREADS];
  uint64_t result[THREADS];
  for (long i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, hop, (void *)i);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], (void **)&result[i]);
  for (int i = 0; i < THREADS; i++) printf("sum %016lx\n", (unsigned long)result[i]);
}

static _Atomic pid_t victim;
static void *counting(void *arg) {
  (void)arg;
  victim = (pid_t)syscall(SYS_gettid);
  uint64_t hash = 1;
  long steps = 0;
  while (!stop) {
    uint64_t before = hash;
    for (int i = 0; i < 64; i++) hash = hash * 6364136223846793005u + 1442695040888963407u;
    for (int i = 0; i < 64; i++) hash = (hash - 1442695040888963407u) * 13877824140714322085u;
    if (hash != before) return (void *)1L;
    hash += 12345;
    steps++;
  }
  progress += steps > 0;
  return NULL;
}

/* Moved by another thread while it runs. */
static void be_moved(void) {
  pthread_t thread;
  void *failed = (void *)2L;
  stop = 0;
  victim = 0;
  pthread_create(&thread, NULL, counting, NULL);
  while (!victim) sched_yield();
  int wrong = 0;
  for (int i = 0; i < 500; i++)
    if (pin(victim, cpus[i % cpu_count])) wrong++;
  stop = 1;
  pthread_join(thread, &failed);
  printf("moved: %d errors, wrong result %ld\n", wrong, (long)failed);
}

static sigjmp_buf back;
static void fault(int signal) { siglongjmp(back, signal); }
static int *volatile page;
static atomic_int closed, round_number;
static atomic_long violations;

/* What is read after the page was closed, or belongs to an older mapping, is a stale translation. */
static void *reading(void *arg) {
  (void)arg;
  while (!stop) {
    int was_closed = closed, round_before = round_number;
    if (sigsetjmp(back, 1) == 0) {
      int value = *(volatile int *)page;
      if (was_closed && closed && round_before == round_number) violations++;
      if (value != 0 && value < round_before) violations++;
      ready = 1;
    }
  }
  return NULL;
}

static void shoot_down(void) {
  pthread_t thread;
  struct sigaction action = {.sa_handler = fault};
  sigaction(SIGSEGV, &action, NULL);
  page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  stop = 0;
  pthread_create(&thread, NULL, reading, NULL);
  for (int i = 1; i <= 200; i++) {
    closed = 0;
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
    *page = i;
    round_number = i;
    if (i % 10 == 0)
      for (ready = 0; !ready;) sched_yield();
    mprotect(page, 4096, PROT_NONE);
    closed = 1;
    if (i % 3 == 0) mmap(page, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (i % 7 == 0) sched_yield();
  }
  stop = 1;
  pthread_join(thread, NULL);
  signal(SIGSEGV, SIG_DFL);
  printf("stale reads %ld\n", (long)violations);
}

static void *spin(void *arg) {
  (void)arg;
  ready++;
  for (;;) progress++;
  return NULL;
}

static void spin_threads(void) {
  pthread_t thread;
  ready = 0;
  for (int i = 0; i < THREADS; i++) pthread_create(&thread, NULL, spin, NULL);
  while (ready < THREADS) sched_yield();
}

static void leave(const char *self) {
  pid_t child = fork();
  if (child == 0) {
    spin_threads();
    exit(7);
  }
  reap(child);
  child = fork();
  if (child == 0) {
    spin_threads();
    execl(self, self, "replaced", NULL);
    _exit(1);
  }
  reap(child);
  child = fork();
  if (child == 0) {
    spin_threads();
    for (;;) sched_yield();
  }
  usleep(20000);
  kill(child, SIGKILL);
  reap(child);
}

/* A stopped process does not go on on any processor. */
static void halt(void) {
  atomic_long *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t child = fork();
  if (child == 0) {
    spin_threads();
    shared[1] = 1;
    for (;;) shared[0] = progress;
  }
  while (!shared[1]) usleep(1000);
  for (int i = 0; i < 20; i++) {
    int status;
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    usleep(2000);
    long before = shared[0];
    usleep(5000);
    if (shared[0] != before || !WIFSTOPPED(status)) printf("went on while stopped\n");
    kill(child, SIGCONT);
    for (int wait = 0; wait < 5000 && shared[0] == before; wait++) usleep(1000);
    if (shared[0] == before) printf("did not go on\n");
  }
  kill(child, SIGKILL);
  reap(child);
}

int main(int count, char **arguments) {
  start();
  if (count > 1) {
    printf("%s\n", arguments[1]);
    return 8;
  }
  sched_getaffinity(0, sizeof allowed, &allowed);
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
    if (CPU_ISSET(cpu, &allowed)) cpus[cpu_count++] = cpu;
  errors();
  each();
  migrate();
  be_moved();
  shoot_down();
  leave(arguments[0]);
  halt();
  return 0;
}
