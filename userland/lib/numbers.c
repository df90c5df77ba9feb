/* Numbers, sizes and durations in the arguments and the output of commands. */
#include "numbers.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools.h"

long long parse_integer(const char *text, const char *what)
{
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (end == text || *end || errno)
		errx(usage_status, "invalid %s: '%s'", what, text);
	return value;
}

static long long suffix_value(const char *suffix)
{
	static const char powers[] = "KMGTPE";
	if (*suffix == 0 || strcmp(suffix, "c") == 0)
		return 1;
	if (strcmp(suffix, "w") == 0)
		return 2;
	if (strcmp(suffix, "b") == 0)
		return 512;
	const char *power = strchr(powers, toupper((unsigned char)*suffix));
	if (!power)
		return 0;
	int decimal = strcmp(suffix + 1, "B") == 0;
	if (!decimal && suffix[1] && strcmp(suffix + 1, "iB") != 0)
		return 0;
	long long value = 1;
	for (int i = 0; i <= power - powers; i++)
		value *= decimal ? 1000 : 1024;
	return value;
}

long long parse_size(const char *text, const char *what)
{
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	long long factor = suffix_value(end);
	if (end == text && factor > 1 && !isspace((unsigned char)*text))
		value = 1;
	else if (end == text) factor = 0;
	if (factor == 0 || errno)
		errx(usage_status, "invalid %s: '%s'", what, text);
	return value * factor;
}

double parse_duration(const char *text, int status)
{
	char *end;
	double value = strtod(text, &end);
	static const char units[] = "smhd";
	static const double seconds[] = {1, 60, 3600, 86400};
	if (end != text && value >= 0 && *end && end[1] == 0) {
		const char *unit = strchr(units, *end);
		if (unit)
			return value * seconds[unit - units];
	}
	if (end == text || *end || value < 0) {
		warnx("invalid time interval '%s'", text);
		fprintf(stderr, "Try '%s --help' for more information.\n", program_name());
		exit(status);
	}
	return value;
}

char *human_size(char text[SIZE_TEXT], uint64_t bytes, unsigned base)
{
	static const char units[] = "KMGTPE";
	if (bytes < base) {
		snprintf(text, SIZE_TEXT, "%llu", (unsigned long long)bytes);
		return text;
	}
	uint64_t unit = base;
	int power = 0;
	while (bytes / unit >= base && power < 5) {
		unit *= base;
		power++;
	}
	uint64_t whole = bytes / unit;
	uint64_t rest = bytes % unit;
	uint64_t tenths = whole * 10 + (rest * 10 + unit - 1) / unit;
	if (tenths >= 100) {
		uint64_t rounded = whole + (rest != 0);
		if (rounded < base || power == 5) {
			snprintf(text, SIZE_TEXT, "%llu%c", (unsigned long long)rounded, base == 1000 && power == 0 ? 'k' : units[power]);
			return text;
		}
		power++;
		tenths = 10;
	}
	snprintf(text, SIZE_TEXT, "%llu.%llu%c", (unsigned long long)(tenths / 10),
					 (unsigned long long)(tenths % 10), base == 1000 && power == 0 ? 'k' : units[power]);
	return text;
}

int digits(uint64_t value)
{
	int count = 1;
	while (value >= 10) {
		value /= 10;
		count++;
	}
	return count;
}

void put_hex(unsigned char byte, bool upper)
{
	const char *hex = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	putchar(hex[byte >> 4]);
	putchar(hex[byte & 15]);
}
