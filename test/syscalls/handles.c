/* name_to_handle_at(2), open_by_handle_at(2). */
#include "check.h"

#include <sys/syscall.h>

struct handle {
  unsigned bytes;
  int type;
  unsigned char data[120];
};

static int mount_id;

static int name(int at, const char *path, struct handle *handle, int flags) {
  return syscall(SYS_name_to_handle_at, at, path, handle, &mount_id, flags);
}
static int reopen(int mount, struct handle *handle, int flags) {
  return syscall(SYS_open_by_handle_at, mount, handle, flags);
}

int main(void) {
  start();
  struct handle file = {0}, link, directory = {.bytes = 120}, large = {.bytes = 129}, empty = {0};
  int fd = open("file", O_CREAT | O_RDWR, 0600), null = open("/proc/self/stat", O_RDONLY), other = open("/dev/null", O_RDONLY);
  write(fd, "content", 7);
  symlink("file", "link");
  mkdir("directory", 0700);
  CALL(name(AT_FDCWD, "file", &file, 0));
  printf("room is told: %d\n", file.bytes > 0 && file.bytes <= 120);
  link = file;
  CALL(name(AT_FDCWD, "file", &file, 0));
  CALL(name(AT_FDCWD, "link", &link, 0));
  printf("the link has its own: %d\n", memcmp(link.data, file.data, 120) != 0);
  CALL(name(AT_FDCWD, "link", &link, AT_SYMLINK_FOLLOW));
  printf("what it leads to is the file: %d\n", memcmp(link.data, file.data, 120) == 0);
  CALL(name(AT_FDCWD, "link", &link, 0));
  CALL(name(fd, "", &file, AT_EMPTY_PATH));
  CALL(name(AT_FDCWD, "directory", &directory, 0));
  CALL(name(AT_FDCWD, "", &file, 0));
  CALL(name(AT_FDCWD, "none", &file, 0));
  CALL(name(-1, "file", &file, 0));
  CALL(name(fd, "file", &file, 0));
  CALL(name(AT_FDCWD, "file", &file, 0x40000000));
  CALL(name(AT_FDCWD, "file", &large, 0));
  CALL(name(AT_FDCWD, "file", (void *)-1, 0));
  CALL(name(AT_FDCWD, (void *)-1, &file, 0));
  CALL(syscall(SYS_name_to_handle_at, AT_FDCWD, "file", &file, (void *)-1, 0));
  CALL(reopen(AT_FDCWD, &empty, O_RDONLY));
  CALL(reopen(AT_FDCWD, &large, O_RDONLY));
  CALL(reopen(AT_FDCWD, (void *)-1, O_RDONLY));
  CALL(reopen(-1, &file, O_RDONLY));
  CALL(reopen(other, &file, O_RDONLY));
  CALL(reopen(AT_FDCWD, &link, O_RDONLY));
  close(CALL(reopen(AT_FDCWD, &link, O_PATH)));
  CALL(reopen(AT_FDCWD, &directory, O_RDWR));
  close(CALL(reopen(fd, &directory, O_RDONLY | O_DIRECTORY)));
  rename("file", "directory/renamed");
  int again = CALL(reopen(fd, &file, O_RDONLY));
  char text[8] = {0};
  VALUE(read(again, text, 7));
  printf("%s\n", text);
  close(again);
  pid_t pid = fork();
  if (pid == 0) {
    setuid(65534);
    CALL(reopen(AT_FDCWD, &file, O_RDONLY));
    CALL(name(AT_FDCWD, ".", &directory, 0));
    _exit(0);
  }
  reap(pid);
  close(fd);
  unlink("directory/renamed");
  CALL(reopen(AT_FDCWD, &file, O_RDONLY));
  close(null);
  return 0;
}
