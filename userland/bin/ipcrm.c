/*
 * ipcrm: remove message queues, shared memory and semaphores of System V
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/ipcrm.html
 *
 * Usage: ipcrm [-m ID] [-M KEY] [-q ID] [-Q KEY] [-s ID] [-S KEY] ... | -a
 *   -m, -q, -s  shared memory, a queue, semaphores by id
 *   -M, -Q, -S  by key
 *   -a          all of them
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "files.h"
#include "tools.h"

static int failures;

static void complain(const char *what, const char *text)
{
	if (errno == EINVAL || errno == ENOENT)
		warnx("invalid %s (%s)", what, text);
	else if (errno == EIDRM)
		warnx("already removed %s (%s)", what, text);
	else
		warnx("permission denied for %s (%s)", what, text);
	failures++;
}

static int remove_id(char kind, int id)
{
	return kind == 'm' ? shmctl(id, IPC_RMID, NULL) : kind == 'q' ? msgctl(id, IPC_RMID, NULL) : semctl(id, 0, IPC_RMID, 0);
}

static int id_of_key(char kind, key_t key)
{
	return kind == 'm' ? shmget(key, 0, 0) : kind == 'q' ? msgget(key, 0) : semget(key, 0, 0);
}

static void remove_one(char kind, bool by_key, const char *text)
{
	char *end;
	long value = strtol(text, &end, 0);
	if (*end || !*text)
		errx(1, "failed to parse argument: '%s'", text);
	if (by_key && value == IPC_PRIVATE)
		errx(1, "illegal key (%s)", text);
	int id = by_key ? id_of_key(kind, (key_t)value) : (int)value;
	if (id < 0 || remove_id(kind, id))
		complain(by_key ? "key" : "id", text);
}

static void remove_all(char kind, const char *table)
{
	FILE *file = fopen(table, "r");
	char *line = NULL;
	size_t capacity = 0;
	if (!file)
		err(1, "%s", table);
	read_line(file, &line, &capacity, NULL);
	while (read_line(file, &line, &capacity, NULL) > 0) {
		int id;
		if (sscanf(line, "%*s %d", &id) == 1 && remove_id(kind, id))
			complain("id", format_text("%d", id));
	}
	free(line);
	fclose(file);
}

int main(int argc, char **argv)
{
	bool did = false;
	for (int option; (option = next_option(argc, argv, "am:M:q:Q:s:S:")) != -1; did = true) {
		if (option == 'a') {
			remove_all('m', "/proc/sysvipc/shm");
			remove_all('q', "/proc/sysvipc/msg");
			remove_all('s', "/proc/sysvipc/sem");
			continue;
		}
		bool by_key = option < 'a';
		remove_one((char)(by_key ? option - 'A' + 'a' : option), by_key, optarg);
	}
	if (!did || argv[optind])
		usage_error("bad usage");
	return failures != 0;
}
