/*
 * last: who was logged in, and when
 * https://man7.org/linux/man-pages/man1/last.1.html
 *
 * Usage: last [-FRwx] [-n LINES] [-f FILE] [USER|TERMINAL]...
 *   -F         whole dates
 *   -f FILE    instead of /var/log/wtmp
 *   -n LINES   at most so many; -LINES is the same
 *   -R         without hosts (there are none)
 *   -w         whole names
 *   -x         the starts of the system, too
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sessions.h"
#include "tools.h"

static bool has_dates, has_names, has_boots;
static char **wanted;

static bool is_wanted(const struct session_record *record)
{
	if (!*wanted)
		return true;
	for (char **word = wanted; *word; word++) {
		const char *line = !strncmp(*word, "tty", 3) || !isdigit((unsigned char)**word) ? *word : NULL;
		if (!strncmp(*word, record->user, sizeof record->user) || (line && !strncmp(line, record->line, sizeof record->line)))
			return true;
	}
	return false;
}

static void print_moment(int64_t seconds, const char *short_form)
{
	char text[40];
	time_t time = (time_t)seconds;
	strftime(text, sizeof text, has_dates ? "%a %b %e %H:%M:%S %Y" : short_form, localtime(&time));
	fputs(text, stdout);
}

/* The record that ends a session: the terminal's next one, or the next start of the system. */
static const struct session_record *end_of(const struct session_record *records, size_t count, size_t index)
{
	for (size_t i = index + 1; i < count; i++)
		if (records[i].type == SESSION_BOOT || !memcmp(records[i].line, records[index].line, sizeof records[i].line))
			return &records[i];
	return NULL;
}

static void print_record(const struct session_record *records, size_t count, size_t index)
{
	const struct session_record *record = &records[index];
	bool is_boot = record->type == SESSION_BOOT;
	int width = has_names ? 32 : 8;
	printf("%-8.*s %-12.12s %-16s ", width, is_boot ? "reboot" : record->user, is_boot ? "system boot" : record->line, "");
	print_moment(record->time.seconds, "%a %b %e %H:%M");
	const struct session_record *end = end_of(records, count, index);
	if (!end && !is_boot && (kill(record->pid, 0) == 0 || errno == EPERM)) {
		puts("   still logged in");
		return;
	}
	if (!end) {
		puts(is_boot ? "   still running" : "    gone - no logout");
		return;
	}
	fputs(" - ", stdout);
	if (end->type == SESSION_BOOT && !has_dates)
		fputs("crash", stdout);
	else
		print_moment(end->time.seconds, "%H:%M");
	long minutes = (long)((end->time.seconds - record->time.seconds) / 60);
	if (minutes >= 1440)
		printf(" (%ld+%02ld:%02ld)\n", minutes / 1440, minutes / 60 % 24, minutes % 60);
	else
		printf("  (%02ld:%02ld)\n", minutes / 60, minutes % 60);
}

/* "-5" is "-n5". */
static void expand_count(char **argv)
{
	for (char **word = argv + 1; *word && strcmp(*word, "--"); word++)
		if (**word == '-' && isdigit((unsigned char)(*word)[1]))
			*word = format_text("-n%s", *word + 1);
}

int main(int argc, char **argv)
{
	const char *file = WTMP_FILE;
	long left = -1;
	expand_count(argv);
	for (int option; (option = next_option(argc, argv, "f:Fn:Rwx")) != -1;) {
		switch (option) {
		case 'f': file = optarg; break;
		case 'F': has_dates = true; break;
		case 'n': left = atol(optarg); break;
		case 'w': has_names = true; break;
		case 'x': has_boots = true; break;
		default: break;
		}
	}
	wanted = argv + optind;
	size_t count;
	struct session_record *records = session_records(file, &count);
	if (!records)
		err(1, "cannot open %s", file);
	for (size_t i = count; i-- > 0 && left;) {
		bool shown = records[i].type == SESSION_USER || (has_boots && records[i].type == SESSION_BOOT);
		if (!shown || !is_wanted(&records[i]))
			continue;
		print_record(records, count, i);
		left -= left > 0;
	}
	if (count) {
		printf("\n%s begins ", strrchr(file, '/') ? strrchr(file, '/') + 1 : file);
		has_dates = true;
		print_moment(records[0].time.seconds, "");
		putchar('\n');
	}
	free(records);
	return 0;
}
