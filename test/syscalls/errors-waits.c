/* Calls (names a-m) that wait, and are ended by a signal or by the end of what they wait for. */
#include "rows.h"
#include <linux/aio_abi.h>
#include <sched.h>
#include <stdint.h>
#include <sys/msg.h>
#include <sys/time.h>
#include <time.h>

static void handled(int signal) { (void)signal; }

/* Again and again: one that comes before the call waits is not the last. */
static void disturb(int microseconds) {
  setitimer(ITIMER_REAL, &(struct itimerval){{0, microseconds}, {0, microseconds}}, NULL);
}

static void interrupted(void) {
  const char *kind = "signal";
  aio_context_t context = 0;
  struct io_event event;
  uint32_t word = 1;
  struct { uint64_t value, address; uint32_t flags, reserved; } one = {1, (uintptr_t)&word, 2, 0};
  syscall(SYS_io_setup, 1, &context);
  int queue = msgget(IPC_PRIVATE, 0600);
  struct msqid_ds state;
  msgctl(queue, IPC_STAT, &state);
  state.msg_qbytes = 8;
  msgctl(queue, IPC_SET, &state);
  msgsnd(queue, (long[2]){1}, 8, 0);
  disturb(20000);
  TRY(io_getevents, context, 1, 1, &event, NULL);
  TRY(io_pgetevents, context, 1, 1, &event, NULL, NULL);
  TRY(futex_wait, &word, 1, 0xffffffffL, 2L, NULL, 0);
  TRY(futex_waitv, &one, 1, 0, NULL, 0);
  TRY(msgsnd, queue, (long[2]){1}, 8, 0);
  disturb(0);
  msgctl(queue, IPC_RMID, NULL);
}

/* Another process removes the queue that this one waits at, when it sleeps there. */
static void removed(void) {
  const char *kind = "removed";
  for (int sends = 0; sends < 2; sends++) {
    int queue = msgget(IPC_PRIVATE, 0600), ends[2];
    struct msqid_ds state;
    msgctl(queue, IPC_STAT, &state);
    state.msg_qbytes = 8;
    msgctl(queue, IPC_SET, &state);
    if (sends) msgsnd(queue, (long[2]){1}, 8, 0);
    pipe(ends);
    pid_t waiting = fork();
    if (waiting == 0) {
      close(ends[0]);
      if (sends) TRY(msgsnd, queue, (long[2]){1}, 8, 0);
      else TRY(msgrcv, queue, (long[2]){0}, 8, 0, 0);
      exit(0);
    }
    char path[64], line[512] = "";
    sprintf(path, "/proc/%d/stat", waiting);
    for (;;) {
      int fd = open(path, O_RDONLY);
      long count = read(fd, line, sizeof line - 1);
      close(fd);
      line[count < 0 ? 0 : count] = 0;
      char *state = strrchr(line, ')');
      if (state && state[2] == 'S') break;
      usleep(1000);
    }
    msgctl(queue, IPC_RMID, NULL);
    reap(waiting);
    TRY(msgsnd, queue, (long[2]){1}, 8, 0);
    TRY(msgrcv, queue, (long[2]){0}, 8, 0, 0);
    TRY(msgctl, queue, IPC_STAT, &state);
    int next = msgget(IPC_PRIVATE, 0600);
    TRY(msgctl, queue, IPC_STAT, &state);
    TRY(msgctl, queue, IPC_RMID, NULL);
    TRY(msgsnd, queue, (long[2]){1}, 8, 0);
    msgctl(next, IPC_RMID, NULL);
  }
}

int main(void) {
  start();
  struct sigaction action = {.sa_handler = handled};
  sigaction(SIGALRM, &action, NULL);
  /* Numbers that no other process of this Linux takes. */
  unshare(CLONE_NEWIPC);
  interrupted();
  removed();
}
