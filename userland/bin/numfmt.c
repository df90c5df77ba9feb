/*
 * numfmt: numbers to and from the form that people read
 * https://www.gnu.org/software/coreutils/manual/html_node/numfmt-invocation.html
 *
 * Usage: numfmt [OPTION]... [NUMBER]...
 *   -d, --delimiter X     fields end at X instead of blanks
 *       --field LIST      which fields are numbers (1)
 *       --from UNIT       units of the input: none, auto, si (K = 1000), iec (K = 1024), iec-i (Ki = 1024)
 *       --from-unit N     a number of the input stands for N
 *       --to UNIT         units of the output, as in --from, without auto
 *       --to-unit N       a number of the output stands for N
 *       --format FORMAT   as in printf: %[0]['][-][WIDTH][.PRECISION]f
 *       --grouping        digits in groups, if the locale has any
 *       --header[=N]      the first N lines (1) as they are
 *       --invalid MODE    what a word that is no number does: abort, fail, warn, ignore
 *       --padding N       N columns wide, to the right; -N: to the left
 *       --round MODE      up, down, from-zero, towards-zero, nearest
 *       --suffix TEXT     after the numbers of the output, and possibly of the input
 *       --debug           warn where an option does nothing
 *   -z, --zero-terminated lines end in NUL
 */
#include <ctype.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "numbers.h"
#include "ranges.h"
#include "tools.h"

enum units { NONE, AUTO, SI, IEC, IEC_I };
enum rounding { UP, DOWN, FROM_ZERO, TOWARDS_ZERO, NEAREST };
enum invalid { ABORT, FAIL, WARN, IGNORE };
enum { MOST_DIGITS = 18, MOST_READ = 27, CONVERSION = 2 };

static const char powers[] = "KMGTPEZY";
static enum units from, to;
static enum rounding rounding = FROM_ZERO;
static enum invalid on_invalid;
static long double from_unit = 1, to_unit = 1;
static long padding;
static int precision = -1;
static bool zero_padded, failed, debug;
static const char *suffix = "", *before = "", *after = "";
static int delimiter = -1;
static char line_end = '\n';
static struct ranges fields;

static int choice(const char *text, const char *const *names, const char *option)
{
	for (int i = 0; names[i]; i++)
		if (!strcmp(names[i], text))
			return i;
	usage_error("invalid argument '%s' for '--%s'", text, option);
}

/* A word that is no number: the program ends, or the word stays as it is. */
static bool refuse(const char *problem, const char *word)
{
	if (on_invalid != IGNORE)
		warnx("%s: '%s'", problem, word);
	if (on_invalid == ABORT) {
		fflush(stdout);
		exit(CONVERSION);
	}
	failed |= on_invalid == FAIL;
	return false;
}

static long double rounded(long double value)
{
	switch (rounding) {
	case UP: return ceill(value);
	case DOWN: return floorl(value);
	case FROM_ZERO: return value < 0 ? floorl(value) : ceill(value);
	case TOWARDS_ZERO: return truncl(value);
	default: return roundl(value);
	}
}

/* The digits and the point: their value, how many follow the point; null if there are none. */
static const char *parse_digits(const char *word, long double *value, int *fraction)
{
	const char *at = word + (*word == '-'), *first = at;
	int digits = 0;
	*value = 0;
	*fraction = 0;
	for (; isdigit((unsigned char)*at); at++) {
		*value = *value * 10 + (*at - '0');
		digits += *value != 0;
	}
	if (at == first && *at != '.')
		return NULL;
	if (*at == '.') {
		at++;
		long double scale = 1, part = 0;
		for (; isdigit((unsigned char)*at); at++, (*fraction)++) {
			part = part * 10 + (*at - '0');
			scale *= 10;
		}
		if (!*fraction)
			return NULL;
		*value += part / scale;
	}
	if (*word == '-')
		*value = -*value;
	return digits > MOST_READ ? NULL : at;
}

/* One number with its unit; *fraction is how many decimals it had. */
static bool parse_number(const char *word, long double *value, int *fraction)
{
	const char *end = parse_digits(word, value, fraction), *power;
	if (!end)
		return refuse("invalid number", word);
	end += strspn(end, " \t");
	if (!*end) {
		*value *= from_unit;
		return true;
	}
	power = strchr(powers, *end);
	if (!power)
		return refuse("invalid suffix in input", word);
	if (from == NONE)
		return refuse("rejecting suffix in input (consider using --from)", word);
	bool has_i = end[1] == 'i' && (from == AUTO || from == IEC_I);
	if (from == IEC_I && !has_i)
		return refuse("missing 'i' suffix in input", word);
	if (end[1 + has_i])
		return refuse("invalid suffix in input", word);
	long double base = from == SI || (from == AUTO && !has_i) ? 1000 : 1024;
	*value *= powl(base, (long double)(power - powers + 1)) * from_unit;
	*fraction = 0;
	return true;
}

static void format_scaled(struct text *text, long double value)
{
	long double base = to == SI ? 1000 : 1024;
	size_t power = 0;
	while (fabsl(value) >= base && power < sizeof powers - 1) {
		value /= base;
		power++;
	}
	int decimals = precision < 0 ? fabsl(value) < 10 : (int)power * 3 < precision ? (int)power * 3 : precision;
	long double scale = powl(10, decimals);
	value = rounded(value * scale) / scale;
	if (fabsl(value) >= base && power < sizeof powers - 1) {
		value /= base;
		power++;
	}
	bool shows_point = value != 0 && fabsl(value) < 10 && power > 0;
	text_format(text, "%.*Lf", precision < 0 ? shows_point : precision, value);
	if (power)
		text_char(text, powers[power - 1]);
	if (power && to == IEC_I)
		text_char(text, 'i');
}

static bool format_number(struct text *text, long double value, int fraction, const char *word)
{
	if (to != NONE) {
		format_scaled(text, value);
		return true;
	}
	int decimals = precision < 0 ? fraction : precision;
	if (fabsl(value) > powl(10, (long double)MOST_DIGITS - decimals))
		return refuse("value too large to be printed (consider using --to)", word);
	long double scale = powl(10, decimals);
	text_format(text, "%.*Lf", decimals, rounded(value * scale) / scale);
	return true;
}

/* A number in `width` columns: blanks, or zeros after the sign, on the left; blanks on the right of a negative width. */
static void print_padded(const struct text *number, long width)
{
	long length = (long)number->length + (long)strlen(suffix), missing = labs(width) - length;
	const char *digits = number->data;
	fputs(before, stdout);
	if (zero_padded && *digits == '-' && missing > 0)
		putchar(*digits++);
	for (long i = 0; width > 0 && i < missing; i++)
		putchar(zero_padded ? '0' : ' ');
	printf("%s%s", digits, suffix);
	for (long i = 0; width < 0 && i < missing; i++)
		putchar(' ');
	fputs(after, stdout);
}

static void convert_field(const char *field, size_t number)
{
	static struct text text;
	long double value;
	int fraction;
	bool is_automatic = !padding && delimiter < 0;
	const char *word = field;
	while (isblank((unsigned char)*word))
		word++;
	long width = !is_automatic ? padding : word > field || number > 1 ? (long)strlen(field) : 0;
	size_t length = strlen(word), cut = strlen(suffix);
	char *bare = length > cut && !strcmp(word + length - cut, suffix) ? duplicate_range(word, length - cut) : duplicate(word);
	text_clear(&text);
	if (parse_number(bare, &value, &fraction) && format_number(&text, value / to_unit, fraction, bare))
		print_padded(&text, width);
	else
		fputs(field, stdout);
	free(bare);
}

/* Fields end at the delimiter, or at the first blank behind a word. */
static void convert_line(char *line)
{
	for (size_t number = 1;; number++) {
		char *end = line;
		if (delimiter >= 0) {
			end += strcspn(line, (char[]){(char)delimiter, 0});
		} else {
			end += strspn(end, " \t");
			end += strcspn(end, " \t");
		}
		bool is_last = !*end;
		*end = 0;
		if (fields.count ? ranges_contain(&fields, number) : number == 1)
			convert_field(line, number);
		else
			fputs(line, stdout);
		if (is_last)
			break;
		putchar(delimiter < 0 ? ' ' : delimiter);
		line = end + 1;
	}
	putchar(line_end);
}

static long double parse_unit(const char *text)
{
	long double value;
	char *end;
	value = (long double)strtoull(text, &end, 10);
	const char *power = *end ? strchr(powers, *end) : NULL;
	bool has_i = power && end[1] == 'i';
	if (end == text ? !power : value == 0)
		usage_error("invalid unit size: '%s'", text);
	if (end == text)
		value = 1;
	if (*end && (!power || end[1 + has_i]))
		usage_error("invalid unit size: '%s'", text);
	return power ? value * powl(has_i ? 1024 : 1000, (long double)(power - powers + 1)) : value;
}

static void parse_format(const char *format)
{
	const char *at = format;
	while (*at && (*at != '%' || at[1] == '%'))
		at += 1 + (*at == '%');
	if (!*at)
		usage_error("format '%s' has no %% directive", format);
	before = duplicate_range(format, (size_t)(at++ - format));
	bool is_left = false;
	for (; *at && strchr(" '0-", *at); at++) {
		zero_padded |= *at == '0';
		is_left |= *at == '-';
	}
	char *end;
	long width = strtol(at, &end, 10);
	if (width)
		padding = is_left ? -width : width;
	if (*end == '.') {
		if (end[1] == '-' || end[1] == '+' || isblank((unsigned char)end[1]))
			usage_error("invalid precision in format '%s'", format);
		precision = (int)strtol(end + 1, &end, 10);
		if (precision > MOST_DIGITS)
			usage_error("invalid precision in format '%s'", format);
	}
	if (*end != 'f')
		usage_error("invalid format '%s', directive must be %%[0]['][-][N][.][N]f", format);
	for (at = end + 1; *at; at++) {
		if (*at == '%' && at[1] != '%')
			usage_error("format '%s' has too many %% directives", format);
		at += *at == '%';
	}
	after = end + 1;
}

static unsigned long long header;
static const char *format;

static void read_options(int argc, char **argv)
{
	static const char *const units[] = {"none", "auto", "si", "iec", "iec-i", NULL};
	static const char *const roundings[] = {"up", "down", "from-zero", "towards-zero", "nearest", NULL};
	static const char *const modes[] = {"abort", "fail", "warn", "ignore", NULL};
	enum { FROM = 256, FROM_UNIT, TO, TO_UNIT, FORMAT, FIELD, GROUPING, HEADER, INVALID, PADDING, ROUND, SUFFIX, DEBUG };
	static const struct option longs[] = {
		{"from", required_argument, NULL, FROM}, {"from-unit", required_argument, NULL, FROM_UNIT}, {"to", required_argument, NULL, TO},
		{"to-unit", required_argument, NULL, TO_UNIT}, {"format", required_argument, NULL, FORMAT}, {"field", required_argument, NULL, FIELD},
		{"grouping", no_argument, NULL, GROUPING}, {"header", optional_argument, NULL, HEADER}, {"invalid", required_argument, NULL, INVALID},
		{"padding", required_argument, NULL, PADDING}, {"round", required_argument, NULL, ROUND}, {"suffix", required_argument, NULL, SUFFIX},
		{"delimiter", required_argument, NULL, 'd'}, {"zero-terminated", no_argument, NULL, 'z'}, {"debug", no_argument, NULL, DEBUG}, {0}};
	bool is_grouped = false;
	for (int option; (option = next_long_option(argc, argv, "+d:z", longs)) != -1;) {
		switch (option) {
		case FROM: from = (enum units)choice(optarg, units, "from"); break;
		case TO:
			to = (enum units)choice(optarg, units, "to");
			if (to == AUTO)
				usage_error("invalid argument 'auto' for '--to'");
			break;
		case FROM_UNIT: from_unit = parse_unit(optarg); break;
		case TO_UNIT: to_unit = parse_unit(optarg); break;
		case FORMAT: format = optarg; break;
		case FIELD:
			if (!ranges_parse(&fields, optarg))
				usage_error("invalid field value '%s'", optarg);
			break;
		case GROUPING: is_grouped = true; break;
		case HEADER:
			header = optarg ? (unsigned long long)parse_integer(optarg, "header value") : 1;
			if (!header || (optarg && *optarg == '-'))
				usage_error("invalid header value '%s'", optarg);
			break;
		case INVALID: on_invalid = (enum invalid)choice(optarg, modes, "invalid"); break;
		case PADDING:
			padding = (long)parse_integer(optarg, "padding value");
			if (!padding)
				usage_error("invalid padding value '%s'", optarg);
			break;
		case ROUND: rounding = (enum rounding)choice(optarg, roundings, "round"); break;
		case SUFFIX: suffix = optarg; break;
		case 'd':
			if (*optarg && optarg[1])
				usage_error("the delimiter must be a single character");
			delimiter = (unsigned char)*optarg;
			break;
		case 'z': line_end = 0; break;
		default: debug = true;
		}
	}
	if (format && is_grouped)
		usage_error("--grouping cannot be combined with --format");
	if (is_grouped && to != NONE)
		usage_error("grouping cannot be combined with --to");
	if (debug && is_grouped)
		warnx("grouping has no effect in this locale");
	if (format)
		parse_format(format);
}

int main(int argc, char **argv)
{
	read_options(argc, argv);
	if (debug && from == NONE && to == NONE && !padding && !format)
		warnx("no conversion option specified");
	for (char **word = argv + optind; *word; word++)
		convert_line(*word);
	if (argv[optind])
		return failed ? CONVERSION : 0;
	char *line = NULL;
	size_t capacity = 0;
	for (ssize_t length; (length = getdelim(&line, &capacity, line_end, stdin)) >= 0;) {
		bool has_end = length && line[length - 1] == line_end;
		line[length - has_end] = 0;
		if (header) {
			header--;
			printf("%s%c", line, line_end);
		} else {
			convert_line(line);
		}
	}
	free(line);
	if (ferror(stdin))
		err(1, "error reading input");
	return failed ? CONVERSION : 0;
}
