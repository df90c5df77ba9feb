/*
 * lscpu: the processors of this machine
 * https://man7.org/linux/man-pages/man1/lscpu.1.html
 *
 * Usage: lscpu [-e|-p]
 *   -e  a table with a line for each processor
 *   -p  the same for programs: CPU,Core,Socket,Node,,
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "files.h"
#include "tools.h"

#define SYSTEM "/sys/devices/system/cpu/"

/* The first line of a file, on the heap, or null. */
static char *first_line(const char *path)
{
	char *text = read_file(path, NULL);
	if (text)
		text[strcspn(text, "\n")] = 0;
	return text;
}

/* A value of the first processor in /proc/cpuinfo, or null. */
static char *cpuinfo(const char *key)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char *line = NULL, *value = NULL;
	size_t capacity = 0, length = strlen(key);
	while (file && !value && read_line(file, &line, &capacity, NULL) > 0) {
		char *colon = strchr(line, ':');
		if (colon && !strncmp(line, key, length) && strchr(" \t:", line[length]))
			value = duplicate(colon + 1 + strspn(colon + 1, " "));
	}
	if (file)
		fclose(file);
	free(line);
	return value;
}

static void put(const char *name, const char *value)
{
	if (value)
		printf("%-25s%s\n", name, value);
}

static void put_number(const char *name, long value)
{
	printf("%-25s%ld\n", name, value);
}

static void summary(void)
{
	struct utsname name;
	char *online = first_line(SYSTEM "online");
	uname(&name);
	put("Architecture:", name.machine);
	put("Byte Order:", __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? "Little Endian" : "Big Endian");
	put_number("CPU(s):", sysconf(_SC_NPROCESSORS_CONF));
	put("On-line CPU(s) list:", online);
	put("Vendor ID:", cpuinfo("mvendorid"));
	put("Model name:", cpuinfo("model name"));
	put("uarch:", cpuinfo("uarch"));
	put("ISA:", cpuinfo("isa"));
	put("MMU:", cpuinfo("mmu"));
	put_number("Thread(s) per core:", 1);
	put_number("Core(s) per socket:", sysconf(_SC_NPROCESSORS_CONF));
	put_number("Socket(s):", 1);
	free(online);
}

static bool is_online(long cpu)
{
	char *online = first_line(SYSTEM "online");
	bool found = !online;
	for (char *at = online; at && *at && !found;) {
		char *end;
		long first = strtol(at, &end, 10), last = first;
		if (*end == '-')
			last = strtol(end + 1, &end, 10);
		found = cpu >= first && cpu <= last;
		at = *end == ',' ? end + 1 : end + strlen(end);
	}
	free(online);
	return found;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"extended", no_argument, NULL, 'e'}, {"parse", no_argument, NULL, 'p'}, {0}};
	int form = 0;
	for (int option; (option = next_long_option(argc, argv, "ep", longs)) != -1;)
		form = option;
	if (argv[optind])
		usage_error("unexpected argument '%s'", argv[optind]);
	if (!form) {
		summary();
		return 0;
	}
	puts(form == 'e' ? "CPU NODE SOCKET CORE ONLINE" : "# CPU,Core,Socket,Node,,");
	for (long cpu = 0; cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++) {
		if (form == 'e')
			printf("%3ld    0      0 %4ld %6s\n", cpu, cpu, is_online(cpu) ? "yes" : "no");
		else if (is_online(cpu))
			printf("%ld,%ld,0,0,,\n", cpu, cpu);
	}
	return 0;
}
