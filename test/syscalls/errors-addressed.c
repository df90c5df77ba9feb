/* Errors of sockets that have an address, had one, or are asked for what they have not: the three calls that send, the three that receive. */
#include "rows.h"
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

static const int NOBODY = 65534;
static char byte[10];
static struct iovec piece = {byte, 1}, wrong = {BAD, 1};

/* A socket each: the first error of some is told once. */
typedef int (*maker)(void);

static void send_all(const char *kind, maker make, const char *path, int flags) {
  struct sockaddr_un address = {AF_UNIX};
  if (path) strcpy(address.sun_path, path);
  struct mmsghdr message = {{.msg_name = path ? &address : NULL, .msg_namelen = path ? sizeof address : 0, .msg_iov = &piece, .msg_iovlen = 1}};
  int fds[3] = {make(), make(), make()};
  TRY(sendto, fds[0], byte, 1L, (long)(flags | MSG_NOSIGNAL), path ? &address : NULL, path ? sizeof address : 0L);
  TRY(sendmsg, fds[1], &message.msg_hdr, flags | MSG_NOSIGNAL);
  TRY(sendmmsg, fds[2], &message, 1, flags | MSG_NOSIGNAL);
  for (int i = 0; i < 3; i++) close(fds[i]);
}

static void receive_all(const char *kind, maker make, int flags, struct iovec *where) {
  struct mmsghdr message = {{.msg_iov = where, .msg_iovlen = 1}};
  int fds[3] = {make(), make(), make()};
  TRY(recvfrom, fds[0], where->iov_base, where->iov_len, (long)flags, NULL, NULL);
  TRY(recvmsg, fds[1], &message.msg_hdr, flags);
  TRY(recvmmsg, fds[2], &message, 1L, (long)flags, NULL);
  for (int i = 0; i < 3; i++) close(fds[i]);
}

static int datagrams(void) { return socket(AF_UNIX, SOCK_DGRAM, 0); }
static int stream(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }

static int other;
static int pair_of(int type) {
  int pair[2];
  socketpair(AF_UNIX, type, 0, pair);
  other = pair[1];
  return pair[0];
}
static int connected(void) { return pair_of(SOCK_STREAM); }
static int connected_datagrams(void) { return pair_of(SOCK_DGRAM); }
static int with_a_message(void) {
  int fd = pair_of(SOCK_STREAM);
  send(other, byte, 1, 0);
  return fd;
}
/* The other end went and had not read what was sent. */
static int reset_of(int type) {
  int fd = pair_of(type);
  send(fd, byte, 1, 0);
  close(other);
  return fd;
}
static int reset(void) { return reset_of(SOCK_STREAM); }
static int reset_packets(void) { return reset_of(SOCK_SEQPACKET); }
static int left(void) {
  int fd = pair_of(SOCK_DGRAM);
  close(other);
  return fd;
}

static int bound(const char *path) {
  struct sockaddr_un address = {AF_UNIX};
  strcpy(address.sun_path, path);
  int fd = datagrams();
  unlink(path);
  bind(fd, (struct sockaddr *)&address, sizeof address);
  return fd;
}

static void credentials(const char *kind, struct ucred who, size_t length) {
  char control[CMSG_SPACE(sizeof who)] = {0};
  struct mmsghdr message = {{.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control}};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message.msg_hdr);
  *header = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_CREDENTIALS, .cmsg_len = length};
  memcpy(CMSG_DATA(header), &who, sizeof who);
  int fd = connected();
  TRY(sendmsg, fd, &message.msg_hdr, 0);
  TRY(sendmmsg, fd, &message, 1, 0);
  close(fd);
}

static void as_nobody(void) {
  pid_t pid = fork();
  if (pid == 0) {
    if (setgid(NOBODY) || setuid(NOBODY)) _exit(1);
    send_all("a path of another", datagrams, "bound", 0);
    credentials("of another", (struct ucred){getpid(), 0, 0}, CMSG_LEN(sizeof(struct ucred)));
    _exit(0);
  }
  reap(pid);
}

static void makers(void) {
  const char *kind = "domain";
  int pair[2], file = open("file", O_CREAT | O_RDWR, 0600);
  TRY(socketpair, 99, SOCK_STREAM, 0, pair);
  TRY(socket, 99, SOCK_STREAM, 0);
  kind = "shut down";
  int listener = stream();
  TRY(shutdown, listener, SHUT_RDWR);
  TRY(shutdown, listener, 3);
  TRY(shutdown, file, SHUT_RD);
  TRY(shutdown, 99, SHUT_RD);
  int route = socket(AF_NETLINK, SOCK_RAW, 0);
  TRY(shutdown, route, SHUT_RD);
  close(route);
  close(listener);
  close(file);
}

int main(void) {
  start();
  chmod(".", 0755);
  close(open("file", O_CREAT | O_RDWR, 0600));
  int to = bound("bound"), gone = bound("gone"), taken = bound("taken");
  struct sockaddr_un address = {AF_UNIX, "bound"};
  connect(taken, (struct sockaddr *)&address, sizeof address);
  chmod("bound", 0700);
  close(gone);
  send_all("absent", datagrams, "absent", 0);
  send_all("gone", datagrams, "gone", 0);
  send_all("to one that hears another", datagrams, "taken", 0);
  send_all("no socket", datagrams, "file", 0);
  send_all("connected", connected, "bound", 0);
  send_all("stream", stream, "bound", 0);
  send_all("connected datagrams", connected_datagrams, "bound", 0);
  send_all("unread", reset, NULL, 0);
  send_all("unread packets", reset_packets, NULL, 0);
  send_all("left", left, NULL, 0);
  send_all("urgent datagram", connected_datagrams, NULL, MSG_OOB);
  receive_all("unread", reset, 0, &piece);
  receive_all("urgent datagram", connected_datagrams, MSG_OOB | MSG_DONTWAIT, &piece);
  receive_all("bad address", with_a_message, 0, &wrong);
  credentials("short", (struct ucred){getpid(), 0, 0}, 3);
  credentials("no process", (struct ucred){0x7ffffff, 0, 0}, CMSG_LEN(sizeof(struct ucred)));
  as_nobody();
  makers();
  close(to);
  close(taken);
}
