/* Processes as /proc shows them, see proc(5). */
#include "process.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "files.h"
#include "tools.h"

char *proc_file(pid_t pid, const char *name, size_t *length)
{
	char path[96];
	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	return read_file(path, length);
}

/* /proc/<pid>/stat: the name is in the last pair of parentheses. */
static bool parse_stat(char *text, struct process *process)
{
	char *open = strchr(text, '('), *close = strrchr(text, ')');
	if (!open || !close)
		return false;
	size_t length = (size_t)(close - open - 1);
	if (length >= sizeof process->name)
		length = sizeof process->name - 1;
	memcpy(process->name, open + 1, length);
	process->name[length] = 0;
	long rss = 0;
	int fields = sscanf(close + 1,
		" %c %d %d %d %d %d %u %llu %*u %llu %*u %llu %llu %*d %*d %ld %ld %ld %*d %llu %llu %ld"
		" %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*d %d %d %d",
		&process->state, &process->parent, &process->group, &process->session, &process->terminal,
		&process->terminal_group, &process->flags, &process->minor_faults, &process->major_faults,
		&process->user_ticks, &process->system_ticks, &process->priority, &process->nice, &process->threads,
		&process->start_ticks, &process->virtual_bytes, &rss, &process->processor,
		&process->real_time_priority, &process->policy);
	process->resident = (unsigned long long)rss * (unsigned long long)sysconf(_SC_PAGESIZE) / 1024;
	return fields >= 17;
}

static void parse_status(const char *text, struct process *process)
{
	unsigned long long value;
	for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		if (sscanf(line, "Uid: %u %u", &process->user, &process->effective_user) == 2 ||
		    sscanf(line, "Gid: %u %u", &process->group_id, &process->effective_group) == 2)
			continue;
		if (sscanf(line, "VmLck: %llu", &value) == 1)
			process->locked = value;
		if (sscanf(line, "RssFile: %llu", &value) == 1 || sscanf(line, "RssShmem: %llu", &value) == 1)
			process->shared += value;
	}
}

static char *arguments_of(pid_t pid)
{
	size_t length;
	char *text = proc_file(pid, "cmdline", &length);
	while (text && length && !text[length - 1])
		length--;
	if (!text || !length) {
		free(text);
		return NULL;
	}
	for (size_t i = 0; i < length; i++)
		if (!text[i])
			text[i] = ' ';
		else if (iscntrl((unsigned char)text[i]))
			text[i] = '?';
	text[length] = 0;
	return text;
}

static bool read_task(pid_t pid, const char *folder, struct process *process)
{
	char name[64];
	*process = (struct process){.pid = pid, .thread = pid};
	snprintf(name, sizeof name, "%sstat", folder);
	char *text = proc_file(pid, name, NULL);
	bool found = text && parse_stat(text, process);
	free(text);
	if (!found)
		return false;
	snprintf(name, sizeof name, "%sstatus", folder);
	text = proc_file(pid, name, NULL);
	if (text)
		parse_status(text, process);
	free(text);
	process->arguments = arguments_of(pid);
	return true;
}

bool process_read(pid_t pid, struct process *process)
{
	return read_task(pid, "", process);
}

bool process_read_thread(pid_t pid, pid_t thread, struct process *process)
{
	char folder[32];
	snprintf(folder, sizeof folder, "task/%d/", (int)thread);
	bool found = read_task(pid, folder, process);
	process->thread = thread;
	return found;
}

void process_free(struct process *process)
{
	free(process->arguments);
	free(process->wait_channel);
}

static int by_number(const void *a, const void *b)
{
	const struct process *x = a, *y = b;
	return x->pid != y->pid ? (x->pid < y->pid ? -1 : 1) : (x->thread > y->thread) - (x->thread < y->thread);
}

static void add(struct process_list *list, size_t *capacity, const struct process *process)
{
	if (list->count == *capacity)
		list->items = reallocate(list->items, (*capacity = *capacity * 2 + 64) * sizeof *list->items);
	list->items[list->count++] = *process;
}

static void add_threads(struct process_list *list, size_t *capacity, pid_t pid)
{
	char *path = format_text("/proc/%d/task", (int)pid);
	DIR *folder = opendir(path);
	free(path);
	struct process process;
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (isdigit((unsigned char)entry->d_name[0]) && process_read_thread(pid, atoi(entry->d_name), &process))
			add(list, capacity, &process);
	if (folder)
		closedir(folder);
}

struct process_list process_list(bool threads)
{
	struct process_list list = {0};
	size_t capacity = 0;
	DIR *folder = opendir("/proc");
	if (!folder)
		err(1, "cannot open /proc");
	for (struct dirent *entry; (entry = readdir(folder));) {
		struct process process;
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		if (threads)
			add_threads(&list, &capacity, atoi(entry->d_name));
		else if (process_read(atoi(entry->d_name), &process))
			add(&list, &capacity, &process);
	}
	closedir(folder);
	qsort(list.items, list.count, sizeof *list.items, by_number);
	return list;
}

void process_list_free(struct process_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		process_free(&list->items[i]);
	free(list->items);
	*list = (struct process_list){0};
}

char *process_command(const struct process *process)
{
	if (process->state == 'Z')
		return format_text("[%s] <defunct>", process->name);
	return process->arguments ? duplicate(process->arguments) : format_text("[%s]", process->name);
}

/* Device numbers are those of Linux's devices.txt: 4 tty and ttyS, 5 console, 136-143 pts. */
const char *process_terminal(int device)
{
	static char name[32];
	unsigned high = major((unsigned)device), low = minor((unsigned)device);
	if (!device)
		return "?";
	if (high >= 136 && high <= 143)
		snprintf(name, sizeof name, "pts/%u", low + (high - 136) * 256);
	else if (high == 4 && low < 64)
		snprintf(name, sizeof name, "tty%u", low);
	else if (high == 4)
		snprintf(name, sizeof name, "ttyS%u", low - 64);
	else if (high == 5 && low == 1)
		return "console";
	else if (high == 229)
		snprintf(name, sizeof name, "hvc%u", low);
	else
		return "?";
	return name;
}
