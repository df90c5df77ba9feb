/* AF_UNIX datagrams and packets: boundaries, names, peers, errors. */
#include "check.h"
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un address;

static socklen_t hidden(const char *name) {
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path + 1, name, strlen(name));
  return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name);
}

#define ADDRESS (struct sockaddr *)&address

static short events(int fd) {
  struct pollfd one = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
  poll(&one, 1, 0);
  return one.revents;
}

static int bound(const char *name) {
  int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (bind(s, ADDRESS, hidden(name)) < 0) printf("bind: %s\n", strerror(errno));
  return s;
}

static void from(int s) {
  struct sockaddr_un name;
  memset(&name, 0, sizeof name);
  socklen_t length = sizeof name;
  char text[16] = "";
  long count = recvfrom(s, text, 4, 0, (struct sockaddr *)&name, &length);
  printf("%ld '%s' from %d bytes '%s'\n", count, count < 0 ? strerror(errno) : text, (int)length, length > 3 ? name.sun_path + 1 : "");
}

static void datagrams(void) {
  int a = bound("check-a"), b = bound("check-b"), c = bound("check-c"), none = socket(AF_UNIX, SOCK_DGRAM, 0);
  char text[16] = "";
  printf("fresh %x\n", events(a));
  CALL(sendto(a, "one", 3, 0, ADDRESS, hidden("check-b")));
  CALL(sendto(c, "longer", 6, 0, ADDRESS, hidden("check-b")));
  CALL(sendto(none, "", 0, 0, ADDRESS, hidden("check-b")));
  int queued;
  ioctl(b, FIONREAD, &queued);
  printf("first has %d, %x\n", queued, events(b));
  from(b), from(b), from(b), from(b);
  CALL(send(a, "x", 1, 0));
  CALL(sendto(a, "x", 1, 0, ADDRESS, hidden("check-z")));
  CALL(sendto(a, "x", 1, 0, ADDRESS, 2));
  CALL(sendto(a, "x", 1, MSG_OOB, ADDRESS, hidden("check-b")));
  CALL(connect(a, ADDRESS, hidden("check-b")));
  VALUE(send(a, "1234567", 7, 0));
  VALUE(recv(b, text, 3, MSG_PEEK));
  VALUE(recv(b, text, 3, MSG_PEEK | MSG_TRUNC));
  VALUE(recv(b, text, 3, MSG_TRUNC));
  CALL(recv(b, text, 3, 0));
  CALL(connect(b, ADDRESS, hidden("check-a")));
  CALL(sendto(c, "x", 1, 0, ADDRESS, hidden("check-b")));
  CALL(connect(c, ADDRESS, hidden("check-b")));
  VALUE(send(a, "kept", 4, 0));
  CALL(connect(b, ADDRESS, hidden("check-c")));
  CALL(recv(b, text, 3, 0));
  CALL(send(a, "x", 1, 0));
  CALL(send(a, "x", 1, 0));
  address.sun_family = AF_UNSPEC;
  CALL(connect(b, ADDRESS, sizeof address));
  CALL(send(b, "x", 1, 0));
  VALUE(send(a, "again", 5, 0));
  from(b);
  close(b);
  printf("peer is gone %x\n", events(a));
  CALL(send(a, "x", 1, 0));
  CALL(send(a, "x", 1, 0));
  close(a), close(c), close(none);
}

static void limits(void) {
  static char big[300000];
  int a = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0), b = bound("check-full"), count = 0;
  hidden("check-full");
  while (sendto(a, "x", 1, 0, ADDRESS, hidden("check-full")) == 1) count++;
  printf("%d fit: %s, %x\n", count, strerror(errno), events(a));
  connect(a, ADDRESS, hidden("check-full"));
  printf("connected to a full one %x\n", events(a));
  pid_t child = fork();
  if (child == 0) {
    fcntl(a, F_SETFL, 0);
    _exit(send(a, "last", 4, 0) == 4 ? 0 : 1);
  }
  usleep(20000);
  for (int i = 0; i < count; i++) recv(b, big, 4, 0);
  reap(child);
  VALUE(recv(b, big, 10, 0));
  printf("with room %x\n", events(a));
  CALL(send(a, big, 250000, 0));
  CALL(shutdown(b, SHUT_RD));
  CALL(send(a, "x", 1, 0));
  CALL(recv(b, big, 1, 0));
  fcntl(b, F_SETFL, 0);
  VALUE(recv(b, big, 1, 0));
  CALL(shutdown(a, SHUT_WR));
  CALL(send(a, "x", 1, 0));
  close(a), close(b);
  int pair[2];
  socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair);
  for (count = 0; send(pair[0], big, 1000, 0) > 0;) count++;
  printf("a pair takes %d: %s\n", count, strerror(errno));
  close(pair[1]);
  CALL(send(pair[0], "x", 1, 0));
  CALL(send(pair[0], "x", 1, 0));
  close(pair[0]);
}

static void packets(void) {
  int pair[2];
  char text[16];
  signal(SIGPIPE, SIG_DFL);
  socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
  VALUE(send(pair[0], "first", 5, 0));
  VALUE(send(pair[0], "", 0, 0));
  VALUE(send(pair[0], "third", 5, MSG_EOR));
  struct iovec range = {text, 3};
  struct msghdr header = {.msg_iov = &range, .msg_iovlen = 1};
  VALUE(recvmsg(pair[1], &header, 0));
  printf("flags %x\n", header.msg_flags);
  VALUE(recv(pair[1], text, 16, 0));
  VALUE(recv(pair[1], text, 16, MSG_WAITALL));
  CALL(sendto(pair[0], "x", 1, 0, ADDRESS, hidden("check-none")));
  VALUE(recv(pair[1], text, 16, 0));
  int queued;
  send(pair[0], "ab", 2, 0), send(pair[0], "cde", 3, 0);
  ioctl(pair[1], FIONREAD, &queued);
  printf("queued %d\n", queued);
  close(pair[1]);
  printf("gone %x\n", events(pair[0]));
  CALL(send(pair[0], "x", 1, 0));
  CALL(recv(pair[0], text, 1, 0));
  VALUE(recv(pair[0], text, 1, 0));
  close(pair[0]);
  int s = socket(AF_UNIX, SOCK_SEQPACKET, 0), c = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  printf("alone %x\n", events(s));
  CALL(send(s, "x", 1, 0));
  CALL(recv(s, text, 1, 0));
  bind(s, ADDRESS, hidden("check-packets"));
  listen(s, 3);
  CALL(connect(c, ADDRESS, hidden("check-packets")));
  int a = accept(s, NULL, NULL);
  VALUE(write(a, "one", 3));
  VALUE(write(a, "two", 3));
  VALUE(read(c, text, 16));
  VALUE(read(c, text, 1));
  shutdown(a, SHUT_WR);
  VALUE(recv(c, text, 16, MSG_DONTWAIT));
  printf("half %x %x\n", events(a), events(c));
  close(s), close(c), close(a);
}

int main(void) {
  start();
  datagrams();
  limits();
  packets();
  return 0;
}
