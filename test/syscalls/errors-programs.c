/* What execve and execveat refuse of the programs themselves: copies of this one, with something changed. */
#include "rows.h"
#include <elf.h>
#include <sys/resource.h>

static char image[4 << 20];
static long size;

static char *none[] = {NULL}, *arguments[] = {"x", NULL};

static void both(const char *kind, const char *path) {
  TRY(execve, path, arguments, none);
  TRY(execveat, AT_FDCWD, path, arguments, none, 0);
}

static void store(const char *path, const void *bytes, long count) {
  unlink(path);
  int fd = open(path, O_CREAT | O_WRONLY, 0755);
  write(fd, bytes, count);
  close(fd);
}

/* A segment that is not needed becomes PT_INTERP. */
static Elf64_Phdr *interpreter(void) {
  Elf64_Phdr *segments = (void *)(image + ((Elf64_Ehdr *)image)->e_phoff);
  for (int i = 0; i < ((Elf64_Ehdr *)image)->e_phnum; i++)
    if (segments[i].p_type == PT_GNU_STACK || segments[i].p_type == PT_INTERP) {
      segments[i].p_type = PT_INTERP;
      return &segments[i];
    }
  printf("no segment to spare\n");
  exit(1);
}

static void named(const char *kind, const char *name) {
  Elf64_Phdr *segment = interpreter();
  strcpy(image + size, name);
  segment->p_offset = size;
  segment->p_filesz = strlen(name) + 1;
  store("program", image, size + segment->p_filesz);
  both(kind, "program");
}

int main(void) {
  start();
  umask(022);
  int self = open("/proc/self/exe", O_RDONLY);
  size = read(self, image, sizeof image - 4096);
  static char garbage[4096] = "no program at all";
  store("garbage", garbage, sizeof garbage);
  store("short", "\177ELF", 4);
  mkdir("folder", 0755);
  symlink("loop", "loop");
  named("interpreter absent", "/absent/interpreter");
  named("interpreter garbage", "garbage");
  named("interpreter short", "short");
  named("interpreter a folder", "folder");
  named("interpreter a loop", "loop");
  named("interpreter below a file", "garbage/x");
  chmod("garbage", 0644);
  named("interpreter not executable", "garbage");
  named("interpreter without a name", "");
  Elf64_Phdr *segment = interpreter();
  image[size] = 'x';
  segment->p_filesz = 1;
  store("program", image, size + 1);
  both("interpreter without an end", "program");
  segment->p_filesz = 5000;
  store("program", image, size + 4096);
  both("interpreter's name too long", "program");
  segment->p_offset = size + 100000;
  segment->p_filesz = 10;
  store("program", image, size);
  both("interpreter behind the end", "program");
  segment->p_type = PT_NULL;
  ((Elf64_Ehdr *)image)->e_machine = EM_68K;
  store("program", image, size);
  both("machine", "program");
  const char *kind = "script";
  store("script", "#!loop\n", 7);
  TRY(execve, "script", arguments, none);
  store("script", "#!folder\n", 9);
  TRY(execve, "script", arguments, none);
  store("script", "#!garbage/x\n", 12);
  TRY(execve, "script", arguments, none);
  store("script", "#!./script\n", 11);
  TRY(execve, "script", arguments, none);
  TRY(execveat, AT_FDCWD, "script", arguments, none, 0);
  int closing = open("script", O_RDONLY | O_CLOEXEC), open_ = open("script", O_WRONLY);
  TRY(execveat, closing, "", arguments, none, AT_EMPTY_PATH);
  close(open_);
  store("script", "#!/bin/sh\n", 10);
  TRY(execveat, closing, "", arguments, none, AT_EMPTY_PATH);
  symlink("script", "link");
  TRY(execveat, AT_FDCWD, "link", arguments, none, AT_SYMLINK_NOFOLLOW);
  kind = "processes";
  /* More than the user may have when the user changes: the next program is refused. */
  chmod(".", 0755);
  int ends[2];
  pipe(ends);
  pid_t child = fork();
  if (child == 0) {
    setgid(4323), setresuid(4323, 4323, 4323);
    write(ends[1], "x", 1);
    for (;;) pause();
  }
  read(ends[0], (char[1]){0}, 1);
  pid_t second = fork();
  if (second == 0) {
    setrlimit(RLIMIT_NPROC, &(struct rlimit){0, 0});
    setgid(4323), setresuid(4323, 4323, 4323);
    TRY(execve, "/bin/sh", arguments, none);
    TRY(execveat, AT_FDCWD, "/bin/sh", arguments, none, 0);
    exit(0);
  }
  reap(second);
  kill(child, SIGKILL);
  reap(child);
}
