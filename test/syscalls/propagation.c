/* Shared, slave, private and unbindable mounts: mount(2), mount_namespaces(7). Where nothing may be mounted: exit status 77. */
#include "check.h"
#include <sys/mount.h>

static int groups[16], known;
/* Groups have other numbers elsewhere: they are counted as they come. */
static int number(const char *field, const char *name) {
  const char *at = strstr(field, name);
  if (!at) return 0;
  int group = atoi(at + strlen(name));
  for (int i = 0; i < known; i++)
    if (groups[i] == group) return i + 1;
  groups[known] = group;
  return ++known;
}
static void show(const char *what) {
  char here[512], line[1024];
  printf("%s:", what);
  if (!getcwd(here, sizeof here)) return;
  FILE *file = fopen("/proc/self/mountinfo", "r");
  while (file && fgets(line, sizeof line, file)) {
    char place[512];
    if (sscanf(line, "%*s %*s %*s %*s %511s", place) != 1 || strncmp(place, here, strlen(here)) || place[strlen(here)] != '/') continue;
    char *end = strstr(line, " - ");
    if (end) *end = 0;
    printf(" %s", place + strlen(here));
    int shared = number(line, "shared:"), master = number(line, "master:");
    if (shared) printf("=s%d", shared);
    if (master) printf("=m%d", master);
    if (strstr(line, "unbindable")) printf("=u");
  }
  if (file) fclose(file);
  printf("\n");
}
static long kind(const char *path, unsigned long flags) { return mount(NULL, path, NULL, flags, NULL); }
static void dirs(const char *root, const char *names) {
  char path[64];
  for (; *names; names++) snprintf(path, sizeof path, "%s/%c", root, *names), mkdir(path, 0700);
}

int main(void) {
  start();
  mkdir("t", 0700);
  if (mount("none", "t", "tmpfs", 0, NULL) < 0) {
    printf("nothing may be mounted here\n");
    return 77;
  }
  kind("t", MS_PRIVATE);
  dirs("t", "abcde");
  mount("none", "t/a", "tmpfs", 0, NULL);
  dirs("t/a", "xyz");
  show("private");
  CALL(kind("t/a/x", MS_SHARED));
  CALL(kind("t/a", MS_SHARED | MS_PRIVATE));
  CALL(kind("t/a", MS_SHARED | MS_RDONLY));
  CALL(kind("t/a", MS_SHARED));
  VALUE(mount("t/a", "t/b", NULL, MS_BIND, NULL));
  VALUE(mount("t/a", "t/c", NULL, MS_BIND, NULL));
  show("peers");
  VALUE(kind("t/c", MS_SLAVE));
  show("slave");
  VALUE(mount("none", "t/a/x", "tmpfs", 0, NULL));
  show("mounted in a");
  close(open("t/a/x/file", O_CREAT | O_WRONLY, 0600));
  VALUE(access("t/b/x/file", F_OK));
  VALUE(access("t/c/x/file", F_OK));
  VALUE(mount("none", "t/c/y", "tmpfs", 0, NULL));
  show("mounted in the slave");
  CALL(mount("t/a/x", "t/d", NULL, MS_MOVE, NULL));
  VALUE(umount("t/b/x"));
  show("unmounted in b");
  VALUE(umount("t/c/y"));
  /* a slave that is shared hands on to its own peers */
  VALUE(kind("t/c", MS_SHARED));
  VALUE(mount("t/c", "t/d", NULL, MS_BIND, NULL));
  VALUE(mount("none", "t/b/z", "tmpfs", 0, NULL));
  show("shared slave");
  VALUE(umount("t/a/z"));
  show("and gone");
  VALUE(umount("t/d"));
  VALUE(kind("t/c", MS_PRIVATE));
  VALUE(mount("none", "t/a/x", "tmpfs", 0, NULL));
  show("private again");
  VALUE(umount("t/b/x"));
  VALUE(kind("t/a", MS_UNBINDABLE));
  CALL(mount("t/a", "t/d", NULL, MS_BIND, NULL));
  show("unbindable");
  /* a slave of nobody stays what it was; to be shared is to be bindable */
  VALUE(kind("t/a", MS_SLAVE));
  CALL(mount("t/a", "t/d", NULL, MS_BIND, NULL));
  show("unbindable slave");
  VALUE(kind("t/a", MS_SHARED));
  VALUE(kind("t/a", MS_SLAVE));
  show("was shared");
  /* the last of a group */
  VALUE(kind("t/b", MS_SLAVE));
  show("slave of nobody");
  VALUE(umount("t/c"));
  VALUE(umount("t/b"));
  VALUE(kind("t/a", MS_SHARED | MS_REC));
  VALUE(mount("none", "t/a/y", "tmpfs", 0, NULL));
  VALUE(mount("t/a", "t/e", NULL, MS_BIND | MS_REC, NULL));
  show("with what is within");
  /* busy where it was propagated to */
  int fd = open("t/e/y", O_RDONLY | O_DIRECTORY);
  CALL(umount("t/a/y"));
  close(fd);
  VALUE(umount2("t/e", MNT_DETACH));
  VALUE(umount2("t", MNT_DETACH));
  rmdir("t");
  return 0;
}
