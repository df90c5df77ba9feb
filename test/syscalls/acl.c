/* acl(5): access and default lists as extended attributes, the mode as mask; capabilities(7): capabilities of programs. */
#include "check.h"
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <grp.h>
#define ACCESS "system.posix_acl_access"
#define DEFAULT "system.posix_acl_default"
#define NOBODY 0xffffffffu
struct entry { unsigned short tag, permissions; unsigned id; };
struct list { unsigned version; struct entry entries[8]; };

static long set(const char *path, const char *name, int count, ...) {
  struct list list = {.version = 2};
  __builtin_va_list arguments;
  __builtin_va_start(arguments, count);
  for (int i = 0; i < count; i++) {
    list.entries[i].tag = __builtin_va_arg(arguments, int);
    list.entries[i].permissions = __builtin_va_arg(arguments, int);
    list.entries[i].id = __builtin_va_arg(arguments, unsigned);
  }
  __builtin_va_end(arguments);
  return setxattr(path, name, &list, 4 + 8 * count, 0);
}
static void show(const char *path, const char *name) {
  struct list list;
  long size = getxattr(path, name, &list, sizeof list);
  struct stat st;
  stat(path, &st);
  printf("%s %s mode %o:", path, name + 17, st.st_mode & 07777);
  if (size < 0) printf(" %s\n", strerror(errno));
  else {
    for (int i = 0; i < (size - 4) / 8; i++) printf(" %x=%o", list.entries[i].tag, list.entries[i].permissions), list.entries[i].id != NOBODY ? printf("(%u)", list.entries[i].id) : 0;
    printf(" version %u\n", list.version);
  }
}
static void as(unsigned uid, unsigned gid, const char *path, int how) {
  pid_t pid = fork();
  if (pid == 0) {
    setgroups(0, NULL);
    if (setgid(gid) || setuid(uid)) _exit(9);
    int mask = 0;
    for (int i = 1; i <= 4; i *= 2) mask |= access(path, i) == 0 ? i : 0;
    int fd = open(path, how);
    printf("uid %u gid %u: access %d open %s\n", uid, gid, mask, fd < 0 ? strerror(errno) : "ok");
    _exit(0);
  }
  waitpid(pid, NULL, 0);
}

static void lists(void) {
  close(open("f", O_CREAT | O_RDWR, 0640));
  show("f", ACCESS);
  VALUE(set("f", ACCESS, 5, 1, 6, NOBODY, 2, 6, 1000u, 4, 4, NOBODY, 16, 7, NOBODY, 32, 0, NOBODY));
  show("f", ACCESS);
  as(1000, 1000, "f", O_RDWR);
  as(1001, 1000, "f", O_RDONLY);
  as(1001, 0, "f", O_RDWR);
  VALUE(chmod("f", 0740));
  show("f", ACCESS);
  as(1000, 1000, "f", O_RDWR);
  as(1000, 1000, "f", O_RDONLY);
  VALUE(set("f", ACCESS, 6, 1, 6, NOBODY, 4, 0, NOBODY, 8, 6, 50u, 8, 1, 51u, 16, 6, NOBODY, 32, 0, NOBODY));
  show("f", ACCESS);
  as(7, 50, "f", O_RDWR);
  as(7, 51, "f", O_RDONLY);
  as(7, 52, "f", O_RDONLY);
  VALUE(chmod("f", 0600));
  as(7, 50, "f", O_RDONLY);
  char names[256];
  long size = listxattr("f", names, sizeof names);
  int has = 0;
  for (long at = 0; at < size; at += strlen(names + at) + 1) has += strcmp(names + at, ACCESS) == 0;
  VALUE(has);
  VALUE(set("f", ACCESS, 3, 1, 7, NOBODY, 4, 5, NOBODY, 32, 1, NOBODY));
  show("f", ACCESS);
  /* what no list can be */
  CALL(set("f", ACCESS, 2, 1, 7, NOBODY, 4, 5, NOBODY));
  CALL(set("f", ACCESS, 4, 1, 7, NOBODY, 2, 5, 5u, 4, 5, NOBODY, 32, 1, NOBODY));
  CALL(set("f", ACCESS, 3, 4, 7, NOBODY, 1, 5, NOBODY, 32, 1, NOBODY));
  CALL(set("f", ACCESS, 3, 1, 9, NOBODY, 4, 5, NOBODY, 32, 1, NOBODY));
  CALL(set("f", DEFAULT, 3, 1, 7, NOBODY, 4, 5, NOBODY, 32, 1, NOBODY));
  CALL(setxattr("f", ACCESS, "\2\0\0\0x", 5, 0));
  CALL(setxattr("f", ACCESS, "\3\0\0\0", 4, 0));
  CALL(setxattr("f", "system.other", "x", 1, 0));
  CALL(getxattr("f", "system.other", names, 1));
  CALL(getxattr("f", DEFAULT, names, 100));
  VALUE(set("f", ACCESS, 5, 1, 6, NOBODY, 2, 6, 1000u, 4, 4, NOBODY, 16, 7, NOBODY, 32, 0, NOBODY));
  VALUE(removexattr("f", ACCESS));
  show("f", ACCESS);
  pid_t pid = fork();
  if (pid == 0) {
    if (setuid(1000)) _exit(9);
    CALL(set("f", ACCESS, 3, 1, 7, NOBODY, 4, 5, NOBODY, 32, 1, NOBODY));
    _exit(0);
  }
  waitpid(pid, NULL, 0);
  symlink("f", "link");
  CALL(lsetxattr("link", ACCESS, "\2\0\0\0", 4, 0));
  unlink("link");
  unlink("f");
}

static void defaults(void) {
  mkdir("d", 0755);
  VALUE(set("d", DEFAULT, 5, 1, 7, NOBODY, 2, 7, 1000u, 4, 5, NOBODY, 16, 7, NOBODY, 32, 5, NOBODY));
  show("d", ACCESS);
  show("d", DEFAULT);
  umask(077);
  close(open("d/file", O_CREAT | O_RDWR, 0664));
  mkdir("d/sub", 0770);
  mknod("d/fifo", S_IFIFO | 0600, 0);
  umask(022);
  show("d/file", ACCESS);
  show("d/sub", ACCESS);
  show("d/sub", DEFAULT);
  show("d/fifo", ACCESS);
  VALUE(set("d", DEFAULT, 3, 1, 7, NOBODY, 4, 5, NOBODY, 32, 0, NOBODY));
  close(open("d/plain", O_CREAT | O_RDWR, 0666));
  show("d/plain", ACCESS);
  VALUE(removexattr("d", DEFAULT));
  show("d", DEFAULT);
  close(open("d/none", O_CREAT | O_RDWR, 0666));
  show("d/none", ACCESS);
  unlink("d/file"), unlink("d/fifo"), unlink("d/plain"), unlink("d/none"), rmdir("d/sub"), rmdir("d");
}

struct capabilities { unsigned magic, permittedLow, inheritableLow, permittedHigh, inheritableHigh; };
struct header { unsigned version; int pid; };
static void programs(const char *self) {
  char bytes[65536];
  int in = open(self, O_RDONLY), out = open("program", O_CREAT | O_WRONLY | O_TRUNC, 0755);
  long count;
  while ((count = read(in, bytes, sizeof bytes)) > 0)
    if (write(out, bytes, count) != count) printf("short write\n");
  close(in);
  close(out);
  struct capabilities give = {0x02000001, 1u << 12 | 1u << 10, 0, 0, 0}, got;
  CALL(setxattr("program", "security.capability", &give, 19, 0));
  CALL(setxattr("program", "security.capability", &give, sizeof give, 0));
  VALUE(getxattr("program", "security.capability", &got, sizeof got));
  printf("%x %x\n", got.magic, got.permittedLow);
  for (int i = 0; i < 4; i++) {
    if (i == 2) give.magic = 0x02000000, setxattr("program", "security.capability", &give, sizeof give, 0);
    pid_t pid = fork();
    if (pid == 0) {
      if (i == 1) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      if (i == 3) prctl(PR_CAPBSET_DROP, 10);
      if (setuid(1000)) _exit(9);
      execl("./program", "program", "show", NULL);
      printf("exec: %s\n", strerror(errno));
      _exit(8);
    }
    reap(pid);
  }
  give.magic = 0x02000001;
  setxattr("program", "security.capability", &give, sizeof give, 0);
  pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_CAPBSET_DROP, 10);
    if (setuid(1000)) _exit(9);
    execl("./program", "program", "show", NULL);
    printf("exec: %s\n", strerror(errno));
    _exit(8);
  }
  reap(pid);
  CALL(getxattr("program", "security.capability", &got, sizeof got));
  out = open("program", O_WRONLY | O_APPEND);
  VALUE(write(out, "x", 1));
  close(out);
  CALL(getxattr("program", "security.capability", &got, sizeof got));
  setxattr("program", "security.capability", &give, sizeof give, 0);
  VALUE(chown("program", 1000, 1000));
  CALL(getxattr("program", "security.capability", &got, sizeof got));
  unlink("program");
}

int main(int count, char **words) {
  start();
  if (count > 1) {
    struct header header = {0x20080522, 0};
    unsigned sets[6];
    syscall(SYS_capget, &header, sets);
    printf("effective %x permitted %x inheritable %x dumpable %d\n", sets[0], sets[1], sets[2], prctl(PR_GET_DUMPABLE));
    return 0;
  }
  umask(022);
  chmod(".", 0755);
  if (set(".", ACCESS, 3, 1, 7, NOBODY, 4, 5, NOBODY, 32, 5, NOBODY) < 0 && errno == EOPNOTSUPP) {
    printf("no access-control lists on the file system here\n");
    return 77;
  }
  lists();
  defaults();
  programs("/proc/self/exe");
  return 0;
}
