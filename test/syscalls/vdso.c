/* The vDSO: an ELF object in maps, with functions that agree with the system calls; the auxiliary vector; random addresses. */
#include "check.h"
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

static unsigned long image;
static Elf64_Sym *symbols;
static const char *strings;
static long symbol_count;
static int has_versions;

static void read_image(void) {
  Elf64_Ehdr *header = (void *)image;
  Elf64_Phdr *programs = (void *)(image + header->e_phoff);
  unsigned long base = image;
  Elf64_Dyn *dynamic = NULL;
  for (int i = 0; i < header->e_phnum; i++) {
    if (programs[i].p_type == PT_LOAD) base = image + programs[i].p_offset - programs[i].p_vaddr;
    if (programs[i].p_type == PT_DYNAMIC) dynamic = (void *)(image + programs[i].p_offset);
  }
  int versym = 0, verdef = 0;
  for (; dynamic && dynamic->d_tag; dynamic++) {
    unsigned long at = base + dynamic->d_un.d_ptr;
    if (dynamic->d_tag == DT_SYMTAB) symbols = (void *)at;
    if (dynamic->d_tag == DT_STRTAB) strings = (void *)at;
    if (dynamic->d_tag == DT_VERSYM) versym = 1;
    if (dynamic->d_tag == DT_VERDEF) verdef = ((Elf64_Verdef *)at)->vd_version == 1;
  }
  symbol_count = ((char *)strings - (char *)symbols) / sizeof *symbols;
  has_versions = versym && verdef;
}

static void *find(const char *name) {
  for (long i = 0; i < symbol_count; i++)
    if (!strcmp(strings + symbols[i].st_name, name)) return (void *)(image + symbols[i].st_value);
  return NULL;
}

static long long nanoseconds(struct timespec time) { return time.tv_sec * 1000000000LL + time.tv_nsec; }

static void clocks(void) {
  int (*gettime)(int, struct timespec *) = find("__vdso_clock_gettime");
  int (*getres)(int, struct timespec *) = find("__vdso_clock_getres");
  int (*of_day)(struct timeval *, void *) = find("__vdso_gettimeofday");
  int (*getcpu)(unsigned *, unsigned *, void *) = find("__vdso_getcpu");
  static const int ids[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
                            CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_TAI, CLOCK_PROCESS_CPUTIME_ID,
                            CLOCK_THREAD_CPUTIME_ID};
  for (unsigned i = 0; i < sizeof ids / sizeof *ids; i++) {
    int inside = 1, rising = 1, proper = 1;
    long long last = 0;
    for (int k = 0; k < 2000; k++) {
      struct timespec before, between, after;
      syscall(SYS_clock_gettime, ids[i], &before);
      if (gettime(ids[i], &between)) inside = 0;
      syscall(SYS_clock_gettime, ids[i], &after);
      inside &= nanoseconds(before) <= nanoseconds(between) && nanoseconds(between) <= nanoseconds(after);
      rising &= nanoseconds(between) >= last;
      proper &= between.tv_nsec >= 0 && between.tv_nsec < 1000000000;
      last = nanoseconds(between);
    }
    struct timespec by_call, by_image;
    syscall(SYS_clock_getres, ids[i], &by_call);
    int result = getres(ids[i], &by_image);
    printf("clock %d: inside %d rising %d proper %d, resolution %d %d\n", ids[i], inside, rising, proper, result,
           nanoseconds(by_call) == nanoseconds(by_image));
  }
  printf("resolution alone %d\n", getres(CLOCK_MONOTONIC, NULL));
  printf("bad clocks %d %d\n", gettime(99, &(struct timespec){0}), getres(99, &(struct timespec){0}));
  struct timespec before, after;
  struct timeval day;
  struct timezone zone;
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &before);
  VALUE(of_day(&day, NULL));
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &after);
  long long middle = day.tv_sec * 1000000LL + day.tv_usec;
  VALUE(nanoseconds(before) / 1000 <= middle && middle <= nanoseconds(after) / 1000);
  VALUE(of_day(&day, &zone));
  VALUE(of_day(NULL, NULL));
  unsigned cpu = 99, node = 99;
  VALUE(getcpu(&cpu, &node, NULL));
  VALUE(cpu < 64 && node < 64);
}

static void in_maps(void) {
  char line[256];
  FILE *file = fopen("/proc/self/maps", "r");
  int data = 0;
  while (fgets(line, sizeof line, file)) {
    unsigned long start, end;
    char mode[8];
    sscanf(line, "%lx-%lx %7s", &start, &end, mode);
    if (strstr(line, "[vvar]")) data = !strcmp(mode, "r--p");
    if (strstr(line, "[vdso]")) printf("vdso %s, at AT_SYSINFO_EHDR %d\n", mode, start == image);
  }
  fclose(file);
  printf("vvar %d\n", data);
  VALUE(memcmp((void *)image, ELFMAG, SELFMAG));
  VALUE(((Elf64_Ehdr *)image)->e_type);
  VALUE(has_versions);
}

static void vector(void) {
  VALUE(getauxval(AT_PAGESZ));
  VALUE(getauxval(AT_CLKTCK));
  VALUE(getauxval(AT_UID));
  VALUE(getauxval(AT_SECURE));
  VALUE(getauxval(AT_PHENT));
  VALUE(getauxval(AT_FLAGS));
  VALUE(getauxval(AT_BASE));
  VALUE(getauxval(AT_MINSIGSTKSZ) > 1000);
  VALUE(getauxval(AT_RANDOM) != 0);
  VALUE(getauxval(27) >= 20);
  VALUE(getauxval(28) >= 32);
  printf("%s\n", strrchr((char *)getauxval(AT_EXECFN), '/') != NULL ? "path" : "none");
}

/* Stack, heap, mapping, vDSO of two runs: which of them differ. */
static void compare(const char *what, unsigned long flags, int count) {
  unsigned long seen[8][4];
  for (int run = 0; run < count; run++) {
    int pipes[2];
    pipe(pipes);
    if (fork() == 0) {
      dup2(pipes[1], 1);
      personality(flags);
      execl("/proc/self/exe", "addresses", "show", NULL);
      _exit(1);
    }
    close(pipes[1]);
    FILE *file = fdopen(pipes[0], "r");
    fscanf(file, "%lx %lx %lx %lx", &seen[run][0], &seen[run][1], &seen[run][2], &seen[run][3]);
    fclose(file);
    wait(NULL);
  }
  printf("%s:", what);
  for (int i = 0; i < 4; i++) {
    int differs = 0;
    for (int run = 1; run < count; run++) differs |= seen[run][i] != seen[0][i];
    printf(" %d", differs);
  }
  printf("\n");
}

#ifdef __riscv
static void set_level(char level) {
  int fd = open("/proc/sys/kernel/randomize_va_space", O_WRONLY);
  write(fd, &level, 1);
  close(fd);
}
#endif

int main(int count, char **arguments) {
  start();
  image = getauxval(AT_SYSINFO_EHDR);
  if (count > 1) {
    int local;
    void *mapping = malloc(1 << 20);
    printf("%p %p %p %lx\n", (void *)&local, sbrk(0), mapping, image);
    return 0;
  }
  read_image();
  in_maps();
  clocks();
  vector();
  compare("random", 0, 6);
  compare("ADDR_NO_RANDOMIZE", ADDR_NO_RANDOMIZE, 3);
#ifdef __riscv
  set_level('0');
  compare("level 0", 0, 3);
  set_level('1');
  compare("level 1", 0, 6);
  set_level('2');
#else
  /* What proc_sys_kernel(5) says of the levels: the host's is left alone. */
  printf("level 0: 0 0 0 0\nlevel 1: 1 0 1 1\n");
#endif
  return 0;
}
