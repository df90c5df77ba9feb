/*
 * head: the first part of files
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/head.html
 *
 * Usage: head [-qv] [-n [-]NUM | -c [-]NUM | -NUM] [FILE]...
 * Prints the first 10 lines of each FILE, with its name if there are several.
 *   -c, --bytes [-]NUM   the first NUM bytes; with -, all but the last NUM
 *   -n, --lines [-]NUM   the first NUM lines; with -, all but the last NUM
 *   -q, --quiet          never print names
 *   -v, --verbose        always print names
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "numbers.h"
#include "tools.h"

static bool bytes, but_last, titles;
static long long amount = 10;
static int printed;

static void put_all_but_last(FILE *input)
{
	struct text data = {0};
	char buffer[4096];
	for (size_t count; (count = fread(buffer, 1, sizeof buffer, input)) > 0;)
		text_add(&data, buffer, count);
	size_t end = data.length;
	long long left = amount;
	if (bytes) {
		end = (unsigned long long)left >= end ? 0 : end - (size_t)left;
	} else if (end && left > 0) {
		for (end -= data.data[end - 1] == '\n'; left > 0; end -= left > 0) {
			while (end && data.data[end - 1] != '\n')
				end--;
			if (--left == 0 || !end)
				break;
		}
	}
	fwrite(data.data, 1, end, stdout);
	text_free(&data);
}

/* By read(2): what a pipe or a terminal has is printed without a wait for more. */
static int copy_first(int fd, const char *name)
{
	static char buffer[32 << 10];
	long long left = amount;
	while (left > 0) {
		size_t size = bytes && left < (long long)sizeof buffer ? (size_t)left : sizeof buffer;
		ssize_t got = read(fd, buffer, size);
		if (got < 0)
			warn("%s", name);
		if (got <= 0)
			return got < 0;
		const char *end = buffer + got, *at = bytes ? end : buffer;
		while (!bytes && left > 0 && at < end) {
			const char *newline = memchr(at, '\n', (size_t)(end - at));
			left -= newline != NULL;
			at = newline ? newline + 1 : end;
		}
		left -= bytes ? got : 0;
		fwrite(buffer, 1, (size_t)(at - buffer), stdout);
		/* A program that reads on from the same file description goes on where we stopped. */
		if (at < end)
			lseek(fd, at - end, SEEK_CUR);
	}
	return 0;
}

static int head(FILE *input, const char *name)
{
	if (titles)
		printf("%s==> %s <==\n", printed++ ? "\n" : "", strcmp(name, "-") ? name : "standard input");
	if (but_last) {
		put_all_but_last(input);
		return 0;
	}
	return copy_first(fileno(input), name);
}

static void take_amount(const char *text)
{
	but_last = *text == '-';
	amount = parse_size(text + but_last, bytes ? "number of bytes" : "number of lines");
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"bytes", required_argument, NULL, 'c'}, {"lines", required_argument, NULL, 'n'},
		{"quiet", no_argument, NULL, 'q'}, {"verbose", no_argument, NULL, 'v'}, {0}};
	bool quiet = false, verbose = false;
	open_failure = "cannot open '%s' for reading";
	if (argc > 1 && argv[1][0] == '-' && isdigit((unsigned char)argv[1][1]))
		argv[1] = format_text("-n%s", argv[1] + 1);
	for (int option; (option = next_long_option(argc, argv, "c:n:qv", longs)) != -1;) {
		switch (option) {
		case 'q': quiet = true, verbose = false; break;
		case 'v': verbose = true, quiet = false; break;
		default:
			bytes = option == 'c';
			take_amount(optarg);
		}
	}
	titles = verbose || (!quiet && argc - optind > 1);
	return each_input(argv + optind, head);
}
