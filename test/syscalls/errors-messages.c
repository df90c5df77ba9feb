/* The errors of the calls on sockets and System V objects that the programs of these areas do not meet. */
#include "check.h"
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

static void *const BAD = (void *)8;
static const int NOBODY = 65534;
static char byte[400000];
static struct iovec piece = {byte, 1}, large = {byte, 300000};
static struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1}, much = {.msg_iov = &large, .msg_iovlen = 1};
static struct mmsghdr one = {{.msg_iov = &piece, .msg_iovlen = 1}}, longer = {{.msg_iov = &large, .msg_iovlen = 1}};

#define SEND(fd, flags) syscall(SYS_sendto, fd, byte, 1L, (long)(flags), NULL, 0L)
#define RECEIVE(fd, flags) syscall(SYS_recvfrom, fd, byte, 1L, (long)(flags), NULL, NULL)
#define SEND_MESSAGE(fd, flags) syscall(SYS_sendmsg, fd, &message, flags)
#define RECEIVE_MESSAGE(fd, flags) syscall(SYS_recvmsg, fd, &message, flags)
#define SEND_MANY(fd, flags) syscall(SYS_sendmmsg, fd, &one, 1, flags)
#define RECEIVE_MANY(fd, flags) syscall(SYS_recvmmsg, fd, &one, 1L, (long)(flags), NULL)

/* What all calls that send and receive say of a descriptor. */
static void all_of(const char *what, int fd) {
  printf("-- %s\n", what);
  CALL(SEND(fd, MSG_NOSIGNAL | MSG_DONTWAIT));
  CALL(SEND_MESSAGE(fd, MSG_NOSIGNAL | MSG_DONTWAIT));
  CALL(SEND_MANY(fd, MSG_NOSIGNAL | MSG_DONTWAIT));
  CALL(RECEIVE(fd, MSG_DONTWAIT));
  CALL(RECEIVE_MESSAGE(fd, MSG_DONTWAIT));
  CALL(RECEIVE_MANY(fd, MSG_DONTWAIT));
}

static void sending_and_receiving(void) {
  int file = open("/dev/null", O_RDWR), path = open("/", O_PATH), pair[2], datagrams[2];
  int unconnected = socket(AF_UNIX, SOCK_STREAM, 0), nowhere = socket(AF_UNIX, SOCK_DGRAM, 0), whole[2];
  int packets = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  struct sockaddr_un nobody = {AF_UNIX, "nobody"};
  all_of("not open", 99);
  all_of("no socket", file);
  all_of("only a path", path);
  all_of("stream, not connected", unconnected);
  all_of("packets, not connected", packets);
  all_of("datagrams to nowhere", nowhere);
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  socketpair(AF_UNIX, SOCK_DGRAM, 0, datagrams);
  all_of("stream", pair[0]);
  while (send(pair[0], byte, sizeof byte, MSG_DONTWAIT) > 0) continue;
  close(pair[1]);
  all_of("its other end closed with unread bytes", pair[0]);
  all_of("and again", pair[0]);
  close(datagrams[1]);
  all_of("datagrams to one that is gone", datagrams[0]);
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  while (send(pair[0], byte, sizeof byte, MSG_DONTWAIT) > 0) continue;
  all_of("full", pair[0]);
  socketpair(AF_UNIX, SOCK_DGRAM, 0, whole);
  int datagram = whole[0];
  CALL(syscall(SYS_sendmsg, datagram, &much, 0));
  CALL(syscall(SYS_sendmmsg, datagram, &longer, 1, 0));
  CALL(syscall(SYS_sendto, datagram, byte, 300000L, 0L, NULL, 0L));
  CALL(syscall(SYS_sendmsg, datagram, BAD, 0));
  CALL(syscall(SYS_recvmsg, datagram, BAD, 0));
  CALL(syscall(SYS_sendmmsg, datagram, BAD, 1, 0));
  CALL(syscall(SYS_recvmmsg, datagram, BAD, 1L, 0L, NULL));
  CALL(syscall(SYS_recvmmsg, datagram, &one, 1L, 0L, BAD));
  CALL(syscall(SYS_sendto, datagram, BAD, 1L, 0L, NULL, 0L));
  CALL(syscall(SYS_sendto, datagram, byte, 1L, 0L, BAD, 16L));
  CALL(syscall(SYS_sendto, datagram, byte, 1L, 0L, &nobody, 200L));
  CALL(syscall(SYS_sendto, nowhere, byte, 1L, 0L, &nobody, (long)sizeof nobody));
  int all[] = {file, path, pair[0], pair[1], datagrams[0], unconnected, nowhere, whole[0], whole[1], packets};
  for (int i = 0; i < 10; i++) close(all[i]);
}

static void handler(int number) { (void)number; }

static void interrupted(void) {
  struct sigaction action = {.sa_handler = handler};
  struct itimerval often = {{0, 10000}, {0, 10000}}, never = {{0, 0}, {0, 0}};
  int pair[2], listening = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un name = {AF_UNIX, "socket"};
  sigaction(SIGALRM, &action, NULL);
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  while (send(pair[0], byte, sizeof byte, MSG_DONTWAIT) > 0) continue;
  bind(listening, (struct sockaddr *)&name, sizeof name);
  listen(listening, 1);
  setitimer(ITIMER_REAL, &often, NULL);
  CALL(SEND(pair[0], 0));
  CALL(SEND_MESSAGE(pair[0], 0));
  CALL(SEND_MANY(pair[0], 0));
  CALL(RECEIVE(pair[0], 0));
  CALL(RECEIVE_MESSAGE(pair[0], 0));
  CALL(RECEIVE_MANY(pair[0], 0));
  CALL(accept(listening, NULL, NULL));
  setitimer(ITIMER_REAL, &never, NULL);
  close(listening);
  close(pair[0]);
  close(pair[1]);
  unlink("socket");
}

static void options(void) {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0), file = open("/dev/null", O_RDWR), number = 1, pair[2];
  CALL(syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, BAD, 4L));
  CALL(syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &number, 1L));
  CALL(syscall(SYS_setsockopt, fd, SOL_SOCKET, 9999, &number, 4L));
  CALL(syscall(SYS_setsockopt, fd, 77, 1, &number, 4L));
  CALL(syscall(SYS_setsockopt, file, SOL_SOCKET, SO_REUSEADDR, &number, 4L));
  CALL(syscall(SYS_setsockopt, 99, SOL_SOCKET, SO_REUSEADDR, &number, 4L));
  CALL(shutdown(fd, SHUT_RD));
  CALL(shutdown(fd, 7));
  CALL(shutdown(99, 0));
  CALL(shutdown(file, 0));
  CALL(socket(99, SOCK_STREAM, 0));
  CALL(socket(AF_UNIX, SOCK_STREAM, 99));
  CALL(socketpair(AF_UNIX, SOCK_STREAM, 99, pair));
  CALL(socketpair(AF_UNIX, 77, 0, pair));
  CALL(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, BAD));
  close(fd);
  close(file);
}

static void semaphores_and_memory(void) {
  int set = semget(4711, 1, IPC_CREAT | 0600), memory = shmget(4711, 4096, IPC_CREAT | 0600);
  struct sembuf wrong = {5, 1, 0}, up = {0, 32767, 0}, none = {0, -1, IPC_NOWAIT};
  struct timespec bad_time = {0, -1};
  CALL(semget(4711, 1, IPC_CREAT | IPC_EXCL | 0600));
  CALL(semget(4712, 1, 0));
  CALL(semget(4711, 2, 0));
  CALL(semget(4712, -1, IPC_CREAT));
  CALL(semctl(set, 0, SETVAL, 40000));
  CALL(semctl(set, 0, SETVAL, -1));
  CALL(semctl(set, 9, GETVAL));
  CALL(semctl(set, 0, 99));
  CALL(semctl(set, 0, IPC_STAT, BAD));
  CALL(semctl(set, 0, SETALL, BAD));
  CALL(semctl(0x7ffffff, 0, GETVAL));
  CALL(syscall(SYS_semtimedop, set, &wrong, 1, NULL));
  CALL(syscall(SYS_semtimedop, set, &none, 1, NULL));
  CALL(syscall(SYS_semtimedop, set, &none, 1, &bad_time));
  CALL(syscall(SYS_semtimedop, set, &none, 1, BAD));
  CALL(syscall(SYS_semtimedop, set, &none, 0, NULL));
  CALL(syscall(SYS_semtimedop, set, BAD, 1, NULL));
  CALL(syscall(SYS_semtimedop, set, &up, 1, NULL));
  CALL(syscall(SYS_semtimedop, set, &up, 1, NULL));
  CALL(shmget(4711, 4096, IPC_CREAT | IPC_EXCL | 0600));
  CALL(shmget(4711, 40960, 0));
  CALL(shmget(4712, 4096, 0));
  CALL(shmget(IPC_PRIVATE, 0, 0600));
  CALL(shmat(memory, (void *)1, 0));
  CALL(shmat(0x7ffffff, NULL, 0));
  CALL(shmdt((void *)4096));
  CALL(shmctl(memory, 99, NULL));
  CALL(shmctl(memory, IPC_STAT, BAD));
  CALL(shmctl(0x7ffffff, IPC_RMID, NULL));
  pid_t child = fork();
  if (!child) {
    if (setgid(NOBODY) || setuid(NOBODY)) _exit(1);
    struct shmid_ds state;
    CALL(semget(4711, 1, 0600));
    CALL(semctl(set, 0, GETVAL));
    CALL(semctl(set, 0, SETVAL, 1));
    CALL(semctl(set, 0, IPC_RMID));
    CALL(syscall(SYS_semtimedop, set, &up, 1, NULL));
    CALL(shmget(4711, 1, 0600));
    CALL(shmat(memory, NULL, 0));
    CALL(shmctl(memory, IPC_STAT, &state));
    CALL(shmctl(memory, IPC_RMID, NULL));
    CALL(shmctl(memory, SHM_LOCK, NULL));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), size = 1000000;
    CALL(setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size));
    _exit(0);
  }
  reap(child);
  semctl(set, 0, IPC_RMID);
  shmctl(memory, IPC_RMID, NULL);
  CALL(semctl(set, 0, GETVAL));
  CALL(shmat(memory, NULL, 0));
}

int main(void) {
  start();
  signal(SIGPIPE, SIG_IGN);
  sending_and_receiving();
  interrupted();
  options();
  semaphores_and_memory();
}
