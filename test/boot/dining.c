/* Five philosophers, each of whom takes the left fork first: a deadlock that the fair schedule does not meet. */
#include <pthread.h>
#include <stdio.h>

#define N 5

static pthread_mutex_t forks[N];
static pthread_barrier_t start;
static int meals[N];

static void *philosopher(void *argument)
{
	long i = (long)argument;
	pthread_barrier_wait(&start);
	for (int meal = 0; meal < 20; meal++) {
		pthread_mutex_lock(&forks[i]);
		pthread_mutex_lock(&forks[(i + 1) % N]);
		meals[i]++;
		pthread_mutex_unlock(&forks[(i + 1) % N]);
		pthread_mutex_unlock(&forks[i]);
	}
	return NULL;
}

int main(void)
{
	pthread_t thread[N];
	int total = 0;
	pthread_barrier_init(&start, NULL, N);
	for (int i = 0; i < N; i++)
		pthread_mutex_init(&forks[i], NULL);
	for (long i = 0; i < N; i++)
		pthread_create(&thread[i], NULL, philosopher, (void *)i);
	for (int i = 0; i < N; i++) {
		pthread_join(thread[i], NULL);
		total += meals[i];
	}
	printf("%d meals\n", total);
	return 0;
}
