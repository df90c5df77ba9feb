/*
 * dd: copy and convert blocks
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/dd.html
 *
 * Usage: dd [OPERAND]...
 *   bs=BYTES        read and write that many at a time (512)
 *   cbs=BYTES       record size of conv=block and unblock
 *   conv=LIST       ascii ebcdic ibm ucase lcase swab sync noerror notrunc excl nocreat fsync fdatasync block unblock
 *   count=N         copy only N input blocks
 *   ibs=, obs=      size of input, of output blocks
 *   if=, of=        files instead of standard input and output
 *   iflag=, oflag=  fullblock append nonblock, sync, count_bytes skip_bytes seek_bytes
 *   seek=N, skip=N  leave out N output, input blocks
 *   status=LEVEL    none, noxfer or progress
 * Numbers may end in c w b kB K MB M GB G, and may be products: 2x512.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ebcdic.h"
#include "files.h"
#include "numbers.h"
#include "tools.h"

enum {
	UCASE = 1, LCASE = 2, SWAB = 4, SYNC = 8, NOERROR = 16, NOTRUNC = 32, EXCL = 64, NOCREAT = 128, FSYNC = 256, FDATASYNC = 512,
	BLOCK = 1024, UNBLOCK = 2048, ASCII = 4096, EBCDIC = 8192, IBM = 16384, FULLBLOCK = 1, COUNT_BYTES = 2, SKIP_BYTES = 4, SEEK_BYTES = 8, APPEND = 16, NONBLOCK = 32, DSYNC = 64, DIRECT = 128
};

static struct {
	size_t input_size, output_size, record_size;
	unsigned long long skip, seek, count;
	bool counted;
	const char *input, *output;
	unsigned conversions, input_flags, output_flags;
	char level;     /* of status=: n x p or 0 */
} job = {.input_size = 512, .output_size = 512};

static struct {
	unsigned long long full_in, part_in, full_out, part_out, bytes;
	struct timespec start;
} done;

static volatile sig_atomic_t report_wanted;

/* Where O_DIRECT may read and write. */
static char *allocate_block(void)
{
	enum { PAGE = 4096 };
	char *block = aligned_alloc(PAGE, (job.input_size + PAGE - 1) / PAGE * PAGE);
	if (!block)
		err(1, "%zu bytes", job.input_size);
	return block;
}

static void put_report(const char *before)
{
	struct timespec now;
	char size[SIZE_TEXT];
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
	if (job.level == 'n')
		return;
	fputs(before, stderr);
	if (*before != '\r')
		fprintf(stderr, "%llu+%llu records in\n%llu+%llu records out\n", done.full_in, done.part_in, done.full_out, done.part_out);
	if (job.level == 'x')
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	double seconds = (double)(now.tv_sec - done.start.tv_sec) + (double)(now.tv_nsec - done.start.tv_nsec) / 1e9;
	double rate = seconds > 0 ? (double)done.bytes / seconds : 0;
	size_t unit = 0;
	for (; rate >= 1000 && unit < 4; unit++)
		rate /= 1000;
	fprintf(stderr, "%llu byte%s", done.bytes, done.bytes == 1 ? "" : "s");
	if (done.bytes >= 1000) {
		human_size(size, done.bytes, 1000);
		size_t digits_only = strspn(size, "0123456789.");
		fprintf(stderr, " (%.*s %cB", (int)digits_only, size, size[digits_only] == 'K' ? 'k' : size[digits_only]);
		if (done.bytes >= 1024) {
			human_size(size, done.bytes, 1024);
			digits_only = strspn(size, "0123456789.");
			fprintf(stderr, ", %.*s %ciB", (int)digits_only, size, size[digits_only]);
		}
		fputc(')', stderr);
	}
	fprintf(stderr, " copied, %g s, %.*f %s/s", seconds, rate < 10 ? 1 : 0, rate, units[unit]);
	fputs(*before == '\r' ? "\033[K" : "\n", stderr);
}

static unsigned long long parse(const char *text, const char *name)
{
	unsigned long long product = 1;
	char *copy = duplicate(text), *next = copy, what[32];
	snprintf(what, sizeof what, "number");
	(void)name;
	for (char *factor; (factor = strsep(&next, "x"));) {
		if (!isdigit((unsigned char)*factor))
			errx(1, "invalid number: '%s'", text);
		product *= (unsigned long long)parse_size(factor, what);
	}
	free(copy);
	return product;
}

static unsigned parse_list(const char *list, const char *const *names, const unsigned *values, const char *what)
{
	unsigned result = 0;
	char *copy = duplicate(list), *next = copy;
	for (char *word; (word = strsep(&next, ","));) {
		size_t i = 0;
		while (names[i] && strcmp(names[i], word))
			i++;
		if (!names[i])
			usage_error("invalid %s: '%s'", what, word);
		result |= values[i];
	}
	free(copy);
	return result;
}

static unsigned parse_conversions(const char *list)
{
	static const char *const names[] = {"ucase", "lcase", "swab", "sync", "noerror", "notrunc", "excl", "nocreat", "fsync", "fdatasync", "block", "unblock", "ascii", "ebcdic", "ibm", NULL};
	static const unsigned values[] = {UCASE, LCASE, SWAB, SYNC, NOERROR, NOTRUNC, EXCL, NOCREAT, FSYNC, FDATASYNC, BLOCK, UNBLOCK, ASCII | UNBLOCK, EBCDIC | BLOCK, IBM | BLOCK};
	return parse_list(list, names, values, "conversion");
}

static unsigned parse_flags(const char *list, bool input)
{
	static const char *const names[] = {"fullblock", "count_bytes", "skip_bytes", "seek_bytes", "append", "nonblock", "dsync", "sync", "direct", "noatime", NULL};
	static const unsigned values[] = {FULLBLOCK, COUNT_BYTES, SKIP_BYTES, SEEK_BYTES, APPEND, NONBLOCK, DSYNC, DSYNC, DIRECT, 0};
	return parse_list(list, names, values, input ? "input flag" : "output flag");
}

static void parse_operand(const char *word)
{
	const char *equals = strchr(word, '=');
	if (!equals)
		usage_error("unrecognized operand '%s'", word);
	const char *value = equals + 1;
	char *name = duplicate_range(word, (size_t)(equals - word));
	if (!strcmp(name, "if"))
		job.input = value;
	else if (!strcmp(name, "of"))
		job.output = value;
	else if (!strcmp(name, "bs"))
		job.input_size = job.output_size = (size_t)parse(value, name);
	else if (!strcmp(name, "ibs"))
		job.input_size = (size_t)parse(value, name);
	else if (!strcmp(name, "obs"))
		job.output_size = (size_t)parse(value, name);
	else if (!strcmp(name, "cbs"))
		job.record_size = (size_t)parse(value, name);
	else if (!strcmp(name, "count"))
		job.count = parse(value, name), job.counted = true;
	else if (!strcmp(name, "skip") || !strcmp(name, "iseek"))
		job.skip = parse(value, name);
	else if (!strcmp(name, "seek") || !strcmp(name, "oseek"))
		job.seek = parse(value, name);
	else if (!strcmp(name, "conv"))
		job.conversions |= parse_conversions(value);
	else if (!strcmp(name, "iflag"))
		job.input_flags |= parse_flags(value, true);
	else if (!strcmp(name, "oflag"))
		job.output_flags |= parse_flags(value, false);
	else if (!strcmp(name, "status") && (!strcmp(value, "none") || !strcmp(value, "noxfer") || !strcmp(value, "progress")))
		job.level = value[0] == 'p' ? 'p' : value[2] == 'x' ? 'x' : 'n';
	else if (!strcmp(name, "status"))
		usage_error("invalid status level: '%s'", value);
	else
		usage_error("unrecognized operand '%s'", word);
	free(name);
	if (!job.input_size || !job.output_size)
		errx(1, "invalid number: '%s'", value);
}

static ssize_t read_block(int fd, char *block, size_t size)
{
	size_t length = 0;
	do {
		ssize_t count = read(fd, block + length, size - length);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -1;
		if (count == 0)
			break;
		length += (size_t)count;
	} while ((job.input_flags & FULLBLOCK) && length < size);
	return (ssize_t)length;
}

static void skip_input(int fd)
{
	unsigned long long bytes = job.input_flags & SKIP_BYTES ? job.skip : job.skip * job.input_size;
	if (!bytes || lseek(fd, (off_t)bytes, SEEK_CUR) >= 0)
		return;
	char *block = allocate_block();
	while (bytes > 0) {
		ssize_t count = read(fd, block, bytes < job.input_size ? (size_t)bytes : job.input_size);
		if (count <= 0)
			break;
		bytes -= (unsigned long long)count;
	}
	free(block);
}

static void prepare_output(int fd)
{
	off_t bytes = (off_t)(job.output_flags & SEEK_BYTES ? job.seek : job.seek * job.output_size);
	struct stat status;
	if (job.output && !(job.conversions & NOTRUNC) && !fstat(fd, &status) && S_ISREG(status.st_mode) && ftruncate(fd, bytes))
		err(1, "failed to truncate to %lld bytes in output file '%s'", (long long)bytes, job.output);
	if (bytes && lseek(fd, bytes, SEEK_CUR) < 0)
		err(1, "'%s': cannot seek", job.output ? job.output : "standard output");
}

static void translate(char *block, size_t length)
{
	static unsigned char table[256];
	static bool made;
	if (!made)
		ebcdic_table(job.conversions & ASCII ? FROM_EBCDIC : job.conversions & EBCDIC ? TO_EBCDIC : TO_IBM, table);
	made = true;
	for (size_t i = 0; i < length; i++)
		block[i] = (char)table[(unsigned char)block[i]];
}

/* What comes before the records are made. */
static void convert(char *block, size_t length)
{
	if (job.conversions & ASCII)
		translate(block, length);
	for (size_t i = 0; (job.conversions & (UCASE | LCASE)) && i < length; i++)
		block[i] = (char)(job.conversions & UCASE ? toupper((unsigned char)block[i]) : tolower((unsigned char)block[i]));
	for (size_t i = 0; (job.conversions & SWAB) && i + 1 < length; i += 2) {
		char first = block[i];
		block[i] = block[i + 1];
		block[i + 1] = first;
	}
}

static struct text pending;

static void write_blocks(int fd, bool all)
{
	size_t at = 0;
	while (pending.length - at >= job.output_size || (all && at < pending.length)) {
		size_t length = pending.length - at < job.output_size ? pending.length - at : job.output_size;
		if (write_all(fd, pending.data + at, length)) {
			warn("error writing '%s'", job.output ? job.output : "standard output");
			put_report("");
			exit(1);
		}
		if (length == job.output_size)
			done.full_out++;
		else
			done.part_out++;
		done.bytes += length;
		at += length;
	}
	if (at)
		memmove(pending.data, pending.data + at, pending.length - at);
	pending.length -= at;
}

/* conv=block pads lines to records, unblock does the reverse. */
static void add_records(const char *block, size_t length)
{
	static size_t column, spaces;
	for (size_t i = 0; i < length; i++) {
		if (job.conversions & BLOCK) {
			if (block[i] == '\n') {
				for (; column < job.record_size; column++)
					text_char(&pending, ' ');
				column = 0;
			} else if (column++ < job.record_size) {
				text_char(&pending, block[i]);
			}
			continue;
		}
		spaces = block[i] == ' ' ? spaces + 1 : spaces;
		for (; block[i] != ' ' && spaces; spaces--)
			text_char(&pending, ' ');
		if (block[i] != ' ')
			text_char(&pending, block[i]);
		if (++column == job.record_size) {
			text_char(&pending, '\n');
			column = spaces = 0;
		}
	}
}

static void note(int number)
{
	(void)number;
	report_wanted = 1;
}

static int copy(int in, int out)
{
	char *block = allocate_block();
	unsigned long long left = job.input_flags & COUNT_BYTES ? job.count : job.count * job.input_size, blocks = 0;
	bool by_bytes = job.input_flags & COUNT_BYTES, records = job.record_size && job.conversions & (BLOCK | UNBLOCK);
	int status = 0;
	time_t shown = done.start.tv_sec;
	while (!job.counted || (by_bytes ? left > 0 : blocks < job.count)) {
		size_t size = by_bytes && job.counted && left < job.input_size ? (size_t)left : job.input_size;
		ssize_t length = read_block(in, block, size);
		if (length < 0) {
			warn("error reading '%s'", job.input ? job.input : "standard input");
			status = 1;
			if (!(job.conversions & NOERROR) || lseek(in, (off_t)size, SEEK_CUR) < 0)
				break;
			length = 0;
			if (!(job.conversions & SYNC))
				continue;
		} else if (length == 0) {
			break;
		}
		blocks++;
		left -= (unsigned long long)length;
		if ((size_t)length == job.input_size)
			done.full_in++;
		else
			done.part_in++;
		if ((job.conversions & SYNC) && (size_t)length < job.input_size) {
			memset(block + length, records ? ' ' : 0, job.input_size - (size_t)length);
			length = (ssize_t)job.input_size;
		}
		convert(block, (size_t)length);
		size_t before = pending.length;
		if (records)
			add_records(block, (size_t)length);
		else
			text_add(&pending, block, (size_t)length);
		/* EBCDIC comes from records, ASCII goes into them. */
		if (job.conversions & (EBCDIC | IBM))
			translate(pending.data + before, pending.length - before);
		/* With bs= a short block goes out as it came. */
		write_blocks(out, job.input_size == job.output_size && !records);
		if (report_wanted || (job.level == 'p' && time(NULL) != shown))
			put_report(report_wanted ? "" : "\r");
		report_wanted = 0;
		shown = time(NULL);
	}
	write_blocks(out, true);
	free(block);
	return status;
}

int main(int argc, char **argv)
{
	(void)argc;
	for (char **word = argv + 1; *word; word++)
		if (strcmp(*word, "--"))
			parse_operand(*word);
	int in = STDIN_FILENO, out = STDOUT_FILENO;
	if (job.input && (in = open(job.input, O_RDONLY | (job.input_flags & NONBLOCK ? O_NONBLOCK : 0) | (job.input_flags & DIRECT ? O_DIRECT : 0))) < 0)
		err(1, "failed to open '%s'", job.input);
	int mode = (job.conversions & NOCREAT ? 0 : O_CREAT) | (job.conversions & EXCL ? O_EXCL : 0) | (job.output_flags & APPEND ? O_APPEND : 0) |
		(job.output_flags & DSYNC ? O_DSYNC : 0) | (job.seek || job.conversions & NOTRUNC ? 0 : O_TRUNC);
	if (job.output && (out = open(job.output, O_WRONLY | mode, 0666)) < 0)
		err(1, "failed to open '%s'", job.output);
	signal(SIGUSR1, note);
	clock_gettime(CLOCK_MONOTONIC, &done.start);
	skip_input(in);
	prepare_output(out);
	int status = copy(in, out);
	if ((job.conversions & (FSYNC | FDATASYNC)) && fsync(out)) {
		warn("fsync failed for '%s'", job.output ? job.output : "standard output");
		status = 1;
	}
	put_report(job.level == 'p' ? "\n" : "");
	return status;
}
