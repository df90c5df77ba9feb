/*
 * nm_demo: many user threads over one kernel thread for each processor
 * https://pubs.opengroup.org/onlinepubs/9799919799/functions/pthread_create.html
 *
 * Usage: nm_demo [-n THREADS] [-w WORKERS] [-i STEPS]
 *       -n THREADS  so many user threads share a loop: 1000
 *       -w WORKERS  so many kernel threads run them: as many as there are processors
 *       -i STEPS    of the loop: 20000000
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "numbers.h"
#include "tools.h"
#include "user-context.h"

enum { MAX_THREADS = 10000, MAX_WORKERS = 64, TURNS = 4, ROUNDS = 5 };

struct thread {
	struct user_context context;
	struct worker *worker; /* that runs it */
	uint64_t from, to, sum;
	struct thread *next;
	bool is_over;
};

struct worker {
	pthread_t kernel_thread;
	struct user_context context;
	struct thread *running;
};

static struct {
	pthread_mutex_t lock;
	struct thread *first, **last;
} ready = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void put(struct thread *thread)
{
	pthread_mutex_lock(&ready.lock);
	thread->next = NULL;
	*ready.last = thread;
	ready.last = &thread->next;
	pthread_mutex_unlock(&ready.lock);
}

static struct thread *take(void)
{
	pthread_mutex_lock(&ready.lock);
	struct thread *thread = ready.first;
	if (thread && !(ready.first = thread->next))
		ready.last = &ready.first;
	pthread_mutex_unlock(&ready.lock);
	return thread;
}

/* The body of the parallel loop: squares modulo 2^64. */
static void body(void *argument)
{
	struct thread *thread = argument;
	uint64_t length = thread->to - thread->from;
	for (int turn = 0; turn < TURNS; turn++) {
		uint64_t sum = 0, end = thread->from + length * (turn + 1) / TURNS;
		for (uint64_t i = thread->from + length * turn / TURNS; i < end; i++)
			sum += i * i;
		thread->sum += sum;
		thread->is_over = turn == TURNS - 1;
		/* Another worker may go on with it. */
		user_context_switch(&thread->context, &thread->worker->context);
	}
}

/* A thread is put back by the worker that has left it: not before its context is whole. */
static void *work(void *argument)
{
	struct worker *worker = argument;
	while ((worker->running = take())) {
		worker->running->worker = worker;
		user_context_switch(&worker->context, &worker->running->context);
		if (!worker->running->is_over)
			put(worker->running);
	}
	return NULL;
}

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec * 1e-9;
}

/* The sum over [0, steps); the time that it took is in *seconds. */
static uint64_t parallel_for(struct thread *threads, long count, long workers, uint64_t steps, double *seconds)
{
	static struct worker crew[MAX_WORKERS];
	ready.first = NULL;
	ready.last = &ready.first;
	for (long i = 0; i < count; i++) {
		threads[i] = (struct thread){.from = steps * i / count, .to = steps * (i + 1) / count};
		user_context_make(&threads[i].context, body, &threads[i]);
		put(&threads[i]);
	}
	double start = now();
	for (long i = 0; i < workers; i++)
		if (pthread_create(&crew[i].kernel_thread, NULL, work, &crew[i]))
			err(1, "pthread_create");
	for (long i = 0; i < workers; i++)
		pthread_join(crew[i].kernel_thread, NULL);
	*seconds = now() - start;
	uint64_t sum = 0;
	for (long i = 0; i < count; i++)
		sum += threads[i].sum;
	return sum;
}

int main(int argc, char **argv)
{
	long count = 1000, workers = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t steps = 20000000;
	for (int option; (option = next_option(argc, argv, "n:w:i:")) != -1;) {
		if (option == 'n')
			count = parse_integer(optarg, "number of threads");
		else if (option == 'w')
			workers = parse_integer(optarg, "number of workers");
		else
			steps = parse_integer(optarg, "number of steps");
	}
	if (count < 1 || count > MAX_THREADS || workers < 1 || workers > MAX_WORKERS)
		usage_error("from 1 to %d threads, from 1 to %d workers", MAX_THREADS, MAX_WORKERS);
	struct thread *threads = allocate(count * sizeof *threads);
	double alone = 0, together = 0;
	uint64_t sum = 0;
	/* By turns, the best of each: the first runs are also those in which the machine learns the code. */
	for (int round = 0; round < ROUNDS; round++) {
		double one, many;
		sum = parallel_for(threads, count, 1, steps, &one);
		if (parallel_for(threads, count, workers, steps, &many) != sum)
			errx(1, "the sums differ");
		alone = round && alone < one ? alone : one;
		together = round && together < many ? together : many;
	}
	printf("%ld user threads, %ld tasks: sum %llu\n", count, workers, (unsigned long long)sum);
	fprintf(stderr, "1 task %.1f ms, %ld tasks %.1f ms: %.2f times as fast\n", alone * 1e3, workers, together * 1e3,
	        alone / together);
	return 0;
}
