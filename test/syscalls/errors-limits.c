/* Calls (names a-m) that find something full, too large, too far, or of the wrong kind: ENOSPC, EFBIG, ENAMETOOLONG, EMLINK,
   EXDEV, ENODEV, EBUSY, E2BIG, ERANGE. */
#include "rows.h"
#include <mqueue.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/xattr.h>

static char big[70000], value[65];

static void fullFileSystem(void) {
  const char *kind = "full";
  mkdir("m", 0700);
  TRY(mount, "none", "m", "tmpfs", 0, "size=16k,nr_inodes=4");
  int file = open("m/a", O_CREAT | O_RDWR, 0600), other = open("other", O_CREAT | O_RDWR, 0600);
  TRY(fallocate, file, 0, 0, 1L << 20);
  write(other, big, sizeof big);
  lseek(other, 0, SEEK_SET);
  TRY(copy_file_range, other, NULL, file, NULL, 60000, 0);
  write(file, big, 16384);
  TRY(copy_file_range, file, (long[1]){0}, file, (long[1]){65536}, 4096, 0);
  TRY(mkdirat, AT_FDCWD, "m/b", 0700);
  TRY(mknodat, AT_FDCWD, "m/c", S_IFREG | 0600, 0);
  TRY(mkdirat, AT_FDCWD, "m/d", 0700);
  TRY(mknodat, AT_FDCWD, "m/d", S_IFIFO | 0600, 0);
  TRY(linkat, AT_FDCWD, "m/a", AT_FDCWD, "m/d", 0);
  TRY(linkat, AT_FDCWD, "other", AT_FDCWD, "m/d", 0);
  TRY(fsync, file);
  TRY(fdatasync, file);
  close(file);
  close(other);
  TRY(mount, "none", "m/a", "tmpfs", 0, NULL);
  TRY(mount, "m/a", "m/b", NULL, MS_BIND, NULL);
  TRY(mount, "none", "m", "nosuchfs", 0, NULL);
  TRY(mount, "none", "m", BAD, 0, NULL);
  TRY(mount, BAD, "m", "tmpfs", 0, NULL);
  TRY(mount, "/dev/null", "m", "ext2", 0, NULL);
  TRY(mount, "none", "m/a", NULL, MS_MOVE, NULL);
  TRY(mount, "none", "m/b", NULL, MS_REMOUNT, NULL);
  umount("m");
}

static void sizes(void) {
  const char *kind = "size";
  signal(SIGXFSZ, SIG_IGN);
  int file = open("file", O_CREAT | O_RDWR, 0600), other = open("more", O_CREAT | O_RDWR, 0600);
  TRY(ftruncate, file, -1L);
  write(other, big, sizeof big);
  setrlimit(RLIMIT_FSIZE, &(struct rlimit){40000, RLIM_INFINITY});
  TRY(ftruncate, file, 40001L);
  TRY(fallocate, file, 0, 0, 40001L);
  TRY(copy_file_range, other, (long[1]){0}, file, (long[1]){40000}, 10, 0);
  setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
  TRY(lseek, file, -1L, SEEK_SET);
  TRY(lseek, file, 1L, SEEK_DATA);
  struct flock lock = {.l_type = F_RDLCK, .l_start = -1};
  TRY(fcntl, file, F_SETLK, &lock);
  lock = (struct flock){.l_type = F_RDLCK, .l_start = 1, .l_len = 0x7fffffffffffffff};
  TRY(fcntl, file, F_SETLK, &lock);
  lock = (struct flock){.l_type = 77};
  TRY(fcntl, file, F_SETLK, &lock);
  int reading = open("file", O_RDONLY), writing = open("file", O_WRONLY);
  lock = (struct flock){.l_type = F_WRLCK};
  TRY(fcntl, reading, F_SETLK, &lock);
  lock = (struct flock){.l_type = F_RDLCK};
  TRY(fcntl, writing, F_SETLK, &lock);
  TRY(fallocate, reading, 0, 0, 1L);
  TRY(ftruncate, reading, 1L);
  TRY(copy_file_range, writing, NULL, reading, NULL, 1, 0);
  TRY(fadvise64, file, 0L, -1L, 0);
  TRY(fsetxattr, file, "user.a", value, 1, XATTR_CREATE);
  TRY(fsetxattr, file, "user.a", value, 1, XATTR_CREATE);
  TRY(fsetxattr, file, "user.b", value, 1, XATTR_REPLACE);
  TRY(fsetxattr, file, "user.a", big, 65537, 0);
  TRY(fsetxattr, file, "user.", value, 1, 0);
  TRY(fsetxattr, file, big, value, 1, 0);
  TRY(fsetxattr, file, "user.a", BAD, 5, 0);
  TRY(fsetxattr, file, BAD, value, 5, 0);
  TRY(lsetxattr, "file", "user.a", value, 1, XATTR_CREATE);
  TRY(lsetxattr, "file", "user.b", value, 1, XATTR_REPLACE);
  TRY(lsetxattr, "file", "user.a", big, 65537, 0);
  memset(big, 'n', 300);
  TRY(lsetxattr, "file", big, value, 1, 0);
  TRY(lgetxattr, "file", big, value, 1);
  TRY(lsetxattr, "file", "user.a", "12345", 5, 0);
  TRY(getxattr, "file", "user.a", value, 2);
  TRY(lgetxattr, "file", "user.a", value, 2);
  TRY(fgetxattr, file, "user.a", value, 2);
  TRY(lgetxattr, "file", "other.a", value, 2);
  TRY(lgetxattr, "file", "user.a", BAD, 20);
  TRY(llistxattr, "file", value, 2);
  TRY(listxattr, "file", value, 2);
  TRY(flistxattr, file, value, 2);
  TRY(flistxattr, file, BAD, 200);
  TRY(fremovexattr, file, BAD);
  TRY(lremovexattr, "file", "other.a");
  TRY(fremovexattr, file, "user.b");
  int nothing = open(".", O_RDONLY);
  TRY(ftruncate, nothing, 0L);
  TRY(fallocate, nothing, 0, 0L, 1L);
  TRY(copy_file_range, nothing, NULL, file, NULL, 1, 0);
}

static void programs(void) {
  const char *kind = "program";
  int script = open("script", O_CREAT | O_WRONLY, 0755), garbage = open("garbage", O_CREAT | O_WRONLY, 0755);
  write(script, "#!absent/x\n", 11);
  write(garbage, "\177ELF?", 5);
  close(script);
  char *arguments[] = {"x", NULL}, *none[] = {NULL};
  TRY(execve, "script", arguments, none);
  TRY(execve, "garbage", arguments, none);
  TRY(execveat, AT_FDCWD, "garbage", arguments, none, 0);
  close(garbage);
  TRY(execve, "garbage", arguments, none);
  TRY(execveat, AT_FDCWD, "garbage", arguments, none, 0);
  TRY(execve, "garbage", BAD, none);
  TRY(execve, "garbage", arguments, BAD);
  TRY(execve, "garbage", ((char *[]){BAD, NULL}), none);
  static char word[131073];
  memset(word, 'w', 131072);
  TRY(execve, "garbage", ((char *[]){word, NULL}), none);
  TRY(execveat, AT_FDCWD, "garbage", ((char *[]){word, NULL}), none, 0);
  TRY(execveat, AT_FDCWD, "garbage", arguments, none, 1);
  TRY(execve, "/proc/self/root", arguments, none);
}

static void queues(void) {
  const char *kind = "queue";
  int queue = msgget(IPC_PRIVATE, 0600);
  struct { long type; char text[9000]; } *message = calloc(1, 9000 + 8);
  message->type = 1;
  TRY(msgsnd, queue, message, 9000, 0);
  TRY(msgsnd, queue, message, 10, 0);
  TRY(msgrcv, queue, BAD, 10, 0, 0);
  TRY(msgsnd, queue, message, 10, 0);
  TRY(msgrcv, queue, message, 5, 0, 0);
  TRY(msgrcv, queue, message, -1L, 0, 0);
  TRY(msgrcv, queue, message, 5, 9, IPC_NOWAIT);
  TRY(msgctl, queue, 99, message);
  TRY(msgctl, queue, IPC_RMID, NULL);
  TRY(msgctl, queue, IPC_RMID, NULL);
  TRY(msgsnd, queue, message, 10, 0);
  TRY(msgget, 0x7e57e44, 0);
  TRY(mq_open, "a/b", O_RDWR | O_CREAT, 0600, NULL);
  TRY(mq_open, "", O_RDWR | O_CREAT, 0600, NULL);
  TRY(mq_open, "errors-limits", O_RDWR | O_CREAT, 0600, &(struct mq_attr){.mq_maxmsg = 0, .mq_msgsize = 8});
  struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 8};
  int posix = syscall(SYS_mq_open, "errors-limits", O_RDWR | O_CREAT, 0600, &attributes);
  TRY(mq_open, "errors-limits", O_RDWR | O_CREAT | O_EXCL, 0600, NULL);
  TRY(mq_timedsend, posix, "123456789", 9, 0, NULL);
  TRY(mq_timedsend, posix, "1", 1, 40000, NULL);
  TRY(mq_timedreceive, posix, value, 7, NULL, NULL);
  TRY(mq_timedreceive, posix, value, 8, NULL, (&(struct timespec){0, -1}));
  TRY(mq_timedreceive, posix, value, 8, NULL, (&(struct timespec){0, 0}));
  TRY(mq_timedreceive, posix, value, 8, NULL, BAD);
  TRY(mq_getsetattr, posix, (&(struct mq_attr){.mq_flags = 1}), NULL);
  TRY(mq_unlink, "errors-limits");
  TRY(mq_unlink, "errors-limits");
}

static void memory(void) {
  const char *kind = "memory";
  char *pages = mmap(NULL, 65536, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(pages + 4096, 4096);
  TRY(munmap, pages + 1, 4096);
  TRY(munmap, pages, 0);
  TRY(mprotect, pages, 65536, PROT_READ);
  TRY(mprotect, pages, 4096, 0x80);
  TRY(mlock, pages, 65536);
  TRY(mlock2, pages, 65536, 0);
  TRY(munlock, pages, 65536);
  TRY(msync, pages, 65536, MS_SYNC);
  TRY(msync, pages, 4096, MS_SYNC | MS_ASYNC);
  TRY(madvise, pages, 65536, MADV_NORMAL);
  TRY(madvise, pages, 65536, 999);
  TRY(mincore, pages, 65536, value);
  TRY(mremap, pages, 8192, 16384, 0);
  TRY(mremap, pages, 4096, 1L << 50, MREMAP_MAYMOVE);
  TRY(mmap, NULL, 1L << 60, 1, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  TRY(get_mempolicy, BAD, NULL, 0, NULL, 0);
  TRY(mbind, pages, 4096, 99, NULL, 0, 0);
  setrlimit(RLIMIT_AS, &(struct rlimit){1, RLIM_INFINITY});
  TRY(mmap, NULL, 4096, 1, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  setrlimit(RLIMIT_AS, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
}

int main(void) {
  start();
  fullFileSystem();
  sizes();
  programs();
  queues();
  memory();
}
