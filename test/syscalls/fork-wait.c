/* fork, wait4, waitid, _exit, rusage, zombies and orphans. */
#include "check.h"
#include <sys/resource.h>

int main(void) {
  start();
  int status;
  CALL(wait(&status));
  pid_t pid = fork();
  if (pid == 0) _exit(300);
  reap(pid);
  CALL(waitpid(pid, &status, 0));
  pid = fork();
  if (pid == 0) { raise(SIGSTOP); raise(SIGTERM); }
  waitpid(pid, &status, WUNTRACED);
  printf("stopped %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
  VALUE(waitpid(pid, &status, WUNTRACED | WNOHANG));
  kill(pid, SIGCONT);
  waitpid(pid, &status, WCONTINUED);
  printf("continued or killed %d\n", WIFCONTINUED(status) || WIFSIGNALED(status));
  if (WIFCONTINUED(status)) reap(pid); else printf("child killed by %d\n", WTERMSIG(status));

  siginfo_t info;
  pid = fork();
  if (pid == 0) _exit(7);
  CALL(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
  printf("waitid %d %d %d %d\n", info.si_code == CLD_EXITED, info.si_status, info.si_pid == pid, info.si_signo);
  reap(pid);
  CALL(waitid(P_PID, pid, &info, WEXITED));
  CALL(waitid(P_ALL, 0, &info, 0));
  CALL(waitpid(-1, &status, 0x7000));

  /* Wait by process group. */
  pid_t first = fork();
  if (first == 0) { setpgid(0, 0); _exit(1); }
  setpgid(first, first);
  pid_t second = fork();
  if (second == 0) _exit(2);
  VALUE(waitpid(-first, &status, 0) == first);
  VALUE(waitpid(0, &status, 0) == second);

  /* An orphan gets another parent. */
  int fds[2];
  pipe(fds);
  pid = fork();
  if (pid == 0) {
    pid_t me = getpid();
    if (fork() == 0) {
      while (getppid() == me) usleep(1000);
      write(fds[1], "o", 1);
      _exit(0);
    }
    _exit(0);
  }
  reap(pid);
  char c;
  VALUE(read(fds[0], &c, 1));
  struct rusage usage;
  CALL(getrusage(RUSAGE_CHILDREN, &usage));
  VALUE(usage.ru_minflt > 0);
  /* Those that nobody waited for do not count. */
  long before = usage.ru_minflt;
  signal(SIGCHLD, SIG_IGN);
  if (fork() == 0) {
    static char memory[1 << 20];
    memset(memory, 1, sizeof memory);
    _exit(0);
  }
  CALL(wait(NULL));
  getrusage(RUSAGE_CHILDREN, &usage);
  VALUE(usage.ru_minflt == before);
  CALL(getrusage(77, &usage));
  return 0;
}
