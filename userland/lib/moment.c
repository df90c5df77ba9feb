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
	bool has_date, has_clock;
	int weekday, ordinal; /* -1: none; which of such days: 0 the next one or today, 1 the next one, -1 the last one */
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

static int weekday_of(const char *word)
{
	return strncasecmp(word, "month", 5) ? index_of(weekdays, 7, word) : -1;
}

/* last, this, next, first, third ...: what they count; "second" is a unit. */
static bool is_ordinal(const char *word, int *value)
{
	static const char *const names[] = {"last", "this", "next", "first", NULL, "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"};
	static const int values[] = {-1, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i] && !strcasecmp(names[i], word)) {
			*value = values[i];
			return true;
		}
	return false;
}

/* Changes `unit`, which may be in the plural. */
static bool add_units(struct tm *fields, char *unit, int amount)
{
	size_t length = strlen(unit);
	if (length > 1 && (unit[length - 1] == 's' || unit[length - 1] == 'S'))
		unit[length - 1] = 0;
	if (!strcasecmp(unit, "sec") || !strcasecmp(unit, "second"))
		fields->tm_sec += amount;
	else if (!strcasecmp(unit, "min") || !strcasecmp(unit, "minute"))
		fields->tm_min += amount;
	else if (!strcasecmp(unit, "hour"))
		fields->tm_hour += amount;
	else if (!strcasecmp(unit, "day"))
		fields->tm_mday += amount;
	else if (!strcasecmp(unit, "week"))
		fields->tm_mday += 7 * amount;
	else if (!strcasecmp(unit, "fortnight"))
		fields->tm_mday += 14 * amount;
	else if (!strcasecmp(unit, "month"))
		fields->tm_mon += amount;
	else if (!strcasecmp(unit, "year"))
		fields->tm_year += amount;
	else
		return false;
	return true;
}

static void set_clock(struct tm *fields, int hour, int minute, int second)
{
	fields->tm_hour = hour;
	fields->tm_min = minute;
	fields->tm_sec = second;
}

/* A date without a clock is its midnight. */
static void take_date(struct reading *reading)
{
	reading->has_date = true;
	if (!reading->has_clock)
		set_clock(&reading->fields, 0, 0, 0);
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
		take_date(reading);
		*text += used + (at[used] == 'T');
		return b >= 1 && b <= 12 && c >= 1 && c <= 31;
	}
	/* yyyymmdd, and hhmm after it */
	size_t digits = strspn(at, "0123456789");
	if (digits == 8 && sscanf(at, "%4d%2d%2d", &a, &b, &c) == 3) {
		fields->tm_year = a - 1900, fields->tm_mon = b - 1, fields->tm_mday = c;
		take_date(reading);
		*text += 8;
		return b >= 1 && b <= 12 && c >= 1 && c <= 31;
	}
	if (digits == 4 && reading->has_date && !reading->has_clock && !at[4] && sscanf(at, "%2d%2d", &a, &b) == 2) {
		set_clock(fields, a, b, 0);
		reading->has_clock = true;
		*text += 4;
		return a < 24 && b < 60;
	}
	bool has_year = sscanf(at, "%2d/%2d/%4d%n", &b, &c, &a, &used) == 3 && used;
	if (!has_year && sscanf(at, "%2d/%2d%n", &b, &c, &used) == 2 && used)
		a = fields->tm_year + 1900, has_year = true;
	if (has_year) {
		take_date(reading);
		fields->tm_year = a - 1900, fields->tm_mon = b - 1, fields->tm_mday = c;
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
		at += used + strspn(at + used, " ");
		if (!strncasecmp(at, "am", 2) || !strncasecmp(at, "pm", 2)) {
			if (a < 1 || a > 12)
				return false;
			a = a % 12 + (tolower((unsigned char)*at) == 'p' ? 12 : 0);
			used = (int)(at - *text) + 2;
		}
		set_clock(fields, a, b, c);
		reading->has_clock = true;
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
		take_date(reading);
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
	int weekday = weekday_of(unit);
	bool is_half = !strcasecmp(unit, "am") || !strcasecmp(unit, "pm");
	if (is_half && amount >= 1 && amount <= 12) {
		set_clock(fields, (int)amount % 12 + (tolower((unsigned char)*unit) == 'p' ? 12 : 0), 0, 0);
		reading->has_clock = true;
	} else if (weekday >= 0) {
		reading->weekday = weekday, reading->ordinal = (int)amount;
	} else if (!*unit && amount >= 1900 && amount < 9999) {
		fields->tm_year = (int)amount - 1900;
	} else if (!add_units(fields, unit, (int)amount)) {
		return false;
	}
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
	int ordinal;
	if (is_ordinal(word, &ordinal)) {
		char unit[16];
		if (sscanf(*text, " %15[a-zA-Z]%n", unit, &after) != 1)
			return false;
		*text += after;
		if (weekday_of(unit) >= 0) {
			reading->weekday = weekday_of(unit), reading->ordinal = ordinal;
			return true;
		}
		return add_units(fields, unit, ordinal);
	}
	int month = index_of(months, 12, word);
	int weekday = weekday_of(word);
	if (month >= 0 && sscanf(*text, " %2d%n", &day, &after) == 1) {
		fields->tm_mon = month, fields->tm_mday = day;
		take_date(reading);
		*text += after;
		if (**text == ',')
			++*text;
		after = 0;
		if (sscanf(*text, " %4d%n", &year, &after) == 1 && year >= 1900 && (*text)[after] != ':') {
			fields->tm_year = year - 1900;
			*text += after;
		}
	} else if (weekday >= 0) {
		reading->weekday = weekday, reading->ordinal = 0;
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
	struct reading reading = {.nanoseconds = now.tv_nsec, .weekday = -1};
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
	/* A day's name in a full date says nothing new. */
	if (reading.weekday >= 0 && !reading.has_date) {
		struct tm *fields = &reading.fields;
		bool is_another = fields->tm_wday != reading.weekday;
		fields->tm_mday += (reading.weekday - fields->tm_wday + 7) % 7 + 7 * (reading.ordinal - (reading.ordinal > 0 && is_another));
		if (!reading.has_clock) {
			set_clock(fields, 0, 0, 0);
			reading.nanoseconds = 0;
		}
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
