#include <stdlib.h>
#include <string.h>

char *volatile numbers;

/* Reads into a buffer that is never large enough. */
int main(void)
{
	for (size_t size = 1 << 20;; size *= 2) {
		numbers = malloc(size);
		if (!numbers)
			abort();
		memset(numbers, 1, size);
	}
}
