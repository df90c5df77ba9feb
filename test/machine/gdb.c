/* Freestanding, for a debugger to look at: hart 0 calls down three functions, all harts then spin. */
char stacks[2][4096] __attribute__((aligned(16)));
volatile long total;
volatile double ratio;

__asm__(".section .text.start,\"ax\"\n.globl _start\n_start:\n"
        "csrr a0, mhartid\n addi t0, a0, 1\n slli t0, t0, 12\n la sp, stacks\n"
        "add sp, sp, t0\n li t0, 0x6000\n csrs mstatus, t0\n jal main\n.text\n");

__attribute__((noinline)) static void leaf(long value)
{
	total += value;
}

__attribute__((noinline)) static void middle(long value)
{
	for (long i = 0; i < 3; i++)
		leaf(value + i);
	ratio = (double)total / 4;
}

__attribute__((noinline)) static void spin(void)
{
	for (;;)
		__asm__ volatile("");
}

void main(long hart)
{
	if (hart == 0)
		middle(10);
	spin();
}
