/* Addresses that no process has, near numbers that programs and emulators mark things with: a fault each, in every width. */
#include <setjmp.h>
#include <stdint.h>

#include "check.h"

static sigjmp_buf back;
static volatile long faults;

static void on_fault(int number)
{
	(void)number;
	faults++;
	siglongjmp(back, 1);
}

static void access_all(uintptr_t address)
{
	volatile uint8_t sink;
	for (volatile int way = 0; way < 6; way++) {
		if (sigsetjmp(back, 1))
			continue;
		switch (way) {
		case 0: sink = *(volatile uint8_t *)address; break;
		case 1: sink = (uint8_t)*(volatile uint32_t *)address; break;
		case 2: sink = (uint8_t)*(volatile uint64_t *)address; break;
		case 3: *(volatile uint8_t *)address = 1; break;
		case 4: *(volatile uint64_t *)address = 1; break;
		default: ((void (*)(void))(address & ~(uintptr_t)1))();
		}
	}
	(void)sink;
}

int main(void)
{
	struct sigaction action = {.sa_handler = on_fault, .sa_flags = SA_NODEFER};
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGILL, &action, NULL);
	/* Every byte eight times over, and what lies a page around it: as often as makes the code hot. */
	for (int round = 0; round < 3; round++)
		for (uintptr_t byte = 0; byte < 256; byte++)
			for (int step = -2; step <= 1; step++)
				access_all((byte * 0x0101010101010101ul | 0x4000000000000000ul) + (uintptr_t)(step * 2048));
	printf("faults: %ld\n", faults);
	CALL(write(1, (void *)0x4141414141414141ul, 8));
	CALL(read(0, (void *)0x4141414141414000ul, 8));
	CALL(open((char *)0x4141414141413ff0ul, O_RDONLY));
	return 0;
}
