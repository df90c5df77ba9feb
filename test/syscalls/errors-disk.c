/* A disk whose writes fail: a loop device over a file that was cut off, and sealed so that it cannot grow again. What was written is lost, and
   who asks is told once. The file system on it is a small ext2, made here. */
#include "check.h"
#include <linux/loop.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>

enum { BLOCK = 1024, BLOCKS = 8192, INODES = 16, BITMAP = 3, TABLE = 5, ROOT = 7, TOTAL = 8 };

static void say(const char *call, const char *kind, long result) {
  printf("%s %s: %s\n", call, kind, result == -1 ? strerrorname(errno) : "ok");
}
#define TRY(call, ...) (errno = 0, say(#call, kind, syscall(SYS_##call, __VA_ARGS__)))

static uint8_t image[TOTAL][BLOCK];
static void put16(uint8_t *at, unsigned value) { at[0] = value, at[1] = value >> 8; }
static void put32(uint8_t *at, uint32_t value) { put16(at, value), put16(at + 2, value >> 16); }

/* Bits of what is used, and of what is beyond the end. */
static void bits(uint8_t *map, int used, int count) {
  for (int i = 0; i < BLOCK * 8; i++)
    if (i < used || i >= count) map[i / 8] |= 1 << i % 8;
}

/* Poirier, The Second Extended File System: revision 0, one group. */
static void make_image(void) {
  uint8_t *super = image[1], *group = image[2], *root = image[TABLE] + 128, *entries = image[ROOT];
  uint32_t fields[] = {INODES, BLOCKS, 0, BLOCKS - TOTAL, INODES - 10, 1, 0, 0, 8192, 8192, INODES};
  for (unsigned i = 0; i < sizeof fields / 4; i++) put32(super + 4 * i, fields[i]);
  put16(super + 54, 0xffff);
  put16(super + 56, 0xef53);
  put16(super + 58, 1);
  put16(super + 60, 1);
  for (int i = 0; i < 3; i++) put32(group + 4 * i, BITMAP + i);
  put16(group + 12, BLOCKS - TOTAL);
  put16(group + 14, INODES - 10);
  put16(group + 16, 1);
  bits(image[BITMAP], TOTAL - 1, BLOCKS - 1);
  bits(image[BITMAP + 1], 10, INODES);
  put16(root, S_IFDIR | 0755);
  put32(root + 4, BLOCK);
  put16(root + 26, 2);
  put32(root + 28, BLOCK / 512);
  put32(root + 40, ROOT);
  put32(entries, 2), put16(entries + 4, 12), put16(entries + 6, 1), entries[8] = '.';
  put32(entries + 12, 2), put16(entries + 16, BLOCK - 12), put16(entries + 18, 2), entries[20] = entries[21] = '.';
}

static int attach(char *device, size_t size) {
  int backing = syscall(SYS_memfd_create, "disk", MFD_ALLOW_SEALING), control = open("/dev/loop-control", O_RDWR), loop;
  for (int block = 0; block < TOTAL; block++) pwrite(backing, image[block], BLOCK, block * BLOCK);
  ftruncate(backing, BLOCKS * BLOCK);
  do {
    snprintf(device, size, "/dev/loop%d", control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE));
    loop = open(device, O_RDWR);
    if (loop < 0) {
      printf("this Linux has no loop devices\n");
      exit(77);
    }
  } while (ioctl(loop, LOOP_SET_FD, backing) && errno == EBUSY && !close(loop));
  ftruncate(backing, TOTAL * BLOCK);
  fcntl(backing, F_ADD_SEALS, F_SEAL_GROW);
  close(control);
  close(backing);
  return loop;
}

static int written(const char *name) {
  static char content[200000];
  int fd = open(name, O_CREAT | O_RDWR, 0600);
  if (write(fd, content, sizeof content) != sizeof content) printf("write: %s\n", strerror(errno));
  return fd;
}

int main(void) {
  start();
  const char *kind = "a disk that fails";
  char device[32];
  mkdir("disk", 0700);
  make_image();
  int loop = attach(device, sizeof device);
  CALL(mount(device, "disk", "ext2", 0, NULL));
  int a = written("disk/a");
  TRY(fsync, a);
  TRY(fsync, a);
  int b = written("disk/b");
  TRY(fdatasync, b);
  int c = written("disk/c");
  TRY(syncfs, c);
  close(a), close(b), close(c);
  CALL(umount("disk"));
  ioctl(loop, LOOP_CLR_FD, 0);
  close(loop);
  return 0;
}
