/* Lines of a crontab: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/crontab.html */
#ifndef CRONTAB_TABLE_H
#define CRONTAB_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct crontab_line {
	uint64_t minutes, hours, days, months, week_days; /* bit N: at N */
	bool any_day, any_week_day;
	bool at_start; /* @reboot */
	char *command; /* up to the first %, of which \% is none */
	char *input;   /* what follows it, each % a newline; or null */
};

struct crontab {
	struct crontab_line *lines;
	size_t count;
	char **settings; /* NAME=value, null-terminated */
};

/* Reads one. What is wrong with a line goes to report(line's number, what); lines that are right remain. */
void crontab_parse(struct crontab *crontab, const char *text, void (*report)(size_t line, const char *problem));
void crontab_free(struct crontab *crontab);
/* Whether the line is due in the minute of that local time. */
bool crontab_is_due(const struct crontab_line *line, const struct tm *time);

#endif
