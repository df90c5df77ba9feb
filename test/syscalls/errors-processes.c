/* The errors of the calls about processes, users, scheduling and the machine that the other programs do not meet. */
#include "check.h"
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

static void *const BAD = (void *)8;
static const int NOBODY = 65534;
/* Above every pid of a system. */
static const int NO_PID = 0x7ffffff0;
/* In sched_attr's first version: size, policy, flags, nice, priority, runtime, deadline, period. */
struct attributes {
  unsigned size, policy;
  unsigned long flags;
  int nice;
  unsigned priority;
  unsigned long runtime, deadline, period;
};

static void ids_of_nobody(void) {
  CALL(syscall(SYS_setuid, 0));
  CALL(syscall(SYS_setgid, 0));
  CALL(syscall(SYS_setreuid, 0, -1));
  CALL(syscall(SYS_setreuid, -1, 0));
  CALL(syscall(SYS_setregid, 0, -1));
  CALL(syscall(SYS_setresuid, 0, -1, -1));
  CALL(syscall(SYS_setresuid, -1, -1, 0));
  CALL(syscall(SYS_setresgid, -1, 0, -1));
  gid_t group = 0;
  CALL(syscall(SYS_setgroups, 1, &group));
  VALUE(syscall(SYS_setfsuid, 0));
  VALUE(syscall(SYS_setfsgid, 0));
}

static void ids_that_are_none(void) {
  CALL(syscall(SYS_setuid, -1));
  CALL(syscall(SYS_setgid, -1));
  CALL(syscall(SYS_setgroups, 65537, BAD));
  CALL(syscall(SYS_setgroups, -1, BAD));
  CALL(syscall(SYS_setgroups, 1, BAD));
  CALL(syscall(SYS_getgroups, -1, BAD));
  CALL(syscall(SYS_getresuid, BAD, BAD, BAD));
}

static void scheduling(void) {
  int priority = 0;
  unsigned long mask = 1;
  struct attributes plain = {48, 0, 0, 0, 0, 0, 0, 0}, unknown = {48, 9, 0, 0, 0, 0, 0, 0};
  struct timespec slice;
  CALL(syscall(SYS_sched_get_priority_min, 77));
  CALL(syscall(SYS_sched_get_priority_max, 77));
  CALL(syscall(SYS_sched_getscheduler, NO_PID));
  CALL(syscall(SYS_sched_getscheduler, -1));
  CALL(syscall(SYS_sched_setscheduler, 0, 77, &priority));
  CALL(syscall(SYS_sched_setscheduler, 0, 1, &priority));
  CALL(syscall(SYS_sched_setscheduler, -1, 0, &priority));
  CALL(syscall(SYS_sched_setscheduler, 0, 0, NULL));
  CALL(syscall(SYS_sched_setscheduler, 0, 0, BAD));
  CALL(syscall(SYS_sched_getparam, NO_PID, &priority));
  CALL(syscall(SYS_sched_getparam, -1, &priority));
  CALL(syscall(SYS_sched_getparam, 0, NULL));
  CALL(syscall(SYS_sched_getparam, 0, BAD));
  CALL(syscall(SYS_sched_setparam, 0, NULL));
  CALL(syscall(SYS_sched_setparam, NO_PID, &priority));
  CALL(syscall(SYS_sched_rr_get_interval, NO_PID, &slice));
  CALL(syscall(SYS_sched_rr_get_interval, -1, &slice));
  CALL(syscall(SYS_sched_rr_get_interval, 0, BAD));
  CALL(syscall(SYS_sched_getaffinity, 0, 1024, BAD));
  CALL(syscall(SYS_sched_getaffinity, NO_PID, 1024, BAD));
  CALL(syscall(SYS_sched_setaffinity, NO_PID, 8, &mask));
  CALL(syscall(SYS_sched_getattr, 0, BAD, 48, 0));
  CALL(syscall(SYS_sched_getattr, 0, NULL, 48, 0));
  CALL(syscall(SYS_sched_getattr, 0, &plain, 47, 0));
  CALL(syscall(SYS_sched_getattr, 0, &plain, 4097, 0));
  CALL(syscall(SYS_sched_getattr, 0, &plain, 48, 1));
  CALL(syscall(SYS_sched_getattr, NO_PID, &plain, 48, 0));
  CALL(syscall(SYS_sched_setattr, 0, BAD, 0));
  CALL(syscall(SYS_sched_setattr, 0, NULL, 0));
  CALL(syscall(SYS_sched_setattr, 0, &unknown, 0));
  CALL(syscall(SYS_sched_setattr, 0, &plain, 1));
  CALL(syscall(SYS_setpriority, 9, 0, 0));
  CALL(syscall(SYS_setpriority, PRIO_PROCESS, NO_PID, 0));
  CALL(syscall(SYS_setpriority, PRIO_PGRP, NO_PID, 0));
  CALL(syscall(SYS_setpriority, PRIO_USER, 123456, 0));
  CALL(syscall(SYS_getpriority, 9, 0));
  CALL(syscall(SYS_getpriority, PRIO_PROCESS, NO_PID));
}

static void others(pid_t root) {
  int priority = 0;
  unsigned long mask = 1;
  struct attributes plain = {48, 0, 0, 0, 0, 0, 0, 0};
  struct attributes faster = {48, 0, 0, -5, 0, 0, 0, 0};
  CALL(syscall(SYS_sched_setscheduler, root, 0, &priority));
  CALL(syscall(SYS_sched_setparam, root, &priority));
  CALL(syscall(SYS_sched_setaffinity, root, 8, &mask));
  CALL(syscall(SYS_sched_setattr, root, &plain, 0));
  CALL(syscall(SYS_sched_setattr, 0, &faster, 0));
  CALL(syscall(SYS_setpriority, PRIO_PROCESS, root, 5));
  CALL(syscall(SYS_setpriority, PRIO_PROCESS, 0, -5));
  priority = 5;
  CALL(syscall(SYS_sched_setscheduler, 0, 1, &priority));
  struct rlimit limit, more = {100, 101}, wrong = {2, 1};
  CALL(syscall(SYS_prlimit64, root, RLIMIT_CORE, NULL, &limit));
  CALL(syscall(SYS_prlimit64, NO_PID, RLIMIT_CORE, NULL, &limit));
  CALL(syscall(SYS_prlimit64, 0, 99, NULL, &limit));
  CALL(syscall(SYS_prlimit64, 0, RLIMIT_CORE, NULL, BAD));
  CALL(syscall(SYS_prlimit64, 0, RLIMIT_CORE, BAD, NULL));
  CALL(syscall(SYS_prlimit64, 0, RLIMIT_CORE, &wrong, NULL));
  limit = (struct rlimit){100, 100};
  CALL(syscall(SYS_prlimit64, 0, RLIMIT_CORE, &limit, NULL));
  CALL(syscall(SYS_prlimit64, 0, RLIMIT_CORE, &more, NULL));
  CALL(syscall(SYS_setrlimit, RLIMIT_CORE, &more));
  char byte;
  struct iovec here = {&byte, 1}, nowhere = {BAD, 1};
  CALL(syscall(SYS_process_vm_readv, root, &here, 1, &here, 1, 0L));
  CALL(syscall(SYS_process_vm_writev, root, &here, 1, &here, 1, 0L));
  CALL(syscall(SYS_process_vm_writev, NO_PID, &here, 1, &here, 1, 0L));
  CALL(syscall(SYS_process_vm_writev, getpid(), &here, 1, &nowhere, 1, 0L));
  CALL(syscall(SYS_process_vm_writev, getpid(), &nowhere, 1, &here, 1, 0L));
  CALL(syscall(SYS_process_vm_writev, getpid(), BAD, 1, &here, 1, 0L));
  CALL(syscall(SYS_process_vm_writev, getpid(), &here, 1, &here, 1, 1L));
  CALL(syscall(SYS_process_vm_writev, getpid(), &here, 1025, &here, 1, 0L));
  CALL(syscall(SYS_process_vm_readv, getpid(), &here, 1, BAD, 1, 0L));
  int fd = syscall(SYS_pidfd_open, root, 0);
  CALL(syscall(SYS_process_madvise, fd, &here, 1, MADV_COLD, 0));
  pid_t child = fork();
  if (!child) for (;;) pause();
  int own = syscall(SYS_pidfd_open, child, 0);
  CALL(syscall(SYS_process_madvise, own, &here, 1, MADV_COLD, 0));
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  CALL(syscall(SYS_process_madvise, 99, &here, 1, MADV_COLD, 0));
  CALL(syscall(SYS_process_mrelease, fd, 0));
  CALL(syscall(SYS_pidfd_getfd, fd, 0, 0));
  CALL(syscall(SYS_get_robust_list, root, &here, &limit));
  CALL(syscall(SYS_get_robust_list, NO_PID, &here, &limit));
  CALL(syscall(SYS_set_robust_list, NULL, 1));
  CALL(syscall(SYS_pidfd_open, NO_PID, 0));
  CALL(syscall(SYS_pidfd_open, -1, 0));
}

static void machine_of_nobody(void) {
  CALL(syscall(SYS_reboot, 0xfee1dead, 672274793, 0, NULL));
  CALL(syscall(SYS_syslog, 5, NULL, 0));
  CALL(syscall(SYS_sethostname, "x", 1));
  CALL(syscall(SYS_setdomainname, "x", 1));
  CALL(syscall(SYS_vhangup));
  CALL(syscall(SYS_swapon, "/nothing", 0));
  CALL(syscall(SYS_swapoff, "/nothing"));
  CALL(syscall(SYS_pivot_root, "/", "/"));
  CALL(syscall(SYS_umount2, "/", 0));
  CALL(syscall(SYS_mount, "none", "/", "tmpfs", 0, NULL));
  CALL(syscall(SYS_chroot, "/"));
  CALL(prctl(PR_CAPBSET_DROP, 0, 0, 0, 0));
}

static void machine(void) {
  CALL(syscall(SYS_reboot, 1, 2, 0x89abcdef, NULL));
  CALL(syscall(SYS_uname, BAD));
  CALL(syscall(SYS_sysinfo, BAD));
  CALL(syscall(SYS_sethostname, "x", 65));
  CALL(syscall(SYS_sethostname, "x", -1));
  CALL(syscall(SYS_sethostname, BAD, 1));
  CALL(syscall(SYS_setdomainname, "x", 65));
  CALL(syscall(SYS_syslog, 77, NULL, 0));
  CALL(syscall(SYS_syslog, 3, NULL, 10));
  CALL(syscall(SYS_swapoff, "/nothing"));
  CALL(syscall(SYS_unshare, 1));
  CALL(prctl(99999, 0, 0, 0, 0));
  CALL(prctl(PR_SET_PDEATHSIG, 99, 0, 0, 0));
  CALL(prctl(PR_SET_NAME, BAD, 0, 0, 0));
  CALL(prctl(PR_GET_NAME, BAD, 0, 0, 0));
  CALL(prctl(PR_SET_DUMPABLE, 7, 0, 0, 0));
  CALL(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
  CALL(syscall(SYS_getcpu, BAD, NULL, NULL));
  CALL(syscall(SYS_getrandom, BAD, 1, 0));
  CALL(syscall(SYS_getrusage, 5, BAD));
  CALL(syscall(SYS_getrusage, RUSAGE_SELF, BAD));
}

static void groups_of_processes(void) {
  int ready[2], go[2];
  char byte;
  pipe2(ready, O_CLOEXEC);
  pipe(go);
  pid_t child = fork();
  if (!child) {
    dup2(go[0], 0);
    close(go[1]);
    execl("/bin/cat", "cat", NULL);
    _exit(1);
  }
  close(ready[1]);
  read(ready[0], &byte, 1); /* until execve(2) closes it */
  CALL(setpgid(child, child));
  CALL(setpgid(0, -1));
  CALL(setpgid(NO_PID, 0));
  close(go[1]);
  reap(child);
  pipe(go);
  child = fork();
  if (!child) {
    setsid();
    CALL(setsid());
    CALL(setpgid(0, 0));
    write(go[1], "x", 1);
    for (;;) pause();
  }
  read(go[0], &byte, 1);
  CALL(setpgid(child, child));
  CALL(setpgid(0, NO_PID));
  CALL(getpgid(NO_PID));
  CALL(getsid(NO_PID));
  kill(child, SIGKILL);
  reap(child);
}

static void keys(void) {
  syscall(SYS_keyctl, 1, NULL); /* KEYCTL_JOIN_SESSION_KEYRING: one of its own */
  long key = syscall(SYS_add_key, "user", "error", "x", 1L, -3L);
  CALL(key);
  CALL(syscall(SYS_keyctl, 3, key)); /* KEYCTL_REVOKE */
  CALL(syscall(SYS_request_key, "user", "error", NULL, 0L));
  CALL(syscall(SYS_request_key, BAD, "error", NULL, 0L));
}

int main(void) {
  start();
  pid_t root = getpid(), child;
  ids_that_are_none();
  scheduling();
  machine();
  keys();
  groups_of_processes();
  child = fork();
  if (!child) {
    if (syscall(SYS_setgroups, 0, NULL) || setgid(NOBODY) || setuid(NOBODY)) _exit(1);
    ids_of_nobody();
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    others(root);
    machine_of_nobody();
    _exit(0);
  }
  reap(child);
}
