/* Mutexes of all kinds, rwlocks, spin locks, barriers, semaphores, conditions and thread-specific data: what each refuses, and sharing by processes. */
#include "check.h"
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <time.h>

#define GIVES(expression) printf("%s: %s\n", #expression, outcome(expression))
static const char *outcome(int error) { return error ? strerror(error) : "ok"; }

enum { THREADS = 4, ROUNDS = 100 };

static struct timespec soon(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  time.tv_nsec += 20000000;
  if (time.tv_nsec >= 1000000000) time.tv_sec++, time.tv_nsec -= 1000000000;
  return time;
}

static pthread_mutex_t *mutex_of(int type, int robust, int shared, pthread_mutex_t *mutex) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, type);
  pthread_mutexattr_setrobust(&attributes, robust);
  pthread_mutexattr_setpshared(&attributes, shared);
  pthread_mutex_init(mutex, &attributes);
  return mutex;
}

static void *stranger(void *mutex) {
  GIVES(pthread_mutex_unlock(mutex));
  GIVES(pthread_mutex_trylock(mutex));
  struct timespec limit = soon();
  GIVES(pthread_mutex_timedlock(mutex, &limit));
  return NULL;
}

static void in_thread(void *(*body)(void *), void *argument) {
  pthread_t thread;
  pthread_create(&thread, NULL, body, argument);
  pthread_join(thread, NULL);
}

static void *leave_locked(void *mutex) {
  GIVES(pthread_mutex_lock(mutex));
  return NULL;
}

static void mutexes(void) {
  pthread_mutex_t mutex;
  printf("-- errorcheck\n");
  mutex_of(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED, 0, &mutex);
  GIVES(pthread_mutex_unlock(&mutex));
  GIVES(pthread_mutex_lock(&mutex));
  GIVES(pthread_mutex_lock(&mutex));
  in_thread(stranger, &mutex);
  GIVES(pthread_mutex_unlock(&mutex));
  printf("-- recursive\n");
  mutex_of(PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED, 0, &mutex);
  GIVES(pthread_mutex_lock(&mutex));
  GIVES(pthread_mutex_lock(&mutex));
  GIVES(pthread_mutex_unlock(&mutex));
  in_thread(stranger, &mutex);
  GIVES(pthread_mutex_unlock(&mutex));
  GIVES(pthread_mutex_unlock(&mutex));
  printf("-- robust\n");
  mutex_of(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, 0, &mutex);
  in_thread(leave_locked, &mutex);
  GIVES(pthread_mutex_lock(&mutex));
  GIVES(pthread_mutex_consistent(&mutex));
  GIVES(pthread_mutex_unlock(&mutex));
  in_thread(leave_locked, &mutex);
  GIVES(pthread_mutex_lock(&mutex));
  GIVES(pthread_mutex_unlock(&mutex));
  GIVES(pthread_mutex_lock(&mutex));
}

/* What processes share lies in memory of both. */
struct shared {
  pthread_mutex_t mutex;
  pthread_cond_t condition;
  pthread_barrier_t barrier;
  sem_t room;
  int count, peak, inside;
};

static void processes(void) {
  printf("-- shared by processes\n");
  struct shared *shared = mmap(0, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_condattr_t condition;
  pthread_barrierattr_t barrier;
  pthread_condattr_init(&condition);
  pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
  pthread_barrierattr_init(&barrier);
  pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
  mutex_of(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_SHARED, &shared->mutex);
  pthread_cond_init(&shared->condition, &condition);
  pthread_barrier_init(&shared->barrier, &barrier, THREADS);
  sem_init(&shared->room, 1, 2);
  for (int child = 0; child < THREADS; child++)
    if (fork() == 0) {
      int serial = 0;
      for (int i = 0; i < ROUNDS; i++) {
        serial += pthread_barrier_wait(&shared->barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
        sem_wait(&shared->room);
        pthread_mutex_lock(&shared->mutex);
        if (++shared->inside > shared->peak) shared->peak = shared->inside;
        pthread_mutex_unlock(&shared->mutex);
        sched_yield();
        pthread_mutex_lock(&shared->mutex);
        shared->inside--;
        pthread_mutex_unlock(&shared->mutex);
        sem_post(&shared->room);
      }
      pthread_mutex_lock(&shared->mutex);
      shared->count += serial;
      pthread_cond_broadcast(&shared->condition);
      pthread_mutex_unlock(&shared->mutex);
      _exit(0);
    }
  pthread_mutex_lock(&shared->mutex);
  while (shared->count < ROUNDS) pthread_cond_wait(&shared->condition, &shared->mutex);
  printf("%d of %d rounds had one serial thread, peak at most 2: %d\n", shared->count, ROUNDS, shared->peak <= 2);
  pthread_mutex_unlock(&shared->mutex);
  while (wait(NULL) > 0);
  pid_t pid = fork();
  if (pid == 0) {
    pthread_mutex_lock(&shared->mutex);
    raise(SIGKILL);
  }
  reap(pid);
  GIVES(pthread_mutex_lock(&shared->mutex));
  GIVES(pthread_mutex_consistent(&shared->mutex));
  GIVES(pthread_mutex_unlock(&shared->mutex));
}

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static void *readers_only(void *unused) {
  struct timespec limit = soon();
  GIVES(pthread_rwlock_tryrdlock(&lock));
  GIVES(pthread_rwlock_trywrlock(&lock));
  GIVES(pthread_rwlock_timedwrlock(&lock, &limit));
  GIVES(pthread_rwlock_unlock(&lock));
  return unused;
}

static void *nobody(void *unused) {
  struct timespec limit = soon();
  GIVES(pthread_rwlock_tryrdlock(&lock));
  GIVES(pthread_rwlock_timedrdlock(&lock, &limit));
  return unused;
}

static void locks(void) {
  printf("-- readers and writers, spin locks\n");
  pthread_spinlock_t spin;
  GIVES(pthread_rwlock_rdlock(&lock));
  in_thread(readers_only, NULL);
  GIVES(pthread_rwlock_unlock(&lock));
  GIVES(pthread_rwlock_wrlock(&lock));
  in_thread(nobody, NULL);
  GIVES(pthread_rwlock_unlock(&lock));
  pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
  GIVES(pthread_spin_lock(&spin));
  GIVES(pthread_spin_trylock(&spin));
  GIVES(pthread_spin_unlock(&spin));
}

static void semaphores(void) {
  printf("-- semaphores\n");
  struct timespec limit = soon();
  int value;
  sem_unlink("/objects");
  sem_t *named = sem_open("/objects", O_CREAT | O_EXCL, 0600, 1);
  CALL(sem_open("/objects", O_CREAT | O_EXCL, 0600, 1) == SEM_FAILED ? -1 : 0);
  CALL(access("/dev/shm/sem.objects", F_OK));
  CALL(sem_trywait(named));
  CALL(sem_trywait(named));
  CALL(sem_timedwait(named, &limit));
  pid_t pid = fork();
  if (pid == 0) {
    sem_post(sem_open("/objects", 0));
    _exit(0);
  }
  CALL(sem_wait(named));
  reap(pid);
  sem_getvalue(named, &value);
  VALUE(value);
  sem_close(named);
  CALL(sem_unlink("/objects"));
  CALL(sem_open("/objects", 0) == SEM_FAILED ? -1 : 0);
}

static __thread int own = 7;
static pthread_key_t key;
static int destroyed;
static void *addresses[THREADS];
static pthread_barrier_t together;

static void destroy(void *value) { destroyed += (int)(long)value; }

static void *local(void *number) {
  char text[] = "a:b:c", *place, *word = strtok_r(text, ":", &place);
  own += (int)(long)number;
  addresses[(long)number] = &own;
  pthread_setspecific(key, (void *)((long)number + 1));
  errno = (int)(long)number;
  pthread_barrier_wait(&together);
  word = strtok_r(NULL, ":", &place);
  return (void *)(long)(own == 7 + (long)number && errno == (long)number && *word == 'b');
}

static void thread_data(void) {
  printf("-- of a thread's own\n");
  pthread_t threads[THREADS];
  int good = 0, different = 1;
  void *result;
  pthread_key_create(&key, destroy);
  pthread_barrier_init(&together, NULL, THREADS);
  for (long i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, local, (void *)i);
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], &result);
    good += result != NULL;
  }
  for (int i = 0; i < THREADS; i++)
    for (int j = 0; j < i; j++) different &= addresses[i] != addresses[j];
  VALUE(good);
  VALUE(different);
  VALUE(destroyed);
  VALUE(own);
}

int main(void) {
  start();
  mutexes();
  processes();
  locks();
  semaphores();
  thread_data();
  return 0;
}
