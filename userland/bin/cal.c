/*
 * cal: a calendar
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/cal.html
 *
 * Usage: cal [-3my] [[MONTH] YEAR]
 *   -3   the months before and after, too
 *   -m   weeks begin on Monday
 *   -y   the whole year
 *   -1, -s   accepted: one month, weeks that begin on Sunday, are the default
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools.h"

enum { ROWS = 8, WIDTH = 20 };

static bool monday;
static int today_year, today_month, today_day;

/* Gregorian from 14 September 1752 on, Julian before, as POSIX has it. */
static bool is_leap(int year)
{
	return year % 4 == 0 && (year <= 1752 || year % 100 || year % 400 == 0);
}

static int days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	return days[month] + (month == 1 && is_leap(year));
}

/* Day of the week of the first of a month, 0 is Sunday. */
static int first_weekday(int year, int month)
{
	long y = year - 1, days = y * 365 + y / 4;
	bool gregorian = year > 1752 || (year == 1752 && month > 8);
	for (int m = 0; m < month; m++)
		days += days_in(year, m);
	if (gregorian)
		days += y / 400 - y / 100 + 2;
	return (int)((days + 6) % 7);
}

static void fill(char rows[ROWS][64], int year, int month, bool with_year)
{
	static const char *const names[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};
	char title[32];
	snprintf(title, sizeof title, with_year ? "%s %d" : "%s", names[month], year);
	int left = (WIDTH - (int)strlen(title)) / 2, length = (int)strlen(title);
	snprintf(rows[0], 64, "%*s%s%*s", left, "", title, WIDTH - left - length, "");
	strcpy(rows[1], monday ? "Mo Tu We Th Fr Sa Su" : "Su Mo Tu We Th Fr Sa");
	int column = (first_weekday(year, month) + (monday ? 6 : 0)) % 7, row = 2;
	for (int r = 2; r < ROWS; r++)
		rows[r][0] = 0;
	for (int c = 0; c < column; c++)
		strcat(rows[row], "   ");
	bool reform = year == 1752 && month == 8;
	for (int day = 1; day <= days_in(year, month); day++) {
		if (reform && day == 3)
			day = 14;
		bool today = isatty(STDOUT_FILENO) && year == today_year && month == today_month && day == today_day;
		char cell[24];
		snprintf(cell, sizeof cell, today ? "\033[7m%2d\033[m%s" : "%2d%s", day, column < 6 ? " " : "");
		strcat(rows[row], cell);
		if (++column == 7) {
			column = 0;
			row++;
		}
	}
	for (; row < ROWS; row++, column = 0)
		for (int c = column; c < 7; c++)
			strcat(rows[row], c < 6 ? "   " : "  ");
}

/* Months side by side. */
static void put_months(int year, int month, int count, bool with_year)
{
	char rows[3][ROWS][64];
	for (int i = 0; i < count; i++) {
		int m = month + i, y = year + (m > 11) - (m < 0);
		fill(rows[i], y, (m + 12) % 12, with_year);
	}
	for (int r = 0; r < ROWS; r++)
		for (int i = 0; i < count; i++)
			printf("%s%s", rows[i][r], i + 1 < count ? "  " : "  \n");
}

static int parse_month(const char *text)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	char *end;
	long number = strtol(text, &end, 10);
	if (end != text && !*end && number >= 1 && number <= 12)
		return (int)number - 1;
	for (int i = 0; i < 12 && strlen(text) >= 3; i++)
		if (tolower((unsigned char)text[0]) == names[3 * i] && tolower((unsigned char)text[1]) == names[3 * i + 1] && tolower((unsigned char)text[2]) == names[3 * i + 2])
			return i;
	errx(1, "illegal month value: use 1-12");
}

int main(int argc, char **argv)
{
	time_t now = time(NULL);
	struct tm local;
	bool three = false, whole = false;
	localtime_r(&now, &local);
	int year = today_year = local.tm_year + 1900, month = today_month = local.tm_mon;
	today_day = local.tm_mday;
	for (int option; (option = next_option(argc, argv, "13msy")) != -1;) {
		three |= option == '3';
		monday |= option == 'm';
		whole |= option == 'y';
	}
	int count = argc - optind;
	if (count > 2)
		usage_error("bad usage");
	if (count == 2)
		month = parse_month(argv[optind]);
	if (count > 0) {
		char *end;
		long value = strtol(argv[argc - 1], &end, 10);
		if (*end || value < 1 || value > 9999)
			errx(1, "illegal year value: use 1-9999");
		year = (int)value;
		whole |= count == 1;
	}
	if (!whole) {
		put_months(year, month - three, three ? 3 : 1, true);
		return 0;
	}
	printf("%*d\n", 32 + 2, year);
	for (int m = 0; m < 12; m += 3)
		put_months(year, m, 3, false);
	return 0;
}
