/* What calls on a path (names a-m) say of a bad one: a row per kind of path, a column per call. */
#include "rows.h"
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>

static char tooLong[300], deep[5000];

/* Calls that begin at a directory descriptor; none of them does harm should it succeed. */
static void atCalls(const char *kind, int dir, const char *path) {
  TRY(mknodat, dir, path, S_IFIFO | 0600, 0);
  TRY(mkdirat, dir, path, 0700);
  TRY(linkat, dir, path, AT_FDCWD, "linked", 0);
  TRY(linkat, AT_FDCWD, "plain", dir, path, 0);
  TRY(faccessat, dir, path, R_OK);
  TRY(faccessat2, dir, path, R_OK, 0);
  TRY(fchmodat, dir, path, 0600);
  TRY(fchownat, dir, path, 0, 0, 0);
  TRY(execveat, dir, path, (char *[]){"x", NULL}, (char *[]){NULL}, 0);
  TRY(fchmodat2, dir, path, 0600, 0);
  char text[16];
  TRY(getxattrat, dir, path, 0, "user.a", (unsigned long[]){(unsigned long)text, sizeof text}, 16);
  TRY(listxattrat, dir, path, 0, text, sizeof text);
  TRY(fspick, dir, path, 0);
  TRY(move_mount, dir, path, AT_FDCWD, "plain", 0);
  TRY(mount_setattr, dir, path, 0, (unsigned long[4]){2}, 32);
  int group = syscall(SYS_fanotify_init, 0x200 /* FAN_REPORT_FID */, 0);
  TRY(fanotify_mark, group, 1, 2, dir, path);
  close(group);
}

static void pathCalls(const char *kind, const char *path) {
  char buffer[256];
  TRY(chdir, path);
  TRY(chroot, path);
  TRY(execve, path, (char *[]){"x", NULL}, (char *[]){NULL});
  TRY(lsetxattr, path, "user.a", "1", 1, 0);
  TRY(getxattr, path, "user.a", buffer, 9);
  TRY(lgetxattr, path, "user.a", buffer, 9);
  TRY(listxattr, path, buffer, 256);
  TRY(llistxattr, path, buffer, 256);
  TRY(lremovexattr, path, "user.a");
  TRY(mount, "none", path, "tmpfs", 0, NULL);
  int watches = inotify_init1(0);
  TRY(inotify_add_watch, watches, path, 1);
  close(watches);
}

static void badPaths(void) {
  const char *rows[][2] = {
    {"nothing", ""},           {"absent", "absent/x"},     {"absent leaf", "gone"}, {"file as folder", "plain/x"},
    {"loop", "loop/x"},        {"loop leaf", "loop"},      {"long name", tooLong},  {"long path", deep},
    {"fault", (char *)1},      {"file with slash", "plain/"},
  };
  for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
    atCalls(rows[i][0], AT_FDCWD, rows[i][1]);
    pathCalls(rows[i][0], rows[i][1]);
    unlink("gone");
    rmdir("gone");
    unlink("linked");
    unlink("loop");
    symlink("loop", "loop");
  }
  atCalls("no descriptor", 99, "x");
  int file = open("plain", O_RDONLY);
  atCalls("descriptor of a file", file, "x");
  close(file);
}

/* Nobody in a folder that only root may search. */
static void denied(void) {
  mkdir("closed", 0700);
  close(open("closed/x", O_CREAT | O_WRONLY, 0666));
  chmod(".", 0755);
  chmod("plain", 0666);
  pid_t child = fork();
  if (child == 0) {
    setgid(1000);
    setuid(1000);
    atCalls("denied", AT_FDCWD, "closed/x");
    pathCalls("denied", "closed/x");
    const char *kind = "denied";
    int folder = open("closed", O_PATH);
    TRY(fchdir, folder);
    TRY(chdir, "closed");
    exit(0);
  }
  reap(child);
}

static void readOnly(void) {
  mkdir("ro", 0755);
  CALL(mount("none", "ro", "tmpfs", 0, NULL));
  close(open("ro/x", O_CREAT | O_WRONLY, 0644));
  mkdir("ro/d", 0755);
  int file = open("ro/x", O_RDWR);
  close(file);
  CALL(mount("none", "ro", NULL, MS_REMOUNT | MS_RDONLY, NULL));
  const char *kind = "read-only";
  file = open("ro/x", O_RDONLY);
  TRY(mknodat, AT_FDCWD, "ro/new", S_IFIFO | 0600, 0);
  TRY(mknodat, AT_FDCWD, "ro/x", S_IFIFO | 0600, 0);
  TRY(mkdirat, AT_FDCWD, "ro/new", 0700);
  TRY(mkdirat, AT_FDCWD, "ro/d", 0700);
  TRY(linkat, AT_FDCWD, "ro/x", AT_FDCWD, "ro/new", 0);
  TRY(linkat, AT_FDCWD, "plain", AT_FDCWD, "ro/new", 0);
  TRY(linkat, AT_FDCWD, "ro/x", AT_FDCWD, "new", 0);
  TRY(faccessat, AT_FDCWD, "ro/x", W_OK);
  TRY(faccessat2, AT_FDCWD, "ro/x", W_OK, AT_EACCESS);
  TRY(faccessat, AT_FDCWD, "ro/x", R_OK);
  TRY(fchmodat, AT_FDCWD, "ro/x", 0600);
  TRY(fchmodat2, AT_FDCWD, "ro/x", 0600, 0);
  int local = socket(AF_UNIX, SOCK_STREAM, 0);
  TRY(bind, local, (&(struct sockaddr_un){AF_UNIX, "ro/s"}), sizeof(struct sockaddr_un));
  TRY(bind, local, (&(struct sockaddr_un){AF_UNIX, "ro/x"}), sizeof(struct sockaddr_un));
  TRY(fchownat, AT_FDCWD, "ro/x", 1, 1, 0);
  TRY(fchmod, file, 0600);
  TRY(fchown, file, 1, 1);
  TRY(ftruncate, file, 0);
  TRY(lsetxattr, "ro/x", "trusted.a", "1", 1, 0);
  TRY(fsetxattr, file, "trusted.a", "1", 1, 0);
  TRY(lremovexattr, "ro/x", "trusted.a");
  TRY(fremovexattr, file, "trusted.a");
  close(file);
  CALL(umount("ro"));
}

int main(void) {
  start();
  umask(022);
  memset(tooLong, 'n', sizeof tooLong - 1);
  for (int i = 0; i < 4998; i++) deep[i] = i % 2 ? '/' : '.';
  close(open("plain", O_CREAT | O_WRONLY, 0644));
  symlink("loop", "loop");
  badPaths();
  denied();
  readOnly();
}
