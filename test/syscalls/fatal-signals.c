/* Which of several signals ends a process: the first that is fatal, decided when it is sent. Linux: complete_signal in kernel/signal.c. */
#include "check.h"
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* Until the thread has the state: 'S' asleep, 'T' stopped. */
static void until(pid_t pid, char wanted)
{
	for (;;) {
		char path[64], text[256] = "";
		snprintf(path, sizeof path, "/proc/%d/stat", pid);
		int fd = open(path, O_RDONLY);
		read(fd, text, sizeof text - 1);
		close(fd);
		char *name = strrchr(text, ')');
		if (name != NULL && name[2] == wanted)
			return;
	}
}

static void end(const char *what, pid_t child)
{
	int status;
	waitpid(child, &status, 0);
	printf("%s: %s %d\n", what, WIFSIGNALED(status) ? "signal" : "status",
	       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

static pid_t sleeper(void)
{
	pid_t child = fork();
	while (child == 0)
		pause();
	until(child, 'S');
	return child;
}

static void two(const char *what, int first, int second)
{
	pid_t child = sleeper();
	kill(child, first);
	kill(child, second);
	end(what, child);
}

static void stopped(const char *what, int first, int second)
{
	pid_t child = sleeper();
	kill(child, SIGSTOP);
	until(child, 'T');
	kill(child, first);
	kill(child, second);
	if (second != SIGKILL)
		kill(child, SIGCONT);
	end(what, child);
}

/* A signal that is blocked decides nothing. */
static void blocked(void)
{
	sigset_t some;
	sigemptyset(&some);
	sigaddset(&some, SIGTERM);
	sigprocmask(SIG_BLOCK, &some, NULL);
	two("blocked TERM, then HUP", SIGTERM, SIGHUP);
	sigprocmask(SIG_UNBLOCK, &some, NULL);
}

static void nothing(int signal)
{
	(void)signal;
}

static void handled(void)
{
	signal(SIGTERM, nothing);
	two("handled TERM, then HUP", SIGTERM, SIGHUP);
	signal(SIGTERM, SIG_IGN);
	two("ignored TERM, then HUP", SIGTERM, SIGHUP);
	signal(SIGTERM, SIG_DFL);
}

/* The reader is gone before the killed writer runs again. */
static void writer(void)
{
	static char bytes[200000];
	int fd[2];
	pipe(fd);
	pid_t child = fork();
	if (child == 0) {
		close(fd[0]);
		for (;;)
			write(fd[1], bytes, sizeof bytes);
	}
	close(fd[1]);
	until(child, 'S');
	kill(child, SIGKILL);
	close(fd[0]);
	end("a killed writer without a reader", child);
}

static volatile pid_t other;

static void *wait_for_ever(void *unused)
{
	other = gettid();
	for (;;)
		pause();
	return unused;
}

static void threads(void)
{
	pid_t child = fork();
	if (child == 0) {
		pthread_t thread;
		sigset_t some;
		pthread_create(&thread, NULL, wait_for_ever, NULL);
		while (other == 0)
			;
		until(other, 'S');
		/* The other one takes it. */
		sigemptyset(&some);
		sigaddset(&some, SIGTERM);
		pthread_sigmask(SIG_BLOCK, &some, NULL);
		kill(getpid(), SIGTERM);
		kill(getpid(), SIGHUP);
		wait_for_ever(NULL);
	}
	end("TERM for another thread, then HUP", child);
	child = sleeper();
	syscall(SYS_tgkill, child, child, SIGUSR1);
	syscall(SYS_tgkill, child, child, SIGHUP);
	end("tgkill USR1, then HUP", child);
}

int main(void)
{
	struct rlimit none = {0, 0};
	start();
	setrlimit(RLIMIT_CORE, &none);
	two("TERM, then HUP", SIGTERM, SIGHUP);
	two("HUP, then TERM", SIGHUP, SIGTERM);
	two("USR2, then KILL", SIGUSR2, SIGKILL);
	two("KILL, then HUP", SIGKILL, SIGHUP);
	two("realtime, then TERM", SIGRTMIN + 3, SIGTERM);
	two("CHLD, then TERM", SIGCHLD, SIGTERM);
	two("TERM, then ABRT", SIGTERM, SIGABRT);
	two("STOP, then KILL", SIGSTOP, SIGKILL);
	stopped("stopped, TERM, then HUP", SIGTERM, SIGHUP);
	stopped("stopped, TERM, then KILL", SIGTERM, SIGKILL);
	stopped("stopped, USR1, then KILL", SIGUSR1, SIGKILL);
	blocked();
	handled();
	writer();
	threads();
	return 0;
}
