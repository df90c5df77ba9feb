/* Errors of calls (names a-m) that each need a place or state of their own: folders that were removed, file systems that cannot
   be marked, files that are sealed, descriptors of someone with more rights. */
#include "rows.h"
#include <linux/aio_abi.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>

static char buffer[8192];

static void folders(void) {
  const char *kind = "folder";
  mkdir("gone", 0755);
  int gone = open("gone", O_RDONLY);
  rmdir("gone");
  TRY(getdents64, gone, buffer, sizeof buffer);
  TRY(mkdirat, gone, "x", 0755);
  TRY(fchdir, gone);
  TRY(getcwd, buffer, sizeof buffer);
  TRY(linkat, AT_FDCWD, "/proc/self/exe", AT_FDCWD, "x", 0x40000000);
  fchdir(open("/proc/self/cwd/..", O_PATH));
  pid_t child = fork();
  if (child == 0) {
    char name[251];
    memset(name, 'd', 250);
    name[250] = 0;
    for (int i = 0; i < 17; i++) mkdir(name, 0755), chdir(name);
    TRY(getcwd, buffer, sizeof buffer);
    for (int i = 0; i < 17; i++) chdir(".."), rmdir(name);
    exit(0);
  }
  reap(child);
}

static void devices(void) {
  const char *kind = "device";
  mkdir("place", 0755);
  mknod("block", S_IFBLK | 0600, makedev(4000, 1));
  mknod("character", S_IFCHR | 0600, makedev(1, 3));
  TRY(mount, "block", "place", "ext4", 0, NULL);
  TRY(mount, "character", "place", "ext4", 0, NULL);
  TRY(mount, "absent", "place", "ext4", 0, NULL);
}

static void sealed(void) {
  const char *kind = "sealed";
  int memory = syscall(SYS_memfd_create, "sealed", MFD_ALLOW_SEALING);
  int later = syscall(SYS_memfd_create, "later", MFD_ALLOW_SEALING);
  ftruncate(later, 8192);
  char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, later, 0);
  TRY(madvise, pages, 4096, MADV_REMOVE);
  TRY(fcntl, later, F_ADD_SEALS, F_SEAL_FUTURE_WRITE);
  TRY(madvise, pages, 4096, MADV_REMOVE);
  ftruncate(memory, 8192);
  pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  ftruncate(memory, 4096);
  TRY(madvise, pages, 8192, 22 /* MADV_POPULATE_READ */);
  TRY(madvise, pages, 8192, 23 /* MADV_POPULATE_WRITE */);
  TRY(mincore, pages, 8192, BAD);
  munmap(pages, 8192);
  TRY(fcntl, memory, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK);
  TRY(fallocate, memory, 0, 0, 8192);
  TRY(fallocate, memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096);
  TRY(ftruncate, memory, 0);
  pages = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, memory, 0);
  TRY(madvise, pages, 4096, MADV_REMOVE);
  int zeros = open("/dev/zero", O_RDWR);
  for (int shared = 0; shared < 2; shared++) {
    pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, shared ? MAP_SHARED : MAP_PRIVATE, zeros, 0);
    TRY(madvise, pages, 4096, MADV_WILLNEED);
    if (shared) TRY(madvise, pages, 4096, MADV_REMOVE);
  }
  TRY(migrate_pages, 0, 100000000, (long[1]){1}, (long[1]){1});
  TRY(migrate_pages, 0, 8, (long[1]){1}, (long[1]){0});
}

static void sockets(void) {
  const char *kind = "socket";
  int pair[2], size = -1;
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  TRY(getpeername, pair[0], buffer, &size);
  TRY(getsockname, pair[0], buffer, &size);
  int listening = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un address = {AF_UNIX, "server"};
  bind(listening, (void *)&address, sizeof address);
  listen(listening, 1);
  connect(client, (void *)&address, sizeof address);
  size = sizeof address;
  TRY(accept4, listening, BAD, &size, 0);
  TRY(bind, client, &address, sizeof address);
}

static void marks(void) {
  const char *kind = "marks";
  int group = syscall(SYS_fanotify_init, 0x200 /* FAN_REPORT_FID */, 0);
  const char *places[] = {"/proc", "/proc/self/status", "/sys", "/dev/shm", "/dev/pts", "/dev"};
  for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
    printf("%s: ", places[i]);
    TRY(fanotify_mark, group, 1, 0x20, AT_FDCWD, places[i]);
    printf("%s: ", places[i]);
    TRY(fanotify_mark, group, 0x101 /* FILESYSTEM */, 0x20, AT_FDCWD, places[i]);
  }
  /* The kind of handle that an event of such a file system has. */
  static unsigned char event[256];
  group = syscall(SYS_fanotify_init, 0x200 | 2 /* NONBLOCK */, 0);
  TRY(fanotify_mark, group, 1, 0x20, AT_FDCWD, "/proc/self/status");
  close(open("/proc/self/status", O_RDONLY));
  long length = read(group, event, sizeof event);
  printf("%ld bytes: information of type %d, handle of %d bytes of type %x\n", length, event[24], event[36], event[40]);
}

static void attributes(void) {
  const char *kind = "attributes";
  int file = open("file", O_CREAT | O_RDWR, 0644);
  fsetxattr(file, "user.a", "12345", 5, 0);
  TRY(fgetxattr, file, "user.a", BAD, 20);
  TRY(fgetxattr, file, BAD, buffer, 20);
  TRY(fgetxattr, file, "user.", buffer, 20);
  TRY(lgetxattr, "file", "user.", buffer, 20);
  TRY(lsetxattr, "file", "user.a", "1", 1, 9);
  TRY(fsetxattr, file, "user.a", "1", 1, 9);
}

/* What root opened is in the hands of another. */
static void given(void) {
  const char *kind = "given";
  int context = syscall(SYS_fsopen, "tmpfs", 0);
  pid_t child = fork();
  if (child == 0) {
    setgid(1000), setuid(1000);
    TRY(fsconfig, context, 6 /* create */, NULL, NULL, 0);
    int group = syscall(SYS_fanotify_init, 0x200, 0);
    TRY(fanotify_mark, group, 0x11 /* MOUNT */, 0x20, AT_FDCWD, ".");
    TRY(fanotify_mark, group, 0x101 /* FILESYSTEM */, 0x20, AT_FDCWD, ".");
    TRY(clone, 0x20000000 /* NEWPID */ | SIGCHLD, 0, 0, 0, 0);
    TRY(clone, 0x00020000 /* NEWNS */ | SIGCHLD, 0, 0, 0, 0);
    exit(0);
  }
  reap(child);
}

/* A priority for the disk that the user may not give to a request. */
static void priorities(void) {
  const char *kind = "priority";
  aio_context_t context = 0;
  syscall(SYS_io_setup, 4, &context);
  setresgid(1000, 1000, 1000), setresuid(1000, 1000, 1000);
  int zeros = open("/dev/zero", O_RDONLY);
  struct iocb request = {.aio_lio_opcode = IOCB_CMD_PREAD, .aio_buf = (unsigned long)buffer, .aio_nbytes = 8, .aio_flags = 2}, *list[] = {&request};
  request.aio_fildes = zeros;
  for (int class = 0; class < 8; class++) {
    request.aio_reqprio = class << 13;
    TRY(io_submit, context, 1, list);
  }
  request.aio_lio_opcode = IOCB_CMD_PWRITE;
  TRY(io_submit, context, 1, list);
  request.aio_reqprio = 1 << 13;
  TRY(io_submit, context, 1, list);
}

/* Root without the right to search every folder. */
static void administrator(void) {
  const char *kind = "administrator";
  mkdir("closed", 0700);
  mkdir("closed/x", 0755);
  chown("closed", 1000, 1000);
  pid_t child = fork();
  if (child == 0) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{1 << CAP_SYS_ADMIN, 1 << CAP_SYS_ADMIN, 0}};
    TRY(capset, &header, data);
    TRY(fspick, AT_FDCWD, "closed/x", 0);
    TRY(move_mount, AT_FDCWD, "closed/x", AT_FDCWD, "closed", 0);
    TRY(mount_setattr, AT_FDCWD, "closed/x", 0, (unsigned long[4]){2}, 32);
    TRY(mount, "none", "closed/x", "tmpfs", 0, NULL);
    TRY(chroot, "closed/x");
    TRY(mknodat, AT_FDCWD, "closed/y", S_IFIFO | 0600, 0);
    exit(0);
  }
  reap(child);
}

int main(void) {
  start();
  umask(022);
  chmod(".", 0755);
  int here = open(".", O_PATH);
  folders();
  fchdir(here);
  devices();
  sealed();
  sockets();
  marks();
  attributes();
  given();
  administrator();
  priorities();
}
