/* Named FIFOs: what open waits for, O_NONBLOCK, end of file, poll, and a killed opener. */
#include "check.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <time.h>

static void events(const char *label, int fd) {
  struct pollfd poll_fd = {fd, POLLIN | POLLOUT, 0};
  poll(&poll_fd, 1, 0);
  printf("%s: %x\n", label, poll_fd.revents);
}

static void handler(int number) { (void)number; }

int main(void) {
  start();
  char buffer[16];
  signal(SIGPIPE, SIG_IGN);
  CALL(mkfifo("p", 0640));
  CALL(mkfifo("p", 0640));
  struct stat status;
  stat("p", &status);
  printf("%o\n", status.st_mode);
  CALL(open("p", O_WRONLY | O_NONBLOCK));
  int reader = CALL(open("p", O_RDONLY | O_NONBLOCK));
  events("reader, no writer yet", reader);
  VALUE(read(reader, buffer, 4));
  int writer = CALL(open("p", O_WRONLY | O_NONBLOCK));
  CALL(read(reader, buffer, 4));
  VALUE(write(writer, "abc", 3));
  events("reader with bytes", reader);
  close(writer);
  events("reader with bytes, hung up", reader);
  VALUE(read(reader, buffer, 4));
  VALUE(read(reader, buffer, 4));
  events("reader at the end", reader);
  writer = open("p", O_WRONLY);
  events("reader, a writer again", reader);
  close(reader);
  CALL(write(writer, "x", 1));
  events("writer without readers", writer);
  close(writer);

  pid_t child = fork();
  if (child == 0) {
    int fd = open("p", O_WRONLY);
    write(fd, "through", 7);
    _exit(fd < 0);
  }
  usleep(20000);
  reader = CALL(open("p", O_RDONLY));
  reap(child);
  VALUE(read(reader, buffer, 16));
  printf("%.7s\n", buffer);
  close(reader);

  /* Bytes are lost with the last end. */
  int both = CALL(open("p", O_RDWR));
  VALUE(write(both, "lost", 4));
  close(both);
  reader = open("p", O_RDONLY | O_NONBLOCK);
  VALUE(read(reader, buffer, 4));
  close(reader);

  /* A killed opener counts no longer. */
  child = fork();
  if (child == 0) {
    open("p", O_RDONLY);
    _exit(0);
  }
  usleep(30000);
  kill(child, SIGKILL);
  reap(child);
  CALL(open("p", O_WRONLY | O_NONBLOCK));

  /* A handler ends the wait. */
  struct sigaction action = {.sa_handler = handler};
  sigaction(SIGALRM, &action, NULL);
  alarm(1);
  CALL(open("p", O_RDONLY));
  CALL(open("p", O_WRONLY | O_NONBLOCK));
  CALL(lseek(open("p", O_RDWR), 0, SEEK_SET));
  int size = open("p", O_RDWR | O_NONBLOCK);
  write(size, "12345", 5);
  int count = 0;
  ioctl(size, FIONREAD, &count);
  printf("count %d\n", count);
  CALL(ftruncate(size, 0));
  CALL(fsync(size));
  CALL(unlink("p"));
  VALUE(read(size, buffer, 16));
  return 0;
}
