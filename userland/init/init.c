/*
 * init: the first process: mounts, starts sessions, adopts orphans, ends the system
 * https://man7.org/linux/man-pages/man8/init.8.html
 *
 * Usage: init [--no-console] [--tools DIR]
 * Mounts what /etc/fstab lists, sets the host name, runs /etc/rc if it is executable, then keeps
 * the sessions of /etc/inittab running, and crond where jobs are left from before. When the session
 * marked `console` ends, the machine is powered off with its status. Signals: USR2 powers off, USR1 halts, TERM and INT reboot,
 * HUP reads /etc/inittab again, PWR has all sessions begin now, as after a snapshot.
 *   --no-console  only mount, adopt and wait: the host starts the session itself
 *   --tools DIR   the root is another system's: its fstab, rc and inittab are left alone, and the
 *                 console's session is DIR/bin/console-session
 */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"
#include "init.h"
#include "tools.h"

static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);
	if (fd < 0)
		return;
	for (int target = 0; target < 3; target++)
		dup2(fd, target);
	if (fd > 2)
		close(fd);
}

static void set_host_name(void)
{
	char name[65];
	FILE *file = fopen("/etc/hostname", "re");
	if (file && fgets(name, sizeof name, file)) {
		name[strcspn(name, "\n")] = 0;
		sethostname(name, strlen(name));
	}
	if (file)
		fclose(file);
}

static void run_rc(void)
{
	char *argv[] = {"/etc/rc", NULL};
	if (access(argv[0], X_OK) < 0)
		return;
	pid_t pid = start_program(argv);
	int status;
	while (pid > 0 && waitpid(-1, &status, 0) != pid)
		continue;
}

/* Jobs of at(1) and crontabs that an earlier start of this system left: crond goes on with them. */
static void start_cron(void)
{
	static const char *const folders[] = {"/var/spool/cron/crontabs", "/var/spool/cron/atjobs"};
	char *argv[] = {"/bin/crond", "-b", NULL};
	bool has_jobs = false;
	for (int i = 0; i < 2 && !has_jobs; i++) {
		char **names = folder_names(folders[i]);
		has_jobs = names && *names;
		if (names)
			free_names(names);
	}
	if (has_jobs)
		start_program(argv);
}

/* The status of a shell, for one that waitpid() gave. */
static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void adopt_orphans(void)
{
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		if (session_ended(pid, status))
			shut_down(RB_POWER_OFF, exit_status(status));
}

static bool with_console = true;
static const char *tools;

static void parse_options(int argc, char **argv)
{
	static const struct option options[] = {
		{"no-console", no_argument, NULL, 'n'}, {"tools", required_argument, NULL, 't'}, {0}};
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (option == 'n')
			with_console = false;
		else if (option == 't')
			tools = optarg;
		else
			warnx("unknown option");
	}
}

static void read_sessions(void)
{
	if (with_console && tools)
		set_console_session(tools);
	else if (with_console)
		read_inittab();
}

int main(int argc, char **argv)
{
	static const int handled[] = {SIGCHLD, SIGUSR1, SIGUSR2, SIGTERM, SIGINT, SIGHUP, SIGPWR};
	sigset_t signals;
	if (getpid() != 1)
		errx(1, "must be the first process (pid 1)");
	sigemptyset(&signals);
	for (size_t i = 0; i < sizeof handled / sizeof *handled; i++)
		sigaddset(&signals, handled[i]);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	parse_options(argc, argv);
	reboot(RB_DISABLE_CAD); /* Ctrl-Alt-Del becomes SIGINT for us */
	if (!tools)
		mount_all();
	open_console();
	set_host_name();
	if (!tools) {
		run_rc();
		start_cron();
	}
	read_sessions();
	for (;;) {
		start_sessions();
		adopt_orphans();
		switch (sigwaitinfo(&signals, NULL)) {
		case SIGUSR1:
			shut_down(RB_HALT_SYSTEM, 0);
		case SIGUSR2:
			shut_down(RB_POWER_OFF, 0);
		case SIGTERM:
		case SIGINT:
			shut_down(RB_AUTOBOOT, 0);
		case SIGHUP:
			read_sessions();
			break;
		case SIGPWR: /* from the kernel, which goes on from the snapshot that is shipped */
			resume_sessions();
			break;
		default: /* SIGCHLD */
			adopt_orphans();
		}
	}
}
