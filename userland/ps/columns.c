/* Columns of ps: names, widths and contents as procps-ng prints them; see ps(1) "Standard format specifiers". */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "numbers.h"
#include "owner.h"
#include "ps.h"
#include "system.h"
#include "tools.h"

struct ps_context ps_context;

enum { ID = -1 }; /* width ID: that of the greatest process number */

static long long seconds_of(const struct process *p)
{
	return (long long)(p->user_ticks + p->system_ticks) / ps_context.ticks;
}

static long long elapsed_of(const struct process *p)
{
	long long elapsed = (long long)ps_context.uptime - (long long)p->start_ticks / ps_context.ticks;
	return elapsed < 0 ? 0 : elapsed;
}

static long long cpu_of(const struct process *p) /* tenths of a percent */
{
	double alive = ps_context.uptime - (double)p->start_ticks / (double)ps_context.ticks;
	return alive > 0 ? (long long)((double)(p->user_ticks + p->system_ticks) * 1000 / (double)ps_context.ticks / alive) : 0;
}

static long long memory_of(const struct process *p) /* tenths of a percent */
{
	return ps_context.memory ? (long long)(p->resident * 1000 / ps_context.memory) : 0;
}

static long long start_of(const struct process *p)
{
	return ps_context.boot + (long long)p->start_ticks / ps_context.ticks;
}

#define NUMBER(function, expression) \
	static long long function(const struct process *p) \
	{ \
		return (long long)(expression); \
	}
NUMBER(pid_of, p->pid)
NUMBER(parent_of, p->parent)
NUMBER(group_of, p->group)
NUMBER(session_of, p->session)
NUMBER(terminal_group_of, p->terminal_group)
NUMBER(thread_of, p->thread)
NUMBER(threads_of, p->threads)
NUMBER(uid_of, p->effective_user)
NUMBER(ruid_of, p->user)
NUMBER(gid_of, p->effective_group)
NUMBER(nice_of, p->nice)
NUMBER(priority_of, 39 - p->priority)
NUMBER(old_priority_of, p->priority + 60)
NUMBER(plain_priority_of, p->priority)
NUMBER(virtual_of, p->virtual_bytes / 1024)
NUMBER(pages_of, p->virtual_bytes / (unsigned long long)sysconf(_SC_PAGESIZE))
NUMBER(resident_of, p->resident)
NUMBER(minor_of, p->minor_faults)
NUMBER(major_of, p->major_faults)
NUMBER(processor_of, p->processor)
NUMBER(policy_of, p->policy)
NUMBER(flags_of, p->flags >> 6 & 7)
NUMBER(percent_of, cpu_of(p) / 10 > 99 ? 99 : cpu_of(p) / 10)

static const char *class_text(const struct process *p, char *buffer)
{
	static const char *const names[] = {"TS", "FF", "RR", "B", "?", "IDL", "DLN"};
	(void)buffer;
	return (size_t)p->policy < sizeof names / sizeof *names ? names[p->policy] : "?";
}

static const char *real_time_text(const struct process *p, char *buffer)
{
	if (!p->real_time_priority)
		return "-";
	snprintf(buffer, PS_TEXT, "%d", p->real_time_priority);
	return buffer;
}

static const char *tenths(long long value, char *buffer)
{
	snprintf(buffer, PS_TEXT, value > 999 ? "%lld" : "%lld.%lld", value / 10, value % 10);
	return buffer;
}

static const char *cpu_text(const struct process *p, char *buffer)
{
	return tenths(cpu_of(p), buffer);
}

static const char *memory_text(const struct process *p, char *buffer)
{
	return tenths(memory_of(p), buffer);
}

static const char *user_text(const struct process *p, char *buffer)
{
	(void)buffer;
	return user_name(p->effective_user);
}

static const char *ruser_text(const struct process *p, char *buffer)
{
	(void)buffer;
	return user_name(p->user);
}

static const char *group_text(const struct process *p, char *buffer)
{
	(void)buffer;
	return group_name(p->effective_group);
}

static const char *terminal_text(const struct process *p, char *buffer)
{
	(void)buffer;
	return process_terminal(p->terminal);
}

static const char *state_text(const struct process *p, char *buffer)
{
	snprintf(buffer, PS_TEXT, "%c", p->state);
	return buffer;
}

static const char *stat_text(const struct process *p, char *buffer)
{
	snprintf(buffer, PS_TEXT, "%c%s%s%s%s%s", p->state, p->nice < 0 ? "<" : p->nice > 0 ? "N" : "", p->locked ? "L" : "",
		p->pid == p->session ? "s" : "", p->threads > 1 ? "l" : "", p->terminal && p->terminal_group == p->group ? "+" : "");
	return buffer;
}

static const char *time_text(const struct process *p, char *buffer)
{
	long long t = seconds_of(p);
	size_t used = t >= 86400 ? (size_t)snprintf(buffer, PS_TEXT, "%lld-", t / 86400) : 0;
	snprintf(buffer + used, PS_TEXT - used, "%02lld:%02lld:%02lld", t / 3600 % 24, t / 60 % 60, t % 60);
	return buffer;
}

static const char *short_time_text(const struct process *p, char *buffer)
{
	long long t = seconds_of(p);
	snprintf(buffer, PS_TEXT, "%3lld:%02lld", t / 60, t % 60);
	return buffer;
}

static const char *elapsed_text(const struct process *p, char *buffer)
{
	long long t = elapsed_of(p);
	size_t used = t >= 86400 ? (size_t)snprintf(buffer, PS_TEXT, "%02lld-", t / 86400) : 0;
	if (t >= 3600)
		used += (size_t)snprintf(buffer + used, PS_TEXT - used, "%02lld:", t / 3600 % 24);
	snprintf(buffer + used, PS_TEXT - used, "%02lld:%02lld", t / 60 % 60, t % 60);
	return buffer;
}

static const char *start_text(const struct process *p, char *buffer)
{
	time_t start = (time_t)start_of(p), now = time(NULL);
	struct tm then, today;
	localtime_r(&start, &then);
	localtime_r(&now, &today);
	strftime(buffer, PS_TEXT, then.tm_year != today.tm_year ? "%Y" : then.tm_yday != today.tm_yday ? "%b%d" : "%H:%M", &then);
	return buffer;
}

static const char *started_text(const struct process *p, char *buffer)
{
	time_t start = (time_t)start_of(p);
	struct tm then;
	localtime_r(&start, &then);
	strftime(buffer, PS_TEXT, time(NULL) - start > 86400 ? "  %b %d" : "%H:%M:%S", &then);
	return buffer;
}

static const char *long_start_text(const struct process *p, char *buffer)
{
	time_t start = (time_t)start_of(p);
	struct tm then;
	localtime_r(&start, &then);
	strftime(buffer, PS_TEXT, "%a %b %e %H:%M:%S %Y", &then);
	return buffer;
}

static const char *name_text(const struct process *p, char *buffer)
{
	snprintf(buffer, PS_TEXT, "%.40s%s", p->name, p->state == 'Z' ? " <defunct>" : "");
	return buffer;
}

static const char *wait_text(const struct process *p, char *buffer)
{
	char *text = proc_file(p->pid, "wchan", NULL);
	bool none = !text || !*text || !strcmp(text, "0");
	snprintf(buffer, PS_TEXT, "%s", none ? "-" : text);
	free(text);
	return buffer;
}

static const char *none_text(const struct process *p, char *buffer)
{
	(void)p;
	(void)buffer;
	return "-";
}

static const char *command_text(const struct process *p, char *buffer)
{
	static char *command;
	(void)buffer;
	free(command);
	return command = process_command(p);
}

static const struct ps_format formats[] = {
	{"%cpu", "%CPU", 4, 'R', cpu_of, cpu_text}, {"pcpu", "%CPU", 4, 'R', cpu_of, cpu_text},
	{"%mem", "%MEM", 4, 'R', memory_of, memory_text}, {"pmem", "%MEM", 4, 'R', memory_of, memory_text},
	{"addr_1", "ADDR", 1, 'L', NULL, none_text}, {"args", "COMMAND", 27, 'U', NULL, command_text},
	{"command", "COMMAND", 27, 'U', NULL, command_text}, {"cmd", "CMD", 27, 'U', NULL, command_text},
	{"bsdtime", "TIME", 6, 'R', seconds_of, short_time_text}, {"c", "C", 2, 'R', percent_of, NULL},
	{"class", "CLS", 3, 'L', policy_of, class_text}, {"cls", "CLS", 3, 'R', policy_of, class_text}, {"policy", "POL", 3, 'R', policy_of, class_text},
	{"comm", "COMMAND", 15, 'U', NULL, name_text}, {"ucmd", "CMD", 15, 'U', NULL, name_text}, {"ucomm", "COMMAND", 15, 'U', NULL, name_text},
	{"egid", "EGID", 5, 'R', gid_of, NULL}, {"euid", "EUID", 5, 'R', uid_of, NULL}, {"euser", "EUSER", 8, 'L', NULL, user_text},
	{"etime", "ELAPSED", 11, 'R', elapsed_of, elapsed_text}, {"etimes", "ELAPSED", 7, 'R', elapsed_of, NULL},
	{"f", "F", 1, 'R', flags_of, NULL}, {"flags", "F", 1, 'R', flags_of, NULL}, {"gid", "GID", 5, 'R', gid_of, NULL},
	{"group", "GROUP", 8, 'L', NULL, group_text}, {"lstart", "STARTED", 24, 'R', start_of, long_start_text},
	{"lwp", "LWP", ID, 'R', thread_of, NULL}, {"tid", "TID", ID, 'R', thread_of, NULL}, {"spid", "SPID", ID, 'R', thread_of, NULL},
	{"maj_flt", "MAJFL", 6, 'R', major_of, NULL}, {"majflt", "MAJFLT", 6, 'R', major_of, NULL},
	{"min_flt", "MINFL", 6, 'R', minor_of, NULL}, {"minflt", "MINFLT", 6, 'R', minor_of, NULL},
	{"ni", "NI", 3, 'R', nice_of, NULL}, {"nice", "NI", 3, 'R', nice_of, NULL}, {"nlwp", "NLWP", 4, 'R', threads_of, NULL},
	{"thcount", "THCNT", 5, 'R', threads_of, NULL}, {"opri", "PRI", 3, 'R', old_priority_of, NULL}, {"priority", "PRI", 3, 'R', plain_priority_of, NULL},
	{"pgid", "PGID", ID, 'R', group_of, NULL}, {"pgrp", "PGRP", ID, 'R', group_of, NULL}, {"pid", "PID", ID, 'R', pid_of, NULL},
	{"ppid", "PPID", ID, 'R', parent_of, NULL}, {"pri", "PRI", 3, 'R', priority_of, NULL}, {"psr", "PSR", 3, 'R', processor_of, NULL},
	{"rss", "RSS", 5, 'R', resident_of, NULL}, {"rssize", "RSS", 5, 'R', resident_of, NULL}, {"rsz", "RSZ", 5, 'R', resident_of, NULL},
	{"rtprio", "RTPRIO", 6, 'R', NULL, real_time_text}, {"sched", "SCH", 3, 'R', policy_of, NULL},
	{"ruid", "RUID", 5, 'R', ruid_of, NULL}, {"ruser", "RUSER", 8, 'L', NULL, ruser_text}, {"s", "S", 1, 'L', NULL, state_text},
	{"state", "S", 1, 'L', NULL, state_text}, {"sess", "SESS", ID, 'R', session_of, NULL}, {"session", "SESS", ID, 'R', session_of, NULL},
	{"sid", "SID", ID, 'R', session_of, NULL}, {"start", "STARTED", 8, 'R', start_of, started_text},
	{"start_time", "START", 5, 'L', start_of, start_text}, {"stat", "STAT", 4, 'L', NULL, stat_text},
	{"stime", "STIME", 5, 'L', start_of, start_text}, {"sz", "SZ", 5, 'R', pages_of, NULL}, {"time", "TIME", 8, 'R', seconds_of, time_text},
	{"cputime", "TIME", 8, 'R', seconds_of, time_text}, {"tname", "TTY", 8, 'L', NULL, terminal_text},
	{"tpgid", "TPGID", ID, 'R', terminal_group_of, NULL}, {"tt", "TT", 8, 'L', NULL, terminal_text}, {"tty", "TT", 8, 'L', NULL, terminal_text},
	{"uid", "UID", 5, 'R', uid_of, NULL}, {"uid_name", "UID", 8, 'L', NULL, user_text}, {"uname", "USER", 8, 'L', NULL, user_text},
	{"user", "USER", 8, 'L', NULL, user_text}, {"vsize", "VSZ", 6, 'R', virtual_of, NULL}, {"vsz", "VSZ", 6, 'R', virtual_of, NULL},
	{"wchan", "WCHAN", 6, 'L', NULL, wait_text},
};

static const struct ps_format *find_format(const char *name)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	return NULL;
}

static int id_width(void)
{
	static int width;
	if (!width) {
		char *text = read_file("/proc/sys/kernel/pid_max", NULL);
		long greatest = text ? strtol(text, NULL, 10) : 32768;
		free(text);
		width = digits((unsigned long long)greatest - 1);
		width = width < 5 ? 5 : width;
	}
	return width;
}

void ps_prepare(void)
{
	struct memory_counters memory;
	read_memory(&memory);
	ps_context.memory = memory.total;
	ps_context.uptime = read_uptime();
	ps_context.ticks = sysconf(_SC_CLK_TCK);
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	ps_context.boot = (long long)read_stat("btime");
	if (!ps_context.boot)
		ps_context.boot = now.tv_sec - (long long)ps_context.uptime;
}

void ps_add_columns(struct ps_column **columns, const char *list)
{
	char *copy = duplicate(list), *next = copy;
	for (char *word; (word = strsep(&next, ", ")) && *word;) {
		char *header = strchr(word, '=');
		if (header)
			*header++ = 0;
		struct ps_column *column = allocate(sizeof *column);
		*column = (struct ps_column){.format = find_format(word)};
		if (!column->format)
			errx(1, "error: unknown user-defined format specifier \"%s\"", word);
		column->header = duplicate(header ? header : column->format->header);
		column->width = column->format->width == ID ? id_width() : column->format->width;
		if ((int)strlen(column->header) > column->width && column->width > 1)
			column->width = (int)strlen(column->header);
		while (*columns)
			columns = &(*columns)->next;
		*columns = column;
	}
	free(copy);
}

void ps_check_name(const char *name)
{
	if (!find_format(name))
		errx(1, "error: unknown sort specifier \"%s\"", name);
}

int ps_compare(const char *name, const struct process *a, const struct process *b)
{
	const struct ps_format *format = find_format(name);
	if (format && format->number) {
		long long x = format->number(a), y = format->number(b);
		return (x > y) - (x < y);
	}
	char first[PS_TEXT], second[PS_TEXT];
	if (!format || format->text == command_text)
		return strcmp(a->name, b->name);
	snprintf(first, sizeof first, "%s", format->text(a, second));
	return strcmp(first, format->text(b, second));
}
