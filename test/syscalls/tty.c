/* Pseudoterminals: modes, sessions, job control, hang-up, window size, VMIN and VTIME. */
#include "check.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>

static volatile int hups, conts, winches;
static void handler(int number) {
  if (number == SIGHUP) hups++;
  if (number == SIGCONT) conts++;
  if (number == SIGWINCH) winches++;
}

static int master;
static char name[64];

static void open_pair(void) {
  master = posix_openpt(O_RDWR | O_NOCTTY);
  grantpt(master);
  unlockpt(master);
  snprintf(name, sizeof name, "%s", ptsname(master));
}

static void show(const char *label, int fd, int size) {
  char buffer[256];
  ssize_t got = read(fd, buffer, size);
  if (got < 0) {
    printf("%s: %s\n", label, strerror(errno));
    return;
  }
  printf("%s: %zd", label, got);
  for (ssize_t i = 0; i < got; i++) printf(" %02x", (unsigned char)buffer[i]);
  printf("\n");
}

static void events(const char *label, int fd) {
  struct pollfd poll_fd = {fd, POLLIN | POLLOUT | POLLPRI, 0};
  poll(&poll_fd, 1, 0);
  printf("%s: %x\n", label, poll_fd.revents);
}

/* In a child: a session with the slave as its controlling terminal. */
static int become_session(void) {
  setsid();
  return open(name, O_RDWR);
}

static void modes(void) {
  open_pair();
  int slave = open(name, O_RDWR | O_NOCTTY);
  struct termios settings;
  CALL(tcgetattr(slave, &settings));
  printf("%x %x %x %x\n", settings.c_iflag, settings.c_oflag, settings.c_cflag, settings.c_lflag);
  for (int i = 0; i < 17; i++) printf("%02x ", settings.c_cc[i]);
  printf("\n");
  VALUE(isatty(slave));
  VALUE(isatty(master));
  CALL(tcgetpgrp(slave));
  CALL(tcgetsid(slave));
  CALL(tcsetpgrp(slave, getpgrp()));
  CALL(lseek(slave, 0, SEEK_SET));
  CALL(pread(slave, &settings, 1, 0));
  events("master idle", master);
  events("slave idle", slave);
  write(master, "ab\n", 3);
  events("slave with a line", slave);
  events("master with echo", master);
  int count = -1;
  CALL(ioctl(slave, FIONREAD, &count));
  printf("count %d\n", count);
  show("echo", master, 100);
  show("line", slave, 2);
  show("rest", slave, 100);
  struct winsize size = {30, 90, 1, 2}, other = {0, 0, 0, 0};
  CALL(ioctl(master, TIOCSWINSZ, &size));
  CALL(ioctl(slave, TIOCGWINSZ, &other));
  printf("%d %d %d %d\n", other.ws_row, other.ws_col, other.ws_xpixel, other.ws_ypixel);
  int number = -1, locked = -1;
  CALL(ioctl(master, TIOCGPTN, &number));
  CALL(ioctl(slave, TIOCGPTN, &number));
  CALL(ioctl(master, 0x80045439, &locked));
  printf("locked %d\n", locked);
  CALL(ioctl(slave, 0x12345678, &locked));
  int discipline = -1;
  CALL(ioctl(slave, TIOCGETD, &discipline));
  printf("discipline %d\n", discipline);
  int packet = 1;
  CALL(ioctl(master, TIOCPKT, &packet));
  write(slave, "xy", 2);
  show("packet", master, 100);
  CALL(tcflush(slave, TCIOFLUSH));
  show("packet flush", master, 100);
  packet = 0;
  CALL(ioctl(master, TIOCPKT, &packet));
  CALL(tcflow(slave, TCOOFF));
  fcntl(slave, F_SETFL, O_NONBLOCK);
  CALL(write(slave, "q", 1));
  events("slave stopped", slave);
  CALL(tcflow(slave, TCOON));
  VALUE(write(slave, "q", 1));
  show("started", master, 100);
  CALL(read(slave, &settings, 1));
  close(slave);
  show("slave closed", master, 100);
  events("slave closed", master);
  slave = open(name, O_RDWR | O_NOCTTY);
  events("slave open again", master);
  close(master);
  show("master closed", slave, 100);
  CALL(write(slave, "x", 1));
  events("master closed", slave);
  CALL(tcgetattr(slave, &settings));
  CALL(open(name, O_RDWR | O_NOCTTY));
  close(slave);
}

static void lock(void) {
  int fd = posix_openpt(O_RDWR | O_NOCTTY);
  char *slave = ptsname(fd);
  CALL(open(slave, O_RDWR | O_NOCTTY));
  unlockpt(fd);
  CALL(close(open(slave, O_RDWR | O_NOCTTY)));
  struct stat status;
  stat(slave, &status);
  printf("type %o rdev major %ld\n", status.st_mode & S_IFMT, (long)(status.st_rdev >> 8));
  close(fd);
  CALL(stat(slave, &status));
}

static long milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void raw(void) {
  open_pair();
  int slave = open(name, O_RDWR | O_NOCTTY);
  struct termios settings;
  tcgetattr(slave, &settings);
  cfmakeraw(&settings);
  settings.c_cc[VMIN] = 0;
  settings.c_cc[VTIME] = 0;
  tcsetattr(slave, TCSANOW, &settings);
  show("polling", slave, 10);
  settings.c_cc[VTIME] = 1;
  tcsetattr(slave, TCSANOW, &settings);
  long before = milliseconds();
  show("timed", slave, 10);
  printf("waited %d\n", milliseconds() - before >= 90);
  write(master, "abc", 3);
  show("timed with data", slave, 2);
  settings.c_cc[VMIN] = 5;
  tcsetattr(slave, TCSANOW, &settings);
  before = milliseconds();
  show("between bytes", slave, 10);
  printf("waited %d\n", milliseconds() - before >= 90);
  settings.c_cc[VTIME] = 0;
  settings.c_cc[VMIN] = 3;
  tcsetattr(slave, TCSANOW, &settings);
  pid_t child = fork();
  if (child == 0) {
    write(master, "12", 2);
    usleep(50000);
    write(master, "34", 2);
    _exit(0);
  }
  show("minimum", slave, 3);
  reap(child);
  show("the rest is less, small read", slave, 1);
  close(slave);
  close(master);
}

static void controlling(void) {
  open_pair();
  signal(SIGHUP, handler);
  pid_t child = fork();
  if (child == 0) {
    int fd = become_session();
    VALUE(tcgetpgrp(fd) == getpgrp());
    VALUE(tcgetsid(fd) == getsid(0));
    VALUE(open("/dev/tty", O_RDWR) >= 0);
    CALL(ioctl(fd, TIOCSCTTY, 0));
    CALL(tcsetpgrp(fd, 999999));
    signal(SIGWINCH, handler);
    struct winsize size = {10, 20, 0, 0};
    ioctl(fd, TIOCSWINSZ, &size);
    printf("winches %d\n", winches);
    ioctl(fd, TIOCSWINSZ, &size);
    printf("winches %d\n", winches);
    CALL(ioctl(fd, TIOCNOTTY));
    CALL(open("/dev/tty", O_RDWR));
    printf("hups %d\n", hups);
    _exit(0);
  }
  reap(child);
  close(master);
}

/* A background group reads and writes. */
static void background(void) {
  open_pair();
  pid_t leader = fork();
  if (leader == 0) {
    int fd = become_session();
    pid_t job = fork();
    if (job == 0) {
      setpgid(0, 0);
      char byte;
      VALUE(read(fd, &byte, 1));
      printf("read %c\n", byte);
      struct termios settings;
      tcgetattr(fd, &settings);
      CALL(write(fd, "w", 1));
      settings.c_lflag |= TOSTOP;
      tcsetattr(fd, TCSANOW, &settings);
      tcsetpgrp(fd, getppid());
      CALL(write(fd, "w", 1));
      _exit(7);
    }
    setpgid(job, job);
    int status;
    waitpid(job, &status, WUNTRACED);
    printf("stopped %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
    CALL(tcsetpgrp(fd, job));
    write(master, "x\n", 2);
    kill(-job, SIGCONT);
    waitpid(job, &status, WUNTRACED);
    printf("stopped %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(fd, job);
    kill(-job, SIGCONT);
    waitpid(job, &status, 0);
    printf("exited %d\n", WEXITSTATUS(status));
    CALL(write(fd, "ignored", 7));
    signal(SIGTTIN, SIG_IGN);
    CALL(read(fd, &status, 1));
    tcsetpgrp(fd, getpgrp());
    _exit(0);
  }
  reap(leader);
  close(master);
}

/* The keyboard's signals, and what the terminal's end does to the session. */
static void signals(void) {
  open_pair();
  int told[2];
  char byte;
  pipe(told);
  pid_t child = fork();
  if (child == 0) {
    become_session();
    signal(SIGHUP, SIG_DFL);
    write(1, "ready\n", 6);
    write(told[1], "r", 1);
    for (;;) pause();
  }
  read(told[0], &byte, 1);
  write(master, "\003", 1);
  reap(child);
  child = fork();
  if (child == 0) {
    become_session();
    close(master);
    signal(SIGHUP, SIG_DFL);
    write(told[1], "r", 1);
    for (;;) pause();
  }
  read(told[0], &byte, 1);
  close(master);
  reap(child);
  close(told[0]);
  close(told[1]);
}

/* The leader exits: the foreground group is told. */
static void leader_exits(void) {
  open_pair();
  int report[2];
  pipe(report);
  pid_t leader = fork();
  if (leader == 0) {
    become_session();
    if (fork() == 0) {
      close(master);
      signal(SIGHUP, handler);
      signal(SIGCONT, handler);
      write(report[1], "r", 1);
      while (hups == 0) usleep(1000);
      usleep(20000);
      char line[64];
      int length = snprintf(line, sizeof line, "hups %d conts %d, tty %s\n", hups, conts,
                            open("/dev/tty", O_RDWR) < 0 ? strerror(errno) : "open");
      write(report[1], line, length);
      _exit(0);
    }
    char byte;
    read(report[0], &byte, 1);
    _exit(0);
  }
  close(report[1]);
  reap(leader);
  char line[64] = "";
  ssize_t got = read(report[0], line, sizeof line - 1);
  printf("%.*s", (int)got, line);
  close(master);
}

int main(void) {
  start();
  modes();
  lock();
  raw();
  controlling();
  background();
  signals();
  leader_exits();
  return 0;
}
