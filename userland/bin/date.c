/*
 * date: print or set the time
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/date.html
 *
 * Usage: date [OPTION]... [+FORMAT]
 *        date [-u] [MMDDhhmm[[CC]YY][.ss]]
 *   -d, --date STRING        that time instead of now: @SECONDS, a date, "2 days ago"
 *   -I, --iso-8601[=TIMESPEC] as 2006-08-14, or with hours, minutes, seconds, ns
 *   -r, --reference FILE     the modification time of FILE
 *   -R, --rfc-email          as Mon, 14 Aug 2006 02:34:56 -0600
 *   -s, --set STRING         set the time
 *   -u, --utc                Coordinated Universal Time
 * FORMAT is that of strftime(3), and %N nanoseconds, %s seconds since 1970, %:z +hh:mm, and the
 * flags - _ 0 ^ with a width.
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "moment.h"
#include "tools.h"

/* One directive without flags; returns how many characters of the format it took. */
static size_t expand(const char *at, const struct tm *fields, struct timespec moment, char *result, size_t size)
{
	char format[4] = {'%', *at, 0, 0};
	if (*at == 'N') {
		snprintf(result, size, "%09ld", (long)moment.tv_nsec);
		return 1;
	}
	if (*at == 's') {
		snprintf(result, size, "%lld", (long long)moment.tv_sec);
		return 1;
	}
	if (at[0] == ':' && at[1] == 'z') {
		long minutes = fields->tm_gmtoff / 60, positive = minutes < 0 ? -minutes : minutes;
		snprintf(result, size, "%c%02ld:%02ld", minutes < 0 ? '-' : '+', positive / 60, positive % 60);
		return 2;
	}
	if ((*at == 'E' || *at == 'O') && at[1]) {
		format[2] = at[1];
		result[strftime(result, size, format, fields)] = 0;
		return 2;
	}
	if (*at == 'P') {
		snprintf(result, size, "%s", fields->tm_hour < 12 ? "am" : "pm");
		return 1;
	}
	if (*at == 'k' || *at == 'l') {
		int hour = *at == 'k' ? fields->tm_hour : (fields->tm_hour + 11) % 12 + 1;
		snprintf(result, size, "%2d", hour);
		return 1;
	}
	result[strftime(result, size, format, fields)] = 0;
	if (!result[0] && *at != 'p' && *at != 'Z')
		snprintf(result, size, "%%%c", *at);
	return 1;
}

static void put_padded(const char *text, char flag, int width)
{
	if (flag == '-' && strlen(text) > 1) {
		while ((*text == '0' || *text == ' ') && text[1])
			text++;
	}
	char pad = flag == '_' || (!flag && *text == ' ') ? ' ' : '0';
	int length = (int)strlen(text);
	size_t leading = flag == '_' ? strspn(text, "0") : 0;
	if (leading == (size_t)length && leading)
		leading--;
	for (; width > length; width--)
		putchar(pad);
	for (size_t i = 0; text[i]; i++)
		putchar(i < leading ? ' ' : flag == '^' ? toupper((unsigned char)text[i]) : text[i]);
}

static void put(const char *format, struct timespec moment)
{
	struct tm fields;
	char text[256];
	localtime_r(&moment.tv_sec, &fields);
	for (const char *at = format; *at;) {
		if (*at != '%' || !at[1]) {
			putchar(*at++);
			continue;
		}
		char flag = 0;
		int width = 0;
		for (at++; *at && strchr("-_0^#", *at); at++)
			flag = *at;
		for (; isdigit((unsigned char)*at); at++)
			width = width * 10 + *at - '0';
		if (*at == 'N' && width > 0 && width < 9) {
			snprintf(text, sizeof text, "%09ld", (long)moment.tv_nsec);
			printf("%.*s", width, text);
			at++;
			continue;
		}
		at += expand(at, &fields, moment, text, sizeof text);
		put_padded(text, flag, width);
	}
	putchar('\n');
}

static const char *iso_format(const char *precision)
{
	static const struct {
		const char *name, *format;
	} known[] = {{"date", "%Y-%m-%d"}, {"hours", "%Y-%m-%dT%H%:z"}, {"minutes", "%Y-%m-%dT%H:%M%:z"},
		{"seconds", "%Y-%m-%dT%H:%M:%S%:z"}, {"ns", "%Y-%m-%dT%H:%M:%S,%N%:z"}};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strncmp(known[i].name, precision, strlen(precision)))
			return known[i].format;
	usage_error("invalid argument '%s' for '--iso-8601'", precision);
}

static struct timespec parse(const char *text, struct timespec now)
{
	struct timespec moment;
	if (!parse_moment(text, now, &moment))
		errx(1, "invalid date '%s'", text);
	return moment;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"date", required_argument, NULL, 'd'}, {"iso-8601", optional_argument, NULL, 'I'},
		{"reference", required_argument, NULL, 'r'}, {"rfc-email", no_argument, NULL, 'R'},
		{"rfc-2822", no_argument, NULL, 'R'}, {"set", required_argument, NULL, 's'}, {"utc", no_argument, NULL, 'u'},
		{"universal", no_argument, NULL, 'u'}, {0}};
	const char *format = "%a %b %e %H:%M:%S %Z %Y", *described = NULL, *set = NULL;
	struct timespec moment;
	struct stat reference;
	bool setting = false;
	clock_gettime(CLOCK_REALTIME, &moment);
	for (int option; (option = next_long_option(argc, argv, "d:I::r:Rs:u", longs)) != -1;) {
		switch (option) {
		case 'd': described = optarg; break;
		case 'I': format = iso_format(optarg ? optarg : "date"); break;
		case 'R': format = "%a, %d %b %Y %H:%M:%S %z"; break;
		case 's': set = optarg; break;
		case 'u': setenv("TZ", "UTC0", 1); break;
		default:
			if (stat(optarg, &reference))
				err(1, "%s", optarg);
			moment = reference.st_mtim;
		}
	}
	tzset();
	char *operand = argv[optind];
	if (operand && argv[optind + 1])
		usage_error("extra operand '%s'", argv[optind + 1]);
	if (described)
		moment = parse(described, moment);
	if (set) {
		moment = parse(set, moment);
		setting = true;
	}
	if (operand && *operand == '+') {
		format = operand + 1;
	} else if (operand) {
		if (!parse_stamp(operand, true, &moment))
			errx(1, "invalid date '%s'", operand);
		setting = true;
	}
	bool refused = setting && clock_settime(CLOCK_REALTIME, &moment);
	if (refused)
		warn("cannot set date");
	put(format, moment);
	return refused;
}
