/* Mappings of files, and the stack, over fork: what is done to the file reaches each side, what one side does to its mappings does not. */
#include "check.h"
#include <setjmp.h>
#include <sys/mman.h>

enum { MANY = 200, PAGE = 4096 };
static char *area;
static int file;
static sigjmp_buf caught;

static void on_bus(int signal) { siglongjmp(caught, signal); }

/* The pages of the file backwards, shared and private in turn: a mapping each. */
static void make(void) {
  char page[PAGE];
  file = open("inherited", O_RDWR | O_CREAT | O_TRUNC, 0600);
  for (int i = 0; i < MANY; i++) {
    memset(page, i, PAGE);
    if (write(file, page, PAGE) != PAGE) perror("write");
  }
  area = mmap(0, MANY * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < MANY; i++)
    mmap(area + i * PAGE, PAGE, PROT_READ | PROT_WRITE, (i % 2 ? MAP_PRIVATE : MAP_SHARED) | MAP_FIXED, file, (off_t)(MANY - 1 - i) * PAGE);
}

static int peek(int page) {
  int signal = sigsetjmp(caught, 1);
  return signal ? -signal : (unsigned char)area[page * PAGE];
}

static int in_file(int page) {
  unsigned char byte = 0;
  return pread(file, &byte, 1, (off_t)(MANY - 1 - page) * PAGE) == 1 ? byte : -1;
}

static int is_there(int page) {
  unsigned char vector;
  return mincore(area + page * PAGE, PAGE, &vector) == 0;
}

/* Mappings within the area, or bytes of the stack. */
static unsigned long count(int wants_stack) {
  FILE *maps = fopen("/proc/self/maps", "r");
  unsigned long from, to, mappings = 0, stack = 0;
  char line[512];
  while (fgets(line, sizeof line, maps)) {
    if (sscanf(line, "%lx-%lx", &from, &to) != 2) continue;
    if (strstr(line, "[stack]")) stack = to - from;
    if (from >= (unsigned long)area && to <= (unsigned long)area + MANY * PAGE) mappings++;
  }
  fclose(maps);
  return wants_stack ? stack : mappings;
}

static int deep(int levels) {
  volatile char block[8192];
  block[0] = 1;
  int below = levels == 0 ? 0 : deep(levels - 1);
  return below + block[0];
}

static void pass(int to) {
  if (write(to, "", 1) != 1) perror("pass");
}

static void await(int from) {
  char byte;
  if (read(from, &byte, 1) != 1) perror("await");
}

int main(void) {
  start();
  signal(SIGBUS, on_bus);
  signal(SIGSEGV, on_bus);
  make();
  int up[2], down[2];
  CALL(pipe(up));
  CALL(pipe(down));
  VALUE(count(0));

  printf("-- writes: shared ones are the file's, private ones the writer's\n");
  area[2 * PAGE] = 100;
  area[3 * PAGE] = 101;
  pid_t pid = fork();
  if (pid == 0) {
    VALUE(peek(2));
    VALUE(peek(3));
    area[2 * PAGE] = 102;
    area[3 * PAGE] = 103;
    area[4 * PAGE] = 104;
    area[5 * PAGE] = 105;
    _exit(0);
  }
  reap(pid);
  VALUE(peek(2));
  VALUE(peek(3));
  VALUE(peek(4));
  VALUE(peek(5));
  VALUE(in_file(2));
  VALUE(in_file(3));
  VALUE(in_file(4));

  printf("-- each side's mappings are its own\n");
  pid = fork();
  if (pid == 0) {
    CALL(munmap(area + 10 * PAGE, 10 * PAGE));
    CALL(mprotect(area + 30 * PAGE, PAGE, PROT_NONE));
    VALUE(count(0));
    VALUE(peek(30));
    pass(up[1]);
    await(down[0]);
    VALUE(is_there(50));
    VALUE(peek(50));
    VALUE(count(0));
    _exit(0);
  }
  await(up[0]);
  VALUE(is_there(10));
  VALUE(peek(30));
  CALL(munmap(area + 50 * PAGE, 4 * PAGE));
  VALUE(count(0));
  pass(down[1]);
  reap(pid);

  printf("-- a file that is cut is cut for all\n");
  pid = fork();
  if (pid == 0) {
    VALUE(peek(100));
    VALUE(peek(101));
    area[103 * PAGE] = 1;
    pid_t grandchild = fork();
    if (grandchild == 0) {
      VALUE(peek(100));
      pass(up[1]);
      await(down[0]);
      VALUE(peek(100));
      VALUE(peek(101));
      VALUE(peek(103));
      VALUE(peek(150));
      _exit(0);
    }
    reap(grandchild);
    VALUE(peek(100));
    VALUE(peek(150));
    _exit(0);
  }
  await(up[0]);
  CALL(ftruncate(file, 60 * PAGE));
  VALUE(peek(100));
  VALUE(peek(150));
  pass(down[1]);
  reap(pid);
  CALL(ftruncate(file, MANY * PAGE));
  VALUE(peek(100));

  printf("-- written by a child after the file was stored\n");
  area[160 * PAGE] = 1;
  CALL(fsync(file));
  pid = fork();
  if (pid == 0) {
    area[160 * PAGE] = 2;
    CALL(msync(area + 160 * PAGE, PAGE, MS_SYNC));
    area[160 * PAGE] = 3;
    _exit(0);
  }
  reap(pid);
  VALUE(in_file(160));
  CALL(fsync(file));
  VALUE(in_file(160));

  printf("-- the file lives as long as the last one who maps it\n");
  CALL(unlink("inherited"));
  pid = fork();
  if (pid == 0) {
    pid_t grandchild = fork();
    if (grandchild == 0) {
      pass(up[1]);
      await(down[0]);
      VALUE(peek(160));
      VALUE(peek(2));
      pass(up[1]);
      _exit(0);
    }
    _exit(0);
  }
  reap(pid);
  await(up[0]);
  CALL(munmap(area, MANY * PAGE));
  CALL(close(file));
  pass(down[1]);
  await(up[0]);

  printf("-- a child's mapping counts for seals\n");
  int memfd = memfd_create("sealed", MFD_ALLOW_SEALING);
  CALL(ftruncate(memfd, PAGE));
  char *shared = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
  pid = fork();
  if (pid == 0) {
    await(down[0]);
    shared[0] = 1;
    _exit(0);
  }
  CALL(munmap(shared, PAGE));
  CALL(fcntl(memfd, F_ADD_SEALS, F_SEAL_WRITE));
  pass(down[1]);
  reap(pid);
  CALL(fcntl(memfd, F_ADD_SEALS, F_SEAL_WRITE));

  printf("-- a stack grows on its own side\n");
  unsigned long before = count(1);
  pid = fork();
  if (pid == 0) {
    VALUE(deep(100));
    VALUE(count(1) > before);
    _exit(0);
  }
  reap(pid);
  VALUE(count(1) == before);
  VALUE(deep(50));
  VALUE(count(1) > before);
  return 0;
}
