/*
 * ipcs: message queues, shared memory and semaphores of System V
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/ipcs.html
 *
 * Usage: ipcs [-mqs] [-bcloptu]
 *   -m, -q, -s  shared memory, queues, semaphores only
 *   -b          sizes: the most bytes of a queue, the bytes of a segment, the semaphores of a set
 *   -c          creators
 *   -l          limits
 *   -o          what is used: bytes and messages of a queue, attachments of a segment
 *   -p          processes
 *   -t          times
 *   -u          sums
 *   -a   all of them (default)
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "owner.h"
#include "tools.h"

enum { FIELD_LIMIT = 16, KEY = 0, ID = 1, PERMS = 2 };

/* A table of /proc/sysvipc: numbers by the position of their column. */
struct table {
	long long (*rows)[FIELD_LIMIT];
	size_t count;
};

static struct table read_table(const char *name)
{
	char *path = format_text("/proc/sysvipc/%s", name), *line = NULL;
	FILE *file = fopen(path, "r");
	size_t capacity = 0;
	struct table table = {0};
	if (file)
		read_line(file, &line, &capacity, NULL);
	while (file && read_line(file, &line, &capacity, NULL) > 0) {
		table.rows = reallocate(table.rows, (table.count + 1) * sizeof *table.rows);
		char *at = line;
		for (int i = 0; i < FIELD_LIMIT; i++)
			/* Permissions are octal already; they are only shown. */
			table.rows[table.count][i] = strtoll(at, &at, 10);
		table.count++;
	}
	if (file)
		fclose(file);
	free(path);
	free(line);
	return table;
}

static const char *moment(long long seconds)
{
	static char texts[4][32];
	static int next;
	char *text = texts[next++ % 4];
	time_t when = (time_t)seconds;
	struct tm local;
	if (!seconds)
		return "Not set";
	strftime(text, sizeof texts[0], "%b %e %H:%M:%S", localtime_r(&when, &local));
	return text;
}

/* One of the three kinds: where its columns stand in the table. */
struct kind {
	const char *file, *id, *titles[5]; /* of the list, and of -c -p -t -u; null: there is none */
	const char *heading;
	int uid; /* then gid, cuid, cgid */
};

static const struct kind KINDS[] = {
	{"msg", "msqid", {"Message Queues", "Message Queues Creators/Owners", "Message Queues PIDs", "Message Queues Send/Recv/Change Times", NULL}, "used-bytes   messages    ", 7},
	{"shm", "shmid", {"Shared Memory Segments", "Shared Memory Segment Creators/Owners", "Shared Memory Creator/Last-op PIDs", "Shared Memory Attach/Detach/Change Times", NULL}, "bytes      nattch     status      ", 7},
	{"sem", "semid", {"Semaphore Arrays", "Semaphore Arrays Creators/Owners", NULL, "Semaphore Operation/Change Times", NULL}, "nsems     ", 4},
};
enum { QUEUES, MEMORY, SEMAPHORES };

static void list(int which)
{
	const struct kind *kind = &KINDS[which];
	struct table table = read_table(kind->file);
	printf("\n------ %s --------\n%-10s %-10s %-10s %-10s %s\n", kind->titles[0], "key", kind->id, "owner", "perms", kind->heading);
	for (size_t i = 0; i < table.count; i++) {
		const long long *row = table.rows[i];
		printf("0x%08x %-10lld %-10.10s %-10lld ", (unsigned)row[KEY], row[ID], user_name((uid_t)row[kind->uid]), row[PERMS] % 1000);
		if (which == QUEUES)
			printf("%-12lld %-12lld\n", row[3], row[4]);
		else if (which == MEMORY)
			printf("%-10lld %-10lld %-6s %-6s\n", row[3], row[6], row[PERMS] / 1000 & 1 ? "dest" : " ", row[PERMS] / 1000 & 2 ? "locked" : " ");
		else
			printf("%-10lld\n", row[3]);
	}
	free(table.rows);
}

/* What -b and -o show of each; the most bytes of a queue are only the kernel's to tell. */
static void amounts(int which, bool largest)
{
	static const char *const titles[][2] = {{"cbytes     qnum", "qbytes"}, {"nattch", "segsz"}, {NULL, "nsems"}};
	const struct kind *kind = &KINDS[which];
	if (!titles[which][largest])
		return;
	struct table table = read_table(kind->file);
	printf("\n------ %s --------\n%-10s %-10s %-10s %-10s %s\n", kind->titles[0], "key", kind->id, "owner", "perms", titles[which][largest]);
	for (size_t i = 0; i < table.count; i++) {
		const long long *row = table.rows[i];
		printf("0x%08x %-10lld %-10.10s %-10lld ", (unsigned)row[KEY], row[ID], user_name((uid_t)row[kind->uid]), row[PERMS] % 1000);
		struct msqid_ds queue;
		if (which == QUEUES && largest)
			printf("%lld\n", msgctl((int)row[ID], IPC_STAT, &queue) < 0 ? 0LL : (long long)queue.msg_qbytes);
		else if (which == QUEUES)
			printf("%-10lld %lld\n", row[3], row[4]);
		else
			printf("%lld\n", row[largest ? 3 : 6]);
	}
	free(table.rows);
}

static void sizes(int which)
{
	amounts(which, true);
}

static void usage(int which)
{
	amounts(which, false);
}

static void creators(int which)
{
	const struct kind *kind = &KINDS[which];
	struct table table = read_table(kind->file);
	printf("\n------ %s --------\n%-10s %-10s %-10s %-10s %-10s %-10s\n", kind->titles[1], kind->id, "perms", "cuid", "cgid", "uid", "gid");
	for (size_t i = 0; i < table.count; i++) {
		const long long *row = table.rows[i];
		printf("%-10lld %-10lld %-10s %-10s %-10s %-10s\n", row[ID], row[PERMS] % 1000, user_name((uid_t)row[kind->uid + 2]), group_name((gid_t)row[kind->uid + 3]),
		       user_name((uid_t)row[kind->uid]), group_name((gid_t)row[kind->uid + 1]));
	}
	free(table.rows);
}

static void processes(int which)
{
	const struct kind *kind = &KINDS[which];
	if (!kind->titles[2])
		return;
	struct table table = read_table(kind->file);
	printf("\n------ %s --------\n%-10s %-10s %-10s %-10s\n", kind->titles[2], kind->id, "owner", which == QUEUES ? "lspid" : "cpid", which == QUEUES ? "lrpid" : "lpid");
	for (size_t i = 0; i < table.count; i++) {
		const long long *row = table.rows[i];
		int first = which == QUEUES ? 5 : 4;
		printf("%-10lld %-10s %-10lld %-10lld\n", row[ID], user_name((uid_t)row[kind->uid]), row[first], row[first + 1]);
	}
	free(table.rows);
}

static void times(int which)
{
	const struct kind *kind = &KINDS[which];
	struct table table = read_table(kind->file);
	printf("\n------ %s --------\n", kind->titles[3]);
	if (which == SEMAPHORES)
		printf("%-8s %-10s %-26.24s %-26.24s\n", kind->id, "owner", "last-op", "last-changed");
	else
		printf("%-8s %-10s %-20s %-20s %-20s\n", kind->id, "owner", which == QUEUES ? "send" : "attached", which == QUEUES ? "recv" : "detached", which == QUEUES ? "change" : "changed");
	for (size_t i = 0; i < table.count; i++) {
		const long long *row = table.rows[i];
		int first = which == SEMAPHORES ? 8 : 11;
		printf("%-8lld %-10s ", row[ID], user_name((uid_t)row[kind->uid]));
		if (which == SEMAPHORES)
			printf("%-26.24s %-26.24s\n", moment(row[first]), moment(row[first + 1]));
		else
			printf("%-20.16s %-20.16s %-20.16s\n", moment(row[first]), moment(row[first + 1]), moment(row[first + 2]));
	}
	free(table.rows);
}

static long long sum(const struct table *table, int column)
{
	long long total = 0;
	for (size_t i = 0; i < table->count; i++)
		total += table->rows[i][column];
	return total;
}

static void totals(int which)
{
	struct table table = read_table(KINDS[which].file);
	long page = sysconf(_SC_PAGESIZE);
	if (which == QUEUES) {
		printf("\n------ Messages Status --------\nallocated queues = %zu\nused headers = %lld\nused space = %lld bytes\n", table.count, sum(&table, 4), sum(&table, 3));
	} else if (which == MEMORY) {
		long long pages = 0;
		for (size_t i = 0; i < table.count; i++)
			pages += (table.rows[i][3] + page - 1) / page;
		printf("\n------ Shared Memory Status --------\nsegments allocated %zu\npages allocated %lld\npages resident  %lld\npages swapped   %lld\n", table.count, pages,
		       sum(&table, 14) / page, sum(&table, 15) / page);
		puts("Swap performance: 0 attempts\t 0 successes");
	} else {
		printf("\n------ Semaphore Status --------\nused arrays = %zu\nallocated semaphores = %lld\n", table.count, sum(&table, 3));
	}
	free(table.rows);
}

static void limits(int which)
{
	static const char *const FILES[] = {"msgmni msgmax msgmnb", "shmmni shmmax shmall", "sem"};
	unsigned long long values[4] = {0};
	char *names = duplicate(FILES[which]);
	int count = 0;
	for (char *name = strtok(names, " "); name; name = strtok(NULL, " ")) {
		char *path = format_text("/proc/sys/kernel/%s", name), *text = read_file(path, NULL), *at = text;
		for (int i = which == SEMAPHORES ? 4 : 1; text && i; i--)
			values[count++] = strtoull(at, &at, 10);
		free(text);
		free(path);
	}
	free(names);
	if (which == QUEUES)
		printf("\n------ Messages Limits --------\nmax queues system wide = %llu\nmax size of message (bytes) = %llu\ndefault max size of queue (bytes) = %llu\n", values[0], values[1], values[2]);
	else if (which == MEMORY)
		printf("\n------ Shared Memory Limits --------\nmax number of segments = %llu\nmax seg size (kbytes) = %llu\nmax total shared memory (kbytes) = %llu\nmin seg size (bytes) = 1\n", values[0],
		       values[1] / 1024, values[2] > UINT64_MAX / 4 ? UINT64_MAX / 4 * 4 : values[2] * (unsigned long long)sysconf(_SC_PAGESIZE) / 1024);
	else
		printf("\n------ Semaphore Limits --------\nmax number of arrays = %llu\nmax semaphores per array = %llu\nmax semaphores system wide = %llu\nmax ops per semop call = %llu\nsemaphore max value = 32767\n", values[3],
		       values[0], values[1], values[2]);
}

int main(int argc, char **argv)
{
	bool wanted[3] = {false};
	void (*show)(int) = list;
	for (int option; (option = next_option(argc, argv, "abclmopqstu")) != -1;) {
		switch (option) {
		case 'm': wanted[MEMORY] = true; break;
		case 'q': wanted[QUEUES] = true; break;
		case 's': wanted[SEMAPHORES] = true; break;
		case 'b': show = sizes; break;
		case 'c': show = creators; break;
		case 'l': show = limits; break;
		case 'o': show = usage; break;
		case 'p': show = processes; break;
		case 't': show = times; break;
		case 'u': show = totals; break;
		default: break;
		}
	}
	bool all = !wanted[MEMORY] && !wanted[QUEUES] && !wanted[SEMAPHORES];
	for (int which = QUEUES; which <= SEMAPHORES; which++)
		if (all || wanted[which])
			show(which);
	putchar('\n');
	return 0;
}
