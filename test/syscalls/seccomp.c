/* seccomp(2): strict mode, filters and their actions, precedence, threads, inheritance, checked programs, programs at random. */
#include "check.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + 8 * (n))
#define ON(call, action) \
  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1), \
      BPF_STMT(BPF_RET | BPF_K, action), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static long install(const struct sock_filter *program, int count, int flags) {
  struct sock_fprog all = {count, (struct sock_filter *)program};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &all);
}

static long deny(int call, unsigned action, int flags) {
  struct sock_filter program[] = {ON(call, action)};
  return install(program, LENGTH(program), flags);
}

static void in_child(const char *what, void (*run)(void)) {
  printf("-- %s\n", what);
  pid_t pid = fork();
  if (pid == 0) {
    run();
    _exit(0);
  }
  reap(pid);
}

static void show_status(void) {
  char line[256];
  FILE *status = fopen("/proc/self/status", "r");
  while (fgets(line, sizeof line, status))
    if (!strncmp(line, "Seccomp", 7) || !strncmp(line, "NoNewPrivs", 10)) fputs(line, stdout);
  fclose(status);
}

static void arguments(void) {
  unsigned actions[] = {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO,
                        SECCOMP_RET_TRACE, SECCOMP_RET_LOG, SECCOMP_RET_ALLOW, 0x12340000, SECCOMP_RET_ERRNO | 1};
  struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  struct sock_fprog nowhere = {1, (void *)8};
  VALUE(prctl(PR_GET_SECCOMP));
  CALL(syscall(SYS_seccomp, 99, 0, NULL));
  CALL(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, NULL));
  CALL(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, allow));
  CALL(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL));
  CALL(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0x8000, allow));
  CALL(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &nowhere));
  CALL(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 1, actions));
  CALL(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, NULL));
  for (unsigned i = 0; i < LENGTH(actions); i++) CALL(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &actions[i]));
  CALL(install(allow, 0, 0));
  CALL(install(allow, 5000, 0));
  CALL(prctl(PR_SET_SECCOMP, 0, NULL));
  CALL(prctl(PR_SET_SECCOMP, 3, NULL));
  CALL(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL));
  struct sock_fprog all = {1, allow};
  CALL(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all));
  VALUE(prctl(PR_GET_SECCOMP));
  CALL(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
  CALL(install(allow, 1, SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW));
  show_status();
}

static void unprivileged(void) {
  CALL(setuid(1000));
  CALL(deny(SYS_getppid, SECCOMP_RET_ERRNO | EIO, 0));
  CALL(install(NULL, 1, 0));
  CALL(install(NULL, 0, 0));
  CALL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  CALL(deny(SYS_getppid, SECCOMP_RET_ERRNO | EIO, 0));
  CALL(syscall(SYS_getppid));
  show_status();
}

/* What Linux makes of each of these programs. */
static void programs(void) {
#define PROGRAM(...) {(struct sock_filter[]){__VA_ARGS__}, sizeof((struct sock_filter[]){__VA_ARGS__}) / sizeof(struct sock_filter)}
#define S(code, k) {code, 0, 0, k}
#define J(code, k, t, f) {code, t, f, k}
#define END S(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
  const struct {
    struct sock_filter *program;
    int count;
  } list[] = {
      PROGRAM(END), PROGRAM(S(BPF_LD | BPF_IMM, 1)), PROGRAM(S(BPF_RET | BPF_X, 0)), PROGRAM(S(BPF_LD | BPF_IMM, 0x7fff0000), S(BPF_RET | BPF_A, 0)),
      PROGRAM(S(BPF_LD | BPF_W | BPF_ABS, 60), END), PROGRAM(S(BPF_LD | BPF_W | BPF_ABS, 64), END), PROGRAM(S(BPF_LD | BPF_W | BPF_ABS, 2), END),
      PROGRAM(S(BPF_LD | BPF_H | BPF_ABS, 0), END), PROGRAM(S(BPF_LD | BPF_B | BPF_ABS, 0), END), PROGRAM(S(BPF_LD | BPF_W | BPF_IND, 0), END),
      PROGRAM(S(BPF_LD | BPF_W | BPF_LEN, 0), END), PROGRAM(S(BPF_LDX | BPF_W | BPF_LEN, 0), END), PROGRAM(S(BPF_LDX | BPF_B | BPF_MSH, 0), END),
      PROGRAM(S(BPF_LDX | BPF_W | BPF_ABS, 0), END), PROGRAM(S(BPF_LD | BPF_W | BPF_ABS, 0xfffff000), END),
      PROGRAM(S(BPF_ALU | BPF_DIV | BPF_K, 0), END), PROGRAM(S(BPF_ALU | BPF_DIV | BPF_K, 1), END), PROGRAM(S(BPF_ALU | BPF_DIV | BPF_X, 0), END),
      PROGRAM(S(BPF_ALU | BPF_MOD | BPF_K, 3), END), PROGRAM(S(BPF_ALU | BPF_LSH | BPF_K, 31), END), PROGRAM(S(BPF_ALU | BPF_LSH | BPF_K, 32), END),
      PROGRAM(S(BPF_ALU | BPF_RSH | BPF_K, 32), END), PROGRAM(S(BPF_ALU | BPF_LSH | BPF_X, 32), END), PROGRAM(S(BPF_ALU | BPF_NEG, 0), END),
      PROGRAM(S(BPF_ALU | BPF_NEG | BPF_X, 0), END), PROGRAM(S(BPF_ALU | BPF_XOR | BPF_X, 0), END), PROGRAM(S(BPF_ALU | 0xb0, 0), END),
      PROGRAM(S(BPF_ST, 15), S(BPF_LD | BPF_MEM, 15), END), PROGRAM(S(BPF_ST, 16), END), PROGRAM(S(BPF_LD | BPF_MEM, 3), END), PROGRAM(S(BPF_STX, 16), END),
      PROGRAM(S(BPF_LDX | BPF_MEM, 16), END), PROGRAM(S(BPF_STX, 0), S(BPF_LDX | BPF_MEM, 0), END), PROGRAM(S(BPF_ST | 0x20, 0), END),
      PROGRAM(J(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), S(BPF_ST, 2), S(BPF_LD | BPF_MEM, 2), END),
      PROGRAM(J(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), END, S(BPF_ST, 2), S(BPF_LD | BPF_MEM, 2), END),
      PROGRAM(S(BPF_JMP | BPF_JA, 1), S(BPF_ST, 1), S(BPF_LD | BPF_MEM, 1), END), PROGRAM(S(BPF_JMP | BPF_JA, 0), END), PROGRAM(S(BPF_JMP | BPF_JA, 1), END),
      PROGRAM(S(BPF_JMP | BPF_JA, 0xffffffff), END), PROGRAM(J(BPF_JMP | BPF_JGT | BPF_X, 0, 0, 0), END), PROGRAM(J(BPF_JMP | BPF_JGE | BPF_K, 0, 1, 0), END),
      PROGRAM(J(BPF_JMP | BPF_JSET | BPF_K, 0, 0, 1), END), PROGRAM(J(BPF_JMP | 0x50, 0, 0, 0), END), PROGRAM(END, J(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0)),
      PROGRAM(S(BPF_MISC | BPF_TAX, 0), S(BPF_MISC | BPF_TXA, 0), END), PROGRAM(S(BPF_MISC | 0x40, 0), END), PROGRAM(S(0x100, 0), END), PROGRAM(END, END),
  };
  volatile int *answer = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (unsigned i = 0; i < LENGTH(list); i++) {
    pid_t pid = vfork();
    if (pid == 0) {
      *answer = install(list[i].program, list[i].count, 0) ? errno : 0;
      _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    printf("program %u: %s%s\n", i, *answer ? strerror(*answer) : "ok", WIFSIGNALED(status) ? ", killed" : "");
  }
}

static void strict(void) {
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT)) _exit(9);
  write(1, "written\n", 8);
  syscall(SYS_exit, 3);
}
static void strict_breach(void) {
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, NULL)) _exit(9);
  write(1, "written\n", 8);
  syscall(SYS_getpid);
}

static unsigned action;
static void acts(void) {
  CALL(deny(SYS_getppid, action, SECCOMP_FILTER_FLAG_LOG));
  errno = 0;
  long result = syscall(SYS_getppid);
  printf("%s, %s\n", result > 0 ? "a number" : result == 0 ? "0" : "-1", strerror(errno));
}

static volatile long trapped;
static void handler(int signal, siginfo_t *info, void *context) {
  (void)context;
  printf("signal %d code %d errno %d call %d arch %d address %d\n", signal, info->si_code, info->si_errno, info->si_syscall == SYS_getppid,
         info->si_arch != 0, info->si_call_addr != NULL);
  trapped++;
}
static void traps(void) {
  struct sigaction act = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  CALL(sigaction(SIGSYS, &act, NULL));
  CALL(deny(SYS_getppid, SECCOMP_RET_TRAP | 77, 0));
  syscall(SYS_getppid);
  syscall(SYS_getppid);
  VALUE(trapped);
  struct sigaction none = {.sa_handler = SIG_IGN};
  CALL(sigaction(SIGSYS, &none, NULL));
  syscall(SYS_getppid);
}
static void traps_blocked(void) {
  struct sigaction act = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGSYS);
  CALL(sigaction(SIGSYS, &act, NULL));
  CALL(sigprocmask(SIG_BLOCK, &set, NULL));
  CALL(deny(SYS_getppid, SECCOMP_RET_TRAP, 0));
  syscall(SYS_getppid);
}
static void kills_handled(void) {
  struct sigaction act = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  CALL(sigaction(SIGSYS, &act, NULL));
  CALL(deny(SYS_getppid, SECCOMP_RET_KILL_PROCESS, 0));
  syscall(SYS_getppid);
}

/* The stronger counts, of equal ones the newer. */
static void precedence(void) {
  CALL(deny(SYS_getppid, SECCOMP_RET_LOG, 0));
  CALL(deny(SYS_getppid, SECCOMP_RET_TRACE, 0));
  CALL(syscall(SYS_getppid));
  CALL(deny(SYS_getppid, SECCOMP_RET_ERRNO | EIO, 0));
  CALL(syscall(SYS_getppid));
  CALL(deny(SYS_getppid, SECCOMP_RET_ERRNO | EPERM, 0));
  CALL(syscall(SYS_getppid));
  CALL(deny(SYS_getppid, SECCOMP_RET_LOG, 0));
  CALL(syscall(SYS_getppid));
  show_status();
  CALL(deny(SYS_getppid, SECCOMP_RET_KILL_PROCESS, 0));
  CALL(syscall(SYS_getppid));
}

static int turn[2];
static void wait_for(int which) {
  while (!__atomic_load_n(&turn[which], __ATOMIC_ACQUIRE)) sched_yield();
}
static void pass(int which) { __atomic_store_n(&turn[which], 1, __ATOMIC_RELEASE); }
static int tid;
static void *dies(void *argument) {
  (void)argument;
  tid = syscall(SYS_gettid);
  pass(0);
  deny(SYS_getppid, SECCOMP_RET_KILL_THREAD, 0);
  syscall(SYS_getppid);
  puts("not reached");
  return NULL;
}
static void kills_thread(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, dies, NULL);
  wait_for(0);
  while (syscall(SYS_tgkill, getpid(), tid, 0) == 0) sched_yield();
  puts("the thread is gone");
  CALL(syscall(SYS_getppid));
}
static void *dies_all(void *argument) {
  (void)argument;
  deny(SYS_getppid, SECCOMP_RET_KILL_PROCESS, 0);
  syscall(SYS_getppid);
  return NULL;
}
static void kills_process(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, dies_all, NULL);
  for (;;) pause();
}
static void *follower(void *own) {
  tid = syscall(SYS_gettid);
  if (own) CALL(deny(SYS_getpgid, SECCOMP_RET_ERRNO | ENOENT, 0));
  pass(0);
  wait_for(1);
  CALL(syscall(SYS_getppid));
  return NULL;
}
static void together(void) {
  pthread_t thread;
  CALL(deny(SYS_getsid, SECCOMP_RET_ERRNO | EIO, 0));
  pthread_create(&thread, NULL, follower, NULL);
  wait_for(0);
  CALL(deny(SYS_getppid, SECCOMP_RET_ERRNO | EXDEV, SECCOMP_FILTER_FLAG_TSYNC));
  pass(1);
  pthread_join(thread, NULL);
  show_status();
}
static void apart(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, follower, "own");
  wait_for(0);
  VALUE(deny(SYS_getppid, SECCOMP_RET_ERRNO | EXDEV, SECCOMP_FILTER_FLAG_TSYNC) == tid);
  CALL(deny(SYS_getppid, SECCOMP_RET_ERRNO | EXDEV, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH));
  CALL(syscall(SYS_getppid));
  pass(1);
  pthread_join(thread, NULL);
  show_status();
}

static void inherited(void) {
  CALL(deny(SYS_getppid, SECCOMP_RET_ERRNO | EXDEV, 0));
  pid_t pid = fork();
  if (pid == 0) {
    CALL(syscall(SYS_getppid));
    execl("/proc/self/exe", "seccomp", "probe", NULL);
  }
  reap(pid);
}

/* The call that is refused has no effect; its arguments are seen whole. */
static void by_argument(void) {
  struct sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_dup3, 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(1) + 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 2),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(1)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 50, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EUCLEAN),
  };
  CALL(install(program, LENGTH(program), 0));
  CALL(syscall(SYS_dup3, 1, (7L << 32) + 50, 0));
  CALL(fcntl(50, F_GETFD));
  CALL(syscall(SYS_dup3, 1, (6L << 32) + 50, 0));
  CALL(fcntl(50, F_GETFD));
}

static void many(void) {
  static struct sock_filter program[4096];
  for (int i = 0; i < 4095; i++) program[i] = (struct sock_filter)S(BPF_LD | BPF_IMM, 1);
  program[4095] = (struct sock_filter)END;
  int count = 0;
  while (install(program, 4096, 0) == 0) count++;
  printf("%d, then %s\n", count, strerror(errno));
}

static uint64_t state = 20261122;
static unsigned next(unsigned below) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (state >> 33) % below;
}
static const uint32_t CONSTANTS[] = {0, 1, 2, 3, 31, 32, 33, 255, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 0x10000, 12345678};
static uint32_t constant(void) { return next(3) ? CONSTANTS[next(LENGTH(CONSTANTS))] : (uint32_t)(next(65536) << 16 | next(65536)); }

/* Arithmetic on the call's arguments, of which twelve bits become the error. */
static int compute(struct sock_filter *program) {
  static const int OPERATIONS[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR, BPF_AND, BPF_LSH, BPF_RSH, BPF_XOR};
  static const int JUMPS[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
  int n = 0, body = 4 + next(24);
  program[n++] = (struct sock_filter)S(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  program[n++] = (struct sock_filter)J(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 1, 0);
  program[n++] = (struct sock_filter)END;
  for (int i = 0; i < 4; i++) {
    program[n++] = (struct sock_filter)S(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(0) + 4 * next(12));
    program[n++] = (struct sock_filter)S(BPF_ST, i);
  }
  program[n++] = (struct sock_filter)S(BPF_MISC | BPF_TAX, 0);
  for (int left = body; left > 0; left--) {
    int operation = OPERATIONS[next(LENGTH(OPERATIONS))], is_shift = operation == BPF_LSH || operation == BPF_RSH;
    uint32_t k = constant();
    switch (next(8)) {
      case 0: program[n++] = (struct sock_filter)S(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(0) + 4 * next(12)); break;
      case 1: program[n++] = (struct sock_filter)S((next(2) ? BPF_LD : BPF_LDX) | BPF_MEM, next(4)); break;
      case 2: program[n++] = (struct sock_filter)S(next(2) ? BPF_ST : BPF_STX, next(4)); break;
      case 3: program[n++] = (struct sock_filter)S(next(2) ? BPF_MISC | BPF_TAX : BPF_ALU | BPF_NEG, 0); break;
      case 4: program[n++] = (struct sock_filter)S((next(4) ? BPF_LDX : BPF_LD) | (next(4) ? BPF_IMM : BPF_W | BPF_LEN), k); break;
      case 5: program[n++] = (struct sock_filter)S(BPF_ALU | operation | BPF_X, 0); break;
      case 6:
        if (operation == BPF_DIV && k == 0) k = 9;
        program[n++] = (struct sock_filter)S(BPF_ALU | operation | BPF_K, is_shift ? k & 31 : k);
        break;
      default:
        program[n++] = (struct sock_filter)J(BPF_JMP | JUMPS[next(LENGTH(JUMPS))] | (next(2) ? BPF_X : BPF_K), k, next(left), next(left));
    }
  }
  program[n++] = (struct sock_filter)S(BPF_ALU | BPF_AND | BPF_K, 0xfff);
  program[n++] = (struct sock_filter)S(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO);
  program[n++] = (struct sock_filter)S(BPF_RET | BPF_A, 0);
  return n;
}

static void at_random(void) {
  volatile int *answer = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < 400; i++) {
    struct sock_filter program[64];
    int count = compute(program);
    long values[6];
    for (int k = 0; k < 6; k++) values[k] = (long)((uint64_t)constant() << 32 | constant());
    *answer = -1;
    pid_t pid = vfork();
    if (pid == 0) {
      if (install(program, count, 0)) _exit(9);
      errno = 0;
      syscall(SYS_getppid, values[0], values[1], values[2], values[3], values[4], values[5]);
      *answer = errno;
      _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    printf("%d%s%c", *answer, WIFSIGNALED(status) ? "!" : WEXITSTATUS(status) ? "?" : "", i % 20 == 19 ? '\n' : ' ');
  }
}

int main(int count, char **arguments_) {
  start();
  if (count > 1 && !strcmp(arguments_[1], "probe")) {
    CALL(syscall(SYS_getppid));
    show_status();
    return 0;
  }
  if (prctl(PR_GET_SECCOMP) != 0) {
    puts("filters are here already");
    return 77;
  }
  in_child("arguments", arguments);
  in_child("without privileges", unprivileged);
  in_child("programs", programs);
  in_child("strict", strict);
  in_child("strict, another call", strict_breach);
  unsigned actions[] = {SECCOMP_RET_ALLOW, SECCOMP_RET_LOG, SECCOMP_RET_TRACE, SECCOMP_RET_ERRNO | EIO, SECCOMP_RET_ERRNO, SECCOMP_RET_ERRNO | 5000,
                        SECCOMP_RET_TRAP, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_KILL_PROCESS, 0x12340000, 0xabcd0000};
  for (unsigned i = 0; i < LENGTH(actions); i++) {
    char name[32];
    action = actions[i];
    snprintf(name, sizeof name, "action %08x", action);
    in_child(name, acts);
  }
  in_child("trap", traps);
  in_child("trap, blocked", traps_blocked);
  in_child("kill, with a handler", kills_handled);
  in_child("precedence", precedence);
  in_child("kills its thread", kills_thread);
  in_child("kills its process", kills_process);
  in_child("all threads", together);
  in_child("not all threads", apart);
  in_child("inherited", inherited);
  in_child("by argument", by_argument);
  in_child("many", many);
  puts("-- at random");
  at_random();
  return 0;
}
