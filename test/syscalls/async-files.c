/* fcntl(2): owners of open files, O_ASYNC, F_SETSIG, leases, F_NOTIFY. */
#include "check.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#ifndef F_SETSIG
#define F_SETSIG 10
#define F_GETSIG 11
#endif
#ifndef F_SETOWN_EX
#define F_SETOWN_EX 15
#define F_GETOWN_EX 16
struct f_owner_ex { int type; pid_t pid; };
#endif
#ifndef F_SETLEASE
#define F_SETLEASE 1024
#define F_GETLEASE 1025
#define F_NOTIFY 1026
#endif
#ifndef O_ASYNC
#define O_ASYNC 020000
#endif

static volatile int caught, lastCode, lastFd, lastSignal;
static volatile long lastBand;
static void handler(int signal, siginfo_t *info, void *context) {
  (void)context;
  caught++;
  lastSignal = signal;
  lastCode = info->si_code;
  if (info->si_code > 0 && info->si_code != 0x80) {
    lastFd = info->si_fd;
    lastBand = info->si_band;
  }
}
static void catch (int signal) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(signal, &action, NULL);
}
static void report(const char *what, int fd) {
  printf("%s: %d signals, last %s code %d", what, caught, lastSignal == SIGIO ? "SIGIO" : "other", lastCode);
  if (lastFd >= 0) printf(" fd %s band 0x%lx", lastFd == fd ? "right" : "wrong", lastBand);
  printf("\n");
  caught = lastCode = 0;
  lastFd = -1;
}

static void owners(void) {
  int p[2];
  if (pipe(p)) return;
  VALUE(fcntl(p[0], F_GETOWN));
  VALUE(fcntl(p[0], F_SETOWN, getpid()));
  VALUE(fcntl(p[0], F_GETOWN) == getpid());
  VALUE(fcntl(p[0], F_SETOWN, -getpgrp()));
  struct f_owner_ex ex = {9, 9};
  VALUE(fcntl(p[0], F_GETOWN_EX, &ex));
  printf("type %d own %d\n", ex.type, ex.pid == getpgrp());
  ex.type = 0;
  ex.pid = getpid();
  VALUE(fcntl(p[0], F_SETOWN_EX, &ex));
  VALUE(fcntl(p[0], F_GETOWN_EX, &ex));
  printf("type %d own %d\n", ex.type, ex.pid == getpid());
  ex.type = 7;
  CALL(fcntl(p[0], F_SETOWN_EX, &ex));
  ex.type = 1;
  ex.pid = 32767;
  CALL(fcntl(p[0], F_SETOWN_EX, &ex));
  CALL(fcntl(p[0], F_SETOWN, 32767));
  CALL(fcntl(p[0], F_SETSIG, 65));
  CALL(fcntl(p[0], F_SETSIG, -1));
  VALUE(fcntl(p[0], F_GETSIG));
  VALUE(fcntl(p[0], F_SETOWN, 0));
  VALUE(fcntl(p[0], F_GETOWN));
  close(p[0]);
  close(p[1]);
}

static void async(void) {
  int p[2], s[2];
  char text[8];
  if (pipe(p) || socketpair(AF_UNIX, SOCK_STREAM, 0, s)) return;
  catch (SIGIO);
  catch (SIGRTMIN + 3);
  fcntl(p[0], F_SETOWN, getpid());
  VALUE(fcntl(p[0], F_SETFL, O_ASYNC));
  VALUE((fcntl(p[0], F_GETFL) & O_ASYNC) != 0);
  VALUE(write(p[1], "a", 1));
  report("pipe", p[0]);
  VALUE(read(p[0], text, 8));
  report("read", p[0]);
  VALUE(fcntl(p[0], F_SETSIG, SIGRTMIN + 3));
  VALUE(write(p[1], "b", 1));
  report("pipe with siginfo", p[0]);
  VALUE(fcntl(p[0], F_SETFL, 0));
  VALUE(read(p[0], text, 8));
  VALUE(write(p[1], "c", 1));
  report("off", p[0]);
  int on = 1;
  VALUE(ioctl(s[0], 0x5452 /* FIOASYNC */, &on));
  VALUE((fcntl(s[0], F_GETFL) & O_ASYNC) != 0);
  fcntl(s[0], F_SETOWN, getpid());
  fcntl(s[0], F_SETSIG, SIGRTMIN + 3);
  VALUE(write(s[1], "xyz", 3));
  report("socket", s[0]);
  /* a file that never waits ignores it */
  int fd = open("plain", O_RDWR | O_CREAT, 0600);
  VALUE(fcntl(fd, F_SETFL, O_ASYNC));
  VALUE(fcntl(fd, F_GETFL) & O_ASYNC);
  close(fd);
  unlink("plain");
  for (int i = 0; i < 2; i++) close(p[i]), close(s[i]);
}

static void leases(void) {
  int fd = open("leased", O_RDWR | O_CREAT, 0600);
  VALUE(fcntl(fd, F_GETLEASE));
  CALL(fcntl(fd, F_SETLEASE, 9));
  CALL(fcntl(fd, F_SETLEASE, F_RDLCK));
  CALL(fcntl(fd, F_SETLEASE, F_UNLCK));
  VALUE(fcntl(fd, F_SETLEASE, F_WRLCK));
  VALUE(fcntl(fd, F_GETLEASE));
  VALUE(fcntl(fd, F_SETSIG, SIGRTMIN + 3));
  CALL(open("leased", O_RDONLY | O_NONBLOCK));
  report("broken for a reader", fd);
  VALUE(fcntl(fd, F_GETLEASE));
  CALL(open("leased", O_WRONLY | O_NONBLOCK));
  VALUE(fcntl(fd, F_GETLEASE));
  CALL(fcntl(fd, F_SETLEASE, F_WRLCK));
  caught = 0;
  lastFd = -1;
  VALUE(fcntl(fd, F_SETLEASE, F_UNLCK));
  VALUE(fcntl(fd, F_GETLEASE));
  close(fd);
  fd = open("leased", O_RDONLY);
  VALUE(fcntl(fd, F_SETLEASE, F_RDLCK));
  int other = open("leased", O_RDONLY);
  VALUE(other >= 0);
  CALL(fcntl(other, F_SETLEASE, F_WRLCK));
  VALUE(fcntl(other, F_SETLEASE, F_RDLCK));
  VALUE(fcntl(other, F_SETLEASE, F_UNLCK));
  close(other);
  VALUE(fcntl(fd, F_SETSIG, SIGRTMIN + 3));
  /* the one who opens waits until the lease is given up */
  int go[2];
  if (pipe(go)) return;
  pid_t pid = fork();
  if (pid == 0) {
    close(fd);
    int mine = open("leased", O_WRONLY);
    _exit(mine >= 0 ? 5 : 6);
  }
  while (caught == 0) pause();
  report("broken for a writer", fd);
  VALUE(fcntl(fd, F_GETLEASE));
  VALUE(waitpid(pid, NULL, WNOHANG));
  VALUE(fcntl(fd, F_SETLEASE, F_UNLCK));
  reap(pid);
  VALUE(fcntl(fd, F_SETLEASE, F_RDLCK));
  pid = fork();
  if (pid == 0) _exit(truncate("leased", 0) == 0 ? 7 : 8);
  while (caught == 0) pause();
  report("broken by truncate", fd);
  VALUE(fcntl(fd, F_SETLEASE, F_UNLCK));
  reap(pid);
  close(fd);
  int dir = open(".", O_RDONLY | O_DIRECTORY);
  CALL(fcntl(dir, F_SETLEASE, F_RDLCK));
  close(dir);
  unlink("leased");
}

static void directories(void) {
  mkdir("watched", 0700);
  int dir = open("watched", O_RDONLY | O_DIRECTORY);
  VALUE(fcntl(dir, F_SETSIG, SIGRTMIN + 3));
  VALUE(fcntl(dir, F_NOTIFY, 4));
  close(open("watched/a", O_CREAT | O_RDWR, 0600));
  report("created", dir);
  close(open("watched/b", O_CREAT | O_RDWR, 0600));
  report("once only", dir);
  VALUE(fcntl(dir, F_NOTIFY, (int)0x80000008));
  unlink("watched/a");
  unlink("watched/b");
  report("deleted twice", dir);
  VALUE(fcntl(dir, F_NOTIFY, 0));
  close(open("watched/c", O_CREAT | O_RDWR, 0600));
  unlink("watched/c");
  report("no more", dir);
  int fd = open("watched/d", O_CREAT | O_RDWR, 0600);
  CALL(fcntl(fd, F_NOTIFY, 4));
  VALUE(fcntl(dir, F_NOTIFY, (int)0x80000022));
  VALUE(write(fd, "x", 1));
  chmod("watched/d", 0400);
  report("written and changed", dir);
  /* the directory itself, too; and renames within it */
  VALUE(fcntl(dir, F_NOTIFY, (int)0x80000020));
  chmod("watched", 0711);
  report("itself changed", dir);
  VALUE(fcntl(dir, F_NOTIFY, 0));
  VALUE(fcntl(dir, F_NOTIFY, (int)0x80000010));
  rename("watched/d", "outside");
  report("renamed out", dir);
  rename("outside", "watched/d");
  report("renamed in", dir);
  rename("watched/d", "watched/e");
  report("renamed within", dir);
  close(dir);
  close(fd);
  unlink("watched/e");
  rmdir("watched");
}

int main(void) {
  start();
  lastFd = -1;
  owners();
  async();
  leases();
  directories();
  return 0;
}
