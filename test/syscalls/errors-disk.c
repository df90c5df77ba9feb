/* A disk that fails: a loop device over a file that was cut off, and sealed so that it cannot grow again. What is to be written there is lost, and
   who asks is told once; what is to be read from there cannot be. And one over a file that finds no room. The file system on them is a small ext2, made here. */
#include "rows.h"
#include <linux/falloc.h>
#include <linux/loop.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/xattr.h>

/* Blocks from TOTAL on are not there any more: those of a folder, a file and a long symbolic link. */
enum { BLOCK = 1024, BLOCKS = 8192, INODES = 32, BITMAP = 3, TABLE = 5, ROOT = 9, TOTAL = 10, FOLDER = 4000, CONTENT, TEXT, LOST = 3 };

static uint8_t image[TOTAL][BLOCK];
static void put16(uint8_t *at, unsigned value) { at[0] = value, at[1] = value >> 8; }
static void put32(uint8_t *at, uint32_t value) { put16(at, value), put16(at + 2, value >> 16); }
static void use(uint8_t *map, int bit) { map[bit / 8] |= 1 << bit % 8; }

static void inode(int number, int mode, int links, int size, int block) {
  uint8_t *at = image[TABLE] + 128 * (number - 1);
  put16(at, mode);
  put32(at + 4, size);
  put16(at + 26, links);
  put32(at + 28, BLOCK / 512);
  put32(at + 40, block);
}

static int entry(int at, int number, int length, const char *name) {
  uint8_t *entry = image[ROOT] + at;
  put32(entry, number), put16(entry + 4, length), put16(entry + 6, strlen(name));
  memcpy(entry + 8, name, strlen(name));
  return at + length;
}

/* Poirier, The Second Extended File System: revision 0, one group. */
static void make_image(void) {
  uint8_t *super = image[1], *group = image[2];
  uint32_t fields[] = {INODES, BLOCKS, 0, BLOCKS - TOTAL - LOST, INODES - 13, 1, 0, 0, 8192, 8192, INODES};
  for (unsigned i = 0; i < sizeof fields / 4; i++) put32(super + 4 * i, fields[i]);
  put16(super + 54, 0xffff);
  put16(super + 56, 0xef53);
  put16(super + 58, 1);
  put16(super + 60, 1);
  for (int i = 0; i < 3; i++) put32(group + 4 * i, BITMAP + i);
  put16(group + 12, BLOCKS - TOTAL - LOST);
  put16(group + 14, INODES - 13);
  put16(group + 16, 2);
  /* Bits are of blocks from 1 on, and set for what is beyond the end. */
  for (int i = 0; i < BLOCK * 8; i++) {
    if (i < TOTAL - 1 || i >= BLOCKS - 1 || (i >= FOLDER - 1 && i < FOLDER - 1 + LOST)) use(image[BITMAP], i);
    if (i < 13 || i >= INODES) use(image[BITMAP + 1], i);
  }
  inode(2, S_IFDIR | 0755, 3, BLOCK, ROOT);
  inode(11, S_IFDIR | 0755, 2, BLOCK, FOLDER);
  inode(12, S_IFREG | 0644, 1, BLOCK, CONTENT);
  inode(13, S_IFLNK | 0777, 1, 200, TEXT);
  int at = entry(0, 2, 12, ".");
  at = entry(at, 2, 12, "..");
  at = entry(at, 11, 16, "folder");
  at = entry(at, 12, 12, "file");
  entry(at, 13, BLOCK - at, "link");
}

static int attach(int backing, char *device, size_t size) {
  int control = open("/dev/loop-control", O_RDWR), loop;
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
  close(control);
  return loop;
}

static void detach(int loop, int backing) {
  ioctl(loop, LOOP_CLR_FD, 0);
  close(loop);
  close(backing);
}

/* All that take a path: names are looked up in a folder that cannot be read, or the link is to be followed. */
static void paths(const char *kind, const char *path) {
  const int here = AT_FDCWD;
  static char room[4096];
  struct timespec times[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
  struct open_how how = {.flags = O_RDONLY};
  TRY(openat, here, path, O_RDONLY);
  TRY(openat2, here, path, &how, sizeof how);
  TRY(chdir, path);
  TRY(chroot, path);
  TRY(faccessat, here, path, R_OK);
  TRY(faccessat2, here, path, R_OK, 0);
  TRY(fchmodat, here, path, 0600);
  TRY(fchmodat2, here, path, 0600, 0);
  TRY(fchownat, here, path, 0, 0, 0);
  TRY(newfstatat, here, path, room, 0);
  TRY(statx, here, path, 0, 0, room);
  TRY(statfs, path, room);
  TRY(truncate, path, 0L);
  TRY(utimensat, here, path, times, 0);
  TRY(getxattr, path, "user.a", room, 10);
  TRY(execve, path, ((char *[]){"x", NULL}), NULL);
}

static void names(const char *kind, const char *path) {
  const int here = AT_FDCWD;
  static char room[4096];
  TRY(linkat, here, "disk/file", here, path, 0);
  TRY(mkdirat, here, path, 0700);
  TRY(mknodat, here, path, S_IFIFO | 0600, 0);
  TRY(renameat2, here, "disk/file", here, path, 0);
  TRY(symlinkat, "target", here, path);
  TRY(unlinkat, here, path, 0);
  TRY(readlinkat, here, path, room, 10);
}

static void contents(void) {
  const char *kind = "what is there";
  static char room[4096];
  struct iovec piece = {room, 10};
  int file = open("disk/file", O_RDWR), folder = open("disk/folder", O_RDONLY), other = open("disk/other", O_CREAT | O_RDWR, 0600);
  TRY(read, file, room, 10);
  TRY(readv, file, &piece, 1);
  TRY(pread64, file, room, 10, 0L);
  TRY(preadv, file, &piece, 1, 0L, 0L);
  TRY(preadv2, file, &piece, 1, 0L, 0L, 0);
  TRY(sendfile, other, file, NULL, 10);
  TRY(copy_file_range, file, NULL, other, NULL, 10, 0);
  TRY(fallocate, file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 10L, 100L);
  TRY(write, file, room, 10);
  TRY(pwrite64, file, room, 10, 0L);
  TRY(readlinkat, AT_FDCWD, "disk/link", room, sizeof room);
  TRY(getdents64, folder, room, sizeof room);
  close(file), close(folder), close(other);
}

static int written(const char *name) {
  static char content[200000];
  int fd = open(name, O_CREAT | O_RDWR, 0600);
  if (write(fd, content, sizeof content) != sizeof content) printf("write: %s\n", strerror(errno));
  return fd;
}

static void losses(void) {
  const char *kind = "what was written";
  int a = written("disk/a");
  TRY(fsync, a);
  TRY(fsync, a);
  int b = written("disk/b");
  TRY(fdatasync, b);
  TRY(sync_file_range, b, 0L, 0L, 7);
  pwrite(b, "1", 1, 0);
  TRY(sync_file_range, b, 0L, 0L, 7);
  int c = written("disk/c");
  TRY(syncfs, c);
  close(a), close(b), close(c);
}

static void cut_off(void) {
  char device[32];
  int backing = syscall(SYS_memfd_create, "disk", MFD_ALLOW_SEALING), loop = attach(backing, device, sizeof device);
  ftruncate(backing, TOTAL * BLOCK);
  fcntl(backing, F_ADD_SEALS, F_SEAL_GROW);
  CALL(mount(device, "disk", "ext2", 0, NULL));
  paths("below a folder", "disk/folder/x");
  names("below a folder", "disk/folder/x");
  paths("through a link", "disk/link");
  contents();
  losses();
  CALL(umount("disk"));
  detach(loop, backing);
}

/* The file has holes, and the tmpfs that it is on no room to fill them. */
static void no_room(void) {
  const char *kind = "no room";
  char device[32];
  mkdir("room", 0700);
  CALL(mount("none", "room", "tmpfs", 0, "size=64k"));
  int backing = open("room/image", O_CREAT | O_RDWR, 0600), loop = attach(backing, device, sizeof device);
  CALL(mount(device, "disk", "ext2", 0, NULL));
  int a = written("disk/a");
  TRY(fsync, a);
  int b = written("disk/b");
  TRY(fdatasync, b);
  int c = written("disk/c");
  TRY(sync_file_range, c, 0L, 0L, 7);
  close(a), close(b), close(c);
  CALL(umount("disk"));
  detach(loop, backing);
  CALL(umount("room"));
}

int main(void) {
  start();
  mkdir("disk", 0700);
  make_image();
  cut_off();
  no_room();
  return 0;
}
