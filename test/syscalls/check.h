/* Prints the outcome of a call as `name = value` or `name: ERRNO`: what is compared between Linux and the guest. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Evaluates the call once; -1 prints the errno's name, anything else 'ok' (descriptors and pids differ between systems). */
#define CALL(expression)                                                             \
  ({                                                                                 \
    errno = 0;                                                                       \
    long result_ = (long)(expression);                                               \
    printf("%s: %s\n", #expression, result_ == -1 ? strerrorname(errno) : "ok");     \
    result_;                                                                         \
  })
/* The value itself counts. */
#define VALUE(expression)                                                            \
  ({                                                                                 \
    errno = 0;                                                                       \
    long result_ = (long)(expression);                                               \
    if (result_ == -1 && errno) printf("%s: %s\n", #expression, strerrorname(errno)); \
    else printf("%s = %ld\n", #expression, result_);                                 \
    result_;                                                                         \
  })

static inline const char *strerrorname(int number) { return strerror(number); }

/* Wait for a child and print how it ended. */
static inline void reap(pid_t pid) {
  int status = 0;
  pid_t got = waitpid(pid, &status, 0);
  if (got != pid) printf("waitpid: %s\n", strerror(errno));
  else if (WIFEXITED(status)) printf("child exited %d\n", WEXITSTATUS(status));
  else if (WIFSIGNALED(status)) printf("child killed by %d\n", WTERMSIG(status));
}

/* Wait until the process sleeps, as in a call that waits: by its state in /proc, not by the time that it may take. */
static inline void await_sleep(pid_t pid) {
  char path[32], line[200], state = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  while (state != 'S') {
    int fd = open(path, O_RDONLY);
    long length = fd < 0 ? -1 : read(fd, line, sizeof line - 1);
    close(fd);
    if (length <= 0) return;
    line[length] = 0;
    char *behind = strrchr(line, ')');
    if (behind) state = behind[2];
    if (state != 'S') usleep(1000);
  }
}

static inline void start(void) { setvbuf(stdout, NULL, _IONBF, 0); }
