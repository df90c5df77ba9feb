/* AF_NETLINK: the sockets of NETLINK_ROUTE, their errors and acknowledgements; mq_notify with SIGEV_THREAD, which reads its cookies there. */
#include "check.h"
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <mqueue.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static struct sockaddr_nl name;
#define NAME (struct sockaddr *)&name

static struct sockaddr *at(unsigned pid, unsigned groups) {
  name = (struct sockaddr_nl){.nl_family = AF_NETLINK, .nl_pid = pid, .nl_groups = groups};
  return NAME;
}

static int make(void) { return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE); }

static short events(int fd) {
  struct pollfd one = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
  poll(&one, 1, 0);
  return one.revents;
}

/* 1 for the process's own, 2 for another number above 2^31, 0 for none. */
static int whose(unsigned pid) { return pid == 0 ? 0 : pid == (unsigned)getpid() ? 1 : pid >> 31 ? 2 : 3; }

static void show(int s) {
  socklen_t size = sizeof name;
  memset(&name, 0xff, sizeof name);
  CALL(getsockname(s, NAME, &size));
  printf("own: size %d family %d whose %d groups %x\n", (int)size, name.nl_family, whose(name.nl_pid), name.nl_groups);
  CALL(getpeername(s, NAME, &size));
  printf("peer: size %d family %d pid %d groups %x\n", (int)size, name.nl_family, name.nl_pid, name.nl_groups);
}

static struct {
  struct nlmsghdr head;
  char body[512];
} message;

static void ask(int s, int type, int flags, int size) {
  message.head = (struct nlmsghdr){.nlmsg_len = 16 + size, .nlmsg_type = type, .nlmsg_flags = flags, .nlmsg_seq = 7};
  memset(message.body, 0, sizeof message.body);
  printf("type %d flags %x of %d: %zd\n", type, flags, size, sendto(s, &message, 16 + size, 0, at(0, 0), sizeof name));
}

static void answer(int s, int size) {
  static char buffer[4096];
  struct iovec range = {buffer, size};
  struct msghdr head = {.msg_name = at(9, 9), .msg_namelen = sizeof name, .msg_iov = &range, .msg_iovlen = 1};
  ssize_t got = recvmsg(s, &head, MSG_DONTWAIT);
  if (got < 0) {
    printf("no answer: %s\n", strerror(errno));
    return;
  }
  struct nlmsghdr *h = (struct nlmsghdr *)buffer;
  printf("%zd bytes, flags %x, from pid %u groups %x of %u bytes\n", got, head.msg_flags, name.nl_pid, name.nl_groups, head.msg_namelen);
  if (got >= 20 && size >= 20)
    printf("  length %u type %u flags %x sequence %u whose %d: %d\n", h->nlmsg_len, h->nlmsg_type, h->nlmsg_flags, h->nlmsg_seq,
           whose(h->nlmsg_pid), *(int *)NLMSG_DATA(h));
}

static void sockets(void) {
  CALL(socket(AF_NETLINK, SOCK_STREAM, 0));
  CALL(socket(AF_NETLINK, SOCK_RAW, -1));
  CALL(socket(AF_NETLINK, SOCK_RAW, 32));
  CALL(socket(AF_NETLINK, SOCK_RAW, 31));
  int pair[2];
  CALL(socketpair(AF_NETLINK, SOCK_RAW, 0, pair));
  int s = make(), other = make(), third = make();
  show(s);
  printf("events %x\n", events(s));
  CALL(bind(s, at(0, 0), 11));
  name.nl_family = AF_UNIX;
  CALL(bind(s, NAME, sizeof name));
  CALL(bind(s, at(0, 0), sizeof name));
  CALL(bind(s, at(0, 0), sizeof name));
  show(s);
  CALL(bind(s, at(12345, 0), sizeof name));
  CALL(bind(s, at(getpid(), RTMGRP_LINK), sizeof name));
  show(s);
  CALL(bind(other, at(getpid(), 0), sizeof name));
  CALL(bind(other, at(0, 0), sizeof name));
  show(other);
  CALL(bind(third, at(4000000, 0), sizeof name));
  CALL(listen(s, 1));
  CALL(accept(s, NULL, NULL));
  CALL(shutdown(s, SHUT_RD));
  int value = 1;
  socklen_t size = sizeof value;
  CALL(setsockopt(s, SOL_SOCKET + 5, 1, &value, sizeof value));
  CALL(getsockopt(s, SOL_SOCKET + 5, 1, &value, &size));
  CALL(getsockopt(s, SOL_SOCKET, SO_PROTOCOL, &value, &size));
  VALUE(value);
  CALL(getsockopt(s, SOL_SOCKET, SO_DOMAIN, &value, &size));
  VALUE(value);
  CALL(getsockopt(s, SOL_SOCKET, SO_TYPE, &value, &size));
  VALUE(value);

  /* to another socket of the family */
  CALL(sendto(s, "ab", 2, 0, at(4000001, 0), sizeof name));
  CALL(sendto(s, "ab", 2, 0, at(4000000, 0), 11));
  CALL(sendto(s, "ab", 2, MSG_OOB, at(4000000, 0), sizeof name));
  CALL(sendto(s, (char *)8, 2, 0, at(4000000, 0), sizeof name));
  VALUE(sendto(s, "abcde", 5, 0, at(4000000, 0), sizeof name));
  printf("events %x\n", events(third));
  char text[64] = "";
  size = sizeof name;
  VALUE(recvfrom(third, text, 3, MSG_PEEK | MSG_TRUNC, NAME, &size));
  printf("%.5s from %d size %d\n", text, whose(name.nl_pid), (int)size);
  VALUE(recv(third, text, 3, 0));
  CALL(recv(third, text, 3, MSG_DONTWAIT));
  CALL(recv(third, text, 3, MSG_OOB));
  CALL(connect(third, at(1, 0), 1));
  name.nl_family = AF_UNIX;
  CALL(connect(third, NAME, sizeof name));
  CALL(connect(third, at(4000001, 0), sizeof name));
  CALL(send(third, "ab", 2, 0));
  CALL(sendto(s, "ab", 2, 0, at(4000000, 0), sizeof name));
  name.nl_family = AF_UNSPEC;
  CALL(connect(third, NAME, sizeof name));
  VALUE(sendto(s, "ab", 2, 0, at(4000000, 0), sizeof name));
  char *big = calloc(1, 300000);
  CALL(sendto(s, big, 300000, 0, at(4000000, 0), sizeof name));
  free(big);
  pid_t child = fork();
  if (child == 0) {
    setresuid(1000, 1000, 1000);
    int own = make();
    CALL(sendto(own, "ab", 2, 0, at(4000000, 0), sizeof name));
    CALL(connect(own, at(4000000, 0), sizeof name));
    ask(own, RTM_NEWADDR, NLM_F_REQUEST, 8);
    answer(own, 4096);
    _exit(0);
  }
  reap(child);
  close(s), close(other), close(third);
}

static void requests(void) {
  int s = make();
  message.head.nlmsg_len = 16;
  CALL(sendto(s, &message, 0, 0, at(0, 0), sizeof name));
  VALUE(sendto(s, &message, 15, 0, at(0, 0), sizeof name));
  answer(s, 4096);
  ask(s, NLMSG_NOOP, NLM_F_REQUEST, 0);
  answer(s, 4096);
  ask(s, NLMSG_NOOP, NLM_F_REQUEST | NLM_F_ACK, 0);
  answer(s, 4096);
  ask(s, RTM_GETLINK, NLM_F_ACK, 0);
  answer(s, 4096);
  ask(s, 1000, NLM_F_REQUEST, 16);
  answer(s, 4096);
  ask(s, 1000, NLM_F_REQUEST, 16);
  answer(s, 18);
  ask(s, RTM_GETLINK, NLM_F_REQUEST, 0);
  answer(s, 4096);
  ask(s, RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK, 8);
  answer(s, 4096);
  /* two in one datagram: two answers */
  message.head = (struct nlmsghdr){.nlmsg_len = 16, .nlmsg_type = NLMSG_NOOP, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK};
  memcpy(message.body, &message.head, 16);
  VALUE(sendto(s, &message, 32, 0, at(0, 0), sizeof name));
  answer(s, 4096);
  answer(s, 4096);
  answer(s, 4096);
  /* the end of a dump is the last message */
  ask(s, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 16);
  static char buffer[65536];
  int done = 0, sane = 1;
  for (ssize_t got; !done && (got = recv(s, buffer, sizeof buffer, 0)) > 0;)
    for (struct nlmsghdr *h = (struct nlmsghdr *)buffer; NLMSG_OK(h, (size_t)got); h = NLMSG_NEXT(h, got)) {
      sane &= (h->nlmsg_flags & NLM_F_MULTI) && h->nlmsg_seq == 7 && whose(h->nlmsg_pid) == 1;
      if (h->nlmsg_type == NLMSG_DONE) done = 1, printf("end of the dump: %d, %u bytes\n", *(int *)NLMSG_DATA(h), h->nlmsg_len);
    }
  VALUE(sane);
  close(s);
}

static sem_t told;
static int seen;
static void on_message(union sigval value) {
  seen = value.sival_int;
  sem_post(&told);
}

static void cookie(int s) {
  unsigned char bytes[40] = "";
  ssize_t got = recv(s, bytes, sizeof bytes, MSG_DONTWAIT);
  printf("%zd bytes: %.4s .. %d %s\n", got, bytes, bytes[31], got < 0 ? strerror(errno) : "");
}

static void queues(void) {
  char path[32], text[128] = "";
  unsigned char bytes[32] = "cookie";
  snprintf(path, sizeof path, "/check-nl-%d", getpid());
  struct mq_attr small = {.mq_maxmsg = 3, .mq_msgsize = 64};
  mqd_t q = mq_open(path, O_RDWR | O_CREAT | O_EXCL, 0600, &small);
  int s = make();
  /* as the C libraries do it */
  struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_value.sival_ptr = bytes, .sigev_signo = s};
  event.sigev_value.sival_ptr = (void *)8;
  CALL(syscall(SYS_mq_notify, q, &event));
  event.sigev_value.sival_ptr = bytes;
  event.sigev_signo = 99;
  CALL(syscall(SYS_mq_notify, q, &event));
  int null = event.sigev_signo = open("/dev/null", O_RDONLY);
  CALL(syscall(SYS_mq_notify, q, &event));
  close(null);
  int local = event.sigev_signo = socket(AF_UNIX, SOCK_DGRAM, 0);
  CALL(syscall(SYS_mq_notify, q, &event));
  close(local);
  event.sigev_signo = s;
  CALL(syscall(SYS_mq_notify, 99, &event));
  CALL(syscall(SYS_mq_notify, s, &event));
  CALL(syscall(SYS_mq_notify, q, &event));
  CALL(syscall(SYS_mq_notify, q, &event));
  read(q, text, sizeof text);
  text[strcspn(text, "P")] = 0;
  char *kind = strstr(text, "NOTIFY:");
  printf("%.8s\n", kind ? kind : "?");
  cookie(s);
  mq_send(q, "one", 3, 0);
  printf("events %x\n", events(s));
  cookie(s);
  mq_send(q, "two", 3, 0);
  cookie(s);
  mq_receive(q, text, sizeof text, NULL), mq_receive(q, text, sizeof text, NULL);
  CALL(syscall(SYS_mq_notify, q, &event));
  CALL(syscall(SYS_mq_notify, q, NULL));
  cookie(s);
  CALL(syscall(SYS_mq_notify, q, &event));
  mqd_t again = mq_open(path, O_RDONLY);
  mq_close(again);
  cookie(s);
  CALL(syscall(SYS_mq_notify, q, &event));
  close(s); /* the queue keeps it */
  mq_send(q, "gone", 4, 0);
  mq_receive(q, text, sizeof text, NULL);

  sem_init(&told, 0, 0);
  event = (struct sigevent){.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_message, .sigev_value.sival_int = 42};
  CALL(mq_notify(q, &event));
  mq_send(q, "to the thread", 13, 1);
  sem_wait(&told);
  printf("the thread saw %d\n", seen);
  mq_unlink(path);
  mq_close(q);
}

int main(void) {
  start();
  sockets();
  requests();
  queues();
  return 0;
}
