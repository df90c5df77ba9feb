/*
 * pidstat: what tasks use
 * https://man7.org/linux/man-pages/man1/pidstat.1.html
 *
 * Usage: pidstat [-dlrtuw] [-C NAME] [-p PID[,PID]...|ALL|SELF] [INTERVAL [COUNT]]
 *   -C NAME   only commands with this in their name
 *   -d        reads and writes
 *   -l        with arguments
 *   -p PID    these, also if they do nothing
 *   -r        faults and memory
 *   -t        threads, too
 *   -u        processor time (the default)
 *   -w        switches
 */
#include <ctype.h>
#include <dirent.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "sampling.h"
#include "tools.h"

/* What is counted up, and differs between two samples. */
enum counter { USER, SYSTEM, WAIT, MINOR, MAJOR, READ, WRITTEN, CANCELLED, BLOCKED, VOLUNTARY, INVOLUNTARY, COUNTER_COUNT };

struct task {
	int process, thread; /* thread 0: the process as a whole */
	unsigned uid;
	int processor;
	unsigned long long counters[COUNTER_COUNT], size_kb, resident_kb;
	char name[64];
};
struct sample {
	struct task *tasks;
	size_t count, capacity;
	double moment;
};

static bool shows_time, shows_memory, shows_disk, shows_switches, has_threads, has_arguments;
static const char *pids, *pattern;
static double ticks_per_second;

static void read_status(struct task *task, const char *folder)
{
	char *path = format_text("%s/status", folder), *text = read_file(path, NULL);
	static const struct {
		const char *key;
		enum counter counter;
	} keys[] = {{"\nvoluntary_ctxt_switches:", VOLUNTARY}, {"\nnonvoluntary_ctxt_switches:", INVOLUNTARY}};
	for (size_t i = 0; text && i < sizeof keys / sizeof *keys; i++) {
		const char *at = strstr(text, keys[i].key);
		task->counters[keys[i].counter] = at ? strtoull(at + strlen(keys[i].key), NULL, 10) : 0;
	}
	const char *uid = text ? strstr(text, "\nUid:") : NULL;
	task->uid = uid ? (unsigned)strtoul(uid + 5, NULL, 10) : 0;
	free(text);
	free(path);
}

static void read_io(struct task *task, const char *folder)
{
	char *path = format_text("%s/io", folder), *text = read_file(path, NULL);
	static const struct {
		const char *key;
		enum counter counter;
	} keys[] = {{"\nread_bytes:", READ}, {"\nwrite_bytes:", WRITTEN}, {"\ncancelled_write_bytes:", CANCELLED}};
	for (size_t i = 0; text && i < sizeof keys / sizeof *keys; i++) {
		const char *at = strstr(text, keys[i].key);
		task->counters[keys[i].counter] = at ? strtoull(at + strlen(keys[i].key), NULL, 10) : 0;
	}
	free(text);
	free(path);
}

/* Nanoseconds that it waited for a processor. */
static void read_wait(struct task *task, const char *folder)
{
	char *path = format_text("%s/schedstat", folder), *text = read_file(path, NULL);
	if (text && sscanf(text, "%*u %llu", &task->counters[WAIT]) != 1)
		task->counters[WAIT] = 0;
	free(text);
	free(path);
}

static bool read_task(struct task *task, const char *folder)
{
	char *path = format_text("%s/stat", folder), *text = read_file(path, NULL);
	free(path);
	char *start = text ? strchr(text, '(') : NULL, *end = text ? strrchr(text, ')') : NULL;
	if (!start || !end) {
		free(text);
		return false;
	}
	snprintf(task->name, sizeof task->name, "%.*s", (int)(end - start - 1), start + 1);
	unsigned long long size = 0, delay = 0;
	long resident = 0;
	/* proc_pid_stat(5): minflt is field 10, processor 39, delayacct_blkio_ticks 42. */
	sscanf(end + 2, "%*c %*d %*d %*d %*d %*d %*u %llu %*u %llu %*u %llu %llu %*d %*d %*d %*d %*d %*d %*u %llu %ld %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*d %d %*u %*u %llu",
	       &task->counters[MINOR], &task->counters[MAJOR], &task->counters[USER], &task->counters[SYSTEM], &size, &resident, &task->processor, &delay);
	task->size_kb = size / 1024;
	task->resident_kb = (unsigned long long)resident * (unsigned long long)sysconf(_SC_PAGESIZE) / 1024;
	task->counters[BLOCKED] = delay;
	free(text);
	read_status(task, folder);
	read_wait(task, folder);
	if (shows_disk)
		read_io(task, folder);
	return true;
}

static void add_task(struct sample *sample, int process, int thread, const char *folder)
{
	struct task task = {.process = process, .thread = thread};
	if (!read_task(&task, folder) || (pattern && !strstr(task.name, pattern)))
		return;
	if (sample->count == sample->capacity) {
		sample->capacity = sample->capacity * 2 + 64;
		sample->tasks = reallocate(sample->tasks, sample->capacity * sizeof *sample->tasks);
	}
	sample->tasks[sample->count++] = task;
}

static bool is_chosen(int pid)
{
	if (!pids || !strcmp(pids, "ALL"))
		return true;
	char *copy = duplicate(pids), *rest = copy;
	bool is_found = false;
	for (char *word; (word = strsep(&rest, ","));)
		is_found |= !strcmp(word, "SELF") ? pid == getpid() : atoi(word) == pid;
	free(copy);
	return is_found;
}

static int by_number(const void *a, const void *b)
{
	return atoi(*(char *const *)a) - atoi(*(char *const *)b);
}

/* The names in a folder that are numbers, in their order. */
static char **numbers_in(const char *folder)
{
	char **names = folder_names(folder);
	size_t count = 0;
	for (char **name = names; name && *name; name++)
		if (isdigit((unsigned char)**name))
			names[count++] = *name;
	if (names)
		names[count] = NULL;
	if (count)
		qsort(names, count, sizeof *names, by_number);
	return names;
}

static void take(struct sample *sample)
{
	char **processes = numbers_in("/proc");
	sample->count = 0;
	for (char **process = processes; process && *process; process++) {
		int pid = atoi(*process);
		if (!is_chosen(pid))
			continue;
		char *folder = format_text("/proc/%d", pid);
		add_task(sample, pid, 0, folder);
		char *threads = format_text("%s/task", folder), **names = has_threads ? numbers_in(threads) : NULL;
		for (char **name = names; name && *name; name++) {
			char *path = path_join(threads, *name);
			add_task(sample, pid, atoi(*name), path);
			free(path);
		}
		free(threads);
		free(folder);
	}
	sample->moment = sampling_now();
}

static const struct task *find_task(const struct sample *sample, const struct task *task)
{
	for (size_t i = 0; i < sample->count; i++)
		if (sample->tasks[i].process == task->process && sample->tasks[i].thread == task->thread)
			return &sample->tasks[i];
	return NULL;
}

static void print_name(const struct task *task)
{
	char *path = format_text("/proc/%d/cmdline", task->process), *line = NULL;
	size_t length = 0;
	if (has_arguments && (line = read_file(path, &length)))
		for (size_t i = 0; i + 1 < length; i++)
			line[i] = line[i] ? line[i] : ' ';
	printf("  %s%s\n", task->thread ? "|__" : "", line && *line ? line : task->name);
	free(line);
	free(path);
}

static void print_ids(const char *label, const struct task *task)
{
	printf("%-8s     %4u", label, task->uid);
	if (!has_threads)
		printf(" %9d", task->process);
	else if (task->thread)
		printf(" %9s %9d", "-", task->thread);
	else
		printf(" %9d %9s", task->process, "-");
}

static void print_header(const char *label, const char *columns)
{
	printf("%-8s      UID%s%s  Command\n", label, has_threads ? "      TGID       TID" : "       PID", columns);
}

struct report {
	const char *columns;
	/* The counters of which one must have moved for a task to be shown. */
	enum counter first, last;
	void (*print)(const struct task *task, const double *delta, double seconds);
};

static void print_time(const struct task *task, const double *delta, double seconds)
{
	double user = delta[USER] * 100 / ticks_per_second / seconds, system = delta[SYSTEM] * 100 / ticks_per_second / seconds;
	printf(" %7.2f %7.2f %7.2f %7.2f %7.2f   %3d", user, system, 0.0, delta[WAIT] / 1e7 / seconds, user + system, task->processor);
}

static void print_memory(const struct task *task, const double *delta, double seconds)
{
	struct sysinfo memory;
	sysinfo(&memory);
	printf(" %9.2f %9.2f %7llu %7llu %6.2f", delta[MINOR] / seconds, delta[MAJOR] / seconds, task->size_kb, task->resident_kb,
	       (double)task->resident_kb * 1024 * 100 / ((double)memory.totalram * memory.mem_unit));
}

static void print_disk(const struct task *task, const double *delta, double seconds)
{
	(void)task;
	printf(" %9.2f %9.2f %9.2f %7.0f", delta[READ] / 1024 / seconds, delta[WRITTEN] / 1024 / seconds, delta[CANCELLED] / 1024 / seconds, delta[BLOCKED]);
}

static void print_switches(const struct task *task, const double *delta, double seconds)
{
	(void)task;
	printf(" %9.2f %9.2f", delta[VOLUNTARY] / seconds, delta[INVOLUNTARY] / seconds);
}

static const struct report TIME = {"    %usr %system  %guest   %wait    %CPU   CPU", USER, SYSTEM, print_time}, MEMORY = {"  minflt/s  majflt/s     VSZ     RSS   %MEM", MINOR, MAJOR, print_memory},
			   DISK = {"   kB_rd/s   kB_wr/s kB_ccwr/s iodelay", READ, BLOCKED, print_disk}, SWITCHES = {"   cswch/s nvcswch/s", VOLUNTARY, INVOLUNTARY, print_switches};

static void print_report(const struct report *report, const char *label, const struct sample *now, const struct sample *before)
{
	double seconds = now->moment - before->moment;
	print_header(label, report->columns);
	for (size_t i = 0; i < now->count; i++) {
		const struct task *task = &now->tasks[i], *old = find_task(before, task);
		double delta[COUNTER_COUNT];
		bool has_moved = pids && strcmp(pids, "ALL");
		for (int counter = 0; counter < COUNTER_COUNT; counter++) {
			delta[counter] = (double)task->counters[counter] - (old ? (double)old->counters[counter] : 0);
			has_moved |= counter >= (int)report->first && counter <= (int)report->last && delta[counter] > 0;
		}
		if (!has_moved)
			continue;
		print_ids(label, task);
		report->print(task, delta, seconds > 0 ? seconds : 1);
		print_name(task);
	}
	putchar('\n');
}

static void print_all(const char *label, const struct sample *now, const struct sample *before)
{
	if (shows_time)
		print_report(&TIME, label, now, before);
	if (shows_memory)
		print_report(&MEMORY, label, now, before);
	if (shows_disk)
		print_report(&DISK, label, now, before);
	if (shows_switches)
		print_report(&SWITCHES, label, now, before);
}

static void print_now(const struct sample *now, const struct sample *before)
{
	char label[16];
	time_t moment = time(NULL);
	strftime(label, sizeof label, "%H:%M:%S", localtime(&moment));
	print_all(label, now, before);
}

int main(int argc, char **argv)
{
	for (int option; (option = next_option(argc, argv, "+C:dlp:rtuw")) != -1;) {
		switch (option) {
		case 'C': pattern = optarg; break;
		case 'd': shows_disk = true; break;
		case 'l': has_arguments = true; break;
		case 'p': pids = optarg; break;
		case 'r': shows_memory = true; break;
		case 't': has_threads = true; break;
		case 'u': shows_time = true; break;
		default: shows_switches = true;
		}
	}
	shows_time |= !shows_memory && !shows_disk && !shows_switches;
	struct sampling sampling = sampling_parse(argv + optind);
	ticks_per_second = (double)sysconf(_SC_CLK_TCK);
	struct sample first = {0}, samples[2] = {0};
	long done = 0;
	print_system_line();
	if (!sampling.interval) {
		take(&samples[0]);
		struct sysinfo system;
		sysinfo(&system);
		first.moment = samples[0].moment - (double)system.uptime;
		print_now(&samples[0], &first);
		return 0;
	}
	take(&first);
	take(&samples[0]);
	int at = 1;
	for (; sampling_wait(&sampling, done); at = !at) {
		take(&samples[at]);
		print_now(&samples[at], &samples[!at]);
		done++;
	}
	if (done > 1)
		print_all("Average:", &samples[!at], &first);
	return 0;
}
