/* Waits whose time has nanoseconds and whose mask is set meanwhile: epoll_pwait2, io_pgetevents, semtimedop; process_mrelease. */
#include "check.h"
#include <linux/aio_abi.h>
#include <sys/epoll.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <time.h>

#define BAD ((void *)8)
#define NR_EPOLL_PWAIT2 441
#define NR_PROCESS_MRELEASE 448
#define MASK_BYTES 8

static const struct timespec AT_ONCE = {0, 0}, SOON = {0, 2000000}, FAR = {100, 0}, BACKWARD = {-1, 0}, MANY = {0, 1000000000};
static int handled;

static void handle(int number) { handled += number == SIGUSR1; }

static void epolls(void) {
  int ends[2], ep = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = 7}, got[2];
  sigset_t none;
  sigemptyset(&none);
  if (pipe(ends)) return;
  CALL(epoll_ctl(ep, EPOLL_CTL_ADD, ends[0], &event));
  VALUE(syscall(NR_EPOLL_PWAIT2, ep, got, 2, &AT_ONCE, NULL, 0));
  VALUE(syscall(NR_EPOLL_PWAIT2, ep, got, 2, &SOON, NULL, 0));
  CALL(syscall(NR_EPOLL_PWAIT2, ep, got, 2, &BACKWARD, NULL, 0));
  CALL(syscall(NR_EPOLL_PWAIT2, ep, got, 2, &MANY, NULL, 0));
  CALL(syscall(NR_EPOLL_PWAIT2, ep, got, 2, BAD, NULL, 0));
  CALL(syscall(NR_EPOLL_PWAIT2, ep, got, 0, &AT_ONCE, NULL, 0));
  CALL(syscall(NR_EPOLL_PWAIT2, ep, got, 2, &AT_ONCE, &none, 3));
  CALL(syscall(NR_EPOLL_PWAIT2, ep, got, 2, &AT_ONCE, BAD, MASK_BYTES));
  CALL(syscall(NR_EPOLL_PWAIT2, 99, got, 2, &AT_ONCE, NULL, 0));
  CALL(syscall(NR_EPOLL_PWAIT2, ends[0], got, 2, &AT_ONCE, NULL, 0));
  /* The signal waits behind the process's mask and comes in by the call's. */
  raise(SIGUSR1);
  printf("handled %d\n", handled);
  CALL(syscall(NR_EPOLL_PWAIT2, ep, got, 2, NULL, &none, MASK_BYTES));
  printf("handled %d\n", handled);
  VALUE(write(ends[1], "x", 1));
  VALUE(syscall(NR_EPOLL_PWAIT2, ep, got, 2, NULL, NULL, 0));
  printf("%x %u\n", got[0].events, got[0].data.u32);
  CALL(syscall(NR_EPOLL_PWAIT2, ep, BAD, 2, &AT_ONCE, NULL, 0));
}

static void asynchronous(void) {
  aio_context_t context = 0;
  struct io_event events[2];
  sigset_t none;
  sigemptyset(&none);
  struct {
    const sigset_t *mask;
    size_t size;
  } open_mask = {&none, MASK_BYTES}, short_mask = {&none, 4}, bad_mask = {BAD, MASK_BYTES};
  int fd = open("file", O_CREAT | O_RDWR, 0600);
  CALL(syscall(SYS_io_setup, 4, &context));
  struct iocb request = {.aio_fildes = fd, .aio_lio_opcode = IOCB_CMD_PWRITE, .aio_buf = (unsigned long)"text", .aio_nbytes = 4, .aio_data = 9};
  struct iocb *list[] = {&request};
  VALUE(syscall(SYS_io_pgetevents, context, 0, 2, events, &AT_ONCE, NULL));
  VALUE(syscall(SYS_io_pgetevents, context, 1, 2, events, &SOON, NULL));
  VALUE(syscall(SYS_io_submit, context, 1, list));
  VALUE(syscall(SYS_io_pgetevents, context, 1, 2, events, NULL, &open_mask));
  printf("%lld %lld\n", (long long)events[0].data, (long long)events[0].res);
  CALL(syscall(SYS_io_pgetevents, context, 0, 2, events, &AT_ONCE, &short_mask));
  CALL(syscall(SYS_io_pgetevents, context, 0, 2, events, &AT_ONCE, &bad_mask));
  CALL(syscall(SYS_io_pgetevents, context, 0, 2, events, &AT_ONCE, BAD));
  CALL(syscall(SYS_io_pgetevents, context, 0, 2, events, BAD, NULL));
  CALL(syscall(SYS_io_pgetevents, context, 3, 2, events, &AT_ONCE, NULL));
  CALL(syscall(SYS_io_pgetevents, context, -1, 2, events, &AT_ONCE, NULL));
  CALL(syscall(SYS_io_pgetevents, context + 4096, 0, 2, events, &AT_ONCE, NULL));
  handled = 0;
  raise(SIGUSR1);
  CALL(syscall(SYS_io_pgetevents, context, 1, 2, events, &FAR, &open_mask));
  printf("handled %d\n", handled);
  CALL(syscall(SYS_io_destroy, context));
}

static void semaphores(void) {
  int set = semget(IPC_PRIVATE, 2, 0600);
  struct sembuf up = {0, 1, 0}, down = {0, -1, 0}, now = {0, -1, IPC_NOWAIT}, beyond = {2, 1, 0}, far = {0, 32767, 0};
  CALL(syscall(SYS_semtimedop, set, &up, 1, &SOON));
  CALL(syscall(SYS_semtimedop, set, &down, 1, NULL));
  CALL(syscall(SYS_semtimedop, set, &down, 1, &SOON));
  CALL(syscall(SYS_semtimedop, set, &down, 1, &AT_ONCE));
  CALL(syscall(SYS_semtimedop, set, &now, 1, &FAR));
  CALL(syscall(SYS_semtimedop, set, &down, 1, &BACKWARD));
  CALL(syscall(SYS_semtimedop, set, &down, 1, &MANY));
  CALL(syscall(SYS_semtimedop, set, &down, 1, BAD));
  CALL(syscall(SYS_semtimedop, set, &beyond, 1, &SOON));
  CALL(syscall(SYS_semtimedop, set, &up, 0, &SOON));
  CALL(syscall(SYS_semtimedop, set, &up, 501, &SOON));
  CALL(syscall(SYS_semtimedop, set, BAD, 1, &SOON));
  CALL(syscall(SYS_semtimedop, -1, &up, 1, &SOON));
  CALL(syscall(SYS_semtimedop, set, &far, 1, &SOON));
  CALL(syscall(SYS_semtimedop, set, &up, 1, &SOON));
  CALL(semctl(set, 0, IPC_RMID));
  CALL(syscall(SYS_semtimedop, set, &up, 1, &SOON));
}

static void release(void) {
  pid_t pid = fork();
  if (pid == 0) {
    pause();
    _exit(0);
  }
  int fd = syscall(SYS_pidfd_open, pid, 0);
  CALL(syscall(NR_PROCESS_MRELEASE, fd, 1));
  CALL(syscall(NR_PROCESS_MRELEASE, 99, 0));
  CALL(syscall(NR_PROCESS_MRELEASE, 1, 0));
  /* Of those that die alone. */
  CALL(syscall(NR_PROCESS_MRELEASE, fd, 0));
  kill(pid, SIGKILL);
  reap(pid);
  CALL(syscall(NR_PROCESS_MRELEASE, fd, 0));
}

int main(void) {
  start();
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigprocmask(SIG_BLOCK, &blocked, NULL);
  signal(SIGUSR1, handle);
  epolls();
  asynchronous();
  semaphores();
  release();
  return 0;
}
