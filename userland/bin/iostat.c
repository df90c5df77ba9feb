/*
 * iostat: processor and disk use
 * https://man7.org/linux/man-pages/man1/iostat.1.html
 *
 * Usage: iostat [-cdkmtxyz] [DEVICE]... [INTERVAL [COUNT]]
 *   -c   processors only, -d disks only
 *   -k   kilobytes, -m megabytes
 *   -t   with the time
 *   -x   requests, their waits and sizes, queue length
 *   -y   without the first report, which is since the start
 *   -z   without idle disks
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "sampling.h"
#include "tools.h"

enum { DISK_LIMIT = 128, NAME_SIZE = 33, SECTORS_PER_KB = 2 };
/* Fields of /proc/diskstats from the fourth on (Documentation/admin-guide/iostats.rst). */
enum field { READS, READS_MERGED, SECTORS_READ, READ_MS, WRITES, WRITES_MERGED, SECTORS_WRITTEN, WRITE_MS, IN_FLIGHT, BUSY_MS, QUEUE_MS, DISCARDS, DISCARDS_MERGED,
	SECTORS_DISCARDED, DISCARD_MS, FLUSHES, FLUSH_MS, FIELD_COUNT };
/* Of the line cpu in /proc/stat. */
enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, TIME_COUNT };

struct disk {
	char name[NAME_SIZE];
	unsigned long long fields[FIELD_COUNT];
};
struct sample {
	struct disk disks[DISK_LIMIT];
	size_t count;
	unsigned long long times[TIME_COUNT];
	double moment;
};

static bool shows_processors = true, shows_disks = true, is_extended, has_time, skips_first, skips_idle;
static int kilobytes = 1; /* in a unit */
static char **wanted;

static bool is_partition(const char *name)
{
	char *path = format_text("/sys/class/block/%s/partition", name);
	bool found = access(path, F_OK) == 0;
	free(path);
	return found;
}

static bool is_wanted(const struct disk *disk)
{
	for (char **name = wanted; *name; name++)
		if (!strcmp(*name, disk->name) || !strcmp(path_name(*name), disk->name))
			return true;
	bool is_unused = !disk->fields[READS] && !disk->fields[WRITES] && !disk->fields[DISCARDS];
	return !*wanted && !is_unused && !is_partition(disk->name);
}

static void take_disks(struct sample *sample)
{
	FILE *input = fopen("/proc/diskstats", "re");
	char *line = NULL;
	size_t capacity = 0;
	sample->count = 0;
	while (input && read_line(input, &line, &capacity, NULL) >= 0 && sample->count < DISK_LIMIT) {
		struct disk *disk = &sample->disks[sample->count];
		int used = 0;
		memset(disk, 0, sizeof *disk);
		if (sscanf(line, "%*u %*u %32s%n", disk->name, &used) < 1)
			continue;
		char *at = line + used;
		for (int i = 0; i < FIELD_COUNT; i++)
			disk->fields[i] = strtoull(at, &at, 10);
		sample->count += is_wanted(disk);
	}
	if (input)
		fclose(input);
	free(line);
}

static void take(struct sample *sample)
{
	FILE *input = fopen("/proc/stat", "re");
	char word[8] = "";
	memset(sample->times, 0, sizeof sample->times);
	if (!input || fscanf(input, "%7s", word) != 1)
		errx(1, "/proc/stat cannot be read");
	for (int i = 0; i < TIME_COUNT; i++)
		if (fscanf(input, "%llu", &sample->times[i]) != 1)
			break;
	fclose(input);
	if (shows_disks)
		take_disks(sample);
	sample->moment = sampling_now();
}

static void print_processors(const struct sample *now, const struct sample *before)
{
	double parts[TIME_COUNT], sum = 0;
	for (int i = 0; i < TIME_COUNT; i++)
		sum += parts[i] = (double)(now->times[i] - before->times[i]);
	double scale = sum > 0 ? 100 / sum : 0;
	printf("avg-cpu:  %%user   %%nice %%system %%iowait  %%steal   %%idle\n");
	printf("         %7.2f %7.2f %7.2f %7.2f %7.2f %7.2f\n\n", parts[USER] * scale, parts[NICE] * scale, (parts[SYSTEM] + parts[IRQ] + parts[SOFTIRQ]) * scale, parts[IOWAIT] * scale,
	       parts[STEAL] * scale, parts[IDLE] * scale);
}

static double ratio(double a, double b)
{
	return b > 0 ? a / b : 0;
}

/* Requests, sectors, merged ones and milliseconds of one direction. */
static void print_direction(const double *fields, double seconds)
{
	double requests = fields[0], merged = fields[1], sectors = fields[2], ms = fields[3];
	printf(" %7.2f %9.2f %8.2f %6.2f %7.2f %8.2f", ratio(requests, seconds), ratio(sectors / SECTORS_PER_KB / kilobytes, seconds), ratio(merged, seconds),
	       ratio(merged * 100, merged + requests), ratio(ms, requests), ratio(sectors / SECTORS_PER_KB, requests));
}

static void print_disk(const struct disk *disk, const struct disk *old, double seconds)
{
	double fields[FIELD_COUNT], used = 0;
	for (int i = 0; i < FIELD_COUNT; i++) {
		fields[i] = (double)(disk->fields[i] - (old && i != IN_FLIGHT ? old->fields[i] : 0));
		used += i == IN_FLIGHT ? 0 : fields[i];
	}
	if (skips_idle && used == 0)
		return;
	printf("%-13s", disk->name);
	if (is_extended) {
		print_direction(&fields[READS], seconds);
		print_direction(&fields[WRITES], seconds);
		print_direction(&fields[DISCARDS], seconds);
		printf(" %7.2f %7.2f %7.2f %6.2f\n", ratio(fields[FLUSHES], seconds), ratio(fields[FLUSH_MS], fields[FLUSHES]), ratio(fields[QUEUE_MS] / 1000, seconds),
		       ratio(fields[BUSY_MS] / 10, seconds));
		return;
	}
	double unit = SECTORS_PER_KB * (double)kilobytes;
	double read = fields[SECTORS_READ] / unit, written = fields[SECTORS_WRITTEN] / unit, discarded = fields[SECTORS_DISCARDED] / unit;
	printf(" %8.2f %12.2f %12.2f %12.2f %10.0f %10.0f %10.0f\n", ratio(fields[READS] + fields[WRITES] + fields[DISCARDS], seconds), ratio(read, seconds), ratio(written, seconds),
	       ratio(discarded, seconds), read, written, discarded);
}

static const struct disk *find_disk(const struct sample *sample, const char *name)
{
	for (size_t i = 0; i < sample->count; i++)
		if (!strcmp(sample->disks[i].name, name))
			return &sample->disks[i];
	return NULL;
}

static void print_disks(const struct sample *now, const struct sample *before)
{
	const char *unit = kilobytes == 1 ? "kB" : "MB";
	if (is_extended)
		printf("Device            r/s     r%s/s   rrqm/s  %%rrqm r_await rareq-sz     w/s     w%s/s   wrqm/s  %%wrqm w_await wareq-sz     d/s     d%s/s   drqm/s  %%drqm d_await "
		       "dareq-sz     f/s f_await  aqu-sz  %%util\n", unit, unit, unit);
	else
		printf("Device             tps    %s_read/s    %s_wrtn/s    %s_dscd/s    %s_read    %s_wrtn    %s_dscd\n", unit, unit, unit, unit, unit, unit);
	for (size_t i = 0; i < now->count; i++)
		print_disk(&now->disks[i], find_disk(before, now->disks[i].name), now->moment - before->moment);
	putchar('\n');
}

static void report(const struct sample *now, const struct sample *before)
{
	if (has_time) {
		char text[64];
		time_t time_of_day = time(NULL);
		strftime(text, sizeof text, "%m/%d/%y %H:%M:%S", localtime(&time_of_day));
		puts(text);
	}
	if (shows_processors)
		print_processors(now, before);
	if (shows_disks)
		print_disks(now, before);
	putchar('\n');
}

/* A zero before the system began: what /proc says then is since its start. */
static void take_start(struct sample *sample)
{
	double up = 0;
	FILE *input = fopen("/proc/uptime", "re");
	if (!input || fscanf(input, "%lf", &up) != 1)
		errx(1, "/proc/uptime cannot be read");
	fclose(input);
	memset(sample, 0, sizeof *sample);
	sample->moment = sampling_now() - up;
}

int main(int argc, char **argv)
{
	for (int option; (option = next_option(argc, argv, "cdkmtxyz")) != -1;) {
		switch (option) {
		case 'c': shows_disks = false; break;
		case 'd': shows_processors = false; break;
		case 'm': kilobytes = 1024; break;
		case 't': has_time = true; break;
		case 'x': is_extended = true; break;
		case 'y': skips_first = true; break;
		case 'z': skips_idle = true; break;
		default: break;
		}
	}
	int first = optind;
	while (argv[first] && !isdigit((unsigned char)*argv[first]))
		first++;
	struct sampling sampling = sampling_parse(argv + first);
	argv[first] = NULL;
	wanted = argv + optind;
	static struct sample samples[2];
	long done = 0;
	print_system_line();
	take_start(&samples[1]);
	take(&samples[0]);
	if (!skips_first || !sampling.interval) {
		report(&samples[0], &samples[1]);
		done = 1;
	}
	for (int at = 1; sampling_wait(&sampling, done); at = !at) {
		take(&samples[at]);
		report(&samples[at], &samples[!at]);
		done++;
	}
	return 0;
}
