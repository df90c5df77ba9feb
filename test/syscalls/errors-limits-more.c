/* Calls (names a-m) that find a limit reached: watches, queues, keys, requests, processes, names of a file. */
#include "rows.h"
#include <linux/aio_abi.h>
#include <mqueue.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/statfs.h>
#include <sys/time.h>

/* Sets a limit; where the program has a namespace of its own it is nobody else's. */
static int set(const char *path, const char *value) {
  int fd = open(path, O_WRONLY);
  long count = fd < 0 ? -1 : write(fd, value, strlen(value));
  close(fd);
  return count > 0;
}

static void text(const char *path, char *value) {
  int fd = open(path, O_RDONLY);
  long count = read(fd, value, 63);
  value[count < 0 ? 0 : count] = 0;
  close(fd);
}

static void watches(void) {
  const char *kind = "watches";
  const char *own = "/proc/sys/user/max_inotify_watches", *all = "/proc/sys/fs/inotify/max_user_watches";
  char before[64];
  int isOwn = unshare(CLONE_NEWUSER) == 0;
  text(isOwn ? own : all, before);
  printf("%d\n", set(isOwn ? own : all, "2"));
  int group = syscall(SYS_inotify_init1, 0);
  TRY(inotify_add_watch, group, "/", 1);
  TRY(inotify_add_watch, group, "/proc", 1);
  TRY(inotify_add_watch, group, "/dev", 1);
  TRY(inotify_add_watch, group, "/proc", 2);
  TRY(inotify_rm_watch, group, 99);
  set(isOwn ? own : all, before);
}

static void queues(void) {
  const char *kind = "queues";
  char before[64], old[64];
  const char *posix = "/proc/sys/fs/mqueue/queues_max", *systemV = "/proc/sys/kernel/msgmni";
  unshare(CLONE_NEWIPC);
  text(posix, before);
  text(systemV, old);
  printf("%d %d\n", set(posix, "1"), set(systemV, "1"));
  pid_t child = fork();
  if (child == 0) {
    setgid(1000), setuid(1000);
    TRY(mq_open, "errors-limits-a", O_RDWR | O_CREAT, 0600, NULL);
    TRY(mq_open, "errors-limits-b", O_RDWR | O_CREAT, 0600, NULL);
    TRY(mq_unlink, "errors-limits-a");
    int queue = msgget(IPC_PRIVATE, 0600);
    TRY(msgget, IPC_PRIVATE, 0600);
    TRY(msgctl, queue, IPC_RMID, NULL);
    TRY(msgctl, queue, IPC_STAT, &(struct msqid_ds){0});
    exit(0);
  }
  reap(child);
  set(posix, before);
  set(systemV, old);
}

static void keys(void) {
  const char *kind = "keys";
  static char payload[32000];
  setgid(4321), setuid(4321);
  TRY(keyctl, 1 /* join */, NULL);
  int key = syscall(SYS_add_key, "user", "errors-limits", "x", 1, -3);
  TRY(add_key, "user", "errors-limits-b", payload, sizeof payload, -3);
  for (int i = 0; i < 4; i++) {
    char name[2] = {'a' + i};
    TRY(add_key, "user", name, payload, 4000, -3);
  }
  TRY(keyctl, 2 /* update */, key, payload, sizeof payload);
  TRY(keyctl, 2, key, payload, 4096);
  TRY(keyctl, 5 /* setperm */, -3, 0x3f3f0000 & ~0x04040000);
  TRY(add_key, "user", "errors-limits-c", "x", 1, -3);
  TRY(keyctl, 5 /* setperm */, -3, 0x3f3f0000);
}

static void requests(void) {
  const char *kind = "requests";
  aio_context_t context = 0;
  TRY(io_setup, 0x1000000, &context);
  TRY(io_setup, 0x100000, &context);
  TRY(io_setup, 1, &context);
  struct iocb request = {.aio_lio_opcode = IOCB_CMD_POLL, .aio_fildes = 0, .aio_buf = 1}, *list[1] = {&request};
  int ends[2], accepted = 0;
  pipe(ends);
  request.aio_fildes = ends[0];
  while (syscall(SYS_io_submit, context, 1, list) == 1) accepted++;
  printf("some were accepted: %d, then: %s\n", accepted > 0, strerrorname(errno));
  TRY(io_submit, context, 1, list);
  TRY(io_submit, context, -1L, list);
  struct io_event event;
  TRY(io_cancel, context, BAD, &event);
  write(ends[1], "x", 1);
  TRY(io_getevents, context, 1, 1, BAD, NULL);
  TRY(io_getevents, context, 1, 1, &event, BAD);
  TRY(io_destroy, context);
}

/* Watches of epoll are counted for all of Linux: so high a limit is in nobody's way. */
static void events(void) {
  const char *kind = "events";
  const char *limit = "/proc/sys/fs/epoll/max_user_watches";
  char before[64];
  text(limit, before);
  printf("%d\n", set(limit, "4096"));
  pid_t child = fork();
  if (child == 0) {
    int ends[2], copies[64], instance = -1;
    struct epoll_event event = {.events = EPOLLIN};
    setgid(4324), setuid(4324);
    pipe(ends);
    for (int i = 0; i < 64; i++) copies[i] = dup(ends[0]);
    for (int i = 0; i < 64; i++) {
      instance = epoll_create1(0);
      for (int k = 0; k < 64; k++) epoll_ctl(instance, EPOLL_CTL_ADD, copies[k], &event);
    }
    TRY(epoll_ctl, instance, EPOLL_CTL_ADD, ends[1], &event);
    TRY(epoll_ctl, instance, EPOLL_CTL_ADD, copies[0], &event);
    TRY(epoll_ctl, instance, EPOLL_CTL_DEL, copies[0], &event);
    TRY(epoll_ctl, instance, EPOLL_CTL_ADD, ends[1], &event);
    close(instance);
    instance = epoll_create1(0);
    TRY(epoll_ctl, instance, EPOLL_CTL_ADD, ends[1], &event);
    exit(0);
  }
  reap(child);
  set(limit, before);
}

static void marks(void) {
  const char *kind = "marks";
  const char *own = "/proc/sys/user/max_fanotify_marks", *all = "/proc/sys/fs/fanotify/max_user_marks";
  char before[64];
  int isOwn = unshare(CLONE_NEWUSER) == 0;
  text(isOwn ? own : all, before);
  printf("%d\n", set(isOwn ? own : all, "2"));
  int group = syscall(SYS_fanotify_init, 0x200 /* FAN_REPORT_FID */, 0);
  TRY(fanotify_mark, group, 1, 0x20, AT_FDCWD, ".");
  TRY(fanotify_mark, group, 1, 0x20, AT_FDCWD, "..");
  TRY(fanotify_mark, group, 1, 0x20, AT_FDCWD, "/");
  TRY(fanotify_mark, group, 1, 0x21, AT_FDCWD, ".");
  set(isOwn ? own : all, before);
}

/* As many as the user may have: this process. */
static void processes(void) {
  const char *kind = "processes";
  setgid(4322), setuid(4322);
  setrlimit(RLIMIT_NPROC, &(struct rlimit){1, 1});
  struct { unsigned long words[8]; } arguments = {{0, 0, 0, 0, SIGCHLD}};
  TRY(clone3, &arguments, sizeof arguments);
  TRY(clone, SIGCHLD, 0, 0, 0, 0);
}

/* More mounts, in a namespace of its own, than anybody else is likely to have: the limit is of each, but for all of Linux. */
static void mounts(void) {
  const char *kind = "mounts";
  const char *limit = "/proc/sys/fs/mount-max";
  char before[64], path[64];
  unshare(CLONE_NEWNS);
  mkdir("tree", 0700);
  mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
  TRY(mount, "none", "tree", "tmpfs", 0, NULL);
  mount(NULL, "tree", NULL, MS_PRIVATE, NULL);
  for (int i = 0; i < 11; i++) {
    sprintf(path, "tree/%d", i);
    mkdir(path, 0700);
  }
  for (int i = 0; i < 10; i++) {
    sprintf(path, "tree/%d", i);
    if (mount("tree", path, NULL, MS_BIND | MS_REC, NULL)) printf("%d: %s\n", i, strerror(errno));
  }
  text(limit, before);
  printf("%d\n", set(limit, "1500"));
  TRY(mount, "tree", "tree/10", NULL, MS_BIND | MS_REC, NULL);
  TRY(mount, "tree", "tree/10", NULL, MS_BIND, NULL);
  set(limit, before);
  printf("umount %d\n", umount2("tree", MNT_DETACH));
}

/* Every second page of a region is made another mapping, until there are vm.max_map_count. */
static void mappings(void) {
  const char *kind = "mappings";
  char *region = mmap(NULL, 1L << 35, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), *page = region;
  while (syscall(SYS_mprotect, page + 4096, 4096, PROT_READ) == 0) page += 8192;
  TRY(mprotect, page + 8192, 4096, PROT_READ);
  TRY(munmap, page + 8192, 4096);
  TRY(madvise, page + 8192, 4096, MADV_DONTFORK);
  TRY(mlock, page + 8192, 4096);
  TRY(mremap, region + 4096, 4096, 8192, MREMAP_MAYMOVE);
  TRY(munmap, region + 4096, 4096);
  TRY(munmap, region, 1L << 35);
}

/* Two mappings became one that is larger than memory: nobody may have that twice. */
static void memory(void) {
  const char *kind = "memory";
  struct sysinfo info;
  sysinfo(&info);
  unsigned long half = info.totalram / 10 * 6 / 4096 * 4096 * info.mem_unit + info.totalswap * info.mem_unit / 4096 * 4096;
  char *room = mmap(NULL, 2 * half, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  for (int i = 0; i < 2; i++)
    printf("%d\n", mmap(room + i * half, half, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == room + i * half);
  struct { unsigned long words[8]; } arguments = {{0, 0, 0, 0, SIGCHLD}};
  TRY(clone, SIGCHLD, 0, 0, 0, 0);
  TRY(clone3, &arguments, sizeof arguments);
  munmap(room, 2 * half);
  setrlimit(RLIMIT_AS, &(struct rlimit){1, RLIM_INFINITY});
  TRY(io_setup, 8, (&(aio_context_t){0}));
}

/* ext4 allows 65,000; a Linux whose folder is on a file system without such a limit has nothing to say. */
static void names(void) {
  const char *kind = "names";
  struct statfs place;
  statfs(".", &place);
  int isWithout = place.f_type == 0x01021994 /* tmpfs */ || place.f_type == 0x58465342 /* XFS */ || place.f_type == 0x9123683e /* Btrfs */;
  close(open("file", O_CREAT | O_WRONLY, 0600));
  char path[32];
  /* Folders of a thousand, which are read from end to end. */
  for (int i = 0; i < 64999; i++) {
    sprintf(path, "f%d", i / 1000);
    if (i % 1000 == 0) mkdir(path, 0700);
    sprintf(path, "f%d/%d", i / 1000, i);
    if (link("file", path)) break;
  }
  struct stat status;
  stat("file", &status);
  printf("%ld names\n", (long)status.st_nlink);
  if (isWithout) errno = EMLINK, say("linkat", kind, -1);
  else TRY(linkat, AT_FDCWD, "file", AT_FDCWD, "another", 0);
}

static void part(void (*what)(void)) {
  pid_t child = fork();
  if (child == 0) {
    what();
    exit(0);
  }
  reap(child);
}

int main(void) {
  start();
  part(watches);
  part(queues);
  part(keys);
  part(events);
  part(marks);
  part(requests);
  part(processes);
  part(mounts);
  part(mappings);
  part(memory);
  part(names);
}
