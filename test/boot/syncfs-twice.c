/* syncfs(2) three times and fsync(2) twice, when the first N attempts of the disk's writes fail: `syncfs-twice N`. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *outcome(int result) { return result == 0 ? "0" : errno == EIO ? "EIO" : strerror(errno); }

int main(int argc, char **argv) {
  static char block[8192];
  int fd = open("/mnt/file", O_RDWR | O_CREAT, 0644);
  int faults = open("/sys/block/vdb/make-it-fail", O_WRONLY);
  pwrite(fd, block, sizeof block, 0);
  syncfs(fd);
  pwrite(fd, block, sizeof block, 0);
  write(faults, argv[1], strlen(argv[1]));
  printf("syncfs:");
  for (int i = 0; i < 3; i++) printf(" %s", outcome(syncfs(fd)));
  printf(", fsync:");
  for (int i = 0; i < 2; i++) printf(" %s", outcome(fsync(fd)));
  printf("\n");
}
