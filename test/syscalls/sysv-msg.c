/* System V message queues: msgget, msgsnd, msgrcv, msgctl. */
#define _GNU_SOURCE
#include "check.h"
#include <sys/ipc.h>
#include <sys/msg.h>

static struct { long type; char text[9000]; } message;
static int id;

static int put(long type, const char *text, int flags) {
  message.type = type;
  strcpy(message.text, text);
  return msgsnd(id, &message, strlen(text), flags);
}

static void get(size_t size, long type, int flags) {
  memset(&message, 0, sizeof message);
  ssize_t got = msgrcv(id, &message, size, type, flags);
  if (got < 0) printf("msgrcv %ld %o: %s\n", type, flags, strerror(errno));
  else printf("msgrcv %ld %o: %zd bytes of type %ld: %.20s\n", type, flags, got, message.type, message.text);
}

static void state(void) {
  struct msqid_ds ds;
  msgctl(id, IPC_STAT, &ds);
  printf("%lu messages, %lu of %lu bytes, mode %o, sender %s, receiver %s\n", (unsigned long)ds.msg_qnum,
         (unsigned long)ds.msg_cbytes, (unsigned long)ds.msg_qbytes, ds.msg_perm.mode, ds.msg_lspid == getpid() ? "me" : ds.msg_lspid ? "other" : "nobody",
         ds.msg_lrpid == getpid() ? "me" : ds.msg_lrpid ? "other" : "nobody");
}

static void on_signal(int signal) { (void)signal; }

static int sleeps(pid_t pid) {
  char path[64], text[256] = "";
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  int fd = open(path, O_RDONLY);
  read(fd, text, sizeof text - 1);
  close(fd);
  char *at = strrchr(text, ')');
  return at && at[2] == 'S';
}

static void await(pid_t pid) {
  for (int i = 0; i < 5000 && !sleeps(pid); i++) usleep(1000);
}

int main(void) {
  start();
  key_t key = 0x55000000 | getpid();
  CALL(msgget(key, 0));
  id = CALL(msgget(key, IPC_CREAT | IPC_EXCL | 0600));
  CALL(msgget(key, IPC_CREAT | IPC_EXCL | 0600));
  VALUE(msgget(key, 0) == id);
  state();
  CALL(put(0, "x", 0));
  CALL(put(-1, "x", 0));
  message.type = 1;
  CALL(msgsnd(id, &message, 8193, 0));
  CALL(msgsnd(id, &message, -1, 0));
  CALL(msgsnd(-1, &message, 1, 0));
  CALL(msgsnd(id + 1, &message, 1, 0));
  CALL(msgsnd(id, NULL, 1, 0));
  CALL(put(3, "three", 0));
  CALL(put(1, "one", 0));
  CALL(put(2, "two", 0));
  CALL(put(1, "again one", 0));
  CALL(put(5, "", 0));
  state();
  get(2, 2, 0);
  get(2, 2, MSG_NOERROR);
  get(100, 4, IPC_NOWAIT);
  get(100, -2, 0);
  get(100, 3, MSG_EXCEPT);
  get(100, 0, 0);
  get(100, -9, 0);
  get(100, 0, IPC_NOWAIT);
  CALL(msgrcv(id, &message, -1, 0, IPC_NOWAIT));
  CALL(msgrcv(-1, &message, 1, 0, IPC_NOWAIT));
  CALL(msgrcv(id, &message, 1, 0, 040000));
  state();

  /* full */
  struct msqid_ds ds;
  msgctl(id, IPC_STAT, &ds);
  ds.msg_qbytes = 10;
  ds.msg_perm.mode = 0622;
  CALL(msgctl(id, IPC_SET, &ds));
  CALL(put(1, "12345678", 0));
  CALL(put(1, "123", IPC_NOWAIT));
  CALL(put(1, "12", IPC_NOWAIT));
  CALL(put(1, "", IPC_NOWAIT));
  state();
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  sigaction(SIGUSR1, &action, NULL);
  pid_t pid = fork();
  if (pid == 0) {
    CALL(put(7, "late", 0));
    _exit(0);
  }
  await(pid);
  kill(pid, SIGUSR1);
  reap(pid);
  pid = fork();
  if (pid == 0) {
    CALL(put(7, "late", 0));
    _exit(0);
  }
  await(pid);
  msgrcv(id, &message, 100, 0, 0);
  reap(pid);
  state();
  get(100, 7, 0);

  /* a receiver waits for its type */
  pid = fork();
  if (pid == 0) {
    get(100, 42, 0);
    _exit(0);
  }
  await(pid);
  put(41, "no", 0);
  put(42, "yes", 0);
  reap(pid);
  state();

  /* permissions */
  pid = fork();
  if (pid == 0) {
    setuid(1000);
    CALL(put(1, "w", IPC_NOWAIT));
    get(10, 0, IPC_NOWAIT);
    CALL(msgctl(id, IPC_STAT, &ds));
    CALL(msgctl(id, IPC_RMID, NULL));
    CALL(msgget(key, 0400));
    int own = msgget(IPC_PRIVATE, 0600);
    msgctl(own, IPC_STAT, &ds);
    ds.msg_qbytes = 1;
    CALL(msgctl(own, IPC_SET, &ds));
    ds.msg_qbytes = 1 << 20;
    CALL(msgctl(own, IPC_SET, &ds));
    CALL(msgctl(own, IPC_RMID, NULL));
    _exit(0);
  }
  reap(pid);
  struct msginfo info;
  VALUE(msgctl(0, IPC_INFO, (struct msqid_ds *)&info) >= 0);
  printf("%d %d %d\n", info.msgmax, info.msgmnb, info.msgmni);
  VALUE(msgctl(id & 32767, MSG_STAT, &ds) == id);
  CALL(msgctl(id, 99, NULL));
  CALL(msgctl(id, IPC_STAT, NULL));
  pid = fork();
  if (pid == 0) {
    get(100, 99, 0);
    _exit(0);
  }
  await(pid);
  int removed = msgctl(id, IPC_RMID, NULL);
  reap(pid);
  VALUE(removed);
  VALUE(msgctl(id, IPC_STAT, &ds) == -1 && (errno == EINVAL || errno == EIDRM));
  return 0;
}
