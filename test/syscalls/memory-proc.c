/* What /proc/self says of memory: pagemap, clear_refs, smaps, oom_score_adj. */
#include "check.h"
#include <grp.h>
#include <stdint.h>
#include <sys/mman.h>
#define PAGE 4096UL
#define RW (PROT_READ | PROT_WRITE)

static int pagemap;

static uint64_t entry(const void *at) {
  uint64_t word = 0;
  if (pread(pagemap, &word, 8, (uintptr_t)at / PAGE * 8) != 8) printf("pagemap: %s\n", strerror(errno));
  return word;
}

static void show(const char *name, char *at, int pages) {
  printf("%s:", name);
  for (int i = 0; i < pages; i++) {
    uint64_t word = entry(at + i * PAGE);
    printf(" %d%d%d%d", (int)(word >> 63), (int)(word >> 62 & 1), (int)(word >> 61 & 1), (int)(word >> 56 & 1));
  }
  printf("\n");
}

/* Fields of the mapping that starts at an address. */
static void smaps(const char *name, char *at) {
  char line[512];
  unsigned long start;
  int isOurs = 0;
  FILE *f = fopen("/proc/self/smaps", "r");
  printf("%s:", name);
  while (fgets(line, sizeof line, f)) {
    char key[32];
    long kb;
    if (sscanf(line, "%lx-%*x", &start) == 1 && strchr(line, '-') < line + 20 && strchr(line, '-')) isOurs = start == (unsigned long)at;
    else if (isOurs && sscanf(line, "%31[^:]: %ld kB", key, &kb) == 2 &&
             (!strcmp(key, "Size") || !strcmp(key, "Rss") || !strcmp(key, "Pss") || !strcmp(key, "Anonymous") ||
              !strcmp(key, "Private_Dirty") || !strcmp(key, "Shared_Dirty") || !strcmp(key, "Locked") || !strcmp(key, "Referenced")))
      printf(" %s %ld", key, kb);
    else if (isOurs && !strncmp(line, "VmFlags:", 8)) {
      /* Soft-dirty tracking is a matter of configuration. */
      char *sd = strstr(line, "sd ");
      if (sd) memmove(sd, sd + 3, strlen(sd + 3) + 1);
      printf(" %s", line);
    }
  }
  fclose(f);
}

static int put(const char *path, const char *text) {
  int fd = open(path, O_WRONLY);
  if (fd < 0) return -1;
  int result = write(fd, text, strlen(text)) < 0 ? -1 : 0;
  int error = errno;
  close(fd);
  errno = error;
  return result;
}

int main(void) {
  start();
  pagemap = open("/proc/self/pagemap", O_RDONLY);
  char *p = mmap(NULL, 8 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  p[PAGE] = 1;
  p[2 * PAGE] = 1;
  (void)*(volatile char *)(p + 3 * PAGE);
  show("private", p, 5);
  char *s = mmap(NULL, 4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  memset(s, 1, 2 * PAGE);
  show("shared", s, 3);
  printf("frames differ: %d\n", (entry(p + PAGE) & 0x7fffffffffffff) != (entry(p + 2 * PAGE) & 0x7fffffffffffff));
  smaps("private", p);
  smaps("shared", s);

  /* After a fork both have the frame; a write takes one away. */
  uint64_t before = entry(p + PAGE);
  int go[2], ready[2];
  pipe(go);
  pipe(ready);
  pid_t pid = fork();
  if (pid == 0) {
    char byte;
    pagemap = open("/proc/self/pagemap", O_RDONLY);
    printf("same frame: %d\n", entry(p + PAGE) << 9 >> 9 == before << 9 >> 9);
    p[PAGE] = 2;
    printf("another: %d\n", entry(p + PAGE) << 9 >> 9 != before << 9 >> 9);
    show("child", p, 5);
    write(ready[1], "", 1);
    read(go[0], &byte, 1);
    _exit(0);
  }
  char byte;
  read(ready[0], &byte, 1);
  show("parent", p, 5);
  smaps("parent", p);
  write(go[1], "", 1);
  reap(pid);

  CALL(mlock(p + PAGE, PAGE));
  smaps("locked", p + PAGE);
  CALL(munlock(p + PAGE, PAGE));
  CALL(put("/proc/self/clear_refs", "1"));
  p[PAGE] = 3;
  smaps("touched", p);
  CALL(put("/proc/self/clear_refs", "0"));
  CALL(put("/proc/self/clear_refs", "6"));
  CALL(put("/proc/self/clear_refs", "x"));
  CALL(put("/proc/self/clear_refs", "5"));
  CALL(pread(pagemap, &before, 8, 4));
  CALL(pread(pagemap, &before, 4, 8));

  CALL(put("/proc/self/oom_score_adj", "1001"));
  CALL(put("/proc/self/oom_score_adj", "-1001"));
  CALL(put("/proc/self/oom_score_adj", "x"));
  CALL(put("/proc/self/oom_score_adj", "200\n"));
  pid = fork();
  if (pid == 0) {
    setgroups(0, NULL);
    setuid(1000);
    char path[64], text[16] = "";
    int fd = open("/proc/self/oom_score_adj", O_RDONLY);
    read(fd, text, sizeof text - 1);
    printf("inherited %s", text);
    snprintf(path, sizeof path, "/proc/%d/maps", getppid());
    CALL(open(path, O_RDONLY));
    snprintf(path, sizeof path, "/proc/%d/smaps", getppid());
    CALL(open(path, O_RDONLY));
    snprintf(path, sizeof path, "/proc/%d/pagemap", getppid());
    CALL(open(path, O_RDONLY));
    _exit(0);
  }
  reap(pid);
  return 0;
}
