/* P-SYN-01: two threads add without a lock, then one does it alone. */
#include <pthread.h>
#include <stdio.h>

#define ROUNDS 1000

static volatile int total;

static void *add(void *argument)
{
	for (int i = 0; i < ROUNDS; i++)
		total++;
	return argument;
}

int main(void)
{
	pthread_t thread[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, add, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	printf("Total-1: %d\n", total);
	total = 0;
	add(NULL);
	add(NULL);
	printf("Total-2: %d\n", total);
	return 0;
}
