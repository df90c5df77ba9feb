/* open: every flag, and the errors of the man page. */
#include "check.h"

int main(void) {
  start();
  char buffer[64];
  CALL(open("missing", O_RDONLY));
  int fd = CALL(open("file", O_RDWR | O_CREAT | O_EXCL, 0640));
  CALL(open("file", O_RDWR | O_CREAT | O_EXCL, 0640));
  VALUE(write(fd, "0123456789", 10));
  CALL(open("file/below", O_RDONLY));
  CALL(open("file", O_RDONLY | O_DIRECTORY));
  CALL(open(".", O_WRONLY));
  CALL(open(".", O_RDWR | O_CREAT, 0600));
  CALL(open("", O_RDONLY));
  CALL(open("new/", O_RDWR | O_CREAT, 0600));
  CALL(open((char *)1, O_RDONLY));
  int append = CALL(open("file", O_WRONLY | O_APPEND));
  lseek(append, 0, SEEK_SET);
  VALUE(write(append, "AB", 2));
  VALUE(lseek(append, 0, SEEK_CUR));
  VALUE(pwrite(append, "C", 1, 0)); /* Linux appends even here */
  VALUE(pread(fd, buffer, sizeof buffer, 0));
  printf("%.13s\n", buffer);
  int truncated = CALL(open("file", O_WRONLY | O_TRUNC));
  VALUE(lseek(fd, 0, SEEK_END));
  CALL(read(truncated, buffer, 1));
  CALL(symlink("file", "link"));
  CALL(open("link", O_RDONLY | O_NOFOLLOW));
  int path = CALL(open("link", O_PATH | O_NOFOLLOW));
  CALL(read(path, buffer, 1));
  struct stat st;
  CALL(fstat(path, &st));
  printf("link %d size %ld\n", S_ISLNK(st.st_mode), (long)st.st_size);
  CALL(symlink("loop", "loop"));
  CALL(open("loop", O_RDONLY));
  CALL(symlink("nowhere", "dangling"));
  CALL(open("dangling", O_RDONLY));
  CALL(open("dangling", O_RDWR | O_CREAT, 0600));
  CALL(access("nowhere", F_OK));
  char longname[300];
  memset(longname, 'n', sizeof longname);
  longname[299] = 0;
  CALL(open(longname, O_RDWR | O_CREAT, 0600));
  longname[255] = 0;
  CALL(open(longname, O_RDWR | O_CREAT, 0600));
  umask(027);
  CALL(open("masked", O_RDWR | O_CREAT, 0777));
  stat("masked", &st);
  printf("mode %o\n", st.st_mode);
  CALL(openat(99, "x", O_RDONLY));
  CALL(openat(fd, "x", O_RDONLY));
  CALL(openat(99, "/", O_RDONLY));
  CALL(mkdir("d", 0700));
  int dir = open("d", O_RDONLY);
  CALL(openat(dir, "inner", O_RDWR | O_CREAT, 0600));
  CALL(access("d/inner", F_OK));
  CALL(close(dir));
  CALL(close(dir));
  CALL(write(dir, "x", 1));
  CALL(open("file", O_RDWR | O_TMPFILE, 0600));
  CALL(open(".", O_RDWR | O_TMPFILE, 0600));
  VALUE(creat("created", 0600) > 2);
  return 0;
}
