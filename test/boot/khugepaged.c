/* Small pages that were there before megapages were asked for: khugepaged brings them together while the program sleeps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, HUGE = 2 << 20, COUNT = 3 };
static char *area;

/* AnonHugePages of the area's mappings, kB. */
static int huge_in_area(void) {
  char line[256];
  int sum = 0, size, is_ours = 0;
  unsigned long start, end;
  FILE *file = fopen("/proc/self/smaps", "r");
  while (fgets(line, sizeof line, file)) {
    if (sscanf(line, "%lx-%lx ", &start, &end) == 2 && strchr(line, '-') < strchr(line, ' '))
      is_ours = start < (unsigned long)area + COUNT * HUGE && end > (unsigned long)area;
    else if (is_ours && sscanf(line, "AnonHugePages: %d", &size) == 1) sum += size;
  }
  fclose(file);
  return sum;
}

static long read_number(const char *path) {
  char text[64] = "";
  FILE *file = fopen(path, "r");
  if (file && !fgets(text, sizeof text, file)) text[0] = 0;
  if (file) fclose(file);
  return atol(text);
}

static int is_whole(void) {
  for (int i = 0; i < COUNT * HUGE / PAGE; i++)
    if (area[i * PAGE] != (i % 5 == 0 ? (char)(i * 7) : 0)) return 0;
  return 1;
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  const char *folder = "/sys/kernel/mm/transparent_hugepage/khugepaged/pages_collapsed";
  char *all = mmap(0, (COUNT + 1) * HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  area = (char *)(((unsigned long)all + HUGE - 1) & -(unsigned long)HUGE);
  for (int i = 0; i < COUNT * HUGE / PAGE; i += 5) area[i * PAGE] = i * 7;
  sleep(25);
  printf("without a wish: %d kB, %ld collapsed\n", huge_in_area(), read_number(folder));
  if (madvise(area, COUNT * HUGE, MADV_HUGEPAGE)) perror("madvise");
  sleep(25);
  printf("after it: %d kB, %ld collapsed\n", huge_in_area(), read_number(folder));
  printf("content %s\n", is_whole() ? "kept" : "lost");
  pid_t pid = fork();
  if (pid == 0) {
    for (int i = 0; i < COUNT * HUGE / PAGE; i++) area[i * PAGE + 1] = 1;
    printf("child: %d kB, content %s\n", huge_in_area(), is_whole() ? "kept" : "lost");
    fflush(stdout);
    sleep(25);
    printf("child later: %d kB, content %s\n", huge_in_area(), is_whole() ? "kept" : "lost");
    fflush(stdout);
    _exit(0);
  }
  waitpid(pid, NULL, 0);
  printf("parent: content %s\n", is_whole() ? "kept" : "lost");
  return 0;
}
