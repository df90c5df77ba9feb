/* AF_UNIX streams: names, connections, ends, errors, polling. */
#include "check.h"
#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

static struct sockaddr_un address;

static socklen_t path(const char *name) {
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  strcpy(address.sun_path, name);
  return sizeof address;
}

static socklen_t hidden(const char *name) {
  path("");
  memcpy(address.sun_path + 1, name, strlen(name));
  return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name);
}

#define ADDRESS (struct sockaddr *)&address

static void show(const char *label, int (*get)(int, struct sockaddr *, socklen_t *), int fd) {
  struct sockaddr_un name;
  memset(&name, 0, sizeof name);
  socklen_t length = sizeof name;
  int result = get(fd, (struct sockaddr *)&name, &length);
  if (result < 0) printf("%s: %s\n", label, strerror(errno));
  else printf("%s: family %d, %d bytes, %c%s\n", label, name.sun_family, (int)length, name.sun_path[0] ? '/' : '@', name.sun_path + !name.sun_path[0]);
}

static short events(int fd) {
  struct pollfd one = {fd, POLLIN | POLLOUT | POLLRDHUP | POLLPRI, 0};
  poll(&one, 1, 0);
  return one.revents;
}

static void creation(void) {
  int pair[2];
  VALUE(socket(AF_INET6 + 33, SOCK_STREAM, 0));
  CALL(socket(-1, SOCK_STREAM, 0));
  CALL(socket(AF_UNIX, 9, 0));
  CALL(socket(AF_UNIX, 12, 0));
  CALL(socket(AF_UNIX, SOCK_STREAM | 0x100, 0));
  CALL(socket(AF_UNIX, SOCK_STREAM, 5));
  CALL(socket(AF_UNIX, SOCK_STREAM, AF_UNIX));
  CALL(socketpair(AF_UNIX, SOCK_STREAM, 0, (int *)8));
  CALL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair));
  printf("flags %x %x\n", fcntl(pair[0], F_GETFD), fcntl(pair[0], F_GETFL) & (O_ACCMODE | O_NONBLOCK));
  struct stat status;
  fstat(pair[0], &status);
  printf("mode %o\n", status.st_mode);
  CALL(lseek(pair[0], 0, SEEK_SET));
  char byte;
  CALL(pread(pair[0], &byte, 1, 0));
  CALL(read(pair[0], &byte, 1));
  VALUE(read(pair[0], &byte, 0));
  CALL(ftruncate(pair[0], 0));
  CALL(fsync(pair[0]));
  close(pair[0]), close(pair[1]);
  int null = open("/dev/null", O_RDWR);
  CALL(bind(null, ADDRESS, sizeof address));
  close(null);
  CALL(bind(99, ADDRESS, sizeof address));
}

static void names(void) {
  int s = socket(AF_UNIX, SOCK_STREAM, 0), t = socket(AF_UNIX, SOCK_STREAM, 0);
  show("unbound", getsockname, s);
  show("no peer", getpeername, s);
  CALL(listen(s, 1));
  path("sock");
  CALL(bind(s, ADDRESS, 1000));
  CALL(bind(s, ADDRESS, 2 + 109));
  CALL(bind(s, (struct sockaddr *)8, sizeof address));
  address.sun_family = AF_INET;
  CALL(bind(s, ADDRESS, sizeof address));
  CALL(bind(s, ADDRESS, path("sock")));
  show("path", getsockname, s);
  CALL(bind(s, ADDRESS, path("sock")));
  CALL(bind(s, ADDRESS, path("other")));
  CALL(access("other", F_OK));
  CALL(bind(t, ADDRESS, path("sock")));
  CALL(bind(t, ADDRESS, path("no/sock")));
  CALL(bind(t, ADDRESS, path(".")));
  struct stat status;
  stat("sock", &status);
  printf("mode %o\n", status.st_mode & ~022);
  CALL(open("sock", O_RDWR));
  CALL(connect(t, ADDRESS, path("sock")));
  CALL(connect(t, ADDRESS, path("none")));
  close(open("plain", O_CREAT | O_RDWR, 0600));
  CALL(connect(t, ADDRESS, path("plain")));
  CALL(bind(t, ADDRESS, hidden("check-stream")));
  show("abstract", getsockname, t);
  int u = socket(AF_UNIX, SOCK_STREAM, 0);
  CALL(bind(u, ADDRESS, hidden("check-stream")));
  CALL(bind(u, ADDRESS, hidden("check-stream") + 1));
  show("longer", getsockname, u);
  int dgram = socket(AF_UNIX, SOCK_DGRAM, 0);
  CALL(bind(dgram, ADDRESS, hidden("check-stream")));
  CALL(connect(dgram, ADDRESS, path("sock")));
  CALL(listen(s, 1));
  CALL(connect(dgram, ADDRESS, path("sock")));
  CALL(listen(dgram, 1));
  CALL(accept(dgram, NULL, NULL));
  CALL(accept(u, NULL, NULL));
  close(u);
  u = socket(AF_UNIX, SOCK_STREAM, 0);
  address.sun_family = AF_UNIX;
  CALL(bind(u, ADDRESS, sizeof address.sun_family));
  socklen_t length = sizeof address;
  getsockname(u, ADDRESS, &length);
  printf("automatic %d %d\n", (int)length, address.sun_path[0]);
  close(t), close(u), close(dgram);
  t = socket(AF_UNIX, SOCK_STREAM, 0);
  CALL(bind(t, ADDRESS, hidden("check-stream")));
  close(s), close(t);
  t = socket(AF_UNIX, SOCK_STREAM, 0);
  CALL(connect(t, ADDRESS, path("sock")));
  unlink("sock");
  CALL(connect(t, ADDRESS, path("sock")));
  close(t);
}

static void connection(void) {
  int s = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  char text[32] = "";
  bind(s, ADDRESS, path("server"));
  printf("closed %x\n", events(s));
  CALL(listen(s, 0));
  printf("listening %x\n", events(s));
  CALL(listen(s, 1));
  CALL(connect(s, ADDRESS, path("server")));
  CALL(connect(c, ADDRESS, path("server")));
  CALL(connect(c, ADDRESS, path("server")));
  printf("waiting %x, connected %x\n", events(s), events(c));
  int more[4];
  for (int i = 0; i < 3; i++) {
    more[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CALL(connect(more[i], ADDRESS, path("server")));
  }
  show("client's peer", getpeername, c);
  VALUE(write(c, "early", 5));
  struct sockaddr_un from;
  socklen_t length = sizeof from;
  int a = accept4(s, (struct sockaddr *)&from, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
  printf("accepted, name of %d bytes, flags %x %x\n", (int)length, fcntl(a, F_GETFD), fcntl(a, F_GETFL) & O_NONBLOCK);
  show("accepted", getsockname, a);
  show("accepted's peer", getpeername, a);
  VALUE(read(a, text, sizeof text));
  CALL(read(a, text, sizeof text));
  CALL(listen(a, 1));
  CALL(accept4(s, NULL, NULL, 1));
  close(accept(s, NULL, NULL));
  printf("closed before %x\n", events(more[0]));
  VALUE(read(more[0], text, 1));
  fcntl(s, F_SETFL, O_NONBLOCK);
  CALL(close(accept(s, NULL, NULL)));
  CALL(accept(s, NULL, NULL));
  CALL(connect(more[2], ADDRESS, path("server")));
  close(s);
  printf("never accepted %x\n", events(more[2]));
  CALL(read(more[2], text, 1));
  CALL(read(more[2], text, 1));
  VALUE(send(c, "abc", 3, 0));
  close(a);
  printf("reset %x\n", events(c));
  CALL(write(c, "x", 1));
  CALL(recv(c, text, 1, 0));
  VALUE(recv(c, text, 1, 0));
  show("peer after the end", getpeername, c);
  for (int i = 0; i < 3; i++) close(more[i]);
  close(c);
  unlink("server");
}

static void waiting(void) {
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  bind(s, ADDRESS, hidden("check-waiting"));
  listen(s, 0);
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 4; i++) {
      int c = socket(AF_UNIX, SOCK_STREAM, 0);
      if (connect(c, ADDRESS, hidden("check-waiting")) < 0) _exit(1);
      write(c, &"0123"[i], 1);
    }
    _exit(0);
  }
  usleep(20000);
  for (int i = 0; i < 4; i++) {
    char byte = 0;
    int a = accept(s, NULL, NULL);
    read(a, &byte, 1);
    printf("%c", byte);
    close(a);
  }
  printf("\n");
  reap(child);
  close(s);
}

static void ends(void) {
  int pair[2];
  char text[8];
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  printf("fresh %x\n", events(pair[0]));
  VALUE(write(pair[0], "ab", 2));
  CALL(shutdown(pair[0], SHUT_WR));
  CALL(shutdown(pair[0], 3));
  printf("half %x %x\n", events(pair[0]), events(pair[1]));
  VALUE(read(pair[1], text, 8));
  VALUE(read(pair[1], text, 8));
  CALL(write(pair[0], "x", 1));
  VALUE(write(pair[1], "back", 4));
  VALUE(read(pair[0], text, 8));
  CALL(shutdown(pair[1], SHUT_RDWR));
  printf("both %x %x\n", events(pair[0]), events(pair[1]));
  VALUE(read(pair[0], text, 8));
  close(pair[0]), close(pair[1]);
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  write(pair[1], "left", 4);
  close(pair[1]);
  printf("gone %x\n", events(pair[0]));
  CALL(send(pair[0], "x", 1, MSG_NOSIGNAL));
  VALUE(read(pair[0], text, 8));
  VALUE(read(pair[0], text, 8));
  close(pair[0]);
  signal(SIGPIPE, SIG_DFL);
  pid_t child = fork();
  if (child == 0) {
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    close(pair[1]);
    CALL(send(pair[0], "x", 1, MSG_NOSIGNAL));
    write(pair[0], "x", 1);
    _exit(0);
  }
  reap(child);
  int lone = socket(AF_UNIX, SOCK_STREAM, 0);
  CALL(send(lone, "x", 1, 0));
  CALL(recv(lone, text, 1, 0));
  CALL(sendto(lone, "x", 1, 0, ADDRESS, path("server")));
  CALL(shutdown(lone, SHUT_RD));
  close(lone);
}

static void options(void) {
  int pair[2], value;
  socklen_t length = sizeof value;
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
#define GET(option) (void)(value = -7, length = 4, CALL(getsockopt(pair[0], SOL_SOCKET, option, &value, &length)), (void)printf("%d/%d\n", value, (int)length))
#define SET(option, number) (void)(value = number, CALL(setsockopt(pair[0], SOL_SOCKET, option, &value, sizeof value)))
  GET(SO_TYPE), GET(SO_DOMAIN), GET(SO_PROTOCOL), GET(SO_ACCEPTCONN), GET(SO_ERROR), GET(SO_SNDBUF), GET(SO_RCVBUF);
  SET(SO_SNDBUF, 1000), GET(SO_SNDBUF);
  SET(SO_SNDBUF, 10000), GET(SO_SNDBUF);
  SET(SO_RCVBUF, 0), GET(SO_RCVBUF);
  SET(SO_REUSEADDR, 5), GET(SO_REUSEADDR);
  SET(SO_KEEPALIVE, 1), GET(SO_KEEPALIVE);
  SET(SO_PASSCRED, 1), GET(SO_PASSCRED);
  GET(SO_RCVLOWAT), GET(SO_SNDLOWAT);
  SET(SO_RCVLOWAT, 0), GET(SO_RCVLOWAT);
  SET(SO_SNDLOWAT, 3);
  SET(SO_TYPE, 1);
  SET(SO_ERROR, 1);
  GET(4711), SET(4711, 1);
  CALL(getsockopt(pair[0], SOL_SOCKET, SO_TYPE, NULL, &length));
  CALL(setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &value, 2));
  length = 2;
  CALL(getsockopt(pair[0], SOL_SOCKET, SO_TYPE, &value, &length));
  length = -1;
  CALL(getsockopt(pair[0], SOL_SOCKET, SO_TYPE, &value, &length));
  CALL(setsockopt(pair[0], 77, 1, &value, 4));
  CALL(getsockopt(pair[0], 77, 1, &value, &length));
  struct linger linger = {1, 9};
  CALL(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
  length = sizeof linger;
  memset(&linger, 0, sizeof linger);
  getsockopt(pair[0], SOL_SOCKET, SO_LINGER, &linger, &length);
  printf("linger %d %d\n", linger.l_onoff, linger.l_linger);
  struct timeval timeout = {0, 30000}, got;
  CALL(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout));
  length = sizeof got;
  getsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &got, &length);
  printf("timeout %ld about %d\n", (long)got.tv_sec, got.tv_usec >= 28000 && got.tv_usec <= 32000);
  char byte;
  CALL(read(pair[0], &byte, 1));
  CALL(recv(pair[0], &byte, 1, 0));
  timeout.tv_usec = 1000000;
  CALL(setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout));
  struct { int pid; unsigned uid, gid; } peer;
  length = sizeof peer;
  CALL(getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &peer, &length));
  printf("peer %d %u %u\n", peer.pid == getpid(), peer.uid, peer.gid);
  int lone = socket(AF_UNIX, SOCK_STREAM, 0);
  getsockopt(lone, SOL_SOCKET, SO_PEERCRED, &peer, &length);
  printf("no peer %d %d %d\n", peer.pid, (int)peer.uid, (int)peer.gid);
  close(lone), close(pair[0]), close(pair[1]);
}

static void buffers(void) {
  static char big[300000];
  int pair[2], sizes[] = {1, 100, 129, 1000, 4096, 20000, 65536, 300000}, queued;
  for (int i = 0; i < 8; i++) {
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair);
    long total = 0, count;
    while ((count = write(pair[0], big, sizes[i])) > 0) total += count;
    ioctl(pair[1], FIONREAD, &queued);
    printf("%d: filled by %ld, %d queued, %x\n", sizes[i], total, queued, events(pair[0]));
    ioctl(pair[0], TIOCOUTQ, &queued);
    printf("charged %d\n", queued);
    while (total > 0 && !(events(pair[0]) & POLLOUT)) total -= read(pair[1], big, 1000);
    ioctl(pair[1], FIONREAD, &queued);
    printf("writable with %d left\n", queued);
    close(pair[0]), close(pair[1]);
  }
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  pid_t child = fork();
  if (child == 0) _exit(write(pair[0], big, sizeof big) == sizeof big ? 0 : 1);
  long total = 0, count;
  close(pair[0]);
  while ((count = read(pair[1], big, 50000)) > 0) total += count;
  printf("received %ld\n", total);
  reap(child);
  close(pair[1]);
}

static void edges(void) {
  int pair[2], epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET}, got;
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  CALL(epoll_ctl(epoll, EPOLL_CTL_ADD, pair[0], &event));
  VALUE(epoll_wait(epoll, &got, 1, 0));
  write(pair[1], "a", 1);
  VALUE(epoll_wait(epoll, &got, 1, 0));
  printf("%x\n", got.events);
  VALUE(epoll_wait(epoll, &got, 1, 0));
  write(pair[1], "b", 1);
  VALUE(epoll_wait(epoll, &got, 1, 0));
  shutdown(pair[1], SHUT_WR);
  VALUE(epoll_wait(epoll, &got, 1, 0));
  printf("%x\n", got.events);
  close(pair[1]);
  VALUE(epoll_wait(epoll, &got, 1, 0));
  printf("%x\n", got.events);
  close(pair[0]), close(epoll);
}

static void listed(void) {
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  bind(s, ADDRESS, hidden("check-listed"));
  listen(s, 1);
  struct stat status;
  fstat(s, &status);
  char line[256], link[64], target[64] = "";
  FILE *file = fopen("/proc/net/unix", "r");
  fgets(line, sizeof line, file);
  printf("%s", line);
  while (fgets(line, sizeof line, file)) {
    unsigned long long number, ino;
    unsigned references, protocol, flags, type, state;
    char name[128] = "";
    sscanf(line, "%llx: %x %x %x %x %x %llu %127s", &number, &references, &protocol, &flags, &type, &state, &ino, name);
    if (strcmp(name, "@check-listed") == 0) printf("%x %x %x %x %x %d\n", references, protocol, flags, type, state, ino == status.st_ino);
  }
  fclose(file);
  sprintf(link, "/proc/self/fd/%d", s);
  readlink(link, target, sizeof target - 1);
  sprintf(link, "socket:[%llu]", (unsigned long long)status.st_ino);
  printf("link %d\n", strcmp(link, target) == 0);
  sprintf(link, "/proc/self/fd/%d", s);
  CALL(open(link, O_RDWR));
  close(s);
}

int main(void) {
  start();
  signal(SIGPIPE, SIG_IGN);
  creation();
  names();
  connection();
  waiting();
  ends();
  options();
  buffers();
  edges();
  listed();
  return 0;
}
