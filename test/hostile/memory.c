/* Memory of processes, and what the kernel keeps for it. */
#include "hostile.h"
#include <sys/resource.h>
#include <sys/shm.h>

enum { PAGE = 4096 };

static int allocate(void) {
  for (long n = 0;; n++) {
    char *memory = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return refused("mmap", n);
    memset(memory, 1, 1 << 20);
  }
}

static int allocate_by_many(void) {
  for (int i = 0; i < 50; i++) fork();
  return allocate();
}

static int mappings(void) {
  int fd = open("/proc/sys/vm/max_map_count", O_WRONLY);
  if (fd >= 0) (void)!write(fd, "2147483647", 10);
  for (long n = 0;; n++) {
    int protection = n % 2 ? PROT_READ : PROT_NONE;
    if (mmap(0, PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED) return refused("mmap", n);
  }
}

static int mappings_by_many(void) {
  mappings();
  for (int i = 0; i < 12; i++) fork();
  for (;;) pause();
}

static int page_tables(void) {
  for (long n = 0;; n++) {
    char *place = mmap(0, 1 << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place == MAP_FAILED) return refused("mmap", n);
    for (long offset = 0; offset < 1 << 30; offset += 1 << 21) place[offset] = 1;
  }
}

static int locked(void) {
  mlockall(MCL_CURRENT | MCL_FUTURE);
  return allocate();
}

static int deep(volatile char *above) {
  volatile char room[PAGE];
  room[0] = above ? above[0] : 1;
  return deep(room) + room[1];
}

static int stack(void) {
  struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_STACK, &unlimited);
  return deep(0);
}

static int break_far(void) {
  for (long n = 0;; n++)
    if (sbrk(1L << 30) == (void *)-1) return refused("sbrk", n);
}

static int shared_segments(void) {
  for (long n = 0;; n++) {
    int id = shmget(IPC_PRIVATE, 1 << 20, 0600 | IPC_CREAT);
    if (id < 0) return refused("shmget", n);
    char *memory = shmat(id, 0, 0);
    if (memory == (char *)-1) return refused("shmat", n);
    memset(memory, 1, 1 << 20);
    shmdt(memory);
  }
}

static int memory_files(void) {
  struct rlimit many = {1 << 20, 1 << 20};
  setrlimit(RLIMIT_NOFILE, &many);
  static char block[1 << 20];
  memset(block, 1, sizeof block);
  for (long n = 0;; n++) {
    int fd = memfd_create("x", 0);
    if (fd < 0) return refused("memfd_create", n);
    if (write(fd, block, sizeof block) <= 0) return refused("write", n);
  }
}

static int sparse_memory_file(void) {
  int fd = memfd_create("x", 0);
  if (ftruncate(fd, INT64_MAX)) refused("ftruncate", 0);
  for (long n = 0; n < 100000; n++) {
    off_t offset = (off_t)(n * 0x9e3779b97f4a7c15UL >> 1);
    if (pwrite(fd, "x", 1, offset) != 1 && errno != EFBIG) return refused("pwrite", n);
  }
  return 0;
}

static int large_environment(void) {
  struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_STACK, &unlimited);
  enum { COUNT = 800, BYTES = 128 * 1024 - 1 };
  char **environment = calloc(COUNT + 1, sizeof *environment);
  for (int i = 0; i < COUNT; i++) {
    environment[i] = malloc(BYTES);
    if (!environment[i]) return refused("malloc", i);
    memset(environment[i], 'e', BYTES - 1);
    environment[i][BYTES - 1] = 0;
  }
  execve("/bin/true", (char *[]){"true", 0}, environment);
  return refused("execve", COUNT);
}

static int remap(void) {
  char *place = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  size_t size = PAGE;
  for (long n = 0;; n++) {
    char *next = mremap(place, size, size * 2, MREMAP_MAYMOVE);
    if (next == MAP_FAILED) return refused("mremap", n);
    place = next;
    size *= 2;
    place[size - 1] = 1;
  }
}

static int protect(void) {
  size_t pages = 60000;
  char *place = mmap(0, pages * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  for (int round = 0; round < 4; round++)
    for (size_t i = round % 2; i < pages; i += 2)
      if (mprotect(place + i * PAGE, PAGE, round & 2 ? PROT_READ : PROT_WRITE | PROT_READ)) return refused("mprotect", (long)i);
  return 0;
}

static int advise(void) {
  char *place = mmap(0, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  for (int advice = -1; advice < 120; advice++)
    for (int i = 0; i < 20; i++) {
      place[i << 20] = 1;
      madvise(place + i * 12345 / PAGE * PAGE, (size_t)1 << (12 + i), advice);
    }
  return 0;
}

static int watch_itself(void) {
  struct iovec {
    void *base;
    size_t length;
  } vectors[1024];
  for (int i = 0; i < 1024; i++) vectors[i] = (struct iovec){(void *)(uintptr_t)(i * 4096), SIZE_MAX >> 1};
  for (int n = 0; n < 1000; n++) syscall(SYS_process_vm_readv, getpid(), vectors, 1024, vectors, 1024, 0);
  return 0;
}

static const struct attack attacks[] = {
    {"allocate", allocate},    {"many", allocate_by_many}, {"mappings", mappings}, {"mappings-forked", mappings_by_many},
    {"tables", page_tables},   {"locked", locked},         {"stack", stack},       {"break", break_far},
    {"shm", shared_segments},  {"memfd", memory_files},    {"sparse", sparse_memory_file},
    {"environment", large_environment}, {"remap", remap},  {"protect", protect},   {"advise", advise}, {"vm", watch_itself},
};
MAIN(attacks)
