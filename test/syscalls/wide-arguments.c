/* Files end before 2^53 here, which is a limit of the file system: positions beyond it are not compared.
   Arguments and fields of 64 bits, above 2^53 too: they mean what they mean, and come back as they were. Raw calls: libraries look at some. */
#include "check.h"
#include <linux/futex.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <time.h>

#define MFD(name) syscall(SYS_memfd_create, name, 0)

static const uint64_t WIDE[] = {
    (1ULL << 53) + 1, (1ULL << 60) + 1, (1ULL << 62) + 12345, (1ULL << 63) - 1, (1ULL << 63) - 4096, 1ULL << 63, (1ULL << 63) + 1,
    -4096ULL, -4095ULL, -2048ULL, -1ULL, (1ULL << 63) + 4095,
};
#define COUNT (sizeof WIDE / sizeof *WIDE)

#define NEGATIVE (w >> 63)
#define EACH(expression) EACH_NAMED(#expression, 1, expression)
#define EACH_IF(condition, expression) EACH_NAMED(#expression, condition, expression)
#define EACH_NAMED(name, condition, expression)                                           \
  for (size_t i = 0; i < COUNT; i++) {                                                    \
    uint64_t w = WIDE[i];                                                                 \
    if (!(condition)) continue;                                                           \
    errno = 0;                                                                            \
    long result_ = (long)(expression);                                                    \
    if (result_ == -1 && errno) printf("%s w=%lx: %s\n", name, (long)w, strerror(errno)); \
    else printf("%s w=%lx = %ld\n", name, (long)w, result_);                              \
  }

static void offsets(void) {
  int fd = MFD("a"), other = MFD("b");
  /* Far from the end of the address space, where the stack is: lengths are cut to 2 GiB before the range is looked at. */
  static union {
    char room[64], byte;
  } low = {"x"};
  write(fd, "hello", 5);
  struct iovec vector = {&low.byte, 1};
  EACH_IF(NEGATIVE, syscall(SYS_lseek, fd, w, SEEK_SET));
  EACH_IF(NEGATIVE, (lseek(fd, 1, SEEK_SET), syscall(SYS_lseek, fd, w, SEEK_CUR)));
  EACH_IF(NEGATIVE, syscall(SYS_lseek, fd, w, SEEK_END));
  EACH(syscall(SYS_lseek, fd, w, SEEK_DATA));
  EACH(syscall(SYS_lseek, fd, w, SEEK_HOLE));
  EACH(syscall(SYS_pread64, fd, &low.byte, 1, w));
  EACH(syscall(SYS_preadv, fd, &vector, 1, w, 0));
  EACH(syscall(SYS_preadv2, fd, &vector, 1, w, 0, 0));
  EACH_IF(NEGATIVE, syscall(SYS_ftruncate, fd, w));
  EACH_IF(NEGATIVE || w == (1ULL << 63) - 1, syscall(SYS_pwrite64, fd, &low.byte, 1, w));
  EACH_IF(NEGATIVE || w == (1ULL << 63) - 1, syscall(SYS_pwritev, fd, &vector, 1, w, 0));
  EACH_IF(NEGATIVE, syscall(SYS_fallocate, fd, 0, w, 1));
  EACH_IF(NEGATIVE, syscall(SYS_fallocate, fd, 0, 0, w));
  EACH_IF(w >> 62 == 1, syscall(SYS_fallocate, fd, 1, w, w));
  EACH(syscall(SYS_fadvise64, fd, w, 1, 0));
  EACH(syscall(SYS_fadvise64, fd, 0, w, 0));
  EACH(syscall(SYS_readahead, fd, w, 1));
  EACH(syscall(SYS_sync_file_range, fd, w, 1, 0));
  EACH(syscall(SYS_sync_file_range, fd, 1, w, 0));
  EACH(({ loff_t at = w; syscall(SYS_sendfile, other, fd, &at, 1); }));
  EACH(({ loff_t at = w; syscall(SYS_copy_file_range, fd, &at, other, NULL, 1, 0); }));
  EACH_IF(NEGATIVE, ({ loff_t at = w; syscall(SYS_copy_file_range, fd, NULL, other, &at, 1, 0); }));
  EACH((lseek(fd, 0, SEEK_SET), lseek(other, 0, SEEK_SET), ftruncate(other, 0), syscall(SYS_sendfile, other, fd, NULL, w)));
  EACH((lseek(fd, 0, SEEK_SET), lseek(other, 0, SEEK_SET), ftruncate(other, 0), syscall(SYS_copy_file_range, fd, NULL, other, NULL, w, 0)));
  EACH(({ struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = w, .l_len = 1}; fcntl(fd, F_SETLK, &lock); }));
  EACH(({ struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = w}; fcntl(fd, F_SETLK, &lock); }));
  /* Reading and writing as much as there is room for addresses. */
  EACH((lseek(fd, 0, SEEK_SET), syscall(SYS_read, fd, &low.byte, w)));
  EACH(syscall(SYS_write, fd, (void *)16, w));
  EACH(({ struct iovec v = {&low.byte, w}; syscall(SYS_readv, fd, &v, 1); }));
  EACH(syscall(SYS_readv, fd, &vector, w));
  close(fd), close(other);
}

static void memory(void) {
  long page = 4096;
  char *map = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int fd = MFD("m");
  ftruncate(fd, page);
  EACH(syscall(SYS_munmap, w, page));
  EACH(syscall(SYS_munmap, map + 3 * page, w));
  EACH(syscall(SYS_mprotect, w, page, 0));
  EACH(syscall(SYS_mprotect, map, w, 1));
  EACH(syscall(SYS_msync, w, page, MS_SYNC));
  EACH(syscall(SYS_msync, map, w, MS_SYNC));
  EACH(syscall(SYS_madvise, w, page, MADV_NORMAL));
  EACH(syscall(SYS_madvise, map, w, MADV_NORMAL));
  EACH(syscall(SYS_mincore, w, page, map));
  EACH(syscall(SYS_mlock, w, page));
  EACH(syscall(SYS_munlock, map, w));
  EACH(syscall(SYS_mmap, NULL, w, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  EACH_IF(w < -4096ULL, syscall(SYS_mmap, w, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
  EACH(syscall(SYS_mmap, NULL, page, PROT_READ, MAP_PRIVATE, fd, w));
  EACH(syscall(SYS_mremap, map, page, w, MREMAP_MAYMOVE, 0));
  EACH(syscall(SYS_mremap, w, page, page, MREMAP_MAYMOVE, 0));
  EACH(syscall(SYS_shmget, IPC_PRIVATE, w, 0600) >= 0);
  EACH_IF(w % 4 == 0, syscall(SYS_futex, w, FUTEX_WAKE, 1, NULL, NULL, 0));
  EACH_IF(w % 4 == 0, syscall(SYS_futex, w, FUTEX_WAIT, 1, NULL, NULL, 0));
  EACH(syscall(SYS_set_robust_list, w, 24));
  EACH(syscall(SYS_write, fd, w, 1));
  EACH(syscall(SYS_clock_gettime, 0, w));
  close(fd);
}

static void values(void) {
  EACH(({ int fd = eventfd(0, EFD_NONBLOCK); uint64_t got = 0; long r = write(fd, &w, 8); if (r == 8) read(fd, &got, 8); close(fd); r == 8 ? got == w : r; }));
  EACH(({
    int fd = epoll_create1(0), pipe_fd[2];
    pipe(pipe_fd);
    struct epoll_event event = {.events = EPOLLOUT, .data.u64 = w};
    epoll_ctl(fd, EPOLL_CTL_ADD, pipe_fd[1], &event);
    memset(&event, 0, sizeof event);
    epoll_wait(fd, &event, 1, 0);
    close(fd), close(pipe_fd[0]), close(pipe_fd[1]);
    event.data.u64 == w;
  }));
  EACH(({
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigqueue(getpid(), SIGUSR1, (union sigval){.sival_ptr = (void *)w});
    sigwaitinfo(&set, &info);
    (uint64_t)info.si_value.sival_ptr == w;
  }));
  EACH(({
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_ptr = (void *)w};
    timer_t timer;
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    timer_settime(timer, 0, &(struct itimerspec){.it_value = {0, 1}}, NULL);
    sigwaitinfo(&set, &info);
    timer_delete(timer);
    (uint64_t)info.si_value.sival_ptr == w;
  }));
  /* Each may be lowered once without privilege. */
  static const int RESOURCES[] = {RLIMIT_RTTIME, RLIMIT_RSS, RLIMIT_LOCKS, RLIMIT_CPU};
  EACH_IF(i < 4, ({
    struct { uint64_t soft, hard; } limit = {w, w}, got = {0, 0};
    int resource = RESOURCES[i];
    long r = syscall(SYS_prlimit64, 0, resource, &limit, NULL);
    syscall(SYS_prlimit64, 0, resource, NULL, &got);
    r == 0 ? (got.soft == w) + 2 * (got.hard == w) : r;
  }));
  EACH(({ struct { uint64_t s, n; } t = {0, w}; syscall(SYS_nanosleep, &t, NULL); }));
  EACH(({ struct { uint64_t s, n; } t = {w, 1000000000}; syscall(SYS_nanosleep, &t, NULL); }));
  EACH(({
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec set = {.it_value = {(long)w, 5}}, got = {0};
    long r = syscall(SYS_timerfd_settime, fd, 0, &set, NULL);
    syscall(SYS_timerfd_gettime, fd, &got);
    close(fd);
    r == 0 ? got.it_value.tv_sec > 1000000 : r;
  }));
  EACH(({
    struct { uint32_t size, policy; uint64_t flags; int32_t nice; uint32_t priority; uint64_t runtime, deadline, period; } a = {48, 6, 0, 0, 0, w, w, w};
    syscall(SYS_sched_setattr, 0, &a, 0);
  }));
  EACH(({ struct __attribute__((packed)) { uint64_t flags, mode, resolve; } how = {0, 0, w}; syscall(SYS_openat2, AT_FDCWD, ".", &how, 24); }) >= 0);
  EACH(({ struct { uint64_t flags, mode, resolve; } how = {O_RDONLY | w, 0, 0}; syscall(SYS_openat2, AT_FDCWD, ".", &how, 24); }) >= 0);
  EACH(syscall(SYS_openat2, AT_FDCWD, ".", "", w));
  EACH(syscall(SYS_clone3, "", w));
  EACH(syscall(SYS_personality, w) >= 0);
  syscall(SYS_personality, 0);
  EACH(syscall(SYS_prctl, PR_SET_TIMERSLACK, w, 0, 0, 0));
  EACH(syscall(SYS_prctl, PR_GET_TIMERSLACK, 0, 0, 0, 0) > 0);
  EACH(syscall(SYS_fgetxattr, 0, "user.a", NULL, w) == 0);
}

int main(void) {
  start();
  signal(SIGXFSZ, SIG_IGN);
  offsets();
  memory();
  values();
  return 0;
}
