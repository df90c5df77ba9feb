/* What top shows: counters of /proc and their changes, and its picture. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "owner.h"
#include "top.h"

struct top_options top_flag = {.order = 'P'};

/* Of the last two samples; the older one is only looked up by process number. */
static struct {
	struct process_list list;
	struct cpu_counters cpu;
	double moment;
} now, before;

static struct top_row *rows;
static size_t row_count;
static struct memory_counters memory;
static int states[128];

static double clock_now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static unsigned long long ticks_of(const struct process *process)
{
	return process->user_ticks + process->system_ticks;
}

/* Ticks that a process had used at the last sample; 0 if it was not there. */
static unsigned long long ticks_before(const struct process *process)
{
	size_t low = 0, high = before.list.count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct process *other = &before.list.items[middle];
		if (other->pid < process->pid || (other->pid == process->pid && other->thread < process->thread))
			low = middle + 1;
		else
			high = middle;
	}
	const struct process *found = &before.list.items[low];
	if (low == before.list.count || found->pid != process->pid || found->thread != process->thread || found->start_ticks != process->start_ticks)
		return 0;
	return ticks_of(found);
}

static int compare(const void *left, const void *right)
{
	const struct top_row *a = left, *b = right;
	double x, y;
	switch (top_flag.order) {
	case 'M': x = (double)a->process.resident, y = (double)b->process.resident; break;
	case 'T': x = (double)ticks_of(&a->process), y = (double)ticks_of(&b->process); break;
	case 'N': x = a->process.thread, y = b->process.thread; break;
	default: x = a->cpu, y = b->cpu;
	}
	int order = x > y ? -1 : x < y;
	if (!order)
		order = a->process.thread < b->process.thread ? -1 : 1;
	return top_flag.reverse ? -order : order;
}

static bool is_wanted(const struct process *process)
{
	char number[16];
	snprintf(number, sizeof number, "%d", (int)process->pid);
	if (top_flag.user && strcmp(user_name(process->effective_user), top_flag.user))
		return false;
	for (const char *at = top_flag.pids; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (strcspn(at, ",") == strlen(number) && !strncmp(at, number, strlen(number)))
			return true;
	return !top_flag.pids;
}

void top_sample(void)
{
	process_list_free(&before.list);
	before = now;
	now.list = process_list(top_flag.threads);
	now.moment = clock_now();
	read_cpu(&now.cpu);
	read_memory(&memory);
	double hertz = (double)sysconf(_SC_CLK_TCK);
	double elapsed = before.moment > 0 ? now.moment - before.moment : read_uptime();
	rows = reallocate(rows, (now.list.count + 1) * sizeof *rows);
	row_count = 0;
	memset(states, 0, sizeof states);
	for (size_t i = 0; i < now.list.count; i++) {
		const struct process *process = &now.list.items[i];
		states[(unsigned char)process->state & 127]++;
		unsigned long long used = ticks_of(process), earlier = ticks_before(process);
		used = used > earlier ? used - earlier : 0;
		double cpu = elapsed > 0 ? (double)used / hertz / elapsed * 100 : 0;
		if (!is_wanted(process) || (top_flag.no_idle && used == 0))
			continue;
		rows[row_count++] = (struct top_row){*process, cpu, memory.total ? (double)process->resident * 100 / (double)memory.total : 0};
	}
	qsort(rows, row_count, sizeof *rows, compare);
}

/* Adds a line, cut to the width or filled up to it on a screen. */
static void add_line(struct text *picture, const char *line, int columns, bool screen, const char *style)
{
	if (screen && style)
		text_string(picture, style);
	size_t length = strlen(line), size;
	int used = 0;
	for (size_t at = 0; at < length; at += size) {
		int width = utf8_columns(utf8_decode(line + at, length - at, &size));
		if (columns && used + width > columns)
			break;
		text_add(picture, line + at, size);
		used += width;
	}
	if (screen && style)
		text_format(picture, "%*s\033[0m", columns - used, "");
	/* After the last column an erasure would take its character. */
	bool full = used == columns || (style && screen);
	text_string(picture, !screen ? "\n" : full ? "\r\n" : "\033[K\r\n");
}

static void add_tasks(struct text *line)
{
	int sleeping = states['S'] + states['D'] + states['I'], stopped = states['T'] + states['t'];
	text_format(line, "%s: %3zu total, %3d running, %3d sleeping, %3d stopped, %3d zombie", top_flag.threads ? "Threads" : "Tasks",
		now.list.count, states['R'], sleeping, stopped, states['Z']);
}

static void add_cpu(struct text *line)
{
	static const char *const names[] = {"us", "sy", "ni", "id", "wa", "hi", "si", "st"};
	const struct cpu_counters *a = &before.cpu, *b = &now.cpu;
	unsigned long long parts[] = {b->user - a->user, b->system - a->system, b->nice - a->nice, b->idle - a->idle, b->wait - a->wait,
		b->interrupt - a->interrupt, b->soft_interrupt - a->soft_interrupt, b->stolen - a->stolen};
	unsigned long long total = 0;
	for (size_t i = 0; i < 8; i++) {
		if (parts[i] > 1ULL << 62) /* a counter of idle time may go back a little */
			parts[i] = 0;
		total += parts[i];
	}
	text_string(line, "%Cpu(s):");
	for (size_t i = 0; i < 8; i++)
		text_format(line, "%s%4.1f %s", i ? (parts[i] == total && total ? "," : ", ") : parts[i] == total && total ? "" : " ", total ? (double)parts[i] * 100 / (double)total : 0, names[i]);
}

static void add_memory(struct text *line, bool swap)
{
	double unit = 1024;
	double cache = (double)(memory.buffers + memory.cached + memory.reclaimable);
	if (swap)
		text_format(line, "MiB Swap:%9.1f total,%9.1f free,%9.1f used.%9.1f avail Mem", (double)memory.swap_total / unit,
			(double)memory.swap_free / unit, (double)(memory.swap_total - memory.swap_free) / unit, (double)memory.available / unit);
	else
		text_format(line, "MiB Mem :%9.1f total,%9.1f free,%9.1f used,%9.1f buff/cache", (double)memory.total / unit, (double)memory.free / unit,
			((double)memory.total - (double)memory.free - cache) / unit, cache / unit);
}

/* KiB in at most `width` characters, in a greater unit if need be. */
static const char *scaled(unsigned long long kilobytes, int width, char buffer[24])
{
	static const char units[] = "mgtp";
	double value = (double)kilobytes;
	if (snprintf(buffer, 24, "%llu", kilobytes) <= width)
		return buffer;
	for (const char *unit = units; *unit; unit++) {
		value /= 1024;
		if (snprintf(buffer, 24, "%.1f%c", value, *unit) <= width)
			return buffer;
	}
	return buffer;
}

static void add_row(struct text *line, const struct top_row *row)
{
	const struct process *p = &row->process;
	char virtual[24], resident[24], shared[24], priority[16], user[16];
	unsigned long long ticks = ticks_of(p), hertz = (unsigned long long)sysconf(_SC_CLK_TCK), seconds = ticks / hertz;
	snprintf(priority, sizeof priority, p->priority < -99 ? "rt" : "%ld", p->priority);
	snprintf(user, sizeof user, strlen(user_name(p->effective_user)) > 8 ? "%.7s+" : "%.8s", user_name(p->effective_user));
	text_format(line, "%7d %-8s %3s %3ld %7s %6s %6s %c %5.1f %5.1f %3llu:%02llu.%02llu ", (int)p->thread, user, priority, p->nice,
		scaled(p->virtual_bytes / 1024, 7, virtual), scaled(p->resident, 6, resident), scaled(p->shared, 6, shared), p->state, row->cpu,
		row->memory, seconds / 60, seconds % 60, ticks % hertz * 100 / hertz);
	char *command = top_flag.commands ? process_command(p) : duplicate(p->name);
	text_string(line, command);
	free(command);
}

struct text top_draw(int columns, int height, bool screen, const char *message)
{
	struct text picture = {0}, line = {0};
	char *up = uptime_line();
	if (screen)
		text_string(&picture, "\033[H");
	text_format(&line, "top - %s", up);
	free(up);
	add_line(&picture, line.data, columns, screen, NULL);
	for (int i = 0; i < 4; i++) {
		text_clear(&line);
		if (i == 0)
			add_tasks(&line);
		else if (i == 1)
			add_cpu(&line);
		else
			add_memory(&line, i == 3);
		add_line(&picture, line.data, columns, screen, NULL);
	}
	add_line(&picture, message ? message : "", columns, screen, NULL);
	add_line(&picture, "    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND", columns, screen, "\033[7m");
	int room = height ? height - 7 : 1 << 30;
	if (top_flag.limit && room > top_flag.limit)
		room = top_flag.limit;
	for (size_t i = (size_t)top_flag.scroll; i < row_count && room > 0; i++, room--) {
		text_clear(&line);
		add_row(&line, &rows[i]);
		add_line(&picture, line.data, columns, screen, screen && rows[i].process.state == 'R' ? "\033[1m" : NULL);
	}
	if (screen) {
		picture.length -= 2; /* no newline that would scroll */
		text_string(&picture, "\033[J");
	}
	text_free(&line);
	return picture;
}
