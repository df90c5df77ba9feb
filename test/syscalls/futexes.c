/* futex in full: bit sets, requeue, wake op, PI with requeue, futex_waitv, futex_wake/wait/requeue, shared words. */
#include "check.h"
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#define NR_WAITV 449
#define NR_WAKE 454
#define NR_WAIT 455
#define NR_REQUEUE 456

struct waiter { uint64_t value, address; uint32_t flags, reserved; };

static uint32_t word, other, lock;
static volatile int results[8], woken;
static atomic_int asleep;
static long futex(uint32_t *at, int operation, uint32_t value, void *timeout, uint32_t *second, uint32_t third) {
  return syscall(SYS_futex, at, operation, value, timeout, second, third);
}
static void settle(int count) {
  while (asleep < count) usleep(1000);
  usleep(30000);
}
static pthread_t threads[8];
static void start_threads(int count, void *(*body)(void *)) {
  asleep = woken = 0;
  for (long i = 0; i < count; i++) pthread_create(&threads[i], NULL, body, (void *)i);
  settle(count);
}
static void join_threads(int count) {
  for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
}

static void *wait_bits(void *argument) {
  long i = (long)argument;
  asleep++;
  results[i] = futex(&word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, word, NULL, NULL, 1 << i) ? errno : 0;
  __sync_fetch_and_add(&woken, 1);
  return NULL;
}

static void bits(void) {
  start_threads(3, wait_bits);
  VALUE(futex(&word, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, 5, NULL, NULL, 2));
  VALUE(futex(&word, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, 5, NULL, NULL, 8));
  VALUE(futex(&word, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG, 1, (void *)1, &other, word + 1));
  VALUE(futex(&word, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG, 0, (void *)5, &other, word));
  VALUE(futex(&word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 5, NULL, NULL, 0));
  other = 7;
  VALUE(futex(&word, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 1, (void *)5, &other, FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 7)));
  VALUE(other);
  join_threads(3);
  CALL(futex(&word, FUTEX_WAIT_BITSET, word, NULL, NULL, 0));
  CALL(futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0));
  CALL(futex((uint32_t *)((char *)&word + 1), FUTEX_WAIT, 0, NULL, NULL, 0));
  CALL(futex((uint32_t *)8, FUTEX_WAIT, 0, NULL, NULL, 0));
  CALL(futex(&word, 99, 0, NULL, NULL, 0));
  struct timespec bad = {0, -1}, soon = {0, 1000000};
  CALL(futex(&word, FUTEX_WAIT, word, &bad, NULL, 0));
  CALL(futex(&word, FUTEX_WAIT, word, &soon, NULL, 0));
  CALL(futex(&word, FUTEX_WAIT, word + 1, &soon, NULL, 0));
}

static void *wait_then_lock(void *argument) {
  long i = (long)argument;
  asleep++;
  results[i] = futex(&word, FUTEX_WAIT_REQUEUE_PI | FUTEX_PRIVATE_FLAG, word, NULL, &lock, 0) ? errno : 0;
  int mine = (lock & FUTEX_TID_MASK) == (uint32_t)gettid();
  __sync_fetch_and_add(&woken, mine);
  futex(&lock, FUTEX_UNLOCK_PI | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0);
  return NULL;
}

static void requeue_pi(void) {
  lock = 0;
  start_threads(3, wait_then_lock);
  CALL(futex(&word, FUTEX_CMP_REQUEUE_PI | FUTEX_PRIVATE_FLAG, 2, (void *)5, &lock, word));
  CALL(futex(&word, FUTEX_CMP_REQUEUE_PI | FUTEX_PRIVATE_FLAG, 1, (void *)5, &lock, word + 1));
  CALL(futex(&word, FUTEX_CMP_REQUEUE_PI | FUTEX_PRIVATE_FLAG, 1, (void *)5, &other, word));
  CALL(futex(&word, FUTEX_CMP_REQUEUE_PI | FUTEX_PRIVATE_FLAG, 1, (void *)5, &word, word));
  futex(&lock, FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0);
  VALUE(futex(&word, FUTEX_CMP_REQUEUE_PI | FUTEX_PRIVATE_FLAG, 1, (void *)1, &lock, word));
  VALUE(lock >> 31);
  VALUE(futex(&word, FUTEX_CMP_REQUEUE_PI | FUTEX_PRIVATE_FLAG, 1, (void *)5, &lock, word));
  CALL(futex(&lock, FUTEX_UNLOCK_PI | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0));
  join_threads(3);
  printf("held by %d, results %d %d %d, word %u\n", woken, results[0], results[1], results[2], lock);
  struct timespec past = {1, 0};
  CALL(futex(&word, FUTEX_WAIT_REQUEUE_PI | FUTEX_PRIVATE_FLAG, word, &past, &lock, 0));
  CALL(futex(&word, FUTEX_WAIT_REQUEUE_PI | FUTEX_PRIVATE_FLAG, word, &past, &word, 0));
  CALL(futex(&word, FUTEX_WAIT_REQUEUE_PI | FUTEX_PRIVATE_FLAG, word + 1, &past, &lock, 0));
}

static struct waiter waiters[3];
static void *wait_vector(void *argument) {
  asleep++;
  results[(long)argument] = syscall(NR_WAITV, waiters, 3, 0, NULL, CLOCK_MONOTONIC);
  return NULL;
}

static void vectors(void) {
  static uint32_t words[3] = {1, 2, 3};
  for (int i = 0; i < 3; i++) waiters[i] = (struct waiter){words[i], (uintptr_t)&words[i], 2 | 128, 0};
  for (int i = 0; i < 3; i++) {
    start_threads(1, wait_vector);
    VALUE(futex(&words[i], FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0));
    join_threads(1);
    printf("index %d\n", results[0]);
  }
  struct timespec past = {1, 0};
  CALL(syscall(NR_WAITV, waiters, 3, 0, &past, CLOCK_MONOTONIC));
  CALL(syscall(NR_WAITV, waiters, 3, 0, &past, CLOCK_REALTIME));
  CALL(syscall(NR_WAITV, waiters, 3, 0, &past, CLOCK_BOOTTIME));
  CALL(syscall(NR_WAITV, waiters, 3, 1, NULL, 0));
  CALL(syscall(NR_WAITV, waiters, 0, 0, NULL, 0));
  CALL(syscall(NR_WAITV, waiters, 129, 0, NULL, 0));
  CALL(syscall(NR_WAITV, NULL, 1, 0, NULL, 0));
  CALL(syscall(NR_WAITV, (void *)8, 1, 0, NULL, 0));
  waiters[1].value = 99;
  CALL(syscall(NR_WAITV, waiters, 3, 0, NULL, 0));
  waiters[1].flags = 0;
  CALL(syscall(NR_WAITV, waiters, 3, 0, NULL, 0));
  waiters[1].flags = 2 | 64;
  CALL(syscall(NR_WAITV, waiters, 3, 0, NULL, 0));
  waiters[1].flags = 2;
  waiters[1].reserved = 1;
  CALL(syscall(NR_WAITV, waiters, 3, 0, NULL, 0));
}

static void *wait_second(void *argument) {
  asleep++;
  results[(long)argument] = syscall(NR_WAIT, &word, (unsigned long)word, 0xffUL, 2 | 128, NULL, CLOCK_MONOTONIC) ? errno : 0;
  return NULL;
}

static void second_interface(void) {
  start_threads(3, wait_second);
  VALUE(syscall(NR_WAKE, &word, 0x100UL, 5, 2 | 128));
  VALUE(syscall(NR_WAKE, &word, 1UL, 0, 2 | 128));
  VALUE(syscall(NR_WAKE, &word, 1UL, 1, 2 | 128));
  struct waiter two[2] = {{word, (uintptr_t)&word, 2 | 128, 0}, {other, (uintptr_t)&other, 2 | 128, 0}};
  VALUE(syscall(NR_REQUEUE, two, 0, 0, 5));
  VALUE(syscall(NR_WAKE, &word, 1UL, 5, 2 | 128));
  VALUE(syscall(NR_WAKE, &other, 1UL, 5, 2 | 128));
  join_threads(3);
  CALL(syscall(NR_REQUEUE, two, 1, 0, 5));
  two[0].value++;
  CALL(syscall(NR_REQUEUE, two, 0, 0, 5));
  CALL(syscall(NR_REQUEUE, NULL, 0, 0, 5));
  CALL(syscall(NR_WAKE, &word, 1UL, 5, 1));
  CALL(syscall(NR_WAKE, &word, 0UL, 5, 2));
  CALL(syscall(NR_WAIT, &word, (unsigned long)word + 1, 1UL, 2, NULL, CLOCK_MONOTONIC));
  CALL(syscall(NR_WAIT, &word, (unsigned long)word, 0UL, 2, NULL, CLOCK_MONOTONIC));
  struct timespec past = {1, 0};
  CALL(syscall(NR_WAIT, &word, (unsigned long)word, 1UL, 2, &past, CLOCK_MONOTONIC));
  CALL(syscall(NR_WAIT, &word, (unsigned long)word, 1UL, 2, &past, 77));
}

/* One word at two addresses of a shared file, and over fork in anonymous shared memory. */
static void shared(void) {
  int fd = memfd_create("words", 0);
  ftruncate(fd, 4096);
  uint32_t *first = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  uint32_t *second = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  uint32_t *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t pid = fork();
  if (pid == 0) {
    memory[1] = 1;
    int result = futex(second, FUTEX_WAIT, 0, NULL, NULL, 0);
    int result2 = futex(memory, FUTEX_WAIT, 0, NULL, NULL, 0);
    _exit(result == 0 && result2 == 0 ? 5 : 6);
  }
  while (!memory[1]) usleep(1000);
  while (futex(first, FUTEX_WAKE, 1, NULL, NULL, 0) == 0) usleep(1000);
  while (futex(memory, FUTEX_WAKE, 1, NULL, NULL, 0) == 0) usleep(1000);
  reap(pid);
}

int main(void) {
  start();
  bits();
  requeue_pi();
  vectors();
  second_interface();
  shared();
  return 0;
}
