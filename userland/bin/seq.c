/*
 * seq: print a sequence of numbers
 * https://man7.org/linux/man-pages/man1/seq.1.html
 *
 * Usage: seq [OPTION]... [FIRST [INCREMENT]] LAST
 *   -f, --format FORMAT      a format of printf with %a %e %f %g
 *   -s, --separator STRING   between the numbers instead of a newline
 *   -w, --equal-width        leading zeros make all the same width
 */
#include <ctype.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools.h"

static double parse(const char *text, int *decimals)
{
	char *end;
	double value = strtod(text, &end);
	if (end == text || *end || isnan(value))
		usage_error("invalid floating point argument: '%s'", text);
	const char *point = strchr(text, '.');
	int count = point && !strpbrk(text, "eExX") ? (int)strlen(point + 1) : 0;
	if (*decimals < count)
		*decimals = count;
	return value;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"format", required_argument, NULL, 'f'}, {"separator", required_argument, NULL, 's'}, {"equal-width", no_argument, NULL, 'w'}, {0}};
	const char *format = NULL, *separator = "\n";
	bool equal = false;
	/* Negative numbers are operands. */
	while (argv[optind] && argv[optind][0] == '-' && !isdigit((unsigned char)argv[optind][1]) && argv[optind][1] != '.') {
		int option = next_long_option(argc, argv, "+f:s:w", longs);
		if (option == -1)
			break;
		if (option == 'f')
			format = optarg;
		else if (option == 's')
			separator = optarg;
		else
			equal = true;
	}
	char **operands = argv + optind;
	int count = argc - optind, decimals = 0, last_decimals = 0;
	if (count == 0)
		usage_error("missing operand");
	if (count > 3)
		usage_error("extra operand '%s'", operands[3]);
	double first = count > 1 ? parse(operands[0], &decimals) : 1;
	double step = count > 2 ? parse(operands[1], &decimals) : 1;
	double last = parse(operands[count - 1], &last_decimals);
	if (step == 0)
		usage_error("invalid Zero increment value: '%s'", operands[1]);
	int width = 0;
	if (equal) {
		double final = first + floor((last - first) / step + 1e-9) * step;
		int a = snprintf(NULL, 0, "%.*f", decimals, first), b = snprintf(NULL, 0, "%.*f", decimals, final);
		width = a > b ? a : b;
	}
	long long total = (long long)floor((last - first) / step + 1e-9);
	for (long long i = 0; i <= total; i++) {
		double value = first + (double)i * step;
		if (i)
			fputs(separator, stdout);
		if (format)
			printf(format, value);
		else
			printf("%0*.*f", width, decimals, value);
	}
	if (total >= 0)
		putchar('\n');
	return 0;
}
