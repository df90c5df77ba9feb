/* MSG_OOB of AF_UNIX streams: the urgent byte, its mark, SIGURG. Older kernels lack it (exit status 77). */
#include "check.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int s[2];
static volatile int urgent;
static void handler(int signal) { (void)signal, urgent++; }
static void get(const char *what, int flags) {
  char text[32] = "";
  long count = recv(s[1], text, 16, flags | MSG_DONTWAIT);
  if (count < 0) printf("%s: %s\n", what, strerror(errno));
  else printf("%s: %ld '%s'\n", what, count, text);
}
static void events(void) {
  struct pollfd fd = {s[1], POLLIN | POLLPRI, 0};
  poll(&fd, 1, 0);
  printf("in %d urgent %d\n", !!(fd.revents & POLLIN), !!(fd.revents & POLLPRI));
}
static void mark(void) {
  int at = -1;
  CALL(ioctl(s[1], 0x8905 /* SIOCATMARK */, &at));
  printf("at mark %d\n", at);
}

int main(void) {
  start();
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, s)) return 1;
  if (send(s[0], "x", 1, MSG_OOB) < 0) {
    printf("no urgent data of AF_UNIX here\n");
    return 77;
  }
  get("x", MSG_OOB);
  signal(SIGURG, handler);
  fcntl(s[1], F_SETOWN, getpid());
  VALUE(send(s[0], "hello", 5, MSG_OOB));
  VALUE(urgent);
  events();
  mark();
  get("peek urgent", MSG_OOB | MSG_PEEK);
  get("urgent", MSG_OOB);
  get("urgent again", MSG_OOB);
  get("rest", 0);
  get("nothing", 0);
  /* reading stops at the mark, and passes over what is not asked for */
  VALUE(send(s[0], "ab", 2, 0));
  VALUE(send(s[0], "cd!", 3, MSG_OOB));
  VALUE(send(s[0], "ef", 2, 0));
  get("before the mark", 0);
  mark();
  get("behind it", 0);
  get("gone", MSG_OOB);
  events();
  /* in line */
  int on = 1;
  VALUE(setsockopt(s[1], SOL_SOCKET, SO_OOBINLINE, &on, sizeof on));
  VALUE(send(s[0], "pq", 2, 0));
  VALUE(send(s[0], "R", 1, MSG_OOB));
  VALUE(send(s[0], "st", 2, 0));
  get("not out of line", MSG_OOB);
  get("up to the mark", 0);
  mark();
  get("with it", 0);
  on = 0;
  setsockopt(s[1], SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
  get("empty", 0);
  VALUE(urgent);
  CALL(send(s[0], "", 0, MSG_OOB));
  int p[2];
  socketpair(AF_UNIX, SOCK_SEQPACKET, 0, p);
  CALL(send(p[0], "x", 1, MSG_OOB));
  CALL(recv(p[1], &on, 1, MSG_OOB | MSG_DONTWAIT));
  close(p[0]), close(p[1]);
  /* what was sent before it stays; the peer goes */
  VALUE(send(s[0], "last", 4, MSG_OOB));
  close(s[0]);
  get("left", 0);
  get("end", 0);
  return 0;
}
