/* The end of the system: every process is asked, then made to end; reboot(2). */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "init.h"

enum { MAGIC1 = (int)0xfee1dead, MAGIC2 = 672274793, PATIENCE_MS = 1000, STEP_MS = 50 };

/* Waits until no child is left; not longer than PATIENCE_MS. */
static void wait_for_all(void)
{
	sigset_t child;
	struct timespec step = {0, STEP_MS * 1000000L};
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	for (int waited = 0; waited < PATIENCE_MS;) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);
		if (pid < 0)
			return;
		if (pid == 0 && sigtimedwait(&child, NULL, &step) < 0)
			waited += STEP_MS;
	}
}

/* The decimal status is the argument of POWER_OFF. Linux differs: it ignores that argument. */
void shut_down(int command, int status)
{
	char text[16];
	snprintf(text, sizeof text, "%d", status);
	if (kill(-1, SIGTERM) == 0) {
		kill(-1, SIGHUP);  /* interactive shells ignore the other */
		kill(-1, SIGCONT); /* stopped ones could not hear them */
		wait_for_all();
		if (kill(-1, SIGKILL) == 0)
			wait_for_all();
	}
	sync();
	unmount_all();
	syscall(SYS_reboot, MAGIC1, MAGIC2, command, text);
	for (;;)
		pause();
}
