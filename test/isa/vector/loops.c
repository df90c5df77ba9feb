/* Loops for a compiler to make vectors of; and the C library's symbols, several of them at one address. */
#include <stdio.h>
#include <stdlib.h>

static float dot(const float *a, const float *b, int n)
{
	float sum = 0;
	for (int i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

static void widen(const unsigned char *a, unsigned short *b, int n)
{
	for (int i = 0; i < n; i++)
		b[i] += a[i] * 3;
}

static void negate(int *a, const int *b, double *c, int n)
{
	for (int i = 0; i < n; i++) {
		a[i] = b[i] > 0 ? -b[i] : ~b[i];
		c[i] = -c[i];
	}
}

int main(int argc, char **argv)
{
	float a[100] = { argc };
	unsigned char b[100] = { argc };
	unsigned short c[100] = { argc };
	int d[100] = { argc }, e[100] = { argc };
	double f[100] = { argc };
	widen(b, c, 100);
	negate(d, e, f, atoi(argv[0]));
	printf("%g %d %d %g\n", dot(a, a, 100), c[0], d[0], f[0]);
	return 0;
}
