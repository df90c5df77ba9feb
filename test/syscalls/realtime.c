/* sched(7): a real-time thread that never waits leaves a share of its processor to the others. */
#include "check.h"
#include <sched.h>

static void show(const char *path) {
  char text[64] = "";
  int fd = open(path, O_RDONLY);
  if (read(fd, text, sizeof text - 1) < 0) perror(path);
  printf("%s %s", path, text);
  close(fd);
}

static int store(const char *path, const char *text) {
  int fd = open(path, O_WRONLY), error = 0;
  if (write(fd, text, strlen(text)) < 0) error = errno;
  close(fd);
  return error;
}

int main(void) {
  start();
  show("/proc/sys/kernel/sched_rt_period_us");
  show("/proc/sys/kernel/sched_rt_runtime_us");
  VALUE(store("/proc/sys/kernel/sched_rt_runtime_us", "2000000"));
  VALUE(store("/proc/sys/kernel/sched_rt_runtime_us", "-2"));
  VALUE(store("/proc/sys/kernel/sched_rt_period_us", "1000"));
  VALUE(store("/proc/sys/kernel/sched_rt_period_us", "x"));
  pid_t hog = fork();
  if (hog == 0) {
    struct sched_param parameter = {.sched_priority = 50};
    sched_setscheduler(0, SCHED_FIFO, &parameter);
    for (;;)
      continue;
  }
  usleep(1500000);
  int status = 0;
  VALUE(sched_getscheduler(hog));
  CALL(kill(hog, SIGKILL));
  CALL(waitpid(hog, &status, 0) == hog);
  VALUE(WTERMSIG(status));
  return 0;
}
