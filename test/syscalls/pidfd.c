/* pidfd_open, pidfd_send_signal, pidfd_getfd, waitid(P_PIDFD), poll of pidfds, clone3, unshare, kcmp, process_vm_*. */
#include "check.h"
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define NR_PIDFD_SEND_SIGNAL 424
#define NR_PIDFD_OPEN 434
#define NR_CLONE3 435
#define NR_PIDFD_GETFD 438
#define WAIT_PIDFD 3
#define CLEAR_SIGHAND 0x100000000ULL

struct clone_arguments {
  unsigned long long flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

static long clone3(struct clone_arguments *arguments, size_t size) { return syscall(NR_CLONE3, arguments, size); }
static long pidfd_open(pid_t pid, unsigned flags) { return syscall(NR_PIDFD_OPEN, pid, flags); }
static long pidfd_send(int fd, int signal, void *info, unsigned flags) {
  return syscall(NR_PIDFD_SEND_SIGNAL, fd, signal, info, flags);
}
static long pidfd_getfd(int fd, int target, unsigned flags) { return syscall(NR_PIDFD_GETFD, fd, target, flags); }
static int poll_now(int fd) {
  struct pollfd entry = {.fd = fd, .events = POLLIN};
  poll(&entry, 1, 0);
  return entry.revents;
}
static void show_line(const char *path, const char *key) {
  char line[256];
  FILE *file = fopen(path, "r");
  while (file && fgets(line, sizeof line, file))
    if (!strncmp(line, key, strlen(key))) printf("%s%s", key, strstr(line, "-1") ? " -1\n" : " a pid\n");
  if (file) fclose(file);
}

static void pidfds(void) {
  int gate[2];
  pipe(gate);
  pid_t pid = fork();
  if (pid == 0) {
    char byte;
    signal(SIGUSR1, SIG_IGN);
    read(gate[0], &byte, 1);
    _exit(3);
  }
  int fd = CALL(pidfd_open(pid, 0));
  VALUE(fcntl(fd, F_GETFD));
  VALUE(fcntl(fd, F_GETFL) & O_ACCMODE);
  CALL(pidfd_open(0, 0));
  CALL(pidfd_open(-1, 0));
  CALL(pidfd_open(pid, 1));
  CALL(pidfd_open(4194000, 0));
  VALUE(poll_now(fd));
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
  show_line(path, "Pid:");
  CALL(pidfd_send(fd, 0, NULL, 0));
  CALL(pidfd_send(fd, 65, NULL, 0));
  CALL(pidfd_send(fd, SIGUSR1, NULL, 64));
  CALL(pidfd_send(0, SIGUSR1, NULL, 0));
  CALL(pidfd_send(99, SIGUSR1, NULL, 0));
  siginfo_t info = {.si_signo = SIGUSR2, .si_code = SI_QUEUE};
  CALL(pidfd_send(fd, SIGUSR1, &info, 0));
  snprintf(path, sizeof path, "/proc/%d", pid);
  int directory = open(path, O_DIRECTORY | O_RDONLY);
  CALL(pidfd_send(directory, 0, NULL, 0));
  int got = CALL(pidfd_getfd(fd, gate[1], 0));
  CALL(pidfd_getfd(fd, 99, 0));
  CALL(pidfd_getfd(fd, gate[1], 1));
  CALL(pidfd_getfd(gate[0], gate[1], 0));
  memset(&info, 0, sizeof info);
  VALUE(waitid(WAIT_PIDFD, fd, &info, WEXITED | WNOHANG));
  VALUE(info.si_pid);
  CALL(waitid(WAIT_PIDFD, gate[0], &info, WEXITED));
  CALL(waitid(WAIT_PIDFD, -1, &info, WEXITED));
  int waiting = pidfd_open(pid, O_NONBLOCK);
  CALL(waitid(WAIT_PIDFD, waiting, &info, WEXITED));
  write(got, "x", 1);
  struct pollfd entry = {.fd = fd, .events = POLLIN};
  VALUE(poll(&entry, 1, -1));
  VALUE(entry.revents);
  CALL(waitid(WAIT_PIDFD, fd, &info, WEXITED));
  VALUE(info.si_status);
  VALUE(info.si_pid == pid);
  VALUE(poll_now(fd) & POLLIN);
  CALL(pidfd_send(fd, 0, NULL, 0));
  CALL(pidfd_getfd(fd, 0, 0));
  CALL(pidfd_send(directory, 0, NULL, 0));
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
  show_line(path, "Pid:");
  CALL(waitid(WAIT_PIDFD, fd, &info, WEXITED));
}

static void handler(int signal) { (void)signal; }

static void clones(void) {
  int pidfd = -1;
  pid_t parent_tid = 0, child_tid = 0;
  struct clone_arguments arguments = {0};
  signal(SIGUSR1, handler);
  signal(SIGUSR2, SIG_IGN);
  arguments.flags = CLONE_PIDFD | CLONE_PARENT_SETTID | CLEAR_SIGHAND;
  arguments.pidfd = (unsigned long)&pidfd;
  arguments.parent_tid = (unsigned long)&parent_tid;
  arguments.exit_signal = SIGCHLD;
  long pid = clone3(&arguments, sizeof arguments);
  if (pid == 0) {
    struct sigaction one, two;
    sigaction(SIGUSR1, NULL, &one);
    sigaction(SIGUSR2, NULL, &two);
    _exit((one.sa_handler == SIG_DFL) * 2 + (two.sa_handler == SIG_IGN));
  }
  printf("pidfd %d, parent tid %d\n", pidfd >= 0, parent_tid == pid);
  siginfo_t info;
  CALL(waitid(WAIT_PIDFD, pidfd, &info, WEXITED));
  VALUE(info.si_status);
  /* A chosen number: that of the child that is gone. */
  int wanted = (int)pid;
  memset(&arguments, 0, sizeof arguments);
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = (unsigned long)&wanted;
  arguments.set_tid_size = 1;
  long chosen = clone3(&arguments, sizeof arguments);
  if (chosen == 0) _exit(getpid() == wanted ? 7 : 8);
  printf("chosen %d\n", chosen == wanted);
  reap(chosen);
  wanted = getpid();
  CALL(clone3(&arguments, sizeof arguments));
  wanted = 0;
  CALL(clone3(&arguments, sizeof arguments));
  arguments.set_tid_size = 33;
  CALL(clone3(&arguments, sizeof arguments));
  arguments.set_tid_size = 0;
  CALL(clone3(&arguments, sizeof arguments));
  memset(&arguments, 0, sizeof arguments);
  CALL(clone3(&arguments, 63));
  CALL(clone3(&arguments, 5000));
  CALL(clone3((void *)8, sizeof arguments));
  unsigned long long longer[16] = {0};
  longer[12] = 1;
  CALL(clone3((void *)longer, sizeof longer));
  arguments.exit_signal = 65;
  CALL(clone3(&arguments, sizeof arguments));
  arguments.exit_signal = 0;
  arguments.flags = CLONE_THREAD;
  CALL(clone3(&arguments, sizeof arguments));
  arguments.flags = CLONE_SIGHAND;
  CALL(clone3(&arguments, sizeof arguments));
  arguments.flags = CLONE_SIGHAND | CLONE_VM | CLEAR_SIGHAND;
  CALL(clone3(&arguments, sizeof arguments));
  arguments.flags = SIGCHLD;
  CALL(clone3(&arguments, sizeof arguments));
  arguments.flags = CLONE_DETACHED;
  CALL(clone3(&arguments, sizeof arguments));
  arguments.flags = 1ULL << 40;
  CALL(clone3(&arguments, sizeof arguments));
  arguments.flags = CLONE_PARENT;
  arguments.exit_signal = SIGCHLD;
  CALL(clone3(&arguments, sizeof arguments));
  arguments.flags = 0;
  arguments.stack = 4096;
  CALL(clone3(&arguments, sizeof arguments));
  /* Without an exit signal only __WCLONE and __WALL see it. */
  memset(&arguments, 0, sizeof arguments);
  pid = clone3(&arguments, sizeof arguments);
  if (pid == 0) _exit(5);
  int status;
  VALUE(waitpid(pid, &status, WNOHANG));
  VALUE(waitpid(pid, &status, 0x80000000) == pid);
  VALUE(WEXITSTATUS(status));
  pid = clone3(&arguments, sizeof arguments);
  if (pid == 0) _exit(6);
  VALUE(waitpid(pid, &status, 0x40000000) == pid);
  /* CLONE_PARENT: a sibling, reaped by whoever is parent of both. */
  pid = fork();
  if (pid == 0) {
    memset(&arguments, 0, sizeof arguments);
    arguments.flags = CLONE_PARENT;
    long sibling = clone3(&arguments, sizeof arguments);
    if (sibling == 0) _exit(11);
    _exit(waitpid(sibling, NULL, 0) == -1 && errno == ECHILD ? 10 : 1);
  }
  int sum = 0;
  for (int i = 0; i < 2; i++) {
    wait(&status);
    sum += WEXITSTATUS(status);
  }
  printf("both %d\n", sum);
}

static int shared_value;
static int in_child(void *argument) {
  (void)argument;
  shared_value = 42;
  _exit(4);
}

static void old_clone(void) {
  static char stack[65536];
  int status, pidfd;
  pid_t pid = clone(in_child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
  printf("after vfork %d\n", shared_value);
  reap(pid);
  pid = clone(in_child, stack + sizeof stack, CLONE_PIDFD | SIGCHLD, NULL, &pidfd);
  CALL(fcntl(pidfd, F_GETFD));
  reap(pid);
  CALL(clone(in_child, stack + sizeof stack, CLONE_PIDFD | CLONE_DETACHED | SIGCHLD, NULL, &pidfd));
  CALL(clone(in_child, stack + sizeof stack, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, NULL, &pidfd));
  CALL(clone(in_child, stack + sizeof stack, CLONE_THREAD | SIGCHLD, NULL));
  (void)status;
}

static void unsharing(void) {
  CALL(unshare(0));
  CALL(unshare(CLONE_FILES | CLONE_FS));
  CALL(unshare(CLONE_VM | CLONE_SIGHAND | CLONE_THREAD));
  CALL(unshare(CLONE_PARENT));
}

static long kcmp(pid_t a, pid_t b, int type, long x, long y) { return syscall(SYS_kcmp, a, b, type, x, y); }

static void comparing(void) {
  pid_t me = getpid();
  int copy = dup(1);
  VALUE(kcmp(me, me, 0, 1, copy));
  VALUE(kcmp(me, me, 0, 0, open("/dev/null", O_RDONLY)) != 0);
  VALUE(kcmp(me, me, 1, 0, 0));
  CALL(kcmp(me, me, 0, 1, 99));
  CALL(kcmp(me, me, 50, 0, 0));
  CALL(kcmp(me, 4194000, 1, 0, 0));
  pid_t pid = fork();
  if (pid == 0) for (;;) pause();
  VALUE(kcmp(me, pid, 0, 1, 1));
  VALUE(kcmp(me, pid, 1, 0, 0) != 0);
  VALUE(kcmp(me, pid, 2, 0, 0) != 0);
  VALUE(kcmp(me, pid, 3, 0, 0) != 0);
  VALUE(kcmp(me, pid, 4, 0, 0) != 0);
  VALUE(kcmp(me, pid, 6, 0, 0));
  kill(pid, SIGKILL);
  reap(pid);
  /* Undo lists: shared if asked for, else each one's own once it has one. */
  struct clone_arguments shared = {.exit_signal = SIGCHLD, .flags = CLONE_SYSVSEM};
  if ((pid = clone3(&shared, sizeof shared)) == 0) for (;;) pause();
  VALUE(kcmp(me, pid, 6, 0, 0));
  kill(pid, SIGKILL);
  reap(pid);
  if ((pid = fork()) == 0) for (;;) pause();
  VALUE(kcmp(me, pid, 6, 0, 0) != 0);
  kill(pid, SIGKILL);
  reap(pid);
  CALL(unshare(CLONE_SYSVSEM));
  struct epoll_event event = {.events = EPOLLIN};
  struct { unsigned epoll, target, place; } slot = {epoll_create1(0), 0, 0};
  int ends[2];
  pipe(ends);
  slot.target = ends[0];
  epoll_ctl(slot.epoll, EPOLL_CTL_ADD, ends[0], &event);
  VALUE(kcmp(me, me, 7, ends[0], (long)&slot));
  VALUE(kcmp(me, me, 7, ends[1], (long)&slot) != 0);
  slot.place = 1;
  CALL(kcmp(me, me, 7, ends[0], (long)&slot));
  slot.place = 0, slot.target = 99;
  CALL(kcmp(me, me, 7, ends[0], (long)&slot));
  slot.epoll = 1;
  CALL(kcmp(me, me, 7, ends[0], (long)&slot));
  CALL(kcmp(me, me, 7, 99, (long)&slot));
  CALL(kcmp(me, me, 7, ends[0], 8));
}

static char far[3 * 4096] __attribute__((aligned(4096)));

static void remote_memory(void) {
  memset(far, 'a', sizeof far);
  pid_t pid = fork();
  if (pid == 0) for (;;) pause();
  char here[8192];
  struct iovec local[2] = {{here, 3}, {here + 3, 5}};
  struct iovec remote[2] = {{far + 10, 4}, {far + 4094, 4}};
  memset(far, 'b', sizeof far);
  memset(here, 0, sizeof here);
  VALUE(process_vm_readv(pid, local, 2, remote, 2, 0));
  printf("%s\n", here);
  memcpy(here, "12345678", 8);
  VALUE(process_vm_writev(pid, local, 2, remote, 2, 0));
  memset(here, 0, sizeof here);
  VALUE(process_vm_readv(pid, local, 2, remote, 2, 0));
  printf("%s, here %c\n", here, far[10]);
  struct iovec broken = {(void *)8, 8}, half[2] = {{far, 4}, {(void *)8, 8}};
  CALL(process_vm_readv(pid, local, 2, &broken, 1, 0));
  VALUE(process_vm_readv(pid, local, 2, half, 2, 0));
  CALL(process_vm_readv(pid, local, 2, remote, 2, 1));
  CALL(process_vm_readv(pid, local, 2, remote, 1025, 0));
  CALL(process_vm_readv(pid, local, 2, (void *)8, 1, 0));
  CALL(process_vm_readv(4194000, local, 2, remote, 2, 0));
  VALUE(process_vm_readv(pid, local, 0, remote, 0, 0));
  if (fork() == 0) {
    setresuid(1000, 1000, 1000);
    CALL(process_vm_readv(pid, local, 2, remote, 2, 0));
    CALL(kcmp(pid, pid, 1, 0, 0));
    int fd = pidfd_open(pid, 0);
    CALL(pidfd_getfd(fd, 0, 0));
    CALL(pidfd_send(fd, SIGTERM, NULL, 0));
    int one = 1;
    struct clone_arguments arguments = {.exit_signal = SIGCHLD, .set_tid = (unsigned long)&one, .set_tid_size = 1};
    CALL(clone3(&arguments, sizeof arguments));
    _exit(0);
  }
  wait(NULL);
  kill(pid, SIGKILL);
  reap(pid);
}

int main(void) {
  start();
  pidfds();
  clones();
  old_clone();
  unsharing();
  comparing();
  remote_memory();
  return 0;
}
