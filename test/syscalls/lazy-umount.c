/* Who stands in a mount that was taken away keeps the file system, whatever becomes of its other mounts: umount2(2), MNT_DETACH. */
#include "check.h"
#include <sys/mount.h>
#include <sys/syscall.h>

static void show(const char *path) {
  char text[16] = "";
  int fd = open(path, O_RDONLY);
  long count = read(fd, text, sizeof text - 1);
  printf("%s: %ld bytes, '%s'\n", path, count, text);
  close(fd);
}

/* A file system with a file, mounted at t. */
static int enter(const char *top) {
  if (chdir(top) || mount("none", "t", "tmpfs", 0, "") || mount(NULL, "t", NULL, MS_PRIVATE, NULL)) return 0;
  int fd = open("t/file", O_CREAT | O_WRONLY, 0600);
  write(fd, "content", 7);
  close(fd);
  return 1;
}

int main(void) {
  char top[512], place[600];
  start();
  mkdir("t", 0700), mkdir("other", 0700);
  close(open("plain", O_CREAT | O_WRONLY, 0600));
  if (!getcwd(top, sizeof top) || !enter(top)) {
    printf("nothing may be mounted here\n");
    return 77;
  }
  /* another mount of it ends */
  CALL(mount("t", "other", NULL, MS_BIND, NULL));
  int up = open(".", O_RDONLY | O_DIRECTORY);
  chdir("t");
  snprintf(place, sizeof place, "%s/t", top);
  VALUE(umount2(place, MNT_DETACH));
  snprintf(place, sizeof place, "%s/other", top);
  VALUE(umount2(place, 0));
  show("file");
  /* one that was never attached ends */
  enter(top);
  chdir("t");
  int tree = syscall(428, AT_FDCWD, ".", 1 /* OPEN_TREE_CLONE */);
  snprintf(place, sizeof place, "%s/t", top);
  VALUE(umount2(place, MNT_DETACH));
  close(tree);
  show("file");
  /* what has left the tree is not copied, and stays what it was */
  CALL(mount(".", place, NULL, MS_BIND, NULL));
  CALL(syscall(428, AT_FDCWD, ".", 1));
  snprintf(place, sizeof place, "%s/plain", top);
  CALL(mount(".", place, NULL, MS_BIND, NULL));
  show("file");
  fchdir(up);
  show("t/file");
  return 0;
}
