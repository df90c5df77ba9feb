/*
 * Everything that a kernel keeps for programs, alive at once: threads and children that wait in all kinds of calls while the
 * first thread computes, then lets them go one after the other. What it prints depends on the order of nothing but that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/perf_event.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 40
#define CHECK(e) do { if ((long)(e) == -1) { printf("%s: %s\n", #e, strerror(errno)); exit(1); } } while (0)

static int gate[2], events, notify_fd, timer_fd, epoll_fd, signal_fd, sem_id, msg_id, master, slave, listener, lock_fd, fan_fd;
static int pair[2], datagrams[2], read_late[2];
static mqd_t queue;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int released, alarms, posix_alarms;
static sem_t *shared;
static aio_context_t aio;

static void *wait_condition(void *result) {
  pthread_mutex_lock(&mutex);
  while (!released) pthread_cond_wait(&condition, &mutex);
  pthread_mutex_unlock(&mutex);
  snprintf(result, 64, "condition");
  return 0;
}
static void *wait_event(void *result) {
  uint64_t value = 0;
  struct pollfd waited = { events, POLLIN, 0 };
  int ready = poll(&waited, 1, -1);
  CHECK(read(events, &value, 8));
  snprintf(result, 64, "poll %d, event %d", ready, (int)value);
  return 0;
}
static void *wait_epoll(void *result) {
  struct epoll_event event;
  uint64_t ticks = 0;
  int total = 0;
  for (int i = 0; i < 5; i++) {
    int ready;
    while ((ready = epoll_wait(epoll_fd, &event, 1, -1)) < 0 && errno == EINTR) continue;
    CHECK(read(timer_fd, &ticks, 8));
    total += ticks > 0;
  }
  snprintf(result, 64, "epoll %d ticks, data %d", total, (int)event.data.u32);
  return 0;
}
static void *wait_signal(void *result) {
  struct signalfd_siginfo info;
  CHECK(read(signal_fd, &info, sizeof info));
  snprintf(result, 64, "signalfd %d value %d", info.ssi_signo == (uint32_t)SIGRTMIN, info.ssi_int);
  return 0;
}
static void *wait_semaphore(void *result) {
  struct sembuf operation = { 0, -2, SEM_UNDO };
  int status;
  while ((status = semop(sem_id, &operation, 1)) < 0 && errno == EINTR) continue;
  snprintf(result, 64, "semop %d", status);
  return 0;
}
static void *wait_message(void *result) {
  struct { long type; char text[32]; } message;
  int length;
  while ((length = msgrcv(msg_id, &message, 32, 7, 0)) < 0 && errno == EINTR) continue;
  snprintf(result, 64, "msgrcv %d %s", length, message.text);
  return 0;
}
static void *wait_queue(void *result) {
  char text[128] = "";
  int length;
  while ((length = mq_receive(queue, text, sizeof text, 0)) < 0 && errno == EINTR) continue;
  snprintf(result, 64, "mq_receive %d %s", length, text);
  return 0;
}
static void *wait_lock(void *result) {
  int fd = open("/tmp/alive/lock", O_RDWR);
  int status;
  while ((status = flock(fd, LOCK_EX)) < 0 && errno == EINTR) continue;
  snprintf(result, 64, "flock %d", status);
  return 0;
}
static void *wait_terminal(void *result) {
  char text[32] = "";
  int length;
  while ((length = read(slave, text, sizeof text)) < 0 && errno == EINTR) continue;
  snprintf(result, 64, "terminal %d %.4s", length, text);
  return 0;
}
static void *wait_accept(void *result) {
  char text[16] = "";
  int fd;
  while ((fd = accept(listener, 0, 0)) < 0 && errno == EINTR) continue;
  CHECK(read(fd, text, sizeof text));
  snprintf(result, 64, "accept %s", text);
  close(fd);
  return 0;
}
static void *wait_inotify(void *result) {
  char buffer[512];
  int length;
  while ((length = read(notify_fd, buffer, sizeof buffer)) < 0 && errno == EINTR) continue;
  struct inotify_event *event = (void *)buffer;
  snprintf(result, 64, "inotify %x %s", event->mask, event->name);
  return 0;
}
static void *wait_datagram(void *result) {
  char text[32] = "";
  int length;
  while ((length = recv(datagrams[1], text, sizeof text, 0)) < 0 && errno == EINTR) continue;
  snprintf(result, 64, "datagram %d %s", length, text);
  return 0;
}
static void *wait_aio(void *result) {
  struct io_event event;
  int count;
  while ((count = syscall(SYS_io_getevents, aio, 1, 1, &event, 0)) < 0 && errno == EINTR) continue;
  snprintf(result, 64, "aio %d %d", count, (int)event.res);
  return 0;
}
static void *wait_shared(void *result) {
  while (sem_wait(shared) < 0) continue;
  snprintf(result, 64, "semaphore");
  return 0;
}
static void *wait_sleep(void *result) {
  struct timespec time = { 0, 25000000 };
  while (nanosleep(&time, &time) < 0) continue;
  snprintf(result, 64, "nanosleep");
  return 0;
}
static void *wait_child(void *result) {
  int status, pid = fork();
  if (pid == 0) {
    char c;
    _exit(read(read_late[0], &c, 1) == 1 ? c : 1);
  }
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  snprintf(result, 64, "child %d", WEXITSTATUS(status));
  return 0;
}
static void *(*const waits[])(void *) = {
  wait_condition, wait_event, wait_epoll, wait_signal, wait_semaphore, wait_message, wait_queue, wait_lock, wait_terminal,
  wait_accept, wait_inotify, wait_datagram, wait_aio, wait_shared, wait_sleep, wait_child,
};
#define WAITS (sizeof waits / sizeof *waits)

static void count_alarm(int signal) { alarms++; }
static void count_posix(int signal) { posix_alarms++; }

/* A process at the other end of a socket that answers each number with its square, and passes a descriptor on at the end. */
static void serve(int fd) {
  uint32_t number;
  while (read(fd, &number, 4) == 4 && number) {
    number *= number;
    CHECK(write(fd, &number, 4));
  }
  int file = memfd_create("passed", 0);
  CHECK(write(file, "passed on", 9));
  char space[CMSG_SPACE(sizeof(int))] = "";
  struct iovec vector = { "x", 1 };
  struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space };
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET, header->cmsg_type = SCM_RIGHTS, header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &file, sizeof file);
  CHECK(sendmsg(fd, &message, 0));
  _exit(0);
}

static void prepare(void) {
  mkdir("/tmp/alive", 0755);
  CHECK(mount("none", "/tmp/alive", "tmpfs", 0, "size=4m"));
  mkdir("/tmp/alive/lower", 0755), mkdir("/tmp/alive/upper", 0755), mkdir("/tmp/alive/work", 0755), mkdir("/tmp/alive/merged", 0755);
  close(open("/tmp/alive/lower/below", O_CREAT | O_WRONLY, 0644));
  CHECK(mount("overlay", "/tmp/alive/merged", "overlay", 0, "lowerdir=/tmp/alive/lower,upperdir=/tmp/alive/upper,workdir=/tmp/alive/work"));
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, datagrams));
  CHECK(pipe(read_late));
  CHECK(events = eventfd(0, 0));
  CHECK(notify_fd = inotify_init1(0));
  mkdir("/tmp/alive/watched", 0755);
  CHECK(inotify_add_watch(notify_fd, "/tmp/alive/watched", IN_CREATE));
  CHECK(fan_fd = fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK, O_RDONLY));
  CHECK(fanotify_mark(fan_fd, FAN_MARK_ADD, FAN_OPEN | FAN_EVENT_ON_CHILD, AT_FDCWD, "/tmp/alive/watched"));
  CHECK(timer_fd = timerfd_create(CLOCK_MONOTONIC, 0));
  struct itimerspec every = { { 0, 3000000 }, { 0, 3000000 } };
  CHECK(timerfd_settime(timer_fd, 0, &every, 0));
  CHECK(epoll_fd = epoll_create1(0));
  struct epoll_event event = { EPOLLIN, { .u32 = 99 } };
  CHECK(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, timer_fd, &event));
  sigset_t set;
  sigemptyset(&set), sigaddset(&set, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &set, 0);
  CHECK(signal_fd = signalfd(-1, &set, 0));
  CHECK(sem_id = semget(IPC_PRIVATE, 1, 0600));
  CHECK(msg_id = msgget(IPC_PRIVATE, 0600));
  struct mq_attr attributes = { .mq_maxmsg = 4, .mq_msgsize = 128 };
  CHECK(queue = mq_open("/alive", O_CREAT | O_RDWR, 0600, &attributes));
  CHECK(lock_fd = open("/tmp/alive/lock", O_CREAT | O_RDWR, 0600));
  CHECK(flock(lock_fd, LOCK_EX));
  CHECK(openpty(&master, &slave, 0, 0, 0));
  struct sockaddr_un name = { AF_UNIX, "/tmp/alive/socket" };
  CHECK(listener = socket(AF_UNIX, SOCK_STREAM, 0));
  CHECK(bind(listener, (void *)&name, sizeof name));
  CHECK(listen(listener, 4));
  shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  sem_init(shared, 1, 0);
  CHECK(syscall(SYS_io_setup, 4, &aio));
  static struct iocb request, *requests[] = { &request };
  request.aio_fildes = events, request.aio_lio_opcode = IOCB_CMD_POLL, request.aio_buf = POLLIN;
  CHECK(syscall(SYS_io_submit, aio, 1, requests));
  struct itimerval often = { { 0, 2000 }, { 0, 2000 } };
  signal(SIGALRM, count_alarm);
  CHECK(setitimer(ITIMER_REAL, &often, 0));
  timer_t timer;
  struct sigevent told = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
  signal(SIGUSR1, count_posix);
  CHECK(timer_create(CLOCK_MONOTONIC, &told, &timer));
  struct itimerspec third = { { 0, 2500000 }, { 0, 2500000 } };
  CHECK(timer_settime(timer, 0, &third, 0));
}

static uint32_t compute(uint32_t seed, uint32_t *memory, int words) {
  for (int i = 0; i < words; i++) memory[i] ^= seed = seed * 1664525 + 1013904223;
  return seed;
}

static void rounds(void) {
  int words = 64 * 1024;
  uint32_t *private = mmap(0, 4 * words, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int file = open("/tmp/alive/merged/below", O_RDWR);
  CHECK(file);
  CHECK(ftruncate(file, 16384));
  uint32_t *mapped = mmap(0, 16384, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  int segment = shmget(IPC_PRIVATE, 16384, 0600);
  uint32_t *attached = shmat(segment, 0, 0);
  double sum = 0;
  uint32_t seed = 1, answer;
  for (uint32_t i = 1; i <= ROUNDS; i++) {
    for (int k = 0; k < 10; k++) seed = compute(seed, private + (i % 16) * 1024, 2048);
    seed = compute(seed, mapped, 1024);
    seed = compute(seed, attached, 1024);
    sum += 1.0 / i;
    CHECK(write(pair[0], &i, 4));
    while (read(pair[0], &answer, 4) < 0) continue;
    char line[64];
    int length = snprintf(line, sizeof line, "round %u %08x %u\n", i, seed, answer);
    int log = open("/tmp/alive/log", O_CREAT | O_APPEND | O_WRONLY, 0644);
    CHECK(write(log, line, length));
    close(log);
    if (i % 10 == 0) printf("%s", line);
  }
  printf("sum %.12f\n", sum);
  struct stat status;
  stat("/tmp/alive/log", &status);
  printf("log %d\n", (int)status.st_size);
}

static void take_passed(void) {
  uint32_t zero = 0;
  char byte, text[16] = "", space[CMSG_SPACE(sizeof(int))];
  CHECK(write(pair[0], &zero, 4));
  struct iovec vector = { &byte, 1 };
  struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space };
  while (recvmsg(pair[0], &message, 0) < 0) continue;
  int fd;
  memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
  CHECK(pread(fd, text, 9, 0));
  printf("%s\n", text);
}

static void release_all(void) {
  struct itimerval never = { 0 };
  pthread_mutex_lock(&mutex);
  released = 1;
  pthread_cond_broadcast(&condition);
  pthread_mutex_unlock(&mutex);
  struct sembuf up = { 0, 3, 0 };
  CHECK(semop(sem_id, &up, 1));
  struct { long type; char text[8]; } message = { 7, "hello" };
  CHECK(msgsnd(msg_id, &message, 6, 0));
  CHECK(mq_send(queue, "queued", 7, 3));
  CHECK(flock(lock_fd, LOCK_UN));
  CHECK(write(master, "typed\n", 6));
  struct sockaddr_un name = { AF_UNIX, "/tmp/alive/socket" };
  int client = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(connect(client, (void *)&name, sizeof name));
  CHECK(write(client, "client", 7));
  close(open("/tmp/alive/watched/new", O_CREAT | O_RDWR, 0600));
  CHECK(send(datagrams[0], "datagram", 9, 0));
  union sigval value = { .sival_int = 41 };
  CHECK(sigqueue(getpid(), SIGRTMIN, value));
  sem_post(shared);
  CHECK(write(read_late[1], "\x2a", 1));
  uint64_t one = 5;
  CHECK(write(events, &one, 8));
  setitimer(ITIMER_REAL, &never, 0);
}

/* Of this thread and those that it makes, or of the first hart. */
static int count_events(int type, int config, int pid, int hart) {
  struct perf_event_attr attributes = { .type = type, .size = sizeof attributes, .config = config, .inherit = pid == 0 };
  int fd = syscall(SYS_perf_event_open, &attributes, pid, hart, -1, 0);
  CHECK(fd);
  return fd;
}

static void show_count(const char *name, int fd) {
  uint64_t count;
  CHECK(read(fd, &count, sizeof count));
  printf("%s %llu\n", name, (unsigned long long)count);
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  int instructions = count_events(PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, 0, -1);
  int faults = count_events(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS, -1, 0);
  prepare();
  int server = fork();
  if (server == 0) close(pair[0]), serve(pair[1]);
  close(pair[1]);
  pthread_t threads[WAITS];
  static char results[WAITS][64];
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &old);
  for (unsigned i = 0; i < WAITS; i++) pthread_create(&threads[i], 0, waits[i], results[i]);
  pthread_sigmask(SIG_SETMASK, &old, 0);
  printf("begin\n");
  rounds();
  take_passed();
  release_all();
  for (unsigned i = 0; i < WAITS; i++) pthread_join(threads[i], 0), printf("%s\n", results[i]);
  printf("alarms %s %s\n", alarms > 0 ? "yes" : "no", posix_alarms > 0 ? "yes" : "no");
  while (wait(0) > 0 || errno == EINTR) continue;
  char event[256];
  printf("fanotify %s\n", read(fan_fd, event, sizeof event) > 0 ? "yes" : "no");
  show_count("instructions", instructions);
  show_count("faults", faults);
  printf("end %d %d\n", alarms, posix_alarms);
  return 7;
}
