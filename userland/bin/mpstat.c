/*
 * mpstat: how busy each processor is
 * https://man7.org/linux/man-pages/man1/mpstat.1.html
 *
 * Usage: mpstat [-Au] [-I SUM] [-P {CPU,... | ALL}] [INTERVAL [COUNT]]
 *   -A       the same as -u -I SUM -P ALL
 *   -I SUM   interrupts a second
 *   -P LIST  these processors; ALL: of all together and each
 *   -u       parts of the time (default)
 * Without INTERVAL: since the start of the system.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "sampling.h"
#include "system.h"
#include "tools.h"

enum { CPU_LIMIT = 64, EVERYTHING = 0, LABEL_SIZE = 16 };
/* Of a line cpuN in /proc/stat. */
enum { USER, NICE, SYSTEM, IDLE, WAIT, IRQ, SOFT, STEAL, GUEST, GUEST_NICE, TIME_COUNT };

/* [0] is of all processors together, [n + 1] of processor n. */
struct sample {
	unsigned long long times[CPU_LIMIT + 1][TIME_COUNT], interrupts[CPU_LIMIT + 1];
	size_t count; /* of lines: processors and one */
	double moment;
};

static bool shows_time, shows_interrupts;
static bool is_wanted[CPU_LIMIT + 1];
static const char *wanted;

static void take_times(struct sample *sample)
{
	char *text = read_file("/proc/stat", NULL), *line = text;
	for (; line && !strncmp(line, "cpu", 3); line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		bool is_one = isdigit((unsigned char)line[3]);
		size_t which = is_one ? strtoul(line + 3, NULL, 10) + 1 : EVERYTHING;
		char *at = line + strcspn(line, " ");
		if (which > CPU_LIMIT)
			continue;
		for (int i = 0; i < TIME_COUNT; i++)
			sample->times[which][i] = strtoull(at, &at, 10);
		if (which >= sample->count)
			sample->count = which + 1;
	}
	free(text);
}

/* The columns of /proc/interrupts. */
static void take_interrupts(struct sample *sample)
{
	char *text = read_file("/proc/interrupts", NULL), *line = text ? strchr(text, '\n') : NULL;
	while (line && *++line) {
		char *at = strchr(line, ':'), *end;
		for (size_t which = 1; at && which < sample->count; which++) {
			unsigned long long value = strtoull(at + (which == 1), &end, 10);
			if (end == at + (which == 1))
				break;
			sample->interrupts[which] += value;
			at = end;
		}
		line = strchr(line, '\n');
	}
	for (size_t which = 1; which < sample->count; which++)
		sample->interrupts[EVERYTHING] += sample->interrupts[which];
	free(text);
}

static void take(struct sample *sample)
{
	*sample = (struct sample){.moment = sampling_now()};
	take_times(sample);
	take_interrupts(sample);
}

static void print_name(const char *label, size_t which)
{
	if (which == EVERYTHING)
		printf("%-11s  all", label);
	else
		printf("%-11s %4zu", label, which - 1);
}

/* The time of guests is part of the user's in /proc/stat; here it is a column of its own. */
static void print_times(const char *label, size_t which, const struct sample *now, const struct sample *before)
{
	static const int columns[] = {USER, NICE, SYSTEM, WAIT, IRQ, SOFT, STEAL, GUEST, GUEST_NICE, IDLE};
	double parts[TIME_COUNT], sum = 0;
	for (int i = 0; i < TIME_COUNT; i++) {
		parts[i] = (double)(now->times[which][i] - before->times[which][i]);
		sum += i < GUEST ? parts[i] : 0;
	}
	parts[USER] -= parts[GUEST];
	parts[NICE] -= parts[GUEST_NICE];
	print_name(label, which);
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		printf(" %7.2f", sum > 0 ? parts[columns[i]] * 100 / sum : 0);
	putchar('\n');
}

static void print_interrupts(const char *label, size_t which, const struct sample *now, const struct sample *before)
{
	double seconds = now->moment - before->moment;
	print_name(label, which);
	printf(" %9.2f\n", seconds > 0 ? (double)(now->interrupts[which] - before->interrupts[which]) / seconds : 0);
}

typedef void print_line(const char *label, size_t which, const struct sample *now, const struct sample *before);

/* Titles where the lines are more than one, and before the first. */
static void print_table(const char *label, const char *titles, print_line *print, const struct sample *now, const struct sample *before, bool is_first)
{
	bool is_list = wanted || (shows_time && shows_interrupts);
	if (is_list && !is_first)
		putchar('\n');
	if (is_list || is_first)
		printf("%-11s  CPU%s\n", label, titles);
	for (size_t which = 0; which < now->count; which++)
		if (is_wanted[which])
			print(label, which, now, before);
}

static void report(const char *label, const struct sample *now, const struct sample *before, bool is_first)
{
	static const char time_titles[] = "    %usr   %nice    %sys %iowait    %irq   %soft  %steal  %guest  %gnice   %idle";
	if (shows_time)
		print_table(label, time_titles, print_times, now, before, is_first);
	if (shows_interrupts)
		print_table(label, "    intr/s", print_interrupts, now, before, is_first && !shows_time);
}

static void report_now(const struct sample *now, const struct sample *before, bool is_first)
{
	char label[LABEL_SIZE];
	time_t moment = time(NULL);
	strftime(label, sizeof label, "%H:%M:%S", localtime(&moment));
	report(label, now, before, is_first);
}

static void choose(size_t count)
{
	if (!wanted || !strcmp(wanted, "ALL")) {
		for (size_t which = 0; which < (wanted ? count : 1); which++)
			is_wanted[which] = true;
		return;
	}
	char *list = duplicate(wanted), *rest = list;
	for (char *word; (word = strsep(&rest, ","));) {
		char *end;
		unsigned long number = strtoul(word, &end, 10);
		if (!isdigit((unsigned char)*word) || *end || number + 1 >= count)
			usage_error("'%s' is no processor", word);
		is_wanted[number + 1] = true;
	}
	free(list);
}

int main(int argc, char **argv)
{
	for (int option; (option = next_option(argc, argv, "+AI:P:u")) != -1;) {
		if (option == 'I' && strcmp(optarg, "SUM"))
			usage_error("-I knows SUM only");
		if (option == 'A')
			wanted = "ALL";
		if (option == 'P')
			wanted = optarg;
		shows_time |= option == 'u' || option == 'A';
		shows_interrupts |= option == 'I' || option == 'A';
	}
	shows_time |= !shows_interrupts;
	struct sampling sampling = sampling_parse(argv + optind);
	static struct sample first, samples[2];
	long done = 0;
	take(&samples[0]);
	choose(samples[0].count);
	print_system_line();
	if (!sampling.interval) {
		first.moment = samples[0].moment - read_uptime();
		report_now(&samples[0], &first, true);
		return 0;
	}
	first = samples[0];
	int at = 1;
	for (; sampling_wait(&sampling, done); at = !at) {
		take(&samples[at]);
		report_now(&samples[at], &samples[!at], !done++);
	}
	report("Average:", &samples[!at], &first, false);
	return 0;
}
