/*
 * Opening with the access mode 3 (for ioctl alone), which truncates and copies nothing; renames into themselves and names that are too
 * long, in the order in which Linux asks; O_TRUNC of an empty file, which changes its times.
 */
#include "check.h"

static void neither(void) {
  int file = open("file", O_CREAT | O_RDWR, 0644);
  VALUE(pwrite(file, "content", 7, 0));
  int fd = open("file", O_ACCMODE);
  char byte;
  printf("access mode 3: %d\n", fd >= 0);
  CALL(read(fd, &byte, 1));
  CALL(write(fd, "x", 1));
  CALL(ftruncate(fd, 0));
  CALL(fallocate(fd, 0, 0, 10));
  CALL(copy_file_range(file, &(off_t){0}, fd, &(off_t){0}, 3, 0));
  close(fd);
  CALL(mkfifo("fifo", 0600));
  CALL(open("fifo", O_ACCMODE | O_NONBLOCK));
  /* Only what is there can overlap. */
  VALUE(copy_file_range(file, &(off_t){0}, file, &(off_t){7}, 4096, 0));
  close(file);
}

static void renames(void) {
  char name[300];
  memset(name, 'n', 256);
  name[256] = 0;
  CALL(mkdir("d", 0755));
  CALL(mkdir("d/e", 0755));
  CALL(rename("d", "d/e/f"));
  CALL(rename("absent", name));
  CALL(rename(name, "file"));
  CALL(rename("file", name));
  CALL(rename("d/.", name));
  CALL(link("file", "d/file"));
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    if (setresgid(1, 1, 1) < 0 || setresuid(1, 1, 1) < 0) _exit(1);
    CALL(rename("d", "d/e/f"));
    /* Two names of a file: nothing is done, so nobody asks. */
    CALL(rename("file", "d/file"));
    CALL(rename("file", "d/other"));
    fflush(stdout);
    _exit(0);
  }
  reap(child);
}

static void emptied(void) {
  struct stat st;
  struct timespec times[2] = {{5, 0}, {5, 0}};
  close(open("empty", O_CREAT | O_RDWR, 0644));
  CALL(utimensat(AT_FDCWD, "empty", times, 0));
  close(open("empty", O_WRONLY | O_TRUNC));
  CALL(stat("empty", &st));
  printf("O_TRUNC of an empty file sets its time: %d\n", st.st_mtime > 5);
}

int main(void) {
  neither();
  renames();
  emptied();
  return 0;
}
