/* Descriptors over fork: numbers, flags and closes are each process's own, offsets and the last close are of the open file. */
#include "check.h"
#include <dirent.h>
#include <mqueue.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum { MANY = 500 };
static int first;

static void open_many(void) {
  struct rlimit limit = {1024, 1024};
  CALL(setrlimit(RLIMIT_NOFILE, &limit));
  first = open("many", O_CREAT | O_RDWR, 0600);
  for (int i = 1; i < MANY; i++)
    if (dup(first) != first + i) printf("dup %d is out of order\n", i);
}

static int count_open(void) {
  int count = 0;
  for (int fd = first; fd < first + MANY; fd++) count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

static int listed(void) {
  DIR *directory = opendir("/proc/self/fd");
  int count = 0;
  for (struct dirent *entry; (entry = readdir(directory));)
    count += atoi(entry->d_name) >= first && entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(directory);
  closedir(directory);
  return count;
}

static void numbers(void) {
  printf("-- numbers and flags are each process's own\n");
  fcntl(first + 100, F_SETFD, FD_CLOEXEC);
  pid_t pid = fork();
  if (pid == 0) {
    VALUE(fcntl(first + 100, F_GETFD));
    CALL(fcntl(first + 101, F_SETFD, FD_CLOEXEC));
    CALL(fcntl(first + 100, F_SETFD, 0));
    CALL(close(first + 40));
    CALL(syscall(SYS_close_range, first + 200, first + 299, 0));
    VALUE(count_open());
    VALUE(listed());
    VALUE(dup(0) - first);
    VALUE(fcntl(0, F_DUPFD, first + 150) - first);
    VALUE(dup2(0, first + 33) - first);
    CALL(write(first + 499, "child", 5));
    _exit(3);
  }
  reap(pid);
  VALUE(count_open());
  VALUE(listed());
  VALUE(fcntl(first + 100, F_GETFD));
  VALUE(fcntl(first + 101, F_GETFD));
  VALUE(dup(0) - first);
  close(first + MANY);
  /* The offset is the open file's. */
  VALUE(lseek(first + 7, 0, SEEK_CUR));
  VALUE(fcntl(first + 33, F_GETFL) & O_ACCMODE);
}

static void grandchildren(void) {
  printf("-- three generations\n");
  pid_t pid = fork();
  if (pid == 0) {
    close(first + 1);
    pid_t grandchild = fork();
    if (grandchild == 0) {
      close(first + 2);
      VALUE(count_open());
      _exit(0);
    }
    close(first + 3);
    reap(grandchild);
    VALUE(count_open());
    _exit(0);
  }
  close(first + 4);
  reap(pid);
  VALUE(count_open());
  dup2(first, first + 4);
}

static void ends(void) {
  printf("-- a pipe ends with the last of its writers\n");
  int ends[2], go[2];
  char byte;
  CALL(pipe(ends));
  CALL(pipe(go));
  pid_t pid = fork();
  if (pid == 0) {
    close(go[1]);
    if (read(go[0], &byte, 1) != 0) printf("no end\n");
    _exit(0);
  }
  close(ends[1]);
  struct pollfd waits = {ends[0], POLLIN, 0};
  VALUE(poll(&waits, 1, 0));
  close(go[1]);
  reap(pid);
  VALUE(poll(&waits, 1, 1000));
  VALUE(waits.revents);
  VALUE(read(ends[0], &byte, 1));
  close(ends[0]);
  close(go[0]);
}

static void record_locks(void) {
  printf("-- record locks are the process's\n");
  struct flock whole = {.l_type = F_WRLCK}, found;
  CALL(fcntl(first + 20, F_SETLK, &whole));
  pid_t pid = fork();
  if (pid == 0) {
    CALL(fcntl(first + 20, F_SETLK, &whole));
    found = whole;
    CALL(fcntl(first, F_GETLK, &found));
    VALUE(found.l_pid == getppid());
    _exit(0);
  }
  reap(pid);
  /* The child's end has not let go of the parent's lock. */
  pid = fork();
  if (pid == 0) {
    CALL(fcntl(first + 20, F_SETLK, &whole));
    _exit(0);
  }
  reap(pid);
  CALL(close(first + 30));
  pid = fork();
  if (pid == 0) {
    CALL(fcntl(first + 20, F_SETLK, &whole));
    _exit(0);
  }
  reap(pid);
  dup2(first, first + 30);
  /* A child's lock ends with it, though all its descriptors are its parent's, too. */
  CALL(fcntl(first, F_SETLK, &whole));
  CALL(flock(first, LOCK_EX));
  pid = fork();
  if (pid == 0) {
    close(first + 9);
    CALL(flock(first + 9, LOCK_UN));
    _exit(0);
  }
  reap(pid);
  int other = open("many", O_RDWR);
  CALL(flock(other, LOCK_EX | LOCK_NB));
  close(other);
}

static void notification(void) {
  printf("-- a queue's notification ends with the process that asked for it\n");
  mqd_t queue = mq_open("/inherited", O_CREAT | O_RDWR, 0600, NULL);
  if (queue < 0) {
    printf("mq_open: %s\n", strerror(errno));
    return;
  }
  struct sigevent none = {.sigev_notify = SIGEV_NONE};
  pid_t pid = fork();
  if (pid == 0) {
    CALL(mq_notify(queue, &none));
    _exit(0);
  }
  reap(pid);
  CALL(mq_notify(queue, &none));
  CALL(mq_notify(queue, &none));
  pid = fork();
  if (pid == 0) {
    CALL(mq_notify(queue, &none));
    _exit(0);
  }
  reap(pid);
  CALL(mq_notify(queue, &none));
  mq_close(queue);
  mq_unlink("/inherited");
}

static void in_flight(void) {
  printf("-- a socket in its own queue ends with the last process that has it\n");
  int pair[2], watch[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  pipe(watch);
  char byte = 'x', control[CMSG_SPACE(2 * sizeof(int))] = {0};
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(2 * sizeof(int));
  int sent[2] = {pair[1], watch[1]};
  memcpy(CMSG_DATA(header), sent, sizeof sent);
  VALUE(sendmsg(pair[0], &message, 0));
  close(watch[1]);
  pid_t pid = fork();
  if (pid == 0) {
    close(pair[0]);
    close(pair[1]);
    _exit(0);
  }
  reap(pid);
  struct pollfd waits = {watch[0], POLLIN, 0};
  VALUE(poll(&waits, 1, 0));
  pid = fork();
  if (pid == 0) _exit(0);
  close(pair[0]);
  close(pair[1]);
  reap(pid);
  VALUE(poll(&waits, 1, 5000));
  VALUE(waits.revents & POLLHUP);
}

static void over_exec(const char *self) {
  printf("-- exec closes what it was told to, in the child alone\n");
  for (int i = 300; i < 400; i += 3) fcntl(first + i, F_SETFD, FD_CLOEXEC);
  pid_t pid = fork();
  if (pid == 0) {
    char number[16];
    snprintf(number, sizeof number, "%d", first);
    execl(self, self, number, NULL);
    _exit(1);
  }
  reap(pid);
  VALUE(count_open());
}

int main(int argc, char **argv) {
  start();
  if (argc > 1) {
    first = atoi(argv[1]);
    VALUE(count_open());
    return 0;
  }
  /* Of those who started the test. */
  syscall(SYS_close_range, 3, ~0U, 0);
  open_many();
  numbers();
  grandchildren();
  ends();
  record_locks();
  notification();
  in_flight();
  over_exec("/proc/self/exe");
  return 0;
}
