/* jobs, fg, bg, wait and kill of the shell, and what it tells of jobs before a prompt. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "jobs.h"

/* %+ or (`previous`) %-: a stopped job before a running one, the latest first. */
static struct job *current_job(bool previous)
{
	struct job *first = NULL, *second = NULL;
	for (struct job *job = jobs; job; job = job->next) {
		if (!job->number)
			continue;
		long weight = job->sequence + (job_state(job) == STOPPED ? 1L << 30 : 0);
		long first_weight =
			first ? first->sequence + (job_state(first) == STOPPED ? 1L << 30 : 0) : 0;
		long second_weight =
			second ? second->sequence + (job_state(second) == STOPPED ? 1L << 30 : 0) : 0;
		if (weight > first_weight) {
			second = first;
			first = job;
		} else if (weight > second_weight) {
			second = job;
		}
	}
	return previous ? second : first;
}

void print_job(const struct job *job, FILE *file, bool with_pids)
{
	enum state state = job_state(job);
	char mark = job == current_job(false) ? '+' : job == current_job(true) ? '-' : ' ';
	int status = job->count ? job->processes[job->count - 1].status : 0;
	char what[48];
	if (state == RUNNING)
		snprintf(what, sizeof what, "Running");
	else if (state == STOPPED)
		snprintf(what, sizeof what, "Stopped");
	else if (WIFSIGNALED(status))
		snprintf(what, sizeof what, "%s", strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		snprintf(what, sizeof what, "Exit %d", WEXITSTATUS(status));
	else
		snprintf(what, sizeof what, "Done");
	fprintf(file, "[%d]%c ", job->number, mark);
	if (with_pids)
		fprintf(file, "%d ", (int)job->group);
	fprintf(file, " %-23s %s%s\n", what, job->text,
			state == RUNNING && job->background ? " &" : "");
}

void report_jobs(void)
{
	reap_children();
	for (struct job *job = jobs, *next; job; job = next) {
		next = job->next;
		if (!job->number || !job->changed)
			continue;
		job->changed = false;
		if (job_state(job) != RUNNING)
			print_job(job, stderr, false);
		if (job_state(job) == DONE)
			remove_job(job);
	}
}

bool has_stopped_jobs(void)
{
	for (struct job *job = jobs; job; job = job->next)
		if (job_state(job) == STOPPED)
			return true;
	return false;
}

int job_count(void)
{
	int count = 0;
	for (struct job *job = jobs; job; job = job->next)
		count += job->number != 0;
	return count;
}

/* The job that a job id or (without %) a process id names; null if there is none. */
static struct job *find_job(const char *word)
{
	if (*word != '%') {
		for (struct job *job = jobs; job; job = job->next)
			for (int i = 0; i < job->count; i++)
				if (job->processes[i].pid == atoi(word))
					return job;
		return NULL;
	}
	word++;
	if (!*word || !strcmp(word, "%") || !strcmp(word, "+"))
		return current_job(false);
	if (!strcmp(word, "-"))
		return current_job(true);
	for (struct job *job = jobs; job; job = job->next) {
		bool is_number = !word[strspn(word, "0123456789")];
		if (!job->number)
			continue;
		if (is_number ? job->number == atoi(word)
		    : *word == '?' ? strstr(job->text, word + 1) != NULL
		                   : !strncmp(job->text, word, strlen(word)))
			return job;
	}
	return NULL;
}

static int compare_jobs(const void *left, const void *right)
{
	return (*(struct job *const *)left)->number - (*(struct job *const *)right)->number;
}

int builtin_jobs(int argc, char **argv)
{
	bool with_pids = false, only_groups = false;
	int first = 1, status = 0;
	for (; first < argc && argv[first][0] == '-' && argv[first][1]; first++) {
		with_pids |= strchr(argv[first], 'l') != NULL;
		only_groups |= strchr(argv[first], 'p') != NULL;
	}
	reap_children();
	struct words list = {0};
	if (first == argc) {
		for (struct job *job = jobs; job; job = job->next)
			if (job->number)
				add_word(&list, (char *)job);
		if (list.count)
			qsort(list.items, (size_t)list.count, sizeof(char *), compare_jobs);
	}
	for (; first < argc; first++) {
		struct job *job = find_job(argv[first]);
		if (job) {
			add_word(&list, (char *)job);
			continue;
		}
		shell_warning("jobs: %s: no such job", argv[first]);
		status = 1;
	}
	for (int i = 0; i < list.count; i++) {
		struct job *job = (struct job *)list.items[i];
		if (only_groups)
			printf("%d\n", (int)job->group);
		else
			print_job(job, stdout, with_pids);
		job->changed = false;
		if (job_state(job) == DONE && shell.interactive)
			remove_job(job);
	}
	return status;
}

static struct job *job_to_continue(const char *command, const char *word)
{
	struct job *job = word ? find_job(word) : current_job(false);
	if (!job_control)
		shell_warning("%s: no job control", command);
	else if (!job || !job->number || job_state(job) == DONE)
		shell_warning("%s: %s: no such job", command, word ? word : "current");
	else
		return job;
	return NULL;
}

int builtin_fg(int argc, char **argv)
{
	struct job *job = job_to_continue("fg", argc > 1 ? argv[1] : NULL);
	if (!job)
		return 1;
	puts(job->text);
	fflush(stdout);
	job->background = false;
	return continue_job(job, true);
}

int builtin_bg(int argc, char **argv)
{
	int status = 0;
	for (int i = 1; i == 1 || i < argc; i++) {
		struct job *job = job_to_continue("bg", i < argc ? argv[i] : NULL);
		if (!job) {
			status = 1;
			continue;
		}
		job->background = true;
		continue_job(job, false);
		printf("[%d] %s &\n", job->number, job->text);
	}
	return status;
}

static void on_child(int number)
{
	(void)number;
}

/* Sleeps until a child changes or a trapped signal comes; that signal's status, else 0. */
static int wait_for_change(void)
{
	sigset_t mask, during;
	struct sigaction action = {.sa_handler = on_child}, old;
	int status = 0;
	block_traps(true, &mask);
	sigaction(SIGCHLD, NULL, &old);
	if (old.sa_handler == SIG_DFL)
		sigaction(SIGCHLD, &action, NULL);
	during = mask;
	sigdelset(&during, SIGCHLD);
	if (!reap_one(false) && errno != ECHILD && !pending_trap() && !interrupted)
		sigsuspend(&during);
	if (old.sa_handler == SIG_DFL)
		sigaction(SIGCHLD, &old, NULL);
	block_traps(false, &mask);
	if (pending_trap() && pending_trap() != SIGCHLD)
		status = 128 + pending_trap();
	check_interrupt();
	return status;
}

/* Waits for one job, or for all (null). *status is its own, or 128 + the signal that ended the
 * wait. */
static bool wait_until_done(struct job *job, int *status)
{
	for (;;) {
		bool running = false;
		reap_children();
		for (struct job *other = jobs; other; other = other->next)
			running |= (!job || other == job) && other->background && job_state(other) == RUNNING;
		if (job)
			running = job_state(job) == RUNNING;
		if (!running) {
			*status = job ? job_status(job) : 0;
			return true;
		}
		*status = wait_for_change();
		if (*status)
			return false;
	}
}

/* It was waited for: a person is told how it ended, as bash does. */
static void finish_job(struct job *job)
{
	if (job_control && job->number)
		print_job(job, stderr, false);
	remove_job(job);
}

static int wait_for_all(void)
{
	int status;
	if (!wait_until_done(NULL, &status))
		return status;
	for (struct job *job = jobs, *next; job; job = next) {
		next = job->next;
		if (job->background && job_state(job) == DONE)
			finish_job(job);
	}
	return 0;
}

int builtin_wait(int argc, char **argv)
{
	int status = 0, first = argc > 1 && !strcmp(argv[1], "--") ? 2 : 1;
	if (first >= argc)
		return wait_for_all();
	for (; first < argc; first++) {
		const char *digits = argv[first] + (*argv[first] == '%');
		struct job *job = find_job(argv[first]);
		if (!job) {
			if (digits == argv[first] && (!*digits || digits[strspn(digits, "0123456789")])) {
				shell_warning("wait: %s: not a process id or job", argv[first]);
				status = 2;
			} else {
				status = 127;
			}
			continue;
		}
		if (!wait_until_done(job, &status))
			return status;
		if (job_state(job) == DONE)
			finish_job(job);
	}
	return status;
}

static long job_group(const char *word)
{
	struct job *job = find_job(word);
	if (!job)
		return 0;
	return job_control ? -(long)job->group : (long)job->group;
}

/* A stopped job hears a signal that ends it only when it runs: it is continued, as bash does. */
static void wake_stopped(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct job *job = *argv[i] == '%' ? find_job(argv[i]) : NULL;
		if (job && job_state(job) == STOPPED)
			kill(-job->group, SIGCONT);
	}
}

int builtin_kill(int argc, char **argv)
{
	const char *option = argc > 1 && argv[1][0] == '-' ? argv[1] + 1 : "TERM";
	const char *name = !strcmp(option, "s") && argc > 2 ? argv[2] : option;
	int number = signal_number(name), status = kill_command(argc, argv, job_group);
	if (job_control && (number == SIGTERM || number == SIGHUP))
		wake_stopped(argc, argv);
	if (job_control)
		reap_children();
	return status;
}
