/* clone for threads, futex through musl: create, join, mutex, condition, semaphore, barrier, cancellation, TLS, exit. */
#include "check.h"
#include <pthread.h>
#include <semaphore.h>
#include <sched.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore;
static int counter, turn;
static __thread int local = 5;

static void *add(void *arg) {
  for (int i = 0; i < 20000; i++) {
    pthread_mutex_lock(&mutex);
    counter++;
    pthread_mutex_unlock(&mutex);
  }
  local += (int)(long)arg;
  return (void *)(long)local;
}

static void *ping(void *arg) {
  int me = (int)(long)arg;
  for (int i = 0; i < 100; i++) {
    pthread_mutex_lock(&mutex);
    while (turn != me) pthread_cond_wait(&changed, &mutex);
    turn = 1 - me;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
  }
  return NULL;
}

static void *meet(void *arg) {
  (void)arg;
  return (void *)(long)(pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD);
}

static void *wait_for_ever(void *arg) {
  (void)arg;
  sem_post(&semaphore);
  for (;;) pause();
  return NULL;
}

static void *leave_process(void *arg) { (void)arg; exit(9); }

int main(void) {
  start();
  pthread_t threads[4];
  void *result;
  long sum = 0;
  for (long i = 0; i < 4; i++) pthread_create(&threads[i], NULL, add, (void *)i);
  for (int i = 0; i < 4; i++) { pthread_join(threads[i], &result); sum += (long)result; }
  printf("counter %d, locals %ld, mine %d\n", counter, sum, local);
  for (long i = 0; i < 2; i++) pthread_create(&threads[i], NULL, ping, (void *)i);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  printf("turn %d\n", turn);
  pthread_barrier_init(&barrier, NULL, 4);
  sum = 0;
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, meet, NULL);
  for (int i = 0; i < 4; i++) { pthread_join(threads[i], &result); sum += (long)result; }
  printf("serial threads %ld\n", sum);
  sem_init(&semaphore, 0, 0);
  pthread_create(&threads[0], NULL, wait_for_ever, NULL);
  sem_wait(&semaphore);
  pthread_cancel(threads[0]);
  pthread_join(threads[0], &result);
  printf("cancelled %d\n", result == PTHREAD_CANCELED);
  struct timespec past = {1, 0};
  printf("timed lock %s\n", strerror((pthread_mutex_lock(&mutex), pthread_mutex_timedlock(&mutex, &past))));
  pthread_mutexattr_t attr;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_t checked;
  pthread_mutex_init(&checked, &attr);
  pthread_mutex_lock(&checked);
  printf("relock %s\n", strerror(pthread_mutex_lock(&checked)));
  pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
  /* fork in a threaded program has one thread; exit of any thread ends the process. */
  pid_t pid = fork();
  if (pid == 0) {
    pthread_create(&threads[0], NULL, leave_process, NULL);
    for (;;) pause();
  }
  reap(pid);
  pid = fork();
  if (pid == 0) {
    pthread_create(&threads[0], NULL, wait_for_ever, NULL);
    pthread_exit(NULL); /* the leader may leave first */
  }
  usleep(20000);
  kill(pid, SIGTERM);
  reap(pid);
  return 0;
}
