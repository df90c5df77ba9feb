#include <stdio.h>

/* Forgets the last number. */
int main(void)
{
	long sum = 0, n, next;

	if (scanf("%ld", &n) != 1)
		return 1;
	while (scanf("%ld", &next) == 1) {
		sum += n;
		n = next;
	}
	printf("%ld\n", sum);
	return 0;
}
