/* The spool's files, its lock, and the daemon that holds it. */
#include "spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"
#include "owner.h"
#include "tools.h"

enum { NAME_LENGTH = 14, MOST_JOBS = 0xfffff };

static int lock = -1;

static const char *folder(void)
{
	const char *other = secure_getenv("CRON_SPOOL");
	return other ? other : "/var/spool/cron";
}

char *spool_path(const char *name)
{
	return path_join(folder(), name);
}

char *spool_mailbox(const char *user)
{
	return secure_getenv("CRON_SPOOL") ? format_text("%s/mail/%s", folder(), user) : format_text("/var/mail/%s", user);
}

static bool is_listed(const char *path, const char *user, bool *is_listed)
{
	char *line = NULL;
	size_t capacity = 0;
	FILE *file = fopen(path, "re");
	*is_listed = false;
	if (!file)
		return false;
	while (read_line(file, &line, &capacity, NULL) >= 0)
		*is_listed |= !strcmp(line, user);
	free(line);
	fclose(file);
	return true;
}

void spool_check_user(const char *name)
{
	bool found;
	if (getuid() == 0 || secure_getenv("CRON_SPOOL"))
		return;
	char *allow = format_text("/etc/%s.allow", name), *deny = format_text("/etc/%s.deny", name);
	const char *user = user_name(getuid());
	bool may = is_listed(allow, user, &found) ? found : is_listed(deny, user, &found) && !found;
	free(allow);
	free(deny);
	if (!may)
		errx(1, "you do not have permission to use this program (see /etc/%s.allow)", name);
}

static void make_folder(const char *path, mode_t mode)
{
	if (make_folders(path, false, 0755, false) < 0 || (mkdir(path, mode) < 0 && errno != EEXIST))
		err(1, "%s", path);
}

void spool_enter(void)
{
	static const char *const names[] = {"crontabs", "atjobs"};
	if (geteuid() != 0 && !secure_getenv("CRON_SPOOL") && seteuid(0) < 0)
		err(1, "cannot get the rights of the spool's owner");
	mode_t mask = umask(022);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *path = spool_path(names[i]);
		make_folder(path, 0700);
		free(path);
	}
	char *mailbox = spool_mailbox("");
	make_folders(mailbox, true, 0755, false);
	free(mailbox);
	umask(mask);
}

void spool_leave(void)
{
	if (geteuid() != getuid() && seteuid(getuid()) < 0)
		err(1, "cannot give up the rights of the spool's owner");
}

bool spool_lock(void)
{
	char *path = spool_path("lock");
	lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0)
		err(1, "%s", path);
	free(path);
	if (flock(lock, LOCK_EX | LOCK_NB) == 0) {
		char *pid = format_text("%d\n", getpid());
		if (ftruncate(lock, 0) < 0 || write_all(lock, pid, strlen(pid)) < 0)
			err(1, "cannot write the lock");
		free(pid);
		return true;
	}
	spool_release();
	return false;
}

void spool_release(void)
{
	close(lock);
	lock = -1;
}

/* A daemon of root's own: nothing of the caller's environment, files or session. */
static noreturn void become_daemon(void)
{
	char *argv[] = {"/bin/crond", "-n", NULL}, *environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	sigset_t none;
	if (fork() != 0)
		_exit(0);
	setsid();
	if (setgroups(0, NULL) < 0 || setgid(0) < 0 || setuid(0) < 0 || chdir("/") < 0)
		_exit(1);
	umask(022);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	int null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	for (int fd = (int)sysconf(_SC_OPEN_MAX) - 1; fd > 2; fd--)
		close(fd);
	execve(argv[0], argv, environment);
	_exit(127);
}

void spool_notify(void)
{
	char *path = spool_path("lock"), *content;
	if (spool_lock()) {
		spool_release();
		if (secure_getenv("CRON_SPOOL"))
			goto done;
		pid_t pid = fork();
		if (pid == 0)
			become_daemon();
		while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	} else if ((content = read_file(path, NULL))) {
		pid_t daemon = (pid_t)atol(content);
		if (daemon > 1)
			kill(daemon, SIGHUP);
		free(content);
	}
done:
	free(path);
}

static bool parse_name(const char *name, struct spool_job *job)
{
	unsigned number;
	unsigned long minute;
	if (strlen(name) != NAME_LENGTH || sscanf(name + 1, "%5x%8lx", &number, &minute) != 2)
		return false;
	*job = (struct spool_job){.number = number, .queue = *name, .when = (time_t)minute * 60};
	return true;
}

static int by_time(const void *left, const void *right)
{
	const struct spool_job *a = left, *b = right;
	return a->when != b->when ? (a->when > b->when) - (a->when < b->when) : (a->number > b->number) - (a->number < b->number);
}

struct spool_job *spool_jobs(size_t *count)
{
	char *path = spool_path("atjobs"), **names = folder_names(path);
	struct spool_job *jobs = NULL, job;
	*count = 0;
	for (char **name = names; name && *name; name++) {
		struct stat about;
		if (!parse_name(*name, &job))
			continue;
		job.path = path_join(path, *name);
		/* Only what these commands wrote: a file with one name that its owner alone may change. */
		if (lstat(job.path, &about) < 0 || !S_ISREG(about.st_mode) || about.st_nlink != 1 || about.st_mode & (S_IWGRP | S_IWOTH)) {
			free(job.path);
			continue;
		}
		job.owner = about.st_uid;
		jobs = reallocate(jobs, (*count + 1) * sizeof *jobs);
		jobs[(*count)++] = job;
	}
	if (names)
		free_names(names);
	free(path);
	if (*count)
		qsort(jobs, *count, sizeof *jobs, by_time);
	return jobs;
}

void spool_free_jobs(struct spool_job *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(jobs[i].path);
	free(jobs);
}

/* Numbers go on from the last one, whoever asks at the same time. */
static unsigned next_number(void)
{
	char *path = spool_path("sequence"), text[16] = "";
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) < 0 || pread(fd, text, sizeof text - 1, 0) < 0)
		err(1, "%s", path);
	unsigned number = (unsigned)strtoul(text, NULL, 10) % MOST_JOBS + 1;
	snprintf(text, sizeof text, "%-8u\n", number);
	if (pwrite(fd, text, strlen(text), 0) < 0)
		err(1, "%s", path);
	close(fd);
	free(path);
	return number;
}

FILE *spool_create_job(char queue, time_t when, struct spool_job *job)
{
	*job = (struct spool_job){.number = next_number(), .queue = queue, .when = when, .owner = getuid()};
	char *name = format_text("atjobs/.%05x", job->number);
	job->path = spool_path(name);
	int fd = open(job->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file || (geteuid() == 0 && fchown(fd, getuid(), getgid()) < 0))
		err(1, "%s", job->path);
	free(name);
	return file;
}

void spool_submit(FILE *file, struct spool_job *job)
{
	char *name = format_text("atjobs/%c%05x%08lx", job->queue, job->number, (unsigned long)(job->when / 60));
	char *path = spool_path(name);
	if (fchmod(fileno(file), 0700) < 0 || fclose(file) || rename(job->path, path) < 0)
		err(1, "%s", path);
	free(name);
	free(job->path);
	job->path = path;
}
