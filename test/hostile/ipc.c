/* Objects of the kernel that have descriptors or names: as many as can be had, and knots of them. */
#include "hostile.h"
#include <mqueue.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>

static void many_files(void) {
  struct rlimit many = {1 << 20, 1 << 20};
  setrlimit(RLIMIT_NOFILE, &many);
  int fd = open("/proc/sys/fs/nr_open", O_WRONLY);
  if (fd >= 0) (void)!write(fd, "100000000", 9);
  struct rlimit more = {100000000, 100000000};
  setrlimit(RLIMIT_NOFILE, &more);
}

static int descriptors(void) {
  many_files();
  for (long n = 0;; n++)
    if (open("/dev/null", O_RDONLY) < 0) return refused("open", n);
}

static int high_descriptor(void) {
  many_files();
  long made = 0;
  for (int fd = 1 << 10; fd > 0 && fd < 1 << 30; fd *= 2) made += dup2(0, fd) == fd;
  for (int i = 0; i < 20; i++)
    if (fork() == 0) _exit(0);
  while (wait(0) > 0) {
  }
  printf("%ld\n", made);
  return 0;
}

static int pipes(void) {
  many_files();
  static char block[65536];
  for (long n = 0;; n++) {
    int ends[2];
    if (pipe2(ends, O_NONBLOCK)) return refused("pipe", n);
    fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
    while (write(ends[1], block, sizeof block) > 0) {
    }
  }
}

static int sockets(void) {
  many_files();
  static char block[65536];
  for (long n = 0;; n++) {
    int ends[2], largest = 1 << 30;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends)) return refused("socketpair", n);
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUFFORCE, &largest, sizeof largest);
    while (send(ends[0], block, sizeof block, MSG_NOSIGNAL) > 0) {
    }
  }
}

static int pass(int through, int fd) {
  char room[CMSG_SPACE(sizeof fd)] = {0}, byte = 0;
  struct iovec data = {&byte, 1};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(header), &fd, sizeof fd);
  return (int)sendmsg(through, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Sockets in flight in one another: cycles that only a collector finds. */
static int in_flight(void) {
  many_files();
  int before[2] = {-1, -1};
  for (long n = 0; n < 20000; n++) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) return refused("socketpair", n);
    pass(ends[0], ends[1]);
    pass(ends[1], ends[0]);
    if (before[0] >= 0) {
      pass(ends[0], before[0]);
      close(before[0]);
      close(before[1]);
    }
    memcpy(before, ends, sizeof ends);
  }
  return 0;
}

static int listeners(void) {
  many_files();
  for (long n = 0; n < 1000000; n++) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0) return refused("socket", n);
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int length = snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "%ld", n);
    socklen_t size = (socklen_t)(sizeof(sa_family_t) + 1 + length);
    if (bind(fd, (struct sockaddr *)&name, size) || listen(fd, 1 << 30)) return refused("bind", n);
    for (int i = 0; i < 4; i++)
      connect(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), (struct sockaddr *)&name, size);
  }
  return 0;
}

static int polls_of_polls(void) {
  many_files();
  int before = epoll_create1(0);
  for (long n = 0; n < 100000; n++) {
    int next = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = before};
    if (next < 0) return refused("epoll_create1", n);
    if (epoll_ctl(next, EPOLL_CTL_ADD, before, &event)) {
      if (n > 10 && errno != ELOOP && errno != EINVAL) return refused("epoll_ctl", n);
      before = epoll_create1(0);
      continue;
    }
    struct pollfd poll_fd = {next, POLLIN, 0};
    poll(&poll_fd, 1, 0);
    before = next;
  }
  return 0;
}

static int watches(void) {
  many_files();
  for (long n = 0;; n++) {
    int fd = inotify_init1(IN_NONBLOCK);
    if (fd < 0) return refused("inotify_init", n);
    for (int i = 0; i < 100; i++) {
      char name[64];
      snprintf(name, sizeof name, "/tmp/watch-%d", i);
      mkdir(name, 0700);
      if (inotify_add_watch(fd, name, IN_ALL_EVENTS) < 0) return refused("inotify_add_watch", n * 100 + i);
      rmdir(name);
    }
  }
}

static int event_flood(void) {
  int fd = inotify_init1(IN_NONBLOCK);
  int limit = open("/proc/sys/fs/inotify/max_queued_events", O_WRONLY);
  if (limit >= 0) (void)!write(limit, "2147483647", 10);
  close(fd);
  fd = inotify_init1(IN_NONBLOCK);
  mkdir("/tmp/flood", 0700);
  inotify_add_watch(fd, "/tmp/flood", IN_ALL_EVENTS);
  for (long n = 0; n < 300000; n++) {
    char name[64];
    snprintf(name, sizeof name, "/tmp/flood/%060ld", n);
    name[63] = 0;
    close(open(name, O_CREAT | O_WRONLY, 0600));
    unlink(name);
  }
  return 0;
}

static int counters(void) {
  many_files();
  for (long n = 0;; n++) {
    int event = eventfd(0, 0), timer = timerfd_create(CLOCK_MONOTONIC, 0);
    struct itimerspec soon = {.it_interval = {0, 1}, .it_value = {0, 1}};
    if (event < 0 || timer < 0) return refused("eventfd", n);
    timerfd_settime(timer, 0, &soon, 0);
  }
}

static int message_queues(void) {
  struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_MSGQUEUE, &unlimited);
  many_files();
  static char block[8192];
  for (long n = 0;; n++) {
    char name[32];
    snprintf(name, sizeof name, "/q%ld", n);
    struct mq_attr attributes = {.mq_maxmsg = 10, .mq_msgsize = sizeof block};
    mqd_t queue = mq_open(name, O_CREAT | O_RDWR | O_NONBLOCK, 0600, &attributes);
    if (queue == (mqd_t)-1) return refused("mq_open", n);
    while (mq_send(queue, block, sizeof block, 1) == 0) {
    }
  }
}

static int system_v(void) {
  static struct {
    long type;
    char text[8000];
  } message = {.type = 1};
  long queues = 0, sets = 0;
  for (int id; (id = msgget(IPC_PRIVATE, 0600 | IPC_CREAT)) >= 0; queues++)
    while (msgsnd(id, &message, sizeof message.text, IPC_NOWAIT) == 0) {
    }
  while (semget(IPC_PRIVATE, 32000, 0600 | IPC_CREAT) >= 0) sets++;
  printf("%ld queues, %ld sets of semaphores\n", queues, sets);
  return 0;
}

static int keys(void) {
  static char payload[32767];
  for (long n = 0;; n++) {
    char name[32];
    snprintf(name, sizeof name, "key-%ld", n);
    if (syscall(SYS_add_key, "user", name, payload, sizeof payload, -3) < 0) return refused("add_key", n);
  }
}

static int futexes(void) {
  uint32_t *words = mmap(0, 1 << 24, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  for (long n = 0; n < 1000000; n++) {
    struct timespec now = {0, 1};
    syscall(SYS_futex, words + n, n % 14, 0, n % 3 ? &now : (void *)n, words + (n * 7919) % (1 << 22), (int)n);
  }
  return 0;
}

static int locks(void) {
  int fd = open("/tmp/locks", O_CREAT | O_RDWR, 0600);
  for (long n = 0; n < 3000000; n++) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = n * 2, .l_len = 1};
    if (fcntl(fd, F_SETLK, &lock)) return refused("lock", n);
  }
  return 0;
}

static int terminals(void) {
  many_files();
  for (long n = 0;; n++) {
    int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) return refused("ptmx", n);
    static char block[65536];
    while (write(fd, block, sizeof block) > 0) {
    }
  }
}

static const struct attack attacks[] = {
    {"descriptors", descriptors}, {"high", high_descriptor}, {"pipes", pipes},       {"sockets", sockets},
    {"in-flight", in_flight},     {"listeners", listeners},  {"epoll", polls_of_polls}, {"watches", watches},
    {"events", event_flood},      {"counters", counters},    {"queues", message_queues}, {"sysv", system_v},
    {"keys", keys},               {"futexes", futexes},      {"locks", locks},       {"terminals", terminals},
};
MAIN(attacks)
