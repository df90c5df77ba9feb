/* Transparent huge pages and the huge page pool: madvise(2), mmap(2) with MAP_HUGETLB, memfd_create(2), shmget(2), and what
 * /proc says of them. Where the system has neither (a container), nothing can be compared: exit status 77. */
#include "check.h"
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#define PAGE 4096UL
#define HUGE (2UL << 20)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW (PROT_READ | PROT_WRITE)
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#define HUGE_2MB (21 << 26)
#define HUGE_16MB (24 << 26)
#ifndef PR_SET_THP_DISABLE
#define PR_SET_THP_DISABLE 41
#define PR_GET_THP_DISABLE 42
#endif

/* A field of a file of the form `Name:  value`; of the mapping at `address` when that is given. */
static long field(const char *path, const char *name, void *address) {
  FILE *file = fopen(path, "r");
  if (!file) return -1;
  char line[512];
  int isHere = address == NULL;
  long value = -1;
  while (fgets(line, sizeof line, file)) {
    unsigned long start, end;
    if (address && sscanf(line, "%lx-%lx ", &start, &end) == 2)
      isHere = (unsigned long)address >= start && (unsigned long)address < end;
    size_t length = strlen(name);
    if (isHere && strncmp(line, name, length) == 0 && (line[length] == ':' || line[length] == ' ')) {
      sscanf(line + length + 1, "%ld", &value);
      break;
    }
  }
  fclose(file);
  return value;
}
static long smaps(const char *name, void *address) { return field("/proc/self/smaps", name, address); }
static long meminfo(const char *name) { return field("/proc/meminfo", name, NULL); }
static long readNumber(const char *path) {
  char text[64] = "";
  int fd = open(path, O_RDONLY);
  if (fd < 0) return -1;
  if (read(fd, text, 63) < 0) text[0] = 0;
  close(fd);
  return atol(text);
}
static int writeText(const char *path, const char *text) {
  int fd = open(path, O_WRONLY);
  if (fd < 0) return -1;
  int result = write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
  close(fd);
  return result;
}
static char *aligned(size_t pages) {
  char *at = mmap(NULL, (pages + 1) * HUGE, RW, ANON, -1, 0);
  char *start = (char *)(((unsigned long)at + HUGE - 1) & ~(HUGE - 1));
  if (start > at) munmap(at, start - at);
  munmap(start + pages * HUGE, at + HUGE - start);
  return start;
}
static const char *kind(int signal) { return signal == SIGBUS ? "SIGBUS" : signal == SIGSEGV ? "SIGSEGV" : "other"; }
/* What becomes of a process that writes there. */
static void store(const char *name, volatile char *at) {
  pid_t pid = fork();
  if (pid == 0) {
    *at = 1;
    _exit(0);
  }
  int status;
  waitpid(pid, &status, 0);
  if (WIFSIGNALED(status)) printf("%s: %s\n", name, kind(WTERMSIG(status)));
  else printf("%s: exit %d\n", name, WEXITSTATUS(status));
}

static void transparent(void) {
  long splits = field("/proc/vmstat", "thp_split_pmd", NULL);
  char *p = aligned(4);
  VALUE(madvise(p, 4 * HUGE, MADV_HUGEPAGE));
  VALUE(smaps("THPeligible", p));
  p[5] = 1;
  p[HUGE - 1] = 2;
  VALUE(smaps("AnonHugePages", p));
  VALUE(smaps("Rss", p));
  p[HUGE + 3] = 4;
  VALUE(smaps("AnonHugePages", p));
  VALUE(p[7] + p[PAGE] + p[HUGE - PAGE]);

  /* a part is given back, another protected: the rest is what it was */
  VALUE(madvise(p + PAGE, PAGE, MADV_DONTNEED));
  VALUE(smaps("AnonHugePages", p));
  VALUE(smaps("Rss", p));
  VALUE(p[5] + p[HUGE - 1]);
  VALUE(mprotect(p + HUGE + 4 * PAGE, PAGE, PROT_READ));
  VALUE(smaps("AnonHugePages", p + HUGE));
  VALUE(p[HUGE + 3]);
  store("protected page", p + HUGE + 4 * PAGE);
  store("page beside it", p + HUGE + 5 * PAGE);
  p[2 * HUGE] = 9;
  p[3 * HUGE] = 8;
  VALUE(smaps("AnonHugePages", p + 2 * HUGE));
  VALUE(munmap(p + 2 * HUGE + HUGE / 2, HUGE / 2));
  VALUE(smaps("AnonHugePages", p + 2 * HUGE));
  VALUE(smaps("Rss", p + 2 * HUGE));
  VALUE(p[2 * HUGE]);
  VALUE(field("/proc/vmstat", "thp_split_pmd", NULL) >= splits + 3);

  /* all of one protected and moved as a whole */
  VALUE(mprotect(p + 3 * HUGE, HUGE, PROT_READ));
  VALUE(smaps("AnonHugePages", p + 3 * HUGE));
  store("protected megapage", p + 3 * HUGE);
  VALUE(mprotect(p + 3 * HUGE, HUGE, RW));
  p[3 * HUGE + 1] = 7;
  char *to = aligned(1);
  VALUE(mremap(p + 3 * HUGE, HUGE, HUGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
  VALUE(smaps("AnonHugePages", to));
  VALUE(to[0] * 10 + to[1]);

  /* shared after fork: the first write copies one page */
  pid_t pid = fork();
  if (pid == 0) {
    VALUE(smaps("AnonHugePages", to));
    VALUE(to[1]);
    to[1] = 70;
    VALUE(to[0] * 10 + to[1]);
    _exit(smaps("Private_Dirty", to) > 0 ? 0 : 1);
  }
  reap(pid);
  VALUE(to[1]);
  to[1] = 6;
  VALUE(to[0] * 10 + to[1]);

  /* read first, then written */
  char *q = aligned(1);
  madvise(q, HUGE, MADV_HUGEPAGE);
  VALUE(q[0] + q[9 * PAGE]);
  q[9 * PAGE] = 3;
  VALUE(smaps("AnonHugePages", q));
  VALUE(q[0] + q[9 * PAGE]);

  /* not wanted */
  char *small = aligned(1);
  VALUE(madvise(small, HUGE, MADV_NOHUGEPAGE));
  VALUE(smaps("THPeligible", small));
  small[0] = 1;
  VALUE(smaps("AnonHugePages", small));
  VALUE(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
  VALUE(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
  char *disabled = aligned(1);
  madvise(disabled, HUGE, MADV_HUGEPAGE);
  disabled[0] = 1;
  VALUE(smaps("AnonHugePages", disabled));
  VALUE(field("/proc/self/status", "THP_enabled", NULL));
  VALUE(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0));
  CALL(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 5));

  /* small pages become a large one */
  char *c = aligned(2);
  for (unsigned long i = 0; i < HUGE; i += PAGE) c[i] = (char)(i / PAGE);
  VALUE(smaps("AnonHugePages", c));
  VALUE(madvise(c, HUGE, MADV_COLLAPSE));
  VALUE(smaps("AnonHugePages", c));
  int wrong = 0;
  for (unsigned long i = 0; i < HUGE; i += PAGE) wrong += c[i] != (char)(i / PAGE);
  VALUE(wrong);
  c[HUGE - 1] = 5;
  VALUE(c[HUGE - 1]);
  CALL(madvise(c + HUGE, HUGE, MADV_COLLAPSE));
  VALUE(readNumber("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"));
}

static void pool(void) {
  VALUE(meminfo("HugePages_Total"));
  VALUE(meminfo("HugePages_Free"));
  VALUE(meminfo("HugePages_Rsvd"));
  VALUE(meminfo("Hugepagesize"));
  VALUE(meminfo("Hugetlb") >= 8192);
  char *p = mmap(NULL, HUGE + 1, RW, ANON | MAP_HUGETLB, -1, 0);
  VALUE(p != MAP_FAILED);
  VALUE((unsigned long)p % HUGE);
  VALUE(meminfo("HugePages_Rsvd"));
  VALUE(meminfo("HugePages_Free"));
  p[0] = 1;
  p[HUGE] = 2;
  VALUE(meminfo("HugePages_Rsvd"));
  VALUE(meminfo("HugePages_Free"));
  VALUE(smaps("KernelPageSize", p));
  VALUE(smaps("Private_Hugetlb", p));
  VALUE(smaps("Rss", p));
  VALUE(field("/proc/self/status", "HugetlbPages", NULL));
  VALUE(smaps("Size", p));
  CALL(munmap(p, PAGE));
  CALL(munmap(p + PAGE, HUGE - PAGE));
  CALL(mprotect(p, PAGE, PROT_READ));
  CALL(mmap(p + PAGE, HUGE, RW, ANON | MAP_FIXED | MAP_HUGETLB, -1, 0));
  CALL(mmap(NULL, 8 * HUGE, RW, ANON | MAP_HUGETLB, -1, 0));
  CALL(mmap(NULL, HUGE, RW, ANON | MAP_HUGETLB | HUGE_16MB, -1, 0));
  CALL(mremap(p, 2 * HUGE, 3 * HUGE, MREMAP_MAYMOVE));
  CALL(madvise(p, HUGE, MADV_FREE));
  /* Copied as a whole when the child writes: two are left. */
  pid_t pid = fork();
  if (pid == 0) {
    VALUE(p[0]);
    p[0] = 9;
    VALUE(meminfo("HugePages_Free"));
    VALUE(p[0] + p[HUGE]);
    _exit(0);
  }
  reap(pid);
  VALUE(p[0]);
  VALUE(mprotect(p, HUGE, PROT_READ));
  store("read-only huge page", p);
  VALUE(munmap(p + HUGE, HUGE));
  VALUE(meminfo("HugePages_Free"));
  VALUE(munmap(p, HUGE));
  VALUE(meminfo("HugePages_Free"));
  char *lazy = mmap(NULL, 6 * HUGE, RW, ANON | MAP_HUGETLB | MAP_NORESERVE, -1, 0);
  VALUE(lazy != MAP_FAILED);
  VALUE(meminfo("HugePages_Rsvd"));
  for (int i = 0; i < 4; i++) lazy[i * HUGE] = 1;
  VALUE(meminfo("HugePages_Free"));
  store("pool is empty", lazy + 4 * HUGE);
  VALUE(munmap(lazy, 6 * HUGE));

  char *shared = mmap(NULL, 2 * HUGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB | HUGE_2MB, -1, 0);
  VALUE(shared != MAP_FAILED);
  VALUE(meminfo("HugePages_Rsvd"));
  pid = fork();
  if (pid == 0) {
    shared[5] = 77;
    _exit(0);
  }
  reap(pid);
  VALUE(shared[5]);
  VALUE(munmap(shared, 2 * HUGE));
  VALUE(meminfo("HugePages_Free"));
  VALUE(meminfo("HugePages_Rsvd"));
}

static void files(void) {
  int fd = syscall(SYS_memfd_create, "huge", 4 | HUGE_2MB);
  VALUE(fd >= 0);
  CALL(syscall(SYS_memfd_create, "huge", 4 | HUGE_16MB));
  struct statfs fs;
  VALUE(fstatfs(fd, &fs));
  printf("type %lx block %ld\n", (unsigned long)fs.f_type & 0xffffffff, (long)fs.f_bsize);
  CALL(ftruncate(fd, PAGE));
  VALUE(ftruncate(fd, 2 * HUGE));
  CALL(mmap(NULL, HUGE, RW, MAP_SHARED, fd, PAGE));
  char *p = mmap(NULL, 2 * HUGE, RW, MAP_SHARED, fd, 0);
  char *q = mmap(NULL, HUGE, RW, MAP_PRIVATE, fd, 0);
  VALUE(p != MAP_FAILED && q != MAP_FAILED);
  strcpy(p + HUGE - 4, "across");
  VALUE(q[HUGE - 4]);
  q[0] = 5;
  VALUE(p[0]);
  char text[8] = "";
  VALUE(pread(fd, text, 7, HUGE - 4));
  printf("read %s\n", text);
  CALL(write(fd, "x", 1));
  VALUE(munmap(q, HUGE));
  VALUE(ftruncate(fd, HUGE));
  store("behind the end", p + HUGE);
  VALUE(munmap(p, 2 * HUGE));
  close(fd);
  int file = open("small", O_RDWR | O_CREAT, 0600);
  CALL(mmap(NULL, HUGE, RW, MAP_SHARED | MAP_HUGETLB, file, 0));
  unlink("small");
  VALUE(meminfo("HugePages_Free"));

  int id = shmget(IPC_PRIVATE, HUGE, IPC_CREAT | 04000 | 0600);
  VALUE(id >= 0);
  VALUE(meminfo("HugePages_Rsvd"));
  CALL(shmget(IPC_PRIVATE, HUGE, IPC_CREAT | 04000 | HUGE_16MB | 0600));
  CALL(shmget(IPC_PRIVATE, 64 * HUGE, IPC_CREAT | 04000 | 0600));
  char *s = shmat(id, NULL, 0);
  VALUE(s != (char *)-1);
  s[HUGE - 1] = 3;
  VALUE(smaps("KernelPageSize", s));
  VALUE(meminfo("HugePages_Free"));
  VALUE(shmdt(s));
  VALUE(shmctl(id, IPC_RMID, NULL));
  VALUE(meminfo("HugePages_Free"));
  VALUE(meminfo("HugePages_Rsvd"));
}

static void limits(void) {
  const char *directory = "/sys/kernel/mm/hugepages/hugepages-2048kB/";
  char path[128];
  const char *names[] = {"nr_hugepages", "free_hugepages", "resv_hugepages", "surplus_hugepages", "nr_overcommit_hugepages"};
  for (int i = 0; i < 5; i++) {
    snprintf(path, sizeof path, "%s%s", directory, names[i]);
    printf("%s %ld\n", names[i], readNumber(path));
  }
  VALUE(writeText("/proc/sys/vm/nr_overcommit_hugepages", "1"));
  char *p = mmap(NULL, 5 * HUGE, RW, ANON | MAP_HUGETLB, -1, 0);
  VALUE(p != MAP_FAILED);
  VALUE(meminfo("HugePages_Surp"));
  VALUE(meminfo("HugePages_Total"));
  VALUE(munmap(p, 5 * HUGE));
  VALUE(meminfo("HugePages_Total"));
  VALUE(writeText("/proc/sys/vm/nr_overcommit_hugepages", "0"));
  /* What is in use stays, as surplus. */
  p = mmap(NULL, 2 * HUGE, RW, ANON | MAP_HUGETLB, -1, 0);
  p[0] = 1;
  VALUE(writeText("/proc/sys/vm/nr_hugepages", "0"));
  VALUE(meminfo("HugePages_Total"));
  VALUE(meminfo("HugePages_Surp"));
  p[HUGE] = 1;
  VALUE(munmap(p, 2 * HUGE));
  VALUE(meminfo("HugePages_Total"));
}

int main(void) {
  start();
  char mode[64] = "";
  int fd = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY);
  if (fd < 0 || read(fd, mode, 63) < 0 || !strstr(mode, "[madvise]") || readNumber("/proc/sys/vm/nr_hugepages") != 0 ||
      writeText("/proc/sys/vm/nr_hugepages", "4") != 0 || readNumber("/proc/sys/vm/nr_hugepages") != 4) {
    printf("huge pages on request cannot be had here\n");
    return 77;
  }
  transparent();
  pool();
  files();
  limits();
  return 0;
}
