/* rt_sigaction, sigprocmask, sigpending, sigsuspend, sigtimedwait, sigaltstack, SA_* flags, restart and EINTR. */
#include "check.h"
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static volatile int got, code, value, on_stack, masked;
static char *volatile fault;
static char stack[65536];

/* In memory that a child sees, too. */
static volatile int *ticks_seen;
static void plain(int number) { got = number; }
static void tick(int number) {
  got = number;
  ++*ticks_seen;
}
static void full(int number, siginfo_t *info, void *context) {
  (void)context;
  got = number;
  code = info->si_code;
  value = info->si_value.sival_int;
  fault = info->si_addr;
  char local;
  on_stack = &local >= stack && &local < stack + sizeof stack;
  sigset_t now;
  sigprocmask(SIG_BLOCK, NULL, &now);
  masked = sigismember(&now, number) * 10 + sigismember(&now, SIGUSR2);
}

static sigjmp_buf jump;
static void leave(int number, siginfo_t *info, void *context) {
  full(number, info, context);
  siglongjmp(jump, number);
}

static void install(int number, void (*handler)(int, siginfo_t *, void *), int flags) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO};
  sigemptyset(&action.sa_mask);
  sigaddset(&action.sa_mask, SIGUSR2);
  sigaction(number, &action, NULL);
}

int main(void) {
  start();
  struct sigaction action, old;
  memset(&action, 0, sizeof action);
  action.sa_handler = plain;
  CALL(sigaction(SIGKILL, &action, NULL));
  CALL(sigaction(SIGSTOP, &action, NULL));
  CALL(sigaction(65, &action, NULL));
  CALL(sigaction(SIGUSR1, &action, &old));
  VALUE(old.sa_handler == SIG_DFL);
  raise(SIGUSR1);
  printf("got %d\n", got);
  install(SIGUSR1, full, 0);
  raise(SIGUSR1);
  printf("code %d masked %d\n", code == SI_TKILL, masked);
  kill(getpid(), SIGUSR1);
  printf("code %d\n", code == SI_USER);
  install(SIGUSR1, full, SA_NODEFER);
  raise(SIGUSR1);
  printf("nodefer masked %d\n", masked);
  install(SIGUSR1, full, SA_RESETHAND);
  raise(SIGUSR1);
  sigaction(SIGUSR1, NULL, &old);
  VALUE(old.sa_handler == SIG_DFL);
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  CALL(sigaltstack(&alternate, NULL));
  install(SIGUSR1, full, SA_ONSTACK);
  raise(SIGUSR1);
  printf("on stack %d\n", on_stack);
  install(SIGUSR1, full, 0);
  raise(SIGUSR1);
  printf("on stack %d\n", on_stack);
  alternate.ss_size = 100;
  CALL(sigaltstack(&alternate, NULL));

  sigset_t set, pending;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGRTMIN + 1);
  sigaddset(&set, SIGKILL);
  CALL(sigprocmask(SIG_SETMASK, &set, NULL));
  sigprocmask(SIG_BLOCK, NULL, &pending);
  VALUE(sigismember(&pending, SIGKILL));
  CALL(sigprocmask(99, &set, NULL));
  got = 0;
  raise(SIGUSR1);
  raise(SIGUSR1);
  for (int i = 1; i <= 3; i++) sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = i});
  sigpending(&pending);
  printf("pending %d %d got %d\n", sigismember(&pending, SIGUSR1), sigismember(&pending, SIGRTMIN + 1), got);
  siginfo_t info;
  struct timespec none = {0, 1000000};
  for (int i = 0; i < 5; i++) {
    int number = sigtimedwait(&set, &info, &none);
    if (number == SIGUSR1) printf("USR1 %d\n", info.si_code == SI_TKILL);
    else if (number > 0) printf("RT+%d value %d %d\n", number - SIGRTMIN, info.si_value.sival_int, info.si_code == SI_QUEUE);
    else printf("%s\n", strerror(errno));
  }
  /* sigsuspend gives way to a pending signal, and restores the mask. */
  raise(SIGUSR1);
  sigset_t empty;
  sigemptyset(&empty);
  CALL(sigsuspend(&empty));
  printf("got %d\n", got);
  sigprocmask(SIG_BLOCK, NULL, &pending);
  VALUE(sigismember(&pending, SIGUSR1));
  sigprocmask(SIG_SETMASK, &empty, NULL);

  /* Interrupted and restarted calls. */
  int fds[2];
  pipe(fds);
  char c;
  /* As often as it takes: one tick would be lost if it came before the call. */
  struct itimerval ticks = {{0, 20000}, {0, 20000}}, none_more = {{0, 0}, {0, 0}};
  ticks_seen = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  action.sa_handler = tick;
  action.sa_flags = 0;
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &ticks, NULL);
  CALL(read(fds[0], &c, 1));
  struct timespec hour = {3600, 0}, left = {0, 0};
  CALL(nanosleep(&hour, &left));
  VALUE(left.tv_sec >= 3000 && left.tv_sec <= 3600);
  CALL(pause());
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, NULL);
  got = 0;
  *ticks_seen = 0;
  if (fork() == 0) {
    while (*ticks_seen < 3) usleep(1000);
    write(fds[1], "x", 1);
    _exit(0);
  }
  CALL(read(fds[0], &c, 1));
  setitimer(ITIMER_REAL, &none_more, NULL);
  printf("got %d\n", got == SIGALRM);
  wait(NULL);

  /* Faults carry the address. */
  install(SIGSEGV, leave, SA_NODEFER);
  install(SIGBUS, leave, SA_NODEFER);
  install(SIGILL, leave, SA_NODEFER);
  char *map = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sigsetjmp(jump, 1) == 0) map[123] = 1;
  printf("segv %d offset %ld code %d\n", got, (long)(fault - map), code);
  munmap(map + 4096, 4096);
  if (sigsetjmp(jump, 1) == 0) (void)*(volatile char *)(map + 4096 + 7);
  printf("segv %d offset %ld code %d\n", got, (long)(fault - map), code);
  if (sigsetjmp(jump, 1) == 0) *(volatile int *)0x10 = 1;
  printf("segv %d at %p code %d\n", got, (void *)fault, code);
  int fd = open("short", O_RDWR | O_CREAT, 0600);
  ftruncate(fd, 100);
  map = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
  if (sigsetjmp(jump, 1) == 0) (void)*(volatile char *)(map + 5000);
  printf("bus %d offset %ld code %d\n", got, (long)(fault - map), code);
  /* Default actions. */
  signal(SIGSEGV, SIG_DFL);
  pid_t pid = fork();
  if (pid == 0) { signal(SIGCHLD, SIG_DFL); raise(SIGCHLD); raise(SIGWINCH); raise(SIGURG); raise(SIGCONT); *(volatile int *)0 = 1; }
  reap(pid);
  pid = fork();
  if (pid == 0) { signal(SIGTERM, SIG_IGN); raise(SIGTERM); kill(getpid(), SIGRTMIN + 3); }
  reap(pid);
  CALL(kill(getpid(), 0));
  CALL(kill(getpid(), 65));
  CALL(kill(4194305, 0));
  /* Ignored SIGCHLD: no zombies. */
  signal(SIGCHLD, SIG_IGN);
  if (fork() == 0) _exit(0);
  CALL(wait(NULL));
  return 0;
}
