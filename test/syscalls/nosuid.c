/* Set-user-ID programs: what they become, and that MS_NOSUID and no_new_privs leave them as they are. */
#include "check.h"
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#define PLACE "place"
#define PROGRAM PLACE "/program"
enum { OWNER = 1000, GROUP = 1001 };

static void run(const char *what, int gives_up) {
  printf("-- %s\n", what);
  pid_t pid = fork();
  if (pid == 0) {
    if (gives_up) CALL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    execl(PROGRAM, "program", "probe", NULL);
    printf("exec: %s\n", strerror(errno));
    _exit(1);
  }
  reap(pid);
}

static int copy(const char *from, const char *to) {
  static char bytes[65536];
  int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0755);
  ssize_t count;
  while ((count = read(in, bytes, sizeof bytes)) > 0)
    if (write(out, bytes, count) != count) return -1;
  close(in);
  return close(out) || count;
}

int main(int count, char **arguments) {
  start();
  if (count > 1 && !strcmp(arguments[1], "probe")) {
    uid_t r, e, s;
    gid_t rg, eg, sg;
    getresuid(&r, &e, &s);
    getresgid(&rg, &eg, &sg);
    printf("user %d %d %d, group %d %d %d, secure %lu, dumpable %d\n", r, e, s, rg, eg, sg, getauxval(AT_SECURE), prctl(PR_GET_DUMPABLE) == 1);
    return 0;
  }
  mkdir(PLACE, 0755);
  if (mount("none", PLACE, "tmpfs", 0, "size=16m")) {
    printf("mount: %s\n", strerror(errno));
    return 77;
  }
  CALL(copy("/proc/self/exe", PROGRAM));
  CALL(chown(PROGRAM, OWNER, GROUP));
  run("no bits", 0);
  CALL(chmod(PROGRAM, 04755));
  run("set-user-ID", 0);
  CALL(chmod(PROGRAM, 06755));
  run("and set-group-ID", 0);
  CALL(chmod(PROGRAM, 02745));
  run("set-group-ID without its x", 0);
  CALL(chmod(PROGRAM, 06755));
  run("no_new_privs", 1);
  CALL(mount("none", PLACE, NULL, MS_REMOUNT | MS_NOSUID, NULL));
  run("nosuid", 0);
  CALL(mount("none", PLACE, NULL, MS_REMOUNT | MS_NOEXEC, NULL));
  run("noexec", 0);
  CALL(mount("none", PLACE, NULL, MS_REMOUNT, NULL));
  run("as at first", 0);
  CALL(umount(PLACE));
  CALL(rmdir(PLACE));
  return 0;
}
