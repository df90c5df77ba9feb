/* Calls that move data (names n-z): pipes that are full, empty or read by nobody, directories, offsets beyond the largest file. */
#include "rows.h"
#include <sys/uio.h>

static char page[4096];
static struct iovec piece = {page, sizeof page}, wrong = {BAD, 10};

static void fill(int fd) {
  while (write(fd, page, sizeof page) > 0) continue;
}

static void pipes(void) {
  const char *kind = "would wait";
  int empty[2], full[2], unread[2];
  pipe2(empty, O_NONBLOCK);
  pipe2(full, O_NONBLOCK);
  pipe2(unread, 0);
  fill(full[1]);
  TRY(read, empty[0], page, 1);
  TRY(readv, empty[0], &piece, 1);
  TRY(write, full[1], page, 1);
  TRY(writev, full[1], &piece, 1);
  TRY(preadv2, empty[0], &piece, 1, -1L, -1L, 0);
  TRY(pwritev2, full[1], &piece, 1, -1L, -1L, 0);
  TRY(tee, empty[0], full[1], 1, 2);
  TRY(vmsplice, full[1], &piece, 1, 2);
  TRY(splice, empty[0], NULL, full[1], NULL, 1, 2);
  kind = "to nobody";
  signal(SIGPIPE, SIG_IGN);
  close(unread[0]);
  write(full[1], page, 1);
  TRY(write, unread[1], page, 1);
  TRY(writev, unread[1], &piece, 1);
  TRY(pwritev2, unread[1], &piece, 1, -1L, -1L, 0);
  TRY(vmsplice, unread[1], &piece, 1, 0);
  TRY(tee, full[0], unread[1], 1, 0);
  TRY(splice, full[0], NULL, unread[1], NULL, 1, 0);
  kind = "no pipe";
  int file = open("file", O_CREAT | O_RDWR, 0600);
  TRY(tee, file, full[1], 1, 0);
  TRY(tee, full[0], full[1], 1, 0);
  TRY(vmsplice, file, &piece, 1, 0);
  TRY(splice, file, NULL, file, NULL, 1, 0);
  kind = "bad address";
  TRY(vmsplice, unread[1], BAD, 1, 0);
  TRY(preadv2, file, BAD, 1, 0L, 0L, 0);
  TRY(pwritev2, file, BAD, 1, 0L, 0L, 0);
  TRY(pwritev2, file, &wrong, 1, 0L, 0L, 0);
  TRY(pwritev2, file, &piece, 1, 0L, 0L, 0);
  TRY(preadv2, file, &wrong, 1, 0L, 0L, 0);
  TRY(sendfile, file, file, BAD, 10);
  for (int i = 0; i < 2; i++) close(empty[i]), close(full[i]);
  close(unread[1]);
  close(file);
}

static void directories(void) {
  const char *kind = "directory";
  int folder = open(".", O_RDONLY);
  TRY(read, folder, page, 1);
  TRY(readv, folder, &piece, 1);
  TRY(pread64, folder, page, 1, 0L);
  TRY(preadv, folder, &piece, 1, 0L, 0L);
  TRY(preadv2, folder, &piece, 1, 0L, 0L, 0);
  close(folder);
}

static void far_away(void) {
  const char *kind = "far";
  int file = open("file", O_CREAT | O_RDWR, 0600), other = open("other", O_CREAT | O_RDWR, 0600);
  long offset = 1L << 62;
  TRY(sendfile, other, file, &offset, 10);
  offset = 0x7fffffffffffffff;
  TRY(sendfile, other, file, &offset, 10);
  offset = -1;
  TRY(sendfile, other, file, &offset, 10);
  close(other);
  close(file);
}

static void flags(void) {
  const char *kind = "flags";
  int file = open("stored", O_CREAT | O_RDWR, 0600);
  TRY(pwritev2, file, &piece, 1, 0L, 0L, 0x4000);
  TRY(preadv2, file, &piece, 1, 0L, 0L, 0x4000);
  close(file);
}

int main(void) {
  start();
  pipes();
  directories();
  far_away();
  flags();
}
