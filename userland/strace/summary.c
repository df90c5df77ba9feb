/* -c: calls, errors and time by call; -S: in which order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strace.h"
#include "tools.h"

static struct tally {
	char name[32];
	unsigned long calls, errors;
	double seconds;
} *tallies;
static size_t tally_count;

void count_call(const char *call, bool failed, double seconds)
{
	size_t i = 0;
	while (i < tally_count && strcmp(tallies[i].name, call))
		i++;
	if (i == tally_count) {
		tallies = reallocate(tallies, (tally_count + 1) * sizeof *tallies);
		tallies[tally_count] = (struct tally){0};
		snprintf(tallies[tally_count++].name, sizeof tallies->name, "%s", call);
	}
	tallies[i].calls++;
	tallies[i].errors += failed;
	tallies[i].seconds += seconds;
}

static char order = 't';

void choose_order(const char *name)
{
	static const struct {
		const char *name;
		char order;
	} orders[] = {{"time", 't'}, {"time-total", 't'}, {"total-time", 't'}, {"calls", 'c'}, {"count", 'c'}, {"errors", 'e'}, {"error", 'e'}, {"name", 'n'}, {"syscall", 'n'}, {"nothing", 0}, {"none", 0}};
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		if (!strcmp(orders[i].name, name)) {
			order = orders[i].order;
			return;
		}
	}
	usage_error("invalid sortby: '%s'", name);
}

static int by_order(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;
	if (order == 't' && x->seconds != y->seconds)
		return x->seconds > y->seconds ? -1 : 1;
	if (order == 'e' && x->errors != y->errors)
		return x->errors > y->errors ? -1 : 1;
	if (order != 'n' && x->calls != y->calls)
		return x->calls > y->calls ? -1 : 1;
	return strcmp(x->name, y->name);
}

void put_summary(FILE *output)
{
	static const char rule[] = "------ ----------- ----------- --------- --------- ----------------\n";
	struct tally total = {.name = "total"};
	for (size_t i = 0; i < tally_count; i++)
		total.calls += tallies[i].calls, total.errors += tallies[i].errors, total.seconds += tallies[i].seconds;
	if (order)
		qsort(tallies, tally_count, sizeof *tallies, by_order);
	fprintf(output, "%% time     seconds  usecs/call     calls    errors syscall\n%s", rule);
	for (size_t i = 0; i <= tally_count; i++) {
		bool last = i == tally_count;
		const struct tally *tally = last ? &total : &tallies[i];
		if (last)
			fputs(rule, output);
		double share = total.seconds > 0 ? tally->seconds * 100 / total.seconds : last ? 100 : 0;
		unsigned long each = tally->calls ? (unsigned long)(tally->seconds * 1e6 / (double)tally->calls) : 0;
		fprintf(output, "%6.2f %11.6f %11lu %9lu ", share, tally->seconds, each, tally->calls);
		if (tally->errors)
			fprintf(output, "%9lu %s\n", tally->errors, tally->name);
		else
			fprintf(output, "%9s %s\n", "", tally->name);
	}
}
