/* System V semaphores: semget, semop, semtimedop, semctl, undo. */
#define _GNU_SOURCE
#include "check.h"
#include <sys/ipc.h>
#include <sys/sem.h>
#include <time.h>

union semun { int val; struct semid_ds *buf; unsigned short *array; struct seminfo *info; };
static int id;

static void values(void) {
  unsigned short all[3];
  semctl(id, 0, GETALL, (union semun){.array = all});
  printf("values %d %d %d\n", all[0], all[1], all[2]);
}

static int op(int number, int change, int flags) {
  struct sembuf one = {number, change, flags};
  return semop(id, &one, 1);
}

static void on_alarm(int signal) { (void)signal; }

/* Wait until somebody sleeps for semaphore `number`. */
static void await(int number, int command) {
  for (int i = 0; i < 5000 && semctl(id, number, command) == 0; i++) usleep(1000);
}

int main(void) {
  start();
  key_t key = 0x54000000 | getpid();
  CALL(semget(key, 3, 0600));
  CALL(semget(key, 0, IPC_CREAT | 0600));
  CALL(semget(key, -1, IPC_CREAT | 0600));
  CALL(semget(key, 32001, IPC_CREAT | 0600));
  id = CALL(semget(key, 3, IPC_CREAT | IPC_EXCL | 0600));
  CALL(semget(key, 3, IPC_CREAT | IPC_EXCL | 0600));
  CALL(semget(key, 4, 0));
  VALUE(semget(key, 2, 0) == id);
  values();
  CALL(semctl(id, 1, SETVAL, (union semun){.val = 5}));
  CALL(semctl(id, 1, SETVAL, (union semun){.val = -1}));
  CALL(semctl(id, 1, SETVAL, (union semun){.val = 32768}));
  CALL(semctl(id, 3, SETVAL, (union semun){.val = 1}));
  VALUE(semctl(id, 1, GETVAL));
  CALL(semctl(id, 3, GETVAL));
  CALL(semctl(id, -1, GETPID));
  VALUE(semctl(id, 1, GETPID) == getpid());
  VALUE(semctl(id, 0, GETPID));
  CALL(semctl(id, 0, 99));
  CALL(semctl(-1, 0, GETVAL));
  struct semid_ds ds;
  CALL(semctl(id, 0, IPC_STAT, (union semun){.buf = &ds}));
  printf("nsems %lu mode %o otime %d ctime %d\n", (unsigned long)ds.sem_nsems, ds.sem_perm.mode, ds.sem_otime != 0, ds.sem_ctime != 0);

  VALUE(op(1, -2, 0));
  values();
  CALL(op(1, -4, IPC_NOWAIT));
  CALL(op(1, 0, IPC_NOWAIT));
  CALL(op(1, 32767, 0));
  CALL(op(3, 1, 0));
  CALL(semop(id, NULL, 0));
  CALL(semop(id, NULL, 1));
  CALL(semop(id + 1, &(struct sembuf){0, 1, 0}, 1));
  static struct sembuf many[501];
  CALL(semop(id, many, 501));
  /* all or nothing, in order */
  struct sembuf both[] = {{0, 2, 0}, {1, -4, IPC_NOWAIT}};
  CALL(semop(id, both, 2));
  values();
  struct sembuf pair[] = {{0, 2, 0}, {0, -1, 0}, {1, -3, 0}, {1, 0, 0}, {2, 7, 0}};
  CALL(semop(id, pair, 5));
  values();
  semctl(id, 0, IPC_STAT, (union semun){.buf = &ds});
  VALUE(ds.sem_otime != 0);
  struct timespec brief = {0, 20000000}, bad = {0, 1000000000};
  CALL(semtimedop(id, &(struct sembuf){1, -1, 0}, 1, &brief));
  CALL(semtimedop(id, &(struct sembuf){1, -1, 0}, 1, &bad));
  CALL(semtimedop(id, &(struct sembuf){2, 0, 0}, 1, &brief));

  /* a signal ends the wait, whatever SA_RESTART says */
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
  sigaction(SIGUSR1, &action, NULL);
  pid_t pid = fork();
  if (pid == 0) {
    CALL(op(1, -1, 0));
    _exit(0);
  }
  await(1, GETNCNT);
  VALUE(semctl(id, 1, GETNCNT));
  VALUE(semctl(id, 1, GETZCNT));
  VALUE(semctl(id, 2, GETNCNT));
  kill(pid, SIGUSR1);
  reap(pid);
  VALUE(semctl(id, 1, GETNCNT));

  /* woken by another process */
  pid = fork();
  if (pid == 0) {
    CALL(op(1, -3, 0));
    _exit(0);
  }
  await(1, GETNCNT);
  op(1, 2, 0);
  VALUE(semctl(id, 1, GETNCNT));
  op(1, 2, 0);
  reap(pid);
  values();
  VALUE(semctl(id, 1, GETPID) == pid);
  pid = fork();
  if (pid == 0) {
    CALL(op(2, 0, 0));
    _exit(0);
  }
  await(2, GETZCNT);
  VALUE(semctl(id, 2, GETZCNT));
  semctl(id, 2, SETVAL, (union semun){.val = 0});
  reap(pid);

  /* undo */
  semctl(id, 0, SETALL, (union semun){.array = (unsigned short[]){4, 0, 9}});
  pid = fork();
  if (pid == 0) {
    op(0, -3, SEM_UNDO);
    op(2, 5, SEM_UNDO);
    op(2, -1, 0);
    values();
    pid_t inner = fork(); /* owes nothing itself */
    if (inner == 0) _exit(0);
    reap(inner);
    values();
    _exit(0);
  }
  reap(pid);
  values();
  pid = fork();
  if (pid == 0) {
    op(0, -1, SEM_UNDO);
    semctl(id, 0, SETVAL, (union semun){.val = 1});
    op(2, 32000, SEM_UNDO);
    CALL(op(2, -32000, SEM_UNDO));
    _exit(0);
  }
  reap(pid);
  values();

  /* permissions */
  ds.sem_perm.mode = 0604;
  CALL(semctl(id, 0, IPC_SET, (union semun){.buf = &ds}));
  pid = fork();
  if (pid == 0) {
    setuid(1000);
    CALL(op(0, 1, 0));
    CALL(op(1, 0, 0));
    CALL(semctl(id, 0, SETVAL, (union semun){.val = 0}));
    CALL(semctl(id, 0, GETVAL));
    CALL(semctl(id, 0, IPC_RMID));
    CALL(semget(key, 0, 0222));
    _exit(0);
  }
  reap(pid);
  struct seminfo info;
  VALUE(semctl(0, 0, IPC_INFO, (union semun){.info = &info}) >= 0);
  printf("%d %d %d %d %d %d\n", info.semmni, info.semmns, info.semmsl, info.semopm, info.semvmx, info.semaem);
  VALUE(semctl(id & 32767, 0, SEM_STAT, (union semun){.buf = &ds}) == id);

  /* removed under a waiter */
  pid = fork();
  if (pid == 0) {
    CALL(op(1, -1, 0));
    _exit(0);
  }
  await(1, GETNCNT);
  int removed = semctl(id, 0, IPC_RMID);
  reap(pid);
  VALUE(removed);
  VALUE(op(1, 1, 0) == -1 && (errno == EINVAL || errno == EIDRM));
  return 0;
}
