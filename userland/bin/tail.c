/*
 * tail: the last part of files
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/tail.html
 *
 * Usage: tail [-fFqrv] [-n [+]NUM | -c [+]NUM | -NUM[bcl][f]] [FILE]...
 * Prints the last 10 lines of each FILE, with its name if there are several.
 *   -c, --bytes [+]NUM      the last NUM bytes; with +, from byte NUM on
 *   -f, --follow            go on as the file grows
 *   -F, --retry             the same, and reopen a file that is replaced
 *   -n, --lines [+]NUM      the last NUM lines; with +, from line NUM on
 *   -q, --quiet             never print names
 *   -r                      the last lines in reverse order, all of them without -n
 *   -s, --sleep-interval S  with -f, look every S seconds (default 1)
 *   -v, --verbose           always print names
 *       --pid PID           with -f, end after process PID has ended
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "numbers.h"
#include "tools.h"

static bool bytes, is_reversed, has_amount, from_start, titles, follow, by_name;
static long long amount = 10;
static const char *last_title;

struct followed {
	FILE *input;
	const char *name;
	off_t size;
};

static void put_title(const char *name)
{
	if (!titles || last_title == name)
		return;
	printf("%s==> %s <==\n", last_title ? "\n" : "", strcmp(name, "-") ? name : "standard input");
	last_title = name;
}

static void put_rest(FILE *input)
{
	char buffer[4096];
	for (size_t count; (count = fread(buffer, 1, sizeof buffer, input)) > 0;)
		fwrite(buffer, 1, count, stdout);
}

static void put_from(FILE *input)
{
	long long left = amount - 1;
	for (int c; left > 0 && (c = getc(input)) != EOF;)
		left -= bytes || c == '\n';
	put_rest(input);
}

/* Start of the last `amount` lines of data. */
static size_t start_of_lines(const char *data, size_t length)
{
	size_t at = length;
	long long left = amount;
	if (at && data[at - 1] == '\n')
		at--;
	if (left == 0)
		return length;
	for (; at > 0; at--)
		if (data[at - 1] == '\n' && --left == 0)
			return at;
	return 0;
}

static size_t start_of_end(const struct text *data)
{
	if (!bytes)
		return start_of_lines(data->data, data->length);
	return data->length > (size_t)amount ? data->length - (size_t)amount : 0;
}

/* On a file that can seek, reads blocks from its end until there are enough lines. */
static bool put_end_by_seeking(FILE *input)
{
	struct stat status;
	off_t begin = lseek(fileno(input), 0, SEEK_CUR);
	if (begin < 0 || fstat(fileno(input), &status) || !S_ISREG(status.st_mode) || status.st_size == 0)
		return false;
	off_t start = status.st_size;
	long long lines = 0;
	char block[4096];
	if (bytes)
		start = amount > start - begin ? begin : start - amount;
	while (!bytes && start > begin && lines <= amount) {
		size_t size = (size_t)(start - begin > (off_t)sizeof block ? (off_t)sizeof block : start - begin);
		ssize_t got = pread(fileno(input), block, size, start - (off_t)size);
		if (got <= 0)
			return false;
		for (ssize_t i = 0; i < got; i++)
			lines += block[i] == '\n';
		start -= (off_t)size;
	}
	return !fseeko(input, start, SEEK_SET);
}

static void put_end(FILE *input)
{
	struct text data = {0};
	char buffer[4096];
	size_t most = 1 << 20;
	put_end_by_seeking(input);
	for (size_t count; (count = fread(buffer, 1, sizeof buffer, input)) > 0;) {
		text_add(&data, buffer, count);
		/* Of a long stream only the end is kept; looked for when it has doubled. */
		if (data.length <= most)
			continue;
		size_t start = start_of_end(&data);
		memmove(data.data, data.data + start, data.length - start + 1);
		data.length -= start;
		most = data.length > most / 2 ? data.length * 2 : most;
	}
	if (data.length) {
		size_t start = start_of_end(&data);
		fwrite(data.data + start, 1, data.length - start, stdout);
	}
	text_free(&data);
}

static int tail(FILE *input, const char *name)
{
	put_title(name);
	if (is_reversed)
		put_lines_reversed(input, has_amount ? amount : -1);
	else if (from_start)
		put_from(input);
	else
		put_end(input);
	return 0;
}

/* Prints what a file has grown by; notices that it shrank, or was replaced by another. */
static void look_again(struct followed *file)
{
	struct stat open_one, named;
	if (by_name && !stat(file->name, &named) &&
	    (!file->input || fstat(fileno(file->input), &open_one) || named.st_ino != open_one.st_ino || named.st_dev != open_one.st_dev)) {
		FILE *next = fopen(file->name, "r");
		if (next) {
			warnx("'%s' has %s;  following new file", file->name, file->input ? "been replaced" : "appeared");
			if (file->input)
				fclose(file->input);
			file->input = next;
			file->size = 0;
		}
	}
	if (!file->input || fstat(fileno(file->input), &open_one))
		return;
	if (S_ISREG(open_one.st_mode) && open_one.st_size < file->size) {
		warnx("%s: file truncated", file->name);
		rewind(file->input);
	}
	if (S_ISREG(open_one.st_mode) && open_one.st_size == file->size)
		return;
	file->size = open_one.st_size;
	clearerr(file->input);
	put_title(file->name);
	put_rest(file->input);
}

static void follow_files(struct followed *files, int count, double interval, pid_t pid)
{
	struct timespec pause = {(time_t)interval, (long)((interval - (double)(time_t)interval) * 1e9)};
	for (;;) {
		fflush(stdout);
		if (ferror(stdout))
			return;
		bool ending = pid && kill(pid, 0) && errno == ESRCH;
		for (int i = 0; i < count; i++)
			look_again(&files[i]);
		if (ending)
			return;
		nanosleep(&pause, NULL);
	}
}

static void take_amount(const char *text)
{
	from_start = *text == '+';
	amount = parse_size(text + (*text == '+' || *text == '-'), bytes ? "number of bytes" : "number of lines");
}

/* -5, +5c, -5bf: the option that says the same; b are blocks of 512 bytes, l lines, and f follows. */
static char *modern_amount(const char *text)
{
	const char *number = text + (*text == '-'), *unit = text + 1 + strspn(text + 1, "0123456789");
	bool has_unit = *unit == 'b' || *unit == 'c' || *unit == 'l';
	const char *behind = unit + has_unit;
	if (strcmp(behind, "") && strcmp(behind, "f"))
		errx(1, "invalid number of lines: '%s'", text);
	follow = *behind == 'f';
	return format_text("-%c%.*s%s", *unit == 'b' || *unit == 'c' ? 'c' : 'n', (int)(unit - number), number, *unit == 'b' ? "b" : "");
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"bytes", required_argument, NULL, 'c'}, {"follow", optional_argument, NULL, 'f'},
		{"lines", required_argument, NULL, 'n'}, {"quiet", no_argument, NULL, 'q'},
		{"retry", no_argument, NULL, 'F'}, {"sleep-interval", required_argument, NULL, 's'},
		{"verbose", no_argument, NULL, 'v'}, {"pid", required_argument, NULL, 'p'}, {0}};
	bool quiet = false, verbose = false;
	open_failure = "cannot open '%s' for reading";
	double interval = 1;
	pid_t pid = 0;
	if (argc > 1 && (argv[1][0] == '-' || argv[1][0] == '+') && isdigit((unsigned char)argv[1][1]))
		argv[1] = modern_amount(argv[1]);
	for (int option; (option = next_long_option(argc, argv, "c:fFn:qrs:v", longs)) != -1;) {
		switch (option) {
		case 'f': follow = true, by_name |= optarg && !strcmp(optarg, "name"); break;
		case 'F': follow = by_name = true; break;
		case 'r': is_reversed = true; break;
		case 'q': quiet = true, verbose = false; break;
		case 'v': verbose = true, quiet = false; break;
		case 's': interval = parse_duration(optarg, 1); break;
		case 'p': pid = (pid_t)parse_integer(optarg, "PID"); break;
		default:
			bytes = option == 'c';
			has_amount = true;
			take_amount(optarg);
		}
	}
	if (is_reversed && (bytes || follow || from_start))
		usage_error("-r: not with -c, -f or a number of lines from the start");
	titles = verbose || (!quiet && argc - optind > 1);
	if (!follow)
		return each_input(argv + optind, tail);
	static char *standard[] = {"-", NULL};
	char **names = argv[optind] ? argv + optind : standard;
	struct followed *files = allocate(sizeof *files * (size_t)(argc + 1));
	int count = 0, status = 0;
	for (; *names; names++) {
		FILE *input = open_input(*names);
		if (!input)
			status = 1;
		if (!input && !by_name)
			continue;
		if (input)
			tail(input, *names);
		struct stat now = {0};
		if (input)
			fstat(fileno(input), &now);
		files[count++] = (struct followed){input, *names, now.st_size};
	}
	if (count)
		follow_files(files, count, interval, pid);
	return status;
}
