/* adjtimex(2) and adjtime(3): what they tell and refuse; while the clock is slewed, the vDSO and the kernel agree. */
#include "check.h"
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>

#ifndef ADJ_ADJTIME
#define ADJ_ADJTIME 0x8000
#endif

static long long now(int by_kernel) {
  struct timespec time;
  if (by_kernel) syscall(SYS_clock_gettime, CLOCK_REALTIME, &time);
  else clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int agree(void) {
  long long last = now(1);
  for (int i = 0; i < 2000; i++) {
    long long next = now(i % 2);
    if (next + 1 < last) return 0;
    last = next;
  }
  return 1;
}

static struct timex told(int modes) {
  struct timex timex = {.modes = modes};
  adjtimex(&timex);
  return timex;
}

int main(void) {
  struct timex timex = told(0), before = timex;
  start();
  timex.modes = ADJ_FREQUENCY;
  if (adjtimex(&timex) < 0) {
    printf("the clock cannot be adjusted here: %s\n", strerror(errno));
    return 77;
  }
  printf("-- told\n");
  VALUE(told(0).precision);
  VALUE(told(0).tolerance);
  timex = (struct timex){.modes = ADJ_FREQUENCY, .freq = 6553600};
  CALL(adjtimex(&timex));
  VALUE(told(0).freq);
  VALUE(agree());
  timex.freq = -100000000;
  CALL(adjtimex(&timex));
  VALUE(told(0).freq);
  VALUE(agree());
  timex.freq = 0;
  CALL(adjtimex(&timex));
  timex = (struct timex){.modes = ADJ_MAXERROR | ADJ_ESTERROR, .maxerror = 1000, .esterror = 99999999};
  CALL(adjtimex(&timex));
  VALUE(told(0).maxerror >= 1000 && told(0).maxerror < 100000);
  VALUE(told(0).esterror);
  timex = (struct timex){.modes = ADJ_STATUS | ADJ_NANO | ADJ_TIMECONST, .status = STA_PLL, .constant = 3};
  VALUE(adjtimex(&timex));
  VALUE(told(0).constant);
  VALUE(told(0).status == (STA_PLL | STA_NANO));
  timex = (struct timex){.modes = ADJ_OFFSET, .offset = 300000};
  VALUE(adjtimex(&timex));
  VALUE(told(0).offset);
  timex = (struct timex){.modes = ADJ_MICRO};
  adjtimex(&timex);
  VALUE(told(0).offset);
  VALUE(agree());
  timex = (struct timex){.modes = ADJ_STATUS, .status = STA_UNSYNC};
  VALUE(adjtimex(&timex));
  printf("-- adjtime\n");
  struct timeval delta = {0, 2500}, old = {9, 9};
  CALL(adjtime(&delta, &old));
  CALL(adjtime(NULL, &old));
  VALUE(old.tv_sec * 1000000 + old.tv_usec);
  delta.tv_usec = 0;
  CALL(adjtime(&delta, NULL));
  VALUE(told(ADJ_OFFSET_SS_READ).offset);
  printf("-- refused\n");
  timex = (struct timex){.modes = ADJ_TICK, .tick = 8999};
  CALL(adjtimex(&timex));
  timex.tick = 11001;
  CALL(adjtimex(&timex));
  timex.modes = ADJ_ADJTIME;
  CALL(adjtimex(&timex));
  CALL(adjtimex((void *)8));
  before.modes = ADJ_FREQUENCY | ADJ_STATUS | ADJ_TICK;
  adjtimex(&before);
  return 0;
}
