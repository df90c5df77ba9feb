/* Robust lists: what a thread held when it ended is marked, its waiters woken, and PI locks handed on. */
#include "check.h"
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>

#define OFFSET 16
#define MARK(pointer, pi) ((struct entry *)((uintptr_t)(pointer) | (pi)))

/* The word is OFFSET bytes behind its entry, as futex_offset says. */
struct entry { struct entry *next; uint64_t unused; uint32_t word; uint32_t rest; };
struct head { struct entry *list; long offset; struct entry *pending; };

static struct head head;
static struct entry entries[3];
/* How the next thread ends. */
static struct { int listed, pending, pi, misaligned; uint32_t value; int is_tid, list; } how;
static volatile int ready, go;

static long futex(uint32_t *at, int operation, uint32_t value, void *timeout) {
  return syscall(SYS_futex, at, operation, value, timeout, NULL, 0);
}
static int tid(void) { return syscall(SYS_gettid); }

static void *hold_and_end(void *unused) {
  head = (struct head){MARK(&head, 0), OFFSET + how.misaligned, 0};
  struct entry *last = MARK(&head, 0);
  for (int i = how.listed - 1; i >= 0; i--) {
    entries[i].next = last;
    last = MARK(&entries[i], how.pi);
  }
  head.list = last;
  if (how.pending) head.pending = MARK(&entries[0], how.pi);
  for (int i = 0; i < 3; i++) entries[i].word = how.is_tid ? tid() : how.value;
  if (how.list) syscall(SYS_set_robust_list, &head, sizeof head);
  ready = 1;
  while (!go) usleep(1000);
  usleep(30000); /* whoever waits sleeps by then */
  return unused;
}

static pthread_t holder;
static void start_holder(void) {
  ready = go = 0;
  pthread_create(&holder, NULL, hold_and_end, NULL);
  while (!ready) usleep(1000);
}
static void show(const char *what, long result) {
  int error = errno;
  pthread_join(holder, NULL);
  printf("%s: %ld %s;", what, result, result < 0 ? strerror(error) : "");
  for (int i = 0; i < 3; i++) {
    uint32_t word = entries[i].word, owner = word & FUTEX_TID_MASK;
    printf(" %s%s", word & FUTEX_OWNER_DIED ? "died" : "lives", owner == 0 ? "" : owner == tid() ? " mine" : " another's");
  }
  printf("\n");
}
/* Plain waiters say that they wait, in the word. */
static long wait_plain(void) {
  uint32_t seen = entries[0].word | FUTEX_WAITERS;
  struct timespec limit = {2, 0};
  entries[0].word = seen;
  go = 1;
  return futex(&entries[0].word, FUTEX_WAIT, seen, &limit);
}
static long wait_while(uint32_t value) {
  struct timespec limit = {0, 300000000};
  go = 1;
  return futex(&entries[0].word, FUTEX_WAIT, value, &limit);
}
static long wait_pi(int operation) {
  go = 1;
  return futex(&entries[0].word, operation, 0, NULL);
}

int main(void) {
  start();
  how.list = how.is_tid = 1;
  how.listed = 3;
  start_holder();
  show("plain", wait_plain());
  how.pi = 1;
  start_holder();
  show("pi", wait_pi(FUTEX_LOCK_PI));
  VALUE(futex(&entries[0].word, FUTEX_UNLOCK_PI, 0, NULL));
  VALUE(entries[0].word & FUTEX_TID_MASK);
  start_holder();
  show("pi, private", wait_pi(FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG));
  VALUE(futex(&entries[0].word, FUTEX_UNLOCK_PI | FUTEX_PRIVATE_FLAG, 0, NULL));
  how.list = 0;
  start_holder();
  show("pi, not robust", wait_pi(FUTEX_LOCK_PI));
  VALUE(futex(&entries[0].word, FUTEX_UNLOCK_PI, 0, NULL));
  how.list = 1;
  how.pi = 0;

  /* Only the pending one; then one that was listed as well. */
  how.listed = 0;
  how.pending = 1;
  start_holder();
  show("pending", wait_plain());
  how.listed = 3;
  start_holder();
  show("pending and listed", wait_plain());
  /* Given up already, its waiters not yet woken. */
  how.listed = how.is_tid = 0;
  start_holder();
  show("pending, free", wait_while(0));
  how.pi = 1;
  start_holder();
  show("pending, free, pi", wait_while(0));
  how.pi = 0;
  how.value = 1;
  start_holder();
  show("pending, another's", wait_while(1));

  /* Words that are not aligned are not looked at, nor what comes after them. */
  how.is_tid = 1;
  how.pending = 0;
  how.listed = 3;
  how.misaligned = 1;
  start_holder();
  go = 1;
  show("misaligned", 0);

  struct head *found;
  size_t size;
  CALL(syscall(SYS_set_robust_list, &head, sizeof head - 1));
  CALL(syscall(SYS_set_robust_list, &head, sizeof head));
  CALL(syscall(SYS_get_robust_list, 0, &found, &size));
  VALUE(found == &head);
  VALUE(size);
  CALL(syscall(SYS_get_robust_list, 0x3fffffff, &found, &size));
  CALL(syscall(SYS_get_robust_list, 0, (void *)8, &size));
  CALL(syscall(SYS_set_robust_list, NULL, sizeof head));
  return 0;
}
