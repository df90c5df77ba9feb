/* What calls (names a-m) refuse to a process without rights: EPERM, EACCES and limits. */
#include "rows.h"
#include <linux/capability.h>
#include <mqueue.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <time.h>

static char buffer[4096];
static pid_t root;
static int folder, file, queue;

static void capabilities(void) {
  const char *kind = "capabilities";
  struct __user_cap_header_struct header = {.version = 0x20080522};
  struct __user_cap_data_struct data[2] = {{0}};
  TRY(capget, &header, data);
  header.pid = 1;
  TRY(capset, &header, data);
  header.pid = -1;
  TRY(capget, &header, data);
  header.pid = 0, data[0].permitted = 1;
  TRY(capset, &header, data);
  data[0].permitted = 0, data[0].effective = 1;
  TRY(capset, &header, data);
  header.version = 1;
  TRY(capset, &header, data);
}

static void mounts(void) {
  const char *kind = "mounts";
  TRY(mount, "none", ".", "tmpfs", 0, NULL);
  TRY(mount, "none", ".", "nosuchfs", 0, NULL);
  TRY(fsopen, "tmpfs", 0);
  TRY(fspick, AT_FDCWD, "/", 0);
  TRY(fsmount, 0, 0, 0);
  TRY(move_mount, AT_FDCWD, "/", AT_FDCWD, "/", 0);
  TRY(mount_setattr, AT_FDCWD, "/", 0, (uint64_t[4]){1}, 32);
  TRY(chroot, ".");
  TRY(fanotify_init, 0, 0);
  TRY(fanotify_init, 0x80 /* unlimited */, 0);
}

static void files(void) {
  const char *kind = "files";
  TRY(fchmod, file, 0777);
  TRY(fchown, file, 1000, 1000);
  TRY(fchmodat, AT_FDCWD, "file", 0777);
  TRY(fchmodat2, AT_FDCWD, "file", 0777, 0);
  TRY(fchmodat2, AT_FDCWD, "link", 0777, AT_SYMLINK_NOFOLLOW);
  TRY(fchownat, AT_FDCWD, "file", 1000, 1000, 0);
  TRY(fchdir, folder);
  TRY(mknodat, AT_FDCWD, "open/device", S_IFCHR | 0600, 0x103);
  TRY(mknodat, AT_FDCWD, "fifo", S_IFIFO | 0600, 0);
  TRY(mkdirat, AT_FDCWD, "new", 0700);
  TRY(mknodat, AT_FDCWD, "open/mine", S_IFREG | 0600, 0);
  TRY(linkat, AT_FDCWD, "open/mine", AT_FDCWD, "new", 0);
  TRY(lsetxattr, "file", "user.a", "1", 1, 0);
  TRY(fsetxattr, file, "trusted.a", "1", 1, 0);
  TRY(fremovexattr, file, "trusted.a");
  TRY(lremovexattr, "file", "user.a");
  TRY(execve, "file", (char *[]){"x", NULL}, (char *[]){NULL});
  TRY(execve, ".", (char *[]){"x", NULL}, (char *[]){NULL});
  TRY(execveat, file, "", (char *[]){"x", NULL}, (char *[]){NULL}, AT_EMPTY_PATH);
  TRY(mq_open, "errors-denied", O_RDWR, 0, NULL);
  TRY(mq_unlink, "errors-denied");
  int watches = syscall(SYS_inotify_init1, 0);
  TRY(inotify_add_watch, watches, "secret", 1);
  struct sockaddr_un address = {AF_UNIX, "s"};
  int local = socket(AF_UNIX, SOCK_STREAM, 0);
  TRY(bind, local, &address, sizeof address);
  strcpy(address.sun_path, "socket");
  TRY(connect, local, &address, sizeof address);
}

static void processes(void) {
  const char *kind = "processes";
  TRY(kill, root, 0);
  TRY(kill, root, SIGKILL);
  TRY(get_robust_list, root, buffer, buffer);
  TRY(ioprio_set, 1, root, 0);
  TRY(ioprio_set, 1, 0, 1 << 13);
  TRY(kcmp, root, root, 0, 0, 0);
  TRY(migrate_pages, root, 8, (long[1]){1}, (long[1]){1});
  TRY(migrate_pages, 0, 8, (void *)8, (long[1]){1});
  TRY(migrate_pages, 0, 8, (long[1]){1}, (long[1]){2});
  TRY(move_pages, root, 0, NULL, NULL, NULL, 0);
  TRY(move_pages, 0, 1, (void *)8, NULL, buffer, 0);
  TRY(move_pages, 0, 1, (void *[]){buffer}, (int[]){0}, buffer, 4);
  struct timex change = {.modes = ADJ_OFFSET};
  TRY(clock_adjtime, 0, &change);
  TRY(clock_settime, 0, (struct timespec[]){{1, 0}});
  TRY(clock_settime, 1, (struct timespec[]){{1, 0}});
  TRY(clock_settime, 99, (struct timespec[]){{1, 0}});
  TRY(keyctl, 4 /* chown */, -3, 0, -1);
}

static void memory(void) {
  const char *kind = "memory";
  setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){8192, 8192});
  char *pages = mmap(NULL, 65536, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  TRY(mlock, pages, 65536);
  TRY(mlock2, pages, 65536, 1);
  TRY(mlockall, 1);
  setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){0, 0});
  TRY(mlock, pages, 4096);
  TRY(mlock2, pages, 4096, 0);
  TRY(mlockall, 1);
  TRY(munlockall, 0);
  TRY(mbind, pages, 4096, 0, NULL, 0, 4 /* MOVE_ALL */);
  /* vm.mmap_min_addr is a page at least. */
  TRY(mmap, NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  TRY(mmap, NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  TRY(mremap, pages, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, NULL);
}

static void messages(void) {
  const char *kind = "messages";
  TRY(msgsnd, queue, (long[2]){1}, 8, IPC_NOWAIT);
  TRY(msgrcv, queue, buffer, 8, 0, IPC_NOWAIT);
  TRY(msgctl, queue, IPC_STAT, buffer);
  TRY(msgctl, queue, IPC_SET, buffer);
  TRY(msgctl, queue, IPC_RMID, NULL);
}

int main(void) {
  start();
  umask(0);
  chmod(".", 0755);
  root = getpid();
  file = open("file", O_CREAT | O_RDWR, 0644);
  close(open("secret", O_CREAT | O_RDWR, 0600));
  symlink("file", "link");
  mkdir("closed", 0700);
  mkdir("open", 0777);
  folder = open("closed", O_RDONLY);
  queue = msgget(IPC_PRIVATE, 0600);
  mqd_t messageQueue = mq_open("/errors-denied", O_CREAT | O_RDWR, 0600, NULL);
  struct sockaddr_un address = {AF_UNIX, "socket"};
  umask(077);
  int local = socket(AF_UNIX, SOCK_STREAM, 0);
  bind(local, (void *)&address, sizeof address);
  listen(local, 1);
  pid_t child = fork();
  if (child == 0) {
    setgid(1000);
    setuid(1000);
    capabilities();
    mounts();
    files();
    processes();
    memory();
    messages();
    exit(0);
  }
  reap(child);
  msgctl(queue, IPC_RMID, NULL);
  mq_unlink("/errors-denied");
  mq_close(messageQueue);
}
