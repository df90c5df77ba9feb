/*
 * crond: run the jobs of at, batch and crontab when their time has come
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/crontab.html
 *
 * Usage: crond [-bn]
 * There is one at a time. It is started by at(1) and crontab(1), and by init where jobs are left from before; it ends
 * when there are none left.
 *   -b   the system was just started: run @reboot lines too
 *   -n   stay in the foreground
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "accounts.h"
#include "crontab-table.h"
#include "files.h"
#include "spool.h"
#include "tools.h"

enum { MINUTE = 60, MOST_MISSED = 180 /* minutes: after a longer gap the clock was set */ };
static const double most_load = 1.5;

static int running;

/* One program run for a user, with its output kept until it ends. */
struct work {
	const struct passwd *user;
	const char *shell, *command; /* null: the input is the script */
	const char *subject;
	const char *recipient; /* "": nobody */
	int input, output;
	bool mails_always;
	char **settings;
};

static double load(void)
{
	double average = 0;
	FILE *file = fopen("/proc/loadavg", "re");
	if (file) {
		if (fscanf(file, "%lf", &average) != 1)
			average = 0;
		fclose(file);
	}
	return average;
}

/* A file without a name. */
static int scratch(void)
{
	char *path = spool_path("atjobs/.output-XXXXXX");
	int fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	free(path);
	return fd;
}

static void mail_output(const struct work *work, int status)
{
	char date[64], *line = NULL;
	size_t capacity = 0;
	time_t now = time(NULL);
	off_t length = lseek(work->output, 0, SEEK_END);
	if (!*work->recipient || (length <= 0 && !work->mails_always))
		return;
	char *path = spool_mailbox(work->recipient);
	const struct passwd *owner = account_named(work->recipient);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	FILE *mailbox = fd < 0 ? NULL : fdopen(fd, "a");
	free(path);
	if (!mailbox || !owner)
		return;
	if (geteuid() == 0 && fchown(fd, owner->pw_uid, (gid_t)-1) < 0)
		return;
	strftime(date, sizeof date, "%a %b %e %T %Y", localtime(&now));
	fprintf(mailbox, "From %s %s\nFrom: %s (cron)\nTo: %s\nSubject: %s\n", work->user->pw_name, date, work->user->pw_name, work->recipient, work->subject);
	if (status)
		fprintf(mailbox, "X-Status: %d\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	fputc('\n', mailbox);
	FILE *output = lseek(work->output, 0, SEEK_SET) == 0 ? fdopen(work->output, "r") : NULL;
	while (output && read_line(output, &line, &capacity, NULL) >= 0)
		fprintf(mailbox, "%s%s\n", strncmp(line, "From ", 5) ? "" : ">", line);
	free(line);
	fputc('\n', mailbox);
	fclose(mailbox);
}

static noreturn void start(const struct work *work)
{
	if (geteuid() == 0)
		become(work->user, work->user->pw_gid);
	set_user_environment(work->user, work->shell, true);
	for (char **setting = work->settings; setting && *setting; setting++)
		putenv(*setting);
	if (chdir(work->user->pw_dir) < 0 && chdir("/") < 0)
		_exit(1);
	dup2(work->input, 0);
	dup2(work->output, 1);
	dup2(work->output, 2);
	setsid();
	if (work->command)
		execl(work->shell, work->shell, "-c", work->command, (char *)NULL);
	else
		execl(work->shell, work->shell, (char *)NULL);
	_exit(127);
}

/* A process of its own waits for the work, mails what it printed and removes `file`. */
static void run(struct work *work, const char *file)
{
	sigset_t none;
	pid_t runner = fork(), pid;
	int status = 0;
	if (runner != 0) {
		running += runner > 0;
		return;
	}
	spool_release();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	char *name = duplicate(work->user->pw_name);
	work->user = account_named(name); /* on the heap: the caller's record is written over by the next look-up */
	work->output = scratch();
	if (work->output < 0 || !work->user)
		_exit(1);
	pid = fork();
	if (pid == 0)
		start(work);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	mail_output(work, status);
	if (file)
		unlink(file);
	_exit(0);
}

/* "# mail NAME 1" of the job's third line: its user wants mail in any case. */
static bool wants_mail(const char *path)
{
	char *content = read_file(path, NULL), *line = content ? strstr(content, "\n# mail ") : NULL;
	bool wants = line && strcspn(line + 1, "\n") > 2 && line[strcspn(line + 1, "\n")] == '1';
	free(content);
	return wants;
}

static void run_job(struct spool_job *job)
{
	const char *slash = strrchr(job->path, '/');
	char *path = format_text("%.*s/%c%s", (int)(slash - job->path), job->path, RUNNING_QUEUE, slash + 2);
	struct work work = {.user = getpwuid(job->owner), .shell = "/bin/sh"};
	work.input = rename(job->path, path) < 0 ? -1 : open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (work.input >= 0 && work.user && (geteuid() == 0 || job->owner == geteuid())) {
		char *recipient = duplicate(work.user->pw_name), *subject = format_text("Output from your job %8u", job->number);
		work.subject = subject;
		work.recipient = recipient;
		work.mails_always = wants_mail(path);
		run(&work, path);
		free(recipient);
		free(subject);
	}
	if (work.input >= 0)
		close(work.input);
	free(path);
}

/* Runs what is due and returns when the next job is: 0 for none. */
static time_t run_jobs(time_t now)
{
	size_t count;
	time_t next = 0;
	struct spool_job *jobs = spool_jobs(&count);
	for (size_t i = 0; i < count; i++) {
		bool is_batch = jobs[i].queue == FIRST_BATCH_QUEUE || (jobs[i].queue >= 'A' && jobs[i].queue <= 'Z');
		if (jobs[i].queue == RUNNING_QUEUE)
			continue;
		bool is_busy = is_batch && load() >= most_load;
		if (jobs[i].when <= now && !is_busy) {
			run_job(&jobs[i]);
			continue;
		}
		time_t when = jobs[i].when > now ? jobs[i].when : now + MINUTE;
		next = !next || when < next ? when : next;
	}
	spool_free_jobs(jobs, count);
	return next;
}

/* Jobs that ran when the system ended are not run again. */
static void forget_running(void)
{
	size_t count;
	struct spool_job *jobs = spool_jobs(&count);
	for (size_t i = 0; i < count; i++)
		if (jobs[i].queue == RUNNING_QUEUE)
			unlink(jobs[i].path);
	spool_free_jobs(jobs, count);
}

static const char *setting_of(const struct crontab *crontab, const char *name)
{
	const char *value = NULL;
	size_t length = strlen(name);
	for (char **setting = crontab->settings; *setting; setting++)
		if (!strncmp(*setting, name, length) && (*setting)[length] == '=')
			value = *setting + length + 1;
	return value;
}

static void run_line(const struct crontab *crontab, const struct crontab_line *line, const struct passwd *user)
{
	char *subject = format_text("Cron <%s> %s", user->pw_name, line->command), *owner = duplicate(user->pw_name);
	const char *shell = setting_of(crontab, "SHELL"), *recipient = setting_of(crontab, "MAILTO");
	struct work work = {.user = user, .shell = shell ? shell : "/bin/sh", .command = line->command, .subject = subject, .recipient = recipient ? recipient : owner, .settings = crontab->settings};
	work.input = scratch();
	if (work.input >= 0 && line->input)
		write_all(work.input, line->input, strlen(line->input));
	if (work.input >= 0) {
		lseek(work.input, 0, SEEK_SET);
		run(&work, NULL);
		close(work.input);
	}
	free(owner);
	free(subject);
}

static void ignore(size_t line, const char *problem)
{
	(void)line; /* crontab(1) told who installed it */
	(void)problem;
}

/* Runs the lines due in the minutes after `last` up to that of `now`; whether there are crontabs. */
static bool run_crontabs(time_t last, time_t now, bool at_start)
{
	char *folder = spool_path("crontabs"), **names = folder_names(folder);
	bool is_any = false;
	for (char **name = names; name && *name; name++) {
		struct crontab crontab;
		const struct passwd *user = getpwnam(*name);
		char *path = path_join(folder, *name), *content = user ? read_file(path, NULL) : NULL;
		if (content && (geteuid() == 0 || user->pw_uid == geteuid())) {
			crontab_parse(&crontab, content, ignore);
			is_any |= crontab.count > 0;
			for (size_t i = 0; i < crontab.count; i++) {
				if (crontab.lines[i].at_start && at_start)
					run_line(&crontab, &crontab.lines[i], user);
				for (time_t minute = last + MINUTE; minute <= now; minute += MINUTE)
					if (crontab_is_due(&crontab.lines[i], localtime(&minute)))
						run_line(&crontab, &crontab.lines[i], user);
			}
			crontab_free(&crontab);
		}
		free(content);
		free(path);
	}
	if (names)
		free_names(names);
	free(folder);
	return is_any;
}

static void reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		running--;
}

/* True when nothing is left to run or to wait for. */
static bool turn(const sigset_t *signals, time_t *last, bool at_start)
{
	time_t now = time(NULL), minute = now / MINUTE * MINUTE;
	if (minute < *last || minute - *last > MOST_MISSED * MINUTE)
		*last = minute - MINUTE;
	bool has_crontabs = run_crontabs(*last, minute, at_start);
	*last = minute;
	time_t next = run_jobs(now);
	if (has_crontabs && (!next || next > minute + MINUTE))
		next = minute + MINUTE;
	if (!next && !running)
		return true;
	struct timespec timeout = {next > now ? next - now : 0, 0};
	int got = next ? sigtimedwait(signals, NULL, &timeout) : sigwaitinfo(signals, NULL);
	reap();
	if (got == SIGTERM || got == SIGINT)
		exit(0);
	return false;
}

static void block_signals(sigset_t *signals)
{
	static const int handled[] = {SIGCHLD, SIGHUP, SIGTERM, SIGINT};
	sigemptyset(signals);
	for (size_t i = 0; i < sizeof handled / sizeof *handled; i++)
		sigaddset(signals, handled[i]);
	sigprocmask(SIG_BLOCK, signals, NULL);
}

int main(int argc, char **argv)
{
	bool at_start = false, in_foreground = false;
	sigset_t signals;
	for (int option; (option = next_option(argc, argv, "bn")) != -1;)
		*(option == 'b' ? &at_start : &in_foreground) = true;
	if (argv[optind])
		usage_error("extra operand '%s'", argv[optind]);
	spool_enter();
	block_signals(&signals);
	if (!in_foreground) {
		pid_t pid = fork();
		if (pid)
			return pid < 0;
		setsid();
	}
	if (!spool_lock())
		return 0;
	forget_running();
	time_t last = time(NULL) / MINUTE * MINUTE;
	/* The job that came while it ended would wait for the next one: who finds none left looks once more. */
	for (;;) {
		while (!turn(&signals, &last, at_start))
			at_start = false;
		at_start = false;
		spool_release();
		time_t next = run_jobs(0);
		if ((!next && !run_crontabs(last, last, false)) || !spool_lock())
			return 0;
	}
}
