/* A sendfile of 1 GiB under an interval timer of 10 ms: it is interrupted, and tells what it did. Prints whether it was. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/time.h>

static void nothing(int number) { (void)number; }

int main(void) {
  struct sigaction action = {.sa_handler = nothing};
  struct itimerval timer = {.it_value.tv_usec = 10000};
  int from = open("/dev/zero", O_RDONLY), to = open("/dev/null", O_WRONLY);
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &timer, NULL);
  ssize_t done = sendfile(to, from, NULL, 1 << 30);
  printf("%s\n", done > 0 && done < 1 << 30 ? "part" : "all");
  return 0;
}
