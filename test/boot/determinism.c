/* What a run depends on when it should not: threads that race, pipes, signals, timers, floating point, layout. One mode per argument. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int total;

static void *add(void *count)
{
	for (long i = 0; i < (long)count; i++)
		total++;
	return NULL;
}

/* Where the threads are preempted decides the sum. */
static void threads(void)
{
	pthread_t thread[4];
	for (int i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, add, (void *)1500000L);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	printf("%d\n", total);
}

/* Writers share a pipe: the order of their lines is the schedule's. */
static void pipes(void)
{
	int fd[2];
	pipe(fd);
	for (int child = 0; child < 4; child++) {
		if (fork() == 0) {
			for (int i = 0; i < 300; i++) {
				char line[64];
				int length = snprintf(line, sizeof line, "%d.%d %p\n", child, i, (void *)&line);
				for (volatile int spin = 0; spin < (child + 1) * 997; spin++)
					;
				write(fd[1], line, length);
			}
			_exit(child);
		}
	}
	close(fd[1]);
	char buffer[997];
	for (ssize_t count; (count = read(fd[0], buffer, sizeof buffer)) > 0;)
		write(1, buffer, count);
	for (int status; wait(&status) > 0;)
		printf("%d\n", WEXITSTATUS(status));
}

static volatile sig_atomic_t ticks;
static volatile unsigned long spins, at[64];

static void tick(int signal)
{
	(void)signal;
	if (ticks < 64)
		at[ticks] = spins;
	ticks++;
}

/* A timer interrupts a loop: between which instructions? */
static void timers(void)
{
	struct itimerval every = {{0, 1700}, {0, 1300}};
	signal(SIGALRM, tick);
	setitimer(ITIMER_REAL, &every, NULL);
	while (ticks < 40)
		spins++;
	for (int i = 0; i < 40; i++)
		printf("%lu\n", at[i]);
}

/* Sleeps of several processes, and what the clocks say. */
static void sleeps(void)
{
	for (int child = 0; child < 5; child++) {
		if (fork() == 0) {
			struct timespec now, pause = {0, (7 * child % 5) * 3000001L};
			for (int i = 0; i < 5; i++) {
				nanosleep(&pause, NULL);
				clock_gettime(CLOCK_REALTIME, &now);
				printf("%d %ld.%09ld\n", child, (long)now.tv_sec, now.tv_nsec);
				fflush(stdout);
			}
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
}

static void numbers(void)
{
	double sum = 0;
	unsigned seed;
	FILE *random = fopen("/dev/urandom", "r");
	fread(&seed, sizeof seed, 1, random);
	for (int i = 1; i < 200000; i++)
		sum += sin(i) / sqrt(i + seed % 7);
	printf("%.17g %u %p\n", sum, seed, malloc(100));
}

int main(int argc, char **argv)
{
	(void)argc;
	if (strcmp(argv[1], "threads") == 0)
		threads();
	else if (strcmp(argv[1], "pipes") == 0)
		pipes();
	else if (strcmp(argv[1], "timers") == 0)
		timers();
	else if (strcmp(argv[1], "sleeps") == 0)
		sleeps();
	else
		numbers();
	return 0;
}
