/* execve: arguments, environment, scripts, close-on-exec, signals and masks over exec, errors. */
#include "check.h"
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static int run(const char *path, char *const argv[]) {
  int status;
  pid_t pid = fork();
  if (pid == 0) {
    char *environment[] = {"A=1", "PATH=/bin", NULL};
    execve(path, argv, environment);
    printf("%s: %s\n", path, strerror(errno));
    _exit(99);
  }
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void script(const char *name, const char *text, int mode) {
  int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0700);
  write(fd, text, strlen(text));
  fchmod(fd, mode);
  close(fd);
}

static int run_descriptor(int fd, int flags, const char *path) {
  int status;
  pid_t pid = fork();
  if (pid == 0) {
    char *arguments[] = {"true", "x", NULL}, *environment[] = {"A=2", "PATH=/bin", NULL};
    syscall(SYS_execveat, fd, path, arguments, environment, flags);
    printf("execveat: %s\n", strerror(errno));
    _exit(99);
  }
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void through_descriptors(void) {
  int place = open(".", O_PATH), program = open("/bin/true", O_RDONLY), text = open("ok", O_RDONLY), ends[2];
  pipe(ends);
  VALUE(run_descriptor(program, AT_EMPTY_PATH, ""));
  VALUE(run_descriptor(program, 0, ""));
  VALUE(run_descriptor(text, AT_EMPTY_PATH, ""));
  VALUE(run_descriptor(place, 0, "ok"));
  VALUE(run_descriptor(place, AT_EMPTY_PATH, ""));
  VALUE(run_descriptor(ends[0], AT_EMPTY_PATH, ""));
  VALUE(run_descriptor(77, AT_EMPTY_PATH, ""));
  VALUE(run_descriptor(place, 0x4000000, "ok"));
  symlink("ok", "link-to-ok");
  VALUE(run_descriptor(place, AT_SYMLINK_NOFOLLOW, "link-to-ok"));
  /* A memfd runs although it is open for writing; opened once more for writing it does not. */
  int memory = memfd_create("program", MFD_CLOEXEC);
  char block[4096];
  for (ssize_t n; (n = read(program, block, sizeof block)) > 0;) write(memory, block, n);
  VALUE(run_descriptor(memory, AT_EMPTY_PATH, ""));
  char name[64];
  snprintf(name, sizeof name, "/proc/self/fd/%d", memory);
  int again = open(name, O_RDWR);
  VALUE(run_descriptor(memory, AT_EMPTY_PATH, ""));
  close(again);
  VALUE(run_descriptor(memory, AT_EMPTY_PATH, ""));
}

int main(int argc, char **argv) {
  start();
  if (argc > 1 && !strcmp(argv[1], "again")) {
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    struct sigaction one, two;
    sigaction(SIGUSR1, NULL, &one);
    sigaction(SIGUSR2, NULL, &two);
    printf("argc %d ignored %d default %d blocked %d fd8 %d fd9 %d\n", argc, one.sa_handler == SIG_IGN,
           two.sa_handler == SIG_DFL, sigismember(&mask, SIGHUP), fcntl(8, F_GETFD), fcntl(9, F_GETFD));
    return 3;
  }
  script("ok", "#!/bin/sh\necho script \"$@\" $A\nexit 6\n", 0755);
  script("with-argument", "#!/bin/sh -e\nfalse\necho not reached\n", 0755);
  script("nested", "#!./ok inner argument\n", 0755);
  script("no-x", "#!/bin/sh\n", 0644);
  script("no-interpreter", "#!/no/such/file\n", 0755);
  script("text", "echo plain text\n", 0755);
  script("empty", "", 0755);
  script("loop", "#!./loop\n", 0755);
  script("short-elf", "\177ELF\002\001\001", 0755);
  VALUE(run("./ok", (char *[]){"name", "x", "y z", NULL}));
  VALUE(run("./with-argument", (char *[]){"name", NULL}));
  VALUE(run("./nested", (char *[]){"name", "x", NULL}));
  VALUE(run("./no-x", (char *[]){"name", NULL}));
  VALUE(run("./no-interpreter", (char *[]){"name", NULL}));
  VALUE(run("./text", (char *[]){"name", NULL}));
  VALUE(run("./empty", (char *[]){"name", NULL}));
  VALUE(run("./loop", (char *[]){"name", NULL}));
  VALUE(run("./short-elf", (char *[]){"name", NULL}));
  VALUE(run(".", (char *[]){"name", NULL}));
  VALUE(run("./missing", (char *[]){"name", NULL}));
  VALUE(run("./ok/below", (char *[]){"name", NULL}));
  int writer = open("ok", O_WRONLY);
  VALUE(run("./ok", (char *[]){"name", NULL}));
  close(writer);
  /* Too long an argument, too many of them. */
  char *huge = malloc(200000);
  memset(huge, 'h', 199999);
  huge[199999] = 0;
  VALUE(run("/bin/true", (char *[]){"true", huge, NULL}));
  huge[100000] = 0;
  VALUE(run("/bin/true", (char *[]){"true", huge, NULL}));
  signal(SIGUSR1, SIG_IGN);
  signal(SIGUSR2, (void (*)(int))start);
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGHUP);
  sigprocmask(SIG_BLOCK, &mask, NULL);
  dup2(1, 8);
  dup3(1, 9, O_CLOEXEC);
  char self[256] = "";
  if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) perror("readlink");
  VALUE(run(self, (char *[]){"me", "again", NULL}));
  through_descriptors();
  return 0;
}
