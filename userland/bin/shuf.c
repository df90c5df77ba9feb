/*
 * shuf: lines in a random order
 * https://man7.org/linux/man-pages/man1/shuf.1.html
 *
 * Usage: shuf [-n COUNT] [-r] [-o FILE] [FILE]
 *        shuf -e [OPTION]... [WORD]...
 *        shuf -i LOW-HIGH [OPTION]...
 *   -e           the operands are the lines
 *   -i LOW-HIGH  the lines are these numbers
 *   -n COUNT     at most so many lines
 *   -o FILE      written to FILE
 *   -r           lines may come more than once
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "files.h"
#include "numbers.h"
#include "tools.h"

static char **lines;
static size_t count, room;

static void add_line(char *line)
{
	if (count == room)
		lines = reallocate(lines, (room = room ? 2 * room : 64) * sizeof *lines);
	lines[count++] = line;
}

/* Below `limit`, each value as likely as the others. */
static uint64_t random_below(uint64_t limit)
{
	uint64_t value, whole = UINT64_MAX - UINT64_MAX % limit;
	do {
		if (getrandom(&value, sizeof value, 0) != sizeof value)
			err(1, "getrandom");
	} while (value >= whole);
	return value % limit;
}

static void add_range(char *range)
{
	char *dash = strchr(range + 1, '-');
	if (!dash)
		errx(1, "invalid input range: '%s'", range);
	*dash = 0;
	long long low = parse_integer(range, "input range"), high = parse_integer(dash + 1, "input range");
	if (low < 0 || high < low - 1)
		errx(1, "invalid input range: '%s-%s'", range, dash + 1);
	for (long long number = low; number <= high; number++)
		add_line(format_text("%lld", number));
}

static void add_file(const char *name)
{
	FILE *input = open_input(name);
	if (!input)
		exit(1);
	char *line = NULL;
	size_t capacity = 0;
	while (read_line(input, &line, &capacity, NULL) >= 0)
		add_line(duplicate(line));
	if (ferror(input))
		err(1, "read error");
	free(line);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"echo", no_argument, NULL, 'e'}, {"input-range", required_argument, NULL, 'i'}, {"head-count", required_argument, NULL, 'n'},
		{"output", required_argument, NULL, 'o'}, {"repeat", no_argument, NULL, 'r'}, {0}};
	bool is_echo = false, repeats = false;
	char *range = NULL, *output = NULL;
	long long limit = -1;
	for (int option; (option = next_long_option(argc, argv, "ei:n:o:r", longs)) != -1;) {
		switch (option) {
		case 'e': is_echo = true; break;
		case 'i': range = optarg; break;
		case 'n':
			limit = parse_integer(optarg, "line count");
			if (limit < 0)
				errx(1, "invalid line count: '%s'", optarg);
			break;
		case 'o': output = optarg; break;
		default: repeats = true;
		}
	}
	if (is_echo && range)
		usage_error("cannot combine -e and -i options");
	if (range)
		add_range(range);
	for (char **word = argv + optind; is_echo && *word; word++)
		add_line(*word);
	if (!is_echo && !range)
		add_file(argv[optind] ? argv[optind] : "-");
	if (!is_echo && argv[optind] && (range || argv[optind + 1]))
		usage_error("extra operand '%s'", argv[optind + !range]);
	if (output && !freopen(output, "w", stdout))
		err(1, "%s", output);
	if (repeats && limit && !count)
		errx(1, "no lines to repeat");
	for (size_t at = 0; repeats ? limit < 0 || (long long)at < limit : at < count && (limit < 0 || (long long)at < limit); at++) {
		if (repeats) {
			if (puts(lines[random_below(count)]) < 0)
				return 1;
			continue;
		}
		size_t chosen = at + random_below(count - at);
		char *line = lines[chosen];
		lines[chosen] = lines[at];
		lines[at] = line;
		puts(line);
	}
	return 0;
}
