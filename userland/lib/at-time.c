/* The grammar of at's timespec, by recursive descent; words need no blanks between them: "8pmtomorrow+1week". */
#include "at-time.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools.h"

enum { LONGEST = 16 };

struct parser {
	const char *at; /* of the next token */
	char word[LONGEST];
	int digits; /* of a number; 0: none */
	long number;
	char sign; /* a character that stands for itself, 0 otherwise */
	struct tm time;
	bool is_utc;
};

static const char *const months[] = {"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"};
static const char *const week_days[] = {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};

static void advance(struct parser *parser)
{
	const char *at = parser->at + strspn(parser->at, " \t\n");
	parser->word[0] = parser->sign = 0;
	parser->digits = 0;
	parser->number = 0;
	if (isdigit((unsigned char)*at)) {
		for (; isdigit((unsigned char)*at); at++, parser->digits++)
			if (parser->number < 100000000)
				parser->number = parser->number * 10 + (*at - '0');
	} else if (isalpha((unsigned char)*at)) {
		int length = 0;
		/* Words may stand together as in "noontomorrow": the longest that is known ends one. */
		for (; isalpha((unsigned char)*at) && length < LONGEST - 1; at++)
			parser->word[length++] = (char)tolower((unsigned char)*at);
		parser->word[length] = 0;
	} else if (*at) {
		parser->sign = *at++;
	}
	parser->at = at;
}

static bool is_end(const struct parser *parser)
{
	return !parser->word[0] && !parser->digits && !parser->sign;
}

static bool take_word(struct parser *parser, const char *word)
{
	size_t length = strlen(word), all = strlen(parser->word);
	if (strncmp(parser->word, word, length))
		return false;
	parser->at -= all - length;
	advance(parser);
	return true;
}

static bool take_sign(struct parser *parser, char sign)
{
	if (parser->sign != sign)
		return false;
	advance(parser);
	return true;
}

static bool take_number(struct parser *parser, int least, int most, long *number)
{
	if (parser->digits < least || parser->digits > most)
		return false;
	*number = parser->number;
	advance(parser);
	return true;
}

/* The name in full or its first three letters; -1 if it is none of them. */
static int take_name(struct parser *parser, const char *const *names, int count)
{
	for (int i = 0; i < count; i++) {
		char abbreviation[4] = {names[i][0], names[i][1], names[i][2], 0};
		if (take_word(parser, names[i]) || take_word(parser, abbreviation))
			return i;
	}
	return -1;
}

static bool set_clock(struct parser *parser, long hour, long minute)
{
	if (hour > 23 || minute > 59)
		return false;
	parser->time.tm_hour = (int)hour;
	parser->time.tm_min = (int)minute;
	return true;
}

static bool is_month(const char *word)
{
	for (int i = 0; i < 12; i++)
		if (!strncmp(word, months[i], 3))
			return true;
	return false;
}

/* time: hour[:minute] [am|pm] [utc], four digits, or a name. *is_time: there is one. */
static bool parse_clock(struct parser *parser, bool *is_time)
{
	long hour, minute = 0;
	*is_time = true;
	if (take_word(parser, "noon"))
		return set_clock(parser, 12, 0);
	if (take_word(parser, "midnight"))
		return set_clock(parser, 0, 0);
	if (take_word(parser, "teatime"))
		return set_clock(parser, 16, 0);
	struct parser before = *parser;
	if (take_number(parser, 4, 4, &hour)) {
		if (parser->sign == '-' && isdigit((unsigned char)*parser->at)) {
			*parser = before; /* a year */
			*is_time = false;
			return true;
		}
		minute = hour % 100;
		hour /= 100;
	} else if (take_number(parser, 1, 2, &hour)) {
		if (parser->sign == '/' || is_month(parser->word) || (parser->sign == '.' && strchr(parser->at, '.'))) {
			*parser = before; /* a date */
			*is_time = false;
			return true;
		}
		if ((take_sign(parser, ':') || take_sign(parser, '.')) && !take_number(parser, 1, 2, &minute))
			return false;
	} else {
		*is_time = false;
		return true;
	}
	bool is_morning = take_word(parser, "am"), is_afternoon = !is_morning && take_word(parser, "pm");
	if (is_morning || is_afternoon) {
		if (hour < 1 || hour > 12)
			return false;
		hour = hour % 12 + 12 * is_afternoon;
	}
	parser->is_utc = take_word(parser, "utc") || take_word(parser, "gmt");
	return set_clock(parser, hour, minute);
}

static bool set_date(struct parser *parser, long year, long month, long day)
{
	static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (month < 1 || month > 12 || day < 1 || day > days[month - 1])
		return false;
	if (year >= 0)
		year = year < 70 ? year + 2000 : year < 100 ? year + 1900 : year;
	if (year >= 0 && year < 1970)
		return false;
	bool is_past = month - 1 < parser->time.tm_mon || (month - 1 == parser->time.tm_mon && day < parser->time.tm_mday);
	parser->time.tm_year = year >= 0 ? (int)year - 1900 : parser->time.tm_year + is_past;
	parser->time.tm_mon = (int)month - 1;
	parser->time.tm_mday = (int)day;
	return true;
}

static void move_to(struct parser *parser, int week_day)
{
	parser->time.tm_mday += (week_day - parser->time.tm_wday + 6) % 7 + 1; /* today: in a week */
}

/* date in figures: DD.MM.[CC]YY, MM/DD/[CC]YY, [CC]YY-MM-DD, or DD month [year]. */
static bool parse_figures(struct parser *parser)
{
	long first, second, third;
	if (!take_number(parser, 1, 4, &first))
		return false;
	char sign = parser->sign;
	int month = take_name(parser, months, 12);
	if (month >= 0) {
		long year = -1;
		take_number(parser, 4, 4, &year);
		return set_date(parser, year, month + 1, first);
	}
	if (!sign || !strchr("./-", sign))
		return false;
	advance(parser);
	if (!take_number(parser, 1, 2, &second) || !take_sign(parser, sign) || !take_number(parser, 1, 4, &third))
		return false;
	return sign == '.' ? set_date(parser, third, second, first) : sign == '/' ? set_date(parser, third, first, second) : set_date(parser, first, second, third);
}

static bool parse_increment(struct parser *parser, long count)
{
	static const char *const periods[] = {"minute", "min", "hour", "day", "week", "month", "year"};
	static const int factors[] = {1, 1, 60, 1, 7, 1, 1};
	for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
		if (!take_word(parser, periods[i]))
			continue;
		take_word(parser, "s");
		int *field = i < 3 ? &parser->time.tm_min : i < 5 ? &parser->time.tm_mday : i == 5 ? &parser->time.tm_mon : &parser->time.tm_year;
		if (labs(count) > 1000000)
			return false;
		*field += (int)count * factors[i];
		return true;
	}
	return false;
}

static bool parse_date(struct parser *parser, bool *is_date)
{
	long day, year = -1;
	*is_date = true;
	if (take_word(parser, "today"))
		return true;
	if (take_word(parser, "tomorrow")) {
		parser->time.tm_mday++;
		return true;
	}
	int name = take_name(parser, months, 12);
	if (name >= 0) {
		if (!take_number(parser, 1, 2, &day))
			return false;
		bool has_comma = take_sign(parser, ',');
		if (!take_number(parser, 4, 4, &year) && has_comma)
			return false;
		return set_date(parser, year, name + 1, day);
	}
	name = take_name(parser, week_days, 7);
	if (name >= 0) {
		move_to(parser, name);
		return true;
	}
	if (parser->digits)
		return parse_figures(parser);
	*is_date = false;
	return true;
}

static bool parse_increments(struct parser *parser)
{
	if (take_word(parser, "next")) {
		if (parse_increment(parser, 1)) /* before the days: "month" begins as "mon" */
			return true;
		int name = take_name(parser, week_days, 7);
		if (name < 0)
			return false;
		move_to(parser, name);
		return true;
	}
	while (parser->sign == '+' || parser->sign == '-') {
		long count, direction = take_sign(parser, '+') ? 1 : -1;
		if (direction < 0)
			advance(parser);
		if (!take_number(parser, 1, 7, &count) || !parse_increment(parser, direction * count))
			return false;
	}
	return true;
}

static bool parse_spec(struct parser *parser, bool *only_clock)
{
	bool has_clock = false, has_date = false;
	if (!take_word(parser, "now")) {
		if (!parse_clock(parser, &has_clock) || !parse_date(parser, &has_date))
			return false;
		if (!has_clock && !has_date && strncmp(parser->word, "next", 4))
			return false;
	}
	*only_clock = has_clock && !has_date;
	return parse_increments(parser) && is_end(parser);
}

bool parse_at_time(char **words, time_t now, time_t *when)
{
	struct text all = {0};
	for (char **word = words; *word; word++)
		text_format(&all, "%s ", *word);
	struct parser parser = {.at = all.data ? all.data : ""};
	bool only_clock = false;
	localtime_r(&now, &parser.time);
	parser.time.tm_sec = 0;
	advance(&parser);
	bool is_valid = parse_spec(&parser, &only_clock);
	text_free(&all);
	if (!is_valid)
		return false;
	parser.time.tm_isdst = -1;
	*when = parser.is_utc ? timegm(&parser.time) : mktime(&parser.time);
	if (only_clock && now > *when)
		*when += 24 * 60 * 60;
	return *when != (time_t)-1;
}
