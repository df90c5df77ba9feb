/* memfd_create(2), seals. */
#include "check.h"
#include <sys/mman.h>
#include <sys/syscall.h>
#define PAGE 4096UL

static int make(const char *name, unsigned flags) { return syscall(SYS_memfd_create, name, flags); }

static void place(int fd) {
  char path[64], target[128] = "";
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  readlink(path, target, sizeof target - 1);
  printf("%s\n", target);
}

int main(void) {
  start();
  char name[300];
  memset(name, 'n', sizeof name);
  name[249] = 0;
  CALL(make(name, 0));
  name[249] = 'n';
  name[250] = 0;
  CALL(make(name, 0));
  CALL(make((char *)8, 0));
  CALL(make("x", 0x40));
  CALL(make("x", 0x18)); /* MFD_EXEC | MFD_NOEXEC_SEAL */
  int fd = make("", 0);
  place(fd);
  VALUE(fcntl(fd, F_GETFD));
  VALUE(fcntl(fd, F_GET_SEALS));
  CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
  fd = make("with seals", 3);
  place(fd);
  VALUE(fcntl(fd, F_GETFD));
  VALUE(fcntl(fd, F_GET_SEALS));
  struct stat st;
  fstat(fd, &st);
  printf("mode %o nlink %d size %ld\n", st.st_mode, (int)st.st_nlink, (long)st.st_size);
  VALUE(write(fd, "hello", 5));
  CALL(fcntl(fd, F_ADD_SEALS, 0x40));
  CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
  CALL(ftruncate(fd, 3));
  CALL(ftruncate(fd, 8192));
  CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
  CALL(ftruncate(fd, 8193));
  CALL(ftruncate(fd, 8192));
  VALUE(pwrite(fd, "abcd", 4, 8190));
  VALUE(pwrite(fd, "abcd", 4, 8188));
  VALUE(pwrite(fd, "abcd", 4, 8192));
  char *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
  CALL(fcntl(fd, F_ADD_SEALS, 0x10)); /* F_SEAL_FUTURE_WRITE */
  shared[1] = 'E';
  CALL(write(fd, "x", 1));
  CALL(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  munmap(shared, 8192);
  CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
  char *private = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  private[0] = 'J';
  char buffer[8] = "";
  pread(fd, buffer, 5, 0);
  printf("%s %.5s\n", buffer, private);
  VALUE(fcntl(fd, F_GET_SEALS));
  CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
  CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
  VALUE(fcntl(fd, F_GET_SEALS));
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int again = open(path, O_RDONLY);
  CALL(fcntl(again, F_ADD_SEALS, F_SEAL_SHRINK));
  VALUE(fcntl(again, F_GET_SEALS));
  int pipes[2];
  pipe(pipes);
  CALL(fcntl(pipes[1], F_ADD_SEALS, F_SEAL_SHRINK));
  CALL(fcntl(pipes[0], F_GET_SEALS));

  fd = make("program", 8); /* MFD_NOEXEC_SEAL */
  VALUE(fcntl(fd, F_GET_SEALS));
  fstat(fd, &st);
  printf("mode %o\n", st.st_mode);
  CALL(fchmod(fd, 0700));
  CALL(fchmod(fd, 0600));
  fd = make("program", 0x12); /* MFD_EXEC, sealable */
  CALL(fcntl(fd, F_ADD_SEALS, 0x20)); /* F_SEAL_EXEC */
  VALUE(fcntl(fd, F_GET_SEALS));
  return 0;
}
