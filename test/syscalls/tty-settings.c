/* Terminal settings through a pty: speeds (termios2), forced flags, packets about flow control and EXTPROC. */
#include "check.h"
#include <poll.h>
#include <sys/ioctl.h>

/* <asm/termbits.h> and <termios.h> exclude each other. */
struct termios2 { unsigned iflag, oflag, cflag, lflag; unsigned char line, cc[19]; unsigned ispeed, ospeed; };
#define GETS2 _IOR('T', 0x2A, struct termios2)
#define SETS2 _IOW('T', 0x2B, struct termios2)
#define SETSW2 _IOW('T', 0x2C, struct termios2)
#define SETSF2 _IOW('T', 0x2D, struct termios2)
enum { IXON_ = 02000, EXTPROC_ = 0200000, BOTHER_ = 010000, CBAUD_ = 010017, B9600_ = 015, B115200_ = 010002, PARENB_ = 0400, CSTOPB_ = 0100, CRTSCTS_ = 020000000000, VSTART_ = 8, VSTOP_ = 9 };

static int master, slave;

static void show(const char *label) {
  struct termios2 now;
  CALL(ioctl(slave, GETS2, &now));
  printf("%s: i %o o %o c %o l %o line %d speeds %u %u\n", label, now.iflag, now.oflag, now.cflag, now.lflag, now.line, now.ispeed, now.ospeed);
}

static void packet(const char *label) {
  unsigned char bytes[16];
  fcntl(master, F_SETFL, O_NONBLOCK);
  long count = read(master, bytes, sizeof bytes);
  printf("%s: %ld", label, count);
  for (long i = 0; i < count; i++) printf(" %02x", bytes[i]);
  printf("\n");
}

/* Bytes at hand, once some are: the line discipline of Linux works in a thread of its own. */
static void take(const char *label, int fd) {
  char bytes[64];
  struct pollfd wait = {fd, POLLIN, 0};
  int ready = poll(&wait, 1, 1000);
  long count = ready == 1 ? read(fd, bytes, sizeof bytes) : 0;
  printf("%s: %.*s\n", label, (int)count, bytes);
}

/* TCFLSH of the master: its own end, which is not the slave's. */
static void flushes(void) {
  struct termios2 raw;
  struct pollfd typed = {slave, POLLIN, 0}, shown = {master, POLLIN, 0};
  ioctl(slave, GETS2, &raw);
  raw.lflag = 0, raw.oflag = 0;
  ioctl(slave, SETS2, &raw);
  write(slave, "abcdef", 6);
  poll(&shown, 1, 1000);
  CALL(ioctl(master, TCFLSH, 1));
  take("after TCOFLUSH", master);
  write(slave, "ghi", 3);
  poll(&shown, 1, 1000);
  CALL(ioctl(master, TCFLSH, 0));
  write(slave, "jkl", 3);
  take("after TCIFLUSH", master);
  write(slave, "mno", 3);
  poll(&shown, 1, 1000);
  CALL(ioctl(master, TCFLSH, 2));
  write(slave, "pqr", 3);
  take("after TCIOFLUSH", master);
  write(master, "typed", 5);
  poll(&typed, 1, 1000);
  CALL(ioctl(master, TCFLSH, 2));
  take("the slave's input after TCIOFLUSH", slave);
  CALL(ioctl(master, TCFLSH, 3));
  CALL(ioctl(slave, TCFLSH, 3));
}

int main(void) {
  int zero = 0, on = 1;
  char name[32];
  start();
  master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
  ioctl(master, TIOCSPTLCK, &zero);
  int number;
  ioctl(master, TIOCGPTN, &number);
  sprintf(name, "/dev/pts/%d", number);
  slave = open(name, O_RDWR | O_NOCTTY);
  show("fresh");
  struct termios2 now;
  ioctl(slave, GETS2, &now);
  now.cflag = (now.cflag & ~CBAUD_) | B9600_;
  CALL(ioctl(slave, TCSETS, &now));
  show("9600");
  now.cflag = (now.cflag & ~CBAUD_) | B115200_ | PARENB_ | CSTOPB_ | CRTSCTS_;
  CALL(ioctl(slave, SETS2, &now));
  show("115200, parity");
  now.cflag = (now.cflag & ~CBAUD_) | BOTHER_;
  now.ispeed = 12345, now.ospeed = 12345;
  CALL(ioctl(slave, SETSW2, &now));
  show("12345");
  now.cflag = (now.cflag & ~CBAUD_) | 0;
  CALL(ioctl(slave, SETSF2, &now));
  show("0");
  now.cflag = (now.cflag & ~(CBAUD_ | 060)) | B9600_;
  CALL(ioctl(slave, TCSETSW, &now));
  show("5 bits");
  now.cflag = (now.cflag & ~CBAUD_) | B9600_ | (unsigned)B115200_ << 16;
  CALL(ioctl(slave, SETS2, &now));
  show("input apart");
  CALL(ioctl(slave, SETS2, NULL));
  CALL(ioctl(master, TIOCPKT, &on));
  packet("nothing");
  ioctl(slave, GETS2, &now);
  now.iflag &= ~IXON_;
  ioctl(slave, SETS2, &now);
  packet("no flow control");
  ioctl(slave, SETS2, &now);
  packet("no change");
  now.iflag |= IXON_;
  ioctl(slave, SETS2, &now);
  packet("flow control");
  now.cc[VSTART_] = 1;
  ioctl(slave, SETS2, &now);
  packet("other characters");
  now.lflag |= EXTPROC_;
  ioctl(slave, SETS2, &now);
  packet("EXTPROC");
  ioctl(slave, SETS2, &now);
  packet("EXTPROC still");
  now.lflag &= ~EXTPROC_;
  ioctl(slave, SETS2, &now);
  packet("EXTPROC gone");
  ioctl(slave, SETS2, &now);
  packet("after");
  int off = 0;
  ioctl(master, TIOCPKT, &off);
  flushes();
  return 0;
}
