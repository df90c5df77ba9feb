/* A row per call and kind of failure, by the call's number: C libraries check for themselves, and make other calls. */
#include "check.h"
#include <sys/syscall.h>

/* An address that nothing is at. */
#define BAD ((void *)8)

static void say(const char *call, const char *kind, long result) {
  printf("%s %s: %s\n", call, kind, result == -1 ? strerrorname(errno) : "ok");
}
/* `kind` is a string of the function around. */
#define TRY(call, ...) (errno = 0, say(#call, kind, syscall(SYS_##call, __VA_ARGS__)))

/* Not in the headers of every C library. */
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_futex_wait
#define SYS_futex_wait 455
#endif
#ifndef SYS_getxattrat
#define SYS_getxattrat 464
#define SYS_listxattrat 465
#endif
