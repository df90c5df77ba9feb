/*
 * who, users: who is logged in
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/who.html
 *
 * Aliases: users
 *
 * Usage: who [-abdHlmpqrstTuw] [FILE] | who am i
 *   -a   all of -b -u -T
 *   -b   when the system started
 *   -d   processes that have ended
 *   -H   with a header
 *   -l   terminals where somebody may log in
 *   -m   only on this terminal
 *   -q   names and their number
 *   -p   processes of init
 *   -r   the run level
 *   -s   names, terminals and times only
 *   -t   when the clock was set
 *   -T, -w   + or -: whether others may write to the terminal
 *   -u   how long nothing was typed, and the session's process
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sessions.h"
#include "tools.h"

/* Types of records that are asked for besides sessions: utmpx.h. */
static unsigned wanted_types;
static bool shows_boot, has_header, is_mine, is_quick, shows_write, shows_idle;

/* A session that ended without saying so left its record behind. */
static bool is_alive(const struct session_record *record)
{
	return record->type == SESSION_USER && *record->user && (kill(record->pid, 0) == 0 || errno == EPERM);
}

static void print_time(time_t time)
{
	char text[32];
	strftime(text, sizeof text, "%Y-%m-%d %H:%M", localtime(&time));
	printf(" %s", text);
}

static void print_line(const char *user, char state, const char *line, time_t since, const char *idle, long pid)
{
	printf("%-8s", user);
	if (shows_write)
		printf(" %c", state);
	printf(" %-12s", line);
	print_time(since);
	if (shows_idle && pid)
		printf(" %-6s %10ld", idle, pid);
	putchar('\n');
}

static void print_session(const struct session_record *record)
{
	char path[48], user[33], line[33], idle[16] = "?";
	snprintf(user, sizeof user, "%.32s", record->user);
	snprintf(line, sizeof line, "%.32s", record->line);
	snprintf(path, sizeof path, "/dev/%s", line);
	struct stat about;
	bool is_known = stat(path, &about) == 0;
	if (is_known) {
		long seconds = (long)(time(NULL) - about.st_atime);
		if (seconds < 60)
			snprintf(idle, sizeof idle, "  .");
		else if (seconds < 86400)
			snprintf(idle, sizeof idle, "%02ld:%02ld", seconds / 3600, seconds / 60 % 60);
		else
			snprintf(idle, sizeof idle, " old");
	}
	print_line(user, !is_known ? '?' : about.st_mode & S_IWGRP ? '+' : '-', line, (time_t)record->time.seconds, idle, record->pid);
}

static void print_boot(void)
{
	struct timespec up;
	clock_gettime(CLOCK_BOOTTIME, &up);
	printf("        %s system boot ", shows_write ? "  " : "");
	print_time(time(NULL) - up.tv_sec);
	putchar('\n');
}

static bool is_on_terminal(const struct session_record *record, const char *terminal)
{
	return terminal && !strncmp(terminal, "/dev/", 5) && !strncmp(terminal + 5, record->line, sizeof record->line);
}

static int by_user(const void *a, const void *b)
{
	return strncmp(((const struct session_record *)a)->user, ((const struct session_record *)b)->user, 32);
}

static int print_names(struct session_record *records, size_t count, bool is_users)
{
	int shown = 0;
	if (is_users)
		qsort(records, count, sizeof *records, by_user);
	for (size_t i = 0; i < count; i++)
		if (is_alive(&records[i]))
			printf("%s%.32s", shown++ ? " " : "", records[i].user);
	if (shown || !is_users)
		putchar('\n');
	if (!is_users)
		printf("# users=%d\n", shown);
	return 0;
}

enum { RUN_LEVEL = 1, NEW_TIME = 3, INIT_PROCESS = 5, LOGIN_PROCESS = 6, ALL_TYPES = 1 << RUN_LEVEL | 1 << NEW_TIME | 1 << INIT_PROCESS | 1 << LOGIN_PROCESS | 1 << SESSION_DEAD };

static unsigned types_of(int option)
{
	static const struct {
		char option, type;
	} rows[] = {{'d', SESSION_DEAD}, {'l', LOGIN_PROCESS}, {'p', INIT_PROCESS}, {'r', RUN_LEVEL}, {'t', NEW_TIME}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].option == option)
			return 1u << rows[i].type;
	return 0;
}

/* Records that are no session: -d, -l, -p, -r, -t. */
static void print_other(const struct session_record *record)
{
	char line[33], id[16];
	bool is_level = record->type == RUN_LEVEL;
	snprintf(line, sizeof line, "%.32s", record->type == NEW_TIME ? "clock change" : record->line);
	if (is_level)
		snprintf(line, sizeof line, "run-level %c", record->pid & 0xff ? record->pid & 0xff : 'N');
	snprintf(id, sizeof id, "id=%.4s", record->id);
	print_line(record->type == LOGIN_PROCESS ? "LOGIN" : "", ' ', line, (time_t)record->time.seconds, "", is_level ? 0 : record->pid);
	if (record->type == SESSION_DEAD)
		printf("%*s%s term=%d exit=%d\n", 22, "", id, record->termination, record->exit);
}

int main(int argc, char **argv)
{
	bool is_users = !strcmp(program_name(), "users");
	for (int option; (option = next_option(argc, argv, is_users ? "" : "abdHlmpqrstTuw")) != -1;) {
		shows_boot |= option == 'a' || option == 'b';
		has_header |= option == 'H';
		wanted_types |= option == 'a' ? ALL_TYPES : types_of(option);
		if (option == 's')
			shows_write = shows_idle = false;
		is_mine |= option == 'm';
		is_quick |= option == 'q';
		shows_write |= option == 'a' || option == 'T' || option == 'w';
		shows_idle |= option == 'a' || option == 'u';
	}
	is_mine |= argc - optind == 2;
	size_t count;
	struct session_record *records = session_records(argc - optind == 1 ? argv[optind] : UTMP_FILE, &count);
	if (is_users || is_quick)
		return print_names(records, count, is_users);
	const char *terminal = ttyname(0);
	if (has_header)
		printf("%-8s%s %-12s %-16s%s COMMENT%s\n", "NAME", shows_write ? "  " : "", "LINE", "TIME", shows_idle ? " IDLE          PID" : "", wanted_types ? "  EXIT" : "");
	bool is_now = argc - optind != 1; /* of a file there is no time since the start */
	if (shows_boot && is_now)
		print_boot();
	for (size_t i = 0; i < count; i++)
		if (records[i].type > 0 && records[i].type < 32 && wanted_types >> records[i].type & 1)
			print_other(&records[i]);
	for (size_t i = 0; i < count && !((shows_boot || wanted_types) && !shows_idle); i++)
		if (is_alive(&records[i]) && (!is_mine || is_on_terminal(&records[i], terminal)))
			print_session(&records[i]);
	free(records);
	return 0;
}
