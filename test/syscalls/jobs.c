/* Process groups, sessions, terminals: setpgid, setsid, pty, controlling terminal, job-control signals, termios. */
#include "check.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

/* Above every number that a process may have. */
enum { NOBODY = 4194305 };
static volatile int got;
static void handler(int number) { got = number; }

/* The echo comes in as many pieces as it likes: all `count` bytes of it, and no more. */
static void echoed(int master, int count) {
  struct pollfd more = {master, POLLIN, 0};
  unsigned char byte;
  for (int i = 0; i < count && read(master, &byte, 1) == 1; i++) printf("%02x ", byte);
  printf("and %d more\n", poll(&more, 1, 0));
}

int main(void) {
  start();
  VALUE(getpgid(0) == getpgrp());
  CALL(getpgid(NOBODY));
  CALL(setpgid(NOBODY, 0));
  CALL(setpgid(0, -1));
  int master = CALL(posix_openpt(O_RDWR | O_NOCTTY));
  CALL(grantpt(master));
  CALL(unlockpt(master));
  char *name = ptsname(master);
  printf("pts %d\n", !strncmp(name, "/dev/pts/", 9));
  pid_t pid = fork();
  if (pid == 0) {
    VALUE(setsid() == getpid());
    CALL(setsid());
    int slave = CALL(open(name, O_RDWR));
    VALUE(tcgetpgrp(slave) == getpgrp());
    VALUE(tcgetsid(slave) == getpid());
    VALUE(isatty(slave));
    struct termios t;
    tcgetattr(slave, &t);
    printf("flags %x %x %x %x\n", t.c_iflag, t.c_oflag, t.c_cflag & ~0x100f, t.c_lflag);
    struct winsize size = {30, 90, 0, 0};
    signal(SIGWINCH, handler);
    CALL(ioctl(slave, TIOCSWINSZ, &size));
    printf("winch %d\n", got == SIGWINCH);
    /* ^C reaches the foreground group only. */
    pid_t child = fork();
    if (child == 0) { setpgid(0, 0); signal(SIGINT, SIG_DFL); for (;;) pause(); }
    setpgid(child, child);
    signal(SIGTTOU, SIG_IGN);
    CALL(tcsetpgrp(slave, child));
    CALL(tcsetpgrp(slave, NOBODY));
    write(master, "\003", 1);
    reap(child);
    CALL(tcsetpgrp(slave, getpgrp()));
    /* A background reader stops. */
    child = fork();
    if (child == 0) { setpgid(0, 0); char c; read(slave, &c, 1); _exit(0); }
    setpgid(child, child);
    int status;
    waitpid(child, &status, WUNTRACED);
    printf("background read stopped by %d\n", WIFSTOPPED(status) ? WSTOPSIG(status) : -1);
    kill(child, SIGKILL);
    reap(child);
    CALL(ioctl(slave, TIOCNOTTY));
    CALL(open("/dev/tty", O_RDWR));
    _exit(0);
  }
  reap(pid);

  int slave = open(name, O_RDWR | O_NOCTTY);
  struct termios t;
  char buffer[100];
  tcgetattr(slave, &t);
  t.c_lflag |= ICANON | ECHO | ECHOE | ECHOK;
  t.c_oflag |= OPOST | ONLCR;
  tcsetattr(slave, TCSANOW, &t);
  write(master, "abX\177c\025de\004fg\n", 13);
  VALUE(read(slave, buffer, sizeof buffer));
  printf("%.2s\n", buffer);
  VALUE(read(slave, buffer, sizeof buffer));
  printf("%.2s\n", buffer);
  echoed(master, 26);
  write(slave, "a\nb", 3);
  echoed(master, 4);
  cfmakeraw(&t);
  t.c_cc[VMIN] = 3;
  t.c_cc[VTIME] = 0;
  tcsetattr(slave, TCSANOW, &t);
  write(master, "\003\004\r", 3);
  VALUE(read(slave, buffer, sizeof buffer));
  for (int i = 0; i < 3; i++) printf("%02x ", (unsigned char)buffer[i]);
  printf("\n");
  t.c_cc[VMIN] = 0;
  t.c_cc[VTIME] = 1;
  tcsetattr(slave, TCSANOW, &t);
  VALUE(read(slave, buffer, sizeof buffer));
  close(slave);
  CALL(read(master, buffer, sizeof buffer));
  close(master);
  return 0;
}
