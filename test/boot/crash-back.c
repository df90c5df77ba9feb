/* Crashes: a pointer is null, and whoever made it so is long gone. */
#include <stdio.h>

/* A call of the kernel at a known place: li of four bytes, ecall. */
long exact_getpid(void);
__asm__(".globl exact_getpid\n"
	".type exact_getpid, @function\n"
	"exact_getpid: li a7, 172\n\tecall\n\tret\n");

static int number = 5;
static int *target = &number;

__attribute__((noinline)) static void forget(void)
{
	target = 0;
}

__attribute__((noinline)) static void work(int count)
{
	for (volatile int i = 0; i < count; i++)
		;
	exact_getpid();
}

int main(void)
{
	puts("begins");
	fflush(stdout);
	work(100000);
	forget();
	for (int i = 0; i < 20; i++)
		work(50000);
	*target = 7;
	return 0;
}
