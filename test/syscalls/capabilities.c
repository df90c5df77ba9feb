/* capget, capset, prctl on privileges, capabilities over uid changes and exec, permission by capability, prctl of daemons. */
#include "check.h"
#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
static struct __user_cap_data_struct data[2];

static void show(const char *what) {
  unsigned long long sets[3], all = (1ULL << 41) - 1;
  int ambient = 0;
  header.pid = 0;
  header.version = _LINUX_CAPABILITY_VERSION_3;
  syscall(SYS_capget, &header, data);
  sets[0] = data[0].effective | (unsigned long long)data[1].effective << 32;
  sets[1] = data[0].permitted | (unsigned long long)data[1].permitted << 32;
  sets[2] = data[0].inheritable | (unsigned long long)data[1].inheritable << 32;
  for (int i = 0; i < 41; i++) ambient += prctl(47, 1, i, 0, 0) == 1;
  printf("%s: effective", what);
  /* How much a container leaves to root differs: none, some, or all but a few. */
  for (int i = 0; i < 2; i++) printf(" %s", !sets[i] ? "none" : __builtin_popcountll(sets[i] & all) > 30 ? "many" : "few");
  printf(" inheritable %llx ambient %d\n", sets[2], ambient);
}

static void set(unsigned long long effective, unsigned long long permitted, unsigned long long inheritable) {
  data[0] = (struct __user_cap_data_struct){effective, permitted, inheritable};
  data[1] = (struct __user_cap_data_struct){effective >> 32, permitted >> 32, inheritable >> 32};
}
#define FEW ((1ULL << CAP_NET_RAW) | (1ULL << CAP_CHOWN) | (1ULL << CAP_SETPCAP))
static int in_child(void (*test)(void)) {
  pid_t pid = fork();
  if (pid == 0) {
    test();
    _exit(0);
  }
  int status;
  waitpid(pid, &status, 0);
  return status;
}

static void headers(void) {
  header.version = 1;
  CALL(syscall(SYS_capget, &header, NULL));
  VALUE(header.version == _LINUX_CAPABILITY_VERSION_3);
  header.version = 1;
  CALL(syscall(SYS_capget, &header, data));
  header.version = _LINUX_CAPABILITY_VERSION_1;
  CALL(syscall(SYS_capget, &header, data));
  header.version = _LINUX_CAPABILITY_VERSION_3;
  header.pid = -1;
  CALL(syscall(SYS_capget, &header, data));
  header.pid = 4194000;
  CALL(syscall(SYS_capget, &header, data));
  header.pid = 1;
  CALL(syscall(SYS_capset, &header, data));
  header.pid = 0;
  CALL(syscall(SYS_capget, &header, (void *)8));
  CALL(syscall(SYS_capget, (void *)8, data));
}

static void sets(void) {
  show("start");
  set(FEW, FEW, FEW);
  CALL(syscall(SYS_capset, &header, data));
  show("few");
  set(FEW | 1 << CAP_KILL, FEW, 0);
  CALL(syscall(SYS_capset, &header, data));
  set(FEW, FEW | 1 << CAP_KILL, 0);
  CALL(syscall(SYS_capset, &header, data));
  CALL(prctl(47, 2, CAP_CHOWN, 0, 0));
  CALL(prctl(47, 2, CAP_KILL, 0, 0));
  CALL(prctl(47, 2, 99, 0, 0));
  CALL(prctl(47, 9, CAP_CHOWN, 0, 0));
  show("raised");
  CALL(prctl(47, 3, CAP_CHOWN, 0, 0));
  show("lowered");
  prctl(47, 2, CAP_CHOWN, 0, 0);
  CALL(prctl(47, 4, 0, 0, 0));
  CALL(prctl(47, 4, 1, 0, 0));
  CALL(prctl(PR_CAPBSET_READ, CAP_KILL, 0, 0, 0));
  VALUE(prctl(PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0));
  VALUE(prctl(PR_CAPBSET_READ, CAP_KILL, 0, 0, 0));
  CALL(prctl(PR_CAPBSET_READ, 99, 0, 0, 0));
  set(0, 0, 0);
  CALL(syscall(SYS_capset, &header, data));
  CALL(prctl(PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0));
  CALL(setuid(5));
  VALUE(getuid());
}

static void keeping(void) {
  VALUE(prctl(PR_GET_KEEPCAPS));
  CALL(prctl(PR_SET_KEEPCAPS, 2, 0, 0, 0));
  CALL(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
  VALUE(prctl(PR_GET_SECUREBITS));
  CALL(setresuid(1000, 1000, 1000));
  show("kept");
}

static void dropping(void) {
  CALL(seteuid(1000));
  show("seteuid");
  CALL(seteuid(0));
  show("back");
  setfsuid(1000);
  header.version = _LINUX_CAPABILITY_VERSION_3;
  syscall(SYS_capget, &header, data);
  printf("fs %d kill %d\n", data[0].effective >> CAP_DAC_OVERRIDE & 1, data[0].effective >> CAP_KILL & 1);
  setfsuid(0);
  CALL(setuid(1000));
  show("gone");
  VALUE(prctl(PR_GET_DUMPABLE));
}

static void bits(void) {
  CALL(prctl(PR_SET_SECUREBITS, 1 << 20, 0, 0, 0));
  CALL(prctl(PR_SET_SECUREBITS, 4 | 8, 0, 0, 0));
  CALL(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0));
  VALUE(prctl(PR_GET_SECUREBITS));
  CALL(setresuid(1000, 1000, 1000));
  show("no fixup");
}

static void files(void) {
  int fd = open("secret", O_CREAT | O_WRONLY, 0600);
  close(fd);
  chown("secret", 77, 77);
  setfsuid(0);
  set(FEW, FEW, 0);
  syscall(SYS_capset, &header, data);
  /* uid 0 without CAP_DAC_OVERRIDE is nobody special. */
  CALL(open("secret", O_RDONLY));
  CALL(chmod("secret", 0644));
  CALL(chown("secret", 78, 78));
  CALL(access("secret", R_OK));
  unlink("secret");
}

static void executing(void) {
  prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
  setresuid(1000, 1000, 1000);
  set(FEW, FEW, FEW);
  CALL(syscall(SYS_capset, &header, data));
  prctl(47, 2, CAP_CHOWN, 0, 0);
  prctl(PR_SET_TIMERSLACK, 123456, 0, 0, 0);
  execl("/proc/self/exe", "again", "after exec", NULL);
}

static void executing_root(void) {
  CALL(prctl(PR_SET_SECUREBITS, 1, 0, 0, 0));
  execl("/proc/self/exe", "again", "no root", NULL);
}

static void options(void) {
  char name[16];
  int value;
  CALL(prctl(PR_SET_NAME, "a long name that is cut"));
  prctl(PR_GET_NAME, name);
  printf("%s\n", name);
  CALL(prctl(PR_SET_PDEATHSIG, 65));
  CALL(prctl(PR_SET_PDEATHSIG, SIGUSR1));
  prctl(PR_GET_PDEATHSIG, &value);
  printf("%d\n", value);
  CALL(prctl(PR_SET_DUMPABLE, 2));
  VALUE(prctl(PR_GET_TIMERSLACK));
  CALL(prctl(PR_SET_TIMERSLACK, 70000, 0, 0, 0));
  VALUE(prctl(PR_GET_TIMERSLACK));
  CALL(prctl(PR_SET_TIMERSLACK, 0, 0, 0, 0));
  VALUE(prctl(PR_GET_TIMERSLACK));
  CALL(prctl(PR_SET_TIMING, 1, 0, 0, 0));
  VALUE(prctl(PR_GET_TIMING, 0, 0, 0, 0));
  VALUE(prctl(PR_MCE_KILL_GET, 0, 0, 0, 0));
  CALL(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
  CALL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  VALUE(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  CALL(prctl(12345, 0, 0, 0, 0));
}

static void subreaper(void) {
  int value;
  CALL(prctl(PR_SET_CHILD_SUBREAPER, 1));
  prctl(PR_GET_CHILD_SUBREAPER, &value);
  printf("subreaper %d\n", value);
  if (fork() == 0) {
    if (fork() == 0) {
      while (getppid() != (int)getpgrp()) usleep(1000);
      _exit(21);
    }
    _exit(20);
  }
  int status, sum = 0;
  for (int i = 0; i < 2; i++) {
    wait(&status);
    sum += WEXITSTATUS(status);
  }
  printf("both %d\n", sum);
}

int main(int count, char **arguments) {
  start();
  if (count > 1) {
    show(arguments[1]);
    VALUE(prctl(PR_GET_KEEPCAPS));
    VALUE(prctl(PR_GET_TIMERSLACK));
    return 0;
  }
  setpgid(0, 0);
  in_child(headers);
  in_child(sets);
  in_child(keeping);
  in_child(dropping);
  in_child(bits);
  in_child(files);
  in_child(executing);
  in_child(executing_root);
  in_child(options);
  subreaper();
  return 0;
}
