/* What a thread may have for itself: credentials (raw set*id calls), descriptors and directories (clone, unshare, close_range). */
#include "check.h"
#include <grp.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/fsuid.h>
#include <linux/capability.h>

#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE 2
#endif

#define THREAD (CLONE_VM | CLONE_THREAD | CLONE_SIGHAND | CLONE_SYSVSEM)
#define STACK 65536

static char stack[STACK] __attribute__((aligned(16)));
static volatile int tid_word;
static int before;

/* C libraries do not let clone(2) make threads. */
static long raw_clone(long flags, volatile int *child_tid, int (*run)(void *)) {
  char *top = stack + STACK;
#if defined(__riscv)
  register long a0 __asm__("a0") = flags;
  register char *a1 __asm__("a1") = top;
  register long a2 __asm__("a2") = 0;
  register long a3 __asm__("a3") = 0;
  register volatile int *a4 __asm__("a4") = child_tid;
  register long a7 __asm__("a7") = SYS_clone;
  register int (*entry)(void *) __asm__("s2") = run;
  __asm__ volatile("ecall; bnez a0, 1f; jalr s2; li a7, 93; ecall; 1:"
                   : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a7), "r"(entry) : "memory");
  return a0;
#elif defined(__x86_64__)
  long result = SYS_clone;
  register volatile int *r10 __asm__("r10") = child_tid;
  register long r8 __asm__("r8") = 0;
  register int (*entry)(void *) __asm__("r12") = run;
  __asm__ volatile("syscall; test %%rax, %%rax; jnz 1f; call *%%r12; mov $60, %%eax; syscall; 1:"
                   : "+a"(result) : "D"(flags), "S"(top), "d"(0L), "r"(r10), "r"(r8), "r"(entry) : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x0 __asm__("x0") = flags;
  register char *x1 __asm__("x1") = top;
  register long x2 __asm__("x2") = 0;
  register long x3 __asm__("x3") = 0;
  register volatile int *x4 __asm__("x4") = child_tid;
  register long x8 __asm__("x8") = SYS_clone;
  register int (*entry)(void *) __asm__("x19") = run;
  __asm__ volatile("svc 0; cbnz x0, 1f; blr x19; mov x8, 93; svc 0; 1:"
                   : "+r"(x0) : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x8), "r"(entry) : "memory");
  return x0;
#endif
}

/* Runs the function in a thread with these flags, until its end. Both have one errno: the caller sleeps. */
static void in_thread(const char *name, int (*run)(void *), int flags) {
  printf("-- %s\n", name);
  tid_word = 1;
  long tid = raw_clone(THREAD | CLONE_CHILD_CLEARTID | flags, &tid_word, run);
  if (tid < 0) {
    printf("clone: %s\n", strerror((int)-tid));
    return;
  }
  while (tid_word != 0) syscall(SYS_futex, &tid_word, FUTEX_WAIT, 1, NULL, NULL, 0);
  printf("-- back\n");
}

static void status_of(const char *who, const char *field) {
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/self/task/%s/status", who);
  FILE *file = fopen(path, "r");
  if (!file) { printf("no %s\n", field); return; }
  while (fgets(line, sizeof line, file))
    if (!strncmp(line, field, strlen(field))) printf("%s", line);
  fclose(file);
}

static void own_status(const char *field) {
  char tid[16];
  snprintf(tid, sizeof tid, "%ld", syscall(SYS_gettid));
  status_of(tid, field);
}

static int change_ids(void *arg) {
  (void)arg;
  gid_t groups[] = {7, 8};
  VALUE(syscall(SYS_setgroups, 2, groups));
  VALUE(syscall(SYS_setresgid, 20, 21, 22));
  VALUE(syscall(SYS_setresuid, 10, 11, 12));
  VALUE(syscall(SYS_setuid, 0));
  VALUE(open("private", O_RDONLY));
  own_status("Uid");
  own_status("Gid");
  own_status("Groups");
  own_status("CapEff");
  VALUE(syscall(SYS_getuid));
  VALUE(syscall(SYS_kill, 1, 0));
  return 0;
}

static int change_fsuid(void *arg) {
  (void)arg;
  VALUE(syscall(SYS_setfsuid, 77));
  VALUE(open("private", O_RDONLY));
  int fd = open("shared/by-thread", O_CREAT | O_WRONLY, 0600);
  struct stat status;
  fstat(fd, &status);
  printf("made by %u\n", status.st_uid);
  close(fd);
  return 0;
}

static int drop_capability(void *arg) {
  (void)arg;
  VALUE(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  VALUE(prctl(PR_CAPBSET_DROP, CAP_SYS_TIME, 0, 0, 0));
  VALUE(prctl(PR_CAPBSET_READ, CAP_SYS_TIME, 0, 0, 0));
  VALUE(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  memset(data, 0, sizeof data);
  VALUE(syscall(SYS_capset, &header, data));
  VALUE(syscall(SYS_chroot, "."));
  return 0;
}

static int own_files(void *arg) {
  (void)arg;
  VALUE(close(before));
  VALUE(fcntl(before, F_GETFD));
  VALUE(open("private", O_RDONLY) == before);
  VALUE(fcntl(before, F_SETFD, FD_CLOEXEC));
  return 0;
}

static int own_directory(void *arg) {
  (void)arg;
  char path[256];
  CALL(chdir("shared"));
  VALUE(umask(077));
  VALUE(access("../private", F_OK));
  snprintf(path, sizeof path, "/proc/self/task/%ld/cwd", syscall(SYS_gettid));
  char to[256];
  ssize_t length = readlink(path, to, sizeof to - 1);
  to[length < 0 ? 0 : length] = 0;
  printf("in %s\n", strrchr(to, '/') + 1);
  CALL(chroot("."));
  VALUE(access("/by-thread", F_OK));
  return 0;
}

static int take_apart(void *arg) {
  (void)arg;
  VALUE(unshare(CLONE_FS | CLONE_FILES | CLONE_SYSVSEM));
  CALL(chdir("shared"));
  VALUE(umask(0));
  VALUE(close(before));
  VALUE(unshare(CLONE_THREAD));
  VALUE(unshare(CLONE_SIGHAND));
  VALUE(unshare(CLONE_VM));
  VALUE(unshare(0x100));
  return 0;
}

static int close_own(void *arg) {
  (void)arg;
  VALUE(syscall(SYS_close_range, before, ~0U, CLOSE_RANGE_UNSHARE));
  VALUE(fcntl(before, F_GETFD));
  return 0;
}

static int make_descriptor(void *arg) {
  (void)arg;
  VALUE(dup2(before, 40));
  return 0;
}

static int lock_file(void *arg) {
  (void)arg;
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  VALUE(fcntl(before, F_SETLK, &whole));
  VALUE(fcntl(before, F_GETLK, &whole));
  return 0;
}

/* The thread's own table goes with the thread: the reader of the pipe sees the end. */
static int ends[2];
static int keep_writer(void *arg) {
  (void)arg;
  VALUE(write(ends[1], "x", 1));
  return 0;
}

static int exec_self(void *arg) {
  (void)arg;
  syscall(SYS_setresuid, 33, 33, 33);
  syscall(SYS_execve, "/proc/self/exe", (char *[]){"again", NULL}, (char *[]){NULL});
  printf("exec: %s\n", strerror(errno));
  return 0;
}

static int is_open(int fd) { return fcntl(fd, F_GETFD); }

int main(int argc, char **argv) {
  start();
  umask(022);
  setgroups(0, NULL);
  if (!strcmp(argv[0], "again")) {
    printf("again as %d of %d, thread %d\n", getuid(), geteuid(), getpid() == syscall(SYS_gettid));
    VALUE(is_open(41));
    return 0;
  }
  (void)argc;
  CALL(mkdir("shared", 0777));
  chmod("shared", 0777);
  chmod(".", 0755);
  before = open("private", O_CREAT | O_RDWR, 0600);
  fchmod(before, 0600);

  in_thread("ids", change_ids, CLONE_FS | CLONE_FILES);
  VALUE(getuid());
  VALUE(getegid());
  VALUE(getgroups(0, NULL));
  own_status("Uid");
  in_thread("fsuid", change_fsuid, CLONE_FS | CLONE_FILES);
  VALUE(setfsuid(-1));
  in_thread("capabilities", drop_capability, CLONE_FS | CLONE_FILES);
  VALUE(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  VALUE(prctl(PR_CAPBSET_READ, CAP_SYS_TIME, 0, 0, 0));
  VALUE(prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0));

  in_thread("files of its own", own_files, CLONE_FS);
  VALUE(is_open(before));
  in_thread("a directory of its own", own_directory, CLONE_FILES);
  VALUE(umask(022));
  VALUE(access("private", F_OK));
  in_thread("unshare", take_apart, CLONE_FS | CLONE_FILES);
  VALUE(umask(022));
  VALUE(access("private", F_OK));
  VALUE(is_open(before));
  in_thread("close_range", close_own, CLONE_FS | CLONE_FILES);
  VALUE(is_open(before));
  in_thread("shared files", make_descriptor, CLONE_FS | CLONE_FILES);
  VALUE(is_open(40));
  in_thread("not shared files", make_descriptor, CLONE_FS);
  VALUE(close(40));

  /* Record locks belong to the table. */
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  VALUE(fcntl(before, F_SETLK, &whole));
  in_thread("locks of another table", lock_file, CLONE_FS);
  in_thread("locks of the same table", lock_file, CLONE_FS | CLONE_FILES);
  VALUE(fcntl(before, F_GETLK, &whole));

  pipe(ends);
  in_thread("pipe", keep_writer, CLONE_FS);
  VALUE(close(ends[1]));
  char byte[2];
  VALUE(read(ends[0], byte, 2));
  VALUE(read(ends[0], byte, 2));

  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    dup2(before, 41);
    fcntl(41, F_SETFD, 0);
    in_thread("exec", exec_self, CLONE_FS);
    _exit(3);
  }
  reap(child);
  return 0;
}
