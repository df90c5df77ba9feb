/* perf_event_open(2): software events of threads, of what they make and execute, and of CPUs; groups; what is refused. */
#include "check.h"
#include <linux/perf_event.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

static struct perf_event_attr attr;
static uint64_t values[16];

static struct perf_event_attr *event(int type, uint64_t config) {
  memset(&attr, 0, sizeof attr);
  attr.size = sizeof attr;
  attr.type = type;
  attr.config = config;
  return &attr;
}
static int perf(pid_t pid, int cpu, int group, unsigned long flags) {
  return syscall(SYS_perf_event_open, &attr, pid, cpu, group, flags);
}
static int counter(uint64_t config) {
  event(PERF_TYPE_SOFTWARE, config)->disabled = 1;
  return perf(0, -1, -1, 0);
}
static uint64_t count(int fd) { return read(fd, values, sizeof values) >= 8 ? values[0] : ~0UL; }

/* Faults on as many fresh pages as there are. */
static void touch(int pages) {
  char *memory = mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  madvise(memory, pages * 4096, MADV_NOHUGEPAGE);
  for (int i = 0; i < pages; i++) *(volatile char *)(memory + i * 4096) = 1;
  munmap(memory, pages * 4096);
}

static void spin(void) {
  struct timespec from, to;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
  do clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
  while ((to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec < 2000000);
}

static void faults(void) {
  printf("-- faults\n");
  int all = counter(PERF_COUNT_SW_PAGE_FAULTS), minor = counter(PERF_COUNT_SW_PAGE_FAULTS_MIN), major = counter(PERF_COUNT_SW_PAGE_FAULTS_MAJ);
  touch(1);
  VALUE(count(all));
  CALL(ioctl(all, PERF_EVENT_IOC_ENABLE, 0));
  CALL(ioctl(minor, PERF_EVENT_IOC_ENABLE, 0));
  CALL(ioctl(major, PERF_EVENT_IOC_ENABLE, 0));
  CALL(ioctl(all, PERF_EVENT_IOC_RESET, 0));
  CALL(ioctl(minor, PERF_EVENT_IOC_RESET, 0));
  touch(64);
  VALUE(count(all));
  CALL(ioctl(all, PERF_EVENT_IOC_DISABLE, 0));
  touch(3);
  VALUE(count(all));
  VALUE(count(minor));
  VALUE(count(major));
  CALL(ioctl(all, PERF_EVENT_IOC_ENABLE, 0));
  touch(5);
  VALUE(count(all));
  CALL(prctl(PR_TASK_PERF_EVENTS_DISABLE));
  touch(7);
  VALUE(count(all));
  CALL(prctl(PR_TASK_PERF_EVENTS_ENABLE));
  touch(2);
  VALUE(count(all));
  VALUE(read(all, values, 7));
  CALL(lseek(all, 0, SEEK_SET));
  CALL(pread(all, values, 8, 0));
  CALL(write(all, values, 8));
  struct pollfd ready = {all, POLLIN, 0};
  VALUE(poll(&ready, 1, 0));
  VALUE(ready.revents);
  close(all), close(minor), close(major);
}

static void clocks(void) {
  printf("-- clocks and switches\n");
  event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK)->read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING | PERF_FORMAT_ID;
  int task = perf(0, -1, -1, 0), switches = counter(PERF_COUNT_SW_CONTEXT_SWITCHES);
  uint64_t id = 0;
  spin();
  VALUE(read(task, values, sizeof values));
  VALUE(values[0] >= 1900000);
  VALUE(values[1] >= values[0] - 1000000 && values[2] == values[1]);
  CALL(ioctl(task, PERF_EVENT_IOC_ID, &id));
  VALUE(id != 0 && id == values[3]);
  VALUE(read(task, values, 31));
  ioctl(switches, PERF_EVENT_IOC_ENABLE, 0);
  for (int i = 0; i < 3; i++) usleep(20000);
  VALUE(count(switches) >= 1);
  event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES)->exclude_kernel = 1;
  int user = perf(0, -1, -1, 0);
  usleep(1000);
  VALUE(count(user));
  event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_DUMMY);
  int dummy = perf(0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  VALUE(count(dummy));
  VALUE(fcntl(dummy, F_GETFD));
  close(task), close(switches), close(user), close(dummy);
}

static void groups(void) {
  printf("-- groups\n");
  int format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_ID;
  event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS)->read_format = format;
  attr.disabled = 1;
  int leader = perf(0, -1, -1, 0);
  event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN)->read_format = format;
  int second = perf(0, -1, leader, 0);
  attr.config = PERF_COUNT_SW_DUMMY;
  int third = perf(0, -1, leader, 0);
  CALL(perf(0, -1, third, 0));
  attr.pinned = 1;
  CALL(perf(0, -1, leader, 0));
  attr.pinned = 0, attr.inherit = 1;
  CALL(perf(0, -1, leader, 0));
  attr.inherit = 0;
  pid_t other = fork();
  if (other == 0) {
    pause();
    _exit(0);
  }
  CALL(perf(other, -1, leader, 0));
  kill(other, SIGKILL);
  reap(other);
  CALL(perf(0, -1, 0, 0));
  CALL(perf(0, -1, 999, 0));
  touch(4);
  VALUE(read(leader, values, sizeof values));
  printf("%d %d %d\n", (int)values[0], (int)values[1], (int)values[2]);
  ioctl(leader, PERF_EVENT_IOC_ENABLE, 0);
  touch(4);
  ioctl(leader, PERF_EVENT_IOC_DISABLE, 0);
  VALUE(read(leader, values, sizeof values));
  printf("%d: %d %d %d\n", (int)values[0], (int)values[2], (int)values[4], (int)values[6]);
  VALUE(values[3] < values[5] && values[5] < values[7]);
  VALUE(read(second, values, sizeof values));
  printf("%d: %d\n", (int)values[0], (int)values[2]);
  CALL(ioctl(second, PERF_EVENT_IOC_RESET, PERF_IOC_FLAG_GROUP));
  read(leader, values, sizeof values);
  printf("%d: %d %d %d\n", (int)values[0], (int)values[2], (int)values[4], (int)values[6]);
  VALUE(read(leader, values, 8 * 7));
  CALL(ioctl(third, PERF_EVENT_IOC_DISABLE, PERF_IOC_FLAG_GROUP));
  CALL(ioctl(third, PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP));
  touch(2);
  ioctl(leader, PERF_EVENT_IOC_DISABLE, PERF_IOC_FLAG_GROUP);
  read(leader, values, sizeof values);
  printf("%d: %d %d %d\n", (int)values[0], (int)values[2], (int)values[4], (int)values[6]);
  close(leader), close(second), close(third);
}

static void *toucher(void *unused) {
  touch(20);
  return unused;
}

static void families(char *self) {
  printf("-- threads and children\n");
  event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS)->inherit = 1;
  int family = perf(0, -1, -1, 0);
  int alone = (attr.inherit = 0, perf(0, -1, -1, 0));
  uint64_t family0 = count(family), alone0 = count(alone);
  pthread_t thread;
  pthread_create(&thread, NULL, toucher, NULL);
  pthread_join(thread, NULL);
  VALUE(count(family) - family0 >= 20);
  VALUE(count(alone) - alone0 < 20);
  pid_t pid = fork();
  if (pid == 0) {
    touch(300);
    _exit(0);
  }
  reap(pid);
  VALUE(count(family) - family0 >= 320);
  VALUE(count(alone) - alone0 < 100);
  ioctl(family, PERF_EVENT_IOC_DISABLE, 0);
  uint64_t stopped = count(family);
  if ((pid = fork()) == 0) {
    touch(50);
    _exit(0);
  }
  reap(pid);
  VALUE(count(family) == stopped);
  close(family), close(alone);

  int go[2];
  pipe(go);
  if ((pid = fork()) == 0) {
    char c;
    close(go[1]);
    read(go[0], &c, 1);
    touch(10);
    execl(self, self, "child", NULL);
    _exit(9);
  }
  event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS)->enable_on_exec = 1;
  attr.disabled = 1, attr.inherit = 1;
  int executed = perf(pid, -1, -1, 0);
  attr.enable_on_exec = 0;
  int never = perf(pid, -1, -1, 0);
  VALUE(count(executed));
  write(go[1], "x", 1);
  reap(pid);
  VALUE(count(executed) >= 100);
  VALUE(count(executed) < 1000);
  VALUE(count(never));
  CALL(perf(pid, -1, -1, 0));
  close(executed), close(never);
}

static void refusals(void) {
  printf("-- refused\n");
  CALL(perf(0, -1, -1, 16));
  CALL(perf(-1, -1, -1, 0));
  CALL(perf(0, 100000, -1, 0));
  CALL(perf(0, -2, -1, 0));
  CALL(perf(999999, -1, -1, 0));
  CALL(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
  CALL(perf(-1, 0, -1, PERF_FLAG_PID_CGROUP));
  event(PERF_TYPE_SOFTWARE, 0)->size = 8;
  CALL(perf(0, -1, -1, 0));
  VALUE(attr.size >= 64);
  attr.size = 5000;
  CALL(perf(0, -1, -1, 0));
  event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_DUMMY)->size = 64;
  int fd = CALL(perf(0, -1, -1, 0));
  CALL(ioctl(fd, PERF_EVENT_IOC_REFRESH, 1));
  CALL(ioctl(fd, PERF_EVENT_IOC_PERIOD, &values));
  CALL(ioctl(fd, PERF_EVENT_IOC_PAUSE_OUTPUT, 1));
  CALL(ioctl(fd, PERF_EVENT_IOC_ID, 8));
  CALL(ioctl(fd, 0x2499, 0));
  close(fd);
  event(PERF_TYPE_SOFTWARE, 99);
  CALL(perf(0, -1, -1, 0));
  event(PERF_TYPE_HARDWARE, 99);
  CALL(perf(0, -1, -1, 0) == -1 ? -1 : 0);
  event(PERF_TYPE_SOFTWARE, 0)->read_format = 1 << 20;
  CALL(perf(0, -1, -1, 0));
  event(PERF_TYPE_SOFTWARE, 0)->sample_type = 1 << 28;
  CALL(perf(0, -1, -1, 0));
  event(PERF_TYPE_SOFTWARE, 0)->sample_period = 1ULL << 63;
  CALL(perf(0, -1, -1, 0));
  event(PERF_TYPE_SOFTWARE, 0)->freq = 1;
  attr.sample_freq = 2000000000;
  CALL(perf(0, -1, -1, 0));
  if (fork() == 0) {
    setresuid(1000, 1000, 1000);
    event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS);
    CALL(perf(0, -1, -1, 0));
    attr.exclude_kernel = 1;
    CALL(perf(0, -1, -1, 0));
    CALL(perf(-1, 0, -1, 0));
    CALL(perf(1, -1, -1, 0));
    _exit(0);
  }
  wait(NULL);
}

static void cpus(void) {
  printf("-- a CPU\n");
  event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK);
  int clock = CALL(perf(-1, 0, -1, 0));
  attr.config = PERF_COUNT_SW_CONTEXT_SWITCHES;
  int switches = CALL(perf(-1, 0, -1, 0));
  usleep(3000);
  VALUE(count(clock) >= 3000000);
  VALUE(count(switches) < 1000000);
  close(clock), close(switches);
}

/* Here alone: a loop of so many instructions is so many. */
static void instructions(void) {
#ifdef __riscv
  event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS)->disabled = 1;
  int fd = perf(0, -1, -1, 0);
  ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
  long n = 1000000;
  __asm__ volatile("1: addi %0, %0, -1\n bnez %0, 1b" : "+r"(n));
  ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
  uint64_t retired = count(fd);
  if (retired < 2000000 || retired > 2000200) printf("%lu instructions\n", (unsigned long)retired);
#endif
}

/* Here alone: branches of a loop, and what two-bit counters have wrong of them. */
static void branches(void) {
#ifdef __riscv
  event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS)->disabled = 1;
  attr.exclude_kernel = 1, attr.inherit = 1;
  int all = perf(0, -1, -1, 0);
  attr.config = PERF_COUNT_HW_BRANCH_MISSES;
  int misses = perf(0, -1, -1, 0);
  uint64_t before[2], wrong[2];
  long n = 100000;
  /* The loop's branch is learnt at once. Of taken, taken, not, not a counter goes 0 1 2 1 0: only the last was foretold, as by 1 2 3 2 1 only the second. */
  for (int pattern = 0; pattern < 2; pattern++) {
    long i = n;
    ioctl(all, PERF_EVENT_IOC_ENABLE, 0);
    ioctl(misses, PERF_EVENT_IOC_ENABLE, 0);
    before[0] = count(all), wrong[0] = count(misses);
    __asm__ volatile("1: and t0, %0, %1\n bnez t0, 2f\n 2: addi %0, %0, -1\n bnez %0, 1b" : "+r"(i) : "r"(pattern ? 2L : 0L) : "t0");
    before[1] = count(all), wrong[1] = count(misses);
    ioctl(all, PERF_EVENT_IOC_DISABLE, 0);
    ioctl(misses, PERF_EVENT_IOC_DISABLE, 0);
    long counted = before[1] - before[0] - 2 * n, missed = wrong[1] - wrong[0] - (pattern ? n / 4 * 3 : 0);
    if (counted < 0 || counted > 200 || missed < -4 || missed > 100) printf("%ld branches, %ld misses too many\n", counted, missed);
  }
  uint64_t rest = count(all);
  for (volatile int i = 0; i < 100; i++);
  if (count(all) != rest) printf("disabled, it counts\n");
  /* A child's are the event's, too. */
  ioctl(all, PERF_EVENT_IOC_RESET, 0);
  ioctl(all, PERF_EVENT_IOC_ENABLE, 0);
  if (fork() == 0) {
    __asm__ volatile("1: addi %0, %0, -1\n bnez %0, 1b" : "+r"(n));
    _exit(0);
  }
  wait(NULL);
  uint64_t both = count(all);
  if (both < 100000 || both > 120000) printf("%lu branches with the child's\n", (unsigned long)both);
  close(all), close(misses);
  event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS);
  int cpu = perf(-1, 0, -1, 0);
  if (cpu < 0 || count(cpu) >= 100000000) printf("no branches of a CPU\n");
  close(cpu);
#endif
}

int main(int argc, char **argv) {
  start();
  if (argc > 1) {
    touch(100);
    return 0;
  }
  event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_DUMMY);
  int fd = perf(0, -1, -1, 0);
  if (fd < 0) {
    printf("no performance events: %s\n", strerror(errno));
    return 77;
  }
  close(fd);
  faults();
  clocks();
  groups();
  families(argv[0]);
  refusals();
  cpus();
  instructions();
  branches();
  return 0;
}
