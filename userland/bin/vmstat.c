/*
 * vmstat: memory, paging, interrupts and processor time
 * https://man7.org/linux/man-pages/man8/vmstat.8.html
 *
 * Usage: vmstat [-an] [DELAY [COUNT]]
 * The first line tells the averages since boot.
 *   -n   the titles only once
 *   -a   memory in use and not, instead of buffers and cache
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "numbers.h"
#include "system.h"
#include "tools.h"

struct sample {
	struct memory_counters memory;
	struct cpu_counters cpu;
	unsigned long long interrupts, switches, running, blocked, paged_in, paged_out, swapped_in, swapped_out;
	double moment;
};

static unsigned long long read_paging(const char *name)
{
	char *text = read_file("/proc/vmstat", NULL), *line = text;
	unsigned long long value = 0;
	for (size_t length = strlen(name); line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (!strncmp(line, name, length) && line[length] == ' ')
			value = strtoull(line + length, NULL, 10);
	free(text);
	return value;
}

static struct sample take(void)
{
	struct sample sample;
	read_memory(&sample.memory);
	read_cpu(&sample.cpu);
	sample.interrupts = read_stat("intr");
	sample.switches = read_stat("ctxt");
	sample.running = read_stat("procs_running");
	sample.blocked = read_stat("procs_blocked");
	sample.paged_in = read_paging("pgpgin");
	sample.paged_out = read_paging("pgpgout");
	sample.swapped_in = read_paging("pswpin");
	sample.swapped_out = read_paging("pswpout");
	sample.moment = read_uptime();
	return sample;
}

static bool shows_active;

static void put_titles(void)
{
	puts("procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----");
	printf(" r  b   swpd   free  %s", shows_active ? "inact active" : " buff  cache");
	puts("   si   so    bi    bo   in   cs us sy id wa st");
}

static void put(const struct sample *now, const struct sample *before)
{
	const struct cpu_counters *a = &before->cpu, *b = &now->cpu;
	double seconds = now->moment - before->moment;
	unsigned long long parts[] = {b->user + b->nice - a->user - a->nice, b->system + b->interrupt + b->soft_interrupt - a->system - a->interrupt - a->soft_interrupt,
		b->idle - a->idle, b->wait - a->wait, b->stolen - a->stolen}, total = 0;
	for (int i = 0; i < 5; i++)
		total += parts[i] = parts[i] > 1ULL << 62 ? 0 : parts[i];
	if (seconds <= 0)
		seconds = 1;
	printf("%2llu %2llu %6llu %6llu %6llu %6llu %4.0f %4.0f %5.0f %5.0f %4.0f %4.0f", now->running, now->blocked,
		now->memory.swap_total - now->memory.swap_free, now->memory.free, shows_active ? now->memory.inactive : now->memory.buffers, shows_active ? now->memory.active : now->memory.cached + now->memory.reclaimable,
		(double)(now->swapped_in - before->swapped_in) / seconds, (double)(now->swapped_out - before->swapped_out) / seconds,
		(double)(now->paged_in - before->paged_in) / seconds, (double)(now->paged_out - before->paged_out) / seconds,
		(double)(now->interrupts - before->interrupts) / seconds, (double)(now->switches - before->switches) / seconds);
	for (int i = 0; i < 5; i++)
		printf(" %2.0f", total ? (double)parts[i] * 100 / (double)total : 0);
	putchar('\n');
	fflush(stdout);
}

int main(int argc, char **argv)
{
	bool once = false;
	for (int option; (option = next_option(argc, argv, "an")) != -1;)
		*(option == 'a' ? &shows_active : &once) = true;
	double delay = argv[optind] ? parse_duration(argv[optind], 1) : 0;
	long long count = !argv[optind] ? 1 : argv[optind + 1] ? parse_integer(argv[optind + 1], "count") : -1;
	int columns, rows;
	struct sample before = {0};
	terminal_size(STDOUT_FILENO, &columns, &rows);
	for (long long line = 0; count < 0 || line < count; line++) {
		if (line)
			nanosleep(&(struct timespec){(time_t)delay, (long)((delay - (double)(time_t)delay) * 1e9)}, NULL);
		if (line == 0 || (!once && line % (rows > 4 ? rows - 3 : 20) == 0))
			put_titles();
		struct sample now = take();
		put(&now, &before);
		before = now;
	}
	return 0;
}
