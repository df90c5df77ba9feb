/*
 * What one system call costs, of each kind that programs make often: calls MS FOLDER [NAME…] prints NAME and microseconds a round, the least of
 * three. calls.ts compares native Linux with Hartix. A round may be of two calls, so that it leaves things as they were.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MANY 100

static char path[200], other[220], folder[220], link_path[220], bytes[65536];
static int file, directory, epoll, event, timer, stream[2], datagram[2], ends[2], queue, set, watcher, word, nothing[MANY];
static struct pollfd polled[MANY];
static char *memory;
static struct sigaction action;
static sigset_t signals;

static void handle(int signal) { (void)signal; }
static void *end_at_once(void *argument) { return argument; }

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

static void prepare(const char *where) {
  snprintf(path, sizeof path, "%s/calls.%d", where, getpid());
  snprintf(other, sizeof other, "%s.other", path);
  snprintf(folder, sizeof folder, "%s.d", path);
  snprintf(link_path, sizeof link_path, "%s.l", path);
  file = open(path, O_CREAT | O_RDWR, 0644);
  if (file < 0 || write(file, bytes, sizeof bytes) != sizeof bytes) exit(1);
  mkdir(folder, 0755);
  symlink(path, link_path);
  for (int i = 0; i < MANY; i++) {
    char name[260];
    snprintf(name, sizeof name, "%s/file%d", folder, i);
    close(open(name, O_CREAT | O_RDWR, 0644));
    nothing[i] = open("/dev/null", O_RDONLY);
  }
  directory = open(folder, O_RDONLY);
  pipe(ends);
  socketpair(AF_UNIX, SOCK_STREAM, 0, stream);
  socketpair(AF_UNIX, SOCK_DGRAM, 0, datagram);
  event = eventfd(1, 0);
  timer = timerfd_create(CLOCK_MONOTONIC, 0);
  epoll = epoll_create1(0);
  struct epoll_event wanted = {EPOLLIN};
  epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted);
  epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &wanted);
  for (int i = 0; i < MANY; i++) polled[i] = (struct pollfd){i == 9 ? event : ends[0], POLLIN};
  queue = msgget(IPC_PRIVATE, 0600);
  set = semget(IPC_PRIVATE, 1, 0600);
  watcher = inotify_init();
  memory = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(memory, 1, 1 << 20);
  action.sa_handler = handle;
  sigaction(SIGUSR1, &action, 0);
  sigaddset(&signals, SIGUSR2);
}

static void clean(void) {
  for (int i = 0; i < MANY; i++) {
    char name[260];
    snprintf(name, sizeof name, "%s/file%d", folder, i);
    unlink(name);
  }
  rmdir(folder);
  unlink(link_path);
  unlink(path);
  msgctl(queue, IPC_RMID, 0);
  semctl(set, 0, IPC_RMID);
}

static void *map(void *at, size_t length, int protection, int flags, int fd) { return mmap(at, length, protection, flags, fd, 0); }

static void select_of(int count) {
  fd_set wanted;
  FD_ZERO(&wanted);
  for (int i = 0; i < count; i++) FD_SET(nothing[i], &wanted);
  struct timeval none = {0};
  select(nothing[count - 1] + 1, &wanted, 0, 0, &none);
}

static void lock_and_unlock(void) {
  struct flock lock = {.l_type = F_WRLCK};
  fcntl(file, F_SETLK, &lock);
  lock.l_type = F_UNLCK;
  fcntl(file, F_SETLK, &lock);
}

static void pass_descriptor(void) {
  char control[CMSG_SPACE(sizeof(int))];
  struct iovec part = {bytes, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  *(int *)CMSG_DATA(header) = file;
  sendmsg(datagram[0], &message, 0);
  message.msg_controllen = sizeof control;
  recvmsg(datagram[1], &message, 0);
  close(*(int *)CMSG_DATA(CMSG_FIRSTHDR(&message)));
}

static void read_whole(const char *name) {
  int fd = open(name, O_RDONLY);
  while (read(fd, bytes, sizeof bytes) > 0) {}
  close(fd);
}

static void child_of(pid_t pid) {
  if (pid == 0) _exit(0);
  waitpid(pid, 0, 0);
}

static const struct iovec parts[4] = {{bytes, 10}, {bytes + 20, 10}, {bytes + 50, 10}, {bytes + 70, 10}};

/* One row a figure. */
#define FIGURES(row) \
  row(getppid, syscall(SYS_getppid)) row(getuid, syscall(SYS_getuid)) row(getrusage, struct rusage u; getrusage(RUSAGE_SELF, &u)) \
  row(times, struct tms t; times(&t)) row(uname, struct utsname u; uname(&u)) row(sysinfo, struct sysinfo s; sysinfo(&s)) \
  row(prctl_name, prctl(PR_GET_NAME, bytes)) row(getrandom_16, syscall(SYS_getrandom, bytes, 16, 0)) row(umask, umask(022)) \
  row(sigaction, struct sigaction old; sigaction(SIGUSR1, &action, &old)) row(sigprocmask, sigprocmask(SIG_BLOCK, &signals, 0)) \
  row(sigpending, sigset_t s; sigpending(&s)) row(signal, raise(SIGUSR1)) row(kill_0, kill(getpid(), 0)) \
  row(select_10, select_of(10)) row(select_100, select_of(MANY)) row(poll_10, poll(polled, 10, 0)) row(poll_100, poll(polled, MANY, 0)) \
  row(epoll_wait, struct epoll_event e[4]; epoll_wait(epoll, e, 4, 0)) \
  row(epoll_mod, struct epoll_event e = {EPOLLIN}; epoll_ctl(epoll, EPOLL_CTL_MOD, event, &e)) \
  row(epoll_add_del, struct epoll_event e = {EPOLLIN}; epoll_ctl(epoll, EPOLL_CTL_ADD, stream[0], &e); epoll_ctl(epoll, EPOLL_CTL_DEL, stream[0], 0)) \
  row(eventfd, unsigned long long v = 1; write(event, &v, 8); read(event, &v, 8); write(event, &v, 8)) \
  row(timerfd_settime, struct itimerspec t = {{0}, {1000, 0}}; timerfd_settime(timer, 0, &t, 0)) \
  row(setitimer, struct itimerval t = {{0}, {1000, 0}}; setitimer(ITIMER_REAL, &t, 0)) \
  row(dup_close, close(dup(file))) row(fcntl_getfl, fcntl(file, F_GETFL)) row(fcntl_lock, lock_and_unlock()) row(flock, flock(file, LOCK_EX); flock(file, LOCK_UN)) \
  row(lseek, lseek(file, 0, SEEK_SET)) row(pread_1, pread(file, bytes, 1, 0)) row(pread_4k, pread(file, bytes, 4096, 0)) \
  row(pwrite_1, pwrite(file, bytes, 1, 0)) row(pwrite_4k, pwrite(file, bytes, 4096, 0)) row(preadv_4, preadv(file, parts, 4, 0)) row(pwritev_4, pwritev(file, parts, 4, 0)) \
  row(fstat, struct stat s; fstat(file, &s)) row(stat, struct stat s; stat(path, &s)) row(stat_missing, struct stat s; stat("/tmp/missing", &s)) \
  row(access, access(path, R_OK)) row(open_close, close(open(path, O_RDONLY))) row(readlink, readlink(link_path, bytes, 100)) row(getcwd, getcwd(bytes, 1000)) \
  row(mkdir_rmdir, mkdir(other, 0755); rmdir(other)) row(create_unlink, close(open(other, O_CREAT | O_RDWR, 0644)); unlink(other)) \
  row(rename_back, rename(path, other); rename(other, path)) row(link_unlink, link(path, other); unlink(other)) row(symlink_unlink, symlink(path, other); unlink(other)) \
  row(ftruncate, ftruncate(file, sizeof bytes)) row(utimensat, utimensat(AT_FDCWD, path, 0, 0)) row(chmod, chmod(path, 0644)) row(fsync, fsync(file)) \
  row(getdents_100, lseek(directory, 0, SEEK_SET); while (syscall(SYS_getdents64, directory, bytes, sizeof bytes) > 0) {}) \
  row(mmap_munmap, munmap(map(0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1), 4096)) \
  row(mmap_touch, char *p = map(0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1); *p = 1; munmap(p, 4096)) \
  row(mmap_file, volatile char *p = map(0, 65536, 1, MAP_SHARED, file); (void)(p[0] + p[40000]); munmap((char *)p, 65536)) \
  row(mprotect, mprotect(memory, 4096, PROT_READ); mprotect(memory, 4096, PROT_READ | PROT_WRITE)) \
  row(madvise_dontneed, madvise(memory + 8192, 4096, MADV_DONTNEED); memory[8192] = 1) row(brk, sbrk(4096); sbrk(-4096)) \
  row(mremap, char *p = map(0, 8192, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1); munmap(mremap(p, 8192, 16384, MREMAP_MAYMOVE), 16384)) \
  row(futex_wake, syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1)) row(futex_changed, syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, 0)) \
  row(sched_yield, sched_yield()) row(getaffinity, cpu_set_t s; sched_getaffinity(0, sizeof s, &s)) row(wait_none, wait4(-1, 0, WNOHANG, 0)) \
  row(fionread, int n; ioctl(ends[0], FIONREAD, &n)) row(pipe_write_read, write(ends[1], bytes, 1); read(ends[0], bytes, 1)) \
  row(pipe_close, int e[2]; pipe(e); close(e[0]); close(e[1])) row(socketpair_close, int s[2]; socketpair(AF_UNIX, SOCK_STREAM, 0, s); close(s[0]); close(s[1])) \
  row(unix_stream, send(stream[0], bytes, 64, 0); recv(stream[1], bytes, 64, 0)) row(unix_datagram, send(datagram[0], bytes, 64, 0); recv(datagram[1], bytes, 64, 0)) \
  row(pass_descriptor, pass_descriptor()) row(memfd_close, close(memfd_create("x", 0))) \
  row(msgsnd_msgrcv, struct { long type; char text[8]; } m = {1}; msgsnd(queue, &m, 8, 0); msgrcv(queue, &m, 8, 0, 0)) \
  row(semop_2, struct sembuf s[2] = {{0, 1, 0}, {0, -1, 0}}; semop(set, s, 2)) row(inotify, inotify_rm_watch(watcher, inotify_add_watch(watcher, path, IN_MODIFY))) \
  row(statfs, struct statfs s; statfs("/tmp", &s)) row(sendfile_4k, off_t at = 0; sendfile(ends[1], file, &at, 4096); read(ends[0], bytes, 4096)) \
  row(splice_4k, loff_t at = 0; splice(file, &at, ends[1], 0, 4096, 0); read(ends[0], bytes, 4096)) \
  row(proc_self_stat, read_whole("/proc/self/stat")) row(proc_self_maps, read_whole("/proc/self/maps")) row(proc_meminfo, read_whole("/proc/meminfo")) \
  row(thread, pthread_t t; pthread_create(&t, 0, end_at_once, 0); pthread_join(t, 0)) row(fork_wait, child_of(fork())) row(vfork_wait, child_of(vfork()))

#define DEFINE(name, ...) static void do_##name(void) { __VA_ARGS__; }
#define LIST(name, ...) {#name, do_##name},
FIGURES(DEFINE)
static const struct { const char *name; void (*run)(void); } figures[] = {FIGURES(LIST)};

static double once(void (*run)(void), double least) {
  for (long count = 1;;) {
    double began = now();
    for (long i = 0; i < count; i++) run();
    double took = now() - began;
    if (took >= least) return took / count;
    count *= took < least / 10 ? 8 : 2;
  }
}

static int is_wanted(const char *name, int count, char **names) {
  for (int i = 0; i < count; i++)
    if (!strcmp(name, names[i])) return 1;
  return count == 0;
}

int main(int count, char **words) {
  if (count < 3) return 2;
  double least = atof(words[1]) / 1000;
  prepare(words[2]);
  for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
    if (!is_wanted(figures[i].name, count - 3, words + 3)) continue;
    double best = 1e9;
    for (int round = 0; round < 3; round++) {
      double took = once(figures[i].run, least);
      if (took < best) best = took;
    }
    printf("%s %.3f us\n", figures[i].name, best * 1e6);
    fflush(stdout);
  }
  clean();
  return 0;
}
