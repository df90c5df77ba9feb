/*
 * uthread: many threads in one task of the kernel
 * https://pubs.opengroup.org/onlinepubs/9799919799/functions/longjmp.html
 *
 * Usage: uthread [-n THREADS] [-y TURNS] [-b | -p]
 *       -n THREADS  so many user threads: 10
 *       -y TURNS    each has so many turns: 100
 *       -b          the first one reads from a pipe in the meantime, and waits for it: all others stand still
 *       -p          it polls the pipe and yields: the others go on
 */
#include <fcntl.h>
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "numbers.h"
#include "tools.h"
#include "user-context.h"

enum { MAX_THREADS = 10000, WRITER_DELAY_US = 100000 };

static struct user_context scheduler, *threads;
static long count = 10, current, alive, turns_each = 100, turns, turns_while_reading;
static bool *is_over, polls;
static int pipe_end = -1;

static void yield(void)
{
	user_context_switch(&threads[current], &scheduler);
}

static void finish(void)
{
	is_over[current] = true;
	alive--;
	yield();
}

static void work(void *unused)
{
	(void)unused;
	for (long turn = 0; turn < turns_each; turn++) {
		turns++;
		yield();
	}
	finish();
}

/* Its turns do not count. */
static void wait_for_pipe(void *unused)
{
	(void)unused;
	char byte;
	long before = turns;
	struct pollfd ready = {.fd = pipe_end, .events = POLLIN};
	while (polls && poll(&ready, 1, 0) == 0)
		yield();
	if (read(pipe_end, &byte, 1) != 1)
		err(1, "pipe");
	turns_while_reading = turns - before;
	finish();
}

static long count_tasks(void)
{
	long tasks = 0;
	DIR *folder = opendir("/proc/self/task");
	if (!folder)
		err(1, "/proc/self/task");
	for (struct dirent *entry; (entry = readdir(folder));)
		tasks += entry->d_name[0] != '.';
	closedir(folder);
	return tasks;
}

/* Somebody else writes, after a while. */
static pid_t start_writer(void)
{
	int ends[2];
	if (pipe(ends))
		err(1, "pipe");
	pid_t writer = fork();
	if (writer < 0)
		err(1, "fork");
	if (writer == 0) {
		usleep(WRITER_DELAY_US);
		_exit(write(ends[1], "x", 1) != 1);
	}
	close(ends[1]);
	pipe_end = ends[0];
	return writer;
}

static void run_all(void)
{
	while (alive > 0)
		for (current = 0; current < count; current++)
			if (!is_over[current])
				user_context_switch(&scheduler, &threads[current]);
}

int main(int argc, char **argv)
{
	bool reads = false;
	for (int option; (option = next_option(argc, argv, "n:y:bp")) != -1;) {
		switch (option) {
		case 'n':
			count = parse_integer(optarg, "number of threads");
			break;
		case 'y':
			turns_each = parse_integer(optarg, "number of turns");
			break;
		default:
			reads = true;
			polls = option == 'p';
		}
	}
	if (count < 1 || count > MAX_THREADS || turns_each < 0)
		usage_error("from 1 to %d threads", MAX_THREADS);
	pid_t writer = reads ? start_writer() : 0;
	threads = allocate(count * sizeof *threads);
	is_over = calloc(count, sizeof *is_over);
	if (!is_over)
		err(1, "memory");
	alive = count;
	for (long i = 0; i < count; i++)
		user_context_make(&threads[i], reads && i == 0 ? wait_for_pipe : work, NULL);
	run_all();
	printf("%ld threads had %ld turns in %ld task%s\n", count, turns, count_tasks(), count_tasks() == 1 ? "" : "s");
	if (reads) {
		printf("while one read, the others %s\n", turns_while_reading > 0 ? "went on" : "stood still");
		waitpid(writer, NULL, 0);
	}
	return 0;
}
