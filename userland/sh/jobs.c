/* Jobs: the processes of pipelines, waiting for them, and job control (POSIX XBD 3.180, XCU 2.9.3).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "jobs.h"

enum { PATIENCE = 16 }; /* SIGTTIN without effect: an orphaned group is never stopped by it */

bool job_control;
struct job *jobs;
static int terminal = -1; /* the controlling terminal, while there is job control */
static pid_t shell_group, first_group; /* of the shell; what it was in before job control */
static struct termios modes; /* of the terminal, when it was given to the job in the foreground */
static bool has_modes;
static int last_sequence;

struct job *new_job(const char *text)
{
	struct job *job = allocate(sizeof *job);
	*job = (struct job){.next = jobs, .text = duplicate(text ? text : ""), .gate = {-1, -1}};
	jobs = job;
	return job;
}

void remove_job(struct job *job)
{
	struct job **place = &jobs;
	while (*place && *place != job)
		place = &(*place)->next;
	if (*place)
		*place = job->next;
	free(job->processes);
	free(job->text);
	free(job);
}

void forget_jobs(void)
{
	while (jobs)
		remove_job(jobs);
}

void add_process(struct job *job, pid_t pid)
{
	size_t size = (size_t)(job->count + 1) * sizeof *job->processes;
	job->processes = reallocate(job->processes, size);
	job->processes[job->count++] = (struct process){pid, RUNNING, 0};
	if (!job->group)
		job->group = pid;
}

/* Nothing of a job runs before all of it is there and has the terminal. */
static void pass_gate(const struct job *job)
{
	char byte;
	close(job->gate[1]);
	while (read(job->gate[0], &byte, 1) > 0)
		continue;
	close(job->gate[0]);
}

static void close_gate(struct job *job)
{
	close(job->gate[0]);
	close(job->gate[1]);
	job->gate[0] = job->gate[1] = -1;
}

/* Gives a new job the terminal, and a ^C that came before: that reached only the shell. */
static void open_gate(struct job *job)
{
	if (job->gate[0] < 0)
		return;
	tcsetpgrp(terminal, job->group);
	if (interrupted) {
		interrupted = 0;
		kill(-job->group, SIGINT);
	}
	close_gate(job);
}

noreturn void fail_job(struct job *job, const char *what)
{
	int error = errno;
	if (job->gate[0] >= 0) {
		if (job->group)
			kill(-job->group, SIGTERM); /* half of a pipeline is not run */
		close_gate(job);
	}
	shell_error(2, "cannot %s: %s", what, strerror(error));
}

static void start_child(struct job *job, bool foreground)
{
	bool controlled = job_control, stops = foreground && interrupted;
	pid_t group = job->group ? job->group : getpid();
	if (controlled)
		setpgid(0, group);
	if (job->gate[0] >= 0)
		pass_gate(job);
	reset_traps();
	if (stops)
		raise(SIGINT); /* ^C came before this process: nothing of it shall run */
	forget_jobs();
	job_control = false;
	shell.loop_depth = 0;
	if (!controlled && !foreground) {
		signal(SIGINT, SIG_IGN);
		signal(SIGQUIT, SIG_IGN);
		int null = open("/dev/null", O_RDONLY);
		if (null > 0) {
			dup2(null, 0);
			close(null);
		}
	}
}

pid_t fork_process(struct job *job, bool foreground)
{
	fflush(stdout);
	if (foreground && job_control && !job->group && pipe(job->gate) < 0)
		fail_job(job, "make a pipe");
	/* What the shell ignores shall wait until the child does not: `sleep 9 & kill $!` ends it. */
	sigset_t all, before;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid_t pid = fork();
	if (pid == 0)
		start_child(job, foreground);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		fail_job(job, "fork");
	if (pid == 0)
		return 0;
	if (job_control)
		setpgid(pid, job->group ? job->group : pid);
	add_process(job, pid);
	if (foreground && !job_control && interrupted)
		kill(pid, SIGINT); /* it came before the fork */
	return pid;
}

enum state job_state(const struct job *job)
{
	enum state state = DONE;
	for (int i = 0; i < job->count; i++) {
		if (job->processes[i].state == RUNNING)
			return RUNNING;
		if (job->processes[i].state == STOPPED)
			state = STOPPED;
	}
	return state;
}

static int exit_status(int status)
{
	if (WIFSTOPPED(status))
		return 128 + WSTOPSIG(status);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int job_status(const struct job *job)
{
	int status = job->count ? exit_status(job->processes[job->count - 1].status) : 0;
	for (int i = job->count - 1; option_set['P'] && i >= 0 && !status; i--)
		status = exit_status(job->processes[i].status);
	return status;
}

/* Records what waitpid() said. */
static void update(pid_t pid, int status)
{
	for (struct job *job = jobs; job; job = job->next) {
		for (int i = 0; i < job->count; i++) {
			struct process *process = &job->processes[i];
			if (process->pid != pid || process->state == DONE)
				continue;
			process->state = WIFSTOPPED(status) ? STOPPED : WIFCONTINUED(status) ? RUNNING : DONE;
			if (!WIFCONTINUED(status))
				process->status = status;
			job->changed = true;
			return;
		}
	}
}

bool reap_one(bool blocks)
{
	int status;
	int flags = (blocks ? 0 : WNOHANG) | (job_control ? WUNTRACED | WCONTINUED : 0);
	errno = 0;
	pid_t pid = waitpid(-1, &status, flags);
	if (pid > 0)
		update(pid, status);
	return pid > 0 || (pid < 0 && errno == EINTR && blocks);
}

void reap_children(void)
{
	while (reap_one(false))
		continue;
}

void number_job(struct job *job)
{
	job->sequence = ++last_sequence;
	if (job->number)
		return;
	for (struct job *other = jobs; other; other = other->next)
		if (other->number >= job->number && other != job)
			job->number = other->number + 1;
	if (!job->number)
		job->number = 1;
}

/* "Segmentation fault" and the like for a foreground job; check_interrupt() answers ^C. */
static void tell_death(const struct job *job)
{
	int status = job->processes[job->count - 1].status;
	if (!WIFSIGNALED(status) || WTERMSIG(status) == SIGPIPE || WTERMSIG(status) == SIGINT)
		return;
	fprintf(stderr, "%s%s\n", strsignal(WTERMSIG(status)),
			WCOREDUMP(status) ? " (core dumped)" : "");
}

static void remember_modes(void)
{
	has_modes = job_control && tcgetattr(terminal, &modes) == 0;
}

static int wait_in_foreground(struct job *job)
{
	while (job_state(job) == RUNNING) {
		if (!reap_one(true) && errno == ECHILD)
			break;
		if (!job_control)
			check_interrupt();
	}
	int status = job_status(job);
	if (job_control) {
		tcsetpgrp(terminal, shell_group);
		bool ended_well = job_state(job) == DONE && status < 128;
		if (has_modes && !ended_well)
			tcsetattr(terminal, TCSADRAIN, &modes);
	}
	if (job_state(job) == STOPPED) {
		number_job(job);
		job->changed = false;
		fflush(stdout);
		if (shell.interactive) {
			fputc('\n', stderr);
			print_job(job, stderr, false);
		}
		return status;
	}
	if (job->count)
		tell_death(job);
	int last = job->count ? job->processes[job->count - 1].status : 0;
	bool by_interrupt = job_control && WIFSIGNALED(last) && WTERMSIG(last) == SIGINT;
	remove_job(job);
	if (by_interrupt)
		raise(SIGINT); /* only the job's group got it: the shell does with it what it does with its own */
	return status;
}

void job_in_background(struct job *job)
{
	job->background = true;
	shell.last_background = job->processes[job->count - 1].pid;
	number_job(job);
	if (shell.interactive && !shell.is_subshell)
		fprintf(stderr, "[%d] %d\n", job->number, (int)shell.last_background);
	if (!shell.interactive)
		reap_children();
}

int wait_for_job(struct job *job)
{
	remember_modes();
	open_gate(job);
	return wait_in_foreground(job);
}

int continue_job(struct job *job, bool foreground)
{
	remember_modes(); /* a program that is continued may set its own at once */
	for (int i = 0; i < job->count; i++)
		if (job->processes[i].state == STOPPED)
			job->processes[i].state = RUNNING;
	job->changed = false;
	if (foreground && job_control)
		tcsetpgrp(terminal, job->group);
	kill(-job->group, SIGCONT);
	if (!foreground) {
		number_job(job);
		return 0;
	}
	return wait_in_foreground(job);
}

static void open_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (fd < 0 && isatty(2))
		fd = fcntl(2, F_DUPFD_CLOEXEC, 10);
	else if (fd >= 0 && fd < 10) {
		int high = fcntl(fd, F_DUPFD_CLOEXEC, 10);
		close(fd);
		fd = high;
	}
	terminal = fd;
}

/* Waits until this shell is in the foreground. False if that cannot be, or without a terminal. */
static bool is_foreground(void)
{
	if (terminal < 0)
		open_terminal();
	for (int tries = 0; tries < PATIENCE; tries++) {
		pid_t group = terminal < 0 ? -1 : tcgetpgrp(terminal);
		if (group < 0)
			return false;
		if (group == getpgrp())
			return true;
		kill(0, SIGTTIN);
	}
	return false;
}

void leave_terminal(void)
{
	if (!job_control || shell.is_subshell)
		return;
	tcsetpgrp(terminal, first_group);
	setpgid(0, first_group);
}

void set_job_control(bool on)
{
	option_set['m'] = on;
	if (on == job_control)
		return;
	if (!on) {
		leave_terminal();
		job_control = false;
		set_signal_handlers();
		return;
	}
	if (!is_foreground()) {
		option_set['m'] = 0;
		shell_warning("no terminal: job control is off");
		return;
	}
	job_control = true;
	set_signal_handlers();
	first_group = getpgrp();
	setpgid(0, 0);
	shell_group = getpgrp();
	tcsetpgrp(terminal, shell_group);
}
