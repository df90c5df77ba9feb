/*
 * w: who is logged in, and what they do
 * https://man7.org/linux/man-pages/man1/w.1.html
 *
 * Usage: w [-hs] [USER]
 *   -h   without the header
 *   -s   short: without the times of login and of the processes
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "process.h"
#include "sessions.h"
#include "system.h"
#include "tools.h"

static bool has_no_header, is_short;

/* Seconds as w shows them: 5.00s, 2:05m, 1:02, 3days. */
static const char *span(char text[16], double seconds)
{
	if (seconds < 60)
		snprintf(text, 16, "%.2fs", seconds);
	else if (seconds < 3600)
		snprintf(text, 16, "%d:%02d", (int)seconds / 60, (int)seconds % 60);
	else if (seconds < 172800)
		snprintf(text, 16, "%d:%02dm", (int)seconds / 3600, (int)seconds / 60 % 60);
	else
		snprintf(text, 16, "%ddays", (int)(seconds / 86400));
	return text;
}

static double ticks_to_seconds(unsigned long long ticks)
{
	return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static void print_session(const struct session_record *record, const struct process_list *processes)
{
	char user[33], line[33], path[48], login[16] = "", text[3][16];
	snprintf(user, sizeof user, "%.32s", record->user);
	snprintf(line, sizeof line, "%.32s", record->line);
	snprintf(path, sizeof path, "/dev/%s", line);
	time_t since = (time_t)record->time.seconds;
	strftime(login, sizeof login, time(NULL) - since < 86400 ? "%H:%M" : "%d%b%y", localtime(&since));
	struct stat terminal = {0};
	bool is_known = stat(path, &terminal) == 0;
	int number = is_known ? (int)terminal.st_rdev : 0;
	/* /dev/console is another name of the terminal: the session's process tells which */
	for (size_t i = 0; i < processes->count; i++)
		if (processes->items[i].pid == record->pid && processes->items[i].terminal)
			number = processes->items[i].terminal;
	double all = 0, own = 0;
	const struct process *last = NULL;
	for (size_t i = 0; i < processes->count; i++) {
		const struct process *process = &processes->items[i];
		if (!number || process->terminal != number)
			continue;
		all += ticks_to_seconds(process->user_ticks + process->system_ticks);
		if (process->group == process->terminal_group && (!last || process->start_ticks >= last->start_ticks))
			last = process;
	}
	own = last ? ticks_to_seconds(last->user_ticks + last->system_ticks) : 0;
	char *command = last ? process_command(last) : duplicate("-");
	double idle = is_known ? difftime(time(NULL), terminal.st_atime) : 0;
	if (is_short)
		printf("%-8s %-8s %7s %s\n", user, line, span(text[0], idle < 0 ? 0 : idle), command);
	else
		printf("%-8s %-8s %7s %7s %6s %6s %s\n", user, line, login, span(text[0], idle < 0 ? 0 : idle), span(text[1], all), span(text[2], own), command);
	free(command);
}

int main(int argc, char **argv)
{
	for (int option; (option = next_option(argc, argv, "hs")) != -1;) {
		has_no_header |= option == 'h';
		is_short |= option == 's';
	}
	if (!has_no_header) {
		printf(" %s\n", uptime_line());
		printf(is_short ? "%-8s %-8s %7s %s\n" : "%-8s %-8s %7s %7s %6s %6s %s\n", "USER", "TTY", is_short ? "IDLE" : "LOGIN@", is_short ? "WHAT" : "IDLE", "JCPU", "PCPU", "WHAT");
	}
	size_t count;
	struct session_record *records = session_records(UTMP_FILE, &count);
	struct process_list processes = process_list(false);
	for (size_t i = 0; i < count; i++) {
		bool is_alive = records[i].type == SESSION_USER && (kill(records[i].pid, 0) == 0 || errno == EPERM);
		if (is_alive && (!argv[optind] || !strncmp(records[i].user, argv[optind], sizeof records[i].user)))
			print_session(&records[i], &processes);
	}
	process_list_free(&processes);
	free(records);
	return 0;
}
