/* Random system calls with arguments from pools of edge cases. `syscall-fuzz SEED CHILDREN CALLS [stay]`: each child
 * makes CALLS calls; the parent watches, kills who sleeps for ever and prints how many calls were made. Nothing may panic. With `stay`
 * nobody leaves the root directory that the program was given. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PAGE 4096
#define ARENA ((char *)0x1000000000)
#define ARENA_PAGES 64
#define STALL_MS 300

/* Kinds of argument: f descriptor, d directory descriptor or AT_FDCWD, p buffer, P path, s size, F flags, i small number,
 * o offset, t timespec, v iovec, a page of the arena, n process, g signal, c a word of this call's own list. */
struct call {
  int number;
  const char *kinds;
};

static const struct call CALLS[] = {
    {5, "PPpsF"},     {6, "PPpsF"},     {7, "fPpsF"},    {8, "PPps"},     {9, "PPps"},      {10, "fPps"},
    {11, "Pps"},      {12, "Pps"},      {13, "fps"},     {14, "PP"},      {15, "PP"},       {16, "fP"},
    {17, "ps"},       {19, "iF"},       {20, "F"},       {21, "fifp"},    {22, "fpitps"},   {23, "f"},
    {24, "ffF"},      {25, "fip"},      {29, "fIp"},     {29, "fIi"},     {32, "fi"},       {33, "dPFi"},
    {34, "dPF"},      {35, "dPF"},      {36, "PdP"},     {37, "dPdPF"},   {39, "PF"},       {40, "PPPFp"},
    {43, "Pp"},       {44, "fp"},       {45, "Po"},      {46, "fo"},      {47, "fioo"},     {48, "dPi"},
    {49, "P"},        {50, "f"},        {52, "fF"},      {53, "dPF"},     {54, "dPiiF"},    {55, "fii"},
    {56, "dPFi"},     {56, "dPFi"},     {56, "dPFi"},    {57, "f"},       {59, "pF"},       {61, "fps"},
    {62, "foi"},      {63, "fps"},      {64, "fps"},     {65, "fvi"},     {66, "fvi"},      {67, "fpso"},
    {68, "fpso"},     {69, "fvio"},     {70, "fvio"},    {71, "ffps"},    {72, "ipppttp"},  {73, "pitps"},
    {78, "dPps"},     {79, "dPpF"},     {80, "fp"},      {82, "f"},       {83, "f"},        {84, "fooF"},
    {85, "iF"},       {86, "fFpp"},     {87, "fp"},      {88, "dPpF"},    {90, "pp"},       {91, "pp"},
    {92, "F"},        {95, "inpFp"},    {96, "p"},       {98, "pFitpi"},  {98, "picipi"},   {99, "ps"},
    {100, "npp"},     {101, "tp"},      {102, "ip"},     {103, "ipp"},    {107, "ipp"},     {108, "ip"},
    {109, "i"},       {110, "iFpp"},    {111, "i"},      {112, "ip"},     {113, "ip"},      {114, "ip"},
    {115, "iFtp"},    {116, "ips"},     {118, "np"},     {119, "nip"},    {120, "n"},       {121, "np"},
    {122, "nsp"},     {123, "nsp"},     {124, ""},       {125, "i"},      {126, "i"},       {127, "np"},
    {129, "ng"},      {130, "ng"},      {131, "nng"},    {132, "pp"},     {133, "ps"},      {134, "gpps"},
    {135, "ipps"},    {136, "ps"},      {137, "ppts"},   {138, "ngp"},    {139, ""},        {140, "ini"},
    {141, "in"},      {143, "ii"},      {144, "i"},      {145, "ii"},     {146, "i"},       {147, "iii"},
    {148, "ppp"},     {149, "iii"},     {150, "ppp"},    {151, "i"},      {152, "i"},       {153, "p"},
    {154, "nn"},      {155, "n"},       {156, "n"},      {157, ""},       {158, "ip"},      {159, "ip"},
    {160, "p"},       {161, "ps"},      {162, "ps"},     {163, "ip"},     {164, "ip"},      {165, "ip"},
    {166, "F"},       {167, "ippp"},    {168, "ppp"},    {169, "pp"},     {170, "pp"},      {179, "p"},
    {198, "iii"},     {213, "fos"},     {214, "a"},      {215, "as"},     {216, "assFa"},   {216, "aiiFa"},
    {220, "FaPpp"},   {221, "Ppp"},     {222, "asiFfo"}, {222, "aiiFfo"}, {222, "aiiFfi"},  {223, "foos"},
    {226, "asi"},     {226, "aii"},     {227, "asi"},    {228, "as"},     {229, "as"},      {230, "i"},
    {231, ""},        {232, "asp"},     {233, "asi"},    {233, "aii"},    {240, "nngp"},    {258, "pspsF"},
    {259, "ppi"},     {260, "npip"},    {261, "nipp"},   {267, "f"},      {274, "npF"},     {275, "npsF"},
    {276, "dPdPF"},   {278, "psF"},     {279, "PF"},     {281, "dPppF"},  {283, "iii"},     {284, "asi"},
    {285, "fpfpsF"},  {286, "fvioiF"},  {287, "fvioiF"}, {291, "dPFFp"},  {435, "ps"},      {436, "ffF"},
    {437, "dPps"},    {439, "dPiF"},    {441, "fpitps"}, {452, "dPFF"},
};

static const char *const PATHS[] = {
    ".", "..", "", "/", "file", "file", "file2", "dir", "dir/deep", "dir/../file", "link", "loop", "fifo", "dead",
    "file/x", "new", "new2", "dir/new", "/proc/self/maps", "/proc/self/fd/3", "/proc/self/exe", "/proc/self/mem",
    "/proc/self/status", "/proc/self/environ", "/proc/self", "/proc/meminfo", "/proc/sys/kernel/pid_max", "/dev/null",
    "/dev/zero", "/dev/full", "/dev/urandom", "/dev/ptmx", "/dev/tty", "/dev/pts", "/sys/devices", "/dev/shm",
    "user.name", "tmpfs", "proc", "ext2", "/tmp", "/proc/self/fd", "/proc/self/task", "/bin/true", "sub/mount",
};

static const uint64_t EDGES[] = {
    0, 1, 7, 8, 4095, 4096, 4097, 65536, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x3fffffffff, 0x4000000000,
    0x3fffffff000, 0x7fffffffffff, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffc000000000, 0xffffffff80000000,
    0xfffffffffffff000, 0xfffffffffffffff8, 0xffffffffffffffff,
};

static const uint32_t IOCTLS[] = {
    0x5401, 0x5402, 0x5403, 0x5404, 0x5405, 0x5406, 0x5409, 0x540a, 0x540b, 0x540e, 0x540f, 0x5410, 0x5411,
    0x5412, 0x5413, 0x5414, 0x541b, 0x5420, 0x5421, 0x5422, 0x5429, 0x5450, 0x5451, 0x5452, 0x40045431, 0x80045430,
    0x802c542a, 0x5441, 0x80086601, 0x1260, 0x80081272, 0x1268,
};

struct shared {
  volatile uint64_t calls;
  volatile uint64_t words[7];
};

static struct shared *shared;
static uint64_t state;
static pid_t self;
static int stays;
static int descriptors[64];
static int descriptor_count;

static uint64_t next(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state * 0x2545f4914f6cdd1d >> 8;
}

static uint64_t below(uint64_t limit) { return next() % limit; }

static uint64_t edge(void) { return EDGES[below(COUNT(EDGES))] + (below(4) ? 0 : below(64) - 32); }

static long invoke(long number, const uint64_t *word) {
  register long a0 __asm__("a0") = (long)word[0];
  register long a1 __asm__("a1") = (long)word[1];
  register long a2 __asm__("a2") = (long)word[2];
  register long a3 __asm__("a3") = (long)word[3];
  register long a4 __asm__("a4") = (long)word[4];
  register long a5 __asm__("a5") = (long)word[5];
  register long a7 __asm__("a7") = number;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
  return a0;
}

/** An address in the arena: page starts, a few bytes before a page's end, anywhere. */
static char *arena(void) {
  char *page = ARENA + below(ARENA_PAGES) * PAGE;
  switch (below(3)) {
  case 0: return page;
  case 1: return page + PAGE - 1 - below(64);
  default: return page + below(PAGE / 8) * 8;
  }
}

/** A scratch buffer that is always mapped. */
static char *scratch(void) {
  static _Alignas(PAGE) char pages[4 * PAGE];
  return pages + below(16) * 1000 / 8 * 8;
}

static uint64_t buffer(void) {
  char *place = scratch();
  switch (below(8)) {
  case 0: return edge();
  case 1: return (uint64_t)arena();
  case 2: {
    uint64_t *word = (uint64_t *)place;
    for (int i = 0; i < 16; i++) word[i] = below(3) ? below(64) : edge();
    return (uint64_t)place;
  }
  case 3: {
    uint32_t *word = (uint32_t *)place;
    for (int i = 0; i < 32; i++) word[i] = below(3) ? below(16) : (uint32_t)edge();
    return (uint64_t)place;
  }
  default: return (uint64_t)place;
  }
}

static uint64_t path(void) {
  if (below(12) == 0) return buffer();
  char *place = scratch();
  const char *text = PATHS[below(COUNT(PATHS))];
  if (below(40) == 0) {
    memset(place, 'x', 300);
    place[below(300)] = 0;
  } else
    strcpy(place, text);
  return (uint64_t)place;
}

static uint64_t vector(void) {
  if (below(8) == 0) return buffer();
  struct iovec *list = (struct iovec *)scratch();
  for (int i = 0; i < 8; i++) {
    list[i].iov_base = (void *)buffer();
    list[i].iov_len = below(6) ? below(5000) : edge();
  }
  return (uint64_t)list;
}

static uint64_t moment(void) {
  if (below(6) == 0) return buffer();
  long *place = (long *)scratch();
  place[0] = below(10) ? 0 : (long)edge();
  place[1] = below(10) ? (long)below(100000) : (long)edge();
  return (uint64_t)place;
}

static uint64_t argument(char kind) {
  if (below(25) == 0) return below(2) ? edge() : next();
  switch (kind) {
  case 'f': return below(10) ? (uint64_t)descriptors[below((uint64_t)descriptor_count)] : below(2) ? below(80) : edge();
  case 'd': return below(4) ? (uint64_t)AT_FDCWD : (uint64_t)descriptors[below((uint64_t)descriptor_count)];
  case 'P': return path();
  case 's': return below(4) ? below(2) ? below(9000) : below(32) : edge();
  case 'F': return below(3) ? below(2) ? 1ul << below(32) : below(1 << 13) : below(2) ? 0 : next();
  case 'i': return below(8) ? below(10) : edge();
  case 'o': return below(4) ? below(20000) : edge();
  case 't': return moment();
  case 'v': return vector();
  case 'a': return (uint64_t)(ARENA + below(ARENA_PAGES) * PAGE);
  case 'n': return below(3) ? below(2) ? (uint64_t)self : 0 : 30000;
  case 'g': return below(3) ? (uint64_t)(below(2) ? 32 + below(34) : SIGURG) : below(70);
  case 'I': return below(4) ? IOCTLS[below(COUNT(IOCTLS))] : next();
  default: return buffer();
  }
}

/** Calls that would end or hurt somebody else than the caller are given the caller as their target. */
static int is_forbidden(int number, uint64_t *word) {
  if (number == 93 || number == 94 || number == 142) return 1;
  if (stays && number == 51) word[0] = (uint64_t)"/"; /* a root below the working directory is the way out */
  if (stays && number == 41) return 1;
  if (number == 220) word[0] &= ~(uint64_t)0x4000; /* CLONE_VFORK: its child would hold the caller */
  if (number == 129 || number == 138 || number == 131 || number == 130 || number == 240) word[0] = (uint64_t)self;
  if (number == 140 || number == 261) word[number == 140] = 0;
  return 0;
}

static void nothing(int signal) { (void)signal; }

static void add_descriptor(int fd) {
  if (fd >= 0 && descriptor_count < 60) descriptors[descriptor_count++] = fd;
}

static void open_descriptors(void) {
  static const char *const names[] = {"/proc/self/maps", "/proc/self/mem", "/proc/meminfo", "/proc/self/fd", "/proc/self/stat",
                                      "/dev/zero", "/dev/full", "/dev/null", "/dev/urandom", "/sys", "/proc", "/dev",
                                      "/tmp", "/bin/true"};
  int pair[2];
  add_descriptor(open("file", O_RDWR | O_CREAT, 0644));
  add_descriptor(open("file2", O_RDWR | O_CREAT | O_APPEND, 0644));
  add_descriptor(open("dir", O_RDONLY | O_DIRECTORY));
  add_descriptor(open("fifo", O_RDWR | O_NONBLOCK));
  for (size_t i = 0; i < COUNT(names); i++) add_descriptor(open(names[i], i < 2 ? O_RDWR : O_RDONLY));
  for (int i = 0; i < 2; i++)
    if (pipe2(pair, i ? O_NONBLOCK : 0) == 0) add_descriptor(pair[0]), add_descriptor(pair[1]);
  int master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
  int number = 0;
  char name[32];
  ioctl(master, 0x40045431, &number);
  if (ioctl(master, 0x80045430, &number) == 0) {
    snprintf(name, sizeof name, "/dev/pts/%d", number);
    add_descriptor(open(name, O_RDWR | O_NOCTTY));
  }
  add_descriptor(master);
  int queue = epoll_create1(0);
  add_descriptor(queue);
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT};
  int counter = eventfd(0, EFD_NONBLOCK);
  epoll_ctl(queue, EPOLL_CTL_ADD, counter, &event);
  add_descriptor(counter);
  add_descriptor(epoll_create1(0));
  add_descriptor(timerfd_create(CLOCK_MONOTONIC, 0));
  add_descriptor(memfd_create("memory", 0));
  add_descriptor(open("/tmp/fuzz-tmpfs-file", O_RDWR | O_CREAT, 0600));
  add_descriptor(open(".", O_PATH));
}

/** A patchwork: plain, read-only, inaccessible, unmapped, shared and file pages. */
static void map_arena(void) {
  static const int protection[] = {3, 3, 1, 0, 7, 3, 3, 5};
  for (int i = 0; i < ARENA_PAGES; i++) {
    if (i % 8 == 6) continue;
    int flags = MAP_FIXED | (i % 8 == 5 ? MAP_SHARED : MAP_PRIVATE) | (i % 8 == 4 ? 0 : MAP_ANONYMOUS);
    mmap(ARENA + i * PAGE, PAGE, protection[i % 8], flags, i % 8 == 4 ? descriptors[0] : -1, 0);
  }
}

static void run_child(uint64_t seed, int calls) {
  static char stack[8 * PAGE];
  state = seed;
  self = getpid();
  setsid();
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternate, 0);
  open_descriptors();
  map_arena();
  int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++) dup2(null, fd);
  for (int i = 0; i < calls; i++) {
    if (i % 32 == 0) {
      struct sigaction action = {.sa_handler = nothing};
      struct itimerval interval = {{0, 4000}, {0, 4000}};
      sigset_t none;
      sigemptyset(&none);
      sigprocmask(SIG_SETMASK, &none, 0);
      for (int signal = 1; signal < 65; signal++)
        if (signal != SIGSEGV && signal != SIGBUS && signal != SIGILL) sigaction(signal, &action, 0);
      setitimer(ITIMER_REAL, &interval, 0);
    }
    const struct call *call = &CALLS[below(COUNT(CALLS))];
    int number = below(60) ? call->number : (int)below(470);
    uint64_t word[6];
    for (int j = 0, k = 0; j < 6; j++) word[j] = argument(call->kinds[k] ? call->kinds[k++] : 'i');
    if (is_forbidden(number, word)) continue;
    if (number == 139 && below(50)) continue; /* rt_sigreturn: mostly the end of the child */
    shared->calls++;
    shared->words[0] = (uint64_t)number;
    memcpy((void *)&shared->words[1], word, sizeof word);
    long result = invoke(number, word);
    if ((number == 220 || number == 435) && (result == 0 || getpid() != self)) _exit(0);
  }
  _exit(0);
}

/** Wait for a child; one that makes no progress is killed. Returns 0, or -1 if not even that ends it. */
static int watch(pid_t child) {
  uint64_t seen = 0;
  int stalled = 0, is_killed = 0;
  for (;;) {
    int status;
    pid_t got = waitpid(child, &status, WNOHANG);
    if (got == child || (got < 0 && errno == ECHILD)) return 0;
    struct timespec pause = {0, 5000000};
    nanosleep(&pause, 0);
    stalled = shared->calls == seen ? stalled + 5 : 0;
    seen = shared->calls;
    if (stalled > STALL_MS && !is_killed) {
      kill(child, SIGCONT);
      kill(child, SIGKILL);
      is_killed = 1;
      stalled = 0;
    } else if (is_killed && stalled > 20 * STALL_MS)
      return -1;
  }
}

int main(int argc, char **argv) {
  uint64_t seed = argc > 1 ? strtoull(argv[1], 0, 0) : 1;
  int children = argc > 2 ? atoi(argv[2]) : 10;
  int calls = argc > 3 ? atoi(argv[3]) : 1000;
  stays = argc > 4;
  shared = mmap((void *)0x2000000000, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  for (int i = 0; i < children; i++) {
    char folder[64];
    snprintf(folder, sizeof folder, "/tmp/fuzz-%llu-%d", (unsigned long long)seed, i);
    mkdir(folder, 0777);
    // A child may have taken /tmp away.
    if (chdir(folder) && chdir("/")) return perror(folder), 1;
    mkdir("dir", 0777), mkdir("dir/deep", 0777), mkdir("sub", 0777), mkdir("sub/mount", 0777);
    mkfifo("fifo", 0666);
    if (symlink("file", "link") || symlink("loop", "loop") || symlink("nowhere", "dead")) perror("symlink");
    fflush(0);
    pid_t child = fork();
    if (child == 0) run_child((seed * 1000003 + (uint64_t)i * 7919 + 1) * 0x9e3779b97f4a7c15, calls);
    if (child < 0) return perror("fork"), 1;
    if (watch(child) < 0) {
      printf("child %d cannot be killed in call %llu(", i, (unsigned long long)shared->words[0]);
      for (int j = 1; j < 7; j++) printf("%s0x%llx", j > 1 ? ", " : "", (unsigned long long)shared->words[j]);
      printf(")\n");
      return 1;
    }
    while (waitpid(-1, 0, WNOHANG) > 0) continue;
  }
  printf("%llu calls\n", (unsigned long long)shared->calls);
  return 0;
}
