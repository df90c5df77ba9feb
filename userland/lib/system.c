/* Counters of the whole system: /proc/meminfo, stat, uptime, loadavg. */
#include "system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "files.h"
#include "process.h"
#include "tools.h"

static char *read_proc(const char *path)
{
	char *text = read_file(path, NULL);
	if (!text)
		err(1, "%s", path);
	return text;
}

void read_memory(struct memory_counters *counters)
{
	const struct {
		const char *name;
		unsigned long long *value;
	} fields[] = {{"MemTotal:", &counters->total}, {"MemFree:", &counters->free}, {"MemAvailable:", &counters->available},
		{"Buffers:", &counters->buffers}, {"Cached:", &counters->cached}, {"SReclaimable:", &counters->reclaimable}, {"Active:", &counters->active}, {"Inactive:", &counters->inactive},
		{"Shmem:", &counters->shared}, {"SwapTotal:", &counters->swap_total}, {"SwapFree:", &counters->swap_free}};
	char *text = read_proc("/proc/meminfo");
	*counters = (struct memory_counters){0};
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
			if (!strncmp(line, fields[i].name, strlen(fields[i].name)))
				*fields[i].value = strtoull(line + strlen(fields[i].name), NULL, 10);
	free(text);
}

void read_cpu(struct cpu_counters *counters)
{
	char *text = read_proc("/proc/stat");
	*counters = (struct cpu_counters){0};
	sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &counters->user, &counters->nice, &counters->system,
		&counters->idle, &counters->wait, &counters->interrupt, &counters->soft_interrupt, &counters->stolen);
	free(text);
}

unsigned long long read_stat(const char *name)
{
	char *text = read_proc("/proc/stat");
	unsigned long long value = 0;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ' ')
			value = strtoull(line + strlen(name), NULL, 10);
	free(text);
	return value;
}

double read_uptime(void)
{
	char *text = read_proc("/proc/uptime");
	double seconds = strtod(text, NULL);
	free(text);
	return seconds;
}

/* Sessions on a terminal: there is no utmp, so their leaders are counted. */
static int count_users(void)
{
	struct process_list list = process_list(false);
	int users = 0;
	for (size_t i = 0; i < list.count; i++)
		users += list.items[i].terminal && list.items[i].pid == list.items[i].session;
	process_list_free(&list);
	return users;
}

char *uptime_line(void)
{
	struct text line = {0};
	char clock[16];
	time_t now = time(NULL);
	struct tm local;
	localtime_r(&now, &local);
	strftime(clock, sizeof clock, "%H:%M:%S", &local);
	long minutes = (long)read_uptime() / 60, hours = minutes / 60 % 24, days = minutes / 1440;
	text_format(&line, "%s up ", clock);
	if (days)
		text_format(&line, "%ld day%s, ", days, days == 1 ? "" : "s");
	if (hours)
		text_format(&line, "%2ld:%02ld, ", hours, minutes % 60);
	else
		text_format(&line, "%ld min, ", minutes % 60);
	int users = count_users();
	text_format(&line, "%2d user%s,  load average: ", users, users == 1 ? "" : "s");
	char *loads = read_proc("/proc/loadavg");
	double one = 0, five = 0, fifteen = 0;
	sscanf(loads, "%lf %lf %lf", &one, &five, &fifteen);
	free(loads);
	text_format(&line, "%.2f, %.2f, %.2f", one, five, fifteen);
	return line.data;
}
