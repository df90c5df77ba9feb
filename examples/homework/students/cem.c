#include <stdio.h>

/* Never looks at the end of its input. */
int main(void)
{
	volatile long sum = 0;
	long n = 0;

	for (;;) {
		scanf("%ld", &n);
		sum += n;
	}
}
