/* core(5): who leaves a core file, how large it is, what the wait status says; /proc/self/coredump_filter; /proc/<pid>/mem. */
#include "check.h"
#include <elf.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#define RW (PROT_READ | PROT_WRITE)
#define PAGE 4096

static char pattern[256], usesPid[16];
static void swap(const char *path, const char *text, char *before, size_t size) {
  int fd = open(path, O_RDWR);
  if (before) before[read(fd, before, size - 1)] = 0;
  if (pwrite(fd, text, strlen(text), 0) < 0) printf("cannot write %s\n", path);
  close(fd);
}
static volatile int *nowhere = (int *)8;
static char secret[] = "what the core file must hold";

static void child(int limit, int how) {
  struct rlimit rlimit = {limit, RLIM_INFINITY};
  pid_t pid = fork();
  if (pid == 0) {
    setrlimit(RLIMIT_CORE, &rlimit);
    secret[0] = 'W';
    char *skipped = mmap(NULL, 64 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(skipped, 'S', 64 * PAGE);
    madvise(skipped, 64 * PAGE, 16 /* MADV_DONTDUMP */);
    if (how == 1) prctl(PR_SET_DUMPABLE, 0);
    if (how == 2) raise(SIGTERM);
    if (how == 3) abort();
    if (how == 4) chdir("/proc");
    *nowhere = 5;
    _exit(1);
  }
  int status;
  waitpid(pid, &status, 0);
  printf("signal %d core %d\n", WTERMSIG(status), !!WCOREDUMP(status));
}

static void look(const char *name) {
  int fd = open(name, O_RDONLY);
  if (fd < 0) {
    printf("%s: none\n", name);
    return;
  }
  struct stat st;
  fstat(fd, &st);
  printf("%s: mode %o, ", name, st.st_mode & 0777);
  char *bytes = malloc(st.st_size + 1);
  if (read(fd, bytes, st.st_size) != st.st_size) printf("short ");
  close(fd);
  Elf64_Ehdr *header = (Elf64_Ehdr *)bytes;
  printf("magic %d type %d\n", memcmp(bytes, ELFMAG, 4), header->e_type);
  Elf64_Phdr *segments = (Elf64_Phdr *)(bytes + header->e_phoff);
  int notes[8] = {0}, hasSecret = 0, hasSkipped = 0, bad = 0;
  for (int i = 0; i < header->e_phnum; i++) {
    Elf64_Phdr *segment = &segments[i];
    if (segment->p_offset + segment->p_filesz > (size_t)st.st_size) bad++;
    if (segment->p_type == PT_LOAD) {
      if ((unsigned long)secret >= segment->p_vaddr && (unsigned long)secret < segment->p_vaddr + segment->p_filesz)
        hasSecret = strcmp(bytes + segment->p_offset + ((unsigned long)secret - segment->p_vaddr), "What the core file must hold") == 0;
      if (segment->p_memsz == 64 * PAGE && segment->p_filesz == 0) hasSkipped++;
      continue;
    }
    for (size_t at = 0; at < segment->p_filesz;) {
      Elf64_Nhdr *note = (Elf64_Nhdr *)(bytes + segment->p_offset + at);
      char *content = (char *)(note + 1) + ((note->n_namesz + 3) & ~3);
      if (note->n_type == 1) notes[0]++, printf("signal of NT_PRSTATUS %d\n", *(int *)content);
      if (note->n_type == 2) notes[1]++;
      if (note->n_type == 3) notes[2]++, printf("name %.4s\n", content + 40);
      if (note->n_type == 6) notes[3]++;
      if (note->n_type == 0x53494749) notes[4]++, printf("siginfo %d address %lx\n", *(int *)content, *(int *)content == SIGSEGV ? *(unsigned long *)(content + 16) : 0);
      if (note->n_type == 0x46494c45) notes[5]++;
      at += sizeof *note + ((note->n_namesz + 3) & ~3) + ((note->n_descsz + 3) & ~3);
    }
  }
  printf("notes %d %d %d %d %d %d, secret %d, left out %d, cut %d\n", notes[0], notes[1], notes[2], notes[3], notes[4], notes[5], hasSecret, hasSkipped, bad);
  free(bytes);
  unlink(name);
}

static void memory(void) {
  char *p = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  strcpy(p, "before");
  mprotect(p, PAGE, PROT_READ);
  munmap(p + PAGE, PAGE);
  pid_t pid = fork();
  if (pid == 0) {
    while (p[0] == 'b') usleep(1000);
    printf("child sees %s\n", p);
    volatile char *q = p;
    *q = 1;
    _exit(3);
  }
  char path[64], text[16] = "";
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  int fd = open(path, O_RDWR);
  VALUE(fd >= 0);
  VALUE(pread(fd, text, 7, (unsigned long)p));
  printf("read %s\n", text);
  CALL(pread(fd, text, 7, (unsigned long)p + PAGE));
  VALUE(pread(fd, text, 16, (unsigned long)p + PAGE - 4));
  CALL(pread(fd, text, 7, 0));
  VALUE(lseek(fd, (unsigned long)p + 1, SEEK_SET) == (long)p + 1);
  VALUE(pwrite(fd, "after", 6, (unsigned long)p));
  reap(pid);
  printf("parent has %s\n", p);
  VALUE(pread(fd, text, 7, (unsigned long)p));
  close(fd);
}

int main(void) {
  start();
  swap("/proc/sys/kernel/core_pattern", "core", pattern, sizeof pattern);
  swap("/proc/sys/kernel/core_uses_pid", "0", usesPid, sizeof usesPid);
  child(0, 0);
  look("core");
  child(1 << 24, 0);
  look("core");
  child(1 << 24, 1);
  look("core");
  child(1 << 24, 2);
  look("core");
  child(1 << 24, 3);
  look("core");
  child(1 << 24, 4);
  look("core");
  child(8 * PAGE, 0);
  struct stat st;
  VALUE(stat("core", &st));
  unlink("core");
  swap("/proc/sys/kernel/core_pattern", "c-%s-%e-%u-100%%", NULL, 0);
  child(1 << 24, 0);
  swap("/proc/sys/kernel/core_pattern", "core", NULL, 0);
  VALUE(access("core", F_OK) == 0);
  /* the name of the program differs: core.native, core.guest */
  char name[64];
  const char *end = strrchr(program_invocation_short_name, '/');
  snprintf(name, sizeof name, "c-11-%.15s-0-100%%", end ? end + 1 : program_invocation_short_name);
  VALUE(access(name, F_OK));
  unlink(name);
  mkdir("core", 0700);
  child(1 << 24, 0);
  rmdir("core");
  int fd = open("/proc/self/coredump_filter", O_RDWR);
  char filter[16] = "";
  VALUE(read(fd, filter, 15));
  printf("filter %s", filter);
  CALL(write(fd, "x", 1));
  VALUE(pwrite(fd, "0x10", 4, 0));
  close(fd);
  child(1 << 24, 0);
  look("core");
  swap("/proc/sys/kernel/core_pattern", pattern, NULL, 0);
  swap("/proc/sys/kernel/core_uses_pid", usesPid, NULL, 0);
  memory();
  return 0;
}
