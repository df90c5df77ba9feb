/* ramfs has no limit, no attributes, no flags, no seals and no birth times; options that it does not know are passed over. */
#include "check.h"
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

enum { GET_SEALS = 1034 };

static void show_mount(void) {
  char line[512], place[600];
  FILE *table = fopen("/proc/self/mounts", "r");
  if (!getcwd(place, sizeof place - 3)) return;
  strcat(place, "/t ");
  while (fgets(line, sizeof line, table))
    if (strstr(line, place)) printf("%s", strstr(line, place) + strlen(place));
  fclose(table);
}

int main(void) {
  struct statfs space;
  struct stat status;
  unsigned flags, size = 3 << 20;
  char bytes[64] = "";
  start();
  mkdir("t", 0700);
  if (mount("none", "t", "ramfs", 0, "")) {
    printf("nothing may be mounted here\n");
    return 77;
  }
  stat("t", &status);
  printf("mode %o links %d\n", status.st_mode, (int)status.st_nlink);
  CALL(statfs("t", &space));
  printf("%lx %ld %ld %ld %ld %ld %ld\n", (long)space.f_type, (long)space.f_bsize, (long)space.f_blocks, (long)space.f_bfree, (long)space.f_files, (long)space.f_ffree, (long)space.f_namelen);
  show_mount();
  int fd = open("t/file", O_CREAT | O_RDWR, 0644);
  char *content = malloc(size);
  memset(content, 7, size);
  VALUE(write(fd, content, size));
  VALUE(pread(fd, bytes, 64, size - 10));
  fstat(fd, &status);
  printf("%lld bytes, %d\n", (long long)status.st_size, bytes[9]);
  CALL(setxattr("t/file", "user.a", "1", 1, 0));
  CALL(setxattr("t/file", "trusted.a", "1", 1, 0));
  VALUE(listxattr("t/file", bytes, sizeof bytes));
  CALL(ioctl(fd, _IOR('f', 1, long), &flags));
  CALL(fcntl(fd, GET_SEALS));
  CALL(link("t/file", "t/other"));
  CALL(mknod("t/fifo", S_IFIFO | 0600, 0));
  CALL(syscall(SYS_renameat2, AT_FDCWD, "t/file", AT_FDCWD, "t/fifo", 2 /* RENAME_EXCHANGE */));
  stat("t/file", &status);
  printf("%o\n", status.st_mode);
  close(fd);
  CALL(umount2("t", 0));
  CALL(mount("none", "t", "ramfs", 0, "mode=1711,nosuchoption=3,size=4k"));
  stat("t", &status);
  printf("mode %o\n", status.st_mode);
  show_mount();
  fd = open("t/file", O_CREAT | O_RDWR, 0644);
  VALUE(write(fd, content, size));
  close(fd);
  CALL(umount2("t", 0));
  return 0;
}
