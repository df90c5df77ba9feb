/* Points in time as users write them; the forms are those of GNU's -d that are in daily use. */
#include "moment.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools.h"

struct reading {
	struct tm fields;
	long nanoseconds;
	long offset; /* seconds east of Greenwich */
	bool utc;    /* offset counts */
};

static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
static const char *const weekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

static int index_of(const char *const *names, int count, const char *word)
{
	for (int i = 0; i < count; i++)
		if (!strncasecmp(names[i], word, 3) && strlen(word) >= 3)
			return i;
	return -1;
}

static void set_clock(struct tm *fields, int hour, int minute, int second)
{
	fields->tm_hour = hour;
	fields->tm_min = minute;
	fields->tm_sec = second;
}

/* hh:mm[:ss[.frac or ,frac]], yyyy-mm-dd, mm/dd/yyyy, yyyy-mm-ddThh:mm:ss, +hh:mm, Z */
static bool read_number(const char **text, struct reading *reading)
{
	int a, b, c, used = 0;
	struct tm *fields = &reading->fields;
	const char *at = *text;
	if ((*at == '+' || *at == '-') && sscanf(at + 1, "%2d:%2d%n", &a, &b, &used) == 2 && used) {
		reading->utc = true;
		reading->offset = (a * 3600L + b * 60L) * (*at == '-' ? -1 : 1);
		*text += used + 1;
		return true;
	}
	if ((*at == '+' || *at == '-') && strspn(at + 1, "0123456789") == 4) {
		sscanf(at + 1, "%2d%2d", &a, &b);
		reading->utc = true;
		reading->offset = (a * 3600L + b * 60L) * (*at == '-' ? -1 : 1);
		*text += 5;
		return true;
	}
	if (sscanf(at, "%4d-%2d-%2d%n", &a, &b, &c, &used) == 3 && used) {
		fields->tm_year = a - 1900, fields->tm_mon = b - 1, fields->tm_mday = c;
		set_clock(fields, 0, 0, 0);
		*text += used + (at[used] == 'T');
		return b >= 1 && b <= 12 && c >= 1 && c <= 31;
	}
	if (sscanf(at, "%2d/%2d/%4d%n", &b, &c, &a, &used) == 3 && used) {
		fields->tm_year = a - 1900, fields->tm_mon = b - 1, fields->tm_mday = c;
		set_clock(fields, 0, 0, 0);
		*text += used;
		return b >= 1 && b <= 12 && c >= 1 && c <= 31;
	}
	if (sscanf(at, "%2d:%2d%n", &a, &b, &used) == 2 && used) {
		c = 0;
		if (at[used] == ':') {
			char seconds_text[32], *end;
			snprintf(seconds_text, sizeof seconds_text, "%s", at + used + 1);
			if (seconds_text[strspn(seconds_text, "0123456789")] == ',' && isdigit((unsigned char)seconds_text[strspn(seconds_text, "0123456789") + 1]))
				*strchr(seconds_text, ',') = '.';
			double seconds = strtod(seconds_text, &end);
			c = (int)seconds;
			reading->nanoseconds = (long)((seconds - c) * 1e9 + 0.5);
			used += 1 + (int)(end - seconds_text);
		}
		set_clock(fields, a, b, c);
		*text += used;
		return a < 24 && b < 60 && c <= 60;
	}
	return false;
}

/* "N unit [ago]", "N Month [year]", or a year after a month. */
static bool read_amount(const char **text, struct reading *reading)
{
	char unit[16] = "", ago[8] = "";
	long amount;
	int used = 0, after = 0;
	struct tm *fields = &reading->fields;
	if (**text == '+')
		++*text;
	if (sscanf(*text, "%ld%n %15[a-zA-Z]%n %7[a-zA-Z]", &amount, &used, unit, &used, ago) < 1)
		return false;
	int month = index_of(months, 12, unit);
	if (month >= 0 && strcasecmp(unit, "month") && strcasecmp(unit, "months")) {
		fields->tm_mday = (int)amount, fields->tm_mon = month;
		set_clock(fields, 0, 0, 0);
		*text += used;
		int year;
		if (sscanf(*text, " %4d%n", &year, &after) == 1 && (*text)[after] != ':') {
			fields->tm_year = year - 1900;
			*text += after;
		}
		return true;
	}
	if (!strcasecmp(ago, "ago")) {
		amount = -amount;
		used = (int)(strstr(*text + used, ago) - *text) + 3;
	}
	size_t length = strlen(unit);
	if (length > 1 && unit[length - 1] == 's')
		unit[length - 1] = 0;
	if (!strcasecmp(unit, "sec") || !strcasecmp(unit, "second"))
		fields->tm_sec += (int)amount;
	else if (!strcasecmp(unit, "min") || !strcasecmp(unit, "minute"))
		fields->tm_min += (int)amount;
	else if (!strcasecmp(unit, "hour"))
		fields->tm_hour += (int)amount;
	else if (!strcasecmp(unit, "day"))
		fields->tm_mday += (int)amount;
	else if (!strcasecmp(unit, "week"))
		fields->tm_mday += 7 * (int)amount;
	else if (!strcasecmp(unit, "month"))
		fields->tm_mon += (int)amount;
	else if (!strcasecmp(unit, "year"))
		fields->tm_year += (int)amount;
	else if (!*unit && amount >= 1900 && amount < 9999)
		fields->tm_year = (int)amount - 1900;
	else
		return false;
	*text += used;
	return true;
}

static bool read_word(const char **text, struct reading *reading)
{
	char word[16];
	int used = 0, day, after = 0, year;
	struct tm *fields = &reading->fields;
	if (sscanf(*text, "%15[a-zA-Z]%n", word, &used) != 1)
		return false;
	*text += used;
	int month = index_of(months, 12, word);
	int weekday = index_of(weekdays, 7, word);
	if (month >= 0 && sscanf(*text, " %2d%n", &day, &after) == 1) {
		fields->tm_mon = month, fields->tm_mday = day;
		set_clock(fields, 0, 0, 0);
		*text += after;
		if (**text == ',')
			++*text;
		after = 0;
		if (sscanf(*text, " %4d%n", &year, &after) == 1 && year >= 1900 && (*text)[after] != ':') {
			fields->tm_year = year - 1900;
			*text += after;
		}
	} else if (weekday >= 0) {
		/* A day's name in a full date says nothing new; alone it is the next such day. */
		if (!**text) {
			fields->tm_mday += (weekday - fields->tm_wday + 7) % 7;
			set_clock(fields, 0, 0, 0);
		}
	} else if (!strcasecmp(word, "yesterday")) {
		fields->tm_mday--;
	} else if (!strcasecmp(word, "tomorrow")) {
		fields->tm_mday++;
	} else if (!strcasecmp(word, "midnight")) {
		set_clock(fields, 0, 0, 0);
	} else if (!strcasecmp(word, "utc") || !strcasecmp(word, "gmt") || !strcasecmp(word, "z")) {
		reading->utc = true;
	} else {
		return !strcasecmp(word, "now") || !strcasecmp(word, "today");
	}
	return true;
}

bool parse_moment(const char *text, struct timespec now, struct timespec *moment)
{
	while (isspace((unsigned char)*text))
		text++;
	if (*text == '@') {
		char *end;
		double seconds = strtod(text + 1, &end);
		moment->tv_sec = strtoll(text + 1, NULL, 10);
		moment->tv_nsec = strchr(text, '.') ? (long)((seconds - (double)moment->tv_sec) * 1e9 + 0.5) : 0;
		return end != text + 1 && !*end;
	}
	struct reading reading = {.nanoseconds = now.tv_nsec};
	localtime_r(&now.tv_sec, &reading.fields);
	if (!*text)
		set_clock(&reading.fields, 0, 0, 0);
	while (*text) {
		struct tm before = reading.fields;
		if (!read_number(&text, &reading) && !read_amount(&text, &reading) && !read_word(&text, &reading))
			return false;
		if (before.tm_hour != reading.fields.tm_hour && reading.fields.tm_sec == 0)
			reading.nanoseconds = 0;
		while (isspace((unsigned char)*text) || *text == ',')
			text++;
	}
	reading.fields.tm_isdst = -1;
	moment->tv_sec = reading.utc ? timegm(&reading.fields) - reading.offset : mktime(&reading.fields);
	moment->tv_nsec = reading.nanoseconds;
	return true;
}

bool parse_stamp(const char *text, bool year_last, struct timespec *moment)
{
	time_t now = time(NULL);
	struct tm fields;
	localtime_r(&now, &fields);
	size_t length = strcspn(text, "."), year_digits = length - 8;
	fields.tm_sec = 0;
	if (strspn(text, "0123456789") != length || length < 8 || length > 12 || length % 2)
		return false;
	if (text[length] && (sscanf(text + length, ".%2d", &fields.tm_sec) != 1 || strlen(text + length) != 3))
		return false;
	const char *year = year_last ? text + 8 : text;
	const char *rest = year_last ? text : text + year_digits;
	int number = 0;
	for (size_t i = 0; i < year_digits; i++)
		number = number * 10 + year[i] - '0';
	if (year_digits == 4)
		fields.tm_year = number - 1900;
	if (year_digits == 2)
		fields.tm_year = number < 69 ? number + 100 : number;
	sscanf(rest, "%2d%2d%2d%2d", &fields.tm_mon, &fields.tm_mday, &fields.tm_hour, &fields.tm_min);
	fields.tm_mon--;
	if (fields.tm_mon < 0 || fields.tm_mon > 11 || fields.tm_mday < 1 || fields.tm_mday > 31 || fields.tm_hour > 23 || fields.tm_min > 59)
		return false;
	fields.tm_isdst = -1;
	*moment = (struct timespec){.tv_sec = mktime(&fields)};
	return true;
}
