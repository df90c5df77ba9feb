/* Calls (names a-m) that are younger than most C libraries' headers, and those whose errors no other program asks for. */
#include "check.h"
#include <linux/futex.h>
#include <stdint.h>

#include <sys/syscall.h>
#include <time.h>

#define CACHESTAT 451
#define FCHMODAT2 452
#define FUTEX_WAKE_CALL 454
#define FUTEX_WAIT_CALL 455
#define FUTEX_REQUEUE_CALL 456
#define GETXATTRAT 464
#define LISTXATTRAT 465
#define FUTEX_WAITV_CALL 449
#define BAD ((void *)8)
#define SIZE_U32 2L

struct value {
  uint64_t address;
  uint32_t size, flags;
};

static void paths(void) {
  char text[64];
  uint64_t range[2] = {0, 0}, statistics[5];
  int file = open("file", O_CREAT | O_RDWR, 0600), place = open("file", O_PATH), ends[2];
  pipe(ends);
  symlink("file", "link");
  CALL(syscall(CACHESTAT, file, range, statistics, 0L));
  CALL(syscall(CACHESTAT, file, range, statistics, 1L));
  CALL(syscall(CACHESTAT, file, BAD, statistics, 0L));
  CALL(syscall(CACHESTAT, file, range, BAD, 0L));
  CALL(syscall(CACHESTAT, 99L, range, statistics, 0L));
  CALL(syscall(CACHESTAT, place, range, statistics, 0L));
  CALL(syscall(FCHMODAT2, AT_FDCWD, "file", 0600L, 1L));
  CALL(syscall(FCHMODAT2, AT_FDCWD, "link", 0600L, (long)AT_SYMLINK_NOFOLLOW));
  CALL(syscall(FCHMODAT2, AT_FDCWD, "absent", 0600L, 0L));
  CALL(syscall(FCHMODAT2, AT_FDCWD, "", 0600L, 0L));
  CALL(syscall(FCHMODAT2, AT_FDCWD, BAD, 0600L, 0L));
  CALL(syscall(FCHMODAT2, file, "x", 0600L, 0L));
  CALL(syscall(FCHMODAT2, 99L, "x", 0600L, 0L));
  CALL(syscall(FCHMODAT2, 99L, "", 0600L, (long)AT_EMPTY_PATH));
  struct value arguments = {(uint64_t)(uintptr_t)text, 2, 0};
  CALL(syscall(SYS_setxattr, "file", "user.a", "12345", 5L, 0L));
  CALL(syscall(GETXATTRAT, AT_FDCWD, "file", 0L, "user.a", &arguments, sizeof arguments));
  CALL(syscall(GETXATTRAT, AT_FDCWD, "file", 0L, "user.b", &arguments, sizeof arguments));
  CALL(syscall(GETXATTRAT, AT_FDCWD, "file", 0L, "other.a", &arguments, sizeof arguments));
  CALL(syscall(GETXATTRAT, AT_FDCWD, "file", 1L, "user.a", &arguments, sizeof arguments));
  CALL(syscall(GETXATTRAT, AT_FDCWD, "file", 0L, "user.a", &arguments, 8L));
  CALL(syscall(GETXATTRAT, AT_FDCWD, "file", 0L, "user.a", &arguments, 5000L));
  CALL(syscall(GETXATTRAT, AT_FDCWD, "file", 0L, "user.a", BAD, sizeof arguments));
  CALL(syscall(GETXATTRAT, AT_FDCWD, "absent", 0L, "user.a", &arguments, sizeof arguments));
  CALL(syscall(GETXATTRAT, 99L, "absent", 0L, "user.a", &arguments, sizeof arguments));
  arguments.flags = 1;
  CALL(syscall(GETXATTRAT, AT_FDCWD, "file", 0L, "user.a", &arguments, sizeof arguments));
  CALL(syscall(LISTXATTRAT, AT_FDCWD, "file", 0L, text, 2L));
  CALL(syscall(LISTXATTRAT, AT_FDCWD, "file", 1L, text, 2L));
  CALL(syscall(LISTXATTRAT, AT_FDCWD, "file", 0L, BAD, 200L));
  CALL(syscall(LISTXATTRAT, 99L, "file", 0L, text, 2L));
  CALL(syscall(LISTXATTRAT, AT_FDCWD, "absent", 0L, text, 2L));
}

static void futexes(void) {
  uint32_t word = 1;
  struct timespec past = {0, 0}, wrong = {0, -1};
  struct { uint64_t value, address; uint32_t flags, reserved; } pair[2] = {{1, (uintptr_t)&word, SIZE_U32}, {1, (uintptr_t)&word, SIZE_U32}};
  CALL(syscall(FUTEX_WAIT_CALL, &word, 2L, 0xffffffffL, SIZE_U32, &past, (long)CLOCK_MONOTONIC));
  CALL(syscall(FUTEX_WAIT_CALL, &word, 1L, 0xffffffffL, SIZE_U32, &past, (long)CLOCK_MONOTONIC));
  CALL(syscall(FUTEX_WAIT_CALL, &word, 1L, 0xffffffffL, SIZE_U32, &wrong, (long)CLOCK_MONOTONIC));
  CALL(syscall(FUTEX_WAIT_CALL, &word, 1L, 0xffffffffL, SIZE_U32, &past, 9L));
  CALL(syscall(FUTEX_WAIT_CALL, &word, 1L, 0L, SIZE_U32, &past, (long)CLOCK_MONOTONIC));
  CALL(syscall(FUTEX_WAIT_CALL, &word, 1L, 0xffffffffL, 0x1000L, &past, (long)CLOCK_MONOTONIC));
  CALL(syscall(FUTEX_WAIT_CALL, (char *)&word + 1, 1L, 0xffffffffL, SIZE_U32, &past, (long)CLOCK_MONOTONIC));
  CALL(syscall(FUTEX_WAIT_CALL, BAD, 1L, 0xffffffffL, SIZE_U32, &past, (long)CLOCK_MONOTONIC));
  CALL(syscall(FUTEX_WAIT_CALL, &word, 1L, 0xffffffffL, SIZE_U32, BAD, (long)CLOCK_MONOTONIC));
  VALUE(syscall(FUTEX_WAKE_CALL, &word, 0xffffffffL, 1L, SIZE_U32));
  CALL(syscall(FUTEX_WAKE_CALL, &word, 0L, 1L, SIZE_U32));
  CALL(syscall(FUTEX_WAKE_CALL, &word, 0xffffffffL, 1L, 0x1000L));
  CALL(syscall(FUTEX_WAKE_CALL, (char *)&word + 1, 0xffffffffL, 1L, SIZE_U32));
  CALL(syscall(FUTEX_WAKE_CALL, BAD, 0xffffffffL, 1L, SIZE_U32));
  VALUE(syscall(FUTEX_REQUEUE_CALL, pair, 0L, 1L, 1L));
  CALL(syscall(FUTEX_REQUEUE_CALL, pair, 1L, 1L, 1L));
  CALL(syscall(FUTEX_REQUEUE_CALL, pair, 0L, -1L, 1L));
  CALL(syscall(FUTEX_REQUEUE_CALL, BAD, 0L, 1L, 1L));
  CALL(syscall(FUTEX_REQUEUE_CALL, 0L, 0L, 1L, 1L));
  pair[0].value = 7;
  CALL(syscall(FUTEX_REQUEUE_CALL, pair, 0L, 1L, 1L));
  pair[0].flags = 0x1000;
  CALL(syscall(FUTEX_REQUEUE_CALL, pair, 0L, 1L, 1L));
  CALL(syscall(FUTEX_WAITV_CALL, pair, 1L, 0L, NULL, (long)CLOCK_MONOTONIC));
  word = getpid();
  CALL(syscall(SYS_futex, &word, FUTEX_LOCK_PI, 0L, NULL));
  CALL(syscall(SYS_futex, &word, FUTEX_UNLOCK_PI));
  word = 1 << 22 | 1;
  CALL(syscall(SYS_futex, &word, FUTEX_LOCK_PI, 0L, NULL));
  CALL(syscall(SYS_futex, &word, FUTEX_UNLOCK_PI));
}

int main(void) {
  start();
  paths();
  futexes();
}
