/* prctl(PR_SET_VMA): names of anonymous mappings, and what cannot have one. A Linux without CONFIG_ANON_VMA_NAME is no oracle. */
#include "check.h"
#include <sys/mman.h>
#include <sys/syscall.h>

#define BAD ((void *)8)
#define NAME(start, length, name) syscall(SYS_prctl, 0x53564d41, 0L, start, (long)(length), name)

int main(void) {
  start();
  char *pages = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (NAME(pages, 4096, "one") == -1 && errno == EINVAL) {
    printf("this Linux names no mappings\n");
    return 77;
  }
  int fd = open("file", O_CREAT | O_RDWR, 0600);
  ftruncate(fd, 4096);
  char *content = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
  munmap(pages + 2 * 4096, 4096);
  CALL(NAME(pages, 2 * 4096, "two pages"));
  CALL(NAME(pages, 4 * 4096, "with a hole"));
  CALL(NAME(pages + 2 * 4096, 4096, "only a hole"));
  CALL(NAME(content, 4096, "content"));
  CALL(NAME(pages + 1, 4096, "where no page begins"));
  CALL(NAME(pages, 4096, "a [bracket]"));
  CALL(NAME(pages, 4096, BAD));
  CALL(NAME(pages, 4096, NULL));
  CALL(NAME(pages, 0, "nothing"));
  CALL(syscall(SYS_prctl, 0x53564d41, 1L, pages, 4096L, "another attribute"));
  return 0;
}
