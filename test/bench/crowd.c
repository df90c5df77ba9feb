/*
 * osbench (-DOSBENCH='"FILE"') among many processes, open files or mappings:
 *   crowd SITUATION COUNT [osbench's arguments]
 * none; processes: COUNT of them sleep; files, mappings: this process, which is measured, has COUNT of them; other-files,
 * other-mappings: another process has them. Mappings are of one page each, and differ from their neighbours.
 */
#define _GNU_SOURCE
#include <sys/prctl.h>
#include <sys/resource.h>
#define main osbench
#include OSBENCH
#undef main

static void sleep_for_ever(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) pause();
}

static void make_processes(int count) {
  for (int i = 0; i < count; i++) {
    pid_t pid = fork();
    if (pid < 0) die("fork");
    if (pid == 0) sleep_for_ever();
  }
}

static void make_files(int count) {
  struct rlimit limit = {count + 100, count + 100};
  if (setrlimit(RLIMIT_NOFILE, &limit)) die("RLIMIT_NOFILE");
  for (int i = 0; i < count; i++)
    if (open("/dev/null", O_RDONLY) < 0) die("open");
}

static void make_mappings(int count) {
  for (int i = 0; i < count; i++) {
    int protection = i % 2 ? PROT_READ : PROT_READ | PROT_WRITE;
    if (mmap(0, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED) die("mmap");
  }
}

/* In a process of its own; it has them when this returns. */
static void elsewhere(void (*make)(int), int count) {
  int ready[2];
  char byte;
  if (pipe(ready)) die("pipe");
  pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid == 0) {
    make(count);
    close(ready[0]);
    if (write(ready[1], "", 1) != 1) die("write");
    sleep_for_ever();
  }
  close(ready[1]);
  if (read(ready[0], &byte, 1) != 1) die("the other process");
  close(ready[0]);
}

int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[argc - 1], "--exit")) _exit(0);
  if (argc < 3) {
    fprintf(stderr, "usage: crowd SITUATION COUNT [osbench's arguments]\n");
    return 2;
  }
  const char *situation = argv[1];
  int count = atoi(argv[2]);
  if (!strcmp(situation, "processes")) make_processes(count);
  else if (!strcmp(situation, "files")) make_files(count);
  else if (!strcmp(situation, "mappings")) make_mappings(count);
  else if (!strcmp(situation, "other-files")) elsewhere(make_files, count);
  else if (!strcmp(situation, "other-mappings")) elsewhere(make_mappings, count);
  else if (strcmp(situation, "none")) {
    fprintf(stderr, "crowd: %s is no situation\n", situation);
    return 2;
  }
  argv[2] = argv[0];
  return osbench(argc - 2, argv + 2);
}
