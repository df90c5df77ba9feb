/* The calls with flags beside a path that came late: faccessat2, fchmodat2, setxattrat and its family; flistxattr, lremovexattr, sendmmsg. */
#include "check.h"
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#define BAD ((void *)8)
/* The same everywhere; the headers of the compiler may be older. */
#define NR_FACCESSAT2 439
#define NR_FCHMODAT2 452
#define NR_SETXATTRAT 463
#define NR_GETXATTRAT 464
#define NR_LISTXATTRAT 465
#define NR_REMOVEXATTRAT 466

struct arguments {
  unsigned long value;
  unsigned size, flags;
};

static void access2(void) {
  int folder = open("d", O_RDONLY | O_DIRECTORY);
  CALL(syscall(NR_FACCESSAT2, folder, "f", R_OK | W_OK, 0));
  CALL(syscall(NR_FACCESSAT2, folder, "f", X_OK, 0));
  CALL(syscall(NR_FACCESSAT2, folder, "f", R_OK, AT_EACCESS));
  CALL(syscall(NR_FACCESSAT2, folder, "f", 8, 0));
  CALL(syscall(NR_FACCESSAT2, folder, "f", F_OK, 1));
  CALL(syscall(NR_FACCESSAT2, folder, "f", F_OK, AT_REMOVEDIR | 0x2000));
  CALL(syscall(NR_FACCESSAT2, folder, "dangling", F_OK, 0));
  CALL(syscall(NR_FACCESSAT2, folder, "dangling", F_OK, AT_SYMLINK_NOFOLLOW));
  CALL(syscall(NR_FACCESSAT2, folder, "", F_OK, 0));
  CALL(syscall(NR_FACCESSAT2, folder, "", F_OK, AT_EMPTY_PATH));
  CALL(syscall(NR_FACCESSAT2, folder, "f/x", F_OK, 0));
  CALL(syscall(NR_FACCESSAT2, folder, BAD, F_OK, 0));
  CALL(syscall(NR_FACCESSAT2, 99, "f", F_OK, 0));
  int file = open("d/f", O_RDONLY);
  CALL(syscall(NR_FACCESSAT2, file, "f", F_OK, 0));
  pid_t pid = fork();
  if (pid == 0) {
    /* Real and effective ids: 1 may not, 0 may. */
    if (setresuid(1, 0, 0)) _exit(1);
    CALL(syscall(NR_FACCESSAT2, folder, "f", R_OK, 0));
    CALL(syscall(NR_FACCESSAT2, folder, "f", R_OK, AT_EACCESS));
    _exit(0);
  }
  reap(pid);
  close(file);
  close(folder);
}

static void mode2(void) {
  struct stat st;
  int folder = open("d", O_RDONLY | O_DIRECTORY);
  int path = open("d/f", O_PATH);
  CALL(syscall(NR_FCHMODAT2, folder, "f", 0640, 0));
  CALL(syscall(NR_FCHMODAT2, folder, "f", 0641, AT_SYMLINK_NOFOLLOW));
  CALL(syscall(NR_FCHMODAT2, path, "", 0642, AT_EMPTY_PATH));
  stat("d/f", &st);
  printf("%o\n", st.st_mode);
  CALL(syscall(NR_FCHMODAT2, path, "", 0642, 0));
  CALL(syscall(NR_FCHMODAT2, folder, "dangling", 0600, 0));
  CALL(syscall(NR_FCHMODAT2, folder, "f", 0600, AT_REMOVEDIR));
  CALL(syscall(NR_FCHMODAT2, folder, "f", 0600, AT_SYMLINK_FOLLOW));
  CALL(syscall(NR_FCHMODAT2, folder, BAD, 0600, 0));
  CALL(syscall(NR_FCHMODAT2, 99, "f", 0600, 0));
  CALL(syscall(NR_FCHMODAT2, path, "f", 0600, 0));
  pid_t pid = fork();
  if (pid == 0) {
    if (setresuid(1, 1, 1)) _exit(1);
    CALL(syscall(NR_FCHMODAT2, path, "", 0600, AT_EMPTY_PATH));
    _exit(0);
  }
  reap(pid);
  close(path);
  close(folder);
}

static void attributes(void) {
  char buffer[64];
  int fd = open("d/f", O_RDWR);
  CALL(lsetxattr("d/dangling", "trusted.t", "12", 2, 0));
  VALUE(lgetxattr("d/dangling", "trusted.t", buffer, 64));
  CALL(lgetxattr("d/dangling", "trusted.none", buffer, 64));
  VALUE(llistxattr("d/dangling", NULL, 0));
  CALL(llistxattr("d/none", NULL, 0));
  CALL(lremovexattr("d/dangling", "trusted.t"));
  CALL(lremovexattr("d/dangling", "trusted.t"));
  CALL(lremovexattr("d/dangling", "user.x"));
  CALL(lremovexattr(BAD, "user.x"));
  CALL(fsetxattr(fd, "user.one", "1", 1, 0));
  VALUE(flistxattr(fd, buffer, sizeof buffer));
  printf("%s\n", buffer);
  CALL(flistxattr(fd, buffer, 3));
  CALL(flistxattr(fd, BAD, sizeof buffer));
  CALL(flistxattr(99, buffer, sizeof buffer));
  CALL(fremovexattr(fd, "user.none"));
  CALL(fremovexattr(fd, "user.one"));
  VALUE(flistxattr(fd, NULL, 0));
  close(fd);
}

static void attributes_at(void) {
  char buffer[64] = "";
  int folder = open("d", O_RDONLY | O_DIRECTORY), file = open("d/f", O_RDWR), path = open("d/f", O_PATH);
  struct arguments set = {(unsigned long)"value", 5, 0}, get = {(unsigned long)buffer, sizeof buffer, 0};
  CALL(syscall(NR_SETXATTRAT, folder, "f", 0, "user.a", &set, sizeof set));
  CALL(syscall(NR_SETXATTRAT, file, "", AT_EMPTY_PATH, "user.b", &set, sizeof set));
  CALL(syscall(NR_SETXATTRAT, folder, "dangling", AT_SYMLINK_NOFOLLOW, "trusted.c", &set, sizeof set));
  CALL(syscall(NR_SETXATTRAT, folder, "dangling", 0, "trusted.c", &set, sizeof set));
  set.flags = XATTR_CREATE;
  CALL(syscall(NR_SETXATTRAT, folder, "f", 0, "user.a", &set, sizeof set));
  set.flags = 4;
  CALL(syscall(NR_SETXATTRAT, folder, "f", 0, "user.a", &set, sizeof set));
  set.flags = 0;
  CALL(syscall(NR_SETXATTRAT, folder, "f", 1, "user.a", &set, sizeof set));
  CALL(syscall(NR_SETXATTRAT, folder, "f", 0, "user.a", &set, 8));
  CALL(syscall(NR_SETXATTRAT, folder, "f", 0, "user.a", &set, 5000));
  CALL(syscall(NR_SETXATTRAT, folder, "f", 0, "user.a", BAD, sizeof set));
  CALL(syscall(NR_SETXATTRAT, folder, "f", 0, "nospace", &set, sizeof set));
  CALL(syscall(NR_SETXATTRAT, 99, "f", 0, "user.a", &set, sizeof set));
  CALL(syscall(NR_SETXATTRAT, path, "", AT_EMPTY_PATH, "user.d", &set, sizeof set));
  VALUE(syscall(NR_GETXATTRAT, folder, "f", 0, "user.b", &get, sizeof get));
  printf("%s\n", buffer);
  VALUE(syscall(NR_GETXATTRAT, path, "", AT_EMPTY_PATH, "user.a", &get, sizeof get));
  VALUE(syscall(NR_GETXATTRAT, folder, "dangling", AT_SYMLINK_NOFOLLOW, "trusted.c", &get, sizeof get));
  CALL(syscall(NR_GETXATTRAT, folder, "f", 0, "user.none", &get, sizeof get));
  CALL(syscall(NR_GETXATTRAT, folder, "f", 2, "user.a", &get, sizeof get));
  CALL(syscall(NR_GETXATTRAT, folder, "f", 0, "user.a", &get, 15));
  get.size = 2;
  CALL(syscall(NR_GETXATTRAT, folder, "f", 0, "user.a", &get, sizeof get));
  get.flags = 1;
  CALL(syscall(NR_GETXATTRAT, folder, "f", 0, "user.a", &get, sizeof get));
  VALUE(syscall(NR_LISTXATTRAT, folder, "f", 0, NULL, 0L));
  VALUE(syscall(NR_LISTXATTRAT, file, "", AT_EMPTY_PATH, buffer, sizeof buffer));
  CALL(syscall(NR_LISTXATTRAT, folder, "f", 0, buffer, 3L));
  CALL(syscall(NR_LISTXATTRAT, folder, "f", 4, buffer, 3L));
  CALL(syscall(NR_LISTXATTRAT, folder, "none", 0, buffer, sizeof buffer));
  CALL(syscall(NR_REMOVEXATTRAT, folder, "f", 0, "user.a"));
  CALL(syscall(NR_REMOVEXATTRAT, folder, "f", 0, "user.a"));
  CALL(syscall(NR_REMOVEXATTRAT, file, "", AT_EMPTY_PATH, "user.b"));
  CALL(syscall(NR_REMOVEXATTRAT, folder, "f", 8, "user.b"));
  VALUE(syscall(NR_LISTXATTRAT, file, NULL, AT_EMPTY_PATH, buffer, sizeof buffer));
  CALL(syscall(NR_LISTXATTRAT, AT_FDCWD, "", AT_EMPTY_PATH, buffer, sizeof buffer));
  CALL(syscall(NR_REMOVEXATTRAT, AT_FDCWD, "", AT_EMPTY_PATH, "user.b"));
  set.flags = get.flags = 0;
  CALL(syscall(NR_SETXATTRAT, AT_FDCWD, "", AT_EMPTY_PATH, "user.e", &set, sizeof set));
  VALUE(syscall(NR_GETXATTRAT, AT_FDCWD, NULL, AT_EMPTY_PATH, "user.e", &get, sizeof get));
  CALL(syscall(NR_LISTXATTRAT, file, NULL, 0, buffer, sizeof buffer));
  CALL(syscall(NR_REMOVEXATTRAT, path, "", AT_EMPTY_PATH, "user.b"));
  CALL(syscall(NR_REMOVEXATTRAT, -1, "", AT_EMPTY_PATH, "user.b"));
  CALL(syscall(NR_REMOVEXATTRAT, folder, "dangling", AT_SYMLINK_NOFOLLOW, "trusted.c"));
}

static void messages(void) {
  int file = open("d/f", O_RDWR);
  int ends[2];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
  struct iovec parts[3] = {{"one", 3}, {"two2", 4}, {BAD, 3}};
  struct mmsghdr batch[3] = {{.msg_hdr = {.msg_iov = parts, .msg_iovlen = 1}},
                             {.msg_hdr = {.msg_iov = parts + 1, .msg_iovlen = 1}},
                             {.msg_hdr = {.msg_iov = parts + 2, .msg_iovlen = 1}}};
  VALUE(syscall(SYS_sendmmsg, ends[0], batch, 2, 0));
  printf("%u %u\n", batch[0].msg_len, batch[1].msg_len);
  /* An error behind the first message is told by the count. */
  VALUE(syscall(SYS_sendmmsg, ends[0], batch, 3, 0));
  CALL(syscall(SYS_sendmmsg, ends[0], batch + 2, 1, 0));
  VALUE(syscall(SYS_sendmmsg, ends[0], batch, 0, 0));
  CALL(syscall(SYS_sendmmsg, ends[0], BAD, 1, 0));
  CALL(syscall(SYS_sendmmsg, 99, batch, 1, 0));
  CALL(syscall(SYS_sendmmsg, file, batch, 1, 0));
  char text[8];
  for (int i = 0; i < 4; i++) VALUE(recv(ends[1], text, 8, MSG_DONTWAIT));
  CALL(recv(ends[1], text, 8, MSG_DONTWAIT));
  close(ends[1]);
  CALL(syscall(SYS_sendmmsg, ends[0], batch, 2, MSG_NOSIGNAL));
}

int main(void) {
  start();
  CALL(mkdir("d", 0755));
  close(open("d/f", O_CREAT | O_WRONLY, 0600));
  CALL(symlink("nowhere", "d/dangling"));
  if (syscall(NR_REMOVEXATTRAT, -1, "", 0, "") == -1 && errno == ENOSYS) {
    printf("this Linux is older than 6.13: no setxattrat\n");
    return 77;
  }
  access2();
  mode2();
  attributes();
  attributes_at();
  messages();
  return 0;
}
