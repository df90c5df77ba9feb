/* objects KIND COUNT SLACK: what unreclaimable memory of the kernel there is before, with COUNT objects, and after their owner has ended
 * and no more than SLACK KiB are left, or five seconds have passed. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILES 500

static long kib(void) {
  char line[128];
  long value = -1;
  FILE *file = fopen("/proc/meminfo", "r");
  while (fgets(line, sizeof line, file)) sscanf(line, "SUnreclaim: %ld", &value);
  fclose(file);
  return value;
}

static char *path(int n) {
  static char text[64];
  snprintf(text, sizeof text, "/tmp/objects/%d", n);
  return text;
}

static void *sleeper(void *unused) {
  for (;;) pause();
  return unused;
}

static int tasks(int n) {
  (void)n;
  pthread_t thread;
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN);
  return -pthread_create(&thread, &small, sleeper, 0);
}

static int zombies(int n) {
  (void)n;
  pid_t child = vfork();
  if (child == 0) _exit(0);
  return child;
}

static int timers(int n) {
  (void)n;
  int id;
  struct sigevent event = {.sigev_notify = SIGEV_NONE};
  return syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id);
}

static int items(int n) {
  static int epoll, files[FILES];
  if (n < FILES) files[n] = eventfd(0, 0);
  if (n % FILES == 0) epoll = epoll_create1(0);
  struct epoll_event event = {EPOLLIN, {0}};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, files[n % FILES], &event);
}

static int watches(int n) {
  static int queue;
  if (n % FILES == 0) queue = inotify_init1(0);
  return inotify_add_watch(queue, path(n % FILES), IN_MODIFY);
}

static int events(int n) {
  if (n == 0) inotify_add_watch(inotify_init1(0), "/tmp/objects", IN_ATTRIB);
  return chmod(path(n % FILES), 0600);
}

static int marks(int n) {
  static int queue;
  if (n % FILES == 0) queue = fanotify_init(FAN_CLASS_NOTIF, O_RDONLY);
  return fanotify_mark(queue, FAN_MARK_ADD, FAN_MODIFY, AT_FDCWD, path(n % FILES));
}

static int found(int n) {
  if (n == 0) {
    int queue = fanotify_init(FAN_CLASS_NOTIF | FAN_UNLIMITED_QUEUE, O_RDONLY);
    if (fanotify_mark(queue, FAN_MARK_ADD, FAN_OPEN | FAN_EVENT_ON_CHILD, AT_FDCWD, "/tmp/objects")) return -1;
  }
  char name[64];
  snprintf(name, sizeof name, "/tmp/objects/new-%d", n);
  return close(open(name, O_CREAT | O_WRONLY, 0600));
}

static int keys(int n) {
  char name[64];
  snprintf(name, sizeof name, "key %d", n);
  return syscall(SYS_add_key, "user", name, "x", 1, -2);
}

static int contexts(int n) {
  (void)n;
  unsigned long id = 0;
  return syscall(SYS_io_setup, 1, &id);
}

static int inodes(int n) {
  char name[64];
  snprintf(name, sizeof name, "/tmp/objects/inode-%d", n);
  return mknod(name, S_IFREG | 0600, 0);
}

static int queues(int n) {
  char name[64];
  snprintf(name, sizeof name, "/objects-%d", n);
  struct mq_attr least = {.mq_maxmsg = 1, .mq_msgsize = 1};
  mqd_t queue = mq_open(name, O_CREAT | O_RDWR, 0600, &least);
  return queue < 0 ? -1 : mq_close(queue);
}

static int sockets(int n) {
  (void)n;
  return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int datagrams(int n) {
  static int ends[2];
  if (n % 10 == 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, ends)) return -1;
  return send(ends[0], "x", 1, MSG_DONTWAIT);
}

static int messageQueues(int n) { (void)n; return msgget(IPC_PRIVATE, 0600); }

static int segments(int n) { (void)n; return shmget(IPC_PRIVATE, 4096, 0600); }

/* Their descriptions are short, what is in them is not. */
static int payloads(int n) {
  static char payload[8192];
  char name[64];
  snprintf(name, sizeof name, "payload-%d", n);
  return syscall(SYS_add_key, "user", name, payload, sizeof payload, -2 /* KEY_SPEC_PROCESS_KEYRING */);
}

/* One on the other in some places, and all in one. */
static int binds(int n) { return mount("/etc/passwd", path(n % FILES), 0, MS_BIND, 0); }

static int volumes(int n) { (void)n; return mount("none", "/tmp/objects", "tmpfs", 0, 0); }

/* What does not go with its owner. */
static void removeAll(int count) {
  char name[64];
  while (umount2("/tmp/objects", MNT_DETACH) == 0) continue;
  for (int n = 0; n < FILES; n++)
    while (umount2(path(n), MNT_DETACH) == 0) continue;
  for (int n = 0; n < count; n++) {
    snprintf(name, sizeof name, "/tmp/objects/inode-%d", n);
    unlink(name);
    snprintf(name, sizeof name, "/tmp/objects/new-%d", n);
    unlink(name);
    snprintf(name, sizeof name, "/objects-%d", n);
    mq_unlink(name);
  }
  system("ipcrm -a");
}

static int filters(int n) {
  (void)n;
  static struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog program = {1, &allow};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static const struct {
  const char *name;
  int (*make)(int);
} KINDS[] = {
    {"tasks", tasks},     {"zombies", zombies}, {"timers", timers}, {"items", items}, {"watches", watches},
    {"events", events},   {"marks", marks},     {"found", found},   {"keys", keys},   {"contexts", contexts},
    {"inodes", inodes},   {"queues", queues},   {"sockets", sockets},
    {"datagrams", datagrams}, {"message queues", messageQueues}, {"segments", segments},
    {"payloads", payloads}, {"mounts", binds}, {"volumes", volumes}, {"filters", filters},
};

int main(int argc, char **argv) {
  int (*make)(int) = 0;
  for (unsigned i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
    if (argc > 3 && strcmp(argv[1], KINDS[i].name) == 0) make = KINDS[i].make;
  if (!make) return 2;
  int count = atoi(argv[2]);
  struct rlimit files = {4096, 4096};
  setrlimit(RLIMIT_NOFILE, &files);
  mkdir("/tmp/objects", 0700);
  for (int n = 0; n < FILES; n++) close(open(path(n), O_CREAT | O_WRONLY, 0600));
  long before = kib();
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    for (int n = 0; n < count; n++)
      if (make(n) < 0) {
        perror(argv[1]);
        _exit(1);
      }
    dprintf(1, "%ld %ld ", before, kib());
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  removeAll(count);
  /* Init reaps what the child has left. */
  long after = kib();
  for (int tries = 0; tries < 500 && after >= before + atol(argv[3]); tries++) {
    usleep(10000);
    after = kib();
  }
  printf("%ld\n", after);
  return status != 0;
}
