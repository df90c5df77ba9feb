/* sendmsg and recvmsg: descriptors, credentials, peeking, waiting for all, many at once; circles of sockets. */
#include "check.h"
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

struct credentials { int pid; unsigned uid, gid; };

static union {
  char bytes[512];
  struct cmsghdr header;
} control;

static long pass(int s, const char *text, const int *fds, int count) {
  struct iovec range = {(void *)text, strlen(text)};
  struct msghdr message = {.msg_iov = &range, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = CMSG_SPACE(count * sizeof(int))};
  control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(count * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
  return sendmsg(s, &message, 0);
}

static long introduce(int s, int pid, unsigned uid, unsigned gid) {
  struct iovec range = {"me", 2};
  struct msghdr message = {.msg_iov = &range, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = CMSG_SPACE(sizeof(struct credentials))};
  struct credentials who = {pid, uid, gid};
  control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof who), .cmsg_level = SOL_SOCKET, .cmsg_type = 2};
  memcpy(CMSG_DATA(&control.header), &who, sizeof who);
  return sendmsg(s, &message, 0);
}

static int taken[8];

/* Receives up to `size` bytes with `room` for ancillary data, and tells all that came. */
static void take(int s, int size, int room, int flags) {
  static char text[1024];
  memset(text, 0, sizeof text);
  struct iovec range = {text, size};
  struct msghdr message = {.msg_iov = &range, .msg_iovlen = 1, .msg_control = room ? control.bytes : NULL, .msg_controllen = room};
  errno = 0;
  long got = recvmsg(s, &message, flags);
  if (got < 0) {
    printf("recvmsg: %s\n", strerror(errno));
    return;
  }
  printf("got %ld '%s' flags %x control %d\n", got, text, message.msg_flags, (int)message.msg_controllen);
  for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    printf("  level %d type %d length %d", part->cmsg_level, part->cmsg_type, (int)part->cmsg_len);
    int *numbers = (int *)CMSG_DATA(part);
    if (part->cmsg_type == SCM_RIGHTS)
      for (int i = 0; i < (int)(part->cmsg_len - CMSG_LEN(0)) / 4; i++) taken[i] = numbers[i];
    else if (part->cmsg_len >= CMSG_LEN(12))
      printf(" pid %s uid %d gid %d", numbers[0] == getpid() ? "own" : numbers[0] == getppid() ? "parent" : numbers[0] ? "other" : "0", numbers[1], numbers[2]);
    printf("\n");
  }
}

static void descriptors(void) {
  int pair[2], ends[2];
  char text[16] = "";
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  pipe(ends);
  VALUE(pass(pair[0], "a pipe", ends, 2));
  take(pair[1], 64, 64, 0);
  write(taken[1], "through", 7);
  VALUE(read(ends[0], text, 16));
  printf("%s %x\n", text, fcntl(taken[0], F_GETFD));
  close(taken[0]), close(taken[1]);
  write(pair[0], "before", 6);
  pass(pair[0], "with", ends, 1);
  write(pair[0], "after", 5);
  take(pair[1], 3, 64, 0);
  take(pair[1], 64, 64, MSG_CMSG_CLOEXEC);
  printf("%x\n", fcntl(taken[0], F_GETFD));
  close(taken[0]);
  take(pair[1], 64, 64, MSG_DONTWAIT);
  pass(pair[0], "part", ends, 1);
  take(pair[1], 2, 64, 0);
  close(taken[0]);
  take(pair[1], 2, 64, 0);
  pass(pair[0], "peek", ends, 1);
  take(pair[1], 64, 64, MSG_PEEK);
  close(taken[0]);
  take(pair[1], 64, 64, 0);
  close(taken[0]);
  pass(pair[0], "no room", ends, 2);
  take(pair[1], 64, 0, 0);
  pass(pair[0], "little room", ends, 2);
  take(pair[1], 64, CMSG_LEN(4), 0);
  close(taken[0]);
  pass(pair[0], "read", ends, 2);
  VALUE(read(pair[1], text, 16));
  int bad = 99;
  CALL(pass(pair[0], "x", &bad, 1));
  VALUE(pass(pair[0], "none", &bad, 0));
  take(pair[1], 64, 64, 0);
  struct rlimit limit, low;
  getrlimit(RLIMIT_NOFILE, &limit);
  low = (struct rlimit){dup(0), limit.rlim_max};
  close(low.rlim_cur);
  low.rlim_cur++;
  pass(pair[0], "two", ends, 2);
  setrlimit(RLIMIT_NOFILE, &low);
  take(pair[1], 64, 64, 0);
  setrlimit(RLIMIT_NOFILE, &limit);
  close(taken[0]);
  close(pair[0]), close(pair[1]), close(ends[0]), close(ends[1]);
}

/* The pipe's reader sees the end of file when nothing holds the writing end any more. */
static int ended(int reader) {
  char byte;
  fcntl(reader, F_SETFL, O_NONBLOCK);
  return read(reader, &byte, 1) == 0;
}

/* Linux looks for circles when some socket is closed, and beside. */
static void collect(int reader) {
  for (int i = 0; i < 100 && !ended(reader); i++) close(socket(AF_UNIX, SOCK_STREAM, 0)), usleep(5000);
}

static void lifetimes(void) {
  int pair[2], ends[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  pipe(ends);
  pass(pair[0], "x", &ends[1], 1);
  close(ends[1]);
  printf("in flight: ended %d\n", ended(ends[0]));
  close(pair[0]), close(pair[1]);
  printf("thrown away: ended %d\n", ended(ends[0]));
  close(ends[0]);
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  pipe(ends);
  int both[3] = {pair[0], pair[1], ends[1]};
  pass(pair[0], "in itself", both, 3);
  close(ends[1]), close(pair[0]);
  printf("one left: ended %d\n", ended(ends[0]));
  close(pair[1]);
  collect(ends[0]);
  printf("circle: ended %d\n", ended(ends[0]));
  close(ends[0]);
  int other[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  socketpair(AF_UNIX, SOCK_STREAM, 0, other);
  pipe(ends);
  pass(pair[0], "x", &other[1], 1);
  pass(other[0], "y", &pair[1], 1);
  pass(other[0], "z", &ends[1], 1);
  close(ends[1]), close(other[1]), close(other[0]);
  usleep(20000);
  printf("reachable: ended %d\n", ended(ends[0]));
  close(pair[0]), close(pair[1]);
  collect(ends[0]);
  printf("unreachable: ended %d\n", ended(ends[0]));
  close(ends[0]);
}

static void credentials(void) {
  int pair[2], on = 1;
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  write(pair[0], "one", 3);
  pid_t child = fork();
  if (child == 0) {
    setgid(7), setuid(5);
    write(pair[0], "two", 3);
    CALL(introduce(pair[0], getpid(), 5, 7));
    CALL(introduce(pair[0], getpid(), 0, 7));
    CALL(introduce(pair[0], getpid(), 5, 0));
    CALL(introduce(pair[0], 1, 5, 7));
    _exit(0);
  }
  reap(child);
  write(pair[0], "end", 3);
  take(pair[1], 64, 64, 0);
  take(pair[1], 64, 64, 0);
  take(pair[1], 64, 64, 0);
  CALL(introduce(pair[0], getpid(), 11, 12));
  take(pair[1], 64, 64, 0);
  CALL(introduce(pair[0], 4000000, 0, 0));
  take(pair[1], 64, 20, MSG_DONTWAIT);
  write(pair[0], "short", 5);
  take(pair[1], 64, 20, 0);
  write(pair[1], "unasked", 7);
  take(pair[0], 64, 64, 0);
  control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(4), .cmsg_level = SOL_SOCKET, .cmsg_type = 99};
  struct iovec range = {"x", 1};
  struct msghdr message = {.msg_iov = &range, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = CMSG_SPACE(4)};
  CALL(sendmsg(pair[0], &message, 0));
  control.header.cmsg_level = 77;
  VALUE(sendmsg(pair[0], &message, 0));
  control.header.cmsg_len = 3;
  CALL(sendmsg(pair[0], &message, 0));
  message.msg_iovlen = 2000;
  CALL(sendmsg(pair[0], &message, 0));
  CALL(recvmsg(pair[0], &message, 0));
  close(pair[0]), close(pair[1]);
  int a = socket(AF_UNIX, SOCK_DGRAM, 0), b = socket(AF_UNIX, SOCK_DGRAM, 0);
  struct sockaddr_un name = {AF_UNIX, "\0check-creds"};
  bind(b, (struct sockaddr *)&name, 2 + 12);
  setsockopt(b, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  setsockopt(a, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  sendto(a, "named", 5, 0, (struct sockaddr *)&name, 2 + 12);
  struct sockaddr_un sender;
  socklen_t length = sizeof sender;
  getsockname(a, (struct sockaddr *)&sender, &length);
  printf("bound by sending: %d bytes\n", (int)length);
  take(b, 64, 64, 0);
  close(a), close(b);
}

static void peer(void) {
  int pair[2], fd = -1;
  socklen_t length = sizeof fd;
  char path[64], line[64] = "";
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  CALL(getsockopt(pair[0], SOL_SOCKET, 77 /* SO_PEERPIDFD */, &fd, &length));
  sprintf(path, "/proc/self/fdinfo/%d", fd);
  FILE *file = fopen(path, "r");
  while (file && fgets(line, sizeof line, file))
    if (strncmp(line, "Pid:", 4) == 0) printf("own %d\n", atoi(line + 4) == getpid());
  if (file) fclose(file);
  close(fd), close(pair[0]), close(pair[1]);
  int lone = socket(AF_UNIX, SOCK_STREAM, 0);
  CALL(getsockopt(lone, SOL_SOCKET, 77, &fd, &length));
  close(lone);
}

static void waiting(void) {
  int pair[2];
  char text[16] = "";
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 4; i++) usleep(5000), write(pair[0], &"abcd"[i], 1);
    _exit(0);
  }
  VALUE(recv(pair[1], text, 4, MSG_WAITALL));
  printf("%s\n", text);
  reap(child);
  int low = 3;
  setsockopt(pair[1], SOL_SOCKET, SO_RCVLOWAT, &low, sizeof low);
  write(pair[0], "12", 2);
  VALUE(recv(pair[1], text, 16, MSG_DONTWAIT));
  child = fork();
  if (child == 0) {
    write(pair[0], "1", 1), usleep(10000), write(pair[0], "23", 2);
    _exit(0);
  }
  usleep(5000);
  VALUE(read(pair[1], text, 16));
  reap(child);
  write(pair[0], "peeking", 7);
  int at = 2;
  CALL(setsockopt(pair[1], SOL_SOCKET, SO_PEEK_OFF, &at, sizeof at));
  memset(text, 0, sizeof text);
  VALUE(recv(pair[1], text, 2, MSG_PEEK));
  printf("%s\n", text);
  VALUE(recv(pair[1], text, 9, MSG_PEEK));
  VALUE(recv(pair[1], text, 3, 0));
  socklen_t length = sizeof at;
  getsockopt(pair[1], SOL_SOCKET, SO_PEEK_OFF, &at, &length);
  printf("next peek at %d\n", at);
  close(pair[0]);
  VALUE(recv(pair[1], text, 16, MSG_WAITALL));
  close(pair[1]);
}

static void many(void) {
  int pair[2];
  static char text[4][8];
  struct iovec out[3] = {{"one", 3}, {"second", 6}, {"3", 1}}, in[4];
  struct mmsghdr sent[3], got[4];
  memset(sent, 0, sizeof sent), memset(got, 0, sizeof got);
  socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
  for (int i = 0; i < 3; i++) sent[i].msg_hdr.msg_iov = &out[i], sent[i].msg_hdr.msg_iovlen = 1;
  for (int i = 0; i < 4; i++) in[i] = (struct iovec){text[i], 4}, got[i].msg_hdr.msg_iov = &in[i], got[i].msg_hdr.msg_iovlen = 1;
  VALUE(sendmmsg(pair[0], sent, 3, 0));
  printf("%d %d %d\n", sent[0].msg_len, sent[1].msg_len, sent[2].msg_len);
  VALUE(recvmmsg(pair[1], got, 4, MSG_WAITFORONE, NULL));
  for (int i = 0; i < 3; i++) printf("%d %s %x\n", got[i].msg_len, text[i], got[i].msg_hdr.msg_flags);
  CALL(recvmmsg(pair[1], got, 4, MSG_DONTWAIT, NULL));
  sendmmsg(pair[0], sent, 2, 0);
  VALUE(recvmmsg(pair[1], got, 2, 0, NULL));
  VALUE(sendmmsg(pair[0], sent, 0, 0));
  sent[1].msg_hdr.msg_iovlen = 3000;
  VALUE(sendmmsg(pair[0], sent, 3, 0));
  CALL(sendmmsg(pair[0], sent + 1, 2, 0));
  close(pair[0]), close(pair[1]);
}

static void big(int signal) { (void)signal; }

static void interruption(void) {
  int pair[2];
  char byte;
  struct sigaction action = {.sa_handler = big};
  sigaction(SIGALRM, &action, NULL);
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  ualarm(20000, 0);
  CALL(read(pair[0], &byte, 1));
  write(pair[1], "ab", 2);
  char text[8];
  ualarm(20000, 0);
  VALUE(recv(pair[0], text, 8, MSG_WAITALL));
  close(pair[0]), close(pair[1]);
}

/* SO_PASSPIDFD: a descriptor of the sender comes along */
static void senders(void) {
  int s[2], on = 1;
  socklen_t length = sizeof on;
  socketpair(AF_UNIX, SOCK_DGRAM, 0, s);
  VALUE(setsockopt(s[0], SOL_SOCKET, 76 /* SO_PASSPIDFD */, &on, sizeof on));
  VALUE(getsockopt(s[0], SOL_SOCKET, 76, &on, &length));
  pid_t pid = fork();
  if (pid == 0) {
    if (write(s[1], "hello", 5) != 5) _exit(1);
    char byte;
    _exit(read(s[1], &byte, 1) == 1 ? 6 : 7);
  }
  char text[16];
  struct iovec range = {text, sizeof text};
  struct msghdr message = {.msg_iov = &range, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  VALUE(recvmsg(s[0], &message, 0));
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  printf("type %d length %d\n", header->cmsg_type, (int)(header->cmsg_len - sizeof *header));
  int fd = *(int *)CMSG_DATA(header);
  char path[64], line[64] = "";
  int named = 0;
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
  FILE *info = fopen(path, "r");
  while (info && fgets(line, sizeof line, info))
    if (strncmp(line, "Pid:", 4) == 0) named = atoi(line + 4);
  if (info) fclose(info);
  VALUE(named == pid);
  VALUE(fcntl(fd, F_GETFD));
  VALUE(write(s[0], "x", 1));
  reap(pid);
  close(fd);
  message.msg_controllen = sizeof(struct cmsghdr);
  VALUE(write(s[1], "again", 5));
  VALUE(recvmsg(s[0], &message, 0));
  printf("flags %x\n", message.msg_flags);
}

int main(void) {
  start();
  senders();
  descriptors();
  lifetimes();
  credentials();
  peer();
  waiting();
  many();
  interruption();
  return 0;
}
