/* What is executed, and what is printed. */
#include "hostile.h"
#include <elf.h>
#include <sys/ioctl.h>

enum { PAGE = 4096 };
typedef long code(long);

static uint32_t *code_pages(size_t pages) {
  return mmap(0, pages * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* A loop that becomes hot, rewritten each time. */
static int rewritten(void) {
  uint32_t *place = code_pages(1);
  for (long n = 0; n < 20000; n++) {
    place[0] = 0x00050593;                                     /* mv a1, a0 */
    place[1] = 0x00000513 | (uint32_t)(n & 2047) << 20;        /* li a0, n */
    place[2] = 0xfff58593;                                     /* addi a1, a1, -1 */
    place[3] = 0xfe059ee3;                                     /* bnez a1, -4 */
    place[4] = 0x00008067;                                     /* ret */
    __builtin___clear_cache((char *)place, (char *)(place + 5));
    if (((code *)place)(2000) != (n & 2047)) return 1;
  }
  return 0;
}

/* A different hot loop in each of many pages: translations without end. */
static int many_loops(void) {
  enum { PAGES = 4000 };
  uint32_t *place = code_pages(PAGES);
  if (place == MAP_FAILED) return refused("mmap", 0);
  for (long round = 0;; round++)
    for (long page = 0; page < PAGES; page++) {
      uint32_t *entry = place + page * (PAGE / 4);
      for (int i = 0; i < 64; i++) {
        entry[4 * i] = 0x00050593;
        entry[4 * i + 1] = 0x00000513 | (uint32_t)((page + round) & 2047) << 20;
        entry[4 * i + 2] = 0xfff58593;
        entry[4 * i + 3] = 0xfe059ee3;
      }
      entry[256] = 0x00008067;
      for (int i = 0; i < 64; i++) entry[4 * i] = 0x3e800593; /* li a1, 1000 */
      __builtin___clear_cache((char *)entry, (char *)(entry + 257));
      ((code *)entry)(0);
    }
}

/* One block as long as memory allows. */
static int straight(void) {
  size_t pages = 4000, words = pages * PAGE / 4;
  uint32_t *place = code_pages(pages);
  for (size_t i = 0; i < words; i++) place[i] = 0x00150513; /* addi a0, a0, 1 */
  place[words - 1] = 0x00008067;
  __builtin___clear_cache((char *)place, (char *)(place + words));
  for (int i = 0; i < 30; i++) ((code *)place)(0);
  return 0;
}

static void skip(int number, siginfo_t *info, void *context) {
  (void)number, (void)info;
  ((ucontext_t *)context)->uc_mcontext.__gregs[0] += 2;
}

/* Random halfwords as instructions; a fault goes on behind it. */
static int random_code(void) {
  struct sigaction action = {.sa_sigaction = skip, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
  static char alternate[65536];
  sigaltstack(&(stack_t){.ss_sp = alternate, .ss_size = sizeof alternate}, 0);
  for (int number = 1; number < 32; number++)
    if (number != SIGALRM && number != SIGKILL) sigaction(number, &action, 0);
  for (unsigned seed = 1; seed < 200; seed++) {
    pid_t child = fork();
    if (child == 0) {
      alarm(1);
      uint16_t *place = (uint16_t *)code_pages(1);
      uint64_t state = seed * 0x9e3779b97f4a7c15UL;
      for (int i = 0; i < PAGE / 2; i++) place[i] = (uint16_t)((state = state * 6364136223846793005UL + 1) >> 48);
      ((code *)place)(0);
      _exit(0);
    }
    waitpid(child, 0, 0);
  }
  return 0;
}

static int spin(void) { __asm__ volatile("1: j 1b"); return 0; }

static int unaligned(void) {
  static char bytes[2 * PAGE];
  for (long n = 0; n < 3000000; n++) *(volatile uint64_t *)(bytes + PAGE - 7 + n % 7) = (uint64_t)n;
  return 0;
}

/* Headers with bits turned, executed. */
static int bad_programs(void) {
  char image[65536];
  int fd = open("/proc/self/exe", O_RDONLY);
  ssize_t size = read(fd, image, sizeof image);
  uint64_t state = 7;
  for (int n = 0; n < 600; n++) {
    char copy[65536];
    memcpy(copy, image, (size_t)size);
    for (int i = 0; i < 4; i++) {
      state = state * 6364136223846793005UL + 1442695040888963407UL;
      copy[(state >> 33) % 512] ^= (char)(1 << (state >> 60 & 7));
    }
    int out = open("/tmp/bad", O_CREAT | O_TRUNC | O_WRONLY, 0700);
    if (write(out, copy, n % 5 ? (size_t)size : (size_t)(state >> 40) % (size_t)size) < 0) return refused("write", n);
    close(out);
    pid_t child = fork();
    if (child == 0) {
      alarm(1);
      execl("/tmp/bad", "bad", "none", (char *)0);
      _exit(0);
    }
    waitpid(child, 0, 0);
  }
  return 0;
}

/* Headers that are right in form and lie. */
static int lying_programs(void) {
  static struct {
    Elf64_Ehdr header;
    Elf64_Phdr segments[64];
  } file;
  static const uint64_t WORDS[] = {0, 1, 4095, 4096, 1UL << 31, 1UL << 32, 1UL << 38, 1UL << 47, 1UL << 63, UINT64_MAX, UINT64_MAX - 4095};
  uint64_t state = 3;
  for (int n = 0; n < 500; n++) {
    file.header = (Elf64_Ehdr){.e_type = n & 1 ? ET_EXEC : ET_DYN, .e_machine = EM_RISCV, .e_version = 1, .e_phoff = sizeof file.header,
      .e_ehsize = sizeof file.header, .e_phentsize = sizeof *file.segments, .e_phnum = n % 7 ? 64 : 65535};
    memcpy(file.header.e_ident, "\177ELF\2\1\1", 7);
    for (int i = 0; i < 64; i++) {
      uint64_t values[6];
      for (int j = 0; j < 6; j++) values[j] = WORDS[(state = state * 6364136223846793005UL + 99) >> 40 & 7] + (state >> 60);
      file.segments[i] = (Elf64_Phdr){.p_type = (uint32_t)(state >> 50) % 8, .p_flags = 7, .p_offset = values[0], .p_vaddr = values[1],
        .p_filesz = values[2], .p_memsz = values[3], .p_align = values[4]};
    }
    file.header.e_entry = WORDS[n % 11];
    int out = open("/tmp/lie", O_CREAT | O_TRUNC | O_WRONLY, 0700);
    if (write(out, &file, sizeof file) < 0) return refused("write", n);
    close(out);
    pid_t child = fork();
    if (child == 0) {
      alarm(1);
      execl("/tmp/lie", "lie", (char *)0);
      _exit(0);
    }
    waitpid(child, 0, 0);
  }
  return 0;
}

static int scripts(void) {
  for (int n = 0; n < 20; n++) {
    char name[32], next[64];
    snprintf(name, sizeof name, "/tmp/s%d", n);
    int length = snprintf(next, sizeof next, "#!/tmp/s%d\n", (n + 1) % 20);
    int fd = open(name, O_CREAT | O_TRUNC | O_WRONLY, 0700);
    if (write(fd, next, (size_t)length) < 0) return 1;
    close(fd);
  }
  execl("/tmp/s0", "s", (char *)0);
  return refused("exec", 20);
}

static int flood(int fd, const char *text, size_t length) {
  static char block[65536];
  size_t size = sizeof block / length * length;
  for (size_t i = 0; i < size; i++) block[i] = text[i % length];
  for (;;)
    if (write(fd, block, size) < 0) return 1;
}

static int output(void) { return flood(1, "flood\n", 6); }
static int errors(void) { return flood(2, "x", 1); }
static int no_line(void) { return flood(1, "\0", 1); }
static int escapes(void) { return flood(1, "\033[9999999;9999999H\033[38;5;999999999m\033]0;", 40); }
static int half_escapes(void) { return flood(1, "\033]52;c;AAAA", 11); }
static int device_strings(void) { return flood(1, "\033P$q\033[1000000000@\033[1000000000L\033[20t\033[6n", 42); }
static int combining(void) { return flood(1, "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xe2\x80\x8d", 12); }

static int log_flood(void) {
  int fd = open("/dev/kmsg", O_WRONLY);
  for (long n = 0; n < 200000; n++)
    if (write(fd, "<3>flood \033[2J of the log, a line as long as any that a driver would write\n", 76) < 0) return refused("kmsg", n);
  return 0;
}

static int typed_by_itself(void) {
  for (long n = 0; n < 1000000; n++)
    if (ioctl(0, TIOCSTI, "x")) return refused("TIOCSTI", n);
  return 0;
}

static const struct attack attacks[] = {
    {"rewritten", rewritten}, {"loops", many_loops},   {"straight", straight},  {"random", random_code}, {"spin", spin},
    {"unaligned", unaligned}, {"bad-elf", bad_programs}, {"lying-elf", lying_programs}, {"scripts", scripts}, {"output", output},
    {"errors", errors},       {"zeros", no_line},      {"escapes", escapes},    {"half-escapes", half_escapes},
    {"strings", device_strings}, {"combining", combining}, {"log", log_flood},  {"typed", typed_by_itself},
};
MAIN(attacks)
