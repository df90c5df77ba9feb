/* init_module, finit_module, delete_module: what is refused. A Linux without modules is no oracle. */
#include "check.h"
#include <sys/syscall.h>

#define BAD ((void *)8)

static const char GARBAGE[64] = "\177ELF and nothing more";

int main(void) {
  start();
  if (syscall(SYS_delete_module, "no_such_module", O_NONBLOCK) == -1 && errno == ENOSYS) {
    printf("this Linux has no modules\n");
    return 77;
  }
  CALL(syscall(SYS_delete_module, "no_such_module", O_NONBLOCK));
  CALL(syscall(SYS_delete_module, BAD, O_NONBLOCK));
  CALL(syscall(SYS_delete_module, "", O_NONBLOCK));
  CALL(syscall(SYS_init_module, GARBAGE, sizeof GARBAGE, ""));
  CALL(syscall(SYS_init_module, BAD, sizeof GARBAGE, ""));
  CALL(syscall(SYS_init_module, GARBAGE, 0L, ""));
  int fd = open("garbage", O_CREAT | O_RDWR, 0600), reading = open("garbage", O_RDONLY);
  CALL(syscall(SYS_finit_module, fd, "", 0));
  CALL(syscall(SYS_finit_module, reading, "", 0));
  VALUE(write(fd, GARBAGE, sizeof GARBAGE));
  close(fd);
  CALL(syscall(SYS_finit_module, reading, "", 0));
  CALL(syscall(SYS_finit_module, reading, "", 0x80));
  CALL(syscall(SYS_finit_module, 99, "", 0));
  int only = open("garbage", O_WRONLY);
  CALL(syscall(SYS_finit_module, only, "", 0));
  pid_t pid = fork();
  if (pid == 0) {
    if (setresuid(1, 1, 1)) _exit(1);
    CALL(syscall(SYS_delete_module, "no_such_module", O_NONBLOCK));
    CALL(syscall(SYS_init_module, GARBAGE, sizeof GARBAGE, ""));
    CALL(syscall(SYS_finit_module, reading, "", 0));
    _exit(0);
  }
  reap(pid);
  return 0;
}
